//! Daemon sets, stateful sets, jobs, services and budgets in small clusters.

use super::*;

fn set(kind: &str, more: Value) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": {"app": "s"}}, "template": template("s", "nginx:1"), "revisionHistoryLimit": 10,
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "s", "namespace": "default"}, "spec": spec})
}

fn image(world: &mut World, kind: &str, image: &str) {
    world
        .change(&key(kind, "s"), |it| it["spec"]["template"]["spec"]["containers"][0]["image"] = image.into())
        .unwrap();
}

#[test]
fn a_daemon_is_on_every_node_and_replaced_one_by_one() {
    let mut world = cluster(3);
    world.change(&Key::new("nodes", "", "n3"), |node| node["spec"]["unschedulable"] = true.into()).unwrap();
    let rolling =
        json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}});
    make(&mut world, "daemonsets.apps", set("DaemonSet", rolling));
    quiet(&mut world);
    let status = world.get("daemonsets.apps", "default", "s").unwrap()["status"].clone();
    assert_eq!((&status["numberAvailable"], &status["updatedNumberScheduled"]), (&json!(3), &json!(3)), "{status}");
    image(&mut world, "daemonsets.apps", "nginx:2");
    quiet(&mut world);
    let status = world.get("daemonsets.apps", "default", "s").unwrap()["status"].clone();
    assert_eq!((&status["numberAvailable"], &status["updatedNumberScheduled"]), (&json!(3), &json!(3)), "{status}");
    assert!(world.list("pods", "").all(|pod| pod["spec"]["containers"][0]["image"] == "nginx:2"));
    make(&mut world, "nodes", node(4));
    quiet(&mut world);
    assert_eq!(world.count("pods"), 4);
    assert_eq!(world.count("controllerrevisions.apps"), 2);
}

#[test]
fn a_daemon_that_goes_on_delete_waits_for_its_pods_to_be_deleted() {
    let mut world = cluster(1);
    make(&mut world, "daemonsets.apps", set("DaemonSet", json!({"updateStrategy": {"type": "OnDelete"}})));
    quiet(&mut world);
    image(&mut world, "daemonsets.apps", "nginx:2");
    quiet(&mut world);
    let pod = world.list("pods", "").next().unwrap().clone();
    assert_eq!(pod["spec"]["containers"][0]["image"], "nginx:1");
    world.delete(&key("pods", pod.name()), &crate::world::Deletion::default()).unwrap();
    quiet(&mut world);
    assert_eq!(world.list("pods", "").next().unwrap()["spec"]["containers"][0]["image"], "nginx:2");
}

#[test]
fn a_daemon_with_surge_begins_before_it_ends() {
    let mut world = cluster(2);
    let rolling =
        json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}});
    make(&mut world, "daemonsets.apps", set("DaemonSet", rolling));
    quiet(&mut world);
    image(&mut world, "daemonsets.apps", "nginx:2");
    quiet(&mut world);
    assert_eq!(world.count("pods"), 2);
    assert!(world.list("pods", "").all(|pod| pod["spec"]["containers"][0]["image"] == "nginx:2"));
}

#[test]
fn a_stateful_set_is_made_in_order_and_updated_from_its_end() {
    let mut world = cluster(2);
    let more = json!({"replicas": 3, "serviceName": "s", "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}});
    make(&mut world, "statefulsets.apps", set("StatefulSet", more));
    quiet(&mut world);
    let names: Vec<String> = world.list("pods", "").map(|pod| pod.name().to_owned()).collect();
    assert_eq!(names, ["s-0", "s-1", "s-2"]);
    assert_eq!(
        told(&world, "s"),
        [
            "create Pod s-0 in StatefulSet s successful",
            "create Pod s-1 in StatefulSet s successful",
            "create Pod s-2 in StatefulSet s successful",
        ]
    );
    image(&mut world, "statefulsets.apps", "nginx:2");
    quiet(&mut world);
    let images: Vec<Value> = world.list("pods", "").map(|pod| pod["spec"]["containers"][0]["image"].clone()).collect();
    assert_eq!(images, ["nginx:1", "nginx:2", "nginx:2"]);
    world.change(&key("statefulsets.apps", "s"), |it| it["spec"]["replicas"] = 1.into()).unwrap();
    quiet(&mut world);
    assert_eq!(world.count("pods"), 1);
}

fn job(more: Value, annotations: Value) -> Value {
    let mut template = template("j", "tool:1");
    template["spec"]["restartPolicy"] = "Never".into();
    template["metadata"]["annotations"] = annotations;
    let mut spec = json!({"template": template});
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"}, "spec": spec})
}

#[test]
fn time_does_not_run_away_from_a_job_whose_pods_are_refused_nor_from_one_that_is_kept_for_a_while() {
    let mut world = cluster(1);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"},
        "spec": {"hard": {"pods": "0"}}});
    make(&mut world, "resourcequotas", quota);
    quiet(&mut world);
    make(&mut world, "jobs.batch", job(json!({}), json!({})));
    let begun = world.now();
    let day = begun.plus_seconds(86_400);
    assert_eq!(world.run(day, 1_000_000), Settled::Quiet);
    let passed = world.now().seconds_since(begun);
    assert!((60..1200).contains(&passed), "it is tried again for a while: {passed}");
    world.remove(&key("resourcequotas", "q"));
    world.remove(&key("jobs.batch", "j"));
    make(&mut world, "jobs.batch", job(json!({"ttlSecondsAfterFinished": 3600}), json!({})));
    let until = world.now().plus_seconds(86_400);
    assert_eq!(world.run(until, 1_000_000), Settled::Quiet);
    let left = world.get("jobs.batch", "default", "j").expect("whoever reads its log a moment later finds it");
    assert_eq!(left["status"]["succeeded"], 1);
    pass(&mut world, 3700);
    assert!(world.get("jobs.batch", "default", "j").is_none());
}

#[test]
fn a_job_ends_when_enough_of_its_pods_have() {
    let mut world = cluster(1);
    make(&mut world, "jobs.batch", job(json!({"completions": 3, "parallelism": 2}), json!({})));
    quiet(&mut world);
    let it = world.get("jobs.batch", "default", "j").unwrap();
    assert_eq!(it["status"]["succeeded"], 3);
    assert_eq!(it.condition("Complete"), Some("True"));
    assert!(
        world.list("pods", "").all(|pod| pod.finalizers().next().is_none() && pod["status"]["phase"] == "Succeeded")
    );
}

#[test]
fn a_job_gives_up_after_so_many_failures() {
    let mut world = cluster(1);
    make(&mut world, "jobs.batch", job(json!({"backoffLimit": 2}), json!({"plane.test/result": "fail"})));
    quiet(&mut world);
    let it = world.get("jobs.batch", "default", "j").unwrap();
    assert_eq!(it["status"]["failed"], 3);
    let last = it["status"]["conditions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["type"], &last["reason"]), (&json!("Failed"), &json!("BackoffLimitExceeded")));
}

#[test]
fn a_cron_job_makes_a_job_at_its_time_and_keeps_three() {
    let mut world = cluster(1);
    let spec = job(json!({}), json!({}))["spec"].clone();
    make(
        &mut world,
        "cronjobs.batch",
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "default"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": spec}},
        }),
    );
    for _ in 0..6 {
        pass(&mut world, 60);
    }
    pass(&mut world, 20);
    assert_eq!(world.count("jobs.batch"), 3);
    assert!(world.get("cronjobs.batch", "default", "c").unwrap()["status"]["active"].is_null());
}

#[test]
fn a_service_has_the_ready_pods_behind_it_and_a_budget_counts_them() {
    let mut world = cluster(2);
    make(
        &mut world,
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"selector": {"app": "web"}, "clusterIP": "10.43.0.9", "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]},
        }),
    );
    make(
        &mut world,
        "poddisruptionbudgets.policy",
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"maxUnavailable": "50%", "selector": {"matchLabels": {"app": "web"}}},
        }),
    );
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
    quiet(&mut world);
    let subsets = world.get("endpoints", "default", "web").unwrap()["subsets"].clone();
    assert_eq!(subsets[0]["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(subsets[0]["ports"][0]["port"], 8080);
    let slice = world.list("endpointslices.discovery.k8s.io", "default").next().unwrap();
    assert_eq!(slice["endpoints"].as_array().unwrap().len(), 2);
    assert_eq!(world.count("endpointslices.discovery.k8s.io"), 1);
    let status = world.get("poddisruptionbudgets.policy", "default", "web").unwrap()["status"].clone();
    assert_eq!((&status["expectedPods"], &status["disruptionsAllowed"]), (&json!(2), &json!(1)), "{status}");
    world.change(&key("deployments.apps", "web"), |it| it["spec"]["replicas"] = 0.into()).unwrap();
    quiet(&mut world);
    assert!(world.get("endpoints", "default", "web").unwrap()["subsets"].is_null());
    assert_eq!(world.count("endpointslices.discovery.k8s.io"), 1);
}
