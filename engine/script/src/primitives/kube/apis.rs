//! `kube::apis`: the kinds a cluster serves.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::{Answer, read};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::apis",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }],
    options: &[],
    doc: r#"
        Each group and version the cluster serves, with its kinds; custom ones and aggregated ones included.

        ```rhai
        let served = kube::apis();
        say(`${served.len()} groups and versions`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("apis").with_volatility(true).set_into_module(module, |ctx: NativeCallContext| apis(&ctx));
}

fn apis(ctx: &NativeCallContext) -> Answer {
    let cluster = Called::new(ctx, &WORD, &[], Map::new())?.cluster()?;
    read(ctx, &WORD, "kube::apis", async { cluster.apis().await.map(Value::List) })
}
