//! What a command has printed on one channel: all of it, and line by line.

use super::OUTPUT_BYTES_MAX;

/// The longest piece that is handed on as one line.
const LINE_BYTES_MAX: usize = 4096;
/// How much of the end of it a failure carries.
const TAIL_BYTES_MAX: usize = 4096;

/// The bytes so far; pure.
#[derive(Default)]
pub(crate) struct Printed {
    bytes: Vec<u8>,
    /// Where the part that was not yet handed on begins.
    unheard: usize,
}

impl Printed {
    /// Keeps `more` as far as there is room, and hands on the lines it completes. Says whether all of it was kept.
    pub(crate) fn push(&mut self, more: &[u8], hear: impl FnMut(&str)) -> bool {
        let room = OUTPUT_BYTES_MAX - self.bytes.len();
        self.bytes.extend_from_slice(&more[..more.len().min(room)]);
        self.hand_on(false, hear);
        more.len() <= room
    }

    /// Hands on a last line that has no end.
    pub(crate) fn end(&mut self, hear: impl FnMut(&str)) {
        self.hand_on(true, hear);
    }

    fn hand_on(&mut self, ended: bool, mut hear: impl FnMut(&str)) {
        while let Some((line, used)) = next_line(&self.bytes[self.unheard..], ended) {
            hear(&String::from_utf8_lossy(line));
            self.unheard += used;
        }
    }

    /// All of it; what is not UTF-8 is replaced.
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
    }

    /// The end of it.
    pub(crate) fn tail(&self) -> String {
        let from = self.bytes.len().saturating_sub(TAIL_BYTES_MAX);
        let cut = if from == 0 { 0 } else { self.bytes[from..].iter().take(3).take_while(|b| is_inside(**b)).count() };
        String::from_utf8_lossy(&self.bytes[from + cut..]).into_owned()
    }
}

/// The first line of `rest` that is complete or too long to wait for its end, or the last; and how much it takes up.
fn next_line(rest: &[u8], ended: bool) -> Option<(&[u8], usize)> {
    if let Some(end) = rest.iter().take(LINE_BYTES_MAX + 1).position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        return Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1));
    }
    if rest.len() > LINE_BYTES_MAX {
        let cut = whole_chars(&rest[..LINE_BYTES_MAX]);
        return Some((&rest[..cut], cut));
    }
    (ended && !rest.is_empty()).then_some((rest, rest.len()))
}

/// How many of `bytes` can be taken without cutting the last character in two.
fn whole_chars(bytes: &[u8]) -> usize {
    let first = bytes.len() - 1 - bytes.iter().rev().take(3).take_while(|byte| is_inside(**byte)).count();
    match std::str::from_utf8(&bytes[first..]) {
        // `None` means that more bytes could make it a character; anything else is wrong anyway and is replaced.
        Err(trouble) if trouble.error_len().is_none() && first > 0 => first,
        _ => bytes.len(),
    }
}

/// Whether `byte` is one of a character of several bytes, and not its first.
fn is_inside(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let (mut printed, mut heard) = (Printed::default(), Vec::new());
        for chunk in chunks {
            assert!(printed.push(chunk, |line| heard.push(line.to_owned())));
        }
        printed.end(|line| heard.push(line.to_owned()));
        heard
    }

    #[test]
    fn a_line_is_handed_on_when_its_end_comes_and_the_last_one_at_the_end() {
        assert_eq!(lines_of(&[b"on", b"e\r\n\ntw", b"o"]), ["one", "", "two"]);
        assert_eq!(lines_of(&[b"one\n"]), ["one"]);
        assert!(lines_of(&[]).is_empty());
    }

    #[test]
    fn a_line_without_end_is_handed_on_in_pieces_that_cut_no_character() {
        let text = format!("x{}", "é".repeat(5000));
        let pieces = lines_of(&[text.as_bytes()]);
        assert_eq!(pieces.len(), 3);
        assert!(pieces.iter().all(|piece| piece.len() <= LINE_BYTES_MAX));
        assert_eq!(pieces.concat(), text);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(lines_of(&[b"a\xff\n"]), ["a\u{fffd}"]);
        let wild = vec![0x80; 3 * LINE_BYTES_MAX];
        assert_eq!(lines_of(&[&wild]).len(), 3);
        let heads = vec![0xF0; 3 * LINE_BYTES_MAX];
        assert!(lines_of(&[&heads]).len() >= 3);
    }

    #[test]
    fn the_tail_begins_with_a_whole_character() {
        let mut printed = Printed::default();
        printed.push(format!("{}x", "é".repeat(4000)).as_bytes(), |_| {});
        let tail = printed.tail();
        assert!(tail.starts_with('é') && tail.ends_with('x') && tail.len() <= TAIL_BYTES_MAX);
    }

    #[test]
    fn what_is_beyond_the_limit_is_not_kept() {
        let mut printed = Printed::default();
        assert!(printed.push(&vec![b'\n'; OUTPUT_BYTES_MAX], |_| {}));
        assert!(!printed.push(b"x", |_| {}));
        assert_eq!(printed.text().len(), OUTPUT_BYTES_MAX);
    }
}
