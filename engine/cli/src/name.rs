//! A name for a new run: the runbook's, and four characters that tell it apart.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// A new name for a run of `runbook`.
pub(crate) fn of_run(runbook: &str) -> String {
    let mut dice = RandomState::new().build_hasher().finish();
    let mut tail = String::new();
    for _ in 0..5 {
        let at = usize::try_from(dice % ALPHABET.len() as u64).unwrap_or(0);
        tail.push(char::from(ALPHABET[at]));
        dice /= ALPHABET.len() as u64;
    }
    let stem: String =
        runbook.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let stem = stem.trim_matches('-');
    let stem = if stem.is_empty() { "run" } else { &stem[..stem.len().min(40)] };
    format!("{stem}-{tail}")
}
