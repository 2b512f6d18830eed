//! Runs a script of `sed` over lines; pure.

use regex::bytes::Regex;

use super::script::{Address, Piece, Step, What};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Edited {
    pub(super) out: Vec<u8>,
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// The status it quit with.
    pub(super) status: Option<i32>,
}

struct Editor<'a> {
    lines: Vec<&'a [u8]>,
    at: usize,
    space: Vec<u8>,
    hold: Vec<u8>,
    append: Vec<String>,
    /// Whether the range of a step is open, and the line it began at.
    ranges: Vec<Option<usize>>,
    last: Option<Regex>,
    substituted: bool,
    ended: bool,
    quiet: bool,
    done: Edited,
}

/// How a cycle goes on.
enum Go {
    On,
    To(usize),
    /// Ends the cycle; whether the space is printed.
    End(bool),
    /// Begins anew with what is in the space.
    Again,
    Quit(i32, bool),
}

/// Steps of one cycle at most; a script that loops by itself is stopped.
const STEPS_MAX: usize = 100_000;

pub(super) fn run(script: &[Step], input: &[u8], quiet: bool) -> Edited {
    let mut editor = Editor {
        lines: input.split_inclusive(|byte| *byte == b'\n').collect(),
        at: 0,
        space: Vec::new(),
        hold: Vec::new(),
        append: Vec::new(),
        ranges: vec![None; script.len()],
        last: None,
        substituted: false,
        ended: false,
        quiet,
        done: Edited::default(),
    };
    let mut again = false;
    while again || editor.take() {
        editor.substituted &= again;
        match editor.cycle(script) {
            Go::Quit(code, print) => {
                editor.finish(print);
                editor.done.status = Some(code);
                break;
            }
            Go::Again => {
                editor.finish(false);
                again = true;
                continue;
            }
            Go::End(print) => editor.finish(print),
            _ => editor.finish(true),
        }
        again = false;
    }
    editor.done
}

impl Editor<'_> {
    fn take(&mut self) -> bool {
        let Some(line) = self.lines.get(self.at) else { return false };
        self.at += 1;
        self.ended = line.ends_with(b"\n");
        self.space = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
        true
    }

    fn print(&mut self, bytes: &[u8]) {
        self.done.out.extend(bytes);
        // Only the very last line may lack its end.
        if self.ended || self.at < self.lines.len() {
            self.done.out.push(b'\n');
        }
    }

    fn finish(&mut self, print: bool) {
        if print && !self.quiet {
            let space = self.space.clone();
            self.print(&space);
        }
        for text in std::mem::take(&mut self.append) {
            if !self.done.out.is_empty() && !self.done.out.ends_with(b"\n") {
                self.done.out.push(b'\n');
            }
            self.done.out.extend(crate::machines::text::to_bytes(&text));
            self.done.out.push(b'\n');
        }
    }

    fn hits(&mut self, address: &Address) -> bool {
        match address {
            Address::Line(line) => self.at == *line,
            Address::Last => self.at == self.lines.len(),
            Address::Step(first, 0) => self.at == *first,
            Address::Step(first, step) => self.at >= *first && (self.at - first).is_multiple_of(*step),
            Address::Plus(_) => false,
            Address::Match(pattern) => {
                if let Some(pattern) = pattern {
                    self.last = Some(pattern.clone());
                }
                self.last.as_ref().is_some_and(|pattern| pattern.is_match(&self.space))
            }
        }
    }

    fn selects(&mut self, step: &Step, number: usize) -> bool {
        let Some(from) = &step.from else { return !step.not };
        let Some(to) = &step.to else { return self.hits(from) != step.not };
        let inside = if let Some(begun) = self.ranges[number] {
            let over = match to {
                Address::Line(line) => self.at >= *line,
                Address::Plus(count) => self.at >= begun + count,
                other => self.hits(other),
            };
            if over {
                self.ranges[number] = None;
            }
            // A line number that has passed ends the range before this line.
            !matches!(to, Address::Line(line) if self.at > *line)
        } else if matches!(from, Address::Line(0)) && self.at == 1 {
            self.ranges[number] = (!self.hits(to)).then_some(1);
            true
        } else if self.hits(from) {
            let over = match to {
                Address::Line(line) => self.at >= *line,
                Address::Plus(count) => *count == 0,
                Address::Last => self.at == self.lines.len(),
                _ => false,
            };
            self.ranges[number] = (!over).then_some(self.at);
            true
        } else {
            false
        };
        inside != step.not
    }

    fn cycle(&mut self, script: &[Step]) -> Go {
        let mut at = 0;
        let mut steps = 0;
        while let Some(step) = script.get(at) {
            steps += 1;
            if steps > STEPS_MAX {
                return Go::Quit(1, false);
            }
            let selected = self.selects(step, at);
            if let What::Begin(end) = step.what {
                at = if selected { at + 1 } else { end };
                continue;
            }
            if !selected {
                at += 1;
                continue;
            }
            match self.act(step, script) {
                Go::On => at += 1,
                Go::To(next) => at = next,
                other => return other,
            }
        }
        Go::End(true)
    }

    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    fn act(&mut self, step: &Step, script: &[Step]) -> Go {
        match &step.what {
            What::Begin(_) | What::End | What::Label(_) => {}
            What::Substitute { .. } => self.substitute(&step.what),
            What::Translate(pairs) => {
                let text = crate::machines::text::from_bytes(&self.space);
                let other = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                self.space = crate::machines::text::to_bytes(&text.chars().map(other).collect::<String>());
            }
            What::Delete => return Go::End(false),
            What::DeleteFirst => {
                let Some(end) = self.space.iter().position(|byte| *byte == b'\n') else { return Go::End(false) };
                self.space.drain(..=end);
                return Go::Again;
            }
            What::Print => {
                let space = self.space.clone();
                self.print(&space);
            }
            What::PrintFirst => {
                let first = self.space.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
                self.print(&first);
            }
            What::Next => {
                if self.at >= self.lines.len() {
                    return Go::Quit(0, true);
                }
                self.finish(true);
                self.take();
            }
            What::Append => {
                if self.at >= self.lines.len() {
                    return Go::Quit(0, true);
                }
                self.finish(false);
                let mut before = std::mem::take(&mut self.space);
                self.take();
                before.push(b'\n');
                before.extend(&self.space);
                self.space = before;
            }
            What::AppendText(text) => self.append.push(text.clone()),
            What::InsertText(text) => {
                self.done.out.extend(crate::machines::text::to_bytes(text));
                self.done.out.push(b'\n');
            }
            What::ChangeText(text) => {
                let inside = step.to.is_some() && !step.not && self.ranges.iter().any(Option::is_some);
                if !inside {
                    self.done.out.extend(crate::machines::text::to_bytes(text));
                    self.done.out.push(b'\n');
                }
                return Go::End(false);
            }
            What::Number => self.done.out.extend(format!("{}\n", self.at).bytes()),
            What::List => {
                let shown: Vec<u8> = self.space.iter().flat_map(|byte| byte.escape_ascii()).collect();
                self.done.out.extend(shown);
                self.done.out.extend(b"$\n");
            }
            What::Quit(code, print) => return Go::Quit(*code, *print),
            What::Hold => self.hold.clone_from(&self.space),
            What::HoldAppend => {
                self.hold.push(b'\n');
                self.hold.extend(&self.space);
            }
            What::Get => self.space.clone_from(&self.hold),
            What::GetAppend => {
                self.space.push(b'\n');
                self.space.extend(&self.hold);
            }
            What::Swap => std::mem::swap(&mut self.space, &mut self.hold),
            What::Branch(label) => return self.branch(label, script),
            What::BranchIf(label) => {
                if std::mem::take(&mut self.substituted) {
                    return self.branch(label, script);
                }
            }
            What::BranchUnless(label) => {
                if !std::mem::take(&mut self.substituted) {
                    return self.branch(label, script);
                }
            }
            What::Write(path) => {
                let mut line = self.space.clone();
                line.push(b'\n');
                self.write(path, &line);
            }
        }
        Go::On
    }

    fn branch(&self, label: &str, script: &[Step]) -> Go {
        if label.is_empty() {
            return Go::End(true);
        }
        let found = script.iter().position(|step| matches!(&step.what, What::Label(name) if name == label));
        found.map_or(Go::Quit(1, false), Go::To)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) {
        if path == "/dev/stdout" {
            self.done.out.extend(bytes);
            return;
        }
        match self.done.files.iter_mut().find(|(known, _)| known == path) {
            Some((_, held)) => held.extend(bytes),
            None => self.done.files.push((path.to_owned(), bytes.to_vec())),
        }
    }

    fn substitute(&mut self, what: &What) {
        let What::Substitute { pattern, with, every, count, print, file } = what else { return };
        if let Some(pattern) = pattern {
            self.last = Some(pattern.clone());
        }
        let Some(pattern) = self.last.clone() else { return };
        let mut out = Vec::new();
        let (mut from, mut found, mut changed) = (0, 0, false);
        let mut last_end = None;
        while from <= self.space.len() {
            let Some(hit) = pattern.captures_at(&self.space, from) else { break };
            let Some(whole) = hit.get(0) else { break };
            // Nothing right behind a match is no match of its own.
            if whole.is_empty() && last_end == Some(whole.start()) {
                let Some(byte) = self.space.get(from) else { break };
                out.push(*byte);
                from += 1;
                last_end = None;
                continue;
            }
            found += 1;
            out.extend(&self.space[from..whole.start()]);
            if found >= (*count).max(1) {
                changed = true;
                replace(with, &hit, &mut out);
            } else {
                out.extend(whole.as_bytes());
            }
            last_end = Some(whole.end());
            from = whole.end();
            if whole.is_empty() {
                out.extend(self.space.get(from));
                from += 1;
                last_end = None;
            }
            if changed && !every {
                break;
            }
        }
        if !changed {
            return;
        }
        out.extend(self.space.get(from..).unwrap_or_default());
        self.space = out;
        self.substituted = true;
        if *print {
            let space = self.space.clone();
            self.print(&space);
        }
        if let Some(path) = file {
            let mut line = self.space.clone();
            line.push(b'\n');
            self.write(path, &line);
        }
    }
}

fn replace(with: &[Piece], hit: &regex::bytes::Captures<'_>, out: &mut Vec<u8>) {
    let (mut case, mut once) = (None, None);
    let mut put = |bytes: &[u8], case: Option<char>, once: &mut Option<char>| {
        for byte in bytes {
            let byte = match once.take().or(case) {
                Some('U' | 'u') => byte.to_ascii_uppercase(),
                Some('L' | 'l') => byte.to_ascii_lowercase(),
                _ => *byte,
            };
            out.push(byte);
        }
    };
    for piece in with {
        match piece {
            Piece::Text(text) => put(text, case, &mut once),
            Piece::Group(number) => {
                if let Some(group) = hit.get(*number) {
                    put(group.as_bytes(), case, &mut once);
                }
            }
            Piece::Case('E') => case = None,
            Piece::Case(letter @ ('U' | 'L')) => case = Some(*letter),
            Piece::Case(letter) => once = Some(*letter),
        }
    }
}
