//! The functions that come with the language, by name, each with the numbers of arguments it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Functions that the evaluator itself provides, and that take what they take: none of them is in the register.
const OWN: [&str; 8] = ["Fn", "call", "curry", "is_def_fn", "is_def_var", "is_shared", "type_of", "throw"];

/// Every function of the language and every global word, by name; no number where any is taken.
pub(crate) fn natives() -> &'static BTreeMap<String, BTreeSet<usize>> {
    static NATIVES: OnceLock<BTreeMap<String, BTreeSet<usize>>> = OnceLock::new();
    NATIVES.get_or_init(|| {
        let told = crate::language::engine().gen_fn_metadata_to_json(true).unwrap_or_default();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
        let functions = told.get("functions").and_then(serde_json::Value::as_array);
        let mut natives: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for function in functions.into_iter().flatten() {
            let name = function.get("name").and_then(serde_json::Value::as_str);
            let params = function.get("numParams").and_then(serde_json::Value::as_u64);
            let (Some(name), Some(params)) = (name, params.and_then(|params| usize::try_from(params).ok())) else {
                continue;
            };
            natives.entry(name.to_owned()).or_default().insert(params);
        }
        natives.extend(OWN.map(|name| (name.to_owned(), BTreeSet::new())));
        natives
    })
}

/// Whether a name is that of a function a person writes, and not of an operator or a property.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic()) && !name.contains('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_and_the_words_are_known_with_their_arguments() {
        assert_eq!(natives()["push"].iter().copied().collect::<Vec<_>>(), [2]);
        assert!(natives()["step"].contains(&2) && natives().contains_key("type_of"));
        assert!(!natives().contains_key("timestamp"));
    }
}
