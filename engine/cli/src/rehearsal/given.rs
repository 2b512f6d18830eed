//! What a rehearsal is given where nobody gave it: the examples of the front matter stand in for inputs that are missing.

use std::path::Path;

use runbook_script::front::{Header, Input, Kind};

/// `--set` words for the required inputs that nobody set and that say what they are such as. A path that nobody chose lies in
/// this folder: what is there where the rehearsal was begun may be somebody's real backup.
pub(crate) fn examples(header: &Header, set: &[String], from_file: bool, folder: &Path) -> Vec<String> {
    let is_set = |name: &str| set.iter().any(|pair| pair.split('=').next().is_some_and(|set| set.trim() == name));
    // What a file gives is known only to the run itself; it goes before no `--set`.
    if from_file {
        return Vec::new();
    }
    let missing = header.inputs.iter().filter(|input| input.required && !is_set(&input.name));
    let unsaid = missing.filter(|input| std::env::var_os(input.variable()).is_none());
    let here = |input: &Input, such: &str| match input.kind {
        Kind::Path => folder.join(such).display().to_string(),
        _ => such.to_owned(),
    };
    unsaid.filter_map(|input| Some(format!("{}={}", input.name, here(input, input.such_as.as_ref()?)))).collect()
}
