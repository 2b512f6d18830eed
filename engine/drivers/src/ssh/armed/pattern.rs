//! Patterns of files on a machine; pure. `*` is within one name, `**` across them, and a folder means what is in it.

use crate::ssh::Error;

/// Where to look for what `pattern` means, and what a path there has to be like, as `grep -E` takes it.
pub(super) fn read(pattern: &str) -> Result<(String, String), Error> {
    let plain = pattern.trim_end_matches('/');
    let climbs = plain.split('/').any(|part| part == ".." || part == ".");
    if !plain.starts_with('/') || climbs || pattern.chars().any(char::is_control) || plain.len() > 1000 {
        return Err(Error::Word { what: "a pattern of files", text: pattern.to_owned() });
    }
    let parts: Vec<&str> = plain.split('/').skip(1).filter(|part| !part.is_empty()).collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['*', '?'])).count();
    if fixed == 0 {
        // Nobody means all of a machine.
        return Err(Error::Word { what: "a pattern of files", text: pattern.to_owned() });
    }
    let base = format!("/{}", parts[..fixed].join("/"));
    let mut like = String::from("^");
    for part in &parts {
        if *part == "**" {
            like.push_str("(/[^/]+)*");
        } else {
            like.push('/');
            part.chars().for_each(|c| escaped(c, &mut like));
        }
    }
    // What is named without a star may be a folder.
    like.push_str(if fixed == parts.len() { "(/.*)?$" } else { "$" });
    Ok((base, like))
}

fn escaped(c: char, like: &mut String) {
    match c {
        '*' => like.push_str("[^/]*"),
        '?' => like.push_str("[^/]"),
        '.' | '[' | ']' | '(' | ')' | '{' | '}' | '+' | '^' | '$' | '|' | '\\' => like.extend(['\\', c]),
        c => like.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_where_to_look_and_for_what() {
        let of = |pattern: &str| read(pattern).unwrap();
        assert_eq!(of("/etc/cni/net.d/**"), ("/etc/cni/net.d".into(), "^/etc/cni/net\\.d(/[^/]+)*$".into()));
        assert_eq!(of("/etc/*.conf"), ("/etc".into(), "^/etc/[^/]*\\.conf$".into()));
        assert_eq!(of("/etc/a/"), ("/etc/a".into(), "^/etc/a(/.*)?$".into()));
        assert_eq!(of("/etc/**/x?"), ("/etc".into(), "^/etc(/[^/]+)*/x[^/]$".into()));
        for wrong in ["", "/", "/**", "etc/a", "/etc/../a", "/a\tb", "/*"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
