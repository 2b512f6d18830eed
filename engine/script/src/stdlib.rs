//! The standard library, embedded: one noun a file, its functions verbs.

const NOUNS: &[(&str, &str)] = &[("files", include_str!("../../../stdlib/files.rhai"))];

/// The text of `std/NOUN`.
pub fn text(noun: &str) -> Option<&'static str> {
    NOUNS.iter().find(|(name, _)| *name == noun).map(|(_, text)| *text)
}

/// The names of all nouns.
pub fn nouns() -> impl Iterator<Item = &'static str> {
    NOUNS.iter().map(|(name, _)| *name)
}
