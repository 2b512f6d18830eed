//! The front of the room: hears the events of a run and shows them, on a terminal, in a log, or to a program.
//!
//! Promises: data goes to `out`, everything for people to `err`; an output that cannot be written, a closed pipe, is
//! given up in silence. Must never read a clock: what time it is comes with the events and with `tick`.

use std::io::Write;

use runbook_model::{Event, Failure, Millis, Record};

use crate::board::Board;
use crate::failure::Around;
use crate::json;
use crate::lines::Lines;
use crate::screen::Screen;
use crate::style::Style;
use crate::tty::{self, Size};

/// The live tree is redrawn at most this often.
const FRAME: Millis = 100;

/// Who reads the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A person at a terminal.
    Tty,
    /// A log.
    Lines,
    /// A program.
    Json,
}

/// Shows a run while it goes on.
pub struct Report {
    mode: Mode,
    out: Output,
    err: Output,
    style: Style,
    board: Board,
    lines: Lines,
    /// Lines that are told and not written: between two frames, and during a pause.
    waiting: Vec<String>,
    paused: bool,
    screen: Screen,
    size: Box<dyn Fn() -> Option<Size> + Send>,
    now: Millis,
    framed_at: Option<Millis>,
}

/// Where text goes; once it cannot be written there, nothing more is tried.
struct Output {
    to: Box<dyn Write + Send>,
    broken: bool,
}

impl Output {
    fn with(&mut self, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        self.broken = self.broken || write(&mut *self.to).is_err();
    }

    fn lines(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let mut text = lines.join("\n");
        text.push('\n');
        self.with(|to| to.write_all(text.as_bytes()).and_then(|()| to.flush()));
    }
}

impl Report {
    /// A report of the run called `run_name`.
    pub fn new(
        mode: Mode,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        style: Style,
        run_name: impl Into<String>,
    ) -> Self {
        let output = |to| Output { to, broken: false };
        Self {
            mode,
            out: output(out),
            err: output(err),
            style,
            board: Board::named(run_name),
            lines: Lines::default(),
            waiting: Vec::new(),
            paused: false,
            screen: Screen::default(),
            size: Box::new(|| crossterm::terminal::size().ok().map(|(columns, rows)| Size { columns, rows })),
            now: 0,
            framed_at: None,
        }
    }

    /// The same on a terminal whose size is asked elsewhere.
    #[must_use]
    pub fn sized(mut self, size: impl Fn() -> Option<Size> + Send + 'static) -> Self {
        self.size = Box::new(size);
        self
    }

    /// What is known of the run.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Takes in a record of the past without showing it: a resumed run knows what it is, its gates and its doubts.
    /// Any part of the past will do; the first record is the one that matters.
    pub fn recall(&mut self, record: &Record) {
        self.board.record(record);
    }

    /// Takes in one event and shows it.
    pub fn hear(&mut self, event: &Event) {
        self.board.hear(event);
        match event {
            Event::Recorded(record) => self.now = record.at,
            Event::Progress(runbook_model::Progress::Output { at, .. }) => self.now = *at,
            Event::Progress(_) => {}
        }
        if self.mode == Mode::Json {
            let line = json::line(self.board.run(), self.now, event);
            self.out.lines(&[line]);
            return;
        }
        let told = self.lines.tell(&self.board, event, &self.style);
        self.waiting.extend(told);
        match self.mode {
            Mode::Lines => self.write_waiting(),
            Mode::Tty if self.frame_is_due() => self.frame(),
            Mode::Tty | Mode::Json => {}
        }
    }

    /// It is `now`: redraws the live tree, and tells in a log what has gone on for long. Call it every tenth of a second.
    pub fn tick(&mut self, now: Millis) {
        self.now = now;
        match self.mode {
            Mode::Tty if self.frame_is_due() => self.frame(),
            Mode::Lines => {
                let told = self.lines.slow(&self.board, now, &self.style);
                self.waiting.extend(told);
                self.write_waiting();
            }
            Mode::Tty | Mode::Json => {}
        }
    }

    /// Leaves the terminal to a prompt: nothing is written for people until [`Self::unpause`].
    pub fn pause(&mut self) {
        self.settle_screen();
        self.paused = true;
    }

    /// Goes on showing.
    pub fn unpause(&mut self) {
        self.paused = false;
        match self.mode {
            Mode::Tty => self.frame(),
            Mode::Lines => self.write_waiting(),
            Mode::Json => {}
        }
    }

    /// The end: writes what is left, gives the terminal back, and tells a program the exit code.
    /// `failure` is what kept the process from going on, where no record says so.
    pub fn close(&mut self, exit: u8, failure: Option<&Failure>) {
        self.paused = false;
        if self.mode == Mode::Json {
            let verdict = self.board.closed.as_ref().map(|closed| closed.verdict);
            let line = json::closing(self.board.run(), self.now, verdict, exit, failure);
            self.out.lines(&[line]);
            return;
        }
        if let Some(failure) = failure {
            let drawn = self.lines.draw_once(failure, Around::default(), &self.style);
            self.waiting.extend(drawn);
        }
        self.settle_screen();
    }

    /// Writes all that is told and takes the live tree away.
    fn settle_screen(&mut self) {
        if self.mode == Mode::Tty && !self.paused {
            let columns = self.size().columns;
            let above = std::mem::take(&mut self.waiting);
            self.err.with(|to| self.screen.frame(to, &above, Vec::new(), columns));
            self.framed_at = None;
        }
        self.write_waiting();
    }

    fn write_waiting(&mut self) {
        if !self.paused {
            self.err.lines(&std::mem::take(&mut self.waiting));
        }
    }

    fn frame_is_due(&self) -> bool {
        // Either way round: the clock of a run may be set back.
        !self.paused && self.framed_at.is_none_or(|at| self.now.abs_diff(at) >= FRAME.unsigned_abs())
    }

    fn frame(&mut self) {
        let size = self.size();
        let view = tty::draw(&self.board, size, self.now, &self.style);
        let above = std::mem::take(&mut self.waiting);
        self.err.with(|to| self.screen.frame(to, &above, view, size.columns));
        self.framed_at = Some(self.now);
    }

    fn size(&self) -> Size {
        (self.size)().unwrap_or(Size { columns: 80, rows: 24 })
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.paused = false;
        self.settle_screen();
    }
}
