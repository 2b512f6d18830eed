//! What names, labels, keys, ports and addresses may be made of.

use std::net::IpAddr;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LOOSE_SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn at_most(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} characters"))
}

fn both(long: Option<String>, fits: bool, otherwise: &str) -> Vec<String> {
    long.into_iter().chain((!fits).then(|| otherwise.to_owned())).collect()
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(|byte| lower(*byte)) && bytes.last().is_some_and(|byte| lower(*byte));
    ends && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// A name of labels and dots.
pub(super) fn subdomain(text: &str) -> Vec<String> {
    both(at_most(text, 253), text.split('.').all(is_label), SUBDOMAIN)
}

/// A name of labels and dots in which underscores may be, as what is searched for names.
pub(super) fn loose_subdomain(text: &str) -> Vec<String> {
    let part = |text: &str| is_label(&text.strip_prefix('_').unwrap_or(text).replace('_', "-"));
    both(at_most(text, 253), text.split('.').all(part), LOOSE_SUBDOMAIN)
}

/// The name of a setting of the kernel.
pub(super) fn sysctl(text: &str) -> Vec<String> {
    let part = |text: &str| is_label(&text.replace('_', "-")) && !text.starts_with('_') && !text.ends_with('_');
    let fits = text.len() <= 253 && text.split(['.', '/']).all(part);
    let why = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    both(None, fits, why)
}

/// One label.
pub(super) fn label(text: &str) -> Vec<String> {
    let dotted = text.contains('.') && text.split('.').all(is_label);
    both(at_most(text, 63), is_label(text), if dotted { "must not contain dots" } else { LABEL })
}

/// One label that does not begin with a digit.
pub(super) fn old_label(text: &str) -> Vec<String> {
    let fits = is_label(text) && text.as_bytes()[0].is_ascii_lowercase();
    both(at_most(text, 63), fits, OLD_LABEL)
}

/// A name that may be part of a path.
pub(super) fn segment(text: &str) -> Vec<String> {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"].iter().filter(|part| text.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}

/// A name with a prefix or without one.
pub(super) fn qualified(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                wrong.extend(subdomain(prefix).into_iter().map(|why| format!("prefix part {why}")));
            }
            name
        }
        _ => {
            let more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a qualified name {NAME_PART} {more}")];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if let Some(long) = at_most(name, 63) {
        wrong.push(format!("name part {long}"));
    }
    if !is_name(name) {
        wrong.push(format!("name part {NAME_PART}"));
    }
    wrong
}

/// The value of a label.
pub(super) fn label_value(text: &str) -> Vec<String> {
    both(at_most(text, 63), text.is_empty() || is_name(text), LABEL_VALUE)
}

/// A key of a config map or secret.
pub(super) fn config_key(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let mut wrong = both(at_most(text, 253), fits, CONFIG_KEY);
    match text {
        "." => wrong.push("must not be '.'".to_owned()),
        ".." => wrong.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => wrong.push("must not start with '..'".to_owned()),
        _ => {}
    }
    wrong
}

/// The name of a port.
pub(super) fn port_name(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> =
        (text.len() > 15).then(|| "must be no more than 15 characters".to_owned()).into_iter().collect();
    if !text.bytes().all(|byte| lower(byte) || byte == b'-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// An address.
pub(super) fn address(text: &str) -> Vec<String> {
    both(None, text.parse::<IpAddr>().is_ok(), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
}

/// An address by which something outside is reached: none that only means something nearby.
pub(super) fn ordinary(text: &str) -> Vec<String> {
    let Ok(ip) = text.parse::<IpAddr>() else { return vec!["must be a valid IP address".to_owned()] };
    let (near, many) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), ip.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(ip) => (ip.segments()[0] & 0xffc0 == 0xfe80, ip.segments()[0] & 0xff0f == 0xff02),
    };
    let all = [
        (ip.is_unspecified(), format!("may not be unspecified ({text})")),
        (ip.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()),
        (near, "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()),
        (many, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned()),
    ];
    all.into_iter().filter_map(|(holds, why)| holds.then_some(why)).collect()
}

/// A range of addresses.
pub(super) fn range(text: &str) -> Vec<String> {
    let fits = text.split_once('/').is_some_and(|(start, length)| match (start.parse(), length.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(length)) => length <= 32,
        (Ok(IpAddr::V6(_)), Ok(length)) => length <= 128,
        _ => false,
    });
    both(None, fits, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
}

/// Whether a range lies within another one and is smaller.
pub(super) fn within(inner: &str, outer: &str) -> bool {
    let bits = |text: &str| {
        let (start, length) = text.split_once('/')?;
        let length: u32 = length.parse().ok()?;
        match start.parse().ok()? {
            IpAddr::V4(start) => Some((4, u128::from(u32::from(start)) << 96, length)),
            IpAddr::V6(start) => Some((6, u128::from(start), length)),
        }
    };
    let (Some((sort, first, short)), Some((other, start, long))) = (bits(outer), bits(inner)) else { return false };
    sort == other && short < long && (first ^ start).checked_shr(128 - short).unwrap_or_default() == 0
}

/// A number of percent.
pub(super) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%');
    let fits = digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    both(None, fits, why)
}
