//! A POSIX shell as a value: what it is in the middle of lies on a stack of frames, so it can be copied at any moment.
//!
//! Promises: it goes on where it was; it waits for children, input and time without anybody's thread. Its words and
//! statuses are those of `dash`. What it cannot read it refuses, as that one does.

mod arith;
mod ast;
mod builtins;
mod compound;
mod expand;
mod fields;
mod frame;
mod parse;
pub(crate) mod pattern;
mod redirect;
mod simple;
mod source;
mod substitute;
mod trap;
mod turn;
mod word;

pub(crate) use builtins::{quoted, send_signal};
pub(crate) use parse::is_name;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::machines::process::{Flow, Pid, Program};
use crate::machines::sys::Sys;
use ast::Node;
use frame::Frame;
use source::Source;

/// A variable.
#[derive(Clone, Debug, Default)]
struct Var {
    value: Option<String>,
    exported: bool,
    readonly: bool,
}

/// What `set` switches.
#[derive(Clone, Debug, Default)]
struct Opts {
    allexport: bool,
    errexit: bool,
    noclobber: bool,
    noexec: bool,
    noglob: bool,
    nounset: bool,
    verbose: bool,
    xtrace: bool,
    monitor: bool,
    /// The commands are read from the standard input.
    stdin: bool,
    /// Somebody types them.
    interactive: bool,
}

/// A child that was left in the background.
#[derive(Clone, Debug)]
struct Job {
    pid: Pid,
    ended: Option<i32>,
}

/// A shell.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    vars: Arc<BTreeMap<String, Var>>,
    functions: Arc<BTreeMap<String, Arc<Node>>>,
    args: Arc<Vec<String>>,
    /// What `$0` is.
    name: String,
    opts: Opts,
    /// Signals and what is done then; 0 stands for the end, an empty text for nothing.
    traps: Arc<BTreeMap<i32, String>>,
    status: i32,
    background: Option<Pid>,
    jobs: Vec<Job>,
    /// What `$$` is.
    root: Pid,
    frames: Vec<Frame>,
    /// What a substitution gave, for the frame that waits for it.
    answer: Option<expand::Answer>,
    /// Signals that came and whose traps wait for their turn.
    signals: VecDeque<i32>,
    line: usize,
    /// Failures do not end the shell here, since somebody further out looks at them.
    tested: bool,
    /// Where `getopts` is within a word.
    option_at: usize,
}

impl Shell {
    /// The shell that these words start: `sh`, `sh -c …`, `sh FILE …`.
    pub(crate) fn start(words: &[String]) -> Box<dyn Program> {
        let mut shell = Self {
            vars: Arc::default(),
            functions: Arc::default(),
            args: Arc::default(),
            name: words.first().cloned().unwrap_or_else(|| "sh".into()),
            opts: Opts::default(),
            traps: Arc::default(),
            status: 0,
            background: None,
            jobs: Vec::new(),
            root: 0,
            frames: Vec::new(),
            answer: None,
            signals: VecDeque::new(),
            line: 1,
            tested: false,
            option_at: 0,
        };
        shell.frames.push(Frame::Begin(words.get(1..).unwrap_or_default().to_vec()));
        Box::new(shell)
    }

    /// Takes its words and its environment in.
    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    fn begin(&mut self, words: &[String], sys: &mut Sys<'_>) -> Result<(), String> {
        self.root = sys.pid;
        let env = sys.me().env.clone();
        let vars = Arc::make_mut(&mut self.vars);
        for (name, value) in env.iter().filter(|(name, _)| parse::is_name(name)) {
            vars.insert(name.clone(), Var { value: Some(value.clone()), exported: true, readonly: false });
        }
        let plain = |value: &str| Var { value: Some(value.to_owned()), ..Var::default() };
        vars.insert("IFS".into(), plain(" \t\n"));
        vars.insert("OPTIND".into(), plain("1"));
        vars.insert("PPID".into(), plain(&sys.me().parent.to_string()));
        vars.entry("PS4".into()).or_insert_with(|| plain("+ "));
        let pwd = Var { value: Some(sys.me().folder.clone()), exported: vars.contains_key("PWD"), readonly: false };
        vars.insert("PWD".into(), pwd);
        vars.entry("PATH".into())
            .or_insert_with(|| plain("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        let mut rest = words;
        let mut text = false;
        while let Some(word) = rest.first() {
            if word == "--" || word == "-" {
                rest = &rest[1..];
                break;
            }
            let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else { break };
            rest = &rest[1..];
            let on = word.starts_with('-');
            if let Some(long) = word.strip_prefix("--") {
                if !["login", "norc", "noprofile", "posix"].contains(&long) {
                    return Err(format!("Illegal option --{long}"));
                }
                continue;
            }
            for letter in letters.chars() {
                match letter {
                    'c' => text = true,
                    'l' => {}
                    'i' => self.opts.interactive = on,
                    'o' => {
                        let name = rest.first().cloned().unwrap_or_default();
                        rest = rest.get(1..).unwrap_or_default();
                        self.switch_long(&name, on)?;
                    }
                    letter => self.switch(letter, on)?,
                }
            }
        }
        let source = if text {
            let Some(script) = rest.first() else { return Err("-c requires an argument".into()) };
            rest = &rest[1..];
            if let Some(name) = rest.first() {
                self.name.clone_from(name);
                rest = &rest[1..];
            }
            Source::text(script)
        } else if let Some(path) = rest.first().filter(|_| !self.opts.stdin) {
            self.name.clone_from(path);
            match sys.read_file(path, 1 << 26) {
                Ok(bytes) => Source::text(&crate::machines::text::from_bytes(&bytes)),
                Err(error) => {
                    let why =
                        if error == crate::machines::errno::Errno::Missing { "No such file" } else { error.words() };
                    return Err(format!("cannot open {path}: {why}"));
                }
            }
        } else {
            self.opts.stdin = true;
            self.opts.interactive |= sys.is_terminal(0);
            if self.opts.interactive {
                // An interrupt ends what runs, and not the shell.
                Arc::make_mut(&mut self.traps).insert(crate::machines::signal::INT, ":".to_owned());
                sys.change(|me| {
                    me.caught.insert(crate::machines::signal::INT);
                });
            }
            Source::stdin()
        };
        if !text && !self.opts.stdin {
            rest = &rest[1..];
        }
        self.args = Arc::new(rest.to_vec());
        self.frames.push(Frame::Source(Box::new(source)));
        Ok(())
    }

    fn get(&self, name: &str) -> Option<String> {
        self.vars.get(name)?.value.clone()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let all = self.opts.allexport;
        let var = Arc::make_mut(&mut self.vars).entry(name.to_owned()).or_default();
        if var.readonly {
            return Err(format!("{name}: is read only"));
        }
        var.value = Some(value.to_owned());
        var.exported |= all;
        if name == "OPTIND" {
            self.option_at = 0;
        }
        Ok(())
    }

    /// The value of any parameter.
    fn parameter(&self, name: &str, sys: &Sys<'_>) -> Option<String> {
        match name {
            "#" => Some(self.args.len().to_string()),
            "?" => Some(self.status.to_string()),
            "-" => Some(self.letters()),
            "$" => Some(self.root.to_string()),
            "!" => self.background.map(|pid| pid.to_string()),
            "0" => Some(self.name.clone()),
            "LINENO" => Some(self.line.to_string()),
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let at: usize = name.parse().ok()?;
                self.args.get(at.checked_sub(1)?).cloned()
            }
            _ => {
                let _ = sys;
                self.get(name)
            }
        }
    }

    /// What a program that is started gets as its environment.
    fn environment(&self) -> BTreeMap<String, String> {
        let out = |(name, var): (&String, &Var)| Some((name.clone(), var.value.clone().filter(|_| var.exported)?));
        self.vars.iter().filter_map(out).collect()
    }

    /// A copy that does only this, as a subshell does.
    fn subshell(&self, frames: Vec<Frame>) -> Self {
        let kept = self.traps.iter().filter(|(_, action)| action.is_empty());
        Self {
            frames,
            traps: Arc::new(kept.map(|(signal, action)| (*signal, action.clone())).collect()),
            jobs: Vec::new(),
            signals: VecDeque::new(),
            answer: None,
            tested: self.is_tested(),
            ..self.clone()
        }
    }

    /// Says something on the error channel.
    fn say(&self, sys: &mut Sys<'_>, text: &str) {
        let _ = sys.write(2, &crate::machines::text::to_bytes(text));
    }

    /// Says what went wrong, as this shell does.
    fn complain(&self, sys: &mut Sys<'_>, what: &str) {
        let text = format!("{}: {}: {what}\n", self.name, self.line);
        self.say(sys, &text);
    }
}

impl Program for Shell {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        for _ in 0..200 {
            if let Some(flow) = self.turn(sys) {
                return flow;
            }
            if !sys.alive() {
                return Flow::Exit(0);
            }
        }
        Flow::Again
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod likeness;
