//! The lock of a cluster: two engines that share nothing but the cluster exclude each other.

use std::fs::{self, File};
use std::process::{Child, Stdio};

use crate::place::{Ended, Place};
use crate::plane::Plane;

/// Holds the lock LOCK until somebody writes to the pipe `gate`; `before` and `after` are steps around that.
const RUNBOOK: &str = r#"
//! # Hold a lock
//!
//! ```toml
//! name = "hold"
//! lock = "LOCK"
//! [needs]
//! kube = ["read *"]
//! local = ["run *"]
//! ```
step("before", || 1);
step("hold", #{ retry: 1 }, || local::run("cd ../../..; echo held > held; read line < gate"));
step("after", || local::run("cd ../../..; echo after > after"));
"#;

/// A laptop: a store of its own, and a runbook with this lock.
fn laptop(lock: &str, plane: &Plane) -> Place {
    let mut place = Place::new();
    fs::write(place.path("main.rhai"), RUNBOOK.trim_start().replace("LOCK", lock)).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, place.path("gate"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    place.set("KUBECONFIG", plane.file("kubeconfig"));
    place
}

/// A run that holds its lock.
struct Holding<'p> {
    place: &'p Place,
    child: Child,
}

impl<'p> Holding<'p> {
    fn begin(place: &'p Place, words: &[&str]) -> Self {
        let err = File::create(place.path("err")).unwrap();
        let child = place.program(words).stdout(Stdio::null()).stderr(err).spawn().unwrap();
        place.until("the lock is held", || place.path("held").exists());
        Self { place, child }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.place.path("err")).unwrap()
    }

    /// Lets it go on, to its end.
    fn end(mut self) -> Ended {
        fs::write(self.place.path("gate"), "on\n").unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, out: String::new(), err: self.said() }
    }
}

fn holder(plane: &Plane, lock: &str) -> String {
    let path = ["-o", "jsonpath={.spec.holderIdentity}"];
    let name = format!("lease/runbook-{lock}");
    plane.kubectl(&[&["-n", "kube-system", "get", &name][..], &path].concat()).out
}

fn run_of(place: &Place) -> String {
    let runs = place.call(&["runs", "--output", "json"]).exits(0);
    let row: serde_json::Value = serde_json::from_str(runs.out.lines().next().unwrap()).unwrap();
    row["run"].as_str().unwrap().to_owned()
}

#[test]
fn two_engines_with_two_stores_exclude_each_other() {
    let Some(plane) = Plane::get() else { return };
    let (ann, ben) = (laptop("both", plane), laptop("both", plane));
    let first = Holding::begin(&ann, &["run", "main.rhai"]);
    let run = run_of(&ann);
    assert!(holder(plane, "both").ends_with(&format!(", run {run}")), "{}", holder(plane, "both"));
    let refused = ben.run(&[]).exits(7).says("lock.held").says(&format!("held by run `{run}`")).says("since 20");
    assert!(!refused.err.contains("panicked"));
    assert_eq!(ben.call(&["runs"]).exits(0).out.lines().filter(|line| line.contains("hold")).count(), 0);
    first.end().exits(0);
    assert_eq!(holder(plane, "both"), "", "it is given up at the end");
    Holding::begin(&ben, &["run", "main.rhai"]).end().exits(0);
}

#[test]
fn a_run_that_was_killed_keeps_its_lock_until_it_goes_on_or_somebody_takes_it() {
    let Some(plane) = Plane::get() else { return };
    let (ann, ben) = (laptop("killed", plane), laptop("killed", plane));
    assert_ne!(ann.run(&["--die-after", "2"]).code, Some(0));
    ben.run(&[]).exits(7).says("--take-over");
    let second = Holding::begin(&ben, &["run", "main.rhai", "--take-over"]);
    ann.resume(&[]).exits(7).says("lock.held").says(&run_of(&ben));
    second.end().exits(0);
    Holding::begin(&ann, &["run", "main.rhai", "--resume"]).end().exits(0);
    assert_eq!(holder(plane, "killed"), "");
}

#[test]
fn a_run_whose_lock_is_taken_stops_at_a_safe_point_and_says_so() {
    let Some(plane) = Plane::get() else { return };
    let (ann, ben) = (laptop("taken", plane), laptop("taken", plane));
    let first = Holding::begin(&ann, &["run", "main.rhai"]);
    let second = Holding::begin(&ben, &["run", "main.rhai", "--take-over"]);
    let lease = ["-n", "kube-system", "get", "lease/runbook-taken", "-o", "jsonpath={.spec.renewTime}"];
    let taken = plane.kubectl(&lease).out;
    // A renewal of the second says that as much time has passed for the first to notice.
    ann.until("the lock is renewed twice", || plane.kubectl(&lease).out > taken);
    let again = plane.kubectl(&lease).out;
    ann.until("the lock is renewed twice", || plane.kubectl(&lease).out > again);
    first.end().exits(7).says("lock `taken` of the cluster was taken by another").says(&run_of(&ben));
    assert!(!ann.path("after").exists(), "nothing new begins");
    ann.resume(&[]).exits(7);
    ann.call(&["stop", "last", "--abandon"]).exits(0);
    assert!(holder(plane, "taken").ends_with(&run_of(&ben)), "the lock of another is not given up with ours");
    second.end().exits(0);
}

#[test]
fn a_run_that_is_undone_or_given_up_frees_its_lock_and_one_that_failed_keeps_it() {
    let Some(plane) = Plane::get() else { return };
    let ann = laptop("ended", plane);
    fs::write(ann.path("main.rhai"), RUNBOOK.trim_start().replace("LOCK", "ended").replace("|| 1", "|| fail(\"no\")"))
        .unwrap();
    for way in [&["undo", "last"][..], &["stop", "last", "--abandon"]] {
        ann.run(&[]).exits(1);
        assert!(holder(plane, "ended").ends_with(&run_of(&ann)), "it failed, and is not over");
        ann.call(way).exits(0);
        assert_eq!(holder(plane, "ended"), "", "after {way:?}");
    }
}

#[test]
fn an_api_that_goes_away_stops_no_run_that_holds_its_lock() {
    let Some(plane) = Plane::own(1) else { return };
    let (ann, ben, eve) = (laptop("away", &plane), laptop("away", &plane), laptop("other", &plane));
    assert_ne!(eve.run(&["--die-after", "2"]).code, Some(0));
    let first = Holding::begin(&ann, &["run", "main.rhai"]);
    plane.obey("kill kube-apiserver");
    ann.until("the run says that the API is away", || first.said().contains("cannot be renewed"));
    ben.run(&[]).says("kube.unreachable");
    assert!(!ben.state().exists(), "nothing is begun");
    let other = Holding::begin(&eve, &["run", "main.rhai", "--resume"]);
    plane.obey("start kube-apiserver");
    ann.until("the run says that the API is back", || first.said().contains("is reached again"));
    eve.until("the resumed one checks its lock", || other.said().contains("is reached again"));
    let ended = first.end().exits(0);
    assert_eq!(ended.err.matches("cannot be renewed").count(), 1, "{}", ended.err);
    assert_eq!(ended.err.matches("is reached again").count(), 1, "{}", ended.err);
    other.end().exits(0).says("cannot be checked");
    let warned = ann.records().into_iter().filter(|record| matches!(record.body, runbook_model::Body::Said(_))).count();
    assert_eq!(warned, 2, "what was told is kept");
    assert_eq!([holder(&plane, "away"), holder(&plane, "other")], ["", ""]);
}
