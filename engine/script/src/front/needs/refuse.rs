//! The failure of what a runbook may not do. Its hint is the very line that would allow it.

use runbook_model::{Failure, code};

use super::{Needs, address};
use crate::front::wrong::shown;

impl Needs {
    /// The refusal of `action` on `target`.
    pub fn refuse(&self, family: &str, action: &str, target: &str) -> Failure {
        let target = target.trim();
        let web = family == "http" || (family == "net" && action == "http");
        let plain = web.then(|| address::without_user(target)).flatten();
        let target = plain.as_deref().unwrap_or(target);
        let what = format!("`{family}: {action} {}` is not in the runbook's `needs`", shown(target));
        Failure::new(code::NEEDS_REFUSED, what).hint(format!(
            "if it may, write this line under `[needs]` in its front matter: {}",
            self.line_with(family, action, target)
        ))
    }

    /// The line of the family with the missing pattern added.
    fn line_with(&self, family: &str, action: &str, target: &str) -> String {
        let missing = match (family, target) {
            ("helm", target) => target.to_owned(),
            (_, "") => action.to_owned(),
            (_, target) => format!("{action} {target}"),
        };
        let patterns = self.families.get(family).into_iter().flatten().map(|pattern| pattern.text.as_str());
        let all: Vec<String> = patterns.chain([missing.as_str()]).map(quoted).collect();
        format!("{family} = [{}]", all.join(", "))
    }
}

/// `text` as a text of TOML in one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
