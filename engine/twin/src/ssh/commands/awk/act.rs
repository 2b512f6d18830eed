//! The statements of `awk`; pure.

use super::call::formatted;
use super::program::{Do, Expr};
use super::run::{Done, Machine};
use super::value::{Value, shown};

/// How many statements are run at most; a program that loops by itself is stopped.
const STEPS_MAX: u64 = 5_000_000;

/// How a statement goes on.
pub(super) enum Go {
    On,
    Break,
    Continue,
    Next,
    Exit,
    Return(Value),
}

impl Machine<'_> {
    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    pub(super) fn act(&mut self, what: &Do) -> Done<Go> {
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
                let keys: Vec<String> =
                    self.arrays.get(&array).map(|array| array.keys().cloned().collect()).unwrap_or_default();
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
