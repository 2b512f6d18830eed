//! A value against a schema as OpenAPI v3 has them.

use crate::json::Value;
use regex::Regex;

use super::format;
use super::report::Report;

/// Where a value is: the field for the machine, and the name that sentences use.
#[derive(Clone, Default)]
pub(super) struct Where {
    field: String,
    name: String,
}

impl Where {
    pub(super) fn at(field: &str, name: &str) -> Self {
        Self { field: field.to_owned(), name: name.to_owned() }
    }

    fn key(&self, key: &str) -> Self {
        let join = |path: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        Self { field: join(&self.field), name: join(&self.name) }
    }

    fn place(&self, index: usize) -> Self {
        Self { field: format!("{}[{index}]", self.field), name: format!("{}[{index}]", self.name) }
    }
}

/// What a value is, as schemas name it.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether the value fits. Of what is as it was before nothing is said, though it may not fit any more.
pub(super) fn check(report: &mut Report, value: &Value, before: Option<&Value>, schema: &Value, at: &Where) {
    if before == Some(value) {
        return;
    }
    if !schema.is_object() || (value.is_null() && (schema["nullable"] == true || at.field.is_empty())) {
        return;
    }
    let wanted = wanted(schema);
    let is = kind_of(value);
    let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let fits =
        |one: &str| one == is || (one == "number" && is == "integer") || (one == "integer" && is == "number" && whole);
    if !wanted.is_empty() && !wanted.iter().any(|one| fits(one)) {
        let why = format!("{} in body must be of type {}: {is:?}", at.name, wanted.join(","));
        report.typed(&at.field, &Value::from(is), &why);
    }
    if !value.is_null() {
        branches(report, value, before, schema, at);
    }
    match value {
        Value::String(text) => self::text(report, text, schema, at),
        Value::Number(_) => number(report, value, schema, at),
        Value::Array(items) => list(report, items, before, schema, at),
        _ => {}
    }
    let same = |one: &Value| one == value || value.is_number() && one.as_f64() == value.as_f64();
    if let Some(all) = schema["enum"].as_array().filter(|all| !all.iter().any(same)) {
        let all: Vec<String> =
            all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
        report.unsupported(&at.field, value, &all.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if value.is_object() {
        object(report, value, before, schema, at);
    }
}

fn wanted(schema: &Value) -> Vec<&str> {
    if schema["x-kubernetes-int-or-string"] == true {
        return vec!["integer", "string"];
    }
    schema["type"].as_str().into_iter().filter(|kind| !kind.is_empty()).collect()
}

fn branches(report: &mut Report, value: &Value, before: Option<&Value>, schema: &Value, at: &Where) {
    let tried = |key: &str| -> Vec<Report> {
        let each = |inner: &Value| {
            let mut own = Report::default();
            check(&mut own, value, before, inner, at);
            own
        };
        schema[key].as_array().into_iter().flatten().map(each).collect()
    };
    let name = &at.name;
    let any = tried("anyOf");
    if !any.is_empty() && any.iter().all(|one| !one.causes.is_empty()) {
        report.wrong("<nil>", "", &format!("{name:?} must validate at least one schema (anyOf)"));
        report.causes.extend(any.into_iter().next().unwrap_or_default().causes);
    }
    let one = tried("oneOf");
    let fitting = one.iter().filter(|one| one.causes.is_empty()).count();
    if !one.is_empty() && fitting != 1 {
        let found = if fitting == 0 { "none valid".to_owned() } else { format!("{fitting} valid alternatives") };
        let why = format!("{name:?} must validate one and only one schema (oneOf). Found {found}");
        report.wrong("<nil>", "", &why);
        if fitting == 0 {
            report.causes.extend(one.into_iter().next().unwrap_or_default().causes);
        }
    }
    let all = tried("allOf");
    let fitting = all.iter().filter(|one| one.causes.is_empty()).count();
    let several = all.len();
    report.causes.extend(all.into_iter().flat_map(|one| one.causes));
    if fitting != several {
        let none = if fitting == 0 { ". None validated" } else { "" };
        report.wrong("<nil>", "", &format!("{name:?} must validate all the schemas (allOf){none}"));
    }
    if schema["not"].is_object() {
        let mut own = Report::default();
        check(&mut own, value, None, &schema["not"], at);
        if own.causes.is_empty() {
            report.wrong("<nil>", "", &format!("{name:?} must not validate the schema (not)"));
        }
    }
}

fn text(report: &mut Report, text: &str, schema: &Value, at: &Where) {
    let length = text.chars().count() as u64;
    let name = &at.name;
    if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
        report.long(&at.field, most);
    } else if let Some(least) = schema["minLength"].as_u64().filter(|least| length < *least) {
        report.wrong(&at.field, text, &format!("{name} in body should be at least {least} chars long"));
    } else if let Some(pattern) = schema["pattern"].as_str()
        && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        report.wrong(&at.field, text, &format!("{name} in body should match '{pattern}'"));
    }
    if let Some(format) = schema["format"].as_str().filter(|format| !format::fits(text, format)) {
        report.typed(&at.field, &Value::from(text), &format!("{name} in body must be of type {format}: {text:?}"));
    }
}

fn number(report: &mut Report, value: &Value, schema: &Value, at: &Where) {
    let Some(found) = value.as_f64() else { return };
    let name = &at.name;
    if let Some(step) = schema["multipleOf"].as_f64().filter(|step| *step > 0.0) {
        let times = found / step;
        if found == 0.0 {
            let why = format!("factor MultipleOf declared for {name} must be positive: {value}");
            report.invalid(&at.field, value, &why);
        } else if (times - times.round()).abs() > 1e-9 {
            let why = format!("{name} in body should be a multiple of {}", schema["multipleOf"]);
            report.invalid(&at.field, value, &why);
        }
    }
    if let Some(most) = schema["maximum"].as_f64() {
        let strictly = schema["exclusiveMaximum"] == true;
        if found > most || strictly && found >= most {
            let words = if strictly { "less than" } else { "less than or equal to" };
            report.invalid(&at.field, value, &format!("{name} in body should be {words} {}", schema["maximum"]));
        }
    }
    if let Some(least) = schema["minimum"].as_f64() {
        let strictly = schema["exclusiveMinimum"] == true;
        if found < least || strictly && found <= least {
            let words = if strictly { "greater than" } else { "greater than or equal to" };
            report.invalid(&at.field, value, &format!("{name} in body should be {words} {}", schema["minimum"]));
        }
    }
}

fn list(report: &mut Report, items: &[Value], before: Option<&Value>, schema: &Value, at: &Where) {
    for (index, item) in items.iter().enumerate() {
        let before = before.and_then(|before| super::custom::correlated(before, item, schema));
        check(report, item, before, &schema["items"], &at.place(index));
    }
    if let Some(most) = schema["maxItems"].as_u64().filter(|most| items.len() as u64 > *most) {
        report.many(&at.field, items.len(), most);
    }
    if let Some(least) = schema["minItems"].as_u64().filter(|least| (items.len() as u64) < *least) {
        let why = format!("{} in body should have at least {least} items", at.name);
        report.invalid(&at.field, &Value::from(items.len()), &why);
    }
}

fn object(report: &mut Report, value: &Value, before: Option<&Value>, schema: &Value, at: &Where) {
    let count = value.as_object().map_or(0, crate::json::Map::len);
    if let Some(most) = schema["maxProperties"].as_u64().filter(|most| count as u64 > *most) {
        report.many(&at.field, count, most);
    }
    if let Some(least) = schema["minProperties"].as_u64().filter(|least| (count as u64) < *least) {
        let why = format!("{} in body should have at least {least} properties", at.name);
        report.invalid(&at.field, &Value::from(count), &why);
    }
    if schema["x-kubernetes-embedded-resource"] == true {
        for name in ["apiVersion", "kind"].iter().filter(|name| value.get(**name).is_none()) {
            report.required(&at.key(name).field, "");
        }
        let version = value["apiVersion"].as_str().unwrap_or_default();
        if version.matches('/').count() > 1 {
            let why = format!("unexpected GroupVersion string: {version}");
            report.wrong(&at.key("apiVersion").field, version, &why);
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let root = at.field.is_empty() && ["metadata", "apiVersion", "kind"].contains(&name.as_str());
        let schema = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
        if !root {
            check(report, inner, before.and_then(|before| before.get(name)), schema, &at.key(name));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            report.required(&at.key(name).field, "");
        }
    }
}
