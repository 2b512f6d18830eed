//! `semver::parse`: a version taken apart.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::version;
use crate::primitives::pure::{bad, give};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "semver::parse",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["version: text"], gives: "map" }],
    options: &[],
    doc: r#"
        A version taken apart: `#{major, minor, patch, pre, build, text}`.

        A leading `v` is allowed and missing parts count as zero. `text` is the version in its normal form.

        ```rhai
        let v = semver::parse("v1.34.4+k3s1");
        if v.minor != 34 || v.build != "k3s1" || v.pre != "" { throw v; }
        if v.text != "1.34.4+k3s1" { throw v; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, parts(text).map(Dynamic::from_map)));
}

fn parts(text: &str) -> Result<Map, Failure> {
    let version = version(text)?;
    let number = |n: u64| {
        i64::try_from(n).map(Dynamic::from).map_err(|_| bad(format!("`{version}` has a part that is too large")))
    };
    let entries: [(&str, Dynamic); 6] = [
        ("major", number(version.major)?),
        ("minor", number(version.minor)?),
        ("patch", number(version.patch)?),
        ("pre", version.pre.as_str().into()),
        ("build", version.build.as_str().into()),
        ("text", version.to_string().into()),
    ];
    Ok(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}
