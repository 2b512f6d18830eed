//! Claims about how one goes on with a whole cluster: what is asked before a move says no.

use super::{before, said};

/// What is said of one item of the catalogue.
fn asked(scene: &str, item: &str, words: &[&str]) -> (String, i32) {
    let of = format!("of={item}");
    before(scene, &[&["--set", &of], words].concat())
}

/// A scene of ours with something in it otherwise.
fn changed(scene: &str, changes: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let own = format!("{}/runbooks/scenes/{scene}.yaml", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(own).unwrap();
    for (was, becomes) in changes {
        assert!(text.contains(was), "{scene} has no `{was}`");
        text = text.replacen(was, becomes, 1);
    }
    let file = folder.path().join("changed.yaml");
    std::fs::write(&file, text).unwrap();
    (folder, file.display().to_string())
}

#[test]
fn an_upgrade_goes_from_1_15_to_1_18_at_once() {
    let (_folder, scene) = changed("cilium", &[("version: 1.18.4", "version: 1.15.19")]);
    let (text, code) = asked(&scene, "C29", &["--set", "version=1.18.5", "--set", "newer=1.16.16"]);
    assert!(code == 1 && text.contains("1.16, 1.17 are skipped") && !text.contains("right: "), "{text}");
}

#[test]
fn a_release_is_rolled_back_by_helm_while_flux_looks_on() {
    let (text, code) = asked("talos-flux", "C12", &[]);
    assert!(code == 1 && text.contains("C12 nobody puts things back: no") && text.contains("fluxcd.io"), "{text}");
    let (text, code) = asked("cilium", "C12", &[]);
    assert!(code == 0 && !text.contains("C12"), "{text}");
}

#[test]
fn upgrade_compatibility_is_taken_out_after_the_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("had.rhai");
    let text = r#"import "std/values" as values;
        let found = |given| values::wrong(given, #{ had: #{ upgradeCompatibility: "1.15" } }).map(|one| one.key);
        say(`out: ${found.call(#{})}, in: ${found.call(#{ upgradeCompatibility: "1.15" })}`);"#;
    std::fs::write(&file, text).unwrap();
    let state = folder.path().join("state");
    let (text, code) = said(&["--state", state.to_str().unwrap(), "run", "--yes", file.to_str().unwrap()]);
    assert!(code == 0 && text.contains(r#"out: ["upgradeCompatibility"], in: []"#), "{code} {text}");
}

#[test]
fn any_cilium_needs_linux_5_10() {
    // What is too old depends on what is wanted: 1.16 runs on 5.4.
    let (_folder, scene) = changed("shop", &[("{name: n2, ", "{name: n2, kernel: 5.4.0-generic, ")]);
    let (text, code) = asked(&scene, "K01", &["--set", "version=1.18.4", "--set", "newer=1.16.16"]);
    assert!(code == 1 && text.contains("n2 has 5.4.0-generic") && !text.contains("right: "), "{text}");
}

#[test]
fn metallb_and_ciliums_own_addresses_get_along() {
    let (_folder, scene) = changed("calico-k3s", &[("kinds:\n", POOLS), ("objects:\n", POOL)]);
    let (text, code) = asked(&scene, "C10", &[]);
    assert!(code == 1 && text.contains("MetalLB") && text.contains("CiliumLoadBalancerIPPool"), "{text}");
    let (text, code) = asked("calico-k3s", "C10", &[]);
    assert!(code == 0, "{text}");
}

/// Cilium's kind for addresses of services.
const POOLS: &str = "kinds:
  - {name: ciliumloadbalancerippools.cilium.io, kind: CiliumLoadBalancerIPPool, version: v2, cluster: true}
";

/// A pool of it.
const POOL: &str = "objects:
  - {apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: pool}, spec: {blocks: [{start: 192.168.1.50, stop: 192.168.1.60}]}}
";

#[test]
fn kube_vip_does_not_mind_the_replacement_of_kube_proxy() {
    let replaced = r#"values={"kubeProxyReplacement":true}"#;
    let (text, code) = asked("arm-k3s", "C10b", &["--set", replaced]);
    let told = text.lines().find(|line| line.contains("C10b") && !line.contains("right: ")).unwrap_or_default();
    assert!(code == 0 && told.contains("kube-vip"), "{text}");
    assert!(!text.lines().any(|line| line.contains("right: ")), "{text}");
}

#[test]
fn longhorn_needs_a_policy_of_everything_that_names_only_itself() {
    let (_folder, scene) = changed("cilium", &[("objects:\n", &closed("egress: ["))]);
    let (text, code) = asked(&scene, "C05b", &[]);
    assert!(code == 1 && text.contains("longhorn-system/allow-longhorn") && text.contains("DNS"), "{text}");
    let (_folder, scene) = changed("cilium", &[("objects:\n", &closed("egress: [{toEntities: [all]}, "))]);
    let (text, code) = asked(&scene, "C05b", &[]);
    assert!(code == 0, "{text}");
}

/// A policy as the procedure has it, with this beginning of what it lets out.
fn closed(egress: &str) -> String {
    format!(
        "kinds:
  - {{name: ciliumnetworkpolicies.cilium.io, kind: CiliumNetworkPolicy, version: v2}}
objects:
  - {{apiVersion: v1, kind: Namespace, metadata: {{name: longhorn-system}}}}
  - apiVersion: cilium.io/v2
    kind: CiliumNetworkPolicy
    metadata: {{name: allow-longhorn, namespace: longhorn-system}}
    spec:
      endpointSelector: {{}}
      ingress: [{{fromEndpoints: [{{matchLabels: {{'k8s:io.kubernetes.pod.namespace': longhorn-system}}}}]}}]
      {egress}{{toEndpoints: [{{matchLabels: {{'k8s:io.kubernetes.pod.namespace': longhorn-system}}}}]}}]
"
    )
}
