//! The names of well-known ports, as `/etc/services` has them.

use super::socket::Transport;

/// Name, port, and whether TCP and UDP have it.
const SERVICES: [(&str, u16, bool, bool); 29] = [
    ("bbs", 7000, true, false),
    ("bgp", 179, true, false),
    ("bootpc", 68, false, true),
    ("bootps", 67, false, true),
    ("daytime", 13, true, true),
    ("discard", 9, true, true),
    ("domain", 53, true, true),
    ("echo", 7, true, true),
    ("epmd", 4369, true, false),
    ("ftp", 21, true, false),
    ("ftp-data", 20, true, false),
    ("http", 80, true, false),
    ("http-alt", 8080, true, true),
    ("https", 443, true, true),
    ("imap2", 143, true, false),
    ("imaps", 993, true, false),
    ("ldap", 389, true, true),
    ("mdns", 5353, false, true),
    ("mysql", 3306, true, false),
    ("nfs", 2049, true, true),
    ("ntp", 123, false, true),
    ("pop3", 110, true, false),
    ("postgresql", 5432, true, false),
    ("redis", 6379, true, false),
    ("smtp", 25, true, false),
    ("snmp", 161, true, true),
    ("ssh", 22, true, false),
    ("telnet", 23, true, false),
    ("tftp", 69, false, true),
];

fn has(service: &(&str, u16, bool, bool), transport: Transport) -> bool {
    if transport == Transport::Tcp { service.2 } else { service.3 }
}

/// The port of a name.
pub(crate) fn port_of(name: &str, transport: Transport) -> Option<u16> {
    SERVICES.iter().find(|it| it.0 == name && has(it, transport)).map(|it| it.1)
}

/// The name of a port.
pub(crate) fn name_of(port: u16, transport: Transport) -> Option<&'static str> {
    SERVICES.iter().find(|it| it.1 == port && has(it, transport)).map(|it| it.0)
}
