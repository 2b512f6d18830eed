//! `kube::delete`: takes an object away.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::{Delete, Owned, Wait};
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, NAMESPACE, PATIENCE, put_back, told};
use crate::bench::{Answer, Change, Ready, change_prepared};
use crate::frame::Frame;
use crate::register::of_texts;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::delete",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text"], gives: "map" },
        Form { params: &["kind: text", "name: text", "options: map"], gives: "map" },
    ],
    options: &[GRACE, NAMESPACE, OWNED, PATIENCE, WAIT],
    doc: r#"
        Takes an object away, and gives `#{already}`: whether it was gone before.

        Only the very object that was looked at goes, never another that takes its name meanwhile. With `wait` it comes
        back when the object is gone, and says what holds it where it stays. What was there is recorded for an undo.

        ```rhai
        step("clean up", || kube::delete("configmaps", "default/runbook-example-patch", #{ wait: "1m" }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "delete", delete);
}

const GRACE: Opt = Opt { name: "grace", takes: "a whole number", doc: "how many seconds it has to end" };
const OWNED: Opt = Opt {
    name: "owned",
    takes: "`\"background\"`, `\"foreground\"` or `\"orphan\"`",
    doc: "when what it owns goes: after it, before it, or not at all",
};
const WAIT: Opt = Opt { name: "wait", takes: "a length of time", doc: "how long to wait until it is gone" };

fn delete(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let (mut how, wait) = how(&called).map_err(|failure| called.thrown(&failure))?;
    if let Some(within) = wait {
        how.wait = Some(Wait::until_gone(None).within(within).telling(told(&Frame::of(ctx)?)));
    }
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "delete")?;
    let Called { args, .. } = called;
    let change = Change { word: &WORD, brief: format!("kube::delete {object}"), args, repeat: None };
    let prepare = async { Ok(Ready { before: Some(cluster.before(&object).await?), proof: None }) };
    change_prepared(ctx, change, prepare, |_| async {
        let gone = cluster.delete(&object, &how).await?;
        Ok(Value::from([("already", Value::Bool(gone.already))]))
    })
}

fn how(called: &Called<'_>) -> Result<(Delete, Option<std::time::Duration>), Failure> {
    let owned = match called.options.text("owned")?.as_deref() {
        None | Some("background") => Owned::Background,
        Some("foreground") => Owned::Foreground,
        Some("orphan") => Owned::Orphan,
        Some(other) => {
            let what = format!("option `owned` of `kube::delete` does not take `{other}`");
            return Err(Failure::new(code::WORD_OPTION, what).hint("it is `background`, `foreground` or `orphan`"));
        }
    };
    let grace = called.options.count("grace")?.map(i64::from);
    Ok((Delete { owned, grace, ..Delete::default() }, called.options.duration("wait")?))
}
