//! `ipset`: create, add, delete, test, flush, destroy, swap, rename, list, save and restore.

mod change;
mod create;
mod element;
mod options;
mod restore;
mod show;

use super::{Call, Output};
use crate::net::network::{Network, SpaceId};
use options::Asked;
use std::sync::Arc;

/// What a command prints, or why it does nothing.
type Told = Result<Output, No>;

/// A refusal.
#[derive(Debug)]
struct No {
    code: i32,
    text: String,
    /// Whether the program itself refuses, and the kernel was not asked.
    early: bool,
}

/// What the kernel refuses.
fn kernel(text: &str) -> No {
    No { code: 1, text: text.to_owned(), early: false }
}

/// What the program cannot read.
fn syntax(text: impl std::fmt::Display) -> No {
    No { code: 1, text: format!("Syntax error: {text}"), early: true }
}

/// What is no use of the program.
fn usage(text: impl std::fmt::Display) -> No {
    No { code: 2, text: format!("{text}\nTry `ipset help' for more information."), early: true }
}

/// What the program can do and the model cannot.
fn beyond(text: impl std::fmt::Display) -> No {
    No { code: 1, text: format!("{text} is not modelled"), early: true }
}

/// What comes behind an option.
fn value<'a>(words: &mut impl Iterator<Item = &'a str>, option: &str) -> Result<&'a str, No> {
    words.next().ok_or_else(|| usage(format!("Missing mandatory argument of option `{option}'")))
}

fn missing() -> No {
    No { early: true, ..kernel("The set with the given name does not exist") }
}

impl From<No> for Output {
    fn from(no: No) -> Output {
        Output::failed(no.code, format!("ipset v7.17: {}", no.text))
    }
}

/// The commands by their first names, their other names, and how many words each needs and may have.
const COMMANDS: [(&str, &[&str], usize, usize); 14] = [
    ("create", &["-N", "n"], 2, usize::MAX),
    ("add", &["-A"], 2, usize::MAX),
    ("del", &["-D"], 2, usize::MAX),
    ("test", &["-T"], 2, usize::MAX),
    ("destroy", &["-X", "x"], 0, 1),
    ("list", &["-L"], 0, 1),
    ("save", &["-S"], 0, 1),
    ("restore", &["-R"], 0, 0),
    ("flush", &["-F"], 0, 1),
    ("rename", &["-E", "e"], 2, 2),
    ("swap", &["-W", "w"], 2, 2),
    ("help", &["-h", "-H"], 0, 1),
    ("version", &["-v", "-V"], 0, 0),
    ("quit", &[], 0, 0),
];

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    forget(net, id, call.now);
    let asked = match options::read(words) {
        Ok(asked) => asked,
        Err(no) => return no.into(),
    };
    let told = match command(&asked.words) {
        Ok(("restore", _)) => restore::restore(net, id, call, &asked),
        Ok((name, words)) => one(net, id, call.now, name, words, &asked),
        Err(no) => Err(no),
    };
    let mut output = told.unwrap_or_else(Output::from);
    if asked.quiet && output.code < 2 {
        output.stderr.clear();
    }
    output
}

/// Ends the entries of a namespace that have had their time.
fn forget(net: &mut Network, id: SpaceId, now: i64) {
    let over = |until: Option<i64>| until.is_some_and(|until| until <= now);
    if net.space(id).sets.values().flat_map(|set| &set.entries).any(|entry| over(entry.until)) {
        Arc::make_mut(&mut net.space_mut(id).sets).values_mut().for_each(|set| set.forget(now));
    }
}

/// The command that words name, and what it is given.
fn command<'w, 'a>(words: &'w [&'a str]) -> Result<(&'static str, &'w [&'a str]), No> {
    let Some((word, rest)) = words.split_first() else { return Err(usage("No command specified.")) };
    let means = |(name, others, ..): &&(&'static str, &[&str], usize, usize)| {
        others.contains(word) || !word.is_empty() && name.starts_with(word.trim_start_matches("--"))
    };
    let Some((name, _, least, most)) = COMMANDS.iter().find(means) else {
        return Err(usage(format!("No command specified: unknown argument {word}")));
    };
    if rest.len() < *least {
        let second = if rest.len() == 1 { "second " } else { "" };
        return Err(usage(format!("Missing {second}mandatory argument to command {name}")));
    }
    match rest.get(*most) {
        Some(odd) => Err(usage(format!("Unknown argument {odd}"))),
        None => Ok((name, rest)),
    }
}

fn one(net: &mut Network, id: SpaceId, now: i64, name: &str, words: &[&str], asked: &Asked<'_>) -> Told {
    match (name, words) {
        ("create", [name, kind, options @ ..]) => create::create(net, id, (name, kind), options, asked.exist),
        ("add", [name, entry, options @ ..]) => change::add(net, id, now, (name, entry), options, asked.exist),
        ("del", [name, entry, options @ ..]) => change::delete(net, id, (name, entry), options, asked.exist),
        ("test", [name, entry, options @ ..]) => change::test(net, id, (name, entry), options),
        ("flush", rest) => change::flush(net, id, rest.first().copied()),
        ("destroy", rest) => change::destroy(net, id, rest.first().copied()),
        ("rename", [from, to]) => change::rename(net, id, from, to),
        ("swap", [one, other]) => change::swap(net, id, one, other),
        ("list" | "save", rest) => show::show(net, id, now, name == "save", rest.first().copied(), asked),
        ("version", _) => Ok(Output::done("ipset v7.17, protocol version: 7\n".to_owned())),
        ("help", _) => Err(beyond("`help`")),
        _ => Ok(Output::default()),
    }
}

/// How many rules and lists of sets hold on to a set.
fn references(net: &Network, id: SpaceId, name: &str) -> usize {
    let space = net.space(id);
    let rules = [&space.nft, &space.legacy];
    let all = rules.iter().flat_map(|tables| tables.tables.values()).flat_map(|t| &t.chains).flat_map(|c| &c.rules);
    let matches = all.flat_map(|rule| &rule.matches);
    let ruled = matches.filter(|m| matches!(m, crate::net::filter::Match::InSet(_, set, _) if set == name)).count();
    let members = space.sets.values().flat_map(|set| &set.entries);
    ruled + members.filter(|entry| entry.member.as_deref() == Some(name)).count()
}
