//! One answer of a remote shell, cut out of what comes along its channel; pure.
//!
//! An answer stands between two marks with a random word in them, so that a banner, a message of the day, or what an
//! earlier command left in the background and is still talking, does not get into it by its wording.

/// The marks around one answer.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    begin: Vec<u8>,
    end: Vec<u8>,
}

impl Marks {
    /// The marks of the question number `count` of the shell with this random `word`.
    pub(super) fn new(word: &str, count: u64) -> Self {
        Self { begin: format!("{word}.{count}(\n").into_bytes(), end: format!("\n{word}.{count})").into_bytes() }
    }

    /// The shell text around `script` that prints the marks: the status stands behind the last one.
    ///
    /// The script runs in a shell of its own, one process further, so that it may `exit`, `cd` and set what it likes.
    pub(super) fn around(word: &str, count: u64, quoted_script: &str) -> String {
        format!(
            "printf '%s.%s(\\n' {word} {count};printf '%s.%s(\\n' {word} {count} >&2;(eval {quoted_script}) </dev/null;\
             printf '\\n%s.%s)%d\\n' {word} {count} $?;printf '\\n%s.%s)0\\n' {word} {count} >&2\n"
        )
    }
}

/// What came along one channel for one answer.
#[derive(Debug)]
pub(super) struct Frame {
    marks: Marks,
    most: usize,
    bytes: Vec<u8>,
    /// How far `bytes` were searched.
    searched: usize,
    begun: bool,
    ended: Option<i32>,
}

/// The most that is kept of what comes before an answer.
const NOISE_BYTES_MAX: usize = 64 * 1024;

impl Frame {
    pub(super) fn new(marks: Marks, most: usize) -> Self {
        Self { marks, most, bytes: Vec::new(), searched: 0, begun: false, ended: None }
    }

    /// Takes in `more`. Says whether there was room for it.
    pub(super) fn push(&mut self, more: &[u8]) -> bool {
        self.bytes.extend_from_slice(more);
        if !self.begun {
            match find(&self.bytes, &self.marks.begin, self.searched) {
                Some(at) => {
                    self.bytes.drain(..at + self.marks.begin.len());
                    (self.begun, self.searched) = (true, 0);
                }
                None => {
                    let keep = self.bytes.len().saturating_sub(NOISE_BYTES_MAX);
                    self.bytes.drain(..keep);
                    self.searched = self.bytes.len().saturating_sub(self.marks.begin.len());
                    return true;
                }
            }
        }
        self.look_for_end();
        self.ended.is_some() || self.bytes.len() <= self.most.saturating_add(self.marks.end.len() + 16)
    }

    fn look_for_end(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let Some(at) = find(&self.bytes, &self.marks.end, self.searched) else {
            self.searched = self.bytes.len().saturating_sub(self.marks.end.len());
            return;
        };
        let rest = &self.bytes[at + self.marks.end.len()..];
        let Some(line) = rest.iter().position(|byte| *byte == b'\n') else {
            self.searched = at;
            return;
        };
        let status = std::str::from_utf8(&rest[..line]).ok().and_then(|text| text.trim().parse().ok());
        self.ended = Some(status.unwrap_or(-1));
        self.bytes.truncate(at);
    }

    /// Gives what has come of the answer so far, but for what may be the beginning of its end.
    pub(super) fn pass_on(&mut self) -> Vec<u8> {
        if !self.begun {
            return Vec::new();
        }
        let sure = if self.ended.is_some() { self.bytes.len() } else { self.searched };
        self.searched -= sure.min(self.searched);
        let rest = self.bytes.split_off(sure);
        std::mem::replace(&mut self.bytes, rest)
    }

    /// The status behind the last mark, once it is there.
    pub(super) fn ended(&self) -> Option<i32> {
        self.ended
    }

    /// What came: the answer once it has begun, what stood before it until then.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What came, as text, for a message.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

fn find(bytes: &[u8], mark: &[u8], from: usize) -> Option<usize> {
    let within = bytes.get(from..)?;
    within.windows(mark.len()).position(|window| window == mark).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes `text` in pieces of `size` and gives the answer with its status.
    fn read(text: &[u8], size: usize) -> (Vec<u8>, Option<i32>) {
        let mut frame = Frame::new(Marks::new("w", 7), 1024);
        for piece in text.chunks(size) {
            assert!(frame.push(piece));
        }
        let ended = frame.ended();
        (frame.bytes(), ended)
    }

    #[test]
    fn an_answer_is_found_however_it_is_cut_and_whatever_stands_before_it() {
        let text = b"Welcome!\nw.6)0\nw.7(\nan answer\n\nw.7)3\n";
        for size in 1..text.len() {
            assert_eq!(read(text, size), (b"an answer\n".to_vec(), Some(3)), "{size}");
        }
    }

    #[test]
    fn an_answer_is_open_until_its_last_mark_is_whole() {
        assert_eq!(read(b"w.7(\nhalf\nw.7)1", 4).1, None);
        assert_eq!(read(b"w.7(\nhalf\nw.7", 4), (b"half\nw.7".to_vec(), None));
        assert_eq!(read(b"w.7(\n\nw.7)0\n", 4), (Vec::new(), Some(0)));
    }

    #[test]
    fn an_answer_can_be_passed_on_as_it_comes_without_its_end() {
        let text = b"noise w.7(\nfirst\nw.7 not yet\nlast\nw.7)0\n";
        for size in 1..text.len() {
            let (mut frame, mut passed) = (Frame::new(Marks::new("w", 7), usize::MAX), Vec::new());
            for piece in text.chunks(size) {
                assert!(frame.push(piece));
                passed.extend(frame.pass_on());
            }
            assert_eq!((passed.as_slice(), frame.ended()), (&b"first\nw.7 not yet\nlast"[..], Some(0)), "{size}");
        }
    }

    #[test]
    fn too_much_is_noticed_and_endless_noise_before_an_answer_is_thrown_away() {
        let mut frame = Frame::new(Marks::new("w", 7), 10);
        assert!(frame.push(&vec![b'x'; 4 * NOISE_BYTES_MAX]));
        assert!(frame.bytes.len() <= NOISE_BYTES_MAX);
        assert!(frame.push(b"w.7(\n"));
        assert!(!frame.push(&[b'x'; 100]));
    }

    #[test]
    fn a_shell_prints_the_marks_with_the_status_of_the_script() {
        for shell in ["sh", "bash"] {
            let script = Marks::around("w", 7, "'echo out; echo err >&2; exit 3'");
            let output = std::process::Command::new(shell).arg("-c").arg(script).output().unwrap();
            assert_eq!(read(&output.stdout, 5), (b"out\n".to_vec(), Some(3)));
            assert_eq!(read(&output.stderr, 5), (b"err\n".to_vec(), Some(0)));
        }
    }
}
