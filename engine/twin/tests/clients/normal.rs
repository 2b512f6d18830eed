//! What two servers may say differently though they mean the same: ages, uids, versions, addresses, made-up names.

use crate::recorder::Asked;
use regex::Regex;
use std::net::SocketAddr;
use std::path::Path;

/// What is put in the place of what, in this order.
const SAME: &[(&str, &str)] = &[
    // A watch that a client itself gives up is logged by it when the end of it comes in the middle of an event.
    (r"(?m)^[IWE]\d{4} .* reflector\.go:\d+\] .*watch ended with error.*context canceled.*\n", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
    (r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<time>"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} 20\d\d \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d 20\d\d", "<time>"),
    (r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?( UTC)?", "<time>"),
    // Names of a template's hash, which is over the server's own memory, and five letters made up. Before the
    // ages: one of some hundred reads as an age does.
    (r"([-=]|%3D)[bcdf456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "$1<hash>-<x>"),
    (r"([-=]|%3D)[bcdf456789]{7,10}\b", "$1<hash>"),
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-<x>"),
    (r"\b\d+[dhms](\d+[dhms])?\b", "<age>"),
    (r"<(unknown|invalid)>( ago)?", "<age>"),
    (r"\b10\.\d+\.\d+\.\d+\b", "<ip>"),
    (r"\b(\d+)/(TCP|UDP)\b", "$1/$2"),
    (r#"(?i)resource ?Version(["\\]*[=:] *["\\]*)[0-9]+"#, "resourceVersion$1<version>"),
    (r"timeout(Seconds)?=[0-9<>a-z]+&?", ""),
    (r"hash=[0-9A-Fa-f]+", "hash=<hash>"),
    (r"[?&]( |$)", "$1"),
    (r"> GET /openapi/v3 -> 304", "> GET /openapi/v3 -> 200"),
    (r" {2,}", "  "),
];

/// Puts the same words in the place of what may differ.
pub(crate) struct Normal {
    same: Vec<(Regex, String)>,
}

impl Normal {
    pub(crate) fn new(address: SocketAddr, home: &Path) -> Self {
        let own = [(address.to_string(), "<server>"), (home.display().to_string(), "<home>")];
        let mut same: Vec<(Regex, String)> =
            own.iter().map(|(is, shown)| (Regex::new(&regex::escape(is)).unwrap(), (*shown).to_owned())).collect();
        same.extend(SAME.iter().map(|(is, shown)| (Regex::new(is).unwrap(), (*shown).to_owned())));
        Self { same }
    }

    /// What a client printed.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (is, shown) in &self.same {
            text = is.replace_all(&text, shown.as_str()).into_owned();
        }
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// What a client asked, as one line.
    pub(crate) fn asked(&self, asked: &Asked) -> String {
        let mut line = format!("> {} {}", asked.method, ordered(&asked.path));
        for (header, words) in [
            (
                "accept",
                &[
                    ("as=Table", "table"),
                    ("as=PartialObjectMetadata", "metadata"),
                    ("v=v2;as=", "v2"),
                    ("v=v2beta1;as=", "v2beta1"),
                ][..],
            ),
            (
                "content-type",
                &[
                    ("strategic-merge", "strategic"),
                    ("merge-patch+json", "merge"),
                    ("json-patch", "json-patch"),
                    ("apply-patch", "apply"),
                    ("protobuf", "protobuf"),
                ],
            ),
        ] {
            if let Some((_, shown)) = words.iter().find(|(part, _)| asked.header(header).contains(part)) {
                line.push_str(&format!(" ({shown})"));
            }
        }
        for header in ["sec-websocket-protocol", "x-stream-protocol-version"] {
            if !asked.header(header).is_empty() {
                line.push_str(&format!(" ({})", asked.header(header)));
            }
        }
        let body = String::from_utf8_lossy(&asked.body);
        if matches!(asked.method.as_str(), "PATCH" | "DELETE") && body.len() < 600 && body.starts_with('{') {
            line.push_str(&format!(" {}", body.trim()));
        }
        self.text(&format!("{} -> {}", line.trim_end(), asked.code)).trim_end().to_owned()
    }
}

/// A path with the conditions of its field selector in order: clients keep them in none.
fn ordered(path: &str) -> String {
    let Some((before, rest)) = path.split_once("fieldSelector=") else { return path.to_owned() };
    let (selector, after) =
        rest.split_once('&').map_or((rest, String::new()), |(one, after)| (one, format!("&{after}")));
    let mut conditions: Vec<&str> = selector.split("%2C").collect();
    conditions.sort_unstable();
    format!("{before}fieldSelector={}{after}", conditions.join("%2C"))
}
