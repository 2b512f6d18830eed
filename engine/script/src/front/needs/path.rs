//! Matches a path with a pattern: `*` within one name, `**` across any number of names.
//!
//! Both are made absolute and their `.` and `..` resolved first, so that no path leaves its place through `..`.

use super::glob;

/// Whether the pattern `target` allows `path`.
pub(super) fn allows(target: &str, path: &str) -> bool {
    let path = path.trim_start_matches("file://");
    if path.is_empty() || path.contains('\0') {
        return false;
    }
    matches(&names(target), &names(path))
}

/// The names on the way to `path` from the root.
fn names(path: &str) -> Vec<String> {
    let home = std::env::var("HOME").ok().filter(|_| path == "~" || path.starts_with("~/"));
    let path = match home {
        Some(home) => format!("{home}{}", &path[1..]),
        None => path.to_owned(),
    };
    let mut names: Vec<String> = Vec::new();
    if !path.starts_with('/') {
        let here = std::env::current_dir().unwrap_or_default();
        names.extend(here.to_string_lossy().split('/').filter(|name| !name.is_empty()).map(str::to_owned));
    }
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name.to_owned()),
        }
    }
    names
}

/// The same as for characters in `glob.rs`, with names for characters and `**` for `*`.
fn matches(pattern: &[String], path: &[String]) -> bool {
    let mut now = vec![false; pattern.len() + 1];
    now[0] = true;
    skip_stars(pattern, &mut now);
    for name in path {
        let mut next = vec![false; pattern.len() + 1];
        for (at, wanted) in pattern.iter().enumerate().filter(|(at, _)| now[*at]) {
            if wanted == "**" {
                next[at] = true;
            } else if glob::any(wanted, name) {
                next[at + 1] = true;
            }
        }
        skip_stars(pattern, &mut next);
        now = next;
    }
    now[pattern.len()]
}

fn skip_stars(pattern: &[String], reached: &mut [bool]) {
    for (at, wanted) in pattern.iter().enumerate() {
        if reached[at] && wanted == "**" {
            reached[at + 1] = true;
        }
    }
}
