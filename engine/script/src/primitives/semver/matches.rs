//! `semver::matches`: whether a version meets a requirement.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};
use semver::{Version, VersionReq};

use super::{release, version};
use crate::primitives::pure::{bad, give, shown};
use crate::word::{Form, Touches, Word};

const OPERATORS: [&str; 7] = [">=", "<=", ">", "<", "=", "^", "~"];

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "semver::matches",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["version: text", "requirement: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether a version meets a requirement.

        A requirement is one or more of `>=1.30`, `<1.36`, `=1.34.4`, `^1.2`, `~1.2`, `1.34.*`, joined by commas or
        blanks; all must hold. `||` stands between alternatives. Without an operator the version itself is meant: `1.34`
        is any 1.34. What stands after `+` is not looked at. A pre-release meets a requirement only where that
        names a pre-release of the same version; `*` is met by every version.

        ```rhai
        if !semver::matches("v1.34.4+k3s1", ">=1.30 <1.36") { throw "within"; }
        if semver::matches("v1.36.0", "1.34 || 1.35") { throw "neither of them"; }
        if semver::matches("v1.35.0-rc.1", ">=1.34") { throw "a pre-release was not asked for"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("matches")
        .set_into_module(module, |ctx: NativeCallContext, version: &str, requirement: &str| {
            give(&ctx, matches(version, requirement))
        });
}

fn matches(text: &str, requirement: &str) -> Result<bool, Failure> {
    let version = version(text)?;
    // Every alternative is read, so that a mistake in the second is not found only on the day it matters.
    let alternatives: Vec<VersionReq> =
        requirement.split("||").map(|part| read(requirement, part)).collect::<Result<_, _>>()?;
    Ok(alternatives.iter().any(|alternative| meets(alternative, &version)))
}

fn meets(alternative: &VersionReq, version: &Version) -> bool {
    if alternative.comparators.is_empty() {
        alternative.matches(&release(version))
    } else {
        alternative.matches(version)
    }
}

/// One alternative of the requirement `whole`, in the spelling of the crate.
fn read(whole: &str, part: &str) -> Result<VersionReq, Failure> {
    let mut comparators: Vec<String> = Vec::new();
    let mut operator = None;
    for word in part.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty()) {
        let (own, rest) = OPERATORS
            .iter()
            .find_map(|operator| word.strip_prefix(operator).map(|rest| (Some(*operator), rest)))
            .unwrap_or((None, word));
        let operator_now = own.or(operator.take());
        if rest.is_empty() {
            operator = operator_now;
            continue;
        }
        let bare = rest.strip_prefix(['v', 'V']).unwrap_or(rest);
        let equal = if bare.contains(['*', 'x', 'X']) { "" } else { "=" };
        comparators.push(format!("{}{bare}", operator_now.unwrap_or(equal)));
    }
    let wrong = |why: &str| {
        bad(format!("{} is no requirement of a version: {why}", shown(whole))).hint("write one like `>=1.30 <1.36`")
    };
    if let Some(operator) = operator {
        return Err(wrong(&format!("nothing stands after `{operator}`")));
    }
    if comparators.is_empty() {
        return Err(wrong("it is empty"));
    }
    VersionReq::parse(&comparators.join(", ")).map_err(|trouble| wrong(&trouble.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_requirement_is_read_or_refused_and_never_panics(text in "[<>=^~v0-9.*x|, +a-]{0,24}") {
            let _ = matches("1.34.4", &text);
        }
    }

    #[test]
    fn requirements_are_read_as_other_tools_write_them() {
        let meets = |requirement| matches("v1.34.4+k3s1", requirement).unwrap();
        for yes in ["1.34", "=1.34.4", ">= 1.30, < 1.36", ">=v1.30 <v1.36", "~1.34.1", "^1.2", "1.x", "1.34.*", "*"] {
            assert!(meets(yes), "{yes}");
        }
        for no in ["1.33", "1.34.5", ">1.34.4", "<1.30 || >=2", "~1.33", "^2"] {
            assert!(!meets(no), "{no}");
        }
        assert!(matches("1.35.0-rc.1", "*").unwrap());
        assert!(matches("1.35.0-rc.2", ">=1.35.0-rc.1").unwrap());
    }

    #[test]
    fn what_is_no_requirement_is_refused_with_the_reason() {
        let what = |text| matches("1.0.0", text).unwrap_err().what;
        assert_eq!(what(">="), "`>=` is no requirement of a version: nothing stands after `>=`");
        assert_eq!(what(""), "`` is no requirement of a version: it is empty");
        assert!(what("1.34 || latest").starts_with("`1.34 || latest` is no requirement"));
    }
}
