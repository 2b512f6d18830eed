//! Commands of the procedures, in a runbook that has them as they are written: `check` names them.

use super::said;

/// What `check` says of a runbook with one step that runs this command.
fn checked(command: &str) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("as-written.rhai");
    let text = serde_json::to_string(command).unwrap();
    let front = "//! ```toml\n//! [needs]\n//! local = [\"*\"]\n//! ```\n";
    std::fs::write(&file, format!("{front}step(\"as it is written\", || local::run({text}));\n")).unwrap();
    said(&["check", file.to_str().unwrap()])
}

/// That the command is refused, and the one that is right is not.
#[track_caller]
fn refused(written: &str, name: &str, right: &str) {
    let (text, code) = checked(written);
    assert!(code == 2 && text.contains(&format!("error[command.wrong]: `{name}`")), "{written}: {text}");
    let (text, code) = checked(right);
    assert!(code == 0 && !text.contains("command.wrong"), "{right}: {text}");
}

/// That the command is warned of, and the one that is right is not.
#[track_caller]
fn warned(written: &str, name: &str, right: &str) {
    let (text, code) = checked(written);
    assert!(code == 0 && text.contains(&format!("warning[command.wrong]: `{name}`")), "{written}: {text}");
    let (text, code) = checked(right);
    assert!(code == 0 && !text.contains("command.wrong"), "{right}: {text}");
}

/// Claims, each with what is written, the name it is caught by, and what is right.
macro_rules! claims {
    ($how:ident: $($claim:ident($written:expr, $name:expr, $right:expr);)*) => {
        $(#[test]
        fn $claim() {
            $how($written, $name, $right);
        })*
    };
}

claims! { refused:
    kubectl_get_all_is_a_backup(
        "kubectl get all --all-namespaces -o yaml > cluster-backup-20251227.yaml",
        "kubectl get all",
        "k3s etcd-snapshot save"
    );
    applying_the_backup_restores_the_cluster(
        "kubectl apply -f cluster-backup-20251227.yaml",
        "kubectl apply -f …backup",
        "kubectl apply -f manifests/shop.yaml"
    );
    etcdctl_asks_etcd_of_k3s(
        "sudo ETCDCTL_API=3 etcdctl \\\n  --endpoints=https://127.0.0.1:2379 \\\n  endpoint health",
        "etcdctl",
        "sudo k3s etcd-snapshot ls"
    );
    config_bpf_should_return_0(
        "zcat /proc/config.gz | grep CONFIG_BPF=",
        "grep CONFIG_BPF=",
        "uname -r"
    );
    the_connectivity_test_runs_in_the_agent(
        "kubectl -n kube-system exec ds/cilium -- cilium connectivity test",
        "cilium connectivity test in a pod",
        "cilium connectivity test"
    );
    a_node_is_tested_with_node(
        "cilium connectivity test --test-namespace cilium-test --single-node --node raccoon00",
        "cilium connectivity test --node",
        "cilium connectivity test --node-selector kubernetes.io/hostname=raccoon00"
    );
    a_test_that_may_fail_is_a_test(
        "cilium connectivity test --single-node || true",
        "cilium connectivity test || true",
        "cilium connectivity test --single-node"
    );
    a_test_is_chosen_by_what_it_is_about(
        "cilium connectivity test --test kube-proxy-replacement",
        "cilium connectivity test --test",
        "cilium connectivity test --test '/pod-to-pod'"
    );
    the_scenario_pod_to_pod_is_a_test(
        "cilium connectivity test --test pod-to-pod",
        "cilium connectivity test --test",
        "cilium connectivity test --test '/pod-to-pod'"
    );
    the_tool_outside_lists_tunnels(
        "cilium bpf tunnel list",
        "cilium bpf",
        "cilium status --wait"
    );
    cilium_status_says_whether_policies_are_enforced(
        "cilium status | grep -i \"Policy Enforcement\"",
        "cilium status | grep",
        "cilium status"
    );
    cilium_status_says_whether_kube_proxy_is_replaced(
        "cilium status | grep -i \"KubeProxyReplacement\"",
        "cilium status | grep",
        "cilium status"
    );
    the_configuration_has_a_dns_proxy(
        "cilium config view | grep dns-proxy",
        "cilium config view | grep dns-proxy",
        "cilium config view | grep enable-l7-proxy"
    );
    a_service_answers_a_ping(
        "kubectl exec $pod -- ping -c 2 connectivity-test.default.svc.cluster.local",
        "ping a service",
        "kubectl exec $pod -- ping -c 3 10.42.1.7"
    );
    the_api_is_asked_by_http(
        "kubectl exec test-pod-1 -- curl -s http://kubernetes.default.svc.cluster.local:443 -k",
        "curl http://kubernetes",
        "curl -k https://10.43.0.1:443/healthz"
    );
    the_connectivity_check_is_that_of_today(
        "kubectl apply -f https://raw.githubusercontent.com/cilium/cilium/HEAD/examples/kubernetes/connectivity-check/connectivity-check.yaml",
        "…/HEAD/…",
        "kubectl apply -f https://raw.githubusercontent.com/cilium/cilium/v1.18.4/examples/check.yaml"
    );
    flannel_is_installed_from_its_latest_manifest(
        "kubectl apply -f https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml",
        "…/latest/download/…",
        "kubectl apply -f kube-flannel.yml"
    );
    antrea_is_installed_from_its_latest_manifest(
        "kubectl apply -f https://github.com/antrea-io/antrea/releases/latest/download/antrea.yml",
        "…/latest/download/…",
        "kubectl apply -f antrea-v2.4.0.yml"
    );
    a_drain_is_forced(
        "kubectl drain raccoon00 \\\n --ignore-daemonsets \\\n --delete-emptydir-data \\\n --force \\\n --timeout=300s",
        "kubectl drain --force",
        "kubectl drain raccoon00 --ignore-daemonsets"
    );
    the_pool_is_deleted_with_the_installation(
        "kubectl delete ippool default-ipv4-ippool",
        "kubectl delete ippool",
        "kubectl delete installation default"
    );
    the_operator_is_deleted_with_the_installation(
        "kubectl delete -n tigera-operator deployment tigera-operator",
        "kubectl delete deployment tigera-operator",
        "kubectl -n tigera-operator get deployment tigera-operator"
    );
    deleting_its_namespace_removes_cilium(
        "kubectl delete namespace cilium",
        "kubectl delete namespace",
        "kubectl delete namespace netpol-test"
    );
    a_node_is_reset_by_uninstalling_k3s(
        "sudo systemctl stop k3s\nsudo /usr/local/bin/k3s-uninstall.sh",
        "k3s-uninstall.sh",
        "sudo systemctl stop k3s"
    );
    maps_are_removed_first(
        "sudo rm -rf /sys/fs/bpf/*",
        "rm -rf /sys/fs/bpf",
        "sudo rm -rf /sys/fs/bpf/cilium/devices/eth0/links"
    );
    a_mask_is_changed_by_flushing(
        "sudo ip addr flush dev eth1",
        "ip addr flush",
        "sudo ip addr add 10.2.100.1/16 dev eth1"
    );
    the_tunnel_is_deleted_to_change_its_size(
        "sudo ip link delete cilium_vxlan",
        "ip link delete cilium_vxlan",
        "sudo ip link delete flannel.1"
    );
    a_patch_takes_the_finalizers_of_a_namespace(
        "kubectl patch namespace cilium-secrets \\\n -p '{\"spec\":{\"finalizers\":[]}}' --type='merge'",
        "kubectl patch namespace finalizers",
        "kubectl patch namespace shop -p '{\"metadata\":{\"labels\":{\"a\":\"b\"}}}'"
    );
    secrets_of_the_release_are_deleted(
        "kubectl delete secret -n kube-system -l owner=helm,name=cilium",
        "kubectl delete secret owner=helm",
        "kubectl get secret -n kube-system -l owner=helm,name=cilium"
    );
    an_import_that_fails_is_said_to_have_failed(
        "wait $PID_MASTER && echo \"master import OK\" || echo \"master import FAILED\"",
        "wait $PID && … || echo",
        "wait $PID_MASTER"
    );
}

claims! { warned:
    the_agent_is_asked_with_cilium(
        "kubectl exec -n kube-system ds/cilium -- cilium status",
        "cilium in a pod",
        "kubectl exec -n kube-system cilium-x7k2p -c cilium-agent -- cilium-dbg status"
    );
    policies_are_seen_in_ciliums_format(
        "kubectl get cnp -A",
        "kubectl get cnp",
        "kubectl get ciliumendpoints -A"
    );
    listing_policies_shows_that_they_are_kept(
        "kubectl get networkpolicies --all-namespaces",
        "kubectl get networkpolicies",
        "kubectl get networkpolicies --all-namespaces -o yaml > netpol.yaml"
    );
    an_uninstall_is_a_rollback(
        "helm -n kube-system uninstall cilium",
        "helm uninstall cilium",
        "helm -n kube-system status cilium"
    );
    all_agents_are_deleted_to_restart_them(
        "kubectl delete pod -n kube-system -l k8s-app=cilium",
        "kubectl delete pod -l k8s-app=cilium",
        "kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=n1"
    );
    values_are_reused_on_an_upgrade(
        "helm upgrade cilium cilium/cilium --reuse-values \\\n --set operator.replicas=1",
        "helm upgrade --reuse-values",
        "helm upgrade cilium cilium/cilium --version 1.18.5 --values values.yaml"
    );
    a_card_is_set_while_cilium_runs(
        "sudo ethtool -L eth0 combined 1",
        "ethtool",
        "sudo ethtool -i eth0"
    );
}

#[test]
fn a_command_after_which_there_is_no_way_back_is_let_pass_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meant.rhai");
    let front = "//! ```toml\n//! [needs]\n//! local = [\"run kubectl delete namespace cilium\"]\n//! ```\n";
    let text = format!("{front}step(\"it is meant\", || local::run(\"kubectl delete namespace cilium\"));\n");
    std::fs::write(&file, text).unwrap();
    assert_eq!(said(&["check", file.to_str().unwrap()]).1, 0);
}
