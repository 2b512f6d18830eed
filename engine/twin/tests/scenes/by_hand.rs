//! What plugins note of pods: who goes after another network was installed by hand leaves what the first one noted of it.

use super::place::{pass, world};
use runbook_twin::portrait::Portrait;
use runbook_twin::world::{Deletion, Key};

#[test]
fn a_pod_of_the_network_of_before_leaves_its_notes_and_that_is_no_difference() {
    // On one node of the last no pod has been yet: a folder for notes comes with the first.
    for scene in ["by-hand", "calico-by-hand", "rke2"] {
        let mut world = world(scene);
        let before = Portrait::of(&world);
        let own = world.entries("pods", "").filter(|(_, pod)| pod["spec"]["hostNetwork"] != true);
        let pods: Vec<Key> = own.map(|(key, _)| key).collect();
        for pod in &pods {
            world.delete(pod, &Deletion::default()).unwrap();
        }
        pass(&mut world, 300);
        assert!(pods.iter().any(|pod| world.at(pod).is_none()), "{scene}: no pod has gone");
        let differences = before.against(&Portrait::of(&world));
        let noted = |thing: &str| thing.contains("notes of pods") || thing.contains("/var/lib/cni/");
        assert!(differences.iter().all(|one| !noted(&one.thing)), "{scene}: {differences:#?}");
    }
}
