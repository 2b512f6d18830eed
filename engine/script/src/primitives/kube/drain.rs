//! `kube::drain`: has the pods of a node leave.

use std::time::Duration;

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::Drain;
use runbook_model::{Failure, Repeat, Value};

use super::{Called, told};
use crate::bench::{Answer, Change, allow, change};
use crate::frame::Frame;
use crate::register::of_text;
use crate::word::{Form, NOTHING, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::drain",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some(NOTHING),
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["node: text"], gives: "map" },
        Form { params: &["node: text", "options: map"], gives: "map" },
    ],
    options: &[EMPTY_DIRS, GRACE, LABELS, LAST, TIMEOUT, UNMANAGED],
    doc: r#"
        Asks the pods of a node to leave, all at once, and waits until they have: `#{left, stay}`.

        Cordon the node first, or they come back. Pods of DaemonSets and static pods stay. Disruption budgets are kept:
        a pod that one holds is asked again, and the run shows which budget holds which pod. Without any budget the last
        ready pod of a workload with several goes only when another is ready. It is refused before any
        pod is asked where a pod would lose an `emptyDir`, or where nobody would make it again, unless an option says
        so. In doubt it is repeated: a pod that has left is not asked again, and one that came since is another one.
        What has left is made again elsewhere, so there is nothing to put back.

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        step("cordon", || kube::cordon(node));
        let gone = step("drain", || kube::drain(node, #{ labels: "app=no-such-app", timeout: "1m" }));
        step("uncordon", || kube::uncordon(node));
        say(`${gone.left.len()} pods have left`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "drain", drain);
}

pub(super) const EMPTY_DIRS: Opt =
    Opt { name: "empty_dirs", takes: "a boolean", doc: "whether what pods keep in an `emptyDir` may be lost" };
pub(super) const GRACE: Opt = Opt {
    name: "grace",
    takes: "a whole number",
    doc: "how many seconds each pod has to end; its own where it is left out",
};
pub(super) const LABELS: Opt = Opt { name: "labels", takes: "text", doc: "only pods with these labels" };
const LAST: Opt = Opt {
    name: "last",
    takes: "a boolean",
    doc: "whether the last ready pod of a workload with several may go before another is ready",
};
const TIMEOUT: Opt = Opt {
    name: "timeout",
    takes: crate::options::TIME,
    doc: "how long all of it may take; ten minutes where it is left out",
};
pub(super) const UNMANAGED: Opt =
    Opt { name: "unmanaged", takes: "a boolean", doc: "whether pods that nobody makes again may go" };

fn drain(ctx: &NativeCallContext, node: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[node.into()], options)?;
    let mut how = how(&called).map_err(|failure| called.thrown(&failure))?;
    let within = called.options.duration("timeout").map_err(|failure| called.thrown(&failure))?;
    how.within = within.unwrap_or(Duration::from_secs(600));
    how.last = called.options.truth("last").map_err(|failure| called.thrown(&failure))?.unwrap_or(false);
    how.progress = Some(told(&Frame::of(ctx)?));
    allow(ctx, "kube", "evict", "pods */*")?;
    let cluster = called.cluster()?;
    let Called { args, .. } = called;
    let call = Change { word: &WORD, brief: format!("kube::drain {node}"), args, repeat: None };
    change(ctx, call, |_| async {
        let drained = cluster.drain(node, &how).await?;
        let list = |names: Vec<String>| Value::List(names.into_iter().map(Value::Text).collect());
        Ok(Value::from([("left", list(drained.left)), ("stay", list(drained.stay))]))
    })
}

/// What the options say of which pods may go.
pub(super) fn how(called: &Called<'_>) -> Result<Drain, Failure> {
    let options = &called.options;
    Ok(Drain {
        empty_dirs: options.truth("empty_dirs")?.unwrap_or(false),
        unmanaged: options.truth("unmanaged")?.unwrap_or(false),
        grace: options.count("grace")?.map(i64::from),
        labels: options.text("labels")?.unwrap_or_default(),
        ..Drain::default()
    })
}
