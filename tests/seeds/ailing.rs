//! What procedures say of clusters that are ill, and what is said of them here: the cause, what shows it, and what to do
//! next. `doctor` is asked.

use super::said;

/// That the doctor names the row with this cause, evidence and next command.
#[track_caller]
fn named(scene: &str, faults: &[&str], row: &str, what: &str, next: &str) {
    let mut words = vec!["rehearse", "runbooks/doctor.rhai", "--scene", scene];
    faults.iter().for_each(|fault| words.extend(["--fault", fault]));
    let (text, code) = said(&words);
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.windows(3).find(|told| {
        let is_row = told[0].contains(&format!("{row} ")) && told[0].contains(what);
        is_row && told[1].contains("seen: ") && told[2].contains("next: ") && told[2].contains(next)
    });
    assert!(code != 0 && found.is_some(), "{row} {what} ({next}): {code}\n{text}");
}

macro_rules! claims {
    ($($claim:ident($scene:expr, [$($fault:expr),*], $row:expr, $what:expr, $next:expr);)*) => {
        $(#[test]
        fn $claim() {
            named($scene, &[$($fault),*], $row, $what, $next);
        })*
    };
}

claims! {
    programs_are_not_built_because_of_the_kernel_and_clang(
        "cilium", ["cilium-not-compiled"], "S01", "node_config.h of the agent is missing or cut short", "node_config.h");
    a_link_is_taken_away_with_xdp_off(
        "flannel", ["xdp-pinned machine=n2"], "E1", "an early program of Cilium is held at a card", "`ip link set … xdp off` cannot");
    the_operator_cannot_reach_the_api_through_the_tunnel(
        "cilium", ["agents-without-api"], "E5", "does not reach the API", "k8sServiceHost");
    the_finalizers_of_a_namespace_are_what_is_wrong(
        "flannel", ["namespace-stuck"], "E7", "something holds it", "do not finalize it by hand first");
    all_secrets_of_the_release_must_go(
        "cilium", ["release-pending"], "E8", "its last revision is", "helm::repair");
    the_watchers_interval_became_a_whole_number_in_1_16(
        "cilium", ["operator-other-version"], "E13", "chart and image of the operator are not of one version", "install one version of both");
    k3s_is_started_anew_where_another_configuration_is_left(
        "cilium", ["conf-foreign machine=n2"], "E14", "the configuration that sorts first on that machine is of a network that is not there", "look at its CNI folder; remove what is of no network in use");
    a_card_that_cannot_locks_the_machine_up(
        "cilium", ["card-without-xdp machine=n2"], "E15", "takes no early programs", "best-effort");
    the_mask_is_why_all_is_lost(
        "cilium", ["cilium-pool-of-machines"], "E18", "its own address is in a range of Cilium's pods", "a pool that holds no machine");
    deleting_files_and_two_links_cleans_up_after_flannel(
        "cilium", ["rules-left machine=n2 of=flannel"], "S15", "rules of flannel are left", "clean up with std/flannel");
    calico_is_taken_away_by_its_objects(
        "cilium", ["rules-left machine=n2 of=calico"], "S15", "rules of calico are left", "clean up with std/calico");
    cilium_is_taken_away_by_its_agents(
        "cilium", ["agents-gone machine=n2"], "S10", "its configuration is on the machines, and not on all there is an agent", "daemonset");
    a_server_is_told_to_leave_flannel_before_the_others(
        "arm-k3s", ["server-flags-differ machine=opi01"], "S27", "servers of k3s are configured differently", "config.yaml of all servers");
}
