//! The live tree on a terminal, and a small terminal that understands what is written to it.

use runbook_model::record::Kind;
use runbook_model::{Body, Key, Progress};

use crate::reporter::{Mode, Report};
use crate::style::Style;
use crate::tests::situations::{calm, fan, fan_begun, gate, odd, resume, trouble, undo};
use crate::tests::story::{Shared, Story, begun, failure};
use crate::text::width;
use crate::tty::{self, Size};

const WIDE: Size = Size { columns: 80, rows: 24 };

fn live(story: &Story, size: Size, style: &Style) -> Vec<String> {
    tty::draw(&story.board(), size, story.now(), style)
}

/// A terminal that is high enough never to scroll, and keeps what stands on it.
#[derive(Default)]
struct Terminal {
    rows: Vec<String>,
    row: usize,
    column: usize,
    hidden: bool,
}

impl Terminal {
    fn of(bytes: &str) -> Self {
        let mut terminal = Self { rows: vec![String::new()], ..Self::default() };
        let mut chars = bytes.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\u{1b}' => {
                    assert_eq!(chars.next(), Some('['), "only control sequences are written");
                    let mut argument = String::new();
                    let last = loop {
                        match chars.next().expect("a sequence has an end") {
                            c if c.is_ascii_alphabetic() => break c,
                            c => argument.push(c),
                        }
                    };
                    terminal.obey(&argument, last);
                }
                '\r' => terminal.column = 0,
                '\n' => {
                    terminal.row += 1;
                    terminal.column = 0;
                    if terminal.row == terminal.rows.len() {
                        terminal.rows.push(String::new());
                    }
                }
                c => {
                    let row = &mut terminal.rows[terminal.row];
                    let mut cells: Vec<char> = row.chars().collect();
                    cells.resize(cells.len().max(terminal.column + 1), ' ');
                    cells[terminal.column] = c;
                    terminal.column += 1;
                    *row = cells.into_iter().collect();
                }
            }
        }
        terminal
    }

    fn obey(&mut self, argument: &str, command: char) {
        let number = argument.parse::<usize>().unwrap_or(1);
        match (argument, command) {
            ("?25", 'l') => self.hidden = true,
            ("?25", 'h') => self.hidden = false,
            ("?2026", 'l' | 'h') => {}
            (_, 'A') => self.row = self.row.checked_sub(number).expect("the cursor leaves the top"),
            (_, 'G') => self.column = number - 1,
            ("" | "0", 'K') => self.rows[self.row] = self.rows[self.row].chars().take(self.column).collect(),
            ("" | "0", 'J') => {
                self.rows[self.row] = self.rows[self.row].chars().take(self.column).collect();
                self.rows.truncate(self.row + 1);
            }
            other => panic!("unknown sequence {other:?}"),
        }
    }

    fn text(&self) -> String {
        self.rows.join("\n")
    }
}

#[test]
fn branches_stand_side_by_side_with_their_last_line_of_output() {
    let story = fan_begun().output("move nodes[n2]/drain", "evicting pod shop/db-0").after(12);
    assert_eq!(
        live(&story, WIDE, &Style::plain()),
        [
            "▾ move nodes  0 of 4 done, 12s",
            "  ⠋ n1 › drain  12s",
            "  ⠋ n2 › drain  12s",
            "    │ evicting pod shop/db-0",
            "  ⠋ n3 › drain  12s",
            "  ⠋ n4 › drain  12s",
            "run drain-7k2f  0 steps done, 12s",
        ]
    );
}

#[test]
fn a_small_terminal_counts_what_it_cannot_draw() {
    let story = fan_begun().output("move nodes[n2]/drain", "evicting pod shop/db-0").after(12);
    assert_eq!(
        live(&story, Size { columns: 30, rows: 6 }, &Style::ascii()),
        [
            "- move nodes  0 of 4 done, 1~",
            "  * n1 > drain  12s",
            "  * n2 > drain  12s",
            "  and 2 more",
            "run drain-7k2f  0 steps done~",
        ]
    );
    assert_eq!(live(&story, Size { columns: 30, rows: 2 }, &Style::ascii()), ["run drain-7k2f  0 steps done~"]);
    assert!(live(&story, Size { columns: 0, rows: 0 }, &Style::plain()).is_empty());
}

#[test]
fn back_off_waits_sleeps_gates_and_guards_say_how_long() {
    let sleep = crate::tests::story::BEGIN + 300_000;
    let story = Story::opened()
        .begin("net", Kind::Guard)
        .done("net")
        .attempt("evict", 1, 3)
        .after(12)
        .failed("evict", 1, failure(), Some(crate::tests::story::BEGIN + 30_000))
        .record(Body::StepBegun(runbook_model::record::StepBegun {
            until: Some(sleep),
            ..begun("settle", Kind::Sleep)
        }))
        .begin("ready", Kind::Wait)
        .progress(Progress::Waiting { key: Key::from_text("ready"), why: "3 of 5 pods".into(), until: None })
        .gate("go", "Go?", 1)
        .progress(Progress::Stopping { after: vec![Key::from_text("evict")] })
        .after(1);
    assert_eq!(
        live(&story, WIDE, &Style::plain()),
        [
            "↻ evict  attempt 1 of 3, again in 17s, pod `db-0` cannot be evicted",
            "⠋ sleep settle  1s, 4m 47s left",
            "⠋ wait ready  1s, 3 of 5 pods",
            "? gate go  waits for a person, 1s",
            "guards  ✓ net",
            "run drain-7k2f  0 steps done, 13s  stopping after `evict`",
        ]
    );
}

#[test]
fn what_is_left_on_a_terminal_is_what_a_log_would_hold() {
    for story in [calm(), trouble(), fan(), gate(), resume(), undo(), odd()] {
        let terminal = Terminal::of(&story.told(Mode::Tty, Style::plain()).1);
        assert_eq!(terminal.text(), story.lines());
        assert!(!terminal.hidden);
    }
}

#[test]
fn while_it_goes_on_the_tree_stands_under_the_lines_and_a_pause_takes_it_away() {
    let err = Shared::default();
    let mut report = Report::new(Mode::Tty, Box::new(Shared::default()), Box::new(err.clone()), Style::plain(), "r")
        .sized(|| Some(WIDE));
    let story = Story::opened().step("cordon", 0).begin("evict", Kind::Step).after(2);
    story.events.iter().for_each(|event| report.hear(event));
    report.tick(story.now());
    let during = Terminal::of(&err.text());
    let opened = "run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop";
    assert_eq!(during.rows, [opened, "✓ cordon", "⠋ evict  2s", "run drain-7k2f  1 step done, 2s", ""]);
    assert!(during.hidden);
    report.pause();
    let paused = Terminal::of(&err.text());
    assert_eq!(paused.rows, [opened, "✓ cordon", ""]);
    assert!(!paused.hidden);
    let before = err.text();
    let more = Story::new().said("", "quiet", false).done("evict");
    more.events.iter().for_each(|event| report.hear(event));
    report.tick(story.now() + 5000);
    assert_eq!(err.text(), before);
    report.unpause();
    assert_eq!(Terminal::of(&err.text()).rows[..3], [opened, "✓ cordon", "› quiet"]);
    drop(report);
    assert!(!Terminal::of(&err.text()).hidden);
}

#[test]
fn no_frame_is_written_more_often_than_every_tenth_of_a_second() {
    let err = Shared::default();
    let mut report = Report::new(Mode::Tty, Box::new(Shared::default()), Box::new(err.clone()), Style::plain(), "r")
        .sized(|| Some(WIDE));
    let mut story = Story::opened();
    for n in 0..1000 {
        story = story.step(&format!("s{n}"), 0);
    }
    story.events.iter().for_each(|event| report.hear(event));
    assert_eq!(err.text().matches("?2026h").count(), 1);
    report.tick(story.now() + 100);
    assert_eq!(err.text().matches("?2026h").count(), 2);
    assert_eq!(err.text().matches('✓').count(), 1000);
}

#[test]
fn a_hundred_thousand_steps_leave_a_small_tree() {
    let mut board = crate::Board::named("r");
    let story = fan_begun();
    story.events.iter().for_each(|event| board.hear(event));
    for n in 0..100_000 {
        let one = Story::new().begin(&format!("loop[{n}]/touch"), Kind::Step).done(&format!("loop[{n}]/touch"));
        one.events.iter().for_each(|event| board.hear(event));
    }
    let drawn = tty::draw(&board, WIDE, story.now(), &Style::plain());
    assert_eq!(drawn.len(), 6);
    assert!(drawn.iter().all(|row| width(row) < 80));
    assert_eq!(board.steps.done, 100_000);
}
