//! Services, secrets, namespaces, nodes and the rest of the core.

use crate::json::{Value, json};

use super::{each, part, pod, set, some};

pub(super) fn defaults(object: &mut Value, kind: &str) {
    match kind {
        "Service" => service(object),
        "Secret" => set(object, "type", json!("Opaque")),
        "Namespace" => namespace(object),
        "Node" => {
            if let Some(status) = some(object, "status")
                && let Some(capacity) = some(status, "capacity").cloned()
            {
                set(status, "allocatable", capacity);
            }
        }
        "ReplicationController" => replication(object),
        "Endpoints" => {
            for subset in each(object, "subsets") {
                for port in each(subset, "ports") {
                    set(port, "protocol", json!("TCP"));
                }
            }
        }
        "LimitRange" => limit_range(object),
        _ => {}
    }
}

fn service(object: &mut Value) {
    let Some(spec) = some(object, "spec") else { return };
    set(spec, "sessionAffinity", json!("None"));
    if spec["sessionAffinity"] == "ClientIP"
        && let Some(client) = part(spec, "sessionAffinityConfig").and_then(|config| part(config, "clientIP"))
    {
        set(client, "timeoutSeconds", json!(10800));
    }
    if let (true, Value::Object(fields)) = (spec["sessionAffinity"] == "None", &mut *spec) {
        fields.remove("sessionAffinityConfig");
    }
    set(spec, "type", json!("ClusterIP"));
    for port in each(spec, "ports") {
        set(port, "protocol", json!("TCP"));
        let unsaid = ["targetPort"].iter().any(|key| match port.get(key) {
            None | Some(Value::Null) => true,
            Some(target) => target == 0 || target == "",
        });
        if unsaid {
            let number = port["port"].clone();
            if let Value::Object(fields) = port {
                fields.insert("targetPort".to_owned(), number);
            }
        }
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if crate::rules::services::reachable(spec) {
        set(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if ["ClusterIP", "NodePort", "LoadBalancer"].contains(&kind.as_str()) {
        set(spec, "internalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", json!(true));
        if let Some(balancer) = some(object, "status").and_then(|status| some(status, "loadBalancer")) {
            for ingress in
                each(balancer, "ingress").filter(|ingress| ingress["ip"].as_str().is_some_and(|ip| !ip.is_empty()))
            {
                set(ingress, "ipMode", json!("VIP"));
            }
        }
    }
}

fn namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    if name.as_str().is_some_and(|name| !name.is_empty())
        && let Some(labels) = part(object, "metadata").and_then(|metadata| part(metadata, "labels"))
        && let Value::Object(labels) = labels
    {
        labels.insert("kubernetes.io/metadata.name".to_owned(), name);
    }
    if let Some(status) = part(object, "status") {
        set(status, "phase", json!("Active"));
    }
}

fn replication(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if labels.is_object() {
        if let Some(spec) = some(object, "spec") {
            set(spec, "selector", labels.clone());
        }
        if let Some(metadata) = some(object, "metadata") {
            set(metadata, "labels", labels);
        }
    }
    if let Some(spec) = some(object, "spec") {
        set(spec, "replicas", json!(1));
        pod::template(spec, "template");
    }
}

fn limit_range(object: &mut Value) {
    let Some(spec) = some(object, "spec") else { return };
    for limit in each(spec, "limits") {
        if limit["type"] != "Container" {
            continue;
        }
        for (to, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
            let Some(found) = some(limit, from).cloned() else { continue };
            let Some(into) = part(limit, to) else { continue };
            for (name, amount) in found.as_object().into_iter().flatten() {
                set(into, name, amount.clone());
            }
        }
    }
}
