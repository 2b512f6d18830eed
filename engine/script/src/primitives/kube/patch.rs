//! `kube::patch`: changes parts of an object.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::kube::Form as Way;
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, NAMESPACE, PATIENCE, put_back};
use crate::bench::Answer;
use crate::value::to_value;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::patch",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "patch: map or list"], gives: "map" },
        Form { params: &["kind: text", "name: text", "patch: map or list", "options: map"], gives: "map" },
    ],
    options: &[FORM, NAMESPACE, PATIENCE, UNDER],
    doc: r#"
        Changes parts of an object, and gives `#{kind, name, namespace, changed, object, …}`.

        A map is merged into it, `()` removes what is there; a list is a JSON patch, operation by operation. `form:
        "strategic"` merges lists by their own rules, for kinds that come with Kubernetes. A field that does not exist
        is refused. What was there before is recorded for an undo.

        ```rhai
        step("a place to write", || kube::apply(#{
            apiVersion: "v1", kind: "ConfigMap", metadata: #{ name: "runbook-example-patch", namespace: "default" }
        }));
        step("note", || kube::patch("configmaps", "default/runbook-example-patch", #{ data: #{ seen: "yes" } }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("patch")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, kind: &str, name: &str, given: Dynamic| {
            patch(&ctx, kind, name, &given, Map::new())
        });
    FuncRegistration::new("patch").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, given: Dynamic, options: Map| {
            patch(&ctx, kind, name, &given, options)
        },
    );
}

const FORM: Opt = Opt {
    name: "form",
    takes: "`\"merge\"` or `\"strategic\"`",
    doc: "how a map is merged; `\"merge\"` where it is left out",
};
const UNDER: Opt =
    Opt { name: "under", takes: "text", doc: "what is changed is under the object, `status` or `scale`" };

fn patch(ctx: &NativeCallContext, kind: &str, name: &str, given: &Dynamic, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into(), given.clone()], options)?;
    let text = |name: &str| called.options.text(name).map_err(|failure| called.thrown(&failure));
    let (form, under) = (text("form")?, text("under")?.unwrap_or_default());
    let body = to_value(given).map_err(|failure| called.thrown(&failure))?;
    let way = way(form.as_deref(), &body).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    called.change(&cluster, &object, object.to_string(), || cluster.patch(&object, way, &under, &body))
}

fn way(form: Option<&str>, body: &Value) -> Result<Way, Failure> {
    match (form, body) {
        (None, Value::List(_)) => Ok(Way::Json),
        (None | Some("merge"), Value::Map(_)) => Ok(Way::Merge),
        (Some("strategic"), Value::Map(_)) => Ok(Way::Strategic),
        (Some(form), Value::Map(_)) => {
            let what = format!("option `form` of `kube::patch` takes `\"merge\"` or `\"strategic\"`, not `{form}`");
            Err(Failure::new(code::WORD_OPTION, what))
        }
        _ => Err(Failure::new(code::WORD_ARGUMENT, "the `patch` of `kube::patch` is a map, or a list of operations")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_json_patch_and_a_map_is_merged() {
        let map = Value::Map(std::collections::BTreeMap::new());
        assert_eq!(way(None, &Value::List(Vec::new())), Ok(Way::Json));
        assert_eq!(way(None, &map), Ok(Way::Merge));
        assert_eq!(way(Some("strategic"), &map), Ok(Way::Strategic));
        assert_eq!(way(Some("json"), &map).unwrap_err().code, code::WORD_OPTION);
        assert_eq!(way(None, &Value::Int(1)).unwrap_err().code, code::WORD_ARGUMENT);
    }
}
