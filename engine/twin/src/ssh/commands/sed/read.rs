//! Reads the script of a `sed`; pure.

use regex::bytes::Regex;

use super::script::{Address, Piece, Step, What, pieces};
use crate::ssh::commands::posix;

struct Reader<'a> {
    text: &'a [char],
    at: usize,
    extended: bool,
}

/// Reads a script.
pub(super) fn script(text: &str, extended: bool) -> Result<Vec<Step>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { text: &chars, at: 0, extended };
    let mut steps: Vec<Step> = Vec::new();
    let mut open = Vec::new();
    loop {
        reader.skip(" \t\n;");
        if reader.at >= chars.len() {
            break;
        }
        if reader.peek() == Some('#') {
            reader.line();
            continue;
        }
        let from = reader.address()?;
        let mut to = None;
        reader.skip(" \t");
        if reader.peek() == Some(',') && from.is_some() {
            reader.at += 1;
            reader.skip(" \t");
            to = reader.address()?;
            if to.is_none() {
                return Err(reader.error("unexpected `,'"));
            }
        }
        reader.skip(" \t");
        let not = reader.peek() == Some('!');
        if not {
            reader.at += 1;
            reader.skip(" \t!");
        }
        let what = reader.what()?;
        match what {
            What::Begin(_) => open.push(steps.len()),
            What::End => {
                let Some(begin) = open.pop() else { return Err(reader.error("unexpected `}'")) };
                let end = steps.len();
                steps[begin].what = What::Begin(end);
            }
            _ => {}
        }
        steps.push(Step { from, to, not, what });
    }
    if open.is_empty() { Ok(steps) } else { Err("char 0: unmatched `{'".into()) }
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, set: &str) {
        while self.peek().is_some_and(|c| set.contains(c)) {
            self.at += 1;
        }
    }

    fn error(&self, what: &str) -> String {
        format!("char {}: {what}", self.at.max(1))
    }

    /// The rest of the line.
    fn line(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn number(&mut self) -> Option<usize> {
        let begin = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.text[begin..self.at].iter().collect::<String>().parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.peek() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('+') => {
                self.at += 1;
                let count = self.number().ok_or_else(|| self.error("expected number"))?;
                Ok(Some(Address::Plus(count)))
            }
            Some(c) if c.is_ascii_digit() => {
                let line = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    let step = self.number().unwrap_or(0);
                    return Ok(Some(Address::Step(line, step)));
                }
                Ok(Some(Address::Line(line)))
            }
            Some(c @ ('/' | '\\')) => {
                self.at += 1;
                let end = if c == '\\' {
                    self.at += 1;
                    self.text.get(self.at - 1).copied().ok_or_else(|| self.error("unexpected end"))?
                } else {
                    '/'
                };
                let text = self.until(end, true).ok_or_else(|| self.error("unterminated address regex"))?;
                let fold = self.peek() == Some('I');
                self.at += usize::from(fold);
                Ok(Some(Address::Match(self.regex(&text, fold)?)))
            }
            _ => Ok(None),
        }
    }

    fn regex(&self, text: &str, fold: bool) -> Result<Option<Regex>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        posix::regex(text, self.extended, fold)
            .map(Some)
            .map_err(|why| if why.contains("twin") { why } else { self.error(&why) })
    }

    /// Text up to an end that is not escaped. Within brackets of a pattern it is none.
    fn until(&mut self, end: char, pattern: bool) -> Option<String> {
        let mut text = String::new();
        let mut bracket = false;
        loop {
            let c = self.peek()?;
            self.at += 1;
            if c == '\\' {
                let next = self.peek()?;
                self.at += 1;
                if next == end && !(pattern && "(){}|+?.*[]^$".contains(end)) {
                    text.push(end);
                    continue;
                }
                if pattern && next == 'n' {
                    text.push('\n');
                    continue;
                }
                text.push('\\');
                text.push(next);
                continue;
            }
            if pattern && c == '[' && !bracket {
                bracket = true;
                text.push(c);
                // A closing bracket right at the beginning is one of the set.
                if self.peek() == Some('^') {
                    text.push('^');
                    self.at += 1;
                }
                if self.peek() == Some(']') {
                    text.push(']');
                    self.at += 1;
                }
                continue;
            }
            if bracket && c == '[' && self.peek() == Some(':') {
                text.push('[');
                while let Some(inner) = self.peek() {
                    self.at += 1;
                    text.push(inner);
                    if inner == ']' && text.ends_with(":]") {
                        break;
                    }
                }
                continue;
            }
            if bracket && c == ']' {
                bracket = false;
            }
            if c == end && !bracket {
                return Some(text);
            }
            text.push(c);
        }
    }

    fn what(&mut self) -> Result<What, String> {
        let Some(letter) = self.peek() else { return Err(self.error("missing command")) };
        self.at += 1;
        let what = match letter {
            '{' => return Ok(What::Begin(0)),
            '}' => What::End,
            's' => return self.substitute(),
            'y' => return self.translate(),
            'd' => What::Delete,
            'D' => What::DeleteFirst,
            'p' => What::Print,
            'P' => What::PrintFirst,
            'n' => What::Next,
            'N' => What::Append,
            '=' => What::Number,
            'l' => What::List,
            'h' => What::Hold,
            'H' => What::HoldAppend,
            'g' => What::Get,
            'G' => What::GetAppend,
            'x' => What::Swap,
            'q' | 'Q' => {
                self.skip(" \t");
                What::Quit(self.number().unwrap_or(0) as i32, letter == 'q')
            }
            'a' | 'i' | 'c' => {
                let text = self.text_argument()?;
                return Ok(match letter {
                    'a' => What::AppendText(text),
                    'i' => What::InsertText(text),
                    _ => What::ChangeText(text),
                });
            }
            ':' | 'b' | 't' | 'T' => {
                self.skip(" \t");
                let mut label = String::new();
                while let Some(c) = self.peek().filter(|c| *c != '\n' && *c != ';' && (*c != '}' || letter == ':')) {
                    label.push(c);
                    self.at += 1;
                }
                let label = label.trim().to_owned();
                return Ok(match letter {
                    ':' => What::Label(label),
                    'b' => What::Branch(label),
                    't' => What::BranchIf(label),
                    _ => What::BranchUnless(label),
                });
            }
            'w' => {
                self.skip(" \t");
                return Ok(What::Write(self.line()));
            }
            'r' | 'e' | 'R' | 'W' | 'F' | 'v' | 'z' => {
                return Err(format!("the command `{letter}` is not known to the twin"));
            }
            odd => return Err(self.error(&format!("unknown command: `{odd}'"))),
        };
        self.skip(" \t");
        match self.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(what),
            Some(_) => Err(self.error("extra characters after command")),
        }
    }

    /// The text of `a`, `i`, `c`: on the next line, or on this one.
    fn text_argument(&mut self) -> Result<String, String> {
        self.skip(" \t");
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip(" \t");
            if self.peek() == Some('\n') {
                self.at += 1;
            }
        }
        let mut text = String::new();
        loop {
            match self.peek() {
                None => break,
                Some('\n') => break,
                Some('\\') => {
                    self.at += 1;
                    text.extend(self.peek());
                    self.at += 1;
                }
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        if text.is_empty() { Err(self.error("expected \\ after `a', `c' or `i'")) } else { Ok(text) }
    }

    fn substitute(&mut self) -> Result<What, String> {
        let unterminated = "unterminated `s' command";
        let end = self.peek().filter(|c| *c != '\n' && *c != '\\').ok_or_else(|| self.error(unterminated))?;
        self.at += 1;
        let pattern = self.until(end, true).ok_or_else(|| self.error(unterminated))?;
        let with = self.until(end, false).ok_or_else(|| self.error(unterminated))?;
        let (mut every, mut count, mut print, mut fold, mut file) = (false, 0, false, false, None);
        loop {
            match self.peek() {
                Some('g') => every = true,
                Some('p') => print = true,
                Some('i' | 'I') => fold = true,
                Some(c) if c.is_ascii_digit() => {
                    count = self.number().unwrap_or(1);
                    continue;
                }
                Some('w') => {
                    self.at += 1;
                    self.skip(" \t");
                    file = Some(self.line());
                    break;
                }
                Some('e' | 'm' | 'M') => return Err("this flag of `s` is not known to the twin".into()),
                None | Some('\n' | ';' | '}' | '#' | ' ' | '\t') => break,
                Some(_) => return Err(self.error("unknown option to `s'")),
            }
            self.at += 1;
        }
        let regex = self.regex(&pattern, fold)?;
        let with = pieces(&with);
        let groups = regex.as_ref().map_or(9, |regex| regex.captures_len() - 1);
        if let Some(Piece::Group(odd)) = with.iter().find(|piece| matches!(piece, Piece::Group(n) if *n > groups)) {
            return Err(self.error(&format!("invalid reference \\{odd} on `s' command's RHS")));
        }
        Ok(What::Substitute { pattern: regex, with, every, count, print, file })
    }

    fn translate(&mut self) -> Result<What, String> {
        let unterminated = "unterminated `y' command";
        let end = self.peek().ok_or_else(|| self.error(unterminated))?;
        self.at += 1;
        let one = self.until(end, false).ok_or_else(|| self.error(unterminated))?;
        let two = self.until(end, false).ok_or_else(|| self.error(unterminated))?;
        let plain = |text: &str| text.replace("\\n", "\n").replace("\\\\", "\\");
        let (one, two) = (plain(&one), plain(&two));
        if one.chars().count() != two.chars().count() {
            return Err(self.error("strings for `y' command are different lengths"));
        }
        Ok(What::Translate(one.chars().zip(two.chars()).collect()))
    }
}
