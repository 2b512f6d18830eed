//! The objects that are probed from and to.

use std::collections::BTreeMap;

use runbook_model::{Failure, Value};

use super::posts::{PORT, Role, Site};
use crate::kube::Manifests;

/// The label by which our pods are known, with their part as its value.
pub(super) const PART: &str = "runbook-probe";

/// What a server does: it says its own name to whoever asks, and that it is ready once it does.
const SERVER: &str = r#"
mkdir -p /tmp/www && echo "$NAME" >/tmp/www/index.html && cd /tmp/www || exit 1
if command -v busybox >/dev/null 2>&1 && busybox httpd -p 8080 -h /tmp/www; then :
elif command -v httpd >/dev/null 2>&1 && httpd -p 8080 -h /tmp/www; then :
else (while :; do { printf 'HTTP/1.0 200 OK\r\n\r\n'; echo "$NAME"; } | nc -l -p 8080 >/dev/null || sleep 1; done) & fi
"#;

/// What all do: be there until they are told to end.
const STAY: &str = r#"
: >/tmp/ready
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
"#;

/// The objects of a site.
pub(super) fn objects(site: &Site) -> Result<Manifests, Failure> {
    let mut all = vec![namespace(site), service(site)];
    let roles = [Role::Server, Role::Client, Role::Node];
    all.extend(roles.into_iter().filter(|role| site.from_nodes || *role != Role::Node).map(|role| pods(site, role)));
    Manifests::from_values(all)
}

fn namespace(site: &Site) -> Value {
    let labels = [
        (PART, site.run.as_str()),
        ("app.kubernetes.io/managed-by", "runbook"),
        // A pod in the network of its node is more than the usual rules for pods allow.
        ("pod-security.kubernetes.io/enforce", "privileged"),
    ];
    let meta = Value::from([("name", text(&site.namespace)), ("labels", texts(labels))]);
    Value::from([("apiVersion", text("v1")), ("kind", text("Namespace")), ("metadata", meta)])
}

fn service(site: &Site) -> Value {
    let port = Value::from([("port", Value::Int(i64::from(PORT))), ("name", text("probe"))]);
    let spec = Value::from([
        ("type", text("NodePort")),
        ("selector", texts([(PART, Role::Server.word())])),
        ("ports", Value::List(vec![port])),
    ]);
    object(site, "v1", "Service", "probe", spec)
}

fn pods(site: &Site, role: Role) -> Value {
    let labels = texts([(PART, role.word())]);
    let mut pod = BTreeMap::from([
        ("containers".to_owned(), Value::List(vec![container(site, role)])),
        ("tolerations".to_owned(), Value::List(vec![texts([("operator", "Exists")])])),
        ("terminationGracePeriodSeconds".to_owned(), Value::Int(1)),
        ("automountServiceAccountToken".to_owned(), Value::Bool(false)),
        ("nodeSelector".to_owned(), texts([("kubernetes.io/os", "linux")])),
    ]);
    if role == Role::Node {
        pod.insert("hostNetwork".to_owned(), Value::Bool(true));
    }
    if !site.nodes.is_empty() {
        pod.insert("affinity".to_owned(), on_nodes(&site.nodes));
    }
    let template = Value::from([("metadata", Value::from([("labels", labels.clone())])), ("spec", Value::Map(pod))]);
    // All at once: a rollout one by one would take as long as there are nodes.
    let update = Value::from([("rollingUpdate", Value::from([("maxUnavailable", text("100%"))]))]);
    let spec = Value::from([
        ("selector", Value::from([("matchLabels", labels)])),
        ("updateStrategy", update),
        ("template", template),
    ]);
    object(site, "apps/v1", "DaemonSet", role.word(), spec)
}

fn container(site: &Site, role: Role) -> Value {
    let script = if role == Role::Server { format!("{SERVER}{STAY}") } else { STAY.to_owned() };
    let field = Value::from([("fieldRef", texts([("fieldPath", "metadata.name")]))]);
    let name = Value::from([("name", text("NAME")), ("valueFrom", field)]);
    let list = |words: &[&str]| Value::List(words.iter().map(|word| text(word)).collect());
    let ready = Value::from([
        ("exec", Value::from([("command", list(&["test", "-e", "/tmp/ready"]))])),
        ("periodSeconds", Value::Int(1)),
        ("timeoutSeconds", Value::Int(5)),
    ]);
    let small = texts([("cpu", "5m"), ("memory", "8Mi")]);
    Value::from([
        ("name", text("main")),
        ("image", text(&site.image)),
        ("imagePullPolicy", text("IfNotPresent")),
        ("command", list(&["sh", "-c", &script])),
        ("env", Value::List(vec![name])),
        ("readinessProbe", ready),
        ("resources", Value::from([("requests", small)])),
    ])
}

/// Only on these nodes. Each has a term of its own: names of nodes are compared one at a time.
fn on_nodes(nodes: &[String]) -> Value {
    let term = |node: &String| {
        let field = Value::from([
            ("key", text("metadata.name")),
            ("operator", text("In")),
            ("values", Value::List(vec![text(node)])),
        ]);
        Value::from([("matchFields", Value::List(vec![field]))])
    };
    let terms = Value::from([("nodeSelectorTerms", Value::List(nodes.iter().map(term).collect()))]);
    let required = Value::from([("requiredDuringSchedulingIgnoredDuringExecution", terms)]);
    Value::from([("nodeAffinity", required)])
}

/// An object of ours in the namespace.
pub(super) fn object(site: &Site, api: &str, kind: &str, name: &str, spec: Value) -> Value {
    let labels = texts([(PART, site.run.as_str()), ("app.kubernetes.io/managed-by", "runbook")]);
    let meta = Value::from([("name", text(name)), ("namespace", text(&site.namespace)), ("labels", labels)]);
    Value::from([("apiVersion", text(api)), ("kind", text(kind)), ("metadata", meta), ("spec", spec)])
}

pub(super) fn text(text: &str) -> Value {
    Value::from(text)
}

/// A map of texts.
pub(super) fn texts<const N: usize>(pairs: [(&str, &str); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), text(value))).collect())
}
