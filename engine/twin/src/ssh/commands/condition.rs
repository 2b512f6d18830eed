//! `test` and `[`: what holds of texts, numbers and files.

use super::call::{Call, Done};
use super::{Command, once};
use crate::machines::sys::Sys;

pub(super) const COMMANDS: &[Command] = &[once("test", "/usr/bin", run), once("[", "/usr/bin", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    let mut args = call.args.clone();
    if call.name == "[" && args.pop().as_deref() != Some("]") {
        return call.fail(2, "missing ']'");
    }
    match holds(call.sys, &args) {
        Ok(holds) => Ok(i32::from(!holds)),
        Err(why) => call.fail(2, &why),
    }
}

/// Whether it holds, or what is wrong with it.
pub(crate) fn holds(sys: &Sys<'_>, args: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        ["!", one] => Ok(one.is_empty()),
        [sign, what] if is_unary(sign) => unary(sys, sign, what),
        [sign, _] => Err(format!("{sign}: unexpected operator")),
        [left, sign, right] if is_binary(sign) => binary(sys, left, sign, right),
        ["!", rest @ ..] if words.len() <= 4 => Ok(!holds(sys, &owned(rest))?),
        ["(", inner @ .., ")"] if words.len() <= 4 => holds(sys, &owned(inner)),
        _ => {
            let mut test = Test { sys, words: &words, at: 0 };
            let value = test.or()?;
            if test.at < words.len() { Err(format!("{}: unexpected operator", words[test.at - 1])) } else { Ok(value) }
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn is_unary(sign: &str) -> bool {
    sign.len() == 2 && sign.starts_with('-') && "bcdefghkLnOGprsStuwxz".contains(&sign[1..])
}

fn is_binary(sign: &str) -> bool {
    let signs = ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "-a", "-o"];
    signs.contains(&sign)
}

struct Test<'a, 'b> {
    sys: &'a Sys<'b>,
    words: &'a [&'a str],
    at: usize,
}

impl Test<'_, '_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).copied()
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut value = self.and()?;
        while self.peek() == Some("-o") {
            self.at += 1;
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut value = self.not()?;
        while self.peek() == Some("-a") {
            self.at += 1;
            value &= self.not()?;
        }
        Ok(value)
    }

    fn not(&mut self) -> Result<bool, String> {
        if self.peek() == Some("!") && self.at + 1 < self.words.len() {
            self.at += 1;
            return Ok(!self.not()?);
        }
        let Some(first) = self.words.get(self.at).copied() else { return Err("argument expected".into()) };
        if let (Some(sign), Some(right)) = (self.words.get(self.at + 1), self.words.get(self.at + 2))
            && is_binary(sign)
            && !["-a", "-o"].contains(sign)
        {
            self.at += 3;
            return binary(self.sys, first, sign, right);
        }
        if first == "(" {
            self.at += 1;
            let value = self.or()?;
            if self.peek() != Some(")") {
                return Err("closing paren expected".into());
            }
            self.at += 1;
            return Ok(value);
        }
        if is_unary(first)
            && let Some(what) = self.words.get(self.at + 1)
        {
            self.at += 2;
            return unary(self.sys, first, what);
        }
        self.at += 1;
        Ok(!first.is_empty())
    }
}

fn unary(sys: &Sys<'_>, sign: &str, what: &str) -> Result<bool, String> {
    let letter = sign.chars().nth(1).unwrap_or(' ');
    if letter == 'n' || letter == 'z' {
        return Ok(what.is_empty() == (letter == 'z'));
    }
    if letter == 't' {
        let fd = number(what)?;
        return Ok(i32::try_from(fd).is_ok_and(|fd| sys.is_terminal(fd)));
    }
    let Ok(spot) = sys.walk(what, !matches!(letter, 'L' | 'h')) else { return Ok(false) };
    let Ok(stat) = sys.machine.stat_at(&spot) else { return Ok(false) };
    let who = &sys.me().cred;
    let read_only = || sys.machine.files.mount_of(&spot.path).read_only();
    Ok(match letter {
        'e' => true,
        'f' => stat.is_file(),
        'd' => stat.is_folder(),
        'L' | 'h' => stat.is_link(),
        's' => stat.size > 0,
        'r' => who.may(&stat, 4),
        'w' => who.may(&stat, 2) && !read_only(),
        'x' => who.may(&stat, 1),
        'b' => stat.letter() == 'b',
        'c' => stat.letter() == 'c',
        'p' => stat.letter() == 'p',
        'S' => stat.letter() == 's',
        'u' => stat.mode & 0o4000 > 0,
        'g' => stat.mode & 0o2000 > 0,
        'k' => stat.mode & 0o1000 > 0,
        'O' => stat.uid == who.uid,
        'G' => stat.gid == who.gid,
        _ => false,
    })
}

fn number(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("Illegal number: {text}"))
}

fn binary(sys: &Sys<'_>, left: &str, sign: &str, right: &str) -> Result<bool, String> {
    let stats = || (sys.stat(left, true), sys.stat(right, true));
    Ok(match sign {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-a" => !left.is_empty() && !right.is_empty(),
        "-o" => !left.is_empty() || !right.is_empty(),
        "-nt" => matches!(stats(), (Ok(a), Ok(b)) if a.modified > b.modified),
        "-ot" => matches!(stats(), (Ok(a), Ok(b)) if a.modified < b.modified),
        "-ef" => matches!(stats(), (Ok(a), Ok(b)) if a.ino == b.ino && a.device == b.device),
        _ => {
            let (a, b) = (number(left)?, number(right)?);
            match sign {
                "-eq" => a == b,
                "-ne" => a != b,
                "-lt" => a < b,
                "-le" => a <= b,
                "-gt" => a > b,
                _ => a >= b,
            }
        }
    })
}
