//! Jobs and cron jobs.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::selector::{selector, selects};
use super::{names, pod, schedule};

pub(super) fn created(report: &mut Report, object: &Value, kind: &str) {
    if kind == "Job" {
        indexed(report, object);
        job(report, "spec", &object["spec"], true);
        own(report, object);
    } else {
        cron_job(report, object);
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &str) {
    if kind != "Job" {
        cron_job(report, after);
        return;
    }
    let (new, old) = (&after["spec"], &before["spec"]);
    job(report, "spec", new, true);
    job(report, "spec", new, true);
    for key in ["completions", "selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"] {
        if key == "completions" && new["completionMode"] == "Indexed" && new[key] != old[key] {
            if new[key] != new["parallelism"] {
                report.invalid("spec.completions", &new[key], "can only be modified in tandem with spec.parallelism");
            }
            continue;
        }
        if new[key] != old[key] && !(key == "template" && old["suspend"] == true && scheduling_only(new, old)) {
            report.invalid(&format!("spec.{key}"), &new[key], "field is immutable");
        }
    }
}

/// Whether two templates differ only in where pods go, which may change while a job is suspended.
fn scheduling_only(new: &Value, old: &Value) -> bool {
    let bare = |spec: &Value| {
        let mut template = spec["template"].clone();
        if let Some(fields) = template["spec"].as_object_mut() {
            for key in ["nodeSelector", "tolerations", "affinity", "schedulingGates"] {
                fields.remove(key);
            }
        }
        if let Some(fields) = template["metadata"].as_object_mut() {
            fields.remove("labels");
            fields.remove("annotations");
        }
        template
    };
    bare(new) == bare(old)
}

/// The last of an indexed job's pods must have a name too.
fn indexed(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    let Some(count) = spec["completions"].as_i64().filter(|count| *count > 0 && spec["completionMode"] == "Indexed")
    else {
        return;
    };
    let name = text(&object["metadata"], "name");
    let last = format!("{name}-{}", count - 1);
    if !names::label(&last).is_empty() {
        report.wrong("metadata.name", name, &format!("will not able to create pod with invalid DNS label: {last}"));
    }
}

/// A job selects its pods by its own id, unless it says that it does so by hand.
fn own(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    if spec["manualSelector"] == true {
        return;
    }
    let labels = spec["selector"]["matchLabels"].as_object();
    let only = labels.is_some_and(|labels| labels.len() == 1) && !said(&spec["selector"], "matchExpressions");
    if !only {
        let later = ["spec.podFailurePolicy", "spec.template"];
        let place = report.causes.iter().position(|cause| later.iter().any(|start| cause.field.starts_with(start)));
        let mut first = Report::default();
        first.invalid("spec.selector", &spec["selector"], "`selector` not auto-generated");
        let at = place.unwrap_or(report.causes.len());
        report.causes.splice(at..at, first.causes);
    }
}

fn job(report: &mut Report, path: &str, spec: &Value, real: bool) {
    let at = |key: &str| format!("{path}.{key}");
    for key in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] {
        report.counts(&at(key), &spec[key]);
    }
    let mode = &spec["completionMode"];
    report.one_of(&at("completionMode"), mode, &["NonIndexed", "Indexed"]);
    if *mode == "Indexed" && spec["completions"].is_null() {
        report.required(&at("completions"), "when completion mode is Indexed");
    }
    if real {
        if spec["selector"].is_null() {
            report.required(&at("selector"), "");
        } else {
            selector(report, &spec["selector"], &at("selector"));
        }
    }
    let template = &spec["template"];
    failures(report, spec, path);
    let known: &[&str] =
        if spec["podFailurePolicy"].is_object() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    report.one_of(&at("podReplacementPolicy"), &spec["podReplacementPolicy"], known);
    if real && !selects(&spec["selector"], &template["metadata"]["labels"]) | spec["selector"].is_null() {
        let labels = &template["metadata"]["labels"];
        report.invalid(&at("template.metadata.labels"), labels, "`selector` does not match template `labels`");
    }
    pod::template(report, template, &at("template"));
    let policy = &template["spec"]["restartPolicy"];
    let at_policy = at("template.spec.restartPolicy");
    if *policy == "Always" {
        report.required(&at_policy, "valid values: \"OnFailure\", \"Never\"");
    } else {
        report.one_of(&at_policy, policy, &["OnFailure", "Never"]);
    }
    if spec["podFailurePolicy"].is_object() && *policy != "Never" {
        report.invalid(&at_policy, policy, "only \"Never\" is supported when podFailurePolicy is specified");
    }
}

/// What a job makes of pods that fail.
fn failures(report: &mut Report, spec: &Value, path: &str) {
    for (path, rule) in items(&spec["podFailurePolicy"], "rules", &format!("{path}.podFailurePolicy")) {
        let at = |key: &str| format!("{path}.{key}");
        match text(rule, "action") {
            "" => report.required(&at("action"), "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"),
            "FailIndex" if spec["backoffLimitPerIndex"].is_null() => {
                report.wrong(&at("action"), "FailIndex", "requires the backoffLimitPerIndex to be set");
            }
            _ => report.one_of(&at("action"), &rule["action"], &["Count", "FailIndex", "FailJob", "Ignore"]),
        }
        match (rule["onExitCodes"].is_object(), said(rule, "onPodConditions")) {
            (true, true) => {
                codes(report, &rule["onExitCodes"], &at("onExitCodes"));
                report.whole(&path, "specifying both OnExitCodes and OnPodConditions is not supported");
            }
            (false, false) => report.whole(&path, "specifying one of OnExitCodes and OnPodConditions is required"),
            (true, false) => codes(report, &rule["onExitCodes"], &at("onExitCodes")),
            (false, true) => {}
        }
    }
}

fn codes(report: &mut Report, of: &Value, path: &str) {
    report.one_of(&format!("{path}.operator"), &of["operator"], &["In", "NotIn"]);
    let values: Vec<i64> = of["values"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    let at = format!("{path}.values");
    if values.is_empty() {
        report.invalid(&at, &Value::Array(Vec::new()), "at least one value is required");
    }
    for (index, value) in values.iter().enumerate() {
        if *value == 0 && of["operator"] == "In" {
            report.invalid(&format!("{at}[{index}]"), &Value::from(0), "must not be 0 for the In operator");
        }
        if values[..index].contains(value) {
            report.duplicate(&format!("{at}[{index}]"), &Value::from(*value));
        }
    }
    if !values.is_sorted() {
        report.invalid(&at, &of["values"], "must be ordered");
    }
}

fn cron_job(report: &mut Report, object: &Value) {
    const MOST: usize = 52;
    let name = text(&object["metadata"], "name");
    let spec = &object["spec"];
    let schedule = text(spec, "schedule");
    if schedule.is_empty() {
        report.required("spec.schedule", "");
    } else if let Some(why) = schedule::wrong(schedule) {
        report.wrong("spec.schedule", schedule, &why);
    }
    report.counts("spec.startingDeadlineSeconds", &spec["startingDeadlineSeconds"]);
    let zone = text(spec, "timeZone");
    if !zone.is_empty() && zone != "UTC" && !known_zone(zone) {
        report.wrong("spec.timeZone", zone, &format!("unknown time zone {zone}"));
    }
    report.one_of("spec.concurrencyPolicy", &spec["concurrencyPolicy"], &["Allow", "Forbid", "Replace"]);
    job(report, "spec.jobTemplate.spec", &spec["jobTemplate"]["spec"], false);
    report.counts("spec.successfulJobsHistoryLimit", &spec["successfulJobsHistoryLimit"]);
    report.counts("spec.failedJobsHistoryLimit", &spec["failedJobsHistoryLimit"]);
    if name.len() > MOST {
        report.wrong("metadata.name", name, &format!("must be no more than {MOST} characters"));
    }
}

/// Whether a zone begins with a region that there is.
fn known_zone(zone: &str) -> bool {
    const REGIONS: [&str; 11] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
        "Etc",
    ];
    // Those of one word.
    const SINGLE: &str = "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GMT Greenwich HST Hongkong Iceland Iran Israel \
                          Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ Navajo PRC PST8PDT Poland Portugal ROC ROK \
                          Singapore Turkey UCT Universal W-SU WET Zulu";
    match zone.split_once('/') {
        Some((region, _)) => {
            REGIONS.contains(&region) || ["Brazil", "Canada", "Chile", "Mexico", "US"].contains(&region)
        }
        None => SINGLE.split_whitespace().any(|known| known == zone),
    }
}
