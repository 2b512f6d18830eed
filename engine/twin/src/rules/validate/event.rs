//! Events, as both groups have them.

use crate::json::Value;

use super::report::{Report, said, text};

/// Whether a new event may be; the newer group asks for more.
pub(super) fn created(report: &mut Report, object: &Value, newer: bool) {
    let (own, place) = (text(&object["metadata"], "namespace"), if newer { "regarding" } else { "involvedObject" });
    let about = text(&object[place], "namespace");
    // What belongs to no namespace is told of in the one that everybody has.
    if about != own && !(about.is_empty() && own == "default") {
        report.wrong("involvedObject.namespace", about, "does not match event.namespace");
    }
    if !newer {
        return;
    }
    if !said(object, "eventTime") {
        report.required("eventTime", "");
    }
    let kind = text(object, "type");
    if !["Normal", "Warning"].contains(&kind) {
        report.wrong("type", "", &format!("has invalid value: {kind}"));
    }
}

/// Whether an event may become this one; in the newer group all but its series stays.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    for (field, called) in [
        ("reason", "reason"),
        ("note", "message"),
        ("type", "type"),
        ("action", "action"),
        ("reportingController", "reportingController"),
        ("reportingInstance", "reportingInstance"),
    ] {
        if after[field] != before[field] {
            report.invalid(called, &after[field], "field is immutable");
        }
    }
}
