//! What a shell does itself: one builtin, or a few that belong together, per file.

mod jobs;
mod leave;
mod look;
mod options;
mod print;
mod read;
mod vars;

use super::Shell;
use crate::machines::sys::Sys;
pub(crate) use jobs::send as send_signal;
pub(crate) use vars::quoted;

/// What a builtin prints.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

impl Printed {
    pub(super) fn say(&mut self, shell: &Shell, what: &str) {
        let text = format!("{}: {}: {what}\n", shell.name, shell.line);
        self.err.extend(crate::machines::text::to_bytes(&text));
    }

    pub(super) fn print(&mut self, text: &str) {
        self.out.extend(crate::machines::text::to_bytes(text));
    }
}

/// How a builtin went.
#[derive(Debug)]
pub(super) enum Did {
    /// It is done.
    Status(i32),
    /// It left frames on the stack which go on with it.
    Later,
    /// It cannot be done, and the shell ends over it.
    Fatal(String),
}

type Run = fn(&mut Shell, &mut Sys<'_>, &[String], &mut Printed) -> Did;

/// A builtin.
#[derive(Debug)]
pub(super) struct Builtin {
    name: &'static str,
    pub(super) run: Run,
    /// Whether its failures end the shell, and no function stands before it.
    pub(super) special: bool,
}

const fn plain(name: &'static str, run: Run) -> Builtin {
    Builtin { name, run, special: false }
}

const fn special(name: &'static str, run: Run) -> Builtin {
    Builtin { name, run, special: true }
}

static BUILTINS: [Builtin; 38] = [
    special(".", leave::dot),
    special(":", |_, _, _, _| Did::Status(0)),
    plain("[", look::bracket),
    plain("alias", vars::alias),
    plain("bg", jobs::bg),
    special("break", leave::break_),
    plain("cd", look::cd),
    plain("command", look::command),
    special("continue", leave::continue_),
    plain("echo", print::echo),
    special("eval", leave::eval),
    special("exec", |_, _, _, _| Did::Status(0)),
    special("exit", leave::exit),
    special("export", vars::export),
    plain("false", |_, _, _, _| Did::Status(1)),
    plain("fg", jobs::bg),
    plain("getopts", options::getopts),
    plain("hash", |_, _, _, _| Did::Status(0)),
    plain("jobs", jobs::jobs),
    plain("kill", jobs::kill),
    plain("local", vars::local),
    plain("printf", print::printf),
    plain("pwd", look::pwd),
    plain("read", read::read),
    special("readonly", vars::readonly),
    special("return", leave::return_),
    special("set", options::set),
    special("shift", vars::shift),
    plain("test", look::test),
    special("times", |_, _, _, io| {
        io.print("0m0.00s 0m0.00s\n0m0.00s 0m0.00s\n");
        Did::Status(0)
    }),
    special("trap", jobs::trap),
    plain("true", |_, _, _, _| Did::Status(0)),
    plain("type", look::type_),
    plain("ulimit", look::ulimit),
    plain("umask", look::umask),
    plain("unalias", vars::alias),
    special("unset", vars::unset),
    plain("wait", jobs::wait),
];

/// The builtin of this name.
pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}
