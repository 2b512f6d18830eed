//! The formats of texts that schemas name.

use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::names;

/// Formats that are a pattern, as the server has them.
const PATTERNS: [(&str, &str); 12] = [
    ("bsonobjectid", r"^[0-9a-fA-F]{24}$"),
    ("hexcolor", r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
    (
        "hostname",
        r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$",
    ),
    ("k8s-long-name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"),
    ("k8s-short-name", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
    (
        "rgbcolor",
        r"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$",
    ),
    (
        "mac",
        r"^([0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}([:-][0-9a-fA-F]{2}){0,14}|[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2,9})$",
    ),
    ("ssn", r"^\d{3}[- ]?\d{2}[- ]?\d{4}$"),
    ("uuid", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid3", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid4", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
    ("uuid5", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
];

/// Formats that are more than a pattern.
const OTHERS: [&str; 14] = [
    "byte",
    "cidr",
    "creditcard",
    "date",
    "datetime",
    "duration",
    "email",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "password",
    "uri",
];

static READ: LazyLock<BTreeMap<&str, Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?))).collect());

/// Whether the server knows the format at all.
pub(in crate::rules) fn is_known(format: &str) -> bool {
    const NUMBERS: [&str; 4] = ["int32", "int64", "float", "double"];
    let plain = format.replace('-', "");
    NUMBERS.contains(&format)
        || OTHERS.contains(&plain.as_str())
        || PATTERNS.iter().any(|(name, _)| *name == format || *name == plain)
}

/// What is wrong with a text as a name of some kind; none where the kind is not one of names.
pub(in crate::rules) fn of_names(kind: &str, text: &str) -> Option<Vec<String>> {
    Some(match kind.trim_end_matches("Prefix") {
        "dns1123Label" => names::label(text),
        "dns1123Subdomain" => names::subdomain(text),
        "dns1035Label" => names::old_label(text),
        "qualifiedName" => names::qualified(text),
        "labelValue" => names::label_value(text),
        _ => return None,
    })
}

/// Whether a text is written in a format; all are in those that nobody knows.
pub(in crate::rules) fn fits(text: &str, format: &str) -> bool {
    let plain = format.replace('-', "");
    if let Some(pattern) = READ.get(format).or_else(|| READ.get(plain.as_str())) {
        let most = if format == "k8s-short-name" { 63 } else { 255 };
        return pattern.is_match(text)
            && (!["hostname", "k8s-short-name", "k8s-long-name"].contains(&format) || text.len() <= most);
    }
    match plain.as_str() {
        "byte" => crate::rules::bytes::decode(text).is_ok(),
        "cidr" => names::range(text).is_empty(),
        "creditcard" => is_card(text),
        "date" => text.len() == 10 && starts_with_date(text),
        "datetime" => is_time(text),
        "duration" => is_duration(text),
        "email" => is_address(text),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "isbn" => is_book(text, 10) || is_book(text, 13),
        "isbn10" => is_book(text, 10),
        "isbn13" => is_book(text, 13),
        "uri" => is_place(text),
        _ => true,
    }
}

fn starts_with_date(text: &str) -> bool {
    let digits = |part: Option<&str>, length: usize| {
        part.is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let within = |part: Option<&str>, most: u32| {
        part.and_then(|part| part.parse().ok()).is_some_and(|n: u32| n > 0 && n <= most)
    };
    let parts = digits(text.get(..4), 4) && digits(text.get(5..7), 2) && digits(text.get(8..10), 2);
    parts && within(text.get(5..7), 12) && within(text.get(8..10), 31)
}

fn is_time(text: &str) -> bool {
    starts_with_date(text) && text.get(10..11).is_some_and(|at| "Tt ".contains(at)) && text.len() >= 19
}

/// A duration as Go reads one, or one in words with a unit behind each number.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 16] =
        ["ns", "nano", "us", "µs", "micro", "ms", "milli", "s", "sec", "m", "min", "h", "hr", "hour", "d", "day"];
    const LONG: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if bare == "0" {
        return true;
    }
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let after = rest[at..].trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.').trim_start();
        let end = after.find(|letter: char| !letter.is_ascii_alphabetic() && letter != 'µ').unwrap_or(after.len());
        let unit = after[..end].to_lowercase();
        let known = UNITS.contains(&unit.as_str()) || ["w", "wk", "week"].contains(&unit.as_str());
        found |= known || LONG.iter().any(|long| unit.starts_with(long));
        rest = &after[end..];
    }
    found
}

fn is_address(text: &str) -> bool {
    let bare = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let whole = |part: &str| {
        let odd = |letter: char| letter.is_whitespace() || "()<>[]:;@\\,\"".contains(letter);
        !part.is_empty() && !part.contains(odd) && !part.split('.').any(str::is_empty)
    };
    bare.rsplit_once('@').is_some_and(|(local, domain)| whole(local) && whole(domain))
}

/// A place as a request may name it: with a scheme, or from the root.
fn is_place(text: &str) -> bool {
    let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        letters && scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && !rest.is_empty()
    });
    (scheme || text.starts_with('/')) && !text.contains(|letter: char| letter.is_control())
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

fn is_card(text: &str) -> bool {
    let all = digits(text);
    let each = |(at, digit): (usize, &u32)| match at % 2 {
        1 if *digit > 4 => digit * 2 - 9,
        1 => digit * 2,
        _ => *digit,
    };
    (13..=16).contains(&all.len()) && all.iter().rev().enumerate().map(each).sum::<u32>() % 10 == 0
}

fn is_book(text: &str, length: u32) -> bool {
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let last = bare.chars().last();
    let mut all = digits(&bare);
    if length == 10 && last == Some('X') {
        all.push(10);
    }
    let whole = all.len() == bare.chars().count() && u32::try_from(all.len()) == Ok(length);
    let weighed = |weigh: &dyn Fn(u32) -> u32| (0..).zip(&all).map(|(at, digit)| weigh(at) * digit).sum::<u32>();
    whole && if length == 10 { weighed(&|at| at + 1) % 11 == 0 } else { weighed(&|at| 1 + at % 2 * 2) % 10 == 0 }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn texts_fit_their_formats_or_do_not() {
        for (format, good, bad) in [
            ("email", "a@b", "ab"),
            ("duration", "1h30m", "1x"),
            ("duration", "2 days", "h"),
            ("uri", "http://a/b", "a b"),
            ("hostname", "a.example", "a_b"),
            ("mac", "00:00:5e:00:53:01", "00:00"),
            ("date-time", "2020-01-01T00:00:00Z", "2020-01-01"),
            ("isbn10", "0321751043", "0321751044"),
            ("isbn", "978-0321751041", "978-0321751042"),
            ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("rgbcolor", "rgb(1,2,3)", "rgb(1,2)"),
            ("uuid4", "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
            ("k8s-short-name", "a-b", "A"),
        ] {
            assert!(fits(good, format), "{good} is a {format}");
            assert!(!fits(bad, format), "{bad} is no {format}");
        }
        assert!(fits("anything", "odd"));
    }
}
