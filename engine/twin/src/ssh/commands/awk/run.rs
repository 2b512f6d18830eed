//! Runs a program of `awk` over texts; pure.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::parse::{Do, Expr, Pattern, Program};
use super::value::{Value, shown};
use crate::machines::text::to_bytes;
use crate::ssh::commands::{format, posix};

/// How many statements are run at most; a program that loops by itself is stopped.
const STEPS_MAX: u64 = 5_000_000;

/// How a statement goes on.
enum Go {
    On,
    Break,
    Continue,
    Next,
    Exit,
    Return(Value),
}

type Done<T> = Result<T, String>;

/// A program with all it has.
pub(super) struct Machine<'a> {
    program: &'a Program,
    vars: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<String, Value>>,
    locals: Vec<(BTreeMap<String, Value>, BTreeMap<String, String>)>,
    fields: Vec<String>,
    record: String,
    regexes: BTreeMap<String, Regex>,
    ranges: Vec<bool>,
    code: Option<i32>,
    steps: u64,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) files: Vec<(String, String, bool)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let text = |value: &str| Value::Text(value.to_owned());
        let usual = [("FS", text(" ")), ("OFS", text(" ")), ("ORS", text("\n")), ("RS", text("\n")), ("SUBSEP", text("\x1c")), ("NR", Value::Number(0.0)), ("NF", Value::Number(0.0)), ("RSTART", Value::Number(0.0)), ("RLENGTH", Value::Number(-1.0))];
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

    fn var(&self, name: &str) -> Value {
        if let Some((locals, _)) = self.locals.last()
            && let Some(value) = locals.get(name)
        {
            return value.clone();
        }
        self.vars.get(name).cloned().unwrap_or(Value::Nothing)
    }

    fn set_var(&mut self, name: &str, value: Value) {
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

    fn split(&mut self, text: &str, separator: &str) -> Done<Vec<String>> {
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

    fn regex(&mut self, text: &str) -> Done<Regex> {
        if let Some(known) = self.regexes.get(text) {
            return Ok(known.clone());
        }
        let made = posix::regex(text, true, false)?;
        self.regexes.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    /// The array a name means here: a parameter may stand for one of the caller's.
    fn array_name(&self, name: &str) -> String {
        self.locals.last().and_then(|(_, arrays)| arrays.get(name)).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn key(&mut self, keys: &[Expr]) -> Done<String> {
        let mut all = Vec::new();
        for key in keys {
            all.push(self.value(key)?.text());
        }
        Ok(all.join(&self.var("SUBSEP").text()))
    }

    fn holds(&mut self, expr: &Expr) -> Done<bool> {
        Ok(self.value(expr)?.holds())
    }

    fn is_match(&mut self, text: &Value, pattern: &Expr) -> Done<bool> {
        let source = match pattern {
            Expr::Regex(source) => source.clone(),
            other => self.value(other)?.text(),
        };
        Ok(self.regex(&source)?.is_match(&to_bytes(&text.text())))
    }

    fn value(&mut self, expr: &Expr) -> Done<Value> {
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

    fn store(&mut self, place: &Expr, value: Value) -> Done<()> {
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

    fn call(&mut self, name: &str, args: &[Expr]) -> Done<Value> {
        let program = self.program;
        if let Some((parameters, body)) = program.functions.get(name) {
            return self.function(parameters, body, args);
        }
        let text = |machine: &mut Self, at: usize| -> Done<String> {
            args.get(at).map_or(Ok(machine.record.clone()), |arg| machine.value(arg).map(|value| value.text()))
        };
        let number = |machine: &mut Self, at: usize| -> Done<f64> {
            args.get(at).map_or(Ok(0.0), |arg| machine.value(arg).map(|value| value.number()))
        };
        Ok(match name {
            "length" => {
                if let Some(Expr::Var(array)) = args.first()
                    && let Some(array) = self.arrays.get(&self.array_name(array))
                {
                    return Ok(Value::Number(array.len() as f64));
                }
                Value::Number(text(self, 0)?.chars().count() as f64)
            }
            "substr" => {
                let all: Vec<char> = text(self, 0)?.chars().collect();
                let from = number(self, 1)?.round();
                let to = if args.len() > 2 { from + number(self, 2)?.round() } else { f64::INFINITY };
                let first = (from.max(1.0) - 1.0).min(all.len() as f64) as usize;
                let last = (to - 1.0).clamp(first as f64, all.len() as f64) as usize;
                Value::Text(all[first..last].iter().collect())
            }
            "index" => {
                let (all, part) = (text(self, 0)?, text(self, 1)?);
                Value::Number(all.find(&part).map_or(0.0, |at| all[..at].chars().count() as f64 + 1.0))
            }
            "split" => self.split_into(args)?,
            "sub" | "gsub" => self.substitute(name == "gsub", args)?,
            "match" => {
                let value = self.value(args.first().ok_or("match takes two values")?)?.text();
                let source = self.pattern(args.get(1).ok_or("match takes two values")?)?;
                let bytes = to_bytes(&value);
                let found = self.regex(&source)?.find(&bytes).map(|found| (found.start() as f64 + 1.0, found.len() as f64));
                let (start, length) = found.unwrap_or((0.0, -1.0));
                self.vars.insert("RSTART".into(), Value::Number(start));
                self.vars.insert("RLENGTH".into(), Value::Number(length));
                Value::Number(start)
            }
            "sprintf" => {
                let mut words = Vec::new();
                for arg in args {
                    words.push(self.value(arg)?);
                }
                Value::Text(formatted(&words)?)
            }
            "tolower" => Value::Text(text(self, 0)?.to_lowercase()),
            "toupper" => Value::Text(text(self, 0)?.to_uppercase()),
            "int" => Value::Number(number(self, 0)?.trunc()),
            "sqrt" => Value::Number(number(self, 0)?.sqrt()),
            "exp" => Value::Number(number(self, 0)?.exp()),
            "log" => Value::Number(number(self, 0)?.ln()),
            "sin" => Value::Number(number(self, 0)?.sin()),
            "cos" => Value::Number(number(self, 0)?.cos()),
            "fflush" | "close" => Value::Number(0.0),
            _ => return Err(format!("calling undefined function {name}")),
        })
    }

    fn function(&mut self, parameters: &[String], body: &Do, args: &[Expr]) -> Done<Value> {
        if self.locals.len() > 200 {
            return Err("functions call each other too deep".into());
        }
        let (mut locals, mut arrays) = (BTreeMap::new(), BTreeMap::new());
        for (at, name) in parameters.iter().enumerate() {
            match args.get(at) {
                Some(Expr::Var(given)) if self.arrays.contains_key(&self.array_name(given)) => {
                    arrays.insert(name.clone(), self.array_name(given));
                }
                Some(arg) => {
                    let value = self.value(arg)?;
                    locals.insert(name.clone(), value);
                }
                None => {
                    locals.insert(name.clone(), Value::Nothing);
                    let own = format!("{name}\0{}", self.locals.len());
                    self.arrays.remove(&own);
                    arrays.insert(name.clone(), own);
                }
            }
        }
        self.locals.push((locals, arrays));
        let done = self.act(body);
        self.locals.pop();
        match done? {
            Go::Return(value) => Ok(value),
            _ => Ok(Value::Nothing),
        }
    }

    fn pattern(&mut self, expr: &Expr) -> Done<String> {
        match expr {
            Expr::Regex(source) => Ok(source.clone()),
            other => Ok(self.value(other)?.text()),
        }
    }

    fn split_into(&mut self, args: &[Expr]) -> Done<Value> {
        let [text, Expr::Var(array), rest @ ..] = args else { return Err("split takes a text and an array".into()) };
        let text = self.value(text)?.text();
        let separator = match rest.first() {
            Some(expr) => self.pattern(expr)?,
            None => self.var("FS").text(),
        };
        let pieces = self.split(&text, &separator)?;
        let name = self.array_name(array);
        let count = pieces.len();
        let numbered = pieces.into_iter().enumerate().map(|(at, piece)| ((at + 1).to_string(), Value::Input(piece)));
        self.arrays.insert(name, numbered.collect());
        Ok(Value::Number(count as f64))
    }

    fn substitute(&mut self, every: bool, args: &[Expr]) -> Done<Value> {
        let [pattern, with, rest @ ..] = args else { return Err("sub takes two or three values".into()) };
        let source = self.pattern(pattern)?;
        let regex = self.regex(&source)?;
        let with = self.value(with)?.text();
        let place = rest.first().cloned().unwrap_or(Expr::Field(Box::new(Expr::Number(0.0))));
        let bytes = to_bytes(&self.value(&place)?.text());
        let (mut out, mut from, mut count) = (Vec::new(), 0, 0);
        for found in regex.find_iter(&bytes) {
            count += 1;
            out.extend(&bytes[from..found.start()]);
            let mut chars = with.chars();
            while let Some(c) = chars.next() {
                match c {
                    '&' => out.extend(found.as_bytes()),
                    '\\' => match chars.next() {
                        Some('&') => out.push(b'&'),
                        Some('\\') => out.push(b'\\'),
                        Some(c) => out.extend(to_bytes(&format!("\\{c}"))),
                        None => out.push(b'\\'),
                    },
                    c => out.extend(to_bytes(&c.to_string())),
                }
            }
            from = found.end();
            if !every {
                break;
            }
        }
        if count > 0 {
            out.extend(&bytes[from..]);
            self.store(&place, Value::Text(crate::machines::text::from_bytes(&out)))?;
        }
        Ok(Value::Number(f64::from(count)))
    }

    fn act(&mut self, what: &Do) -> Done<Go> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err("the program does not end".into());
        }
        match what {
            Do::Block(all) => {
                for one in all {
                    match self.act(one)? {
                        Go::On => {}
                        other => return Ok(other),
                    }
                }
            }
            Do::Print(words, to) => {
                let mut texts = Vec::new();
                for word in words {
                    texts.push(match self.value(word)? {
                        Value::Number(number) => shown(number),
                        other => other.text(),
                    });
                }
                let line = if words.is_empty() { self.record.clone() } else { texts.join(&self.var("OFS").text()) };
                let line = line + &self.var("ORS").text();
                self.put(&line, to.as_ref())?;
            }
            Do::Printf(words, to) => {
                let mut values = Vec::new();
                for word in words {
                    values.push(self.value(word)?);
                }
                let text = formatted(&values)?;
                self.put(&text, to.as_ref())?;
            }
            Do::Expr(expr) => {
                self.value(expr)?;
            }
            Do::If(cond, yes, no) => {
                if self.holds(cond)? {
                    return self.act(yes);
                }
                if let Some(no) = no {
                    return self.act(no);
                }
            }
            Do::Break => return Ok(Go::Break),
            Do::Continue => return Ok(Go::Continue),
            Do::Next => return Ok(Go::Next),
            Do::Exit(code) => {
                if let Some(code) = code {
                    self.code = Some(self.value(code)?.number() as i32);
                }
                self.code = self.code.or(Some(0));
                return Ok(Go::Exit);
            }
            Do::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Nothing), |value| self.value(value))?;
                return Ok(Go::Return(value));
            }
            Do::Delete(name, keys) => {
                let array = self.array_name(name);
                match keys {
                    Some(keys) => {
                        let key = self.key(keys)?;
                        self.arrays.entry(array).or_default().remove(&key);
                    }
                    None => {
                        self.arrays.remove(&array);
                    }
                }
            }
            _ => return self.repeat(what),
        }
        Ok(Go::On)
    }

    fn repeat(&mut self, what: &Do) -> Done<Go> {
        match what {
            Do::While(cond, body, after) => {
                let mut first = *after;
                while first || self.holds(cond)? {
                    first = false;
                    match self.act(body)? {
                        Go::Break => break,
                        Go::On | Go::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            Do::For(begin, cond, step, body) => {
                if let Some(begin) = begin {
                    self.act(begin)?;
                }
                while cond.as_ref().map_or(Ok(true), |cond| self.holds(cond))? {
                    match self.act(body)? {
                        Go::Break => break,
                        Go::On | Go::Continue => {}
                        other => return Ok(other),
                    }
                    if let Some(step) = step {
                        self.act(step)?;
                    }
                }
            }
            Do::ForIn(key, name, body) => {
                let array = self.array_name(name);
                let keys: Vec<String> = self.arrays.get(&array).map(|array| array.keys().cloned().collect()).unwrap_or_default();
                for one in keys {
                    self.set_var(key, Value::Input(one));
                    match self.act(body)? {
                        Go::Break => break,
                        Go::On | Go::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            _ => {}
        }
        Ok(Go::On)
    }

    fn put(&mut self, text: &str, to: Option<&(bool, Expr)>) -> Done<()> {
        let Some((append, path)) = to else {
            self.out.push_str(text);
            return Ok(());
        };
        let path = self.value(path)?.text();
        match path.as_str() {
            "/dev/stdout" => self.out.push_str(text),
            "/dev/stderr" => self.err.push_str(text),
            _ => match self.files.iter_mut().find(|(known, ..)| *known == path) {
                Some((_, held, _)) => held.push_str(text),
                None => self.files.push((path, text.to_owned(), *append)),
            },
        }
        Ok(())
    }
}

fn formatted(values: &[Value]) -> Done<String> {
    let Some((wanted, values)) = values.split_first() else { return Err("printf: no format".into()) };
    let mut words: Vec<String> = values.iter().map(Value::text).collect();
    // Whole numbers are asked for of values that may have a fraction.
    let mut letters = wanted.text().replace("%%", "");
    for (at, word) in words.iter_mut().enumerate() {
        let Some(place) = letters.find('%') else { break };
        let rest = letters[place + 1..].to_owned();
        let letter = rest.find(|c: char| c.is_ascii_alphabetic());
        if letter.is_some_and(|found| "diouxX".contains(&rest[found..=found])) {
            *word = format!("{}", values[at].number().trunc() as i64);
        } else if letter.is_some_and(|found| "c".contains(&rest[found..=found])) {
            if let Value::Number(code) = values[at] {
                *word = crate::machines::text::from_bytes(&[code as u8]);
            }
        } else if letter.is_some_and(|found| "eEfFgG".contains(&rest[found..=found])) {
            *word = values[at].number().to_string();
        }
        letters = letter.map_or(String::new(), |found| rest[found + 1..].to_owned());
    }
    // Too many values are not formatted over again, as the shell would.
    let count = wanted.text().replace("%%", "").matches('%').count();
    words.truncate(count);
    let escaped = wanted.text().replace('\\', "\\\\");
    let done = format::printf(&escaped, &words);
    Ok(crate::machines::text::from_bytes(&done.out))
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
        return text.split("\n\n").map(|record| record.trim_matches('\n')).filter(|record| !record.is_empty()).collect();
    }
    let first = &separator[..separator.chars().next().map_or(0, char::len_utf8)];
    let text = text.strip_suffix(first).unwrap_or(text);
    if text.is_empty() { Vec::new() } else { text.split(first).collect() }
}
