//! The pods that are probed from and to: made, looked at, removed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use runbook_model::{Failure, Value, code};

use super::asking::{Kinds, Plan, ask};
use super::manifests::{PART, objects};
use super::question::{Answer, Known};
use crate::kube::{Apply, Cluster, Delete, Progress, Ref, Select, Wait};

/// The port at which a server says its name.
pub(super) const PORT: u16 = 8080;

/// How long a new service has to be known anywhere, and everywhere.
const WARM: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(8));
/// How long it is left alone between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Where a run probes from.
#[derive(Clone, Debug)]
pub struct Site {
    /// The run.
    pub run: String,
    /// The namespace of its pods.
    pub namespace: String,
    /// The image they run.
    pub image: String,
    /// The nodes they are on; all where none is named.
    pub nodes: Vec<String>,
    /// Whether the nodes themselves are probed from, by pods in their network.
    pub from_nodes: bool,
}

/// The namespace of a run's pods.
pub fn namespace(run: &str) -> String {
    format!("runbook-probe-{run}")
}

/// What a pod is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It asks.
    Client,
    /// It asks, in the network of its node.
    Node,
    /// It answers.
    Server,
}

impl Role {
    /// As it stands in labels.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Node => "node",
            Self::Server => "server",
        }
    }
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// What it is for.
    pub role: Role,
    /// Its name.
    pub pod: String,
    /// Its node.
    pub node: String,
    /// Its address.
    pub ip: String,
    /// Why it cannot be used, where it cannot.
    pub trouble: Option<String>,
}

impl Post {
    /// As people call it: `pod on n1`, `node n1`.
    pub fn label(&self) -> String {
        match self.role {
            Role::Client | Role::Server => format!("pod on {}", self.node),
            Role::Node => format!("node {}", self.node),
        }
    }

    fn read(pod: &Value) -> Option<Self> {
        let part = at(pod, &["metadata", "labels", PART])?.as_text()?;
        let role = [Role::Client, Role::Node, Role::Server].into_iter().find(|role| role.word() == part)?;
        let text = |path: &[&str]| at(pod, path).and_then(Value::as_text).unwrap_or_default().to_owned();
        let mut node = text(&["spec", "nodeName"]);
        if node.is_empty() {
            node = wanted_node(pod).unwrap_or_default();
        }
        let (pod_name, ip) = (text(&["metadata", "name"]), text(&["status", "podIP"]));
        Some(Self { role, pod: pod_name, node, ip, trouble: trouble(pod) })
    }

    /// As a script sees it: `#{role, pod, node, ip, ready, why}`.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("role", Value::from(self.role.word())),
            ("pod", Value::from(self.pod.as_str())),
            ("node", Value::from(self.node.as_str())),
            ("ip", Value::from(self.ip.as_str())),
            ("ready", Value::Bool(self.trouble.is_none())),
            ("why", Value::from(self.trouble.as_deref().unwrap_or_default())),
        ])
    }
}

/// All pods of a site, and their service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posts {
    /// The pods, by what they are for and their nodes.
    pub all: Vec<Post>,
    /// The address of their service.
    pub service: String,
    /// The port of their service on every node.
    pub node_port: u16,
}

impl Posts {
    /// Those of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Post> {
        self.all.iter().filter(move |post| post.role == role)
    }

    /// The pods of a namespace; `probe.pods` where there is none.
    pub async fn find(cluster: &Cluster, namespace: &str) -> Result<Self, Failure> {
        let pods = cluster.list(&Select::of("v1/Pod").within(namespace).labelled(PART)).await?;
        let mut all: Vec<Post> = pods.iter().filter_map(|pod| Post::read(&pod)).collect();
        if all.is_empty() {
            return Err(Failure::new(code::PROBE_PODS, "this run has no test pods to probe from")
                .hint("make them in a step before: `step(\"test pods\", || probe::start())`"));
        }
        all.sort_by(|a, b| (a.role, &a.node, &a.pod).cmp(&(b.role, &b.node, &b.pod)));
        let service = cluster.find(&Ref::new("v1/Service", namespace, "probe")).await?.unwrap_or_default();
        let port = at(&service, &["spec", "ports"]).and_then(|ports| match ports {
            Value::List(ports) => ports.first()?.get("nodePort").cloned(),
            _ => None,
        });
        let node_port = match port {
            Some(Value::Int(port)) => u16::try_from(port).unwrap_or(0),
            _ => 0,
        };
        let address = at(&service, &["spec", "clusterIP"]).and_then(Value::as_text).unwrap_or_default();
        Ok(Self { all, service: address.to_owned(), node_port })
    }
}

/// Makes the pods of a site and waits for them, at most `within`. Those that do not get ready in time are told with
/// what keeps them; `probe.pods` where none can be asked or none can answer.
pub async fn start(cluster: &Cluster, site: &Site, within: Duration, told: Option<Progress>) -> Result<Posts, Failure> {
    cluster.apply(&objects(site)?, &Apply::default()).await?;
    let roles = [Role::Server, Role::Client, Role::Node];
    let waits = roles.into_iter().filter(|role| site.from_nodes || *role != Role::Node).map(|role| {
        let mut wait = Wait::until_rolled_out().within(within);
        if let Some(told) = &told {
            wait = wait.telling(told.clone());
        }
        async move { cluster.wait(&Ref::new("apps/v1/DaemonSet", &site.namespace, role.word()), &wait).await }
    });
    for ended in futures_util::future::join_all(waits).await {
        // What has not come in time is told with each pod; anything else is a failure of the way there.
        if let Err(failure) = ended
            && failure.code != code::WAIT_TIMEOUT
        {
            return Err(failure);
        }
    }
    let posts = Posts::find(cluster, &site.namespace).await?;
    if posts.all.iter().any(|post| post.trouble.is_none()) {
        warm(cluster, site).await;
    }
    let ready = |role| posts.of(role).any(|post| post.trouble.is_none());
    if ready(Role::Server) && ready(Role::Client) {
        return Ok(posts);
    }
    let said = posts.all.iter().filter_map(|post| Some(format!("{}: {}", post.label(), post.trouble.as_ref()?)));
    let said: BTreeSet<String> = said.collect();
    Err(said.iter().take(5).fold(none_ready(site), |failure, why| failure.because(why)))
}

/// Waits a moment until the new service is known on every node, so that the first answers do not tell of its absence.
/// Where it never is, the answers will say so.
async fn warm(cluster: &Cluster, site: &Site) {
    let kinds = Kinds { service: true, node_port: true, ..Kinds::default() };
    let plan = Plan::of(&site.namespace, kinds);
    let begun = cluster.clock().now();
    while let Ok(answers) = ask(cluster, &plan).await {
        let known = |wanted| move |answer: &Answer| answer.known == wanted && answer.kind != "service name";
        let within = if answers.iter().any(known(Known::Yes)) { WARM.1 } else { WARM.0 };
        if !answers.iter().any(known(Known::No))
            || cluster.clock().now().saturating_duration_since(begun) + PAUSE > within
        {
            return;
        }
        cluster.clock().sleep(PAUSE).await;
    }
}

fn none_ready(site: &Site) -> Failure {
    let what = format!("no test pod of the image `{}` is ready", site.image);
    Failure::new(code::PROBE_PODS, what)
        .hint("name an image with a shell, `nc` and `nslookup` that the nodes have or can pull: `probe::start(#{ image: \"…\" })`")
}

/// Removes all that a run made to probe; says whether anything was there.
pub async fn remove(cluster: &Cluster, namespace: &str) -> Result<bool, Failure> {
    Ok(!cluster.delete(&Ref::bare("v1/Namespace", namespace), &Delete::default()).await?.already)
}

/// The namespaces of all runs' test pods that were made before this moment, as RFC 3339.
pub async fn old(cluster: &Cluster, before: &str) -> Result<Vec<String>, Failure> {
    let ours = format!("{PART},app.kubernetes.io/managed-by=runbook");
    let found = cluster.list(&Select::of("v1/Namespace").labelled(ours)).await?;
    let made = |one: &Value| at(one, &["metadata", "creationTimestamp"]).and_then(Value::as_text).map(str::to_owned);
    let old = found.iter().filter(|one| made(one).is_some_and(|made| made.as_str() < before));
    Ok(old.filter_map(|one| Some(at(&one, &["metadata", "name"])?.as_text()?.to_owned())).collect())
}

/// What keeps a pod from being used.
fn trouble(pod: &Value) -> Option<String> {
    if at(pod, &["metadata", "deletionTimestamp"]).is_some() {
        return Some("it is being deleted".to_owned());
    }
    let conditions = list(at(pod, &["status", "conditions"]));
    let is = |kind: &str| conditions.iter().find(|one| one.get("type").and_then(Value::as_text) == Some(kind));
    let status = |one: &&Value| one.get("status").and_then(Value::as_text) == Some("True");
    if is("Ready").filter(status).is_some() {
        return None;
    }
    let words = |one: &Value| {
        let of = |key: &str| one.get(key).and_then(Value::as_text).unwrap_or_default();
        format!("{} {}", of("reason"), of("message")).trim().to_owned()
    };
    let containers = list(at(pod, &["status", "containerStatuses"]));
    let states = containers.iter().filter_map(|one| one.get("state"));
    let waits = states.filter_map(|state| state.get("waiting").or_else(|| state.get("terminated"))).map(words).next();
    let unscheduled = is("PodScheduled").filter(|one| !status(one)).map(words);
    let why = waits.or(unscheduled).filter(|why| !why.is_empty());
    Some(match why {
        Some(why) if why.starts_with("ErrImage") || why.starts_with("ImagePull") => {
            format!("its image cannot be pulled: {why}")
        }
        Some(why) => why,
        None => "it is not ready".to_owned(),
    })
}

/// The node for which a pod was made that no scheduler has put there yet.
fn wanted_node(pod: &Value) -> Option<String> {
    let required = at(pod, &["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"])?;
    let terms = list(required.get("nodeSelectorTerms"));
    let fields = list(terms.first()?.get("matchFields"));
    let values = list(fields.first()?.get("values"));
    values.first()?.as_text().map(str::to_owned)
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |within, key| within.get(key))
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// The addresses of the nodes, by name; nodes without one are left out.
pub(super) async fn addresses(cluster: &Cluster) -> Result<BTreeMap<String, String>, Failure> {
    let nodes = cluster.list(&Select::of("v1/Node")).await?;
    let address = |node: &Value| {
        let name = at(node, &["metadata", "name"])?.as_text()?.to_owned();
        let internal = |one: &&Value| one.get("type").and_then(Value::as_text) == Some("InternalIP");
        let found = list(at(node, &["status", "addresses"])).iter().find(internal)?;
        Some((name, found.get("address")?.as_text()?.to_owned()))
    };
    Ok(nodes.iter().filter_map(|node| address(&node)).collect())
}
