//! What a program reads, and that nobody's closed pipe is the run's trouble.

use std::io::{self, Write};

use runbook_model::record::{Closing, Kind};
use runbook_model::{Failure, Progress};

use crate::exit;
use crate::reporter::{Mode, Report};
use crate::style::Style;
use crate::tests::situations::{calm, resume, trouble};
use crate::tests::story::{Shared, Story};

fn json(story: &Story) -> Vec<serde_json::Value> {
    let (out, err) = story.told(Mode::Json, Style::plain());
    assert_eq!(err, "");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_first_line_names_the_run_and_the_last_the_exit_code() {
    let (out, _) = Story::opened().step("cordon", 41).closed(Closing::Done).told(Mode::Json, Style::plain());
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"seq":1,"at":"2026-01-02T14:03:20.000Z","run":"drain-7k2f","kind":"run_opened","runbook":"drain","version":"1.2.0","file":"drain.rhai","path":"/r/drain.rhai","site":"twin","engine":"0.1.0","inputs":{"node":"n3"},"by":{"user":"ann","host":"laptop","pid":7}}"#,
            r#"{"seq":2,"at":"2026-01-02T14:03:20.000Z","run":"drain-7k2f","kind":"step_begun","key":"cordon","thing":"step","attempt":1,"of":1,"place":{"file":"","line":0,"col":0},"undo":false}"#,
            r#"{"seq":3,"at":"2026-01-02T14:04:01.000Z","run":"drain-7k2f","kind":"step_settled","key":"cordon","attempt":1,"outcome":"done","value":null}"#,
            r#"{"seq":4,"at":"2026-01-02T14:04:01.000Z","run":"drain-7k2f","kind":"run_closed","verdict":"done","exit":0,"value":null,"culprits":[],"orphans":[],"left":[]}"#,
            r#"{"at":"2026-01-02T14:04:01.000Z","run":"drain-7k2f","kind":"closed","verdict":"done","exit":0}"#,
        ]
    );
}

#[test]
fn a_failure_goes_out_whole_with_when_it_is_tried_again() {
    let lines = json(&trouble());
    let settled: Vec<_> = lines.iter().filter(|line| line["outcome"] == "failed").collect();
    assert_eq!(settled[0]["again_at"], "2026-01-02T14:03:37.000Z");
    assert_eq!(settled[0]["failure"]["code"], "kube.evict.blocked");
    assert_eq!(settled[0]["failure"]["frames"][0]["file"], "std/nodes");
    assert_eq!(settled[1].get("again_at"), None);
    let closed = &lines[lines.len() - 2];
    assert_eq!((&closed["verdict"], &closed["exit"]), (&"failed".into(), &1.into()));
    assert_eq!(closed["culprits"][0], "evict");
}

#[test]
fn progress_has_no_number_and_records_miss_none() {
    let lines = json(&resume().output("evict", "gone"));
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line["seq"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let survey = lines.iter().find(|line| line["kind"] == "surveyed").unwrap();
    assert_eq!(survey["doubts"][0]["verdict"], "not done");
    assert_eq!(survey["edits"][1]["edit"], "new");
    assert_eq!(survey["at"], "2026-01-02T15:03:20.000Z");
    assert_eq!(lines.iter().find(|line| line["kind"] == "output").unwrap()["line"], "gone");
}

#[test]
fn a_process_that_never_held_a_run_still_tells_its_exit_code() {
    let out = Shared::default();
    let mut report = Report::new(Mode::Json, Box::new(out.clone()), Box::new(io::sink()), Style::plain(), "");
    report.close(exit::LOCK_HELD, Some(&Failure::new("lock.held", "the lock `cni` is held")));
    let line: serde_json::Value = serde_json::from_str(out.text().trim()).unwrap();
    assert_eq!((&line["kind"], &line["exit"]), (&"closed".into(), &7.into()));
    assert_eq!(line["failure"]["what"], "the lock `cni` is held");
    assert_eq!((line.get("verdict"), line.get("at")), (None, None));
}

#[test]
fn a_report_can_be_shared_between_threads() {
    fn send<T: Send>() {}
    send::<Report>();
}

#[test]
fn every_verdict_has_its_exit_code() {
    use Closing::{Abandoned, Done, Failed, InDoubt, Refused, Stopped, UndoFailed, Undone};
    let codes = [Done, Undone, Failed, Refused, Stopped, Abandoned, InDoubt, UndoFailed].map(exit::of);
    assert_eq!(codes, [0, 0, 1, 3, 4, 4, 5, 6]);
}

/// Takes so many bytes, then is a closed pipe.
struct Narrow(usize);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_given_up_in_silence_and_never_fails_a_run() {
    for mode in [Mode::Tty, Mode::Lines, Mode::Json] {
        for room in [0, 1, 100, 300] {
            let pipe = || Box::new(Narrow(room));
            let mut report = Report::new(mode, pipe(), pipe(), Style::plain(), "r").sized(|| None);
            calm().events.iter().for_each(|event| report.hear(event));
            report.tick(i64::MAX);
            report.pause();
            report.unpause();
            report.close(0, None);
        }
    }
}

#[test]
fn a_failure_without_a_record_is_drawn_for_people_once() {
    let err = Shared::default();
    let mut report = Report::new(Mode::Lines, Box::new(io::sink()), Box::new(err.clone()), Style::plain(), "r");
    let failure = Failure::new("script.syntax", "`)` is missing");
    report.close(exit::USAGE, Some(&failure));
    report.close(exit::USAGE, Some(&failure));
    assert_eq!(err.text(), "error[script.syntax]: `)` is missing\n");
}

#[test]
fn a_recalled_past_is_silent_and_known() {
    let err = Shared::default();
    let mut report = Report::new(Mode::Lines, Box::new(io::sink()), Box::new(err.clone()), Style::plain(), "r");
    for event in Story::opened().gate("go", "Go?", 1).closed(Closing::Stopped).events {
        let runbook_model::Event::Recorded(record) = event else { continue };
        report.recall(&record);
    }
    assert_eq!(err.text(), "");
    let resumed = Story::new().taken(runbook_model::record::Purpose::Resume).begin("go", Kind::Gate);
    resumed.events.iter().for_each(|event| report.hear(event));
    let told = "run drain-7k2f goes on  by bob@laptop\n? gate go\n  Go?\n  answer: runbook approve drain-7k2f go\n";
    assert_eq!(err.text(), told);
}

#[test]
fn a_log_hears_of_what_goes_on_for_long_each_time_twice_as_long() {
    let err = Shared::default();
    let mut report = Report::new(Mode::Lines, Box::new(io::sink()), Box::new(err.clone()), Style::plain(), "r");
    let story = Story::new().begin("evict", Kind::Step);
    story.events.iter().for_each(|event| report.hear(event));
    let key = runbook_model::Key::from_text("evict");
    report.hear(&runbook_model::Event::Progress(Progress::Waiting { key, why: "1 pod left".into(), until: None }));
    for second in 0..300 {
        report.tick(story.now() + second * 1000);
    }
    let told = "… evict  still going after 1m 00s, 1 pod left\n\
                … evict  still going after 2m 00s, 1 pod left\n\
                … evict  still going after 4m 00s, 1 pod left\n";
    assert_eq!(err.text(), told);
}
