//! Words that look from within the cluster what reaches what: from pods made for it on each node, and from the nodes.
//!
//! One rule for answers: each is `#{from, to, kind, ok, known, why, ms}`; what could not be asked is not `known`, and
//! what is not known is not `ok`.
//! One rule for leave: all of it is `probe`, with what is probed behind it: `kube = ["probe"]`, `"probe pods,dns"`.

pub(super) mod api;
pub(super) mod baseline;
pub(super) mod compare;
pub(super) mod dns;
pub(super) mod large;
pub(super) mod machines;
pub(super) mod node_port;
pub(super) mod outside;
pub(super) mod pods;
pub(super) mod policy;
pub(super) mod service;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod table;

use std::time::Duration;

use rhai::{Map, NativeCallContext};
use runbook_drivers::kube::Cluster;
use runbook_drivers::probe::{self, Answer as Answered, Kinds, Plan};
use runbook_model::{Failure, Value, code};

use crate::bench::{Answer, allow, read, wait_for};
use crate::frame::Frame;
use crate::hands::Hands;
use crate::primitives::kube::Called;
use crate::word::{Opt, Word};

const BYTES: Opt =
    Opt { name: "bytes", takes: crate::options::NUMBER, doc: "the size of a packet; the largest that leaves the pod" };
const DOMAIN: Opt = Opt { name: "domain", takes: "text", doc: "the domain of the cluster; `cluster.local`" };
const NAMES: Opt =
    Opt { name: "names", takes: "a list of texts", doc: "names that DNS must know, besides that of the API" };
const NODES: Opt = Opt { name: "nodes", takes: "a list of texts", doc: "only from these nodes, and to them" };
const OUTSIDE: Opt = Opt { name: "outside", takes: "a list of texts", doc: "what is outside, each `host:port`" };

/// How long the end of a run waits for an API that is away.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// How often the removal of test pods is tried, and how long it is left alone after the first time.
const REMOVED_MAX: u32 = 4;
const REMOVED_PAUSE: Duration = Duration::from_secs(1);

/// The namespace of this run's test pods.
fn namespace(ctx: &NativeCallContext) -> Result<String, Box<rhai::EvalAltResult>> {
    Ok(probe::namespace(&Frame::of(ctx)?.bench().run.name))
}

/// Asks questions of these kinds and gives the answers.
fn asked(ctx: &NativeCallContext, word: &'static Word, kinds: Kinds, outside: &[String], options: Map) -> Answer {
    let given = [runbook_given(outside)];
    let called = Called::new(ctx, word, &given, options)?;
    let thrown = |failure: Failure| called.thrown(&failure);
    let texts = |option: &Opt| match word.options.iter().any(|known| known.name == option.name) {
        true => texts(&called, option),
        false => Ok(Vec::new()),
    };
    let has = |option: &Opt| word.options.iter().any(|known| known.name == option.name);
    let mut targets = outside.to_vec();
    targets.extend(texts(&OUTSIDE).map_err(thrown)?);
    let kinds = Kinds { outside: kinds.outside && !targets.is_empty(), ..kinds };
    let mut plan = Plan::of(&namespace(ctx)?, kinds);
    plan.outside = places(&targets).map_err(thrown)?;
    plan.names = texts(&NAMES).map_err(thrown)?;
    plan.nodes = texts(&NODES).map_err(thrown)?;
    if has(&DOMAIN)
        && let Some(domain) = called.options.text(DOMAIN.name).map_err(thrown)?
    {
        plan.domain = domain;
    }
    if has(&BYTES) {
        plan.bytes = called.options.count(BYTES.name).map_err(thrown)?;
    }
    let short = word.parts().1;
    allow(ctx, "kube", "probe", short)?;
    let cluster = called.cluster()?;
    read(ctx, word, word.name, async { Ok(values(&probe::ask(&cluster, &plan).await?)) })
}

fn runbook_given(outside: &[String]) -> rhai::Dynamic {
    rhai::Dynamic::from_array(outside.iter().map(|target| target.as_str().into()).collect())
}

fn values(answers: &[Answered]) -> Value {
    Value::List(answers.iter().map(Answered::to_value).collect())
}

/// The texts of an option.
fn texts(called: &Called<'_>, option: &Opt) -> Result<Vec<String>, Failure> {
    called.options.texts(option.name).map(Option::unwrap_or_default)
}

/// What is outside, each `host:port`.
fn places(targets: &[String]) -> Result<Vec<(String, u16)>, Failure> {
    targets.iter().map(|target| endpoint(target)).collect()
}

/// `host:port`.
fn endpoint(text: &str) -> Result<(String, u16), Failure> {
    let parts = text.rsplit_once(':').map(|(host, port)| (host.trim_start_matches('[').trim_end_matches(']'), port));
    let known = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok().filter(|port| *port != 0)?)));
    match known.filter(|(host, _)| !host.is_empty() && !host.contains(char::is_whitespace)) {
        Some((host, port)) => Ok((host.to_owned(), port)),
        None => Err(Failure::new(code::WORD_ARGUMENT, format!("`{text}` is no place outside"))
            .hint("write a host and a port: `\"example.com:443\"`")),
    }
}

/// Removes what the run called `run` made to probe, where it made something.
pub fn sweep(hands: &Hands, run: &str) -> Result<bool, Failure> {
    wait_for(async {
        let cluster = hands.cluster_within(LAST_PATIENCE, None).await?;
        remove_surely(hands, &cluster, &probe::namespace(run)).await
    })
}

/// Removes test pods where no step would ask for it again: what may pass is tried a few times.
async fn remove_surely(hands: &Hands, cluster: &Cluster, namespace: &str) -> Result<bool, Failure> {
    let mut tries = 1;
    loop {
        match probe::remove(cluster, namespace).await {
            Err(failure) if tries < REMOVED_MAX && (failure.retryable || failure.may_have_acted) => {
                hands.clock().sleep(REMOVED_PAUSE * tries).await;
            }
            done => return done,
        }
        tries += 1;
    }
}
