//! The cells of all other kinds.

use super::age;
use super::words::{NONE, UNSET, items, number, or, plain};
use crate::json::{Text, Value};
use crate::world::{Moment, Object};

pub(super) fn cell(plural: &str, column: &str, object: &Object, now: Moment) -> Value {
    let (spec, status) = (&object["spec"], &object["status"]);
    let count =
        |value: &Value| value.as_array().map_or_else(|| value.as_object().map_or(0, crate::json::Map::len), Vec::len);
    match (plural, column) {
        ("configmaps", "Data") => (count(&object["data"]) + count(&object["binaryData"])).into(),
        ("secrets", "Data") => count(&object["data"]).into(),
        ("secrets", "Type") => plain(&object["type"]).into(),
        ("serviceaccounts", "Secrets") => count(&object["secrets"]).into(),
        ("namespaces", "Status") => plain(&status["phase"]).into(),
        ("nodes", _) => node(column, object).into(),
        ("events", _) => event(column, object, now),
        ("leases", "Holder") => plain(&spec["holderIdentity"]).into(),
        ("controllerrevisions", "Controller") => controller(object).into(),
        ("controllerrevisions", "Revision") => object["revision"].as_i64().unwrap_or(0).into(),
        ("podtemplates", _) => super::words::selector(&object["template"]["metadata"]["labels"]).into(),
        ("resourcequotas", "Request") => quota(object, |name| !name.starts_with("limits.")).into(),
        ("resourcequotas", "Limit") => quota(object, |name| name.starts_with("limits.")).into(),
        ("poddisruptionbudgets", "Min Available") => or_number(&spec["minAvailable"], "N/A").into(),
        ("poddisruptionbudgets", "Max Unavailable") => or_number(&spec["maxUnavailable"], "N/A").into(),
        ("poddisruptionbudgets", "Allowed Disruptions") => number(&status["disruptionsAllowed"]).into(),
        ("rolebindings" | "clusterrolebindings", "Role") => {
            format!("{}/{}", plain(&object["roleRef"]["kind"]), plain(&object["roleRef"]["name"])).into()
        }
        ("rolebindings" | "clusterrolebindings", _) => subjects(column, object).into(),
        ("priorityclasses", "Value") => number(&object["value"]).into(),
        ("priorityclasses", "Global-Default") => object["globalDefault"].as_bool().unwrap_or(false).into(),
        ("priorityclasses", _) => plain(&object["preemptionPolicy"]).into(),
        ("runtimeclasses", _) => plain(&object["handler"]).into(),
        ("horizontalpodautoscalers", _) => scaler(column, object),
        ("mutatingwebhookconfigurations" | "validatingwebhookconfigurations", _) => count(&object["webhooks"]).into(),
        ("validatingadmissionpolicies", "Validations") => count(&spec["validations"]).into(),
        ("validatingadmissionpolicies", _) if spec["paramKind"].is_object() => {
            format!("{}/{}", plain(&spec["paramKind"]["apiVersion"]), plain(&spec["paramKind"]["kind"])).into()
        }
        ("validatingadmissionpolicies", _) => UNSET.into(),
        ("validatingadmissionpolicybindings", "PolicyName") => plain(&spec["policyName"]).into(),
        ("validatingadmissionpolicybindings", _) => UNSET.into(),
        ("apiservices", "Service") if spec["service"].is_object() => {
            format!("{}/{}", plain(&spec["service"]["namespace"]), plain(&spec["service"]["name"])).into()
        }
        ("apiservices", "Service") => "Local".into(),
        ("apiservices", _) => available(object).into(),
        ("componentstatuses", "Status") if object["conditions"][0]["status"] == "True" => "Healthy".into(),
        ("componentstatuses", "Status") => "Unhealthy".into(),
        ("componentstatuses", "Message") => plain(&object["conditions"][0]["message"]).into(),
        ("componentstatuses", _) => plain(&object["conditions"][0]["error"]).into(),
        ("certificatesigningrequests", _) => request(column, object).into(),
        ("flowschemas" | "prioritylevelconfigurations", _) => flow(column, object),
        _ => Value::Null,
    }
}

fn or_number(value: &Value, other: &str) -> String {
    if value.is_null() { other.to_owned() } else { plain(value) }
}

/// The value itself, or a word for its absence.
fn or_value(value: &Value, other: &str) -> Value {
    if value.is_null() { other.into() } else { value.clone() }
}

fn node(column: &str, node: &Object) -> String {
    let info = |field: &str| or(&node["status"]["nodeInfo"][field], "<unknown>").to_owned();
    let address = |kind: &str| {
        let mut all = items(&node["status"]["addresses"]).iter();
        all.find(|one| one["type"] == kind).map_or(NONE.to_owned(), |one| plain(&one["address"]))
    };
    match column {
        "Status" => {
            let ready = match node.condition("Ready") {
                Some("True") => "Ready",
                Some(_) => "NotReady",
                None => "Unknown",
            };
            let cordoned = if node["spec"]["unschedulable"] == true { ",SchedulingDisabled" } else { "" };
            format!("{ready}{cordoned}")
        }
        "Roles" => {
            let labels = node["metadata"]["labels"].as_object();
            let mut roles: Vec<String> = Vec::new();
            for (label, value) in labels.into_iter().flatten() {
                match label.strip_prefix("node-role.kubernetes.io/") {
                    Some(role) if !role.is_empty() => roles.push(role.to_owned()),
                    _ if label == "kubernetes.io/role" => roles.push(plain(value)),
                    _ => {}
                }
            }
            roles.sort();
            roles.dedup();
            if roles.is_empty() { NONE.to_owned() } else { roles.join(",") }
        }
        "Version" => plain(&node["status"]["nodeInfo"]["kubeletVersion"]),
        "Internal-IP" => address("InternalIP"),
        "External-IP" => address("ExternalIP"),
        "OS-Image" => info("osImage"),
        "Kernel-Version" => info("kernelVersion"),
        _ => info("containerRuntimeVersion"),
    }
}

fn event(column: &str, event: &Object, now: Moment) -> Value {
    let first = [&event["firstTimestamp"], &event["eventTime"]]
        .into_iter()
        .find(|time| time.is_string())
        .unwrap_or(&Value::Null);
    let series = &event["series"]["lastObservedTime"];
    let last =
        [series, &event["lastTimestamp"], first].into_iter().find(|time| time.is_string()).unwrap_or(&Value::Null);
    let about = &event["involvedObject"];
    match column {
        "Last Seen" => age::since(now, last).into(),
        "First Seen" => age::since(now, first).into(),
        "Type" => plain(&event["type"]).into(),
        "Reason" => plain(&event["reason"]).into(),
        "Object" => {
            let name = or(&about["name"], "");
            let kind = or(&about["kind"], "").to_lowercase();
            if name.is_empty() { kind } else { format!("{kind}/{name}") }.into()
        }
        "Subobject" => plain(&about["fieldPath"]).into(),
        "Source" => {
            let component = or(&event["source"]["component"], or(&event["reportingComponent"], ""));
            match or(&event["source"]["host"], "") {
                "" => component.to_owned(),
                host => format!("{component}, {host}"),
            }
            .into()
        }
        "Message" => plain(&event["message"]).trim().into(),
        _ => {
            let counts = [&event["series"]["count"], &event["count"]];
            counts.into_iter().find_map(Value::as_i64).unwrap_or(1).into()
        }
    }
}

fn controller(object: &Object) -> String {
    object.controller().map_or(NONE.to_owned(), |owner| {
        let api_version = items(&object["metadata"]["ownerReferences"])
            .iter()
            .find(|one| one["controller"] == true)
            .map_or("", |one| or(&one["apiVersion"], ""));
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let kind = owner.kind().to_lowercase();
        if group.is_empty() { format!("{kind}/{}", owner.name()) } else { format!("{kind}.{group}/{}", owner.name()) }
    })
}

fn quota(object: &Object, wanted: impl Fn(&str) -> bool) -> String {
    let hard = object["status"]["hard"].as_object().into_iter().flatten();
    let one = |(name, hard): (&Text, &Value)| {
        let used = object["status"]["used"].get(name).map_or_else(|| "0".to_owned(), plain);
        format!("{name}: {used}/{}", plain(hard))
    };
    hard.filter(|(name, _)| wanted(name)).map(one).collect::<Vec<_>>().join(", ")
}

fn subjects(column: &str, object: &Object) -> String {
    let kind = match column {
        "Users" => "User",
        "Groups" => "Group",
        _ => "ServiceAccount",
    };
    let of = items(&object["subjects"]).iter().filter(|one| one["kind"] == kind);
    let shown = of.map(|one| {
        if kind == "ServiceAccount" {
            format!("{}/{}", plain(&one["namespace"]), plain(&one["name"]))
        } else {
            plain(&one["name"])
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn scaler(column: &str, object: &Object) -> Value {
    let spec = &object["spec"];
    match column {
        "Reference" => {
            format!("{}/{}", plain(&spec["scaleTargetRef"]["kind"]), plain(&spec["scaleTargetRef"]["name"])).into()
        }
        "MinPods" => or_number(&spec["minReplicas"], UNSET).into(),
        "MaxPods" => number(&spec["maxReplicas"]).into(),
        "Replicas" => number(&object["status"]["currentReplicas"]).into(),
        _ => {
            let one = |metric: &Value| {
                let name = plain(&metric["resource"]["name"]);
                let target = &metric["resource"]["target"];
                let current = items(&object["status"]["currentMetrics"])
                    .iter()
                    .find(|one| one["resource"]["name"] == name.as_str());
                let current =
                    current.map(|one| &one["resource"]["current"]["averageUtilization"]).and_then(Value::as_i64);
                let current = current.map_or_else(|| "<unknown>".to_owned(), |percent| format!("{percent}%"));
                format!("{name}: {current}/{}%", number(&target["averageUtilization"]))
            };
            let all: Vec<String> = items(&spec["metrics"]).iter().map(one).collect();
            if all.is_empty() { NONE.into() } else { all.join(", ").into() }
        }
    }
}

fn available(object: &Object) -> String {
    let condition = items(&object["status"]["conditions"]).iter().find(|one| one["type"] == "Available");
    match condition {
        None => "Unknown".to_owned(),
        Some(one) if one["status"] == "True" => "True".to_owned(),
        Some(one) => format!("{} ({})", plain(&one["status"]), plain(&one["reason"])),
    }
}

fn request(column: &str, object: &Object) -> String {
    let spec = &object["spec"];
    match column {
        "SignerName" => or(&spec["signerName"], NONE).to_owned(),
        "Requestor" => plain(&spec["username"]),
        "RequestedDuration" => spec["expirationSeconds"].as_i64().map_or(NONE.to_owned(), age::span),
        _ => {
            let is = |kind: &str| items(&object["status"]["conditions"]).iter().any(|one| one["type"] == kind);
            let mut said = if is("Denied") {
                "Denied".to_owned()
            } else if is("Approved") {
                "Approved".to_owned()
            } else {
                "Pending".to_owned()
            };
            if is("Failed") {
                said.push_str(",Failed");
            }
            if !or(&object["status"]["certificate"], "").is_empty() {
                said.push_str(",Issued");
            }
            said
        }
    }
}

fn flow(column: &str, object: &Object) -> Value {
    let spec = &object["spec"];
    let limited = &spec["limited"];
    let queuing = &limited["limitResponse"]["queuing"];
    match column {
        "PriorityLevel" => or(&spec["priorityLevelConfiguration"]["name"], NONE).into(),
        "MatchingPrecedence" => number(&spec["matchingPrecedence"]).into(),
        "DistinguisherMethod" => or(&spec["distinguisherMethod"]["type"], NONE).into(),
        "MissingPL" => match object.condition("Dangling") {
            Some(status) => status.into(),
            None => "?".into(),
        },
        "Type" => plain(&spec["type"]).into(),
        "NominalConcurrencyShares" => or_value(&limited["nominalConcurrencyShares"], NONE),
        "Queues" => or_value(&queuing["queues"], NONE),
        "HandSize" => or_value(&queuing["handSize"], NONE),
        _ => or_value(&queuing["queueLengthLimit"], NONE),
    }
}
