//! Reads `[needs]` of a front matter.

use runbook_model::Failure;

use super::pattern::Pattern;
use super::{FAMILIES, Needs, address};
use crate::front::entries::Entries;
use crate::front::wrong::shown;
use crate::options::{nearest, ticked};

/// Families that people bring from elsewhere, and ours.
const OTHER: [(&str, &str); 6] = [
    ("kubernetes", "kube"),
    ("shell", "local"),
    ("exec", "local"),
    ("files", "file"),
    ("https", "http"),
    ("network", "net"),
];

/// The actions of a family; none where its driver is to say.
fn actions(family: &str) -> &'static [&'static str] {
    match family {
        "local" => &["run", "read"],
        "http" => &["get", "head", "post", "put", "patch", "delete", "options"],
        "file" => &["read", "write"],
        "net" => &["tcp", "dns", "http"],
        "ssh" => &["facts", "read", "reboot", "run", "service", "sysctl", "write"],
        _ => &[],
    }
}

impl Needs {
    /// The needs in the table `[needs]`.
    pub(in crate::front) fn read(table: &Entries<'_>) -> Result<Self, Failure> {
        table.only(&FAMILIES, &OTHER)?;
        let mut needs = Self::default();
        for family in FAMILIES {
            let Some(texts) = table.texts(family)? else { continue };
            let mut patterns = Vec::new();
            for (text, span) in texts {
                let pattern = Pattern::parse(family, text);
                check(family, &pattern).map_err(|(what, hint)| table.sheet.bad(span, what).hint(hint))?;
                patterns.push(pattern);
            }
            needs.families.insert(family.to_owned(), patterns);
        }
        Ok(needs)
    }
}

/// Why `pattern` is none, and what to do about it.
fn check(family: &str, pattern: &Pattern) -> Result<(), (String, String)> {
    let text = shown(&pattern.text);
    if pattern.text.is_empty() {
        return Err((format!("an empty text allows nothing of `{family}`"), format!("write {}", example(family))));
    }
    let known = actions(family);
    for action in pattern.actions.iter().map(String::as_str).filter(|action| *action != "*") {
        let word = !action.is_empty() && action.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '*'));
        if (known.is_empty() && word) || known.contains(&action) {
            continue;
        }
        let hint = match nearest(action, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("begin with what it may do, like {}", example(family)),
            None => format!("begin with one of {}, like {}", ticked(known), example(family)),
        };
        return Err((format!("`{text}` does not begin with an action of `{family}`"), hint));
    }
    let web = family == "http" || (family == "net" && pattern.actions.iter().any(|action| action == "http"));
    let target = pattern.target.as_deref();
    if web && let Some(Err(why)) = target.map(address::check) {
        return Err((format!("`{text}` does not end in a URL: {why}"), format!("write it like {}", example("http"))));
    }
    let tcp = family == "net" && pattern.actions.iter().any(|action| action == "tcp");
    if tcp && target.is_some_and(|target| target != "*" && !target.contains(':')) {
        return Err((format!("`{text}` does not say which port"), format!("write it like {}", example("net"))));
    }
    Ok(())
}

fn example(family: &str) -> &'static str {
    match family {
        "kube" => "`\"read *\"` or `\"patch nodes\"`",
        "ssh" => "`\"run\"` or `\"write /etc/app/**\"`",
        "helm" => "`\"cilium@kube-system\"`",
        "local" => "`\"run tar *\"`",
        "http" => "`\"get https://example.com/*\"`",
        "file" => "`\"read /etc/**\"`",
        _ => "`\"tcp *:443\"`",
    }
}
