//! What the words do when nothing goes wrong, with helm itself and kubectl as witnesses.

use super::yards;

#[test]
fn a_release_is_installed_looked_at_upgraded_rolled_back_and_taken_away() {
    for yard in yards("life") {
        yard.says(
            r#"
            let plan = helm::diff("web@here", #{ chart: chart("plain") });
            check("all is new", || plan.revision == 0 && plan.objects.all(|one| one.how == "added"));
            let first = step("install", || helm::upgrade("web@here", #{ chart: chart("plain"), values: #{ replicas: 1 } }));
            check("it was not there", || first.was == 0 && first.revision == 1 && first.status == "deployed");
            let plan = helm::diff("web@here", #{ chart: chart("plain"), values: #{ replicas: 1, greeting: "welcome" } });
            let places = plan.objects.map(|one| `${one.object}: ${one.paths.map(|p| p.path)}`);
            say(`places ${places}`);
            say(`values ${plan.values.map(|one| one.path)}`);
            let next = step("upgrade", || {
                helm::upgrade("web@here", #{ chart: chart("plain"), values: #{ replicas: 1, greeting: "welcome" } })
            });
            check("it was one", || next.was == 1 && next.revision == 2);
            say(`given ${helm::values("web@here")}`);
            say(`all ${helm::values("web@here", #{ all: true })}`);
            say(`kinds ${yaml::parse_all(helm::get("web@here").manifest).map(|one| one.kind)}`);
            say(`first ${helm::status("web@here", #{ revision: 1 }).status}`);
            step("back", || helm::rollback("web@here", next.was));
            "#,
        );
        let ended = yard.run().exits(0);
        let place = &yard.space.name;
        let ended = ended
            .says(&format!(r#"ConfigMap {place}/web: [\"data.greeting\"]"#))
            .says(r#"values ["greeting"]"#)
            .says(r#"given #{"greeting": "welcome", "replicas": 1}"#)
            .says(r#""image": "localhost/test:1""#)
            .says("first superseded");
        assert!(ended.err.contains("kinds [") || ended.out.contains("kinds ["));
        assert_eq!(yard.greeting(), "hello");
        assert_eq!(yard.statuses(), ["superseded", "superseded", "deployed"]);
        assert!(yard.history()[1].starts_with("superseded: runbook main-"), "{:?}", yard.history());
        yard.says(
            r#"step("remove", || helm::uninstall("web@here")); check("gone", || helm::status("web@here") == ());"#,
        );
        yard.run().exits(0);
        assert!(yard.history().is_empty());
        yard.space.kubectl(&["get", "deployment", "web"]).exits(1);
    }
}

#[test]
fn hooks_run_and_are_shown() {
    for yard in yards("hooks") {
        yard.says(
            r#"
            step("install", || helm::upgrade("web@here", #{ chart: chart("hooked") }));
            let hooks = helm::get("web@here").hooks;
            say(`${hooks.len()} hooks, ${hooks.filter(|one| "post-install" in one.events).len()} after an install`);
            "#,
        );
        yard.run().exits(0).says("7 hooks, 1 after an install");
        yard.space.kubectl(&["get", "job", "web-post-install"]).exits(0);
        yard.space.kubectl(&["get", "job", "web-pre-upgrade"]).exits(1);
    }
}

#[test]
fn a_key_the_chart_does_not_have_is_warned_of_or_refused_before_anything_is_sent() {
    for yard in yards("keys") {
        let upgrade = |values: &str, strict: bool| {
            yard.says(&format!(
                "step(\"install\", || helm::upgrade(\"web@here\", #{{ chart: chart(\"nested\"), values: #{{ {values} }}, \
                 strict: {strict} }}));"
            ));
        };
        upgrade("tunnel: #{ prot: 1 }", true);
        yard.run().exits(1).says("helm.values").says("has no value `tunnel.prot`").says("did you mean `tunnel.port`?");
        assert!(yard.history().is_empty());
        upgrade("tunnel: #{ prot: 1 }, labels: #{ any: \"thing\" }, nodePort: 3", false);
        let ended = yard.run().exits(0).says("has no value `tunnel.prot`; did you mean `tunnel.port`?");
        assert!(!ended.err.contains("labels"), "an open map takes any key:\n{}", ended.err);
    }
}

#[test]
fn values_that_were_given_before_go_unless_they_are_to_be_kept() {
    for yard in yards("kept") {
        yard.says(
            r#"
            step("install", || helm::upgrade("web@here", #{ chart: chart("nested"), values: "debug: true\n" }));
            step("keep", || {
                helm::upgrade("web@here", #{ chart: chart("nested"), values: #{ tunnel: #{ port: 1 } }, keep_values: true })
            });
            say(`kept ${helm::values("web@here")}`);
            step("renew", || helm::upgrade("web@here", #{ chart: chart("nested") }));
            say(`renewed ${helm::values("web@here")}`);
            "#,
        );
        yard.run().exits(0).says(r#"kept #{"debug": true, "tunnel": #{"port": 1}}"#).says("renewed #{}");
    }
}

#[test]
fn the_undo_of_an_upgrade_rolls_back_and_that_of_an_install_uninstalls() {
    for yard in yards("undo") {
        let steps = r#"
            step("install", || helm::upgrade("web@here", #{ chart: chart("plain"), values: #{ replicas: 1 } }));
            step("upgrade", || helm::upgrade("web@here", #{ chart: chart("plain"), values: #{ replicas: 1, greeting: "new" } }));
            check("never", || false);
        "#;
        yard.says(steps);
        yard.run().exits(3);
        assert_eq!(yard.greeting(), "new");
        yard.place.call(&["undo", "last", "--to", "upgrade"]).exits(0);
        assert_eq!(yard.greeting(), "hello");
        yard.place.call(&["undo", "last"]).exits(0);
        assert!(yard.history().is_empty());

        yard.says(steps);
        yard.run().exits(3);
        let colleague = ["--set=greeting=theirs", "--description=by a colleague"];
        yard.other(&[&["upgrade", "web", &crate::plane::chart("plain")][..], &colleague].concat()).exits(0);
        let refused = yard.place.call(&["undo", "last"]);
        refused.exits(6).says("helm.conflict").says("was changed since by someone else").says("by a colleague");
    }
}

#[test]
fn a_secret_among_the_values_reaches_the_release_and_no_record() {
    for mut yard in yards("secret") {
        yard.place.set("PASSWORD", "hidden-from-records");
        yard.says(
            r#"
            let values = #{ replicas: 1, greeting: secret("env:PASSWORD") };
            say(`${helm::diff("web@here", #{ chart: chart("plain"), values: values }).values}`);
            step("install", || helm::upgrade("web@here", #{ chart: chart("plain"), values: values }));
            say(`${helm::values("web@here")}`);
            check("never", || false);
            "#,
        );
        let ended = yard.run().exits(3);
        let records = yard.place.call(&["export", "last"]).exits(0).out;
        for text in [&ended.out, &ended.err, &records] {
            assert!(!text.contains("hidden-from"), "{text}");
        }
        assert_eq!(yard.greeting(), "hidden-from-records");
        yard.place.call(&["undo", "last"]).exits(0);
        assert!(yard.history().is_empty());
    }
}
