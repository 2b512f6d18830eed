//! `kube::version`: the version of the cluster.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::Called;
use crate::bench::{Answer, read};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::version",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "map" }],
    options: &[],
    doc: r#"
        What the API server says of its version: `#{major, minor, gitVersion, platform, …}`.

        ```rhai
        check("the cluster is new enough", || semver::matches(kube::version().gitVersion, ">=1.26"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("version")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext| version(&ctx));
}

fn version(ctx: &NativeCallContext) -> Answer {
    let cluster = Called::new(ctx, &WORD, &[], Map::new())?.cluster()?;
    read(ctx, &WORD, "kube::version", cluster.version())
}
