//! Jobs and cron jobs.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::selector::{selector, selects};
use super::{names, pod, schedule};
use crate::rules::inner;

pub(super) fn created(report: &mut Report, object: &Value, kind: &str) {
    if kind == "Job" {
        own(report, object);
        job(report, "spec", &object["spec"], true);
        indexed(report, object);
    } else {
        cron_job(report, object, None);
    }
}

const FIXED: [&str; 8] = [
    "completions",
    "selector",
    "template",
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
];

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &str) {
    if kind != "Job" {
        cron_job(report, after, Some(before));
        return;
    }
    let (new, old) = (&after["spec"], &before["spec"]);
    own(report, after);
    job(report, "spec", new, true);
    indexed(report, after);
    job(report, "spec", new, true);
    for key in FIXED {
        if key == "completions" && new["completionMode"] == "Indexed" && new[key] != old[key] {
            if new[key] != new["parallelism"] {
                report.invalid("spec.completions", &new[key], "can only be modified in tandem with spec.parallelism");
            }
            continue;
        }
        if new[key] != old[key] && !(key == "template" && old["suspend"] == true && scheduling_only(new, old)) {
            let kind = match key {
                "template" => "PodTemplateSpec",
                "podFailurePolicy" => "PodFailurePolicy",
                "successPolicy" => "SuccessPolicy",
                _ => "",
            };
            let shown = if kind.is_empty() { new[key].to_string() } else { inner::shown(&new[key], kind) };
            report.raw(&format!("spec.{key}"), &shown, "field is immutable");
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
    if spec["manualSelector"] == true || spec["selector"].is_null() {
        return;
    }
    let labels = spec["selector"]["matchLabels"].as_object();
    let only = labels.is_some_and(|labels| labels.len() == 1) && !said(&spec["selector"], "matchExpressions");
    if !only {
        report.invalid("spec.selector", &spec["selector"], "`selector` not auto-generated");
    }
}

fn job(report: &mut Report, path: &str, spec: &Value, real: bool) {
    let at = |key: &str| format!("{path}.{key}");
    for key in COUNTED {
        report.counts(&at(key), &spec[key]);
    }
    if !spec["maxFailedIndexes"].is_null() && spec["backoffLimitPerIndex"].is_null() {
        report.required(&at("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    if let Some(manager) = spec["managedBy"].as_str() {
        managed(report, manager, &at("managedBy"));
    }
    mode(report, spec, path);
    let template = &spec["template"];
    failures(report, spec, path);
    successes(report, spec, path);
    let known: &[&str] =
        if spec["podFailurePolicy"].is_object() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    report.one_of(&at("podReplacementPolicy"), &spec["podReplacementPolicy"], known);
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
    if !real {
        return;
    }
    if spec["selector"].is_null() {
        report.required(&at("selector"), "");
    } else {
        selector(report, &spec["selector"], &at("selector"));
    }
    let labels = &template["metadata"]["labels"];
    if spec["selector"].is_null() || !selects(&spec["selector"], labels) {
        report.invalid(&at("template.metadata.labels"), labels, "`selector` does not match template `labels`");
    }
}

const COUNTED: [&str; 7] = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
];

/// Who manages a job is a path under a domain.
fn managed(report: &mut Report, manager: &str, path: &str) {
    const MOST: usize = 63;
    match manager.split_once('/') {
        _ if manager.is_empty() => report.required(path, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            report.all(path, domain, names::subdomain(domain));
        }
        _ => report.wrong(path, manager, "must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
    if manager.len() > MOST {
        report.long(path, MOST as u64);
    }
}

/// Jobs that count their pods one by one, and those that do not.
fn mode(report: &mut Report, spec: &Value, path: &str) {
    const PARALLEL: i64 = 100_000;
    let at = |key: &str| format!("{path}.{key}");
    let number = |key: &str| spec[key].as_i64();
    report.one_of(&at("completionMode"), &spec["completionMode"], &["NonIndexed", "Indexed"]);
    match spec["completionMode"].as_str() {
        Some("Indexed") => {
            if spec["completions"].is_null() {
                report.required(&at("completions"), "when completion mode is Indexed");
            }
            if number("parallelism").is_some_and(|count| count > PARALLEL) {
                let why = format!("must be less than or equal to {PARALLEL} when completion mode is Indexed");
                report.invalid(&at("parallelism"), &spec["parallelism"], &why);
            }
            let all = number("completions");
            if all.is_some_and(|all| number("maxFailedIndexes").is_some_and(|most| most > all)) {
                let why = "must be less than or equal to completions";
                report.invalid(&at("maxFailedIndexes"), &spec["maxFailedIndexes"], why);
            }
        }
        None | Some("NonIndexed") => {
            for key in ["backoffLimitPerIndex", "maxFailedIndexes"].into_iter().filter(|key| !spec[*key].is_null()) {
                report.invalid(&at(key), &spec[key], "requires indexed completion mode");
            }
        }
        Some(_) => {}
    }
}

/// When a job has done enough.
fn successes(report: &mut Report, spec: &Value, path: &str) {
    let (policy, path) = (&spec["successPolicy"], format!("{path}.successPolicy"));
    if !policy.is_object() {
        return;
    }
    if spec["completionMode"] != "Indexed" {
        report.raw(&path, &inner::shown(policy, "SuccessPolicy"), "requires indexed completion mode");
        return;
    }
    if !said(policy, "rules") {
        let why = "at least one rules must be specified when the successPolicy is specified";
        report.required(&format!("{path}.rules"), why);
    }
    for (path, rule) in items(policy, "rules", &path) {
        let count = &rule["succeededCount"];
        if count.is_null() && rule["succeededIndexes"].is_null() {
            report.required(&path, "at least one of succeededCount or succeededIndexes must be specified");
        }
        report.counts(&format!("{path}.succeededCount"), count);
        let all = spec["completions"].as_i64().unwrap_or_default();
        if count.as_i64().is_some_and(|count| count > all) {
            let why = format!("must be less than or equal to {all} (the number of specified completions)");
            report.invalid(&format!("{path}.succeededCount"), count, &why);
        }
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
        conditions(report, rule, &path);
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

fn conditions(report: &mut Report, rule: &Value, path: &str) {
    for (path, one) in items(rule, "onPodConditions", path) {
        let name = text(one, "type");
        report.all(&format!("{path}.type"), name, names::qualified(name));
        let at = format!("{path}.status");
        if said(one, "status") {
            report.one_of(&at, &one["status"], &["False", "True", "Unknown"]);
        } else {
            report.required(&at, "valid values: [\"False\" \"True\" \"Unknown\"]");
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

fn cron_job(report: &mut Report, object: &Value, before: Option<&Value>) {
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
    if let Some(zone) = spec["timeZone"].as_str()
        && before.is_none_or(|before| before["spec"]["timeZone"] != zone)
    {
        zoned(report, zone);
    }
    report.one_of("spec.concurrencyPolicy", &spec["concurrencyPolicy"], &["Allow", "Forbid", "Replace"]);
    let made = &spec["jobTemplate"]["spec"];
    job(report, "spec.jobTemplate.spec", made, false);
    if !made["selector"].is_null() {
        report.invalid("spec.jobTemplate.spec.selector", &made["selector"], "`selector` will be auto-generated");
    }
    if made["manualSelector"] == true {
        report.unsupported("spec.jobTemplate.spec.manualSelector", &Value::Bool(true), &["nil", "false"]);
    }
    report.counts("spec.successfulJobsHistoryLimit", &spec["successfulJobsHistoryLimit"]);
    report.counts("spec.failedJobsHistoryLimit", &spec["failedJobsHistoryLimit"]);
    if name.len() > MOST {
        report.wrong("metadata.name", name, &format!("must be no more than {MOST} characters"));
    }
}

/// Whether there is such a time zone.
fn zoned(report: &mut Report, zone: &str) {
    let path = "spec.timeZone";
    if zone.is_empty() {
        report.wrong(path, zone, "timeZone must be nil or non-empty string");
    } else if zone.eq_ignore_ascii_case("Local") {
        let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        report.wrong(path, zone, why);
    } else if zone != "UTC" && !known_zone(zone) {
        report.wrong(path, zone, &format!("unknown time zone {zone}"));
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
