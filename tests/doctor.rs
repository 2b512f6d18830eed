//! The doctor, on clusters that are ill: of each with one fault it names that fault first, of a healthy one nothing.

use std::process::Command;

/// What the doctor says of a scene with a fault, and how it ends.
fn says(scene: &str, faults: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["rehearse", "runbooks/doctor.rhai", "--output", "lines"]);
    command.args(["--scene", scene]);
    if scene == "talos-flux" {
        // Nobody logs in to a machine of Talos.
        command.args(["--set", "machines=false"]);
    }
    for fault in faults {
        command.args(["--fault", fault]);
    }
    command.env_remove("RUNBOOK_STATE").env_remove("KUBECONFIG").env("HOME", "/nonexistent").env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (text, output.status.code().unwrap())
}

/// The row that is named first: it stands before the first line that says what was seen.
fn first(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let seen = lines.iter().position(|line| line.trim_start().starts_with("seen: "))?;
    let told = lines.get(seen.checked_sub(1)?)?;
    let row = |word: &&str| {
        let digits = word.trim_start_matches(['E', 'S', 'V', 'C', 'K', 'Y']).trim_end_matches('b');
        *word == "?"
            || (word.len() > digits.len() && !digits.is_empty() && digits.chars().all(|it| it.is_ascii_digit()))
    };
    told.split_whitespace().find(row).map(str::to_owned)
}

/// Faults on one scene, and the row that is to be named first for each.
fn names_first(scene: &str, cases: &[(&[&str], &str)]) {
    let mut wrong = Vec::new();
    for (faults, row) in cases {
        let right = |(text, code): &(String, i32)| first(text).as_deref() == Some(*row) && *code != 0;
        let mut told = says(scene, faults);
        if !right(&told) {
            // A machine with too much to do may not be let in in time: it is asked once more before it counts.
            told = says(scene, faults);
        }
        if !right(&told) {
            let (text, code) = &told;
            let named = first(text);
            wrong.push(format!("{faults:?} on {scene}: {named:?} and not {row}, ends with {code}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_said_to_be_wrong_where_nothing_is() {
    for scene in [
        "antrea",
        "cilium",
        "flannel",
        "calico",
        "calico-k3s",
        "calico-operator",
        "k3s-shop",
        "rke2",
        "talos-flux",
        "shop",
    ] {
        let (text, code) = says(scene, &[]);
        assert!(code == 0 && text.contains("nothing is wrong"), "{scene}: {text}");
    }
}

#[test]
fn options_of_cilium_that_do_not_fit_are_named_first() {
    names_first(
        "cilium",
        &[
            (&["cilium-routing-mode"], "S02"),
            (&["cilium-masquerade"], "S03"),
            (&["cilium-dsr"], "S04"),
            (&["cilium-range-missing node=n2"], "S05"),
            (&["cilium-across machine=n2 gateway=10.0.0.100"], "S08"),
            (&["cilium-devices"], "E10"),
            (&["cilium-acceleration"], "E16"),
            (&["cilium-pool-of-machines"], "E18"),
            (&["policies-asleep"], "S22"),
            (&["card-down machine=n2"], "E6"),
            (&["card-without-xdp machine=n2"], "E15"),
        ],
    );
}

#[test]
fn what_cilium_lacks_is_named_first() {
    names_first(
        "cilium",
        &[
            (&["agents-ask-localhost"], "E12"),
            (&["agents-without-api"], "E5"),
            (&["agents-gone machine=n2"], "S10"),
            (&["agents-short-of-memory"], "S13"),
            (&["cilium-kinds-gone"], "S47"),
            (&["cilium-not-compiled"], "S01"),
            (&["kernel-locked-down machine=n2"], "S14"),
            // Nobody gets in to a machine whose programs have lost their maps: they drop everything.
            (&["maps-gone machine=n2"], "S48"),
            (&["operator-other-image"], "S26"),
            (&["operator-other-version"], "E13"),
            (&["operator-replicas"], "E5b"),
            (&["release-foreign"], "E8b"),
            (&["release-pending"], "E8"),
            (&["mtu-misspelt"], "E4"),
            (&["pod-unmanaged namespace=shop pod=cart"], "S36"),
        ],
    );
}

#[test]
fn what_is_on_the_machines_of_cilium_is_named_first() {
    names_first(
        "cilium",
        &[
            (&["tunnel-port-taken machine=n2"], "S07"),
            (&["overlay-blocked machine=n2"], "S31"),
            (&["mask-too-wide machine=n2"], "E18"),
            (&["mtu-small machine=n2"], "S30"),
            (&["rp-filter machine=n2"], "S45"),
            (&["rules-left machine=n2 of=flannel"], "S15"),
            (&["rules-left machine=n2 of=kube-router"], "S15"),
            (&["conf-foreign machine=n2"], "E14"),
            (&["webhook-unreached"], "S37"),
            (&["balancer-without-pool"], "S19"),
            (&["dns-away"], "V07"),
            (&["link-down machine=n2"], "S48"),
        ],
    );
}

#[test]
fn what_ails_other_clusters_is_named_first() {
    names_first(
        "flannel",
        &[
            (&["xdp-pinned machine=n2"], "E1"),
            (&["leases-leaked machine=n2"], "S06"),
            (&["conf-gone machine=n2"], "S09"),
            (&["taint-left node=n2"], "S12"),
            (&["sockets-left machine=n2"], "S16"),
            (&["network-unavailable node=n2"], "S44"),
            (&["apiservice-stale"], "S38"),
            (&["namespace-stuck"], "E7"),
        ],
    );
    names_first("shop", &[(&["image-never-pulled namespace=shop deployment=web"], "S24")]);
    names_first("calico", &[(&["calico-astray machine=n2"], "S29")]);
    names_first("calico-k3s", &[(&["calico-operator-gone"], "S28")]);
    names_first("arm-k3s", &[(&["vip-away"], "S18"), (&["server-flags-differ machine=opi01"], "S27")]);
    names_first("talos-flux", &[(&["announcements-gone"], "S20"), (&["proxy-lost"], "S32")]);
}
