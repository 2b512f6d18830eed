//! `semver::compare`: which of two versions comes first.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{order, version};
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "semver::compare",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["one: text", "other: text"], gives: "whole number" }],
    options: &[],
    doc: r#"
        Which of two versions comes first: -1 the one, 1 the other, 0 where they are the same.

        What stands after `+` counts last, so `v1.34.4+k3s1` comes before `v1.34.4+k3s2`.

        ```rhai
        if semver::compare("v1.34.10", "v1.34.9") != 1 { throw "ten comes after nine"; }
        if semver::compare("1.35.0-rc.1", "1.35.0") != -1 { throw "a candidate comes before its release"; }
        if semver::compare("v1.34.4+k3s1", "v1.34.4+k3s2") != -1 { throw "the second build comes later"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("compare")
        .set_into_module(module, |ctx: NativeCallContext, one: &str, other: &str| give(&ctx, compare(one, other)));
}

fn compare(one: &str, other: &str) -> Result<i64, Failure> {
    Ok(order(&version(one)?, &version(other)?) as i64)
}
