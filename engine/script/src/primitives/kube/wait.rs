//! `kube::wait`: waits until something is so of an object.

use std::time::Duration;

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::kube::Wait;
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, NAMESPACE, PATIENCE, Thrown, guarded, told};
use crate::bench::{Answer, read};
use crate::frame::Frame;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::wait",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "what: text"], gives: "map" },
        Form { params: &["kind: text", "name: text", "what: text", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE, TIMEOUT],
    doc: r#"
        Waits until something is so of an object, and gives the object; `()` where it is gone.

        `what` is `condition=Ready` or `condition=Ready=false`, a field and its value `status.phase=Running`, `there`,
        `gone` or `rolled out`. It watches, and does not ask again and again; many waits share one watch. An API that is
        away meanwhile is waited for. After `timeout`, `kube.timeout` says what was still lacking.

        ```rhai
        kube::wait("namespaces", "default", "status.phase=Active", #{ timeout: "10s" });
        kube::wait("configmaps", "default/no-such-thing", "gone", #{ timeout: "10s" });
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("wait")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, kind: &str, name: &str, what: &str| {
            wait(&ctx, kind, name, what, Map::new())
        });
    FuncRegistration::new("wait").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, what: &str, options: Map| {
            wait(&ctx, kind, name, what, options)
        },
    );
}

pub(super) const TIMEOUT: Opt =
    Opt { name: "timeout", takes: crate::options::TIME, doc: "how long to wait; five minutes where it is left out" };

fn wait(ctx: &NativeCallContext, kind: &str, name: &str, what: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into(), what.into()], options)?;
    let within = limit(&called)?;
    let wait = until(what).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "read")?;
    let wait = wait.within(within).telling(told(&Frame::of(ctx)?));
    let guarded = guarded(ctx)?;
    let brief = format!("kube::wait {object} {what}");
    read(ctx, &WORD, &brief, async { cluster.wait(&object, &wait).await.map(|seen| guarded(seen.unwrap_or_default())) })
}

/// How long it may take.
pub(super) fn limit(called: &Called<'_>) -> Result<Duration, Thrown> {
    let given = called.options.duration("timeout").map_err(|failure| called.thrown(&failure))?;
    Ok(given.unwrap_or(Duration::from_secs(300)))
}

/// What `what` waits for.
fn until(what: &str) -> Result<Wait, Failure> {
    match what.split_once('=') {
        Some(("condition", wanted)) => {
            let (kind, status) = wanted.split_once('=').unwrap_or((wanted, "true"));
            Ok(Wait::until_condition(kind, status))
        }
        Some((path, value)) => Wait::until_field(path, Value::from(value)),
        None if what == "there" => Ok(Wait::until_there()),
        None if what == "gone" => Ok(Wait::until_gone(None)),
        None if what == "rolled out" => Ok(Wait::until_rolled_out()),
        None => {
            let failure = Failure::new(code::WORD_ARGUMENT, format!("`kube::wait` cannot wait until `{what}`"));
            Err(failure.hint("write `condition=Ready`, `status.phase=Running`, `there`, `gone` or `rolled out`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_a_condition_a_field_or_a_word() {
        for good in ["condition=Ready", "condition=Ready=false", "status.phase=Running", "there", "gone", "rolled out"]
        {
            assert!(until(good).is_ok(), "{good}");
        }
        let wrong = until("ready").err().unwrap();
        assert_eq!(wrong.code, code::WORD_ARGUMENT);
    }
}
