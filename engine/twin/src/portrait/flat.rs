//! Values as fields: one line of text for every leaf, under a path that people read.

use super::Fields;
use crate::json::Value;

/// The keys that tell the items of a list apart, in the order they are looked for.
const NAMES: [&str; 4] = ["name", "key", "type", "mountPath"];

/// Puts all leaves of `value` under `path`.
pub(super) fn flatten(path: &str, value: &Value, to: &mut Fields) {
    match value {
        Value::Object(map) if map.is_empty() => keep(path, "{}", to),
        Value::Object(map) => {
            for (key, below) in map {
                let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                let step = match (path.is_empty(), plain) {
                    (true, _) => key.to_string(),
                    (false, true) => format!("{path}.{key}"),
                    (false, false) => format!("{path}[{key}]"),
                };
                flatten(&step, below, to);
            }
        }
        Value::Array(items) if items.is_empty() => keep(path, "[]", to),
        Value::Array(items) => {
            let name = NAMES.iter().find(|name| tells_apart(items, name));
            for (number, item) in items.iter().enumerate() {
                let step = name.and_then(|name| item[name].as_str()).map_or_else(|| number.to_string(), str::to_owned);
                flatten(&format!("{path}[{step}]"), item, to);
            }
        }
        Value::String(text) => keep(path, text, to),
        other => keep(path, &other.to_string(), to),
    }
}

/// The annotation in which a restart is noted, with when and by whom.
const RESTARTED: &str = "[kubectl.kubernetes.io/restartedAt]";

fn keep(path: &str, text: &str, to: &mut Fields) {
    let time = is_time(text) || path.ends_with(RESTARTED);
    to.insert(path.to_owned(), if time { "(a time)".to_owned() } else { text.to_owned() });
}

fn tells_apart(items: &[Value], name: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    items.iter().all(|item| item[name].as_str().is_some_and(|text| seen.insert(text)))
}

/// Whether a text is a moment, as RFC 3339 writes it.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && (bytes[4], bytes[7], bytes[10], bytes[13]) == (b'-', b'-', b'T', b':')
        && (text.ends_with('Z') || text[19..].contains('+'))
}
