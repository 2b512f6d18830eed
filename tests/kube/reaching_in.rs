//! Commands in pods, their logs, and the lock that stands in the cluster.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbook_drivers::kube::{Claim, Exec, Executed, Logs, Wait};

use crate::kube::{Site, on};

async fn pod(site: &Site) {
    site.apply("{apiVersion: v1, kind: Pod, metadata: {name: one}, spec: {containers: [{name: main, image: 'localhost/test:1'}]}}").await;
    site.cluster.wait(&site.object("pod", "one"), &Wait::until_condition("Ready", "True")).await.unwrap();
}

fn sh(script: &str) -> Exec {
    Exec { command: ["sh", "-c", script].map(str::to_owned).into(), ..Exec::default() }
}

#[test]
fn a_command_gives_its_outputs_and_its_exit_code() {
    on("exec", async |site| {
        pod(&site).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = told.clone();
        let line = Arc::new(move |line: &str, is_error: bool| ear.lock().unwrap().push((line.to_owned(), is_error)));
        let exec = Exec { line: Some(line), ..sh("echo out; echo err >&2; exit 7") };
        let ended = site.cluster.exec(&site.space.name, "one", &exec).await.unwrap();
        assert_eq!(ended, Executed { code: 7, out: "out\n".into(), err: "err\n".into() });
        let mut told = told.lock().unwrap().clone();
        told.sort();
        assert_eq!(told, [("err".to_owned(), true), ("out".to_owned(), false)]);
        assert_eq!(site.cluster.exec(&site.space.name, "one", &sh("exit 0")).await.unwrap().code, 0);
        let long =
            site.cluster.exec(&site.space.name, "one", &sh("head -c 300000 /dev/zero | tr '\\0' x")).await.unwrap();
        assert_eq!(long.out.len(), 300_000);
        let fed = Exec { input: Some(b"fed".repeat(5000)), ..sh("wc -c") };
        assert_eq!(site.cluster.exec(&site.space.name, "one", &fed).await.unwrap().out.trim(), "15000");
        let failure = site.cluster.exec(&site.space.name, "nobody", &sh("true")).await.unwrap_err();
        assert_eq!(failure.code, "kube.not_found", "{failure:?}");
    });
}

#[test]
fn a_command_waits_for_a_container_that_is_about_to_run() {
    // The real control plane here has kubelets that mount nothing, and begin every container at once.
    if !crate::TWIN {
        return;
    }
    on("late", async |site| {
        site.apply(
            "{apiVersion: v1, kind: Pod, metadata: {name: one}, spec: {containers: [{name: main, image: 'localhost/test:1'}], \
             volumes: [{name: late, configMap: {name: late}}]}}",
        )
        .await;
        let scheduled = Wait::until_condition("PodScheduled", "True");
        site.cluster.wait(&site.object("pod", "one"), &scheduled).await.unwrap();
        let hasty = site.cluster.clone().with_patience(Duration::ZERO, None);
        let failure = hasty.exec(&site.space.name, "one", &sh("true")).await.unwrap_err();
        assert!(format!("{failure:?}").contains("container not found"), "{failure:?}");
        let (tell, told) = tokio::sync::oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let progress: runbook_drivers::kube::Progress = Arc::new(move |_: &str| {
            if let Some(tell) = tell.lock().unwrap().take() {
                tell.send(()).unwrap();
            }
        });
        let patient = site.cluster.clone().with_patience(Duration::from_secs(60), Some(progress));
        let script = sh("echo now");
        let (ended, ()) = tokio::join!(patient.exec(&site.space.name, "one", &script), async {
            told.await.expect("it says that it waits");
            site.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: late}}").await;
        });
        assert_eq!(ended.unwrap().out, "now\n");
    });
}

#[test]
fn a_log_is_read_whole_or_line_by_line() {
    on("logs", async |site| {
        pod(&site).await;
        let all = site.cluster.logs(&site.space.name, "one", &Logs::default()).await.unwrap();
        assert_eq!(all, site.space.kubectl(&["logs", "one"]).exits(0).out);
        assert!(!all.is_empty());
        let last = Logs { tail: Some(1), ..Logs::default() };
        assert_eq!(site.cluster.logs(&site.space.name, "one", &last).await.unwrap().lines().last(), all.lines().last());
        let failure = site.cluster.logs(&site.space.name, "nobody", &Logs::default()).await.unwrap_err();
        assert_eq!(failure.code, "kube.not_found");
    });
}

fn claim(holder: &str, now: &str) -> Claim {
    Claim { holder: holder.into(), now: now.into(), seconds: 60, ..Claim::default() }
}

#[test]
fn a_lock_has_one_holder_until_it_is_given_up_or_taken_over() {
    on("lease", async |site| {
        let (one, two) = (site.cluster.clone(), site.cluster.clone());
        let namespace = site.space.name.as_str();
        let (noon, later) = ("2026-11-21T12:00:00.000000Z", "2026-11-21T12:01:00.000000Z");
        let (for_a, for_b) = (claim("a", noon), claim("b", noon));
        let (a, b) =
            tokio::join!(one.acquire_lease(namespace, "move", &for_a), two.acquire_lease(namespace, "move", &for_b));
        let (won, lost) = match (a, b) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        assert_eq!(lost.code, "lock.held");
        assert_eq!(lost.what, format!("the lock `move` of the cluster is held by `{}`", won.holder));
        assert!(lost.causes[0].starts_with("since 2026-11-21T12:00:00"), "{lost:?}");
        assert_eq!(site.seen("lease/move", "{.spec.holderIdentity}"), won.holder);
        let renewed = one.renew_lease(&won, later).await.unwrap();
        assert_eq!((renewed.renewed.as_str(), renewed.since.as_str()), (later, noon));
        let over = Claim { take_over: true, ..claim("c", later) };
        let taken = one.acquire_lease(namespace, "move", &over).await.unwrap();
        assert_eq!(taken.epoch, 1);
        assert_eq!(one.renew_lease(&renewed, later).await.unwrap_err().code, "lock.held");
        one.release_lease(&renewed).await.unwrap();
        assert_eq!(site.seen("lease/move", "{.spec.holderIdentity}"), "c", "what is another's is not given up");
        one.release_lease(&taken).await.unwrap();
        let next = one.acquire_lease(namespace, "move", &claim("d", later)).await.unwrap();
        assert_eq!((next.holder.as_str(), next.epoch), ("d", 2));
        let stale = Claim { stale_before: Some("2026-11-21T13:00:00.000000Z".into()), ..claim("e", later) };
        assert_eq!(one.acquire_lease(namespace, "move", &stale).await.unwrap().holder, "e");
    });
}
