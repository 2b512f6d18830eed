//! The functions that come with the language, by name, each with the numbers of arguments it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Functions that the evaluator itself provides, and that take what they take: none of them is in the register.
const OWN: [&str; 8] = ["Fn", "call", "curry", "is_def_fn", "is_def_var", "is_shared", "type_of", "throw"];

/// Every function of the language and every global word, by name; no number where any is taken.
pub(crate) fn natives() -> &'static BTreeMap<String, BTreeSet<usize>> {
    static NATIVES: OnceLock<BTreeMap<String, BTreeSet<usize>>> = OnceLock::new();
    NATIVES.get_or_init(|| {
        let engine = crate::language::engine();
        let functions = engine.collect_fn_metadata(
            None,
            |function| {
                let own = function.namespace.is_empty();
                own.then(|| (function.metadata.name.to_string(), function.metadata.num_params))
            },
            true,
        );
        let mut natives: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (name, params) in functions {
            natives.entry(name).or_default().insert(params);
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
