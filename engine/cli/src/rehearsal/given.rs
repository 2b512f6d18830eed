//! What a rehearsal is given where nobody gave it: the examples of the front matter stand in for inputs that are missing.

use runbook_script::front::Header;

/// `--set` words for the required inputs that nobody set and that say what they are such as.
pub(crate) fn examples(header: &Header, set: &[String], from_file: bool) -> Vec<String> {
    let is_set = |name: &str| set.iter().any(|pair| pair.split('=').next().is_some_and(|set| set.trim() == name));
    // What a file gives is known only to the run itself; it goes before no `--set`.
    if from_file {
        return Vec::new();
    }
    let missing = header.inputs.iter().filter(|input| input.required && !is_set(&input.name));
    let unsaid = missing.filter(|input| std::env::var_os(input.variable()).is_none());
    unsaid.filter_map(|input| input.such_as.as_ref().map(|such| format!("{}={such}", input.name))).collect()
}
