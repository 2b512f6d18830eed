//! Runs a program of `awk` over texts; pure.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::act::Go;
use super::program::{Expr, Pattern, Program};
use super::value::Value;
use crate::machines::text::to_bytes;
use crate::ssh::commands::{format, posix};

pub(super) type Done<T> = Result<T, String>;

/// A program with all it has.
pub(super) struct Machine<'a> {
    pub(super) program: &'a Program,
    pub(super) vars: BTreeMap<String, Value>,
    pub(super) arrays: BTreeMap<String, BTreeMap<String, Value>>,
    pub(super) locals: Vec<(BTreeMap<String, Value>, BTreeMap<String, String>)>,
    fields: Vec<String>,
    pub(super) record: String,
    regexes: BTreeMap<String, Regex>,
    ranges: Vec<bool>,
    pub(super) code: Option<i32>,
    pub(super) steps: u64,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) files: Vec<(String, String, bool)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let text = |value: &str| Value::Text(value.to_owned());
        let usual = [
            ("FS", text(" ")),
            ("OFS", text(" ")),
            ("ORS", text("\n")),
            ("RS", text("\n")),
            ("SUBSEP", text("\x1c")),
            ("NR", Value::Number(0.0)),
            ("NF", Value::Number(0.0)),
            ("RSTART", Value::Number(0.0)),
            ("RLENGTH", Value::Number(-1.0)),
        ];
        Self {
            program,
            vars: usual.map(|(name, value)| (name.to_owned(), value)).into(),
            arrays: BTreeMap::new(),
            locals: Vec::new(),
            fields: Vec::new(),
            record: String::new(),
            regexes: BTreeMap::new(),
            ranges: vec![false; program.rules.len()],
            code: None,
            steps: 0,
            out: String::new(),
            err: String::new(),
            files: Vec::new(),
        }
    }

    pub(super) fn assign(&mut self, name: &str, value: &str) {
        let (bytes, _) = format::escapes(value, format::Escapes::Format);
        self.vars.insert(name.to_owned(), Value::Input(crate::machines::text::from_bytes(&bytes)));
    }

    pub(super) fn environment(&mut self, name: &str, value: &str) {
        self.arrays.entry("ENVIRON".into()).or_default().insert(name.to_owned(), Value::Input(value.to_owned()));
    }

    /// Whether it reads its input at all.
    pub(super) fn reads(&self) -> bool {
        !self.program.rules.is_empty() || !self.program.end.is_empty()
    }

    /// Runs it; gives the status it asked for.
    pub(super) fn run(&mut self, inputs: &[(String, Option<String>)]) -> Done<Option<i32>> {
        let program = self.program;
        let mut over = false;
        for body in &program.begin {
            if matches!(self.act(body)?, Go::Exit) {
                over = true;
                break;
            }
        }
        if !over {
            over = self.read(inputs)?;
        }
        if !(over && program.begin.is_empty() && program.end.is_empty()) {
            for body in &program.end {
                if matches!(self.act(body)?, Go::Exit) {
                    break;
                }
            }
        }
        Ok(self.code)
    }

    fn read(&mut self, inputs: &[(String, Option<String>)]) -> Done<bool> {
        let program = self.program;
        for (name, text) in inputs {
            let Some(text) = text else {
                let (name, value) = name.split_once('=').unwrap_or((name, ""));
                self.assign(name, value);
                continue;
            };
            self.vars.insert("FILENAME".into(), Value::Text(name.clone()));
            self.vars.insert("FNR".into(), Value::Number(0.0));
            let separator = self.var("RS").text();
            for record in records(text, &separator) {
                for name in ["NR", "FNR"] {
                    let next = self.var(name).number() + 1.0;
                    self.vars.insert(name.into(), Value::Number(next));
                }
                self.set_record(record);
                for (at, (pattern, body)) in program.rules.iter().enumerate() {
                    if !self.hits(at, pattern)? {
                        continue;
                    }
                    let go = match body {
                        Some(body) => self.act(body)?,
                        None => {
                            let line = format!("{}{}", self.record, self.var("ORS").text());
                            self.out.push_str(&line);
                            Go::On
                        }
                    };
                    match go {
                        Go::Next => break,
                        Go::Exit => return Ok(true),
                        _ => {}
                    }
                }
            }
        }
        Ok(false)
    }

    fn hits(&mut self, at: usize, pattern: &Pattern) -> Done<bool> {
        Ok(match pattern {
            Pattern::Always => true,
            Pattern::When(cond) => self.holds(cond)?,
            Pattern::Range(from, to) => {
                if !self.ranges[at] && !self.holds(from)? {
                    return Ok(false);
                }
                self.ranges[at] = !self.holds(to)?;
                true
            }
        })
    }

    pub(super) fn var(&self, name: &str) -> Value {
        if let Some((locals, _)) = self.locals.last()
            && let Some(value) = locals.get(name)
        {
            return value.clone();
        }
        self.vars.get(name).cloned().unwrap_or(Value::Nothing)
    }

    pub(super) fn set_var(&mut self, name: &str, value: Value) {
        if let Some((locals, _)) = self.locals.last_mut()
            && let Some(held) = locals.get_mut(name)
        {
            *held = value;
            return;
        }
        if name == "NF" {
            let count = value.number().max(0.0) as usize;
            self.fields.resize(count.min(100_000), String::new());
            self.join();
        }
        self.vars.insert(name.to_owned(), value);
    }

    fn set_record(&mut self, record: &str) {
        self.record = record.to_owned();
        let separator = self.var("FS").text();
        self.fields = self.split(record, &separator).unwrap_or_default();
        self.vars.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    fn join(&mut self) {
        self.record = self.fields.join(&self.var("OFS").text());
    }

    pub(super) fn split(&mut self, text: &str, separator: &str) -> Done<Vec<String>> {
        if separator == " " {
            return Ok(text.split_ascii_whitespace().map(str::to_owned).collect());
        }
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if separator.is_empty() {
            return Ok(text.chars().map(String::from).collect());
        }
        if separator.chars().count() == 1 && separator != "\\" {
            return Ok(text.split(separator).map(str::to_owned).collect());
        }
        let regex = self.regex(separator)?;
        let bytes = to_bytes(text);
        Ok(regex.split(&bytes).map(crate::machines::text::from_bytes).collect())
    }

    pub(super) fn regex(&mut self, text: &str) -> Done<Regex> {
        if let Some(known) = self.regexes.get(text) {
            return Ok(known.clone());
        }
        let made = posix::regex(text, true, false)?;
        self.regexes.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    /// The array a name means here: a parameter may stand for one of the caller's.
    pub(super) fn array_name(&self, name: &str) -> String {
        self.locals.last().and_then(|(_, arrays)| arrays.get(name)).cloned().unwrap_or_else(|| name.to_owned())
    }

    pub(super) fn key(&mut self, keys: &[Expr]) -> Done<String> {
        let mut all = Vec::new();
        for key in keys {
            all.push(self.value(key)?.text());
        }
        Ok(all.join(&self.var("SUBSEP").text()))
    }

    pub(super) fn holds(&mut self, expr: &Expr) -> Done<bool> {
        Ok(self.value(expr)?.holds())
    }

    fn is_match(&mut self, text: &Value, pattern: &Expr) -> Done<bool> {
        let source = match pattern {
            Expr::Regex(source) => source.clone(),
            other => self.value(other)?.text(),
        };
        Ok(self.regex(&source)?.is_match(&to_bytes(&text.text())))
    }

    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    pub(super) fn value(&mut self, expr: &Expr) -> Done<Value> {
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(_) => {
                let record = Value::Text(self.record.clone());
                Value::Number(f64::from(u8::from(self.is_match(&record, expr)?)))
            }
            Expr::Var(name) => self.var(name),
            Expr::Field(index) => {
                let at = self.value(index)?.number();
                if at < 0.0 {
                    return Err(format!("trying to access out of range field {at}"));
                }
                match at as usize {
                    0 => Value::Input(self.record.clone()),
                    at => self.fields.get(at - 1).map_or(Value::Nothing, |field| Value::Input(field.clone())),
                }
            }
            Expr::Index(name, keys) => {
                let key = self.key(keys)?;
                let array = self.array_name(name);
                self.arrays.entry(array).or_default().entry(key).or_insert(Value::Nothing).clone()
            }
            Expr::In(keys, name) => {
                let key = self.key(keys)?;
                let there = self.arrays.get(&self.array_name(name)).is_some_and(|array| array.contains_key(&key));
                Value::Number(f64::from(u8::from(there)))
            }
            Expr::Binary(sign, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                binary(sign, &left, &right)?
            }
            Expr::Unary(sign, inner) => {
                let inner = self.value(inner)?;
                Value::Number(match sign {
                    '!' => f64::from(u8::from(!inner.holds())),
                    '-' => -inner.number(),
                    _ => inner.number(),
                })
            }
            Expr::Match(not, left, right) => {
                let left = self.value(left)?;
                Value::Number(f64::from(u8::from(self.is_match(&left, right)? != *not)))
            }
            Expr::And(left, right) => Value::Number(f64::from(u8::from(self.holds(left)? && self.holds(right)?))),
            Expr::Or(left, right) => Value::Number(f64::from(u8::from(self.holds(left)? || self.holds(right)?))),
            Expr::Choice(cond, yes, no) => {
                if self.holds(cond)? {
                    self.value(yes)?
                } else {
                    self.value(no)?
                }
            }
            Expr::Assign(sign, place, value) => {
                let right = self.value(value)?;
                let value = if *sign == "=" {
                    right
                } else {
                    let left = self.value(place)?;
                    binary(if *sign == "**=" { "^" } else { &sign[..1] }, &left, &right)?
                };
                self.store(place, value.clone())?;
                value
            }
            Expr::Step(by, before, place) => {
                let old = self.value(place)?.number();
                self.store(place, Value::Number(old + by))?;
                Value::Number(if *before { old + by } else { old })
            }
            Expr::Concat(left, right) => {
                let left = self.value(left)?.text();
                Value::Text(left + &self.value(right)?.text())
            }
            Expr::Call(name, args) => self.call(name, args)?,
        })
    }

    pub(super) fn store(&mut self, place: &Expr, value: Value) -> Done<()> {
        match place {
            Expr::Var(name) => self.set_var(name, value),
            Expr::Index(name, keys) => {
                let key = self.key(keys)?;
                let array = self.array_name(name);
                self.arrays.entry(array).or_default().insert(key, value);
            }
            Expr::Field(index) => match self.value(index)?.number() as usize {
                0 => self.set_record(&value.text()),
                at if at <= 100_000 => {
                    if self.fields.len() < at {
                        self.fields.resize(at, String::new());
                    }
                    self.fields[at - 1] = value.text();
                    self.vars.insert("NF".into(), Value::Number(self.fields.len() as f64));
                    self.join();
                }
                at => return Err(format!("field {at} is too large")),
            },
            _ => return Err("this cannot be assigned to".into()),
        }
        Ok(())
    }
}

fn binary(sign: &str, left: &Value, right: &Value) -> Done<Value> {
    let (a, b) = (left.number(), right.number());
    let order = left.compare(right);
    let truth = |holds: bool| f64::from(u8::from(holds));
    Ok(Value::Number(match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" | "%" if b == 0.0 => return Err("division by zero".into()),
        "/" => a / b,
        "%" => a % b,
        "^" => a.powf(b),
        "<" => truth(order.is_lt()),
        "<=" => truth(order.is_le()),
        "==" => truth(order.is_eq()),
        "!=" => truth(order.is_ne()),
        ">" => truth(order.is_gt()),
        _ => truth(order.is_ge()),
    }))
}

fn records<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    if separator.is_empty() {
        return text
            .split("\n\n")
            .map(|record| record.trim_matches('\n'))
            .filter(|record| !record.is_empty())
            .collect();
    }
    let first = &separator[..separator.chars().next().map_or(0, char::len_utf8)];
    let text = text.strip_suffix(first).unwrap_or(text);
    if text.is_empty() { Vec::new() } else { text.split(first).collect() }
}
