//! What two servers may say differently though they mean the same: ids, times, versions, tokens, addresses.

use runbook_twin::json::Value;

/// An answer without what differs from one run to the next.
pub(crate) fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut made = runbook_twin::json::Map::new();
            for (name, value) in fields {
                made.insert(name.clone(), field(name, value));
            }
            if fields.contains_key("generateName") {
                made.insert("name".to_owned(), "<generated>".into());
            }
            Value::Object(made)
        }
        Value::Array(items) => Value::Array(items.iter().map(normal).collect()),
        Value::String(text) if text.starts_with("kube-api-access-") => "<volume>".into(),
        Value::String(text) if is_age(text) => "<age>".into(),
        Value::String(text) => words(text).into(),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    let text = |shown: &str| Value::from(shown);
    match (name, value) {
        ("resourceVersion", Value::String(version)) if version.parse::<u64>().is_ok() => text("<version>"),
        ("continue", Value::String(_)) => text("<token>"),
        ("uid", Value::String(_)) => text("<uid>"),
        ("token", Value::String(token)) if token.len() > 40 => text("<token>"),
        ("serverAddress" | "storageVersionHash", Value::String(_)) => text("<address>"),
        ("clusterIP", Value::String(address)) if address.starts_with("10.43.") => text("<address>"),
        ("clusterIPs", Value::Array(addresses)) if addresses.iter().all(|one| one != "None") => text("<address>"),
        ("nodePort" | "healthCheckNodePort", Value::Number(_)) => text("<port>"),
        ("managedFields", Value::Array(entries)) => {
            // Entries of one second come in no order of their own.
            let mut entries: Vec<Value> = entries.iter().map(normal).collect();
            entries.sort_by_key(ToString::to_string);
            Value::Array(entries)
        }
        ("causes", Value::Array(causes)) if causes.iter().all(|one| one["reason"] == "FieldManagerConflict") => {
            // Managers come in no order of their own.
            let mut causes: Vec<Value> = causes.iter().map(normal).collect();
            causes.sort_by_key(ToString::to_string);
            Value::Array(causes)
        }
        ("resources" | "nonResourceURLs" | "verbs", Value::Array(words)) => {
            let mut words = words.clone();
            words.sort_by_key(ToString::to_string);
            Value::Array(words)
        }
        ("rules" | "resourceRules" | "nonResourceRules", Value::Array(rules)) => {
            let mut rules: Vec<Value> = rules.iter().map(normal).collect();
            rules.sort_by_key(ToString::to_string);
            Value::Array(rules)
        }
        (_, value) => normal(value),
    }
}

/// Text without times, uids and versions.
fn words(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive([' ', '"', '\\', ',', '/', '\n', '(', ')', '=']) {
        let (word, end) = match piece.char_indices().last() {
            Some((at, letter)) if " \"\\,/\n()=".contains(letter) => piece.split_at(at),
            _ => (piece, ""),
        };
        let bare = word.trim_end_matches([':', '.', ';']);
        let shown = if is_uid(bare) {
            word.replace(bare, "<uid>")
        } else if is_time(bare) {
            word.replace(bare, "<time>")
        } else if bare.starts_with("10.43.") && !bare.contains('/') && end == "\"" {
            word.replace(bare, "<address>")
        } else {
            word.to_owned()
        };
        out.push_str(&shown);
        out.push_str(end);
    }
    let mark = "resourceVersion\\\":\\\"";
    if let Some((before, after)) = out.clone().split_once(mark) {
        out = format!("{before}{mark}{}", after.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    for said in ["current: ", "too old resource version: ", "ResourceVersion in record ("] {
        if let Some((before, after)) = out.clone().split_once(said) {
            let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
            out = format!("{before}{said}<version>{rest}");
        }
    }
    if let Some((before, after)) = out.clone().split_once("<version> (")
        && after.ends_with(')')
    {
        out = format!("{before}<version> (<version>)");
    }
    out
}

fn is_uid(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && word.ends_with('Z') && word.starts_with("20")
}

/// How old something is that a session has just made.
fn is_age(text: &str) -> bool {
    text.strip_suffix('s').is_some_and(|number| number.parse::<u8>().is_ok_and(|seconds| seconds < 60))
}
