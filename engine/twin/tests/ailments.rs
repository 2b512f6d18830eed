//! Each fault of the catalogue, planted on a scene it fits: its symptom is there, and its documented remedy heals it.

#[path = "ailments/bench.rs"]
mod bench;
#[path = "ailments/cases.rs"]
mod cases;

use bench::{Ill, See};
use cases::{Case, OF_CALICO, OF_CILIUM, OF_FLANNEL, OF_OTHERS};

/// Plants it, sees it, heals it; says what did not go so.
fn tried(case: &Case) -> Result<(), String> {
    let (mut ill, fault) = (Ill::new(case.scene), case.fault);
    for fault in case.before {
        ill.plant(fault);
    }
    let healthy = ill.lost();
    let before: Vec<&See> = case.sees.iter().filter(|see| ill.sees(see, healthy)).collect();
    if !before.is_empty() {
        return Err(format!("{fault}: {before:?} is seen before it"));
    }
    ill.plant(fault);
    for see in case.sees {
        if !ill.sees(see, healthy) {
            return Err(format!("{fault} on {}: {see:?} is not seen\n{}", case.scene, ill.told()));
        }
    }
    if case.heals.is_empty() {
        return Ok(());
    }
    for heal in case.heals {
        ill.heal(heal);
    }
    ill.pass(180);
    if ill.lost() > healthy {
        return Err(format!("{fault}: {} pairs are still lost, first {healthy}\n{}", ill.lost(), ill.noes()));
    }
    if !ill.unready().is_empty() {
        return Err(format!("{fault}: still not ready: {}\n{}", ill.unready(), ill.told()));
    }
    let after: Vec<&See> = case.sees.iter().filter(|see| see.is_lasting() && ill.sees(see, healthy)).collect();
    if after.is_empty() { Ok(()) } else { Err(format!("{fault}: {after:?} is still seen after its remedy")) }
}

/// All of them; says of all that did not go as they are to.
fn all(cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().filter_map(|case| tried(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_ails_cilium_has_its_symptom_and_its_remedy_heals_it() {
    all(OF_CILIUM);
}

#[test]
fn what_ails_flannel_has_its_symptom_and_its_remedy_heals_it() {
    all(OF_FLANNEL);
}

#[test]
fn what_ails_calico_has_its_symptom_and_its_remedy_heals_it() {
    all(OF_CALICO);
}

#[test]
fn what_ails_other_clusters_has_its_symptom_and_its_remedy_heals_it() {
    all(OF_OTHERS);
}

#[test]
fn every_fault_with_a_row_of_the_catalogue_is_tried_here() {
    let all = [OF_CILIUM, OF_FLANNEL, OF_CALICO, OF_OTHERS];
    for fault in runbook_twin::faults::FAULTS.iter().filter(|fault| !fault.rows.is_empty()) {
        let tried =
            all.iter().flat_map(|cases| cases.iter()).any(|case| case.fault.split(' ').next() == Some(fault.name));
        assert!(tried, "`{}` is not tried", fault.name);
    }
}
