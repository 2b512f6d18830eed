//! Limit ranges: their numbers must not contradict each other.

use std::collections::BTreeSet;

use crate::json::{Text, Value};

use super::names;
use super::report::{Report, items};
use crate::world::thousandths;

pub(super) fn range(report: &mut Report, spec: &Value) {
    let mut seen: Vec<&Value> = Vec::new();
    for (path, limit) in items(spec, "limits", "spec") {
        let kind = limit["type"].as_str().unwrap_or_default();
        let wrong = names::qualified(kind);
        if !wrong.is_empty() {
            report.all(&format!("{path}.type"), kind, wrong);
        } else if !["Pod", "Container", "PersistentVolumeClaim"].contains(&kind) && !kind.contains('/') {
            report.wrong(&format!("{path}.type"), kind, "must be a standard limit type or fully qualified");
        }
        if seen.contains(&&limit["type"]) {
            report.duplicate(&format!("{path}.type"), &limit["type"]);
        }
        seen.push(&limit["type"]);
        if limit["type"] == "Pod" {
            for field in ["default", "defaultRequest"] {
                if limit[field].as_object().is_some_and(|all| !all.is_empty()) {
                    report.forbidden(&format!("{path}.{field}"), "may not be specified when `type` is 'Pod'");
                }
            }
        }
        if limit["type"] == "PersistentVolumeClaim"
            && limit["min"]["storage"].is_null()
            && limit["max"]["storage"].is_null()
        {
            let why = "either minimum or maximum storage value is required, but neither was provided";
            report.required(&format!("{path}.limits"), why);
        }
        one(report, limit, &path);
    }
}

fn one(report: &mut Report, limit: &Value, path: &str) {
    let fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];
    let names: BTreeSet<&Text> =
        fields.iter().filter_map(|field| limit[*field].as_object()).flat_map(|all| all.keys()).collect();
    for name in names {
        let of = |field: &str| Some(&limit[field][name.as_str()]).filter(|value| !value.is_null());
        let above = |one: Option<&Value>, other: Option<&Value>| match (one, other) {
            (Some(one), Some(other)) => thousandths(one) > thousandths(other),
            _ => false,
        };
        let text = |value: Option<&Value>| value.map_or_else(String::new, said);
        let (min, max, given, asked) = (of("min"), of("max"), of("default"), of("defaultRequest"));
        let mut wrong = |holds: bool, field: &str, value: Option<&Value>, words: [&str; 2], other: Option<&Value>| {
            if holds {
                let [one, than] = words;
                let (first, second) = if words[0] == "min value" { (min, other) } else { (of(field), other) };
                let why = format!("{one} {} is greater than {than} {}", text(first), text(second));
                report.invalid(&format!("{path}.{field}[{name}]"), &Value::from(text(value)), &why);
            }
        };
        wrong(above(min, max), "min", min, ["min value", "max value"], max);
        wrong(above(min, asked), "defaultRequest", asked, ["min value", "default request value"], asked);
        wrong(above(asked, max), "defaultRequest", asked, ["default request value", "max value"], max);
        wrong(above(asked, given), "defaultRequest", asked, ["default request value", "default limit value"], given);
        wrong(above(min, given), "default", min, ["min value", "default value"], given);
        wrong(above(given, max), "default", max, ["default value", "max value"], max);
        if let Some(ratio) = of("maxLimitRequestRatio").filter(|ratio| thousandths(ratio) < 1000) {
            let why = format!("ratio {} is less than 1", said(ratio));
            let field = format!("{path}.maxLimitRequestRatio[{name}]");
            report.invalid(&field, &Value::from(said(ratio)), &why);
        }
    }
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
