//! What people and programs see of a run while it goes on: the report on a thread of its own, and questions in between.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use runbook_model::{Event, Failure, Record};
use runbook_report::{Mode, Report};
use runbook_run::Clock;
use runbook_script::bench::Ask;

use crate::args::Output;
use crate::look;

/// How often a live picture moves where nothing happens.
const TICK: Duration = Duration::from_millis(100);

enum Message {
    Hear(Event),
    Pause(Sender<()>),
    Unpause,
    Recall(Box<Record>),
    Close(u8, Option<Box<Failure>>),
}

/// The screen of a run.
pub(crate) struct Screen {
    for_people: bool,
    to: Sender<Message>,
    thread: JoinHandle<()>,
}

/// A hand on a screen, for whoever has something to show.
#[derive(Clone)]
pub(crate) struct Hand(Sender<Message>);

impl Screen {
    /// A screen for `run`; what people read goes to `err`.
    pub(crate) fn open(output: Output, run: &str, err: std::fs::File, clock: Clock) -> std::io::Result<Self> {
        let (to, from) = channel();
        let tty = err.is_terminal();
        let mode = match output {
            Output::Auto if tty => Mode::Tty,
            Output::Auto | Output::Lines => Mode::Lines,
            Output::Tty => Mode::Tty,
            Output::Json => Mode::Json,
        };
        let style = look::style(tty);
        let report = Report::new(mode, Box::new(std::io::stdout()), Box::new(err), style, run);
        let thread = std::thread::Builder::new().name("screen".into()).spawn(move || show(report, &from, &clock))?;
        Ok(Self { for_people: mode != Mode::Json, to, thread })
    }

    /// Whether people read it.
    pub(crate) fn is_for_people(&self) -> bool {
        self.for_people
    }

    /// A hand on this screen.
    pub(crate) fn hand(&self) -> Hand {
        Hand(self.to.clone())
    }

    /// Shows what is left and closes; `exit` is the code the program ends with, `failure` what no record says.
    pub(crate) fn close(self, exit: u8, failure: Option<Failure>) {
        let _ = self.to.send(Message::Close(exit, failure.map(Box::new)));
        let _ = self.thread.join();
    }
}

impl Hand {
    /// Shows an event.
    pub(crate) fn hear(&self, event: Event) {
        // A screen that is gone has nobody to show anything to; the run goes on.
        let _ = self.0.send(Message::Hear(event));
    }

    /// Takes in a record of the past without showing it.
    pub(crate) fn recall(&self, record: Record) {
        let _ = self.0.send(Message::Recall(Box::new(record)));
    }

    /// Asks at the terminal while the picture stands still.
    pub(crate) fn with_pause<T>(&self, ask: impl FnOnce() -> T) -> T {
        let (paused, wait) = channel();
        let _ = self.0.send(Message::Pause(paused));
        let _ = wait.recv_timeout(Duration::from_secs(1));
        let answer = ask();
        let _ = self.0.send(Message::Unpause);
        answer
    }
}

fn show(mut report: Report, from: &Receiver<Message>, clock: &Clock) {
    loop {
        match from.recv_timeout(TICK) {
            Ok(Message::Hear(event)) => report.hear(&event),
            Ok(Message::Pause(done)) => {
                report.pause();
                let _ = done.send(());
            }
            Ok(Message::Unpause) => report.unpause(),
            Err(RecvTimeoutError::Timeout) => report.tick(clock.now()),
            Ok(Message::Recall(record)) => report.recall(&record),
            Ok(Message::Close(exit, failure)) => return report.close(exit, failure.as_deref()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// How a gate asks the person at the terminal.
pub(crate) fn asker(hand: Hand) -> Ask {
    let one_at_a_time = Mutex::new(());
    Arc::new(move |question, over| {
        // Gates of several branches take turns.
        let turn = one_at_a_time.lock();
        let answer = hand.with_pause(|| {
            // The picture has just told what the gate is about.
            if question.may_answer {
                let ask = format!("gate `{}`: {}", question.key, question.ask.unwrap_or("go on?"));
                return ask_yes_no(&ask, over);
            }
            say(&format!("gate `{}` waits for someone else's answer\n", question.key));
            read_line(over);
            None
        });
        drop(turn);
        answer
    })
}

/// Asks a yes or no in the middle of a run.
pub(crate) fn ask(hand: &Hand, question: &str) -> Option<bool> {
    hand.with_pause(|| ask_yes_no(question, &|| false))
}

/// Writes to the terminal itself: this process' own standard error is for its last words.
pub(crate) fn say(text: &str) {
    if let Ok(mut tty) = std::fs::OpenOptions::new().write(true).open("/dev/tty") {
        let _ = tty.write_all(text.as_bytes());
    }
}

/// Asks a yes or no at the terminal; gives nothing when `over` says that the question is.
fn ask_yes_no(question: &str, over: &dyn Fn() -> bool) -> Option<bool> {
    loop {
        say(&format!("{question} [y/N] "));
        let line = read_line(over)?;
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Some(true),
            "" | "n" | "no" => return Some(false),
            _ => {
                say("answer `y` or `n`\n");
            }
        }
    }
}

/// Reads a line from standard input; gives nothing at its end, or when `over` says so.
pub(crate) fn read_line(over: &dyn Fn() -> bool) -> Option<String> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    let mut line = Vec::new();
    loop {
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        let look = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        let polled = poll(&mut ready, Some(&look)).unwrap_or(0);
        if over() {
            return None;
        }
        if polled == 0 {
            continue;
        }
        // Past the buffer of `stdin`: what lies in it, `poll` would not see.
        let mut byte = [0];
        match rustix::io::read(&stdin, &mut byte) {
            Ok(1) if byte[0] == b'\n' => break,
            Ok(1) => line.push(byte[0]),
            _ if line.is_empty() => return None,
            _ => break,
        }
    }
    Some(String::from_utf8_lossy(&line).into_owned())
}
