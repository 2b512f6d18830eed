//! The store in trouble: torn files, foreign files, no room, two who want the same run, clocks that jump. It says what
//! is wrong and what to do, never panics, and never loses a record that was on disk.

mod disk;
mod holders;
mod torn;

use std::fs;

use runbook_model::{Body, Record};
use serde_json::Value;

use crate::place::Place;

/// A place where a run was killed with its first step done and its second under way.
fn killed() -> Place {
    let place = Place::saying(
        r#"
        fn effect(name) { local::run(["sh", "../../../effect", name], #{ repeat: "safe" }) }
        step("one", || { effect("one"); "kept" });
        sleep("20ms");
        step("two", || { effect("two"); 2 })
        "#,
    );
    place.cut("before", "two", 1);
    place.run(&[]).exits(1).says("signal 9");
    place
}

/// The records of `place`, changed by `change`, as a run of a store of its own.
fn changed(place: &Place, change: impl Fn(&mut Value)) -> Place {
    let other = Place::new();
    let exported = place.call(&["export", "last"]).exits(0).out;
    let mut text = String::new();
    for line in exported.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        change(&mut record);
        text.push_str(&format!("{record}\n"));
    }
    fs::write(other.path("run.jsonl"), text).unwrap();
    fs::copy(place.path("main.rhai"), other.path("main.rhai")).unwrap();
    other.call(&["import", "run.jsonl"]).exits(0);
    other
}

fn never_goes_back(records: &[Record]) -> bool {
    records.windows(2).all(|pair| pair[0].at <= pair[1].at)
}

const YEAR: i64 = 365 * 86_400_000;

#[test]
fn records_of_the_future_are_gone_on_from_and_time_never_goes_back() {
    let place = killed();
    let later = changed(&place, |record| record["at"] = (record["at"].as_i64().unwrap() + 10 * YEAR).into());
    later.call(&["run", "--resume=last"]).exits(0);
    let records = later.records();
    assert!(never_goes_back(&records), "{records:#?}");
    assert!(records.last().unwrap().at >= records[0].at);
}

#[test]
fn a_sleep_is_never_longer_than_it_was_meant_to_be() {
    let place = Place::saying("sleep(\"30ms\");\nstep(\"woken\", || 1)\n");
    place.run(&["--die-after", "2"]).exits(1);
    for jump in [-YEAR, 3_600_000, YEAR] {
        let other = changed(&place, |record| {
            if let Some(until) = record.pointer_mut("/body/step_begun/until") {
                *until = (until.as_i64().unwrap() + jump).into();
            }
        });
        other.call(&["run", "--resume=last"]).exits(0);
        assert!(never_goes_back(&other.records()));
    }
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let place = killed();
    let file = place.state().join("runbook.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    db.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(())).unwrap();
    drop(db);
    let before = fs::read(&file).unwrap();
    for words in [&["run", "main.rhai"][..], &["run", "main.rhai", "--resume"], &["runs"], &["show", "last"]] {
        place.call(words).exits(2).says("newer version").says("99").says("--state");
    }
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_run_that_was_killed_before_its_first_record_is_no_obstacle() {
    let place = Place::new();
    fs::write(place.path("main.rhai"), "//! ```toml\n//! lock = \"door\"\n//! ```\nstep(\"one\", || 1)\n").unwrap();
    place.run(&["--die-after", "1"]).exits(1);
    let db = rusqlite::Connection::open(place.state().join("runbook.db")).unwrap();
    db.execute("DELETE FROM journal", []).unwrap();
    drop(db);
    place.call(&["runs"]).exits(0);
    assert!(place.call(&["show", "last"]).says("").code.is_some());
    assert!(place.resume(&[]).says("error").code.is_some());
    place.call(&["stop", "last", "--abandon"]);
    place.run(&[]).exits(0);
}

#[test]
fn a_run_that_was_killed_after_its_last_record_is_over_and_frees_its_lock() {
    let place = Place::new();
    fs::write(place.path("main.rhai"), "//! ```toml\n//! lock = \"door\"\n//! ```\nstep(\"one\", || 1)\n").unwrap();
    place.run(&["--die-after", "4"]).exits(1);
    assert!(matches!(place.records().last().unwrap().body, Body::RunClosed(_)));
    place.call(&["runs"]).exits(0).says("done");
    place.resume(&[]).exits(2).says("nothing to resume");
    place.run(&[]).exits(0);
}
