//! Whether an object may be as it is, and whether it may become what it is to be.
//!
//! Promises: what is refused here is refused by the real server in the same words, in the same order.

mod apps;
mod autoscaler;
mod batch;
mod becoming;
mod container;
mod core;
mod custom;
mod definition;
mod endpoints;
mod env;
mod ephemeral;
mod event;
pub(super) mod format;
mod limits;
mod meta;
mod names;
mod network;
mod others;
mod placing;
mod pod;
mod probe;
mod quota;
mod report;
mod resized;
mod resolving;
mod resources;
mod rest;
mod schedule;
mod schema;
mod selector;
mod service;
mod state;
mod status;
mod storage;
mod system;
mod volume;
mod webhook;

use crate::json::Value;

use self::report::Report;
use super::Refusal;
use crate::shapes::Kind;

/// Whether a new object may be.
pub(super) fn created(object: &Value, kind: &Kind) -> Result<(), Refusal> {
    let mut report = Report::default();
    meta::meta(&mut report, object, kind);
    meta::standard(&mut report, object, kind);
    let name = kind.kind.as_str();
    match kind.group.as_str() {
        _ if kind.is_custom() => custom::check(&mut report, object, None, kind, ""),
        "" => match name {
            "Pod" => pod::created(&mut report, object),
            "Service" => service::created(&mut report, object),
            "Endpoints" => endpoints::endpoints(&mut report, object),
            "PersistentVolume" | "PersistentVolumeClaim" => others::created(&mut report, object, kind),
            "PodTemplate" => pod::template(&mut report, &object["template"], "template"),
            _ => core::created(&mut report, object, name),
        },
        "apps" => apps::created(&mut report, object, name),
        "batch" => batch::created(&mut report, object, name),
        "discovery.k8s.io" => endpoints::slice(&mut report, object, None),
        _ => others::created(&mut report, object, kind),
    }
    answer(report, object, kind)
}

/// Whether an object may become this one.
pub(super) fn changed(object: &Value, before: &Value, kind: &Kind, sub: &str) -> Result<(), Refusal> {
    let mut report = Report::default();
    // The server looks at this several times, and says so as often.
    meta::meta(&mut report, object, kind);
    meta::updated(&mut report, object);
    meta::updated(&mut report, object);
    meta::standard(&mut report, object, kind);
    if ["ConfigMap", "Node", "Pod", "Secret", "StorageClass"].contains(&kind.kind.as_str()) {
        meta::meta(&mut report, object, kind);
        meta::standard(&mut report, object, kind);
    }
    let name = kind.kind.as_str();
    match kind.group.as_str() {
        _ if kind.is_custom() => custom::check(&mut report, object, Some(before), kind, sub),
        "" if name == "Pod" && sub == "resize" => resized::resized(&mut report, object, before),
        "" if name == "Pod" && sub == "ephemeralcontainers" => becoming::joined(&mut report, object, before),
        _ if sub == "status" => status::changed(&mut report, object, before, kind),
        _ if !sub.is_empty() => {}
        "" => match name {
            "Pod" => becoming::changed(&mut report, object, before),
            "Service" => service::changed(&mut report, object, before),
            "Endpoints" => endpoints::endpoints(&mut report, object),
            "PersistentVolume" | "PersistentVolumeClaim" => others::changed(&mut report, object, before, kind),
            "PodTemplate" => pod::template(&mut report, &object["template"], "template"),
            _ => core::changed(&mut report, object, before, name),
        },
        "apps" => apps::changed(&mut report, object, before, name),
        "batch" => batch::changed(&mut report, object, before, name),
        "discovery.k8s.io" => {
            endpoints::slice(&mut report, object, Some(before));
            if object["addressType"] != before["addressType"] {
                report.invalid("addressType", &object["addressType"], "field is immutable");
            }
        }
        _ => others::changed(&mut report, object, before, kind),
    }
    answer(report, object, kind)
}

fn answer(report: Report, object: &Value, kind: &Kind) -> Result<(), Refusal> {
    if report.causes.is_empty() {
        return Ok(());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    // Events of both groups are kept, and spoken of, as those of the older one.
    let kind = if kind.kind == "Event" && !kind.is_custom() { kind.kind.clone() } else { kind.qualified_kind() };
    Err(Refusal::invalid(&kind, name, &report.causes))
}
