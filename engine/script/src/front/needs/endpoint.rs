//! Matches the names of servers and their ports: `*:443`, `*.example.com`.

use super::glob::{any, glob};

/// Whether the pattern allows `host:port`.
pub(super) fn allows(pattern: &str, endpoint: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    match (pattern.rsplit_once(':'), endpoint.rsplit_once(':')) {
        (Some((host, port)), Some((at, on))) => allows_host(host, at) && any(port, on),
        _ => false,
    }
}

/// Whether the pattern allows the host `name`. A `*` at the beginning covers dots, one further on does not: what comes
/// last in a name says whose it is.
pub(super) fn allows_host(pattern: &str, name: &str) -> bool {
    let plain = |text: &str| text.trim_start_matches('[').trim_end_matches([']', '.']).to_lowercase();
    let (pattern, name) = (plain(pattern), plain(name));
    let within_dots = |pattern: &str, name: &str| glob(pattern, name, |_, c| c != '.');
    match pattern.strip_prefix('*') {
        Some(rest) => {
            name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| within_dots(rest, &name[at..]))
        }
        None => within_dots(&pattern, &name),
    }
}
