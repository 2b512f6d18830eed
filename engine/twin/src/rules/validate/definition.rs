//! Definitions of custom kinds.

use crate::json::Value;

use super::names;
use super::report::{Report, items, said, text};
use crate::rules::inner;

pub(super) fn definition(report: &mut Report, object: &Value, new: bool) {
    let spec = &object["spec"];
    let name = text(&object["metadata"], "name");
    let (group, plural) = (text(spec, "group"), text(&spec["names"], "plural"));
    if new && name != format!("{plural}.{group}") {
        report.wrong("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
    }
    let wrong = names::subdomain(group);
    if !wrong.is_empty() && !group.is_empty() {
        report.all("spec.group", group, wrong);
    } else if !group.contains('.') {
        report.wrong("spec.group", group, "should be a domain with at least one dot");
    }
    if said(spec, "scope") {
        report.one_of("spec.scope", &spec["scope"], &["Cluster", "Namespaced"]);
    } else {
        report.required("spec.scope", "");
    }
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, version) in versions.iter().enumerate() {
        if !version["schema"]["openAPIV3Schema"].is_object() {
            report.required(&format!("spec.versions[{index}].schema.openAPIV3Schema"), "");
        }
    }
    let stored = versions.iter().filter(|version| version["storage"] == true).count();
    if stored != 1 {
        let mut shown: Vec<Value> = versions.to_vec();
        if let [only] = shown.as_mut_slice() {
            // What the only version says, the whole says.
            for key in ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] {
                only[key] = Value::Null;
            }
        }
        let shown: Vec<String> = shown.iter().map(|one| inner::shown(one, "CustomResourceDefinitionVersion")).collect();
        let why = "must have exactly one version marked as storage version";
        let shown = if shown.is_empty() && !new { "null".to_owned() } else { format!("[{}]", shown.join(",")) };
        report.raw("spec.versions", &shown, why);
    }
    for (index, one) in versions.iter().enumerate() {
        // What the only version says is looked at as if the whole said it.
        let place = if versions.len() == 1 { "spec".to_owned() } else { format!("spec.versions[{index}]") };
        version(report, one, &place, index);
    }
    if let Some(name) = versions.first().map(|first| text(first, "name")) {
        report.all("spec.version", name, names::old_label(name));
    }
    called(report, &spec["names"]);
    conversion(report, spec);
    let kept = object["status"]["storedVersions"].as_array().is_some_and(|all| !all.is_empty());
    if !kept {
        report.raw("status.storedVersions", "null", "must have at least one stored version");
    }
}

/// How versions become each other.
fn conversion(report: &mut Report, spec: &Value) {
    if spec["preserveUnknownFields"] == true {
        let why =
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        report.invalid("spec.preserveUnknownFields", &spec["preserveUnknownFields"], why);
    }
    let conversion = &spec["conversion"];
    if !said(conversion, "strategy") {
        return;
    }
    report.one_of("spec.conversion.strategy", &conversion["strategy"], &["None", "Webhook"]);
    if conversion["strategy"] == "Webhook" {
        if !conversion["webhook"]["clientConfig"].is_object() {
            report.required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook");
        }
        let versions = &conversion["webhook"]["conversionReviewVersions"];
        if versions.as_array().is_none_or(Vec::is_empty) {
            report.required("spec.conversion.conversionReviewVersions", "");
        }
    }
}

fn version(report: &mut Report, version: &Value, path: &str, index: usize) {
    let name = text(version, "name");
    report.all(&format!("spec.versions[{index}].name"), name, names::old_label(name));
    let part = if path == "spec" { "validation" } else { "schema" };
    let (schema, at) = (&version["schema"]["openAPIV3Schema"], format!("{path}.{part}.openAPIV3Schema"));
    if schema.is_object() {
        structural(report, schema, &at);
    }
    for (path, column) in items(version, "additionalPrinterColumns", path) {
        self::column(report, column, &path);
    }
}

fn column(report: &mut Report, column: &Value, path: &str) {
    const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
    let at = |key: &str| format!("{path}.{key}");
    if !said(column, "name") {
        report.required(&at("name"), "");
    }
    let kind = text(column, "type");
    if kind.is_empty() {
        report.required(&at("type"), &format!("must be one of {}", TYPES.join(",")));
    } else if !TYPES.contains(&kind) {
        report.wrong(&at("type"), kind, &format!("must be one of {}", TYPES.join(",")));
    }
    let from = text(column, "jsonPath");
    if from.is_empty() {
        report.required(&at("JSONPath"), "");
    } else if !from.starts_with('.') {
        report.wrong(&at("JSONPath"), from, "must be a simple json path starting with .");
    }
    const FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    let format = text(column, "format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        report.wrong(&at("format"), format, &format!("must be one of {}", FORMATS.join(",")));
    }
}

/// How objects of the kind are called.
fn called(report: &mut Report, called: &Value) {
    const MIXED: &str = "may have mixed case, but should otherwise match: ";
    let at = |key: &str| format!("spec.names.{key}");
    let plural = text(called, "plural");
    report.all(&at("plural"), plural, names::old_label(plural));
    if said(called, "singular") {
        report.all(&at("singular"), text(called, "singular"), names::old_label(text(called, "singular")));
    }
    let mixed = |report: &mut Report, key: &str| {
        let name = text(called, key);
        for why in names::old_label(&name.to_lowercase()) {
            report.wrong(&at(key), name, &format!("{MIXED}{why}"));
        }
    };
    mixed(report, "kind");
    for list in ["shortNames", "categories"] {
        if list == "categories" && said(called, "listKind") {
            mixed(report, "listKind");
            if called["listKind"] == called["kind"] {
                let why = "kind and listKind may not be the same";
                report.wrong(&at("listKind"), text(called, "listKind"), why);
            }
        }
        for (path, one) in items(called, list, "spec.names") {
            let name = one.as_str().unwrap_or_default();
            report.all(&path, name, names::old_label(name));
        }
    }
}

/// Whether every part of a schema says what type it is.
fn structural(report: &mut Report, schema: &Value, path: &str) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        structural(report, inner, &format!("{path}.properties[{name}]"));
    }
    if schema["items"].is_object() {
        structural(report, &schema["items"], &format!("{path}.items"));
    }
    if schema["additionalProperties"].is_object() {
        structural(report, &schema["additionalProperties"], &format!("{path}.additionalProperties"));
    }
    let free = schema["x-kubernetes-int-or-string"] == true || schema["x-kubernetes-preserve-unknown-fields"] == true;
    if !said(schema, "type") && !free {
        let root = path.ends_with("openAPIV3Schema");
        let why = if root { "must not be empty at the root" } else { "must not be empty for specified object fields" };
        report.required(&format!("{path}.type"), why);
    }
    let kind = text(schema, "type");
    if said(schema, "type") && kind != "object" && path.ends_with("openAPIV3Schema") {
        report.wrong(&format!("{path}.type"), kind, "must be object at the root");
    }
    if said(schema, "type") {
        let known = ["array", "boolean", "integer", "number", "object", "string"];
        report.one_of(&format!("{path}.type"), &schema["type"], &known);
    }
}
