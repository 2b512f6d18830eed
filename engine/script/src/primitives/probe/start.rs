//! `probe::start`: pods to probe from and to.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::Cluster;
use runbook_drivers::probe::{self, Posts, Site};
use runbook_model::{Failure, Millis, Repeat, Value, code};

use super::namespace;
use crate::bench::{Answer, Bench, Change, Ready, allow, change_prepared};
use crate::frame::Frame;
use crate::primitives::kube::{Called, PATIENCE, told};
use crate::register::bare;
use crate::word::{Doing, Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::start",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("probe::stop"),
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "map" }, Form { params: &["options: map"], gives: "map" }],
    options: &[IMAGE, FROM_NODES, NODES, TIMEOUT, PATIENCE],
    doc: r#"
        Makes pods to probe from and to, in a namespace of the run's own, and gives
        `#{namespace, image, service, node_port, unready, pods}`; each of the pods is
        `#{role, pod, node, ip, ready, why}`.

        On every node there is one that asks and one that answers, and, unless `from_nodes` is `false`, one in the network
        of the node. They tolerate every taint, and a drain passes them by. Those that do not get ready are told with the
        reason, and questions about them are answered as not known; where none gets ready it fails with `probe.pods`.

        They are removed by `probe::stop`, by an undo, and when the run is done, undone or given up. The image needs a
        shell; with busybox everything can be asked. It is `image`, else what the site says, `[probe] image = "…"`, else
        what `RUNBOOK_PROBE_IMAGE` says, else `busybox:1.37`.

        ```rhai
        let site = step("test pods", || probe::start(#{ image: "localhost/test:1", timeout: "2m" }));
        say(`${site.pods.len()} pods in ${site.namespace}, ${site.unready} of them not ready`);
        step("no more", || probe::stop());
        ```"#,
    register,
};

const IMAGE: Opt = Opt { name: "image", takes: "text", doc: "the image of the pods" };
const FROM_NODES: Opt = Opt {
    name: "from_nodes",
    takes: crate::options::TRUTH,
    doc: "whether the nodes are probed from too, by pods in their network; they are where it is left out",
};
const NODES: Opt = Opt { name: "nodes", takes: "a list of texts", doc: "the nodes; all of them where it is left out" };
const TIMEOUT: Opt =
    Opt { name: "timeout", takes: crate::options::TIME, doc: "how long the pods have to get ready; two minutes" };

/// The variable that names the image, for sites without a way outside.
const VARIABLE: &str = "RUNBOOK_PROBE_IMAGE";
/// The image where nobody says which.
const USUAL: &str = "busybox:1.37";
/// How old what another run left has to be before it is swept away.
const OLD: Millis = 24 * 60 * 60 * 1000;

fn register(module: &mut Module) {
    bare(module, "start", start);
}

fn start(ctx: &NativeCallContext, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[], options)?;
    let thrown = |failure: Failure| called.thrown(&failure);
    let image = called.options.text("image").map_err(thrown)?;
    let nodes = called.options.texts("nodes").map_err(thrown)?.unwrap_or_default();
    let from_nodes = called.options.truth("from_nodes").map_err(thrown)?.unwrap_or(true);
    let within = called.options.duration("timeout").map_err(thrown)?.unwrap_or(Duration::from_secs(120));
    allow(ctx, "kube", "probe", "start")?;
    let cluster = called.cluster()?;
    let frame = Frame::of(ctx)?;
    let of_site = || frame.bench().hands.aim().site.as_ref().and_then(|site| site.probe_image.clone());
    let image = image.or_else(of_site).or_else(|| std::env::var(VARIABLE).ok()).filter(|image| !image.is_empty());
    let site = Site {
        run: frame.bench().run.name.clone(),
        namespace: namespace(ctx)?,
        image: image.unwrap_or_else(|| USUAL.to_owned()),
        nodes,
        from_nodes,
    };
    let before = rfc3339(frame.bench().run.clock().now() - OLD);
    let telling = told(&frame);
    let Called { args, .. } = called;
    let call = Change { word: &WORD, brief: format!("probe::start {}", site.namespace), args, repeat: None };
    let prepare = async { Ok(Ready { before: Some(Value::from(site.namespace.as_str())), proof: None }) };
    change_prepared(ctx, call, prepare, |_| async {
        sweep_old(&cluster, &before, &site.namespace).await;
        let posts = probe::start(&cluster, &site, within, Some(telling)).await?;
        Ok(value(&site, &posts))
    })
}

/// Takes away what runs left that never came to their end. That it could not be does not keep this one from beginning.
async fn sweep_old(cluster: &Cluster, before: &str, ours: &str) {
    for namespace in probe::old(cluster, before).await.unwrap_or_default() {
        if namespace != ours {
            let _ = probe::remove(cluster, &namespace).await;
        }
    }
}

fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn value(site: &Site, posts: &Posts) -> Value {
    let unready = posts.all.iter().filter(|post| post.trouble.is_some()).count();
    Value::from([
        ("namespace", Value::from(site.namespace.as_str())),
        ("image", Value::from(site.image.as_str())),
        ("service", Value::from(posts.service.as_str())),
        ("node_port", Value::Int(i64::from(posts.node_port))),
        ("unready", Value::Int(i64::try_from(unready).unwrap_or(i64::MAX))),
        ("pods", Value::List(posts.all.iter().map(probe::Post::to_value).collect())),
    ])
}

/// Takes the pods away again.
fn put_back(bench: Arc<Bench>, before: Value, _: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        let namespace = before.as_text().ok_or_else(|| Failure::new(code::RUN_BUG, "no namespace was recorded"))?;
        super::remove_surely(&bench.hands, &bench.hands.cluster().await?, namespace).await.map(drop)
    })
}
