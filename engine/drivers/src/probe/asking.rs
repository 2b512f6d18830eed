//! Asks from every place at once, and gives an answer to every question that was meant.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use runbook_model::{Failure, Value};

use super::inside;
use super::posts::{PORT, Post, Posts, Role, addresses};
use super::question::{Answer, Ask, Known, Question};
use crate::kube::{Cluster, Exec, Ref, Select};
use crate::net;

/// From how many places it is asked at once.
const AT_ONCE: usize = 16;
/// How long all questions of one place may take.
pub const LIMIT: Duration = Duration::from_secs(300);
/// How long a connection from here may take.
const HERE: Duration = Duration::from_secs(5);

/// What kinds of questions are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Pods from pods and nodes.
    pub pods: bool,
    /// The service, by its address and by its name.
    pub service: bool,
    /// The API.
    pub api: bool,
    /// Every DNS server, by UDP and TCP.
    pub dns: bool,
    /// What is outside.
    pub outside: bool,
    /// The port of the service on every node, from the nodes and from here.
    pub node_port: bool,
    /// Packets that must not be cut.
    pub large: bool,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The namespace of the pods.
    pub namespace: String,
    /// The kinds.
    pub kinds: Kinds,
    /// What is outside: `host:port`.
    pub outside: Vec<(String, u16)>,
    /// Names that DNS must know besides that of the API.
    pub names: Vec<String>,
    /// The domain of the cluster.
    pub domain: String,
    /// The size of a large packet; the largest that leaves the place where it is not said.
    pub bytes: Option<u32>,
    /// From which nodes and to which; all where none is named.
    pub nodes: Vec<String>,
}

impl Plan {
    /// Questions of these kinds, and nothing special about them.
    pub fn of(namespace: &str, kinds: Kinds) -> Self {
        Self {
            namespace: namespace.to_owned(),
            kinds,
            outside: Vec::new(),
            names: Vec::new(),
            domain: "cluster.local".to_owned(),
            bytes: None,
            nodes: Vec::new(),
        }
    }
}

/// What is known of the cluster before it is asked.
struct Map {
    posts: Posts,
    api: String,
    dns: Vec<(String, String)>,
    nodes: Vec<(String, String)>,
}

/// Asks what the plan says. Every question it means has an answer, also where the place to ask from is not ready.
pub async fn ask(cluster: &Cluster, plan: &Plan) -> Result<Vec<Answer>, Failure> {
    let known = known(cluster, plan).await?;
    let places = known.posts.all.iter().filter(|post| post.role != Role::Server && meant(plan, &post.node));
    let asked = stream::iter(places.map(|post| {
        let questions = questions(plan, &known, post);
        async move { from_post(cluster, plan, post, questions).await }
    }));
    let mut answers: Vec<Answer> = asked.buffered(AT_ONCE).collect::<Vec<_>>().await.concat();
    if plan.kinds.node_port {
        answers.extend(from_here(&known).await);
    }
    Ok(answers)
}

fn meant(plan: &Plan, node: &str) -> bool {
    plan.nodes.is_empty() || plan.nodes.iter().any(|one| one == node)
}

async fn known(cluster: &Cluster, plan: &Plan) -> Result<Map, Failure> {
    let posts = Posts::find(cluster, &plan.namespace).await?;
    let address = |service: &Value| service.get("spec")?.get("clusterIP")?.as_text().map(str::to_owned);
    let mut known = Map { posts, api: String::new(), dns: Vec::new(), nodes: Vec::new() };
    if plan.kinds.api || plan.kinds.dns {
        let service = cluster.get(&Ref::new("v1/Service", "default", "kubernetes")).await?;
        known.api = address(&service).unwrap_or_default();
    }
    if plan.kinds.dns {
        known.dns.push(("its own DNS server".to_owned(), "own".to_owned()));
        let ours = |kind: &str| Select::of(kind).within("kube-system").labelled("k8s-app=kube-dns");
        for service in cluster.list(&ours("v1/Service")).await?.iter() {
            known.dns.extend(address(&service).map(|at| ("the DNS service".to_owned(), at)));
        }
        // By number and not by name or node: after a change they are others, elsewhere, and still the same question.
        let pods = cluster.list(&ours("v1/Pod")).await?;
        let address = |pod: Value| pod.get("status")?.get("podIP")?.as_text().map(str::to_owned);
        let servers = pods.iter().filter_map(address).enumerate();
        known.dns.extend(servers.map(|(nth, at)| (format!("DNS server {}", nth + 1), at)));
    }
    if plan.kinds.node_port {
        known.nodes = addresses(cluster).await?.into_iter().filter(|(name, _)| meant(plan, name)).collect();
    }
    Ok(known)
}

/// What is asked from one place; a server that is not there is a question that cannot be asked.
fn questions(plan: &Plan, known: &Map, from: &Post) -> Vec<(Question, Option<String>)> {
    let mut all: Vec<(Question, Option<String>)> = Vec::new();
    let servers: Vec<&Post> = known.posts.of(Role::Server).filter(|post| meant(plan, &post.node)).collect();
    let every: Vec<String> = known.posts.of(Role::Server).map(|post| post.pod.clone()).collect();
    let mut put = |kind, to: &str, ask, trouble| all.push((Question { kind, to: to.to_owned(), ask }, trouble));
    for server in &servers {
        let trouble = server.trouble.as_ref().map(|why| format!("the pod there is not ready: {why}"));
        if plan.kinds.pods {
            let ask = Ask::Name { host: server.ip.clone(), port: PORT, of: vec![server.pod.clone()] };
            put("pod", &server.label(), ask, trouble.clone());
        }
        if plan.kinds.large && from.role == Role::Client {
            let ask = Ask::Large { host: server.ip.clone(), bytes: plan.bytes };
            put("large", &server.label(), ask, trouble);
        }
    }
    if plan.kinds.service {
        put(
            "service",
            "the service",
            Ask::Name { host: known.posts.service.clone(), port: PORT, of: every.clone() },
            None,
        );
        if from.role == Role::Client {
            let name = format!("probe.{}.svc.{}", plan.namespace, plan.domain);
            let address = Some(known.posts.service.clone());
            let ask = Ask::Dns { server: "own".to_owned(), name, tcp: false, address };
            put("service name", "the service", ask, None);
        }
    }
    if plan.kinds.api {
        put("api", "the API", Ask::Open { host: known.api.clone(), port: 443 }, None);
    }
    if plan.kinds.dns {
        let api = format!("kubernetes.default.svc.{}", plan.domain);
        let names = plan.names.iter().map(|name| (name.clone(), None));
        let names: Vec<_> = std::iter::once((api, Some(known.api.clone()))).chain(names).collect();
        // A node asks its own servers, which are not the cluster's to know.
        for (label, server) in known.dns.iter().filter(|(_, server)| from.role == Role::Client || server != "own") {
            for (nth, (name, address)) in names.iter().enumerate() {
                for (kind, tcp) in [("dns udp", false), ("dns tcp", true)] {
                    let ask = Ask::Dns { server: server.clone(), name: name.clone(), tcp, address: address.clone() };
                    let to = if nth == 0 { label.clone() } else { format!("{name} at {label}") };
                    put(kind, &to, ask, None);
                }
            }
        }
    }
    if plan.kinds.outside {
        for (host, port) in &plan.outside {
            put("outside", &format!("{host}:{port}"), Ask::Open { host: host.clone(), port: *port }, None);
        }
    }
    if plan.kinds.node_port && from.role == Role::Node {
        for (name, address) in &known.nodes {
            let ask = Ask::Name { host: address.clone(), port: known.posts.node_port, of: every.clone() };
            put("node port", &format!("node {name}"), ask, None);
        }
    }
    all
}

/// Asks from one pod what can be asked, and answers the rest.
pub(super) async fn from_post(
    cluster: &Cluster,
    plan: &Plan,
    post: &Post,
    questions: Vec<(Question, Option<String>)>,
) -> Vec<Answer> {
    let asked = async |script: String| {
        if let Some(why) = &post.trouble {
            return Err(format!("the pod to ask from is not ready: {why}"));
        }
        let input = Some(script.into_bytes());
        let exec = Exec { command: vec!["sh".into(), "-s".into()], input, looks: true, ..Exec::default() };
        match tokio::time::timeout(LIMIT, cluster.exec(&plan.namespace, &post.pod, &exec)).await {
            Ok(Ok(ran)) if ran.out.contains("probe ") => Ok(ran.out),
            Ok(Ok(ran)) => Err(format!("nothing was answered: {}", ran.err.lines().last().unwrap_or("no word of why"))),
            Ok(Err(failure)) => Err(format!("no command can be run in the pod: {failure}")),
            Err(_) => Err(format!("the command in the pod did not end in {LIMIT:?}")),
        }
    };
    from_shell(&post.label(), questions, asked).await
}

/// Asks by a shell that runs a script and gives what it printed, or why it could not. A question that comes with a
/// trouble cannot be asked at all.
pub async fn from_shell(
    from: &str,
    questions: Vec<(Question, Option<String>)>,
    run: impl AsyncFnOnce(String) -> Result<String, String>,
) -> Vec<Answer> {
    let (cannot, can): (Vec<_>, Vec<_>) = questions.into_iter().partition(|(_, trouble)| trouble.is_some());
    let can: Vec<Question> = can.into_iter().map(|(question, _)| question).collect();
    let unknown =
        |(question, why): &(Question, Option<String>)| Answer::unknown(from, question, why.clone().unwrap_or_default());
    let mut answers: Vec<Answer> = cannot.iter().map(unknown).collect();
    if !can.is_empty() {
        match run(inside::script(&can)).await {
            Ok(printed) => answers.extend(inside::read(from, &can, &printed)),
            Err(why) => answers.extend(can.iter().map(|question| Answer::unknown(from, question, &why))),
        }
    }
    answers
}

/// What is asked from a machine, whether it is a node or not: what a node is asked.
pub async fn of_a_machine(cluster: &Cluster, plan: &Plan) -> Result<Vec<(Question, Option<String>)>, Failure> {
    let known = known(cluster, plan).await?;
    let place = Post { role: Role::Node, pod: String::new(), node: String::new(), ip: String::new(), trouble: None };
    Ok(questions(plan, &known, &place))
}

/// Asks the port on every node from here.
async fn from_here(known: &Map) -> Vec<Answer> {
    let asked = stream::iter(known.nodes.iter().map(|(name, address)| async move {
        let port = known.posts.node_port;
        let ask = Ask::Open { host: address.clone(), port };
        let question = Question { kind: "node port", to: format!("node {name}"), ask };
        match net::tcp(address, port, HERE).await {
            Ok(found) => {
                let ms = i64::try_from(found.took.as_millis()).ok();
                let known = if found.ok { Known::Yes } else { Known::No };
                let why = found.error.unwrap_or_else(|| "it takes connections".to_owned());
                Answer::of("here", &question, known, why, ms)
            }
            Err(failure) => Answer::unknown("here", &question, failure.what),
        }
    }));
    asked.buffered(AT_ONCE).collect().await
}
