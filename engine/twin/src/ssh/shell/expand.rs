//! From words as they are written to words as they are used: parameters, substitutions, sums, splitting, names.
//!
//! A command substitution takes time. So expansion stops where it meets one whose answer is not known yet, and begins
//! anew once it is; what it had set meanwhile is put back by the caller.

use super::Shell;
use super::arith::{Numbers, work_out};
use super::ast::{List, Op, Param, Part, Word};
use super::fields::Fields;
use super::pattern;
use crate::machines::files::joined;
use crate::machines::sys::Sys;

/// Why an expansion stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// This has to be run first.
    Run(List),
    /// It cannot be done, and the shell ends over it.
    Fail(String),
}

/// What a substitution gave: what it printed and its status.
pub(super) type Answer = (String, i32);

/// One expansion.
pub(super) struct Expansion<'a, 'b> {
    pub(super) shell: &'a mut Shell,
    pub(super) sys: &'a mut Sys<'b>,
    pub(super) answers: &'a [Answer],
    used: usize,
    /// The status of the last substitution that was met.
    pub(super) status: Option<i32>,
}

type Done<T> = Result<T, Stop>;

/// How a word is used, which says whether it is split and what matches names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Many,
    One,
}

impl<'a, 'b> Expansion<'a, 'b> {
    pub(super) fn new(shell: &'a mut Shell, sys: &'a mut Sys<'b>, answers: &'a [Answer]) -> Self {
        Self { shell, sys, answers, used: 0, status: None }
    }

    /// Words as a command gets them.
    pub(super) fn words(&mut self, words: &[Word]) -> Done<Vec<String>> {
        let mut all = Vec::new();
        for word in words {
            let mut fields = Fields::new(self.separators(), true);
            self.word(word, &mut fields, Use::Many)?;
            for (text, pattern) in fields.finish() {
                let names = match pattern.filter(|_| !self.shell.opts.noglob) {
                    Some(pattern) => self.names(&pattern),
                    None => Vec::new(),
                };
                if names.is_empty() { all.push(text) } else { all.extend(names) }
            }
        }
        Ok(all)
    }

    /// A word that stays one.
    pub(super) fn one(&mut self, word: &Word) -> Done<String> {
        let mut fields = Fields::new(String::new(), false);
        self.word(word, &mut fields, Use::One)?;
        Ok(fields.single().0)
    }

    /// A word as a pattern: what was quoted in it is escaped.
    pub(super) fn pattern(&mut self, word: &Word) -> Done<String> {
        let mut fields = Fields::new(String::new(), false);
        self.word(word, &mut fields, Use::One)?;
        Ok(fields.single().1)
    }

    /// The value of an assignment, in which homes are looked for behind colons too.
    pub(super) fn value(&mut self, word: &Word) -> Done<String> {
        let mut fields = Fields::new(String::new(), false);
        self.word(word, &mut fields, Use::One)?;
        Ok(fields.single().0)
    }

    fn separators(&self) -> String {
        self.shell.get("IFS").unwrap_or_else(|| " \t\n".into())
    }

    fn word(&mut self, word: &Word, out: &mut Fields, used: Use) -> Done<()> {
        for (at, part) in word.iter().enumerate() {
            match part {
                Part::Text(text) if at == 0 && text.starts_with('~') => {
                    let end = text.find('/').unwrap_or(text.len());
                    match self.home(&text[1..end]).filter(|_| end < text.len() || word.len() == 1) {
                        Some(home) => {
                            out.quoted(&home);
                            out.plain(&text[end..]);
                        }
                        None => out.plain(text),
                    }
                }
                _ => self.part(part, out, false, used)?,
            }
        }
        Ok(())
    }

    fn home(&self, user: &str) -> Option<String> {
        if user.is_empty() {
            return self.shell.get("HOME");
        }
        self.sys.machine.users().into_iter().find(|known| known.name == user).map(|user| user.home)
    }

    fn part(&mut self, part: &Part, out: &mut Fields, quoted: bool, used: Use) -> Done<()> {
        match part {
            Part::Text(text) if quoted => out.quoted(text),
            Part::Text(text) => out.plain(text),
            Part::Quoted(text) => out.quoted(text),
            Part::Double(parts) => {
                // Without arguments "$@" alone is no word at all.
                let only_arguments = self.shell.args.is_empty()
                    && matches!(parts.as_slice(), [Part::Param(Param { name, op: Op::Plain })] if name == "@");
                if !only_arguments {
                    out.quoted("");
                }
                for part in parts {
                    self.part(part, out, true, used)?;
                }
            }
            Part::Param(param) => self.param(param, out, quoted, used)?,
            Part::Command(list) => {
                let text = self.answer(list)?;
                put(out, &text, quoted);
            }
            Part::Arith(word) => {
                let text = self.one(word)?;
                let value = work_out(&text, self.shell).map_err(Stop::Fail)?;
                put(out, &value.to_string(), quoted);
            }
            Part::Here(place) => {
                if let Some(body) = place.get() {
                    for part in body {
                        self.part(part, out, true, used)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, list: &List) -> Done<String> {
        let Some((text, status)) = self.answers.get(self.used) else { return Err(Stop::Run(list.clone())) };
        self.used += 1;
        self.status = Some(*status);
        Ok(text.clone())
    }

    fn param(&mut self, param: &Param, out: &mut Fields, quoted: bool, used: Use) -> Done<()> {
        let name = param.name.as_str();
        if let Op::Bad = param.op {
            return Err(Stop::Fail("Bad substitution".into()));
        }
        if name == "@" || name == "*" {
            return self.arguments(param, out, quoted, used);
        }
        let value = self.shell.parameter(name, self.sys);
        match &param.op {
            Op::Plain => put(out, &self.there(name, value)?, quoted),
            Op::Length => {
                let value = self.there(name, value)?;
                put(out, &crate::machines::text::to_bytes(&value).len().to_string(), quoted);
            }
            Op::Cut { end, most, pattern } => {
                let value = self.there(name, value)?;
                let pattern = self.pattern(pattern)?;
                put(out, pattern::cut(&value, &pattern, *end, *most), quoted);
            }
            Op::Instead { sign, empty, word } => {
                let there = value.as_ref().is_some_and(|value| !value.is_empty() || !empty);
                match (sign, there) {
                    ('+', false) => {}
                    ('+', true) | ('-', false) => self.inner(word, out, quoted, used)?,
                    ('=', false) => {
                        let text = self.one(word)?;
                        self.shell.set(name, &text).map_err(Stop::Fail)?;
                        put(out, &text, quoted);
                    }
                    ('?', false) => {
                        let text = self.one(word)?;
                        let usual = if *empty { "parameter not set or null" } else { "parameter not set" };
                        let why = if text.is_empty() { usual } else { &text };
                        return Err(Stop::Fail(format!("{name}: {why}")));
                    }
                    _ => put(out, &value.unwrap_or_default(), quoted),
                }
            }
            Op::Bad => {}
        }
        Ok(())
    }

    /// The word within braces, as if it stood in the place of the parameter.
    fn inner(&mut self, word: &Word, out: &mut Fields, quoted: bool, used: Use) -> Done<()> {
        for (at, part) in word.iter().enumerate() {
            match part {
                Part::Text(text) if at == 0 && text.starts_with('~') && !quoted => self.word(word, out, used)?,
                _ if at > 0 && matches!(word.first(), Some(Part::Text(text)) if text.starts_with('~')) && !quoted => {}
                Part::Text(text) if !quoted => out.split(text),
                _ => self.part(part, out, quoted, used)?,
            }
        }
        Ok(())
    }

    fn there(&self, name: &str, value: Option<String>) -> Done<String> {
        match value {
            Some(value) => Ok(value),
            None if self.shell.opts.nounset => Err(Stop::Fail(format!("{name}: parameter not set"))),
            None => Ok(String::new()),
        }
    }

    fn arguments(&mut self, param: &Param, out: &mut Fields, quoted: bool, used: Use) -> Done<()> {
        let args = self.shell.args.clone();
        match &param.op {
            Op::Length => {
                put(out, &args.len().to_string(), quoted);
                return Ok(());
            }
            Op::Instead { sign, empty, word } => {
                let there = !(args.is_empty() || *empty && args.iter().all(String::is_empty));
                if (*sign == '+') == there {
                    return self.inner(word, out, quoted, used);
                }
                if *sign == '+' {
                    return Ok(());
                }
            }
            _ => {}
        }
        let space = self.separators().chars().next().map(String::from).unwrap_or_default();
        let join = if self.shell.get("IFS").is_some() { space } else { " ".into() };
        let cut = match &param.op {
            Op::Cut { end, most, pattern } => Some((*end, *most, self.pattern(pattern)?)),
            _ => None,
        };
        let last = args.len().saturating_sub(1);
        for (at, arg) in args.iter().enumerate() {
            let arg = match &cut {
                Some((end, most, pattern)) => pattern::cut(arg, pattern, *end, *most),
                None => arg,
            };
            put(out, arg, quoted);
            if at == last {
                break;
            }
            match (quoted, param.name.as_str(), used) {
                (true, "*", _) => out.quoted(&join),
                (_, _, Use::One) => out.quoted(if param.name == "*" { &join } else { " " }),
                _ => out.end_field(quoted),
            }
        }
        Ok(())
    }

    /// The names of files that match, sorted.
    fn names(&self, wanted: &str) -> Vec<String> {
        let mut found = vec![if wanted.starts_with('/') { "/".to_owned() } else { String::new() }];
        let steps: Vec<&str> = wanted.split('/').filter(|step| !step.is_empty()).collect();
        for (at, step) in steps.iter().enumerate() {
            let last = at + 1 == steps.len();
            let mut next = Vec::new();
            for place in &found {
                if !pattern::is_special(step) {
                    let path = format!("{place}{}", pattern::unescaped(step));
                    if self.sys.stat(&path, false).is_ok() {
                        next.push(if last { path } else { format!("{path}/") });
                    }
                    continue;
                }
                let here = if place.is_empty() { "." } else { place };
                let Ok(spot) = self.sys.walk(here, true) else { continue };
                let names = self.sys.machine.names_at(&self.sys.me().cred, &spot).unwrap_or_default();
                let hidden = step.starts_with('.') || step.starts_with("\\.");
                let dots = [".", ".."].map(str::to_owned);
                for name in dots.iter().filter(|_| hidden).chain(&names) {
                    if name.starts_with('.') != hidden || !pattern::matches(step, name) {
                        continue;
                    }
                    let path = format!("{place}{name}");
                    if last {
                        next.push(path);
                    } else if self.sys.stat(&joined(&self.sys.me().folder, &path), true).is_ok_and(|s| s.is_folder()) {
                        next.push(format!("{path}/"));
                    }
                }
            }
            found = next;
        }
        if wanted.ends_with('/') {
            found.retain(|path| self.sys.stat(path, true).is_ok_and(|stat| stat.is_folder()));
            found.iter_mut().for_each(|path| path.push('/'));
        }
        found.sort();
        found
    }
}

fn put(out: &mut Fields, text: &str, quoted: bool) {
    if quoted { out.quoted(text) } else { out.split(text) }
}

impl Numbers for Shell {
    fn get(&self, name: &str) -> Result<Option<String>, String> {
        let value = Self::get(self, name);
        if value.is_none() && self.opts.nounset {
            return Err(format!("{name}: parameter not set"));
        }
        Ok(value)
    }

    fn set(&mut self, name: &str, value: i64) -> Result<(), String> {
        Self::set(self, name, &value.to_string())
    }
}
