//! `ssh::reboot`: boots a machine, and waits until it is back.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value, code};
use runbook_run::step::PastCall;

use super::{Called, doubt, marked};
use crate::bench::{Answer, Bench, Change, Ready, allow, change_prepared};
use crate::register::of_value;
use crate::word::{Doing, Form, NOTHING, Opt, Sight, Touches, Word};

/// How long a machine may take where nothing is said.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long is waited between two looks at a machine that does not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::reboot",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some(NOTHING),
    put_back: None,
    look: Some(look),
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map"], gives: "map" },
        Form { params: &["machine: text or map", "options: map"], gives: "map" },
    ],
    options: &[Opt {
        name: "patience",
        takes: "a length of time",
        doc: "how long the machine may take to be back; ten minutes where it is left out",
    }],
    doc: r#"
        Boots a machine, waits until it is back, and gives `#{before, after}`: its boot ids.

        It counts as booted when it shows another boot id, and by nothing else. In doubt, the boot id is looked at, and a
        machine that does not answer is waited for: it is never booted twice. That its node is ready again is for the
        cluster to say, which goes on showing what it knew before for a while. It needs leave, `ssh = ["reboot"]`.

        ```rhai
        fn refresh(m) {
            step("reboot", #{ key: m.name }, || ssh::reboot(m, #{ patience: "5m" }));
        }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "reboot", reboot);
}

fn reboot(ctx: &NativeCallContext, machine: &Dynamic, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[], map)?;
    let patience = called.options.duration("patience").map_err(|failure| called.thrown(&failure))?.unwrap_or(PATIENCE);
    allow(ctx, "ssh", "reboot", &called.found.machine.name)?;
    let (brief, mark) = (called.brief(""), called.found.mark());
    let Called { remote, args, .. } = called;
    let prepare = async {
        let seconds = Value::Int(i64::try_from(patience.as_secs()).unwrap_or(i64::MAX));
        let proof = Value::from([("boot", Value::Text(remote.boot_id().await?)), ("patience", seconds)]);
        Ok(Ready { before: None, proof: Some(marked(proof, mark)) })
    };
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat: None }, prepare, |sent| {
        let boot = sent.proof.as_ref().and_then(|proof| proof.get("boot")).and_then(Value::as_text).map(str::to_owned);
        let remote = remote.clone();
        async move {
            let boot = boot.ok_or_else(|| Failure::new(code::RUN_BUG, "a reboot does not know the boot before it"))?;
            let done = remote.reboot(&boot, patience).await?;
            Ok(answer(&done.before, &done.after))
        }
    })
}

fn answer(before: &str, after: &str) -> Value {
    Value::from([("before", Value::from(before)), ("after", Value::from(after))])
}

/// Whether the machine has booted since. One that does not answer may be on its way, and is waited for.
fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    doubt::seen(async move {
        let proof = call.proof.unwrap_or_default();
        let remote = bench.hands.remote_of(proof.get("machine"))?;
        let boot = proof.get("boot").and_then(Value::as_text).unwrap_or_default();
        let seconds = if let Some(Value::Int(seconds)) = proof.get("patience") { *seconds } else { 0 };
        let clock = remote.clock();
        let until = clock.now() + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        loop {
            match remote.boot_id().await {
                Ok(now) if now == boot => {
                    let evidence = format!("its boot id is still `{boot}`");
                    return Ok(Sight { verdict: Verdict::NotDone, evidence });
                }
                Ok(now) => {
                    let evidence = format!("its boot id was `{boot}`, and is `{now}` now");
                    return Ok(Sight { verdict: Verdict::Done { value: answer(boot, &now) }, evidence });
                }
                Err(failure) if clock.now() + LOOK_AGAIN >= until => return Err(failure),
                Err(_) => clock.sleep(LOOK_AGAIN).await,
            }
        }
    })
}
