//! Our answers beside those that a real server gave (recorded by `tests/shapes`), request by request.

use std::collections::BTreeMap;
use std::io::Read;

use crate::json::{Text, Value, json};
use flate2::read::GzDecoder;
use serde_json::value::RawValue;

use super::{Refusal, Validation, Verb, Write, write};
use crate::shapes::Shapes;

const DEFINITIONS: &str = include_str!("cases/definitions.json");
const DIFFERENCES: &str = include_str!("cases/differences.json");

fn recorded(packed: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("a recording is whole");
    let raw: Vec<BTreeMap<String, &RawValue>> = crate::json::from_str(&text).expect("a recording can be read");
    let case = |raw: BTreeMap<String, &RawValue>| {
        let mut case: Value = raw.iter().map(|(key, value)| (key.clone(), read(value.get()))).collect();
        let step: BTreeMap<String, &RawValue> = crate::json::from_str(raw["step"].get()).expect("a step can be read");
        if let (Some(body), true) = (step.get("body"), case["step"]["text"].is_null()) {
            case["step"]["text"] = json!(body.get());
        }
        case
    };
    raw.into_iter().map(case).collect()
}

fn read(text: &str) -> Value {
    crate::json::from_str(text).expect("what was recorded is JSON")
}

/// Without what Go prints in an order of its own: the patched text, and how two pods differ.
fn wording(text: &str) -> String {
    let mut text = text.to_owned();
    if let (Some(start), Some(end)) = (text.find("patch: Invalid value: \"{"), text.rfind("}\": ")) {
        text.replace_range(start + 22..end + 2, "PATCHED");
    }
    if let (true, Some(end)) = (text.starts_with("Invalid value: \"{"), text.rfind("}\": ")) {
        text.replace_range(15..end + 2, "PATCHED");
    }
    if let Some((start, rest)) = text.clone().split_once("errors:\n") {
        let mut lines: Vec<&str> = rest.split('\n').collect();
        lines.sort_unstable();
        text = format!("{start}errors:\n{}", lines.join("\n"));
    }
    for start in ["Invalid value: {\"labels\"", "Invalid value: {\"metadata\"", "Invalid value: {\"Spec\""] {
        if let (Some(from), Some(to)) = (text.find(start), text.rfind("}: field is immutable")) {
            text.replace_range(from + 15..to + 1, "TEMPLATE");
        }
    }
    for before in ["previously negative)\n", "for bound claims\n", "is immutable after creation\n"] {
        if let Some(start) = text.find(before) {
            text.truncate(start + before.len());
        }
    }
    text
}

fn worded(value: &mut Value) {
    match value {
        Value::String(text) => *text = wording(text).into(),
        Value::Array(items) => items.iter_mut().for_each(worded),
        Value::Object(fields) => fields.values_mut().for_each(worded),
        _ => {}
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The time of the server when it answered, as far as it shows.
fn now(case: &Value) -> String {
    let of = |object: &Value| -> Option<String> {
        let entries = object["metadata"]["managedFields"].as_array()?;
        entries.iter().filter_map(|entry| entry["time"].as_str()).max().map(str::to_owned)
    };
    of(&case["answer"]).max(of(&case["before"])).unwrap_or_else(|| "2026-11-21T12:00:00Z".to_owned())
}

fn answered(case: &Value, shapes: &Shapes) -> Option<(u16, Value, Vec<String>)> {
    let step = &case["step"];
    let mut parts: Vec<&str> = text(step, "resource").split('/').collect();
    if parts.len() == 2 {
        parts.insert(0, "");
    }
    let kind = shapes.resource(parts[0], parts[1], parts[2])?;
    let force = step["force"] == true;
    let verb = match text(step, "verb") {
        "create" => Verb::Create,
        "update" => Verb::Update,
        "json" => Verb::Json,
        "merge" => Verb::Merge,
        "strategic" => Verb::Strategic,
        _ => Verb::Apply { force },
    };
    let before = Some(&case["before"]).filter(|before| before.is_object());
    if before.is_none() && !matches!(verb, Verb::Create | Verb::Apply { .. }) {
        return None;
    }
    let body = match step["text"].as_str() {
        Some(text) => text.to_owned(),
        None if step["body"].is_null() => String::new(),
        None => step["body"].to_string(),
    };
    let now = now(case);
    let manager = if text(step, "manager").is_empty() { "cases" } else { text(step, "manager") };
    if matches!(verb, Verb::Apply { .. }) && text(step, "manager").is_empty() {
        return None;
    }
    let admit = |object: &mut Value, before: Option<&Value>| -> Result<(), Refusal> {
        super::admit::admit(object, before, &kind);
        Ok(())
    };
    let asked = Write {
        kind: &kind,
        verb,
        sub: text(step, "sub"),
        namespace: text(step, "namespace"),
        name: if verb == Verb::Create { "" } else { text(step, "name") },
        manager,
        validation: match text(step, "validation") {
            "Strict" => Validation::Strict,
            "Ignore" => Validation::Ignore,
            _ => Validation::Warn,
        },
        now: &now,
        uid: "UID",
        suffix: "abcde",
        body: body.as_bytes(),
        twice: &[],
        admit: Some(&admit),
        judge: None,
    };
    let created = before.is_none() || verb == Verb::Create;
    Some(match write(shapes, before, &asked) {
        Ok(outcome) => (if created { 201 } else { 200 }, outcome.object, outcome.warnings),
        Err(refusal) => (refusal.code, refusal.status(), Vec::new()),
    })
}

/// Without what only storing and allocating decide.
fn comparable(mut object: Value) -> Value {
    let service = object["kind"] == "Service" && object["spec"].is_object();
    if service {
        let spec = object["spec"].as_object_mut().expect("seen above");
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"] {
            spec.remove(key);
        }
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            port.as_object_mut().map(|port| port.remove("nodePort"));
        }
    }
    if object["kind"] == "Status" {
        worded(&mut object);
        // In which order it goes through the fields of a custom object is left to chance.
        if object["details"]["group"] == "cases.example" && object["details"]["causes"].is_array() {
            object["details"]["causes"].as_array_mut().into_iter().for_each(|all| all.sort_by_key(Value::to_string));
            object["message"] = Value::Null;
        }
        // In which order it names the owners is left to chance.
        if object["reason"] == "Conflict" {
            object["details"]["causes"]
                .as_array_mut()
                .into_iter()
                .for_each(|causes| causes.sort_by_key(Value::to_string));
        }
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["resourceVersion", "creationTimestamp"] {
            metadata.remove(key);
        }
        if let (true, Some(start)) =
            (metadata.contains_key("generateName"), metadata.get("name").and_then(Value::as_str))
        {
            let start = start[..start.len().saturating_sub(5)].to_owned();
            metadata.insert("name".to_owned(), json!(start));
        }
    }
    object
}

/// What was sent.
fn text_of(case: &Value) -> &str {
    text(&case["step"], "text")
}

/// The recording with the object's id put away, for it is another each time.
fn anonymous(case: &Value) -> Value {
    let mut text = case.to_string();
    for from in ["answer", "before"] {
        if let Some(uid) = case[from]["metadata"]["uid"].as_str().filter(|uid| uid.len() > 30) {
            text = text.replace(uid, "UID");
        }
    }
    let start = crate::json::from_str::<Value>(text_of(case)).unwrap_or_default()["metadata"]["generateName"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(name) =
        case["answer"]["details"]["name"].as_str().filter(|name| !start.is_empty() && name.starts_with(&start))
    {
        text = text.replace(name, &format!("{start}abcde"));
    }
    let parts: Vec<&str> = text.split("kube-api-access-").collect();
    let rest = parts.iter().skip(1).map(|part| format!("kube-api-access-abcde{}", part.get(5..).unwrap_or_default()));
    let text = parts.first().copied().unwrap_or_default().to_owned() + &rest.collect::<String>();
    crate::json::from_str(&text).expect("what was written can be read")
}

fn differences(found: &mut Vec<String>, path: &str, theirs: &Value, ours: &Value) {
    match (theirs, ours) {
        (Value::Object(left), Value::Object(right)) => {
            let mut keys: Vec<&Text> = left.keys().chain(right.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let nothing = json!("-");
                let side = |side: &crate::json::Map| side.get(key).cloned().unwrap_or(nothing.clone());
                differences(found, &format!("{path}.{key}"), &side(left), &side(right));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differences(found, &format!("{path}[{index}]"), left, right);
            }
        }
        _ if theirs != ours => found.push(format!("  {path}\n    real: {theirs}\n    ours: {ours}")),
        _ => {}
    }
}

fn compare(case: &Value, shapes: &Shapes) -> Option<Vec<String>> {
    let case = anonymous(case);
    let (code, ours, warnings) = answered(&case, shapes)?;
    let mut found = Vec::new();
    differences(&mut found, "code", &case["code"], &json!(code));
    if found.is_empty() {
        differences(&mut found, "", &comparable(case["answer"].clone()), &comparable(ours));
    } else {
        let said = |answer: &Value| answer["message"].as_str().map_or_else(|| "done".to_owned(), str::to_owned);
        found.push(format!("    real: {}\n    ours: {}", said(&case["answer"]), said(&ours)));
    }
    let said: Vec<String> = warnings.iter().map(|warning| format!("299 - {warning:?}")).collect();
    let told: Vec<String> =
        case["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if code < 300 && said != told {
        found.push(format!("  warnings\n    real: {told:?}\n    ours: {said:?}"));
    }
    Some(found)
}

/// Compares a whole recording; what differs must be listed with its reason, and what is listed must differ.
fn likeness(name: &str, packed: &[u8]) {
    let definitions: Vec<Value> = crate::json::from_str(DEFINITIONS).expect("definitions");
    let shapes = definitions.iter().fold(Shapes::new(), |shapes, definition| shapes.with(definition));
    let listed: BTreeMap<String, String> = crate::json::from_str(DIFFERENCES).expect("a list of differences");
    let mut report = String::new();
    let (mut compared, mut known, mut wrong) = (0, 0, 0);
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for (index, case) in recorded(packed).iter().enumerate() {
        // What admission says after a look at other objects is the door's part; and once the server was too slow.
        let allocates = text(&case["answer"], "message").contains("failed to allocate IP");
        if case["code"] == 403 || case["code"] == 504 || allocates {
            continue;
        }
        let Some(found) = compare(case, &shapes) else { continue };
        compared += 1;
        let key = format!("{name}: {}", text(case, "scene"));
        let differs = seen.entry(key.clone()).or_default();
        *differs |= !found.is_empty();
        if found.is_empty() {
            continue;
        }
        if listed.contains_key(&key) {
            known += 1;
            continue;
        }
        wrong += 1;
        report.push_str(&format!("{key} (#{index} {})\n{}\n", text(&case["step"], "verb"), found.join("\n")));
    }
    if let Some(folder) = std::env::var_os("LIKENESS") {
        let path = std::path::Path::new(&folder).join(name);
        std::fs::write(path, format!("{compared} compared, {known} known, {wrong} wrong\n{report}"))
            .expect("the report is written");
    }
    let healed: Vec<&String> = seen
        .iter()
        .filter(|(key, differs)| !**differs && listed.contains_key(key.as_str()))
        .map(|(key, _)| key)
        .collect();
    assert!(wrong == 0, "{wrong} of {compared} differ\n{report}");
    assert!(healed.is_empty(), "these no longer differ and need not be listed: {healed:#?}");
}

macro_rules! recordings {
    ($($test:ident $name:literal)*) => {$(
        #[test]
        fn $test() {
            likeness($name, include_bytes!(concat!("cases/", $name, ".said.json.gz")));
        }
    )*};
}

recordings! {
    defaults_are_those_of_a_real_server "defaults"
    field_validation_is_that_of_a_real_server "strict"
    patches_do_what_they_do_on_a_real_server "patch"
    applying_does_what_it_does_on_a_real_server "apply"
    refusals_are_worded_as_on_a_real_server "invalid"
    custom_objects_are_judged_as_on_a_real_server "custom"
    warnings_are_those_of_a_real_server "warn"
    objects_changed_at_random_are_judged_as_on_a_real_server "mutants"
    generated_sequences_end_as_on_a_real_server "generated"
}
