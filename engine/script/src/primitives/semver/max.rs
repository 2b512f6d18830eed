//! `semver::max`: the latest of some versions.

use rhai::{Array, Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{order, version};
use crate::primitives::pure::{bad, give};
use crate::value::type_in_words;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "semver::max",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["versions: list of texts"], gives: "text" }],
    options: &[],
    doc: r#"
        The latest of some versions, as it was written; `()` where the list is empty.

        ```rhai
        let latest = semver::max(["v1.34.9", "v1.34.10", "v1.33.12"]);
        if latest != "v1.34.10" { throw latest; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("max")
        .set_into_module(module, |ctx: NativeCallContext, versions: Array| give(&ctx, max(&versions)));
}

fn max(versions: &[Dynamic]) -> Result<Dynamic, Failure> {
    let mut best = None;
    for (at, item) in versions.iter().enumerate() {
        let text = item
            .as_immutable_string_ref()
            .map_err(|_| bad(format!("[{at}] is {}, not the text of a version", type_in_words(item))))?;
        let this = version(&text)?;
        // The last of equals stays, as everywhere in Rust's own `max`.
        if best.as_ref().is_none_or(|(known, _)| order(known, &this).is_le()) {
            best = Some((this, text.clone()));
        }
    }
    Ok(best.map_or(Dynamic::UNIT, |(_, text)| text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_version_is_named() {
        assert!(max(&[]).unwrap().is_unit());
        let what = max(&["1.0.0".into(), 2_i64.into()]).unwrap_err().what;
        assert_eq!(what, "[1] is a whole number, not the text of a version");
        assert!(max(&["latest".into()]).unwrap_err().what.starts_with("`latest` is no version"));
    }
}
