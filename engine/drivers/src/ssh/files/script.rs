//! The shell text of the file verbs.

use crate::ssh::quote::quoted;
use crate::ssh::{Answer, Error, Remote};

use super::trouble::refused;
use crate::ssh::remote::Question;

pub(super) const COMMON: &str = include_str!("common.sh");
pub(super) const WRITE: &str = include_str!("write.sh");
pub(super) const BEFORE: &str = include_str!("before.sh");
pub(super) const LIST: &str = include_str!("list.sh");

/// A script of ours with its arguments.
pub(super) fn script(arguments: &[&str], text: &str) -> String {
    let words: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    format!("set -- {}\n{COMMON}{text}", words.join(" "))
}

/// A path that names one thing from anywhere, without what our answers are written with.
pub(super) fn check_path(path: &str) -> Result<&str, Error> {
    let plain = path.trim_end_matches('/');
    if !path.starts_with('/') || path.chars().any(char::is_control) || plain.len() > 4000 {
        return Err(Error::Word { what: "a path of a machine", text: path.to_owned() });
    }
    Ok(if plain.is_empty() { "/" } else { plain })
}

/// Asks, and takes everything but 0 for a refusal.
pub(super) async fn ask(remote: &Remote, path: &str, question: Question<'_>) -> Result<Answer, Error> {
    let answer = remote.question(question).await?;
    if answer.status == 0 { Ok(answer) } else { Err(refused(remote, path, &answer)) }
}
