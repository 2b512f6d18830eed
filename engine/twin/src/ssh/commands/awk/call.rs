//! The functions of `awk`: its own and those of the program; pure.

use std::collections::BTreeMap;

use super::act::Go;
use super::program::{Do, Expr};
use super::run::{Done, Machine};
use super::value::Value;
use crate::machines::text::to_bytes;
use crate::ssh::commands::format;

impl Machine<'_> {
    pub(super) fn call(&mut self, name: &str, args: &[Expr]) -> Done<Value> {
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
                let found =
                    self.regex(&source)?.find(&bytes).map(|found| (found.start() as f64 + 1.0, found.len() as f64));
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
}

/// Text made by a format, as `printf` makes it.
pub(super) fn formatted(values: &[Value]) -> Done<String> {
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
