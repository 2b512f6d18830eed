//! The twin's helm on a twin.

use super::{Call, Said, is_foreign, run};
use crate::clock::{Clock, Speed};
use crate::scene;
use crate::serve::{Running, Start, start};

fn twin(folder: &std::path::Path) -> Running {
    let world = scene::read(scene::text("shop").unwrap(), Clock::today()).unwrap().world;
    start(Start { world, speed: Speed::Jumping, folder: folder.to_owned(), port: 0 }).unwrap()
}

fn helm(twin: &Running, line: &str, input: &str) -> Said {
    let words = line.split(' ').map(str::to_owned).collect();
    run(&Call { words, input: input.to_owned(), time: None, kubeconfig: Some(twin.kubeconfig.clone()) })
}

#[test]
fn a_release_is_installed_upgraded_rolled_back_and_uninstalled() {
    let folder = tempfile::tempdir().unwrap();
    let twin = twin(folder.path());
    let said = helm(
        &twin,
        "upgrade cilium cilium/cilium --install -n kube-system --values=- --description=mine",
        "{\"tunnelPort\": 8473}",
    );
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let port = |twin: &Running| {
        let world = twin.world();
        world.get("configmaps", "kube-system", "cilium-config").map(|map| map["data"]["tunnel-port"].clone())
    };
    assert_eq!(port(&twin).unwrap(), "8473");
    assert_eq!(helm(&twin, "upgrade cilium cilium/cilium -n kube-system --values=-", "{\"tunnelPort\": 8999}").code, 0);
    assert_eq!(port(&twin).unwrap(), "8999");
    assert_eq!(helm(&twin, "rollback cilium 1 -n kube-system", "").code, 0);
    assert_eq!(port(&twin).unwrap(), "8473");
    let kept = |twin: &Running| {
        let world = twin.world();
        let mine =
            world.list("secrets", "kube-system").filter(|one| one.name().starts_with("sh.helm.release.v1.cilium"));
        mine.map(|one| one.label("status").unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kept(&twin), ["superseded", "superseded", "deployed"]);
    assert_eq!(helm(&twin, "uninstall cilium -n kube-system", "").code, 0);
    assert_eq!((port(&twin), kept(&twin)), (None, Vec::new()));
}

#[test]
fn what_the_twin_has_no_chart_for_is_left_to_a_real_helm() {
    let foreign = |line: &str| is_foreign(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    assert!(foreign("upgrade web ./charts/web --install"));
    assert!(foreign("repo add cilium https://helm.cilium.io"));
    assert!(!foreign("upgrade cilium cilium/cilium --install"));
    assert!(!foreign("uninstall web"));
    assert!(!foreign("version --template={{.Version}}"));
}

#[test]
fn a_refusal_is_worded_as_helm_words_it() {
    let folder = tempfile::tempdir().unwrap();
    let twin = twin(folder.path());
    let said = helm(&twin, "upgrade cilium cilium/cilium -n kube-system", "");
    assert_eq!((said.code, said.err.as_str()), (1, "Error: UPGRADE FAILED: \"cilium\" has no deployed releases\n"));
    let said = helm(&twin, "upgrade cilium cilium/cilium --install --version 9.9.9", "");
    assert!(said.err.contains("not found in cilium repository"), "{}", said.err);
}
