//! The command line.

mod choices;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use choices::{ChoiceArgs, Guard, IpBlocks, Scope};

/// Moves an Istio mesh from sidecars to ambient mode, and checks what it wrote.
#[derive(Clone, Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing at or above the gate, 1 findings or differences, \
2 usage or input error, 3 nothing to do.";

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Print the mesh as it will be in ambient mode
    Convert(ConvertArgs),
    /// Show what would change, object by object
    Diff(DiffArgs),
    /// Print findings and verdicts only: the dry run for CI
    Check(CheckArgs),
    /// List every policy rule and route with its layer, and what happens if it is left behind
    Classify(CheckArgs),
    /// Compare any two configurations
    Verify(VerifyArgs),
    /// Check what stands in the way before anything moves
    Preflight(PreflightArgs),
    /// List what is there: objects, workloads, what needs a waypoint, what cannot move, who calls whom
    Audit(PreflightArgs),
    /// Save everything a rollback needs, or check that a backup is whole
    Backup(BackupArgs),
    /// Explain a code such as S2A3004, or a check such as istio-release
    Explain {
        /// The code, its name, or the name of a check
        code: String,
    },
    /// List all codes
    Rules,
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: Shell,
    },
    /// Print the version
    Version,
}

/// `convert`.
#[derive(Clone, Debug, ClapArgs)]
pub struct ConvertArgs {
    /// Input and target.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Print only a part of the objects
    #[arg(long, value_enum, conflicts_with = "output_dir")]
    pub only: Option<Only>,
    /// Write files into DIR, in the layout of the input, and the objects to delete into DIR/removed.yaml
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// The format of the objects
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Format::Yaml, conflicts_with = "output_dir")]
    pub output: Format,
}

/// `diff`.
#[derive(Clone, Debug, ClapArgs)]
pub struct DiffArgs {
    /// Input and target.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `check` and `classify`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CheckArgs {
    /// Input and target.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `verify`.
#[derive(Clone, Debug, ClapArgs)]
pub struct VerifyArgs {
    /// The configuration before: a file or a directory
    pub before: String,
    /// The configuration after: a file or a directory
    pub after: String,
    /// How and for what it is judged.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `preflight` and `audit`.
#[derive(Clone, Debug, ClapArgs)]
pub struct PreflightArgs {
    /// Input and target.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The form of the answer
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Form::Text, conflicts_with = "report")]
    pub output: Form,
}

/// `backup`.
#[derive(Clone, Debug, ClapArgs)]
pub struct BackupArgs {
    /// Where the cluster is.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Save this namespace and that of Istio only
    #[arg(short, long, conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,
    /// The namespace where Istio is installed
    #[arg(long, value_name = "NAMESPACE", default_value = "istio-system")]
    pub root_namespace: String,
    /// Write the backup into DIR, which must be empty or not exist
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Check that the backup in DIR is whole
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output_dir", "from_cluster"])]
    pub verify: Option<PathBuf>,
}

/// A live cluster as input.
#[derive(Clone, Debug, ClapArgs)]
pub struct ClusterArgs {
    /// Read the cluster of the current context; files that are named too take the place of its objects
    #[arg(long)]
    pub from_cluster: bool,
    /// The kubeconfig, instead of that of the environment
    #[arg(long, value_name = "FILE", requires = "from_cluster")]
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig
    #[arg(long, value_name = "NAME", requires = "from_cluster")]
    pub context: Option<String>,
    /// Read all namespaces, which is what happens without `--namespace`
    #[arg(short = 'A', long, requires = "from_cluster")]
    pub all_namespaces: bool,
}

/// What most commands take.
#[derive(Clone, Debug, ClapArgs)]
pub struct CommonArgs {
    /// Files or directories, or `-` for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The same as PATH
    #[arg(short, long = "filename", value_name = "PATH")]
    pub filenames: Vec<String>,
    /// Accepted for the habit's sake: directories are always read with their subdirectories
    #[arg(short = 'R', long, hide = true)]
    pub recursive: bool,
    /// A live cluster as input.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// What the output is to be.
    #[command(flatten)]
    pub choices: ChoiceArgs,
    /// How and for what it is judged.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Target, reports and gate.
#[derive(Clone, Debug, ClapArgs)]
pub struct SettingsArgs {
    /// The namespace of objects that name none (`default`); of a cluster, the namespace that is read beside Istio's
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// The Istio release to run on
    #[arg(long, value_name = "VERSION", default_value = "1.31")]
    pub istio: String,
    /// The Istio release that the sidecars run, where it is another one
    #[arg(long, value_name = "VERSION")]
    pub istio_before: Option<String>,
    /// The Gateway API release, with its channel
    #[arg(long, value_name = "VERSION[/CHANNEL]", default_value = "1.6/standard")]
    pub gateway_api: String,
    /// The mesh configuration, as in the ConfigMap `istio`
    #[arg(long, value_name = "FILE")]
    pub mesh_config: Option<PathBuf>,
    /// Write a report; at most one without FILE
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// The severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Gate::Error)]
    pub fail_on: Gate,
    /// Let a finding pass the gate, as `S2A5001=Service shop/cart` or `host-network=DaemonSet mon/exporter`;
    /// `identity-gained` may stand alone
    #[arg(long, value_name = "CODE=KIND NAMESPACE/NAME")]
    pub accept: Vec<String>,
    /// Read more choices, assumptions and accepted findings from a YAML file
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Exit with 0 where the input has no object to work on
    #[arg(long)]
    pub allow_empty: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Print errors and warnings only
    #[arg(short, long)]
    pub quiet: bool,
}

/// A part of the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// What must be applied: changed and new objects
    Changed,
}

/// The format of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// YAML documents; what does not change keeps every byte
    Yaml,
    /// One JSON List
    Json,
}

/// The form of an answer that is not a report of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// What matters, for a person
    Text,
    /// Everything, for a person
    Wide,
    /// Everything, for a program
    Json,
}

/// The severity that makes the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Gate {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Anything
    Note,
    /// Nothing
    Never,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
