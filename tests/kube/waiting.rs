//! Waits: by one watch, through gaps and through an API that goes away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbook_drivers::kube::{Apply, Cluster, Manifests, Options, Ref, Select, Verdict, Wait};
use runbook_model::Value;

use crate::kube::{on, running, web};
use crate::plane::Plane;

fn data(key: &str) -> Wait {
    Wait::until_field(&format!("data.{key}"), Value::from("yes")).unwrap()
}

#[test]
fn many_waits_share_one_watch() {
    on("share", async |site| {
        let waits = (0..50).map(|n| {
            let (cluster, object) = (site.cluster.clone(), site.object("cm", &format!("m{n}")));
            tokio::spawn(async move { cluster.wait(&object, &data("k")).await })
        });
        let waits: Vec<_> = waits.collect();
        while site.cluster.watches() == 0 {
            tokio::task::yield_now().await;
        }
        let maps: String = (0..50)
            .map(|n| {
                format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: m{n}}}, data: {{k: 'yes'}}}}\n")
            })
            .collect();
        site.apply(&maps).await;
        for wait in waits {
            assert_eq!(wait.await.unwrap().unwrap().unwrap().get("data").unwrap().get("k"), Some(&Value::from("yes")));
        }
        assert_eq!(site.cluster.watches(), 0, "the watch ends with the last wait");
    });
}

#[test]
fn all_of_a_choice_are_waited_for() {
    on("all", async |site| {
        site.apply(&web(3)).await;
        let select = Select::of("pods").within(&site.space.name).labelled("app=web");
        let pods = site.cluster.wait_all(&select, &Wait::until_condition("Ready", "True"), 3).await.unwrap();
        assert_eq!(pods.len(), 3);
    });
}

#[test]
fn a_wait_that_is_too_long_says_what_it_last_saw() {
    on("late", async |site| {
        let wait = data("k").within(Duration::from_millis(300));
        let failure = site.cluster.wait(&site.object("cm", "a"), &wait).await.unwrap_err();
        assert_eq!(failure.code, "wait.timeout");
        assert_eq!(failure.causes, ["it is not there"]);
        let bad = Wait::until("odd", |_| Verdict::Never(Box::new(runbook_model::Failure::new("x.y", "never"))));
        assert_eq!(site.cluster.wait(&site.object("cm", "a"), &bad).await.unwrap_err().code, "x.y");
    });
}

#[test]
fn a_wait_outlasts_an_api_that_goes_away() {
    let Some(plane) = Plane::own(0) else { return };
    running(async {
        let options = Options { kubeconfig: Some(plane.file("kubeconfig").into()), ..Options::default() };
        let cluster = Cluster::connect(options).await.unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = told.clone();
        let wait = data("k").telling(Arc::new(move |line: &str| ear.lock().unwrap().push(line.to_owned())));
        let object = Ref::new("cm", "default", "a");
        let (waiter, wanted) = (cluster.clone(), object.clone());
        let waiting = tokio::spawn(async move { waiter.wait(&wanted, &wait).await });
        let heard = |part: &'static str| {
            let told = told.clone();
            async move {
                while !told.lock().unwrap().iter().any(|line| line.contains(part)) {
                    tokio::task::yield_now().await;
                }
            }
        };
        heard("it is not there").await;
        plane.obey("kill kube-apiserver");
        heard("cannot be reached").await;
        let failure = cluster.get(&object).await.unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.retryable, failure.may_have_acted),
            ("kube.unreachable", true, false)
        );
        plane.obey("start kube-apiserver");
        let patient = cluster.with_patience(Duration::from_secs(60), None);
        patient.uid().await.unwrap();
        let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: 'yes'}}";
        patient.apply(&Manifests::from_text(map).unwrap(), &Apply::default()).await.unwrap();
        assert!(waiting.await.unwrap().unwrap().is_some());
    });
}
