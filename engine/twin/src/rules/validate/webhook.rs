//! Webhooks of admission.

use crate::json::Value;

use super::names;
use super::report::{Report, items, said, text};
use super::selector::selector;

pub(super) fn webhook(report: &mut Report, webhook: &Value, path: &str) {
    let name = text(webhook, "name");
    if name.is_empty() {
        report.required(&format!("{path}.name"), "");
    } else if !names::subdomain(name).is_empty() {
        report.all(&format!("{path}.name"), name, names::subdomain(name));
    } else if name.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        report.wrong(&format!("{path}.name"), name, why);
    }
    for (path, rule) in items(webhook, "rules", path) {
        self::rule(report, rule, &path);
    }
    report.one_of(&format!("{path}.failurePolicy"), &webhook["failurePolicy"], &["Fail", "Ignore"]);
    report.one_of(&format!("{path}.matchPolicy"), &webhook["matchPolicy"], &["Equivalent", "Exact"]);
    match &webhook["sideEffects"] {
        Value::Null => report.required(&format!("{path}.sideEffects"), "must specify one of None, NoneOnDryRun"),
        _ => report.one_of(&format!("{path}.sideEffects"), &webhook["sideEffects"], &["None", "NoneOnDryRun"]),
    }
    let seconds = &webhook["timeoutSeconds"];
    if seconds.as_i64().is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        let why = "the timeout value must be between 1 and 30 seconds";
        report.invalid(&format!("{path}.timeoutSeconds"), seconds, why);
    }
    for key in ["namespaceSelector", "objectSelector"] {
        selector(report, &webhook[key], &format!("{path}.{key}"));
    }
    let again = &webhook["reinvocationPolicy"];
    report.one_of(&format!("{path}.reinvocationPolicy"), again, &["IfNeeded", "Never"]);
    client(report, &webhook["clientConfig"], path);
    let known = |one: &Value| ["v1", "v1beta1"].iter().any(|version| one == *version);
    for (path, one) in items(webhook, "admissionReviewVersions", path) {
        let version = one.as_str().unwrap_or_default();
        report.all(&path, version, names::old_label(version));
    }
    if said(webhook, "admissionReviewVersions")
        && !webhook["admissionReviewVersions"].as_array().is_some_and(|all| all.iter().any(known))
    {
        let why = "must include at least one of v1, v1beta1";
        report.invalid(&format!("{path}.admissionReviewVersions"), &webhook["admissionReviewVersions"], why);
    }
    if !said(webhook, "admissionReviewVersions") {
        let why = "must specify one of v1, v1beta1";
        report.required(&format!("{path}.admissionReviewVersions"), why);
    }
}

fn client(report: &mut Report, client: &Value, path: &str) {
    if said(client, "url") == client["service"].is_object() {
        report.required(&format!("{path}.clientConfig"), "exactly one of url or service is required");
    }
    // The server takes the one for the other.
    for (key, own) in [("namespace", "name"), ("name", "namespace")] {
        if client["service"].is_object() && !said(&client["service"], own) {
            report.required(&format!("{path}.clientConfig.service.{key}"), "");
        }
    }
}

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/// What a rule lists: the field, what its star stands beside, and what that would be.
const LISTS: [(&str, &str); 3] =
    [("operations", "operations"), ("apiGroups", "API groups"), ("apiVersions", "API versions")];

/// Whether a rule of which requests are asked about may be.
fn rule(report: &mut Report, rule: &Value, path: &str) {
    for (key, what) in LISTS {
        let (at, all) = (format!("{path}.{key}"), rule[key].as_array().map(Vec::as_slice).unwrap_or_default());
        if all.is_empty() {
            report.required(&at, "");
        }
        if all.len() > 1 && all.iter().any(|one| one == "*") {
            let why = format!("if '*' is present, must not specify other {what}");
            report.invalid(&at, &rule[key], &why);
        }
        for (index, one) in all.iter().enumerate() {
            if key == "operations" {
                report.one_of(&format!("{at}[{index}]"), one, &OPERATIONS);
            }
            if key == "apiVersions" && one == "" {
                report.required(&format!("{at}[{index}]"), "");
            }
        }
    }
    resources(report, rule, &format!("{path}.resources"));
    report.one_of(&format!("{path}.scope"), &rule["scope"], &["*", "Cluster", "Namespaced"]);
}

fn resources(report: &mut Report, rule: &Value, path: &str) {
    let all: Vec<&str> = rule["resources"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if all.is_empty() {
        report.required(path, "");
    }
    for (index, one) in all.iter().enumerate() {
        let at = format!("{path}[{index}]");
        if one.is_empty() {
            report.required(&at, "");
        }
        let Some((resource, sub)) = one.split_once('/') else { continue };
        for wide in [format!("{resource}/*"), format!("*/{sub}")] {
            if all[..index].contains(&wide.as_str()) {
                report.wrong(&at, one, &format!("if '{wide}' is present, must not specify {one}"));
            }
        }
    }
    if all.len() > 1 && all.contains(&"*/*") {
        report.invalid(path, &rule["resources"], "if '*/*' is present, must not specify other resources");
    }
    if all.contains(&"*") && all.iter().any(|one| *one != "*" && !one.contains('/')) {
        let why = "if '*' is present, must not specify other resources without subresources";
        report.invalid(path, &rule["resources"], why);
    }
}
