//! What is done to a container to ask how it is, and when it comes and goes.

use crate::json::Value;

use super::container::port;
use super::report::{Report, items, said, text};

const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// Whether what is done may be.
fn handler(report: &mut Report, of: &Value, path: &str, grace: i64) {
    let mut found = 0;
    for key in HANDLERS.iter().filter(|key| of[**key].is_object()) {
        found += 1;
        let (one, at) = (&of[*key], format!("{path}.{key}"));
        if found > 1 {
            report.forbidden(&at, "may not specify more than 1 handler type");
            continue;
        }
        match *key {
            "exec" if !said(one, "command") => report.required(&format!("{at}.command"), ""),
            "httpGet" => {
                if !said(one, "path") {
                    report.required(&format!("{at}.path"), "");
                }
                port(report, &one["port"], &format!("{at}.port"));
                report.one_of(&format!("{at}.scheme"), &one["scheme"], &["HTTP", "HTTPS"]);
                headers(report, one, &at);
            }
            "tcpSocket" | "grpc" => port(report, &one["port"], &format!("{at}.port")),
            "sleep" if !(0..=grace).contains(&one["seconds"].as_i64().unwrap_or_default()) => {
                let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                report.invalid(&at, &one["seconds"], &why);
            }
            _ => {}
        }
    }
    if found == 0 {
        report.required(path, "must specify a handler type");
    }
}

fn headers(report: &mut Report, get: &Value, path: &str) {
    const WHY: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    for (_, header) in items(get, "httpHeaders", path) {
        let name = text(header, "name");
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            report.wrong(&format!("{path}.httpHeaders"), name, WHY);
        }
    }
}

/// Whether what is done at the start and before the end may be.
pub(super) fn lifecycle(report: &mut Report, lifecycle: &Value, path: &str, grace: i64) {
    for key in ["postStart", "preStop"].into_iter().filter(|key| lifecycle[*key].is_object()) {
        handler(report, &lifecycle[key], &format!("{path}.{key}"), grace);
    }
}

/// Whether a probe may be.
pub(super) fn probe(report: &mut Report, probe: &Value, path: &str, grace: i64) {
    handler(report, probe, path, grace);
    for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        report.counts(&format!("{path}.{key}"), &probe[key]);
    }
    let grace = &probe["terminationGracePeriodSeconds"];
    if grace.as_i64().is_some_and(|seconds| seconds <= 0) {
        report.invalid(&format!("{path}.terminationGracePeriodSeconds"), grace, "must be greater than 0");
    }
    let strict = path.ends_with("livenessProbe") || path.ends_with("startupProbe");
    if strict && probe["successThreshold"].as_i64().is_some_and(|number| number > 1) {
        report.invalid(&format!("{path}.successThreshold"), &probe["successThreshold"], "must be 1");
    }
}
