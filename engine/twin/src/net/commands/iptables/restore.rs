//! `iptables-restore`: tables one after the other, each of which is taken as a whole or not at all.

use super::super::{Call, Output};
use super::save::{odd, unrecognized};
use super::{Backend, change, failed, here, hooks};
use crate::net::filter::rule::built_in;
use crate::net::filter::{Chain, Table, Tables};
use crate::net::network::{Network, SpaceId};
use std::sync::Arc;

fn odd_of_restore<'a>(words: &[&'a str]) -> Option<&'a str> {
    let plain = ["-n", "--noflush", "-t", "--test", "-c", "--counters", "-v", "--verbose", "-w", "--wait"];
    let odd = odd(words, &plain, &["-T", "--table", "-M", "--modprobe", "-W", "--wait-interval"])?;
    (!odd.starts_with("-w") && !odd.starts_with("--wait=")).then_some(odd)
}

pub(super) fn restore(net: &mut Network, call: Call<'_>, words: &[&str], backend: Backend) -> Output {
    let odd = odd_of_restore(words);
    odd.map_or_else(
        || restored(net, call, words, backend),
        |odd| unrecognized(&format!("{}-restore", backend.name()), odd),
    )
}

/// A table that is being read.
struct Draft {
    name: String,
    tables: Arc<Tables>,
    /// Line, verb and chain of the last rule, which the kernel blames for what it finds at the end.
    last: Option<(usize, &'static str, String)>,
}

/// A restore under way.
struct Restore<'a> {
    /// What it calls itself.
    name: String,
    input: &'a str,
    backend: Backend,
    id: SpaceId,
    /// Whether what is there stays.
    keep: bool,
    /// What was committed.
    tables: Arc<Tables>,
    draft: Option<Draft>,
}

fn restored(net: &mut Network, call: Call<'_>, words: &[&str], backend: Backend) -> Output {
    let id = here(net, call);
    let has = |short: &str, long: &str| words.iter().any(|word| *word == short || *word == long);
    let mut restore = Restore {
        name: format!("{}-restore", backend.name()),
        input: call.stdin,
        backend,
        id,
        keep: has("-n", "--noflush"),
        tables: backend.tables(net, id),
        draft: None,
    };
    for (number, line) in call.stdin.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Err(told) = restore.line(net, number + 1, line) {
            return told;
        }
    }
    if restore.draft.is_some() {
        return failed(1, format!("{}: COMMIT expected at line {}", restore.name, call.stdin.lines().count() + 1));
    }
    if !has("-t", "--test") {
        backend.put(net, id, restore.tables);
    }
    Output::default()
}

impl Restore<'_> {
    fn line(&mut self, net: &Network, number: usize, line: &str) -> Result<(), Output> {
        if let Some(table) = line.strip_prefix('*') {
            return self.begin(net, number, table);
        }
        let Some(draft) = &mut self.draft else { return Err(self.failed_at(number)) };
        if line == "COMMIT" {
            return self.commit(number);
        }
        if let Some(chain) = line.strip_prefix(':') {
            let mut parts = chain.split_whitespace();
            let (chain, policy) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("-"));
            declare(&mut draft.tables, &draft.name, chain, policy);
            return Ok(());
        }
        let mut words = split(line);
        if words.first().is_some_and(|word| word.starts_with('[')) {
            words.remove(0);
        }
        let command = words.first().and_then(|word| word.chars().nth(1)).unwrap_or(' ');
        if let Some(verb) = change::verb(command) {
            draft.last = Some((number, verb, words.get(1).cloned().unwrap_or_default()));
        }
        words.extend(["-t".to_owned(), draft.name.clone()]);
        let done = change::line(&mut draft.tables, net, self.id, &words, self.backend);
        done.map(drop).map_err(|told| self.refused(&told, number))
    }

    fn failed_at(&self, number: usize) -> Output {
        failed(1, format!("{}: line {number} failed", self.name))
    }

    fn begin(&mut self, net: &Network, number: usize, table: &str) -> Result<(), Output> {
        if built_in(table).is_empty() && self.backend != Backend::Legacy {
            let name = &self.name;
            return Err(self.told(&format!("{name}: line {number} table name '{table}' invalid"), number));
        }
        if built_in(table).is_empty() {
            return Err(self.failed_at(number));
        }
        let mut tables = self.tables.clone();
        let at = change::next_order(net, self.id, &tables);
        let all = &mut Arc::make_mut(&mut tables).tables;
        let entry = all.entry(table.to_owned()).or_insert_with(|| Table { at, ..Table::born(table) });
        if !self.keep {
            *entry = Table { at: entry.at, ..Table::born(table) };
        }
        self.draft = Some(Draft { name: table.to_owned(), tables, last: None });
        Ok(())
    }

    fn commit(&mut self, number: usize) -> Result<(), Output> {
        let Some(draft) = self.draft.take() else { return Ok(()) };
        if let Some(((at, verb, chain), table)) = draft.last.as_ref().zip(draft.tables.tables.get(&draft.name))
            && let Err(why) = hooks::followed(self.backend, table)
        {
            let told = hooks::refused(self.backend, verb, why, chain);
            return Err(self.blamed(&told, if self.backend == Backend::Legacy { number } else { *at }));
        }
        self.tables = draft.tables;
        Ok(())
    }

    /// What is said of a line that was refused.
    fn refused(&self, told: &Output, number: usize) -> Output {
        // What is only found out when all is handed over, and a chain that a rule leads to, is told of at the end.
        let late = self.backend == Backend::Legacy && told.code != 2 || told.stderr.contains(": Chain '");
        let rest =
            self.input.lines().skip(number).position(|line| line.trim() == "COMMIT").map_or(1, |place| place + 1);
        let at = if late { number + rest } else { number };
        if told.code != 2 {
            return self.blamed(told, at);
        }
        match told.stderr.strip_prefix(&format!("{}: ", self.backend.version())) {
            Some(said) => self.told(said.split("\nTry").next().unwrap_or_default(), at),
            None => self.failed_at(number),
        }
    }

    /// A complaint of its own about a line.
    fn told(&self, said: &str, line: usize) -> Output {
        let (name, version) = (&self.name, self.backend.version().replace("tables v", "tables-restore v"));
        let hint = format!("Try `{name} -h' or '{name} --help' for more information.");
        failed(2, format!("{version}: {said}\nError occurred at line: {line}\n{hint}"))
    }

    /// What is said of a line that the kernel or the model refuses.
    fn blamed(&self, told: &Output, number: usize) -> Output {
        let name = &self.name;
        if told.stderr.ends_with("is not modelled\n") {
            return failed(told.code, format!("{name}: line {number}: {}", told.stderr));
        }
        if self.backend == Backend::Legacy {
            return self.failed_at(number);
        }
        let version = self.backend.version().replace("tables v", "tables-restore v");
        match told.stderr.split_once(":  ").filter(|_| told.code == 4) {
            Some((_, why)) => failed(4, format!("{version}: \nline {number}: {why}")),
            None => {
                let why = told.stderr.trim_start_matches(self.backend.name()).trim_end();
                failed(1, format!("{name}: line {number} failed{why}"))
            }
        }
    }
}

/// A chain named in a restore: a policy for the built-in ones, a fresh and empty chain for the others.
fn declare(tables: &mut Arc<Tables>, table: &str, name: &str, policy: &str) {
    let Some(table) = Arc::make_mut(tables).tables.get_mut(table) else { return };
    match table.chain_mut(name) {
        Some(chain) => {
            if chain.accepts.is_some() {
                chain.accepts = Some(policy != "DROP");
            } else {
                chain.rules.clear();
            }
        }
        None => {
            let place = table.chains.iter().position(|chain| chain.accepts.is_none() && chain.name.as_str() > name);
            let place = place.unwrap_or(table.chains.len());
            table.chains.insert(place, Chain { name: name.to_owned(), accepts: None, rules: Vec::new() });
        }
    }
}

/// Words with their quotes taken off.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        match c {
            _ if escaped => {
                word.get_or_insert_default().push(c);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
