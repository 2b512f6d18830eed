//! What must be true of worlds.

use super::*;
use crate::json::{Value, json};

fn world() -> World {
    let mut world = World::new(7, Moment::seconds(1_700_000_000));
    world.create("namespaces", Object::new(json!({"metadata": {"name": "default"}}))).unwrap();
    world
}

fn pod(name: &str, node: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 30},
    }))
}

#[test]
fn the_same_seed_and_the_same_calls_give_the_same_world() {
    let made = |mut world: World| {
        let object = Object::new(json!({"metadata": {"generateName": "a-", "namespace": "default"}}));
        world.create("configmaps", object).unwrap().whole()
    };
    assert_eq!(made(world()), made(world()));
}

#[test]
fn a_copy_goes_its_own_way() {
    let first = world();
    let mut second = first.clone();
    second.create("pods", pod("a", "n1")).unwrap();
    assert_eq!((first.count("pods"), second.count("pods")), (0, 1));
}

#[test]
fn an_update_of_what_was_written_since_is_a_conflict_in_the_servers_words() {
    let mut world = world();
    let first = world.create("pods", pod("a", "n1")).unwrap();
    world.change(&Key::new("pods", "default", "a"), |pod| pod.set_label("x", "y")).unwrap();
    let refusal = world.update("pods", (*first).clone(), Part::Main).unwrap_err();
    assert_eq!(
        refusal.message,
        "Operation cannot be fulfilled on pods \"a\": the object has been modified; \
         please apply your changes to the latest version and try again"
    );
}

#[test]
fn what_does_not_change_is_not_written() {
    let mut world = world();
    world.create("pods", pod("a", "n1")).unwrap();
    let before = world.revision();
    world.change(&Key::new("pods", "default", "a"), |pod| pod.set_label("app", "web")).unwrap();
    assert_eq!(world.revision(), before);
}

#[test]
fn the_generation_counts_what_is_wanted_and_not_the_status() {
    let mut world = world();
    let key = Key::new("deployments.apps", "default", "web");
    let object = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": 1}});
    world.create("deployments.apps", Object::new(object)).unwrap();
    assert_eq!(world.change(&key, |it| it["status"]["replicas"] = 1.into()).unwrap().generation(), 1);
    assert_eq!(world.change(&key, |it| it["spec"]["replicas"] = 2.into()).unwrap().generation(), 2);
}

#[test]
fn a_running_pod_goes_with_grace_and_a_second_deletion_may_only_shorten_it() {
    let mut world = world();
    world.create("pods", pod("a", "n1")).unwrap();
    let key = Key::new("pods", "default", "a");
    let Deleted::Going(going) = world.delete(&key, &Deletion::default()).unwrap() else { panic!("gone at once") };
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 30);
    world.delete(&key, &Deletion { grace: Some(60), ..Deletion::default() }).unwrap();
    assert_eq!(world.at(&key).unwrap()["metadata"]["deletionGracePeriodSeconds"], 30);
    let last = world.delete(&key, &Deletion { grace: Some(0), ..Deletion::default() }).unwrap();
    assert!(matches!(last, Deleted::Gone(_)));
}

#[test]
fn a_finalizer_holds_an_object_until_it_is_taken_away() {
    let mut world = world();
    let key = Key::new("configmaps", "default", "c");
    let object = json!({"metadata": {"name": "c", "namespace": "default", "finalizers": ["x/y"]}});
    world.create("configmaps", Object::new(object)).unwrap();
    assert!(matches!(world.delete(&key, &Deletion::default()).unwrap(), Deleted::Going(_)));
    world.change(&key, |it| it["metadata"]["finalizers"] = json!([])).unwrap();
    assert!(world.at(&key).is_none());
}

#[test]
fn the_past_is_rebuilt_from_the_history() {
    let mut world = world();
    world.create("pods", pod("a", "n1")).unwrap();
    let then = world.revision();
    world.create("pods", pod("b", "n1")).unwrap();
    world.remove(&Key::new("pods", "default", "a"));
    let names = |world: &World, revision, from| {
        let past = world.past("pods", "default", revision, from);
        past.map(|past| past.map(|(_, pod)| pod.name().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(names(&world, Some(then), "").unwrap(), ["a"]);
    assert_eq!(names(&world, None, "").unwrap(), ["b"]);
    assert!(names(&world, Some(then), "default/b").unwrap().is_empty());
    assert!(names(&world, None, "other/a").unwrap().is_empty());
    world.history.forget(then + 1);
    assert!(names(&world, Some(then), "").is_none());
}

#[test]
fn pods_are_found_by_node_and_dependents_by_owner() {
    let mut world = world();
    let owner = world.create("pods", pod("a", "n1")).unwrap();
    let mut owned = pod("b", "n2");
    owned["metadata"]["ownerReferences"] = json!([owner.as_controller()]);
    world.create("pods", owned).unwrap();
    assert_eq!(world.on_node("n2").map(|pod| pod.name()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(world.owned(owner.uid()).map(|(key, _)| key.name()).collect::<Vec<_>>(), ["b"]);
    world.remove(&Key::new("pods", "default", "b"));
    assert_eq!(world.owned(owner.uid()).count(), 0);
}

#[test]
fn an_object_is_the_same_again_after_it_was_packed_and_unpacked() {
    let value = json!({
        "apiVersion": "v1", "kind": "X", "data": {"a": 1.0, "b": -0.0}, "spec": {"c": [1, "d"]}, "type": "t",
        "metadata": {"name": "x \"y\"", "resourceVersion": "7", "managedFields": [{"manager": "m"}]},
    });
    let mut object = Object::new(value.clone());
    let copy = object.clone();
    object.pack();
    assert!(!object.is_open() && copy.is_open(), "who shares it keeps it open");
    let mut bytes = Vec::new();
    object.put(&mut bytes, true);
    assert!(bytes.starts_with(br#"{"kind":"X","apiVersion":"v1","metadata":{"#), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(crate::json::from_slice::<Value>(&bytes).unwrap(), value);
    assert!(object.is_of("v1") && !object.is_of("v2") && object.may_say("m") && !object.is_open());
    bytes.clear();
    object.put(&mut bytes, false);
    let bare: Value = crate::json::from_slice(&bytes).unwrap();
    assert_eq!((&bare["kind"], &bare["apiVersion"], &bare["data"]), (&Value::Null, &Value::Null, &value["data"]));
    assert_eq!((&object, object.whole()), (&copy, value));
    object["spec"]["c"] = 2.into();
    assert_eq!((copy["spec"]["c"][0].as_i64(), object["spec"]["c"].as_i64()), (Some(1), Some(2)));
    assert!(object.shares(&copy, "metadata") && !object.shares(&copy, "spec"));
}

#[test]
fn the_managers_are_kept_as_text_and_written_in_their_place() {
    let managed = json!([{"manager": "m", "operation": "Update"}]);
    let object = Object::new(json!({"metadata": {"name": "a", "managedFields": managed}}));
    let written: Value = crate::json::from_str(&crate::json::to_string(&object).unwrap()).unwrap();
    assert_eq!(written, object.whole());
    assert_eq!(written["metadata"]["managedFields"], managed);
    assert_eq!(object.plain()["metadata"]["managedFields"], Value::Null);
}

#[test]
fn nothing_is_created_in_a_namespace_that_is_ending_or_missing() {
    let mut world = world();
    let key = Key::new("namespaces", "", "default");
    world.change(&key, |it| it["spec"]["finalizers"] = json!(["kubernetes"])).unwrap();
    world.delete(&key, &Deletion::default()).unwrap();
    let refusal = world.create("pods", pod("a", "")).unwrap_err();
    assert_eq!(
        refusal.message,
        "pods \"a\" is forbidden: unable to create new content in namespace default because it is being terminated"
    );
    let mut elsewhere = pod("a", "");
    elsewhere["metadata"]["namespace"] = "nowhere".into();
    assert_eq!(world.create("pods", elsewhere).unwrap_err().message, "namespaces \"nowhere\" not found");
}

#[test]
fn pods_without_a_node_are_found_and_what_those_of_a_node_ask_for_is_known() {
    let mut world = world();
    let asking = |name: &str, node: &str| {
        let mut pod = pod(name, node);
        pod["spec"]["containers"] = json!([{"resources": {"requests": {"cpu": "250m"}}}]);
        pod
    };
    world.create("pods", asking("a", "")).unwrap();
    assert_eq!(world.on_node("").map(|pod| pod.name()).collect::<Vec<_>>(), ["a"]);
    world.change(&Key::new("pods", "default", "a"), |pod| pod["spec"]["nodeName"] = "n1".into()).unwrap();
    world.create("pods", asking("b", "n1")).unwrap();
    assert_eq!((world.load("n1").cpu, world.load("n1").pods), (500, 2));
    world.change(&Key::new("pods", "default", "a"), |pod| pod["status"]["phase"] = "Succeeded".into()).unwrap();
    world.remove(&Key::new("pods", "default", "b"));
    assert_eq!((world.load("n1").cpu, world.load("n1").pods), (0, 0));
    assert_eq!(world.on_node("").count(), 0);
}

#[test]
fn who_watches_one_kind_loses_nothing_because_of_another() {
    let mut world = world();
    let then = world.revision();
    world.create("pods", pod("a", "n1")).unwrap();
    let map = |number: usize| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("m{number}"), "namespace": "default"}});
    for number in 0..5000 {
        world.create("configmaps", Object::new(map(number))).unwrap();
    }
    assert_eq!(world.history().since("pods", then).unwrap().count(), 1);
    assert!(world.history().since("configmaps", then).is_none());
}

#[test]
fn a_crowd_at_rest_is_packed_and_reads_as_before() {
    let mut world = world();
    let name = |number: usize| format!("m{number}");
    for number in 0..6000 {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name(number), "namespace": "default"}});
        world.create("configmaps", Object::new(map)).unwrap();
    }
    // What laws have not heard of yet is held open by the news of it.
    world.settle(1_000_000);
    let copy: Vec<crate::json::Value> = world.list("configmaps", "").map(|map| map.whole()).collect();
    while world.rest(100) {}
    let open = world.list("configmaps", "").filter(|map| map.is_open()).count();
    assert_eq!(open, 0, "all are packed when nothing is left to do");
    assert!(world.list("configmaps", "").map(|map| map.whole()).eq(copy));
    let key = Key::new("configmaps", "default", "m1");
    world.change(&key, |map| map["data"] = json!({"a": "b"})).unwrap();
    assert_eq!(world.at(&key).unwrap()["data"]["a"], "b");
}
