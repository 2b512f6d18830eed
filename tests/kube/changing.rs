//! Labels, taints, cordons, scale, restarts, deletion; each twice, each put back.

use std::collections::BTreeMap;

use runbook_drivers::kube::{Delete, Form, Left, Ref, Wait};
use runbook_model::Value;

use crate::kube::{on, web};

fn marks(key: &str, value: Option<&str>) -> BTreeMap<String, Option<String>> {
    BTreeMap::from([(key.to_owned(), value.map(str::to_owned))])
}

const MAP: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}";

#[test]
fn a_label_is_given_once_and_taken_back() {
    on("label", async |site| {
        site.apply(MAP).await;
        let object = site.object("cm", "a");
        let given = site.cluster.label(&object, &marks("x/y", Some("1"))).await.unwrap();
        assert_eq!((given.word(), site.seen("cm/a", r"{.metadata.labels.x/y}").as_str()), ("changed", "1"));
        assert_eq!(site.cluster.label(&object, &marks("x/y", Some("1"))).await.unwrap().word(), "unchanged");
        assert!(site.cluster.put_back(&given.before, given.left.as_ref()).await.unwrap());
        assert_eq!(site.seen("cm/a", "{.metadata.labels}"), "");
        assert_eq!(site.cluster.label(&object, &marks("x/y", None)).await.unwrap().word(), "unchanged");
        site.cluster.annotate(&object, &marks("note", Some("n"))).await.unwrap();
        assert_eq!(site.seen("cm/a", "{.metadata.annotations.note}"), "n");
    });
}

#[test]
fn a_node_is_tainted_and_cordoned_and_what_was_so_before_stays_so() {
    on("node", async |site| {
        let node = "n3";
        let see =
            |path: &str| site.plane.kubectl(&["get", "node", node, "-o", &format!("jsonpath={path}")]).exits(0).out;
        let tainted = site.cluster.taint(node, "test/t", "v", "PreferNoSchedule").await.unwrap();
        assert_eq!((tainted.word(), see("{.spec.taints[*].key}").as_str()), ("changed", "test/t"));
        assert_eq!(site.cluster.taint(node, "test/t", "v", "PreferNoSchedule").await.unwrap().word(), "unchanged");
        site.cluster.put_back(&tainted.before, tainted.left.as_ref()).await.unwrap();
        assert_eq!(see("{.spec.taints}"), "");
        assert_eq!(site.cluster.untaint(node, "test/t", None).await.unwrap().word(), "unchanged");

        let first = site.cluster.cordon(node).await.unwrap();
        let second = site.cluster.cordon(node).await.unwrap();
        assert_eq!(
            (first.word(), second.word(), see("{.spec.unschedulable}").as_str()),
            ("changed", "unchanged", "true")
        );
        assert!(!site.cluster.put_back(&second.before, second.left.as_ref()).await.unwrap());
        assert_eq!(see("{.spec.unschedulable}"), "true");
        // The node's controller has added its own taint meanwhile; what we changed is ours to put back.
        assert!(site.cluster.put_back(&first.before, first.left.as_ref()).await.unwrap());
        assert_eq!(see("{.spec.unschedulable}"), "");
    });
}

#[test]
fn work_is_scaled_and_restarted_once_for_each_stamp() {
    on("scale", async |site| {
        site.apply(&web(1)).await;
        let object = site.object("deploy", "web");
        let rolled = Wait::until_rolled_out();
        site.cluster.wait(&object, &rolled).await.unwrap();
        assert_eq!(site.cluster.scale(&object, 3).await.unwrap().word(), "changed");
        assert_eq!(site.cluster.scale(&object, 3).await.unwrap().word(), "unchanged");
        site.cluster.wait(&object, &rolled).await.unwrap();
        assert_eq!(site.seen("deploy/web", "{.status.readyReplicas}"), "3");
        assert_eq!(site.cluster.rollout_restart(&object, "s1").await.unwrap().word(), "changed");
        assert_eq!(site.cluster.rollout_restart(&object, "s1").await.unwrap().word(), "unchanged");
        assert_eq!(site.cluster.restarted_at(&object).await.unwrap().as_deref(), Some("s1"));
        site.cluster.wait(&object, &rolled).await.unwrap();
        site.space
            .kubectl(&["rollout", "status", "deploy/web", "--watch=false"])
            .exits(0)
            .says("successfully rolled out");
    });
}

#[test]
fn every_form_of_patch_is_spoken() {
    on("patch", async |site| {
        site.apply(&web(1)).await;
        let object = site.object("deploy", "web");
        let merge = Value::from([("spec", Value::from([("paused", Value::Bool(true))]))]);
        assert_eq!(site.cluster.patch(&object, Form::Merge, "", &merge).await.unwrap().changes.len(), 1);
        let failure = site.cluster.rollout_restart(&object, "x").await.unwrap_err();
        assert!(failure.what.contains("is paused"), "{failure:?}");
        let op = Value::from([("op", Value::from("remove")), ("path", Value::from("/spec/paused"))]);
        site.cluster.patch(&object, Form::Json, "", &Value::List(vec![op])).await.unwrap();
        let container = Value::from([("name", Value::from("side")), ("image", Value::from("localhost/test:1"))]);
        let spec = Value::from([("containers", Value::List(vec![container]))]);
        let template = Value::from([("template", Value::from([("spec", spec)]))]);
        site.cluster.patch(&object, Form::Strategic, "", &Value::from([("spec", template)])).await.unwrap();
        assert_eq!(site.seen("deploy/web", "{.spec.template.spec.containers[*].name}"), "side main");
    });
}

#[test]
fn a_deleted_object_is_gone_and_can_be_made_again() {
    on("delete", async |site| {
        site.apply(MAP).await;
        let object = site.object("cm", "a");
        let wrong = Delete { uid: Some("another".into()), ..Delete::default() };
        assert!(site.cluster.delete(&object, &wrong).await.unwrap().already);
        assert!(site.cluster.exists(&object).await.unwrap());
        let waiting = Delete { wait: Some(Wait::until_there()), ..Delete::default() };
        let deleted = site.cluster.delete(&object, &waiting).await.unwrap();
        assert!(!deleted.already && !site.cluster.exists(&object).await.unwrap());
        assert!(site.cluster.delete(&object, &waiting).await.unwrap().already);
        assert!(site.cluster.put_back(&deleted.before, Left::Gone).await.unwrap());
        assert_eq!(site.seen("cm/a", "{.data.k}"), "v");
        assert!(!site.cluster.put_back(&deleted.before, Left::Gone).await.unwrap());
    });
}

#[test]
fn an_object_that_is_held_says_by_what() {
    on("held", async |site| {
        site.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, finalizers: [example.com/hold]}}").await;
        let brief = Wait::until_there().within(std::time::Duration::from_millis(500));
        let how = Delete { wait: Some(brief), ..Delete::default() };
        let failure = site.cluster.delete(&site.object("cm", "a"), &how).await.unwrap_err();
        assert_eq!(failure.code, "wait.timeout");
        assert_eq!(failure.causes, ["it is deleted, and held by `example.com/hold`"]);
        site.space.kubectl(&["patch", "cm/a", "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#]).exits(0);
        let gone = site.cluster.wait(&Ref::new("cm", &site.space.name, "a"), &Wait::until_gone(None)).await.unwrap();
        assert_eq!(gone, None);
    });
}
