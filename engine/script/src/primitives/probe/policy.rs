//! `probe::policy`: whether rules between pods are enforced.

use std::time::Duration;

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe;
use runbook_model::{Failure, Repeat};

use super::{namespace, values};
use crate::bench::{Answer, Change, allow, change};
use crate::primitives::kube::{Called, PATIENCE};
use crate::register::bare;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::policy",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[WITHIN, PATIENCE],
    doc: r#"
        Whether rules between pods are enforced: a NetworkPolicy closes the test pods that answer, another opens them to
        those that ask, and each way is asked every time.

        `policy deny` is `ok` where the closed pod was not reached, `policy allow` where the opened one was. A way that is
        closed without any rule says nothing of rules, and is not known. The rules select the run's own test pods alone
        and are taken away at the end, so nothing else may be asked of these pods meanwhile.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        let rules = step("rules", || probe::policy(#{ within: "1s" }));
        say(probe::table(rules));
        step("no more", || probe::stop());
        ```"#,
    register,
};

const WITHIN: Opt =
    Opt { name: "within", takes: crate::options::TIME, doc: "how long a rule has to take hold; ten seconds" };

fn register(module: &mut Module) {
    bare(module, "policy", policy);
}

fn policy(ctx: &NativeCallContext, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[], options)?;
    let within = called.options.duration("within").map_err(|failure: Failure| called.thrown(&failure))?;
    let within = within.unwrap_or(Duration::from_secs(10));
    allow(ctx, "kube", "probe", "policy")?;
    let cluster = called.cluster()?;
    let namespace = namespace(ctx)?;
    let Called { args, .. } = called;
    let call = Change { word: &WORD, brief: format!("probe::policy {namespace}"), args, repeat: None };
    change(ctx, call, |_| async { Ok(values(&probe::policies(&cluster, &namespace, within).await?)) })
}
