//! Releases that someone else is at, or that were left in the middle.

use super::yards;

const UPGRADE: &str =
    r#"step("change", || helm::upgrade("web@here", #{ chart: chart("hooked"), values: #{ greeting: "new" } }));"#;

#[test]
fn a_release_at_which_someone_is_is_left_alone() {
    for yard in yards("someone") {
        yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
        let mut other = yard.hanging();
        yard.says(UPGRADE);
        yard.run()
            .exits(1)
            .says("helm.pending")
            .says("revision 2 is `pending-upgrade` since")
            .says("Preparing upgrade");
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(yard.statuses(), ["deployed", "pending-upgrade"]);
    }
}

#[test]
fn whoever_comes_first_wins_and_the_other_is_told() {
    for yard in yards("race") {
        yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
        yard.says(UPGRADE);
        yard.cut("meanwhile").exits(1).says("helm.conflict").says("someone else is changing the release");
        assert_eq!(yard.statuses(), ["deployed", "pending-upgrade"]);
    }
}

#[test]
fn a_release_that_someone_else_changed_while_the_run_was_down_is_for_a_person_to_decide() {
    for yard in yards("since") {
        yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
        yard.says(UPGRADE);
        yard.cut("before").exits(1).says("run.died");
        yard.other(&["upgrade", "web", &crate::plane::chart("hooked"), "--description", "by a colleague"]).exits(0);
        yard.resume().exits(5).says("was changed by someone else").says("by a colleague");
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
    }
}

#[test]
fn an_upgrade_that_was_left_in_the_middle_is_repaired_to_what_was_deployed() {
    for yard in yards("repair") {
        yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
        let mut other = yard.hanging();
        other.kill().unwrap();
        other.wait().unwrap();
        yard.says(
            r#"
            let seen = helm::status("web@here");
            check("it is stuck", || seen.pending && seen.revision == 2);
            let other = step("another", || helm::repair("web@here", #{ revision: 7 }));
            check("only what was seen is repaired", || !other.repaired);
            let done = step("repair", || helm::repair("web@here", #{ revision: seen.revision }));
            check("it went back", || done.repaired && done.back_to == 1);
            step("go on", || helm::upgrade("web@here", #{ chart: chart("hooked"), values: #{ greeting: "new" } }));
            "#,
        );
        yard.run().exits(0);
        assert_eq!(yard.greeting(), "new");
        assert_eq!(yard.statuses().last().unwrap(), "deployed");
    }
}

#[test]
fn an_install_that_was_left_in_the_middle_is_forgotten_and_can_be_done_again() {
    for yard in yards("forget") {
        yard.says(UPGRADE);
        yard.cut("stuck").exits(1).says("run.died");
        assert_eq!(yard.statuses(), ["pending-install"]);
        yard.says(
            r#"
            let done = step("repair", || helm::repair("web@here"));
            check("there was nothing to go back to", || done.repaired && done.back_to == ());
            step("install", || helm::upgrade("web@here", #{ chart: chart("hooked") }));
            "#,
        );
        yard.run().exits(0);
        assert_eq!(yard.statuses(), ["deployed"]);
    }
}

#[test]
fn a_step_that_takes_too_long_leaves_no_release_in_the_middle() {
    for yard in yards("late") {
        yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
        yard.says(
            r#"step("change", #{ timeout: "6s" }, || {
                helm::upgrade("web@here", #{ chart: chart("hooked"), values: #{ hooks: #{ "pre-upgrade": "hang" } } })
            });"#,
        );
        let ended = yard.run();
        assert_ne!(ended.code, Some(0), "{}", ended.err);
        assert_eq!(yard.statuses(), ["deployed", "failed"], "{}", ended.err);
    }
}
