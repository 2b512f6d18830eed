//! Server-side apply: owners, order, custom kinds, dry runs, putting back.

use runbook_drivers::kube::{Apply, Left, Manifests};
use runbook_model::Value;

use crate::kube::{on, text, web};

fn map(name: &str, value: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{k: {value}}}}}")
}

#[test]
fn an_object_is_created_then_changed_then_left_alone() {
    on("apply", async |site| {
        assert_eq!(site.apply(&map("a", "one")).await, ["created"]);
        assert_eq!(site.apply(&map("a", "two")).await, ["changed"]);
        assert_eq!(site.apply(&map("a", "two")).await, ["unchanged"]);
        assert_eq!(site.seen("cm/a", "{.data.k}"), "two");
        assert_eq!(site.seen("cm/a", "{.metadata.managedFields[0].manager}"), "runbook");
    });
}

#[test]
fn a_field_of_another_is_not_taken_unless_asked() {
    on("owners", async |site| {
        site.apply(&map("a", "ours")).await;
        site.space
            .kubectl(&["apply", "--server-side", "--field-manager=helm", "--force-conflicts", "-f", &{
                let file = site.space.name.clone();
                let path = std::env::temp_dir().join(format!("{file}.yaml"));
                std::fs::write(&path, map("a", "theirs")).unwrap();
                path.display().to_string()
            }])
            .exits(0);
        let manifests = Manifests::from_text(&map("a", "ours")).unwrap();
        let failure = site.cluster.apply(&manifests, &site.here()).await.unwrap_err();
        assert_eq!(failure.code, "kube.conflict");
        assert_eq!(failure.what, format!("configmap `{}/a` has fields that belong to `helm`", site.space.name));
        assert_eq!(failure.causes[0], "`.data.k` belongs to `helm`");
        assert_eq!(site.seen("cm/a", "{.data.k}"), "theirs");
        site.cluster.apply(&manifests, &Apply { force: true, ..site.here() }).await.unwrap();
        assert_eq!(site.seen("cm/a", "{.data.k}"), "ours");
    });
}

#[test]
fn a_custom_kind_and_its_objects_come_in_one_call_in_any_order() {
    on("crd", async |site| {
        let group = format!("{}.example.com", site.space.name);
        let text = format!(
            "---\n{{apiVersion: {group}/v1, kind: Thing, metadata: {{name: t}}, spec: {{size: 3}}}}\n---\n\
             apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: things.{group}}}\n\
             spec:\n  group: {group}\n  scope: Namespaced\n  names: {{plural: things, kind: Thing}}\n  versions:\n  \
             - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, \
             properties: {{spec: {{type: object, properties: {{size: {{type: integer}}}}}}}}}}}}\n"
        );
        let manifests = Manifests::from_text(&text).unwrap();
        let diff = site.cluster.diff(&manifests, &site.here()).await.unwrap();
        assert!(diff.iter().all(|one| one.created && one.left.is_none()));
        let before = site.cluster.before_apply(&manifests, &site.here()).await.unwrap();
        assert!(before.iter().all(|one| one.get("existed") == Some(&Value::Bool(false))));
        assert_eq!(site.apply(&text).await, ["created", "created"]);
        assert_eq!(site.seen(&format!("things.{group}/t"), "{.spec.size}"), "3");
        site.plane.kubectl(&["delete", "crd", &format!("things.{group}")]).exits(0);
    });
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    on("diff", async |site| {
        site.apply(&web(1)).await;
        let wanted = web(2).replace("localhost/test:1", "localhost/test:2");
        let manifests = Manifests::from_text(&wanted).unwrap();
        let diff = site.cluster.diff(&manifests, &site.here()).await.unwrap();
        let places: Vec<String> = diff[0].changes.iter().map(|change| change.place()).collect();
        assert_eq!(places, ["spec.replicas", "spec.template.spec.containers[name=main].image"]);
        assert_eq!((&diff[0].changes[0].old, &diff[0].changes[0].new), (&Some(Value::Int(1)), &Some(Value::Int(2))));
        assert_eq!(site.seen("deploy/web", "{.spec.replicas}"), "1");
    });
}

#[test]
fn what_the_server_does_not_know_is_refused_and_what_went_before_is_said() {
    on("strict", async |site| {
        let odd = Manifests::from_text(&map("a", "1")).unwrap();
        let failure = site.cluster.apply(&odd, &site.here()).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), ("kube.invalid", false), "{failure:?}");
        let text = format!("---\n{}\n---\n{}", map("a", "one"), web(1).replace("replicas:", "replcas:"));
        let failure = site.cluster.apply(&Manifests::from_text(&text).unwrap(), &site.here()).await.unwrap_err();
        assert_eq!(failure.code, "kube.invalid", "{failure:?}");
        assert!(failure.causes.iter().any(|cause| cause.contains("replcas")), "{failure:?}");
        assert!(failure.causes.contains(&"applied before it: `configmap/a`".to_owned()), "{failure:?}");
    });
}

#[test]
fn a_change_is_put_back_and_a_creation_undone() {
    on("back", async |site| {
        let object = site.object("cm", "a");
        let here = site.here();
        let create =
            site.cluster.apply(&Manifests::from_text(&map("a", "one")).unwrap(), &here).await.unwrap().remove(0);
        let change =
            site.cluster.apply(&Manifests::from_text(&map("a", "two")).unwrap(), &here).await.unwrap().remove(0);
        // Another adds what is not ours: that stays.
        site.space.kubectl(&["label", "cm/a", "theirs=yes"]).exits(0);
        assert!(site.cluster.put_back(&change.before, change.left.as_ref()).await.unwrap());
        assert_eq!(
            (site.seen("cm/a", "{.data.k}"), site.seen("cm/a", "{.metadata.labels.theirs}")),
            ("one".into(), "yes".into())
        );
        assert!(!site.cluster.put_back(&change.before, change.left.as_ref()).await.unwrap(), "it is already back");
        // Someone has made it their own: it is not deleted under them.
        let failure = site.cluster.put_back(&create.before, create.left.as_ref()).await.unwrap_err();
        assert_eq!(failure.code, "kube.changed", "{failure:?}");
        assert!(site.cluster.exists(&object).await.unwrap());
    });
}

#[test]
fn what_another_changed_since_is_not_put_back() {
    on("trample", async |site| {
        site.apply(&map("a", "one")).await;
        let manifests = Manifests::from_text(&map("a", "two")).unwrap();
        let change = site.cluster.apply(&manifests, &site.here()).await.unwrap().remove(0);
        site.space.kubectl(&["patch", "cm/a", "-p", r#"{"data":{"k":"three"}}"#]).exits(0);
        let failure = site.cluster.put_back(&change.before, change.left.as_ref()).await.unwrap_err();
        assert_eq!(failure.code, "kube.changed");
        assert_eq!(failure.causes, ["`data.k` is no longer as it was left"]);
        assert_eq!(site.seen("cm/a", "{.data.k}"), "three");
    });
}

#[test]
fn what_a_secret_holds_is_never_kept() {
    on("secret", async |site| {
        let secret = |value: &str, label: &str| {
            format!(
                "{{apiVersion: v1, kind: Secret, metadata: {{name: s, labels: {{l: {label}}}}}, stringData: {{k: {value}}}}}"
            )
        };
        site.apply(&secret("hidden-one", "a")).await;
        let apply = async |text: String| {
            site.cluster.apply(&Manifests::from_text(&text).unwrap(), &site.here()).await.unwrap().remove(0)
        };
        let relabelled = apply(secret("hidden-one", "b")).await;
        assert!(site.cluster.put_back(&relabelled.before, relabelled.left.as_ref()).await.unwrap());
        assert_eq!(site.seen("secret/s", "{.metadata.labels.l}"), "a");
        let changed = apply(secret("hidden-two", "a")).await;
        // `hidden-` in base64.
        assert!(!format!("{relabelled:?}{changed:?}").contains("aGlkZGVu"), "{changed:?}");
        let failure = site.cluster.put_back(&changed.before, changed.left.as_ref()).await.unwrap_err();
        assert_eq!(failure.code, "kube.changed");
        assert!(failure.what.contains("was not kept"), "{failure:?}");
    });
}

#[test]
fn what_a_cut_off_change_left_is_only_taken_back_where_it_is_surely_ours() {
    on("unknown", async |site| {
        let one = Manifests::from_text(&map("a", "one")).unwrap();
        site.cluster.apply(&one, &site.here()).await.unwrap();
        let two = Manifests::from_text(&map("a", "two")).unwrap();
        let change = site.cluster.apply(&two, &site.here()).await.unwrap().remove(0);
        assert!(site.cluster.put_back(&change.before, Left::Unknown).await.unwrap(), "the server holds it to be ours");
        assert_eq!(site.seen("cm/a", "{.data.k}"), "one");
        assert!(!site.cluster.put_back(&change.before, Left::Unknown).await.unwrap(), "it is as it was");
        site.space.kubectl(&["patch", "cm", "a", "-p", "{\"data\":{\"k\":\"three\"}}"]).exits(0);
        let failure = site.cluster.put_back(&change.before, Left::Unknown).await.unwrap_err();
        assert!(failure.causes[0].ends_with("how the change left it is not known"), "{failure:?}");
        site.space.kubectl(&["delete", "cm", "a"]).exits(0);
        let create = site.cluster.apply(&one, &site.here()).await.unwrap().remove(0);
        assert!(site.cluster.put_back(&create.before, Left::Unknown).await.unwrap(), "nobody else has touched it");
        site.space.kubectl(&["create", "cm", "a"]).exits(0);
        let failure = site.cluster.put_back(&create.before, Left::Unknown).await.unwrap_err();
        assert_eq!(failure.code, "kube.changed");
        site.space.kubectl(&["get", "cm", "a"]).exits(0);
    });
}

#[test]
fn a_namespace_that_is_missing_is_what_is_said() {
    on("nowhere", async |site| {
        let manifests = Manifests::from_text(&map("a", "one")).unwrap();
        let there = Apply { namespace: Some("not-there".into()), ..Apply::default() };
        let failure = site.cluster.apply(&manifests, &there).await.unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.what.as_str()),
            ("kube.not_found", "namespace `not-there` is not there")
        );
    });
}

#[test]
fn an_answer_tells_who_the_object_is() {
    on("answer", async |site| {
        let applied = site.cluster.apply(&Manifests::from_text(&web(1)).unwrap(), &site.here()).await.unwrap();
        let value = applied[0].to_value();
        assert_eq!(text(&value, &["kind"]), "Deployment");
        assert_eq!(text(&value, &["namespace"]), site.space.name);
        assert_eq!(text(&value, &["uid"]), site.seen("deploy/web", "{.metadata.uid}"));
        assert_eq!(value.get("generation"), Some(&Value::Int(1)));
    });
}
