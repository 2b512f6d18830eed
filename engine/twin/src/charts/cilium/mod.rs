//! Cilium's chart: its agents, its operator, and the configuration they read.

mod agent;
mod config;
mod operator;
mod rights;

use super::{Chart, Release};
use crate::json::{Value, json};

/// The chart.
pub(super) const CHART: Chart = Chart {
    name: "cilium",
    repository: "cilium",
    versions: &["1.19.0", "1.18.5", "1.18.4", "1.17.9", "1.16.16", "1.16.11", "1.15.19"],
    values: include_str!("values.yaml"),
    check,
    render,
};

fn render(release: &Release<'_>) -> Vec<Value> {
    let mut all = rights::rights(release);
    all.push(config::config(release));
    all.extend(agent::agents(release));
    all.push(operator::operator(release));
    all
}

/// What the chart refuses, in its own words.
fn check(release: &Release<'_>) -> Result<(), String> {
    let refuse = |why: &str| Err(why.to_owned());
    if !release.at("tunnel").is_null() {
        return refuse(
            "tunnel was deprecated in v1.14 and has been removed in v1.15. For details please refer to https://docs.cilium.io/en/v1.15/operations/upgrade/#helm-options",
        );
    }
    let masquerades = release.at("enableIPv4Masquerade") != false && !release.is("ipMasqAgent.enabled");
    let no_range = release.text("ipv4NativeRoutingCIDR").is_empty();
    if release.since(1, 18) && release.text("routingMode") == "native" && masquerades && no_range {
        return refuse("ipv4NativeRoutingCIDR must be set when routingMode is native");
    }
    let replaces = release.text("kubeProxyReplacement");
    if release.since(1, 16) && !["true", "false", ""].contains(&replaces.as_str()) {
        return refuse("kubeProxyReplacement must be explicitly set to a valid value (true or false) to continue.");
    }
    if release.since(1, 18) && !release.at("enableCiliumEndpointSlice").is_null() {
        return refuse("enableCiliumEndpointSlice has been removed. Please use ciliumEndpointSlice.enabled instead");
    }
    if release.is("prometheus.serviceMonitor.enabled") && !release.is("prometheus.serviceMonitor.trustCRDsExist") {
        return refuse(
            "Service Monitor requires monitoring.coreos.com/v1 CRDs. Please refer to https://github.com/prometheus-operator/prometheus-operator/blob/main/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml or set .Values.prometheus.serviceMonitor.trustCRDsExist=true",
        );
    }
    if release.is("hubble.ui.enabled") && !release.is("hubble.relay.enabled") {
        return refuse("Hubble UI requires .Values.hubble.relay.enabled=true");
    }
    Ok(())
}

/// The image of a part.
fn image(release: &Release<'_>, part: &str, name: &str) -> String {
    let (own, repository) = (release.text(&format!("{part}override")), release.text(&format!("{part}repository")));
    let tag = Some(release.text(&format!("{part}tag"))).filter(|tag| !tag.is_empty());
    match own.is_empty() {
        false => own,
        true => {
            let repository = if repository.is_empty() { format!("quay.io/cilium/{name}") } else { repository };
            format!("{repository}:{}", tag.unwrap_or_else(|| format!("v{}", release.version)))
        }
    }
}

/// An object in the release's namespace with the chart's labels.
fn object(release: &Release<'_>, api: &str, kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": api, "kind": kind,
        "metadata": {"name": name, "namespace": release.namespace, "labels": {"app.kubernetes.io/part-of": "cilium"}},
    })
}

#[cfg(test)]
mod tests;
