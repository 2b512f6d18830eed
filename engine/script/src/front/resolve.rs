//! From what was given to the value of each input.
//!
//! `--set` goes before the inputs file, that before the environment, that before the default. All that is wrong is
//! told at once. What is only missing is not wrong yet: on a terminal a person can be asked for it.

use std::collections::BTreeMap;
use std::fmt;

use runbook_model::{Failure, Value, code};

use super::given::{self, Format};
use super::input::Input;
use super::kind::Kind;
use super::take;
use super::wrong::{Wrong, shown};
use crate::options::{nearest, ticked};

/// Looks up a variable of the environment.
pub type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// What was given for the inputs of a run.
pub struct Given {
    /// `--set name=value`, in the order typed; of one name the last counts.
    pub set: Vec<(String, String)>,
    /// The inputs file: its name and its text, TOML, YAML or JSON.
    pub file: Option<(String, String)>,
    /// The environment. A variable that is empty counts as not set.
    pub env: Lookup,
}

/// Where the value of an input came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--set`.
    Set,
    /// The inputs file.
    File,
    /// The environment.
    Env,
    /// The front matter.
    Default,
    /// A person who was asked.
    Asked,
    /// Nowhere: it is `()`.
    Nothing,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Set => "set",
            Self::File => "file",
            Self::Env => "env",
            Self::Default => "default",
            Self::Asked => "asked",
            Self::Nothing => "nothing",
        })
    }
}

/// The inputs of a run as far as they are known.
#[derive(Debug)]
pub struct Resolved<'i> {
    /// The values by name; one that is optional and not given is `()`.
    pub values: BTreeMap<String, Value>,
    /// Where each came from.
    pub origins: BTreeMap<String, Origin>,
    /// The required inputs that were not given.
    pub missing: Vec<&'i Input>,
}

impl Resolved<'_> {
    /// Adds what a person answered for a missing input.
    pub fn answer(&mut self, name: &str, value: Value) {
        self.missing.retain(|input| input.name != name);
        self.values.insert(name.to_owned(), value);
        self.origins.insert(name.to_owned(), Origin::Asked);
    }

    /// One failure for each input that is still missing.
    pub fn missing_failures(&self) -> Vec<Failure> {
        self.missing.iter().map(|input| missing(input)).collect()
    }

    /// The values, where none is missing.
    pub fn complete(self) -> Result<BTreeMap<String, Value>, Vec<Failure>> {
        if self.missing.is_empty() { Ok(self.values) } else { Err(self.missing_failures()) }
    }
}

/// The value of each of `inputs`, or all that is wrong with what was given, missing ones included.
pub fn resolve<'i>(inputs: &'i [Input], given: &Given) -> Result<Resolved<'i>, Vec<Failure>> {
    let mut failures = Vec::new();
    let mut file = None;
    if let Some((name, text)) = &given.file {
        match given::read(name, text) {
            Ok((format, values)) => file = Some(File { name, format, values }),
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(unknown(inputs, given, file.as_ref()));
    let home = (given.env)("HOME");
    let mut resolved = Resolved { values: BTreeMap::new(), origins: BTreeMap::new(), missing: Vec::new() };
    for input in inputs {
        match one(input, given, file.as_ref(), home.as_deref()) {
            Ok(Some((origin, value))) => {
                resolved.values.insert(input.name.clone(), value);
                resolved.origins.insert(input.name.clone(), origin);
            }
            Ok(None) => resolved.missing.push(input),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        return Ok(resolved);
    }
    failures.extend(resolved.missing_failures());
    Err(failures)
}

/// The value of `input` that a person typed when asked; nothing typed is the default.
pub fn parse_answer(input: &Input, typed: &str) -> Result<Value, Failure> {
    let home = std::env::var("HOME").ok();
    let typed = typed.trim_end_matches(['\n', '\r']);
    let taken = match &input.default {
        _ if !typed.is_empty() => take::text(input, typed, home.as_deref()),
        Some(default) => take::value(input, default.clone(), home.as_deref()),
        None if !input.required => Ok(Value::Unit),
        None => return Err(missing(input)),
    };
    taken.map_err(|wrong| failure(input, &wrong, "", &input.example()))
}

/// A file of inputs that was read.
struct File<'g> {
    name: &'g str,
    format: Format,
    values: BTreeMap<String, Value>,
}

/// What `input` is and where that comes from; nothing where it is missing.
fn one(
    input: &Input,
    given: &Given,
    file: Option<&File<'_>>,
    home: Option<&str>,
) -> Result<Option<(Origin, Value)>, Failure> {
    let name = &input.name;
    let example = input.example();
    if let Some((_, text)) = given.set.iter().rev().find(|(set, _)| set == name) {
        let taken = take::text(input, text, home);
        return match taken {
            Ok(value) => Ok(Some((Origin::Set, value))),
            Err(wrong) => Err(failure(input, &wrong, " (from `--set`)", &format!("--set {name}={}", quoted(&example)))),
        };
    }
    if let Some((file, value)) = file.and_then(|file| Some((file, file.values.get(name)?))) {
        return match take::value(input, value.clone(), home) {
            Ok(value) => Ok(Some((Origin::File, value))),
            Err(wrong) => {
                let right = take::text(input, &example, home).unwrap_or_default();
                let right = if input.kind == Kind::Path { example.as_str().into() } else { right };
                let from = format!(" (from `{}`)", file.name);
                Err(failure(input, &wrong, &from, &file.format.line(name, &right)))
            }
        };
    }
    let variable = input.variable();
    if let Some(text) = (given.env)(&variable).filter(|text| !text.is_empty()) {
        return match take::text(input, &text, home) {
            Ok(value) => Ok(Some((Origin::Env, value))),
            Err(wrong) => {
                let right = format!("{variable}={}", quoted(&example));
                Err(failure(input, &wrong, &format!(" (from `{variable}`)"), &right))
            }
        };
    }
    match &input.default {
        Some(default) => match take::value(input, default.clone(), home) {
            Ok(value) => Ok(Some((Origin::Default, value))),
            Err(wrong) => Err(failure(input, &wrong, " (its default)", &format!("--set {name}=…"))),
        },
        None if input.required => Ok(None),
        None => Ok(Some((Origin::Nothing, Value::Unit))),
    }
}

/// The failure of a wrong value; `right` is how a right one is given in the same way.
fn failure(input: &Input, wrong: &Wrong, from: &str, right: &str) -> Failure {
    let mut failure = Failure::new(code::INPUT_BAD, format!("{}{from}", wrong.sentence(&input.name)));
    failure.hints.extend(wrong.hints.iter().cloned());
    if input.kind == Kind::Secret {
        let give = |reference: &str| right.replace(&input.example(), reference);
        failure.hint(format!("put it into an environment variable and give its name: `{}`", give("env:NAME"))).hint(
            format!("or name a file or a command that has it: `{}`, `{}`", give("file:PATH"), give("cmd:COMMAND")),
        )
    } else if failure.hints.is_empty() && !input.example().is_empty() {
        failure.hint(format!("give it like this: `{right}`"))
    } else {
        failure
    }
}

/// `text` as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.,:/=@%+~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn missing(input: &Input) -> Failure {
    let takes = match input.kind {
        Kind::Enum => {
            let options: Vec<&str> = input.options.iter().map(String::as_str).collect();
            format!("one of {}", ticked(&options))
        }
        kind if input.example().is_empty() => kind.takes().to_owned(),
        kind => format!("{}, like `{}`", kind.takes(), input.example()),
    };
    let hint = format!("give it with `--set {}=…`: {takes}", input.name);
    Failure::new(code::INPUT_BAD, format!("input `{}` is missing", input.name)).hint(hint)
}

/// One failure for each name that is no input. What was given under it is not shown: it may be a secret.
fn unknown(inputs: &[Input], given: &Given, file: Option<&File<'_>>) -> Vec<Failure> {
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let set = given.set.iter().map(|(name, _)| (name.as_str(), "--set"));
    let file = file.into_iter().flat_map(|file| file.values.keys().map(|name| (name.as_str(), file.name)));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for one in set.chain(file) {
        if !names.contains(&one.0) && !seen.contains(&one) {
            seen.push(one);
        }
    }
    let failures = seen.into_iter().map(|(name, from)| {
        let what = format!("there is no input `{}` (from `{from}`)", shown(name));
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "this runbook takes no inputs".to_owned(),
            None => format!("its inputs are {}", ticked(&names)),
        };
        Failure::new(code::INPUT_BAD, what).hint(hint)
    });
    failures.collect()
}
