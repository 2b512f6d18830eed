//! Whether a proxy named in the environment is for a host.

use std::net::IpAddr;

/// Whether `host` is reached without the proxy of the environment: what is on this machine always, else as the list
/// in `$NO_PROXY` says: names with all below them, addresses, networks, `*` for all.
pub(super) fn is_direct(host: &str, list: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(|entry| {
        let name = entry.trim_start_matches("*.").trim_start_matches('.');
        match address {
            _ if entry == "*" => true,
            Some(address) => {
                entry.parse::<ipnet::IpNet>().is_ok_and(|net| net.contains(&address)) || entry.parse() == Ok(address)
            }
            None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::is_direct;

    #[test]
    fn a_host_of_this_machine_or_of_the_list_needs_no_proxy() {
        for (host, list, direct) in [
            ("127.0.0.1", "", true),
            ("[::1]", "", true),
            ("localhost", "", true),
            ("api.example.com", "", false),
            ("api.example.com", "example.com", true),
            ("api.example.com", ".example.com", true),
            ("api.example.com", "*.example.com, other", true),
            ("badexample.com", "example.com", false),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("anything", "*", true),
        ] {
            assert_eq!(is_direct(host, list), direct, "{host} {list}");
        }
    }
}
