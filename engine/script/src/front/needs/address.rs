//! Matches a URL with a pattern: `https://example.com/api/*`.
//!
//! The URL is understood as it will be when it is asked for: user and password are no part of the server's name, `..`
//! is resolved. `*` covers anything in the path and the query. A pattern without a path is the whole server.

use url::Url;

use super::endpoint::allows_host;
use super::glob::any;

/// A pattern of URLs.
struct Address {
    scheme: String,
    host: String,
    /// None for the usual one of the scheme.
    port: Option<String>,
    path: String,
}

/// Whether the pattern `target` allows `url`.
pub(super) fn allows(target: &str, url: &str) -> bool {
    if target == "*" {
        return true;
    }
    let (Ok(pattern), Ok(url)) = (parse(target), Url::parse(url)) else { return false };
    let Some(host) = url.host_str() else { return false };
    let port = url.port().map(|port| port.to_string());
    let same_port = match (&pattern.port, &port) {
        (Some(wanted), Some(port)) => any(wanted, port),
        (Some(wanted), None) => any(wanted, &url.port_or_known_default().unwrap_or_default().to_string()),
        (None, port) => port.is_none(),
    };
    let climbs = climbs(url.path()) && pattern.path != "/*";
    any(&pattern.scheme, url.scheme())
        && allows_host(&pattern.host, host)
        && same_port
        && !climbs
        && any(&pattern.path, &path_and_query(&url))
}

/// Why `target` is no pattern of URLs, where it is none.
pub(super) fn check(target: &str) -> Result<(), String> {
    if target == "*" { Ok(()) } else { parse(target).map(|_| ()) }
}

fn parse(target: &str) -> Result<Address, String> {
    let (scheme, rest) = target.split_once("://").ok_or("it does not begin with `https://`")?;
    if !matches!(scheme, "*" | "http" | "https") {
        return Err("it does not begin with `https://` or `http://`".to_owned());
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (server, path) = rest.split_at(end);
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (server, None),
    };
    if host.is_empty() || host.contains('@') {
        return Err("it names no server".to_owned());
    }
    if port.is_some_and(|port| port.is_empty() || !port.chars().all(|c| c.is_ascii_digit() || c == '*')) {
        return Err("its port is no number".to_owned());
    }
    // Written the way the URL will be: names in lower case, blanks and the like encoded, `..` resolved.
    let usual = Url::parse(&format!("http://{host}{path}")).map_err(|why| why.to_string())?;
    let port = port.filter(|port| !matches!((scheme, *port), ("http", "80") | ("https", "443")));
    Ok(Address {
        scheme: scheme.to_owned(),
        host: usual.host_str().unwrap_or(host).to_owned(),
        port: port.map(str::to_owned),
        path: if path.is_empty() { "/*".to_owned() } else { path_and_query(&usual) },
    })
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The URL without user and password, which are for nobody to read; nothing where `url` is none.
pub(super) fn without_user(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    url.set_password(None).and_then(|()| url.set_username("")).ok()?;
    Some(url.into())
}

/// Whether a server that decodes the path once more would find a `..` in it.
fn climbs(path: &str) -> bool {
    let path = path.to_lowercase().replace("%2f", "/").replace("%5c", "/").replace("%2e", ".").replace('\\', "/");
    path.split('/').any(|name| name == "..")
}
