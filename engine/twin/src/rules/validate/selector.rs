//! Selectors of labels.

use crate::json::Value;

use super::meta;
use super::names;
use super::report::{Report, items, pairs, said, text};

/// Whether a selector may be.
pub(super) fn selector(report: &mut Report, selector: &Value, path: &str) {
    meta::labels(report, selector, &format!("{path}.matchLabels"), "matchLabels");
    for (path, one) in items(selector, "matchExpressions", path) {
        match text(one, "operator") {
            "In" | "NotIn" if !said(one, "values") => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                report.required(&format!("{path}.values"), why);
            }
            "In" | "NotIn" => {}
            "Exists" | "DoesNotExist" => {
                if said(one, "values") {
                    let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    report.forbidden(&format!("{path}.values"), why);
                }
            }
            other => report.wrong(&format!("{path}.operator"), other, "not a valid selector operator"),
        }
        let key = text(one, "key");
        report.all(&format!("{path}.key"), key, names::qualified(key));
    }
}

/// Whether a selector that may be selects these labels.
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    let value = |key: &str| labels[key].as_str();
    let same = pairs(selector, "matchLabels").all(|(key, wanted)| value(key) == wanted.as_str());
    let within = |one: &Value| {
        let found = value(text(one, "key"));
        let listed = one["values"].as_array().is_some_and(|all| all.iter().any(|value| value.as_str() == found));
        match text(one, "operator") {
            "In" => found.is_some() && listed,
            "NotIn" => found.is_none() || !listed,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => false,
        }
    };
    same && selector["matchExpressions"].as_array().is_none_or(|all| all.iter().all(within))
}

/// Whether nothing is said by a selector.
pub(super) fn hollow(selector: &Value) -> bool {
    !said(selector, "matchExpressions") && selector["matchLabels"].as_object().is_none_or(crate::json::Map::is_empty)
}
