//! `regex::captures`: the groups of the first match of a pattern.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::compiled;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::captures",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text"], gives: "map" }],
    options: &[],
    doc: r#"
        The groups of the first match of a pattern as a map, `()` where there is no match.

        A group `(?<name>…)` stands under its name, one without a name under its number, the whole match under `"0"`.
        A group that took no part in the match is `()`.

        ```rhai
        let m = regex::captures(`(?<name>[\w-]+)\.(?<zone>\w+)(:(\d+))?`, "db-0.shop");
        if m.name != "db-0" || m.zone != "shop" { throw m; }
        if m["0"] != "db-0.shop" || m["4"] != () { throw m; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("captures").set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str| {
        give(&ctx, captures(pattern, text))
    });
}

fn captures(pattern: &str, text: &str) -> Result<Dynamic, Failure> {
    let regex = compiled(pattern)?;
    let Some(found) = regex.captures(text) else { return Ok(Dynamic::UNIT) };
    let groups = regex.capture_names().enumerate().map(|(at, name)| {
        let key = name.map_or_else(|| at.to_string(), str::to_owned);
        (key.into(), found.get(at).map_or(Dynamic::UNIT, |group| group.as_str().into()))
    });
    Ok(Dynamic::from_map(groups.collect::<Map>()))
}
