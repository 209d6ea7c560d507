//! How long a repository takes, from the bytes of its files to the report, and each part of the way.
//!
//! `cargo bench --package sidecar2ambient --bench convert`. The throughput is in objects, so that the sizes compare:
//! where it falls from the small repository to the large one, something grows faster than the input.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use s2a_catalog::Target;
use s2a_manifest::{Assumptions, Input, Inventory, emit, lower};
use s2a_model::ClientMode;
use s2a_translate::translate;
use s2a_verify::verify;
use sidecar2ambient::Failure;
use sidecar2ambient::conversion::{Request, convert};

/// Namespaces of ten files and twenty objects each.
const SIZES: [usize; 3] = [5, 50, 250];

fn main() -> Result<(), Failure> {
    let request = Request::for_target(Target::parse("1.31", "1.6/standard")?);
    let mut criterion = Criterion::default().configure_from_args();
    for namespaces in SIZES {
        measure(&mut criterion, &repository(namespaces), &request)?;
    }
    criterion.final_summary();
    Ok(())
}

fn measure(criterion: &mut Criterion, files: &[Input], request: &Request) -> Result<(), Failure> {
    let conversion = convert(files.to_vec(), request)?;
    let objects = conversion.before.objects.len();
    let mut group = criterion.benchmark_group(format!("{} files, {objects} objects", files.len()));
    group.throughput(Throughput::Elements(u64::try_from(objects).unwrap_or(u64::MAX)));
    group.sample_size(10);
    group.bench_function("read", |bencher| {
        let read = |files| Inventory::read(files, &request.namespace);
        bencher.iter_batched(|| files.to_vec(), read, BatchSize::LargeInput);
    });
    let mode = ClientMode::Sidecar;
    group.bench_function("lower", |bencher| {
        bencher.iter(|| lower(&conversion.before, &request.settings, mode, &Assumptions::default()));
    });
    group.bench_function("translate", |bencher| bencher.iter(|| translate(&conversion.mesh, &request.options)));
    group.bench_function("emit", |bencher| {
        bencher.iter(|| emit(&conversion.before, &conversion.translation.changes));
    });
    group.bench_function("verify", |bencher| bencher.iter(|| verify(&conversion.mesh, &conversion.new_mesh)));
    group.bench_function("convert and check", |bencher| {
        bencher.iter_batched(|| files.to_vec(), |files| convert(files, request), BatchSize::LargeInput);
    });
    group.bench_function("report", |bencher| bencher.iter(|| black_box(&conversion).report_text()));
    group.finish();
    Ok(())
}

/// A repository as people keep it: one file for each namespace, and three for each application in it.
fn repository(namespaces: usize) -> Vec<Input> {
    (0..namespaces).flat_map(namespace).collect()
}

fn namespace(index: usize) -> Vec<Input> {
    let name = format!("team-{index}");
    let mut files = vec![file(&name, "namespace", &mesh(&name))];
    for app in ["cart", "orders", "stock"] {
        let routes = if app == "cart" { canary(&name, app) } else { split(&name, app) };
        let policy = match app {
            "cart" => methods(&name, app),
            "orders" => admins(&name, app),
            _ => callers(&name, app, index),
        };
        files.push(file(&name, &format!("{app}/app"), &workload(&name, app)));
        files.push(file(&name, &format!("{app}/policy"), &policy));
        files.push(file(&name, &format!("{app}/routes"), &format!("{}---\n{routes}", subsets(&name, app))));
    }
    files
}

fn file(namespace: &str, name: &str, text: &str) -> Input {
    Input { name: format!("{namespace}/{name}.yaml"), bytes: text.as_bytes().to_vec() }
}

fn mesh(namespace: &str) -> String {
    format!(
        "\
apiVersion: v1
kind: Namespace
metadata:
  name: {namespace}
  labels:
    istio-injection: enabled
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: {namespace}
spec:
  mtls:
    mode: STRICT
"
    )
}

fn workload(namespace: &str, app: &str) -> String {
    let service = format!(
        "\
apiVersion: v1
kind: Service
metadata:
  name: {app}
  namespace: {namespace}
spec:
  selector:
    app: {app}
  ports:
  - name: http
    port: 80
    targetPort: 8080
"
    );
    [service, deployment(namespace, app, "v1"), deployment(namespace, app, "v2")].join("---\n")
}

fn deployment(namespace: &str, app: &str, version: &str) -> String {
    format!(
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}-{version}
  namespace: {namespace}
spec:
  replicas: 2
  selector:
    matchLabels: {{ app: {app}, version: {version} }}
  template:
    metadata:
      labels: {{ app: {app}, version: {version} }}
    spec:
      serviceAccountName: {app}
      containers:
      - name: {app}
        image: registry.example.com/{app}:{version}
        ports:
        - containerPort: 8080
        resources:
          requests: {{ cpu: 100m, memory: 128Mi }}
"
    )
}

fn subsets(namespace: &str, app: &str) -> String {
    format!(
        "\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {app}
  namespace: {namespace}
spec:
  host: {app}
  subsets:
  - name: v1
    labels: {{ version: v1 }}
  - name: v2
    labels: {{ version: v2 }}
"
    )
}

/// A header chooses the new version.
fn canary(namespace: &str, app: &str) -> String {
    format!(
        "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {app}
  namespace: {namespace}
spec:
  hosts: [{app}]
  http:
  - match:
    - headers:
        x-canary: {{ exact: always }}
    - uri: {{ prefix: /beta/ }}
    route:
    - destination: {{ host: {app}, subset: v2 }}
  - route:
    - destination: {{ host: {app}, subset: v1 }}
    timeout: 5s
"
    )
}

/// A share of the requests goes to the new version.
fn split(namespace: &str, app: &str) -> String {
    format!(
        "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {app}
  namespace: {namespace}
spec:
  hosts: [{app}]
  http:
  - match:
    - uri: {{ prefix: /v2/ }}
    rewrite: {{ uri: / }}
    route:
    - destination: {{ host: {app}, subset: v2 }}
  - route:
    - destination: {{ host: {app}, subset: v1 }}
      weight: 90
    - destination: {{ host: {app}, subset: v2 }}
      weight: 10
"
    )
}

/// Needs a waypoint.
fn methods(namespace: &str, app: &str) -> String {
    let from = format!("[source: {{ principals: [cluster.local/ns/{namespace}/sa/orders] }}]");
    let to = "[operation: { methods: [GET, POST], paths: [/cart, /cart/*] }]";
    authorization_policy(namespace, app, "ALLOW", &format!("from: {from}, to: {to}"))
}

/// Needs one too.
fn admins(namespace: &str, app: &str) -> String {
    let to = "[operation: { paths: [/admin/*] }]";
    let when = "[{ key: 'request.headers[x-role]', notValues: [admin] }]";
    authorization_policy(namespace, app, "DENY", &format!("to: {to}, when: {when}"))
}

/// Stays with ztunnel.
fn callers(namespace: &str, app: &str, index: usize) -> String {
    let from = format!("[source: {{ namespaces: [{namespace}, team-{}] }}]", index.saturating_add(1));
    authorization_policy(namespace, app, "ALLOW", &format!("from: {from}"))
}

fn authorization_policy(namespace: &str, app: &str, action: &str, rule: &str) -> String {
    format!(
        "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: {app}
  namespace: {namespace}
spec:
  selector:
    matchLabels: {{ app: {app} }}
  action: {action}
  rules:
  - {{ {rule} }}
"
    )
}
