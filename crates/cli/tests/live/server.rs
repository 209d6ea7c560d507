//! A real API server, started for the tests and stopped after them.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A running server with an application in it.
pub(crate) struct Server {
    directory: PathBuf,
}

impl Server {
    /// Starts it and loads it. The reason if it cannot start here.
    pub(crate) fn start() -> Result<Self, String> {
        let folder =
            env::var_os("S2A_APISERVER").map_or_else(|| Path::new(ROOT).join("../shared/apiserver"), PathBuf::from);
        let script = folder.join("run.sh");
        if !script.is_file() {
            return Err("there is no API server to start".to_owned());
        }
        for tool in ["go", "kubectl"] {
            if Command::new(tool).arg("version").output().is_err() {
                return Err(format!("no {tool} on the path"));
            }
        }
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apiserver");
        drop(fs::remove_dir_all(&directory));
        fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
        let server = Server { directory };
        let log = fs::File::create(server.directory.join("start.log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut start = Command::new("sh");
        start.arg(&script).arg(&server.directory).arg(free_port()?.to_string()).stdout(log).stderr(errors);
        match start.status() {
            Ok(status) if status.success() => {}
            _ => return Err("the API server does not start here; see start.log".to_owned()),
        }
        server.load()?;
        Ok(server)
    }

    /// Loads the sample, a Secret, and the applications of the corpus if they are there. Objects that the API server
    /// refuses are not in the cluster, and that is all.
    fn load(&self) -> Result<(), String> {
        for name in ["shop", "bookinfo", "onlineboutique", "kubeflow", "boutique"] {
            self.kubectl(&["create", "namespace", name]);
        }
        let sample = format!("{ROOT}/testdata/sample/shop.yaml");
        if !self.kubectl(&["apply", "-f", &sample]).status.success() {
            return Err("the sample cannot be applied".to_owned());
        }
        self.kubectl(&["create", "secret", "generic", "password", "-n", "shop", "--from-literal=word=hunter2"]);
        let corpus = Path::new(ROOT).join("../shared/corpus");
        let apps = fs::read_to_string(corpus.join("apps.tsv")).unwrap_or_default();
        for (app, file) in apps.lines().skip(1).filter_map(|line| line.split_once('\t')) {
            let namespace = match app {
                "online-boutique" => "onlineboutique",
                "boutique-live-export" => "boutique",
                other => other,
            };
            let file = corpus.join(file).display().to_string();
            let apply =
                ["apply", "--server-side", "--force-conflicts", "--validate=false", "-n", namespace, "-f", &file];
            self.kubectl(&apply);
        }
        Ok(())
    }

    /// The kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.directory.join("kubeconfig")
    }

    /// A folder for a test, empty.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.directory.join(name);
        drop(fs::remove_dir_all(&folder));
        folder
    }

    /// Runs kubectl as the administrator.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("kubectl");
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(arguments).output().unwrap()
    }

    /// Runs the program on the cluster in a context.
    pub(crate) fn run_as(&self, context: &str, arguments: &[&str]) -> Output {
        let kubeconfig = self.kubeconfig().display().to_string();
        let cluster = ["--from-cluster", "--kubeconfig", &kubeconfig, "--context", context];
        run(&[arguments, &cluster].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.directory.join("pid")) {
            drop(Command::new("kill").arg(pid.trim()).status());
        }
    }
}

/// Runs the program.
pub(crate) fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidecar2ambient"));
    command.current_dir(ROOT).env_remove("KUBECONFIG").args(arguments).output().unwrap()
}

/// The first of three ports in a row; nobody else on this machine is likely to take the others meanwhile.
fn free_port() -> Result<u16, String> {
    let taken = |error: std::io::Error| error.to_string();
    for _ in 0..50 {
        let first = TcpListener::bind("127.0.0.1:0").map_err(taken)?;
        let port = first.local_addr().map_err(taken)?.port();
        let next = [1, 2].map(|offset| port.checked_add(offset).map(|port| TcpListener::bind(("127.0.0.1", port))));
        if next.iter().all(|socket| matches!(socket, Some(Ok(_)))) {
            return Ok(port);
        }
    }
    Err("no three ports in a row are free".to_owned())
}
