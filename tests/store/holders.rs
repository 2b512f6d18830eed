//! Two processes that want the same run.

use std::fs::File;
use std::process::{Child, Stdio};

use runbook_model::{Body, Record};

use crate::place::{Ended, Place};

/// A runbook whose first step waits behind a door that the test holds shut.
const DOOR: &str = r#"
    step("wait", || {
        local::run("cd ../../..; echo >> waiting; flock -s door true", #{ repeat: "safe" });
        1
    });
    step("after", || { local::run(["sh", "../../../effect", "ask after"]); 2 })
"#;

fn shut(place: &Place) -> File {
    let door = File::create(place.path("door")).unwrap();
    door.lock().unwrap();
    door
}

fn started(place: &Place, words: &[&str]) -> Child {
    place.program(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn waiting(place: &Place) -> usize {
    std::fs::read_to_string(place.path("waiting")).map_or(0, |text| text.lines().count())
}

fn taken(records: &[Record]) -> usize {
    records.iter().filter(|record| matches!(record.body, Body::RunTaken(_))).count()
}

#[test]
fn of_two_that_resume_at_once_one_goes_on_and_the_other_is_told_who_holds_the_run() {
    for _ in 0..5 {
        let place = Place::saying(DOOR);
        place.run(&["--die-after", "2"]).exits(1);
        let door = shut(&place);
        let mut both = [started(&place, &["run", "main.rhai", "--resume"]), started(&place, &["run", "--resume=last"])];
        let over = std::sync::Mutex::new(&mut both);
        place.until("one of the two has ended", || {
            over.lock().unwrap().iter_mut().any(|child| child.try_wait().unwrap().is_some())
        });
        let [first, second] = both;
        let (mut loser, mut winner) = (first, second);
        if loser.try_wait().unwrap().is_none() {
            std::mem::swap(&mut loser, &mut winner);
        }
        ended(loser).exits(7).says("run.held").says("runbook watch");
        place.until("the other waits behind the door", || waiting(&place) > 0);
        drop(door);
        ended(winner).exits(0);
        assert_eq!(taken(&place.records()), 1);
        assert_eq!(place.effects(), [("ask after".to_owned(), 1)].into());
    }
}

#[test]
fn a_run_that_another_holds_is_not_resumed_settled_undone_or_given_up() {
    let place = Place::saying(DOOR);
    let door = shut(&place);
    let first = started(&place, &["run", "main.rhai"]);
    place.until("the run waits behind the door", || waiting(&place) == 1);
    for words in [
        &["run", "main.rhai", "--resume"][..],
        &["settle", "last", "wait", "--done"],
        &["undo", "last"],
        &["stop", "last", "--abandon"],
    ] {
        let refused = ended(started(&place, words)).says("run.held");
        assert_eq!(refused.code, Some(7), "{words:?}");
    }
    drop(door);
    ended(first).exits(0);
    assert_eq!(place.effects(), [("ask after".to_owned(), 1)].into());
}

#[test]
fn a_process_whose_run_was_taken_over_writes_and_does_nothing_more() {
    let place = Place::saying(DOOR);
    let door = shut(&place);
    let first = started(&place, &["run", "main.rhai"]);
    place.until("the run waits behind the door", || waiting(&place) == 1);
    let second = started(&place, &["run", "--resume=last", "--take-over"]);
    place.until("both wait behind the door", || waiting(&place) == 2);
    drop(door);
    ended(first).exits(7).says("run.lost");
    ended(second).exits(0);
    let records = place.records();
    assert!(records.windows(2).all(|pair| pair[0].epoch <= pair[1].epoch), "a late record was let in: {records:#?}");
    assert_eq!(taken(&records), 1);
    assert_eq!(place.effects(), [("ask after".to_owned(), 1)].into());
}
