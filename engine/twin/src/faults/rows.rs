//! The catalogue of symptoms, row by row: each is brought about by a fault, or it is said why it is not.

/// All rows: the numbered errors of the documents, and the symptoms by their signature.
pub const ROWS: &[&str] = &[
    "E1", "E2", "E3", "E4", "E5", "E5b", "E6", "E7", "E8", "E8b", "E9", "E10", "E11", "E12", "E13", "E14", "E15",
    "E16", "E17", "E18", "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13",
    "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S23", "S24", "S25", "S26", "S27", "S28", "S29",
    "S30", "S31", "S32", "S33", "S34", "S35", "S36", "S37", "S38", "S39", "S40", "S41", "S42", "S43", "S44", "S45",
    "S46", "S47", "S48", "S49", "S50",
];

/// The rows that no fault brings about, and why.
pub const UNMODELLED: &[(&str, &str)] = &[
    ("E17", "helm refuses it before anything changes: the chart's own rules are modelled, and tried with the charts"),
    ("S17", "the twin's Cilium makes no rules of routing that systemd-networkd could take away"),
    ("S21", "in the twin one of those who give addresses gives way to the other"),
    ("S23", "helm refuses it before anything changes, and the kinds of Prometheus are no part of any scene"),
    ("S25", "images have no contents in the twin, so two builds under one tag are the same"),
    ("S35", "what happens inside a VPN's container is not modelled"),
    ("S39", "the twin's API reaches every kubelet whose machine runs, whatever is between them"),
    ("S40", "nothing is wrong until a manifest of before is applied, which is then refused"),
    ("S41", "Hubble's certificates do not run out in the twin"),
    ("S42", "it is as it should be: an exclusive agent does so, and that is a law, not a fault"),
    ("S43", "it is a law: who puts things back does so in every scene with Argo CD or Flux"),
    ("S46", "file systems of the kernel that are mounted over the network are not modelled"),
    ("S49", "the twin's admission does not ask which pods a namespace lets be"),
    ("S50", "it is a mistake of a tool outside of the cluster"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FAULTS;

    #[test]
    fn every_row_of_the_catalogue_has_a_fault_or_a_reason_and_never_both() {
        for row in ROWS {
            let fault = FAULTS.iter().any(|fault| fault.rows.contains(row));
            let reason = UNMODELLED.iter().any(|(of, _)| of == row);
            assert!(fault != reason, "{row}: fault {fault}, reason {reason}");
        }
        let known = |row: &&str| ROWS.contains(row);
        assert!(FAULTS.iter().flat_map(|fault| fault.rows).all(known));
        assert!(UNMODELLED.iter().all(|(row, reason)| known(row) && reason.len() > 20));
    }

    /// The headings of the documents' own lists of what goes wrong, each with the fault that brings it about.
    const ISSUES: &[(&str, &str)] = &[
        ("Cilium pods not starting", "agents-without-api"),
        ("Pods stuck in ContainerCreating", "conf-foreign"),
        ("NetworkPolicy not enforced", "policies-asleep"),
        ("DNS resolution failing", "dns-away"),
        ("kube-vip VIP not accessible after migration", "vip-away"),
        ("Longhorn volumes not replicating", "replica-lost"),
        ("Partial connectivity between nodes", "overlay-blocked"),
        ("Load balancer: service pending", "balancer-without-pool"),
        ("Load balancer: address not reachable", "announcements-gone"),
    ];

    #[test]
    fn every_issue_of_the_documents_has_a_fault() {
        for (issue, name) in ISSUES {
            assert!(FAULTS.iter().any(|fault| fault.name == *name), "{issue}: {name}");
        }
    }
}
