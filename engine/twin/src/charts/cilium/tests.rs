//! What becomes of values.

use super::CHART;
use crate::json::{Value, json};

fn rendered(version: &str, given: &Value) -> Vec<Value> {
    CHART.render("kube-system", version, given).unwrap()
}

fn config(version: &str, given: &Value) -> Value {
    let all = rendered(version, given);
    all.iter().find(|one| one["kind"] == "ConfigMap").unwrap()["data"].clone()
}

#[test]
fn values_become_options_of_the_agents() {
    let given = json!({"routingMode": "tunnel", "tunnelProtocol": "vxlan", "tunnelPort": 8473, "cni": {"customConf": true},
        "ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.245.0.0/16"]}}, "policyEnforcementMode": "never"});
    let data = config("1.18.4", &given);
    for (key, text) in [
        ("tunnel-port", "8473"),
        ("custom-cni-conf", "true"),
        ("cluster-pool-ipv4-cidr", "10.245.0.0/16"),
        ("enable-policy", "never"),
        ("kube-proxy-replacement", "false"),
        ("cni-exclusive", "true"),
    ] {
        assert_eq!(data[key], text, "{key}");
    }
    assert!(data["write-cni-conf-when-ready"].is_null(), "with a configuration of one's own none is written");
    assert_eq!(config("1.18.4", &json!({}))["write-cni-conf-when-ready"], "/host/etc/cni/net.d/05-cilium.conflist");
}

#[test]
fn mtu_in_small_letters_is_no_value_of_the_chart() {
    assert!(config("1.18.4", &json!({"mtu": 1400}))["mtu"].is_null());
    assert_eq!(config("1.18.4", &json!({"MTU": 1400}))["mtu"], "1400");
}

#[test]
fn the_watcher_of_foreign_pods_has_another_unit_from_1_19_on() {
    assert_eq!(config("1.18.4", &json!({}))["unmanaged-pod-watcher-interval"], "15");
    assert_eq!(config("1.19.0", &json!({}))["unmanaged-pod-watcher-interval"], "15s");
}

#[test]
fn what_the_real_chart_refuses_is_refused_in_its_words() {
    let refused = |version: &str, given: Value| CHART.render("kube-system", version, &given).unwrap_err();
    assert!(refused("1.18.4", json!({"tunnel": "disabled"})).contains("tunnel was deprecated in v1.14"));
    assert!(refused("1.18.4", json!({"routingMode": "native"})).contains("ipv4NativeRoutingCIDR must be set"));
    assert!(CHART.render("kube-system", "1.17.9", &json!({"routingMode": "native"})).is_ok());
    assert!(refused("1.18.4", json!({"kubeProxyReplacement": "strict"})).contains("kubeProxyReplacement must be"));
    let monitor = json!({"prometheus": {"serviceMonitor": {"enabled": true}}});
    assert!(refused("1.18.4", monitor).contains("Service Monitor requires"));
}

#[test]
fn the_agents_take_their_configuration_along_only_where_they_are_told_to() {
    let agent = |given: Value| {
        let all = rendered("1.18.4", &given);
        let set = all.iter().find(|one| one["kind"] == "DaemonSet" && one["metadata"]["name"] == "cilium").unwrap();
        set["spec"]["template"]["spec"]["containers"][0].clone()
    };
    assert!(agent(json!({}))["lifecycle"].is_null());
    assert!(agent(json!({"cni": {"uninstall": true}}))["lifecycle"]["preStop"].is_object());
    assert_eq!(agent(json!({}))["image"], "quay.io/cilium/cilium:v1.18.4");
    assert_eq!(agent(json!({"image": {"override": "mine/c:1"}}))["image"], "mine/c:1");
}
