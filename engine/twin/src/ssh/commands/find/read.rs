//! Reads the conditions and actions of a `find`.

use super::Test;
use crate::ssh::commands::call::{Call, Stop};
use crate::ssh::commands::mode;

/// The conditions of a search, while they are read.
pub(super) struct Reader<'a> {
    pub(super) words: &'a [String],
    pub(super) at: usize,
    pub(super) depth: (usize, usize),
    /// Whether there is an action, so that nothing is printed by itself.
    pub(super) acts: bool,
    pub(super) deep_first: bool,
}

/// A test, or what is wrong with it; a stop where the twin does not know it.
type Read = Result<Result<Test, String>, Stop>;

macro_rules! fine {
    ($read:expr) => {
        match $read? {
            Ok(test) => test,
            Err(why) => return Ok(Err(why)),
        }
    };
}

impl Reader<'_> {
    /// All of them.
    pub(super) fn all(&mut self, call: &mut Call<'_, '_>) -> Read {
        if self.words.is_empty() {
            return Ok(Ok(Test::True(true)));
        }
        let test = fine!(self.or(call));
        match self.words.get(self.at) {
            None => Ok(Ok(test)),
            Some(_) => {
                Ok(Err("invalid expression; you have used a binary operator '-o' with nothing before it.".into()))
            }
        }
    }

    fn or(&mut self, call: &mut Call<'_, '_>) -> Read {
        let mut tests = vec![fine!(self.and(call))];
        while self.words.get(self.at).is_some_and(|word| word == "-o" || word == "-or") {
            self.at += 1;
            tests.push(fine!(self.and(call)));
        }
        Ok(Ok(if tests.len() == 1 { tests.remove(0) } else { Test::Or(tests) }))
    }

    fn and(&mut self, call: &mut Call<'_, '_>) -> Read {
        let mut tests = Vec::new();
        while let Some(word) = self.words.get(self.at) {
            match word.as_str() {
                "-o" | "-or" | ")" => break,
                "-a" | "-and" => self.at += 1,
                _ => tests.push(fine!(self.one(call))),
            }
        }
        Ok(Ok(if tests.is_empty() { Test::True(true) } else { Test::And(tests) }))
    }

    fn value(&mut self, name: &str) -> Result<String, String> {
        self.at += 1;
        self.words.get(self.at - 1).cloned().ok_or_else(|| format!("missing argument to `{name}'"))
    }

    fn one(&mut self, call: &mut Call<'_, '_>) -> Read {
        let word = self.words[self.at].clone();
        self.at += 1;
        match word.as_str() {
            "!" | "-not" => return Ok(Ok(Test::Not(Box::new(fine!(self.one(call)))))),
            "(" => {
                let test = fine!(self.or(call));
                if self.words.get(self.at).is_none_or(|word| word != ")") {
                    return Ok(Err(
                        "invalid expression; I was expecting to find a ')' somewhere but did not see one.".into()
                    ));
                }
                self.at += 1;
                return Ok(Ok(test));
            }
            _ => {}
        }
        self.simple(call, &word)
    }

    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    fn simple(&mut self, call: &mut Call<'_, '_>, word: &str) -> Read {
        let signed = |text: &str| -> (char, String) {
            match text.chars().next() {
                Some(sign @ ('+' | '-' | '/')) => (sign, text[1..].to_owned()),
                _ => ('=', text.to_owned()),
            }
        };
        macro_rules! value {
            () => {
                match self.value(word) {
                    Ok(value) => value,
                    Err(why) => return Ok(Err(why)),
                }
            };
        }
        Ok(Ok(match word {
            "-name" => Test::Name(value!(), false),
            "-iname" => Test::Name(value!(), true),
            "-path" | "-wholename" => Test::Path(value!()),
            "-type" => Test::Type(value!().replace(',', "")),
            "-maxdepth" | "-mindepth" => {
                let text = value!();
                let Ok(depth) = text.parse() else {
                    return Ok(Err(format!(
                        "Expected a positive decimal integer argument to {word}, but got '{text}'"
                    )));
                };
                if word == "-maxdepth" {
                    self.depth.1 = depth
                } else {
                    self.depth.0 = depth
                }
                Test::True(true)
            }
            "-size" => {
                let (sign, text) = signed(&value!());
                let unit = match text.chars().last() {
                    Some('c') => 1,
                    Some('k') => 1 << 10,
                    Some('M') => 1 << 20,
                    Some('G') => 1 << 30,
                    _ => 512,
                };
                Test::Size(sign, text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0), unit)
            }
            "-mtime" | "-mmin" | "-ctime" | "-cmin" => {
                let (sign, text) = signed(&value!());
                Test::Age(sign, text.parse().unwrap_or(0), if word.ends_with("min") { 60 } else { 86_400 })
            }
            "-newer" => {
                let path = value!();
                match call.sys.stat(&path, true) {
                    Ok(stat) => Test::Newer(stat.modified),
                    Err(error) => return Ok(Err(format!("'{path}': {error}"))),
                }
            }
            "-perm" => {
                let text = value!();
                let (sign, bits) = signed(&text);
                match mode::apply(&bits, 0, false, 0) {
                    Some(bits) => Test::Perm(sign, bits),
                    None => return Ok(Err(format!("invalid mode '{text}'"))),
                }
            }
            "-user" | "-uid" | "-group" | "-gid" => {
                let name = value!();
                let number = name.parse().ok();
                if word == "-user" || word == "-uid" {
                    let known =
                        call.sys.machine.users().into_iter().find(|user| user.name == name).map(|user| user.uid);
                    match known.or(number) {
                        Some(uid) => Test::User(uid),
                        None => return Ok(Err(format!("'{name}' is not the name of a known user"))),
                    }
                } else {
                    let known =
                        call.sys.machine.groups().into_iter().find(|group| group.0 == name).map(|group| group.1);
                    match known.or(number) {
                        Some(gid) => Test::Group(gid),
                        None => return Ok(Err(format!("'{name}' is not the name of an existing group"))),
                    }
                }
            }
            "-empty" => Test::Empty,
            "-true" => Test::True(true),
            "-false" => Test::True(false),
            "-xdev" | "-mount" | "-noleaf" => Test::True(true),
            "-depth" => {
                self.deep_first = true;
                Test::True(true)
            }
            "-prune" => Test::Prune,
            _ => return self.action(call, word),
        }))
    }

    fn action(&mut self, call: &mut Call<'_, '_>, word: &str) -> Read {
        self.acts = true;
        Ok(Ok(match word {
            "-print" => Test::Print(false),
            "-print0" => Test::Print(true),
            "-printf" => match self.value(word) {
                Ok(format) => Test::Printf(format),
                Err(why) => return Ok(Err(why)),
            },
            "-ls" => Test::Ls,
            "-quit" => Test::Quit,
            "-delete" => {
                self.deep_first = true;
                Test::Delete
            }
            "-exec" => {
                let rest = &self.words[self.at..];
                let Some(end) = rest.iter().position(|word| word == ";" || word == "+") else {
                    return Ok(Err("missing argument to `-exec'".into()));
                };
                let words = rest[..end].to_vec();
                let together = rest[end] == "+";
                self.at += end + 1;
                Test::Exec(words, together)
            }
            odd => {
                let words = call.args.clone();
                call.sys.machine.note_unknown(&words, &format!("find {odd}"));
                return Ok(Err(format!("unknown predicate `{odd}'")));
            }
        }))
    }
}
