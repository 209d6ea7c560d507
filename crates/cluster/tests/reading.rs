//! A cluster that is a few lines of HTTP on loopback: what is asked of it, and what becomes of its answers.

#![expect(clippy::unwrap_used, reason = "a server that cannot be started fails the test")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use s2a_cluster::{Access, ClusterError, Selection, Snapshot, read};
use serde_json::{Value, json};

/// Answers a path with a status and a body.
type Answers = dyn Fn(&str) -> (u16, Value) + Send + Sync;

/// A server and what it was asked.
struct Server {
    kubeconfig: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(name: &str, answers: Arc<Answers>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                thread::spawn(move || serve(stream, &*answers, &log));
            }
        });
        Server { kubeconfig: kubeconfig(name, &url), asked }
    }

    fn read(&self, namespaces: Option<&str>) -> Result<Snapshot, ClusterError> {
        let access = Access { kubeconfig: Some(self.kubeconfig.clone()), context: None };
        let namespaces = namespaces.map(|name| vec![name.to_owned()]);
        let selection = Selection { namespaces, root_namespace: "istio-system".to_owned() };
        read(&access, &selection, &mut |_, _| {})
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn kubeconfig(name: &str, url: &str) -> PathBuf {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{ "name": "it", "cluster": { "server": url } }],
        "contexts": [{ "name": "it", "context": { "cluster": "it", "user": "it" } }],
        "users": [{ "name": "it", "user": { "token": "secret" } }],
    });
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.kubeconfig"));
    fs::write(&path, config.to_string()).unwrap();
    path
}

/// Serves one connection, request after request.
fn serve(stream: TcpStream, answers: &Answers, log: &Mutex<Vec<String>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        log.lock().unwrap().push(format!("{method} {path}"));
        let (status, body) = answers(path);
        let body = body.to_string();
        let head = format!("HTTP/1.1 {status} it\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
        if write!(writer, "{head}\r\n\r\n{body}").is_err() {
            return;
        }
    }
}

fn refusal(status: u16, message: &str) -> (u16, Value) {
    (
        status,
        json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message, "reason": "x" }),
    )
}

fn resource(name: &str, kind: &str) -> Value {
    json!({ "name": name, "kind": kind, "namespaced": kind != "Namespace", "singularName": "", "verbs": ["list"] })
}

/// Discovery of a cluster with Services, Namespaces and VirtualServices in two versions.
fn discovery(path: &str) -> Option<(u16, Value)> {
    let versions = json!([
        { "groupVersion": "networking.istio.io/v1", "version": "v1" },
        { "groupVersion": "networking.istio.io/v1alpha3", "version": "v1alpha3" },
    ]);
    let group = json!({ "name": "networking.istio.io", "versions": versions });
    let list = |version: &str, resources: Value| {
        (200, json!({ "kind": "APIResourceList", "groupVersion": version, "resources": resources }))
    };
    let virtual_services = resource("virtualservices", "VirtualService");
    Some(match path {
        "/version" => (
            200,
            json!({ "major": "1", "minor": "34", "gitVersion": "v1.34.2", "gitCommit": "", "gitTreeState": "",
                "buildDate": "", "goVersion": "", "compiler": "", "platform": "" }),
        ),
        "/apis" => (200, json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [group] })),
        "/api/v1" => list("v1", json!([resource("services", "Service"), resource("namespaces", "Namespace")])),
        "/apis/networking.istio.io/v1" => list("networking.istio.io/v1", json!([virtual_services])),
        "/apis/networking.istio.io/v1alpha3" => {
            list("networking.istio.io/v1alpha3", json!([virtual_services, resource("envoyfilters", "EnvoyFilter")]))
        }
        _ => return None,
    })
}

/// A number in a query.
fn parameter(path: &str, key: &str) -> Option<usize> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?.parse().ok()
}

/// One page of many Services.
fn page(path: &str, total: usize) -> (u16, Value) {
    let start = parameter(path, "continue").unwrap_or_default();
    let end = total.min(start + parameter(path, "limit").unwrap_or(total));
    let service =
        |number: usize| json!({ "metadata": { "name": format!("s{number:06}"), "namespace": "shop", "uid": "u" } });
    let items: Vec<Value> = (start..end).map(service).collect();
    let next = if end < total { end.to_string() } else { String::new() };
    (200, json!({ "metadata": { "continue": next }, "items": items }))
}

fn nothing() -> (u16, Value) {
    (200, json!({ "metadata": {}, "items": null }))
}

#[test]
fn twenty_thousand_objects_come_in_pages() {
    let answers = |path: &str| match discovery(path) {
        Some(answer) => answer,
        None if path.starts_with("/api/v1/services") => page(path, 20_000),
        None => nothing(),
    };
    let server = Server::start("pages", Arc::new(answers));
    let snapshot = server.read(None).unwrap();
    assert_eq!((snapshot.objects.len(), snapshot.version.as_str()), (20_000, "v1.34.2"));
    assert!(snapshot.objects.is_sorted_by(|one, other| one.path < other.path), "each object once, sorted");
    let pages: Vec<String> = server.asked().into_iter().filter(|it| it.contains("/services")).collect();
    assert_eq!(pages.len(), 40);
    assert!(pages.iter().all(|page| parameter(page, "limit") == Some(500)), "{pages:?}");
    assert!(server.asked().iter().all(|request| request.starts_with("GET ")), "nothing is written");
}

#[test]
fn an_object_is_a_file_without_what_the_server_keeps() {
    let answers = |path: &str| match discovery(path) {
        Some(answer) => answer,
        None if path.starts_with("/api/v1/services") => page(path, 1),
        None => nothing(),
    };
    let snapshot = Server::start("file", Arc::new(answers)).read(None).unwrap();
    let object = snapshot.objects.first().unwrap();
    assert_eq!((object.path.as_str(), object.kind.as_str()), ("shop/Service/s000000", "Service"));
    assert_eq!(object.text, "apiVersion: v1\nkind: Service\nmetadata:\n  name: s000000\n  namespace: shop\n");
}

#[test]
fn a_kind_is_read_in_its_best_version_once() {
    let server = Server::start("versions", Arc::new(|path: &str| discovery(path).unwrap_or_else(nothing)));
    server.read(None).unwrap();
    let lists: Vec<String> =
        server.asked().into_iter().filter(|it| it.contains("istio.io/") && it.contains('?')).collect();
    assert_eq!(
        lists,
        [
            "GET /apis/networking.istio.io/v1alpha3/envoyfilters?&limit=500",
            "GET /apis/networking.istio.io/v1/virtualservices?&limit=500",
        ]
    );
}

#[test]
fn a_forgotten_page_begins_the_list_anew() {
    let forgot = Mutex::new(false);
    let answers = move |path: &str| match discovery(path) {
        Some(answer) => answer,
        None if path.starts_with("/api/v1/services") => {
            let mut forgot = forgot.lock().unwrap();
            if !*forgot && parameter(path, "continue") == Some(500) {
                *forgot = true;
                return refusal(410, "the provided continue parameter is too old");
            }
            page(path, 1_200)
        }
        None => nothing(),
    };
    let snapshot = Server::start("gone", Arc::new(answers)).read(None).unwrap();
    assert_eq!(snapshot.objects.len(), 1_200);
}

#[test]
fn one_kind_that_is_refused_is_not_the_end() {
    let answers = |path: &str| match discovery(path) {
        Some(answer) => answer,
        None if path.contains("virtualservices") => refusal(403, "virtualservices is forbidden\nmore"),
        None if path.starts_with("/api/v1/services") => page(path, 2),
        None => nothing(),
    };
    let snapshot = Server::start("forbidden", Arc::new(answers)).read(None).unwrap();
    assert_eq!(snapshot.objects.len(), 2);
    let unread: Vec<(&str, &str, bool)> =
        snapshot.unread.iter().map(|it| (it.kind.as_str(), it.why.as_str(), it.has_meaning)).collect();
    assert_eq!(unread, [("VirtualService", "virtualservices is forbidden", true)]);
    assert!(snapshot.missing.contains(&"HTTPRoute".to_owned()), "{:?}", snapshot.missing);
}

#[test]
fn without_any_rights_there_is_one_sentence() {
    let answers = |path: &str| discovery(path).unwrap_or_else(|| refusal(403, "it is forbidden"));
    let error = Server::start("nothing", Arc::new(answers)).read(None).unwrap_err().to_string();
    assert!(error.starts_with("the account of the kubeconfig may not list anything at http://127.0.0.1:"), "{error}");
    assert!(error.ends_with(": it is forbidden"), "{error}");
}

#[test]
fn credentials_that_are_not_accepted_are_said_so() {
    let error = Server::start("unauthorized", Arc::new(|_: &str| refusal(401, "Unauthorized"))).read(None).unwrap_err();
    assert!(matches!(error, ClusterError::Unauthorized { .. }), "{error}");
}

#[test]
fn a_dead_server_and_a_missing_kubeconfig_are_said_so() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let access = Access { kubeconfig: Some(kubeconfig("dead", &format!("https://{free}"))), context: None };
    let selection = Selection { namespaces: None, root_namespace: "istio-system".to_owned() };
    let error = read(&access, &selection, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    let access = Access { kubeconfig: Some(PathBuf::from("/nowhere/kubeconfig")), context: None };
    let error = read(&access, &selection, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, ClusterError::Kubeconfig(_)), "{error}");
}

#[test]
fn one_namespace_is_read_with_that_of_istio() {
    let answers = |path: &str| match discovery(path) {
        Some(answer) => answer,
        None if path == "/api/v1/namespaces/shop" => (200, json!({ "metadata": { "name": "shop" } })),
        None if path.starts_with("/api/v1/namespaces?") => refusal(403, "namespaces is forbidden"),
        None if path.starts_with("/api/v1/namespaces/shop/services") => page(path, 3),
        None => nothing(),
    };
    let server = Server::start("namespace", Arc::new(answers));
    let snapshot = server.read(Some("shop")).unwrap();
    assert_eq!(snapshot.objects.len(), 4, "{snapshot:?}");
    assert!(snapshot.unread.is_empty(), "{:?}", snapshot.unread);
    assert!(server.asked().iter().any(|it| it.contains("/namespaces/istio-system/services")));
    assert!(!server.asked().iter().any(|it| it.contains(" /api/v1/services")));
}
