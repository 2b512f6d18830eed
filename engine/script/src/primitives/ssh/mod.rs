//! Words for machines, over the user's own OpenSSH.
//!
//! One rule for machines: each word takes the name of one, what `machine` gives, or a node of Kubernetes.
//! One rule for paths: they are whole, from `/`, and never climb with `..`.
//! One rule for secrets: they go to a machine by `env`, `stdin` or as the content of a file, never within a command.

pub(super) mod doubt;
pub(super) mod download;
pub(super) mod exists;
pub(super) mod facts;
pub(super) mod interfaces;
pub(super) mod list;
pub(super) mod mkdir;
pub(super) mod move_;
pub(super) mod query;
pub(super) mod read;
pub(super) mod read_bytes;
pub(super) mod reboot;
pub(super) mod remove;
pub(crate) mod run;
pub(super) mod service;
pub(super) mod set_sysctl;
pub(super) mod stat;
pub(super) mod sysctl;
pub(super) mod unit;
pub(super) mod upload;
pub(super) mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext};
use runbook_drivers::local::Program;
use runbook_drivers::ssh::Remote;
use runbook_drivers::ssh::files::{Attributes, Written};
use runbook_model::{Failure, Progress, Value, code};

use crate::bench::{Answer, Bench, Change, Ready, allow, change_prepared, read as look};
use crate::frame::{Frame, fail};
use crate::options::Options;
use crate::site::{Found, Wanted};
use crate::value::to_value;
use crate::word::{Doing, Opt, Word};

const OWNER: Opt = Opt {
    name: "owner",
    takes: "text",
    doc: "whom it belongs to, `\"user\"` or `\"user:group\"`; by default whom it belonged to",
};

type Thrown = Box<EvalAltResult>;

/// A word being called: its machine and what it was given, before anything went out.
struct Called<'c> {
    ctx: &'c NativeCallContext<'c>,
    word: &'static Word,
    found: Found,
    remote: Remote,
    options: Options<'static>,
    /// All arguments as they were given, by which two calls are told apart; of the machine only its name.
    args: Vec<Value>,
}

impl<'c> Called<'c> {
    fn new(
        ctx: &'c NativeCallContext<'c>,
        word: &'static Word,
        machine: &Dynamic,
        given: &[Dynamic],
        map: Map,
    ) -> Result<Self, Thrown> {
        let thrown = |failure: Failure| fail(ctx, &failure);
        let frame = Frame::of(ctx)?;
        let hands = &frame.bench().hands;
        let found = Wanted::read(word, machine).and_then(|wanted| hands.machine(&wanted)).map_err(thrown)?;
        let mut args = vec![Value::from(found.machine.name.as_str())];
        for one in given.iter().chain([&map.clone().into()]) {
            args.push(to_value(one).map_err(thrown)?);
        }
        let options = Options::new(word, map).map_err(thrown)?;
        let remote = hands.remote(&found.machine);
        Ok(Self { ctx, word, found, remote, options, args })
    }

    fn thrown(&self, failure: &Failure) -> Thrown {
        fail(self.ctx, failure)
    }

    /// One line for people.
    fn brief(&self, what: &str) -> String {
        format!("{} {} {what}", self.word.name, self.found.machine.name).trim_end().to_owned()
    }

    /// The path that is meant, once leave was asked for it.
    fn path(&self, path: &str, action: &str) -> Result<String, Thrown> {
        let path = whole(self.word, path).map_err(|failure| self.thrown(&failure))?;
        allow(self.ctx, "ssh", action, &path)?;
        Ok(path)
    }

    /// What a written file is beside its content.
    fn attributes(&self) -> Result<Attributes, Thrown> {
        let mode = super::file::mode(self.word, &self.options);
        let owner = self.options.text("owner");
        let both = mode.and_then(|mode| owner.map(|owner| Attributes { mode, owner }));
        both.map_err(|failure| self.thrown(&failure))
    }

    /// A look at the machine.
    fn read<F>(self, what: &str, act: impl FnOnce(Remote) -> F) -> Answer
    where
        F: Future<Output = Result<Value, Failure>>,
    {
        let brief = self.brief(what);
        look(self.ctx, self.word, &brief, act(self.remote))
    }

    /// A change of a file, with what was there written down first.
    fn change<B, F>(self, what: &str, before: impl FnOnce(Remote) -> B, act: impl FnOnce(Remote) -> F) -> Answer
    where
        B: Future<Output = Result<Value, Failure>>,
        F: Future<Output = Result<Value, Failure>>,
    {
        let (mark, brief) = (self.found.mark(), self.brief(what));
        let Self { ctx, word, remote, args, .. } = self;
        let prepare = async {
            let before = before(remote.clone()).await?;
            Ok(Ready { before: Some(marked(before, mark)), proof: None })
        };
        let acting = remote.clone();
        change_prepared(ctx, Change { word, brief, args, repeat: None }, prepare, |_| act(acting))
    }
}

/// What was found, with the machine it was found on.
fn marked(mut found: Value, mark: Value) -> Value {
    if let Value::Map(map) = &mut found {
        map.insert("machine".to_owned(), mark);
    }
    found
}

/// `path` where it is one that means the same from anywhere.
fn whole(word: &Word, path: &str) -> Result<String, Failure> {
    let wrong = |what: String| Failure::new(code::WORD_ARGUMENT, what);
    if !path.starts_with('/') || path.chars().any(char::is_control) {
        let what = format!("`{}` takes a path from `/`, not `{}`", word.name, path.escape_debug());
        return Err(wrong(what).hint("write the path in full"));
    }
    if path.split('/').any(|part| part == "..") {
        let what = format!("`{path}` climbs with `..`");
        return Err(Failure::new(code::FILE_OUTSIDE, what).hint("write the path without `..`"));
    }
    Ok(path.to_owned())
}

/// Refuses a command that a secret stands in: on a machine, others see the arguments of what runs.
fn no_secret(ctx: &NativeCallContext, word: &Word, program: &Program) -> Result<(), Thrown> {
    let found = Frame::of(ctx)?.bench().mask.finds(&program.to_string());
    let Some(name) = found else { return Ok(()) };
    let what = format!("the command of `{}` holds the secret `{name}` in clear", word.name);
    let failure = Failure::new(code::VALUE_SECRET, what)
        .because("whoever is on the machine can see the arguments of what runs there")
        .hint("give it by the options `env` or `stdin` of `ssh::run`, or write it to a file with `ssh::write`");
    Err(fail(ctx, &failure))
}

/// Puts back what a call found at a path.
fn put_back(bench: Arc<Bench>, before: Value, written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move { bench.hands.remote_of(before.get("machine"))?.put_back(&before, written.as_ref()).await })
}

/// What a script gets of a file that was written.
fn written(path: &str, written: &Written) -> Value {
    let mut value = written.to_value();
    if let Value::Map(map) = &mut value {
        map.insert("path".to_owned(), Value::from(path));
    }
    value
}

/// How many bytes go by until it is told again, where it is not known how many there will be.
const TOLD_BYTES: u64 = 8 << 20;

/// Hears how many bytes have gone by: of so many, told by tenths, or of an unknown number.
fn told(ctx: &NativeCallContext, what: String, of: Option<u64>) -> Result<impl Fn(u64) + Send + Sync + use<>, Thrown> {
    let frame = Frame::of(ctx)?;
    let (bench, key) = (Arc::clone(frame.bench()), frame.key().clone());
    let last = AtomicU64::new(0);
    Ok(move |done: u64| {
        let part = of.map_or(done / TOLD_BYTES, |size| done.saturating_mul(10) / size.max(1));
        if last.fetch_max(part, Ordering::Relaxed) < part {
            let far = of.map_or(format!("{} MiB", done >> 20), |_| format!("{}%", part.min(10) * 10));
            let brief = bench.mask.text(&format!("{what}: {far}")).into_owned();
            bench.run.ledger.progress(Progress::Reading { key: key.clone(), brief });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_whole_and_may_not_climb() {
        let of = |path: &str| whole(&read::WORD, path).map_err(|failure| failure.code);
        assert_eq!(of("/etc/hosts"), Ok("/etc/hosts".into()));
        assert_eq!(of("/etc/..a"), Ok("/etc/..a".into()));
        assert_eq!(of("/etc/../shadow"), Err(code::FILE_OUTSIDE.into()));
        for wrong in ["", "etc", "~/a", "/a\nb", "/a\0"] {
            assert_eq!(of(wrong), Err(code::WORD_ARGUMENT.into()), "{wrong:?}");
        }
    }
}
