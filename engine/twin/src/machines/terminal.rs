//! What a terminal does between whoever types and the program that reads: it shows what is typed, lets a line be mended
//! before it is handed over, and begins lines at the left.

/// A terminal, with the line that is being typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terminal {
    line: Vec<u8>,
    /// Within the keys that send more than one byte: arrows and their like, which do nothing.
    escaped: bool,
}

/// What came of some keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// What the program is handed.
    pub(crate) given: Vec<u8>,
    /// What is shown.
    pub(crate) shown: Vec<u8>,
    /// Whether nothing more is handed over.
    pub(crate) ends: bool,
    /// Whether the program is interrupted.
    pub(crate) breaks: bool,
}

impl Terminal {
    pub(crate) fn typed(&mut self, keys: &[u8]) -> Typed {
        let mut typed = Typed::default();
        for key in keys {
            match key {
                _ if self.escaped => self.escaped = !key.is_ascii_alphabetic() && *key != b'~',
                0x1b => self.escaped = true,
                b'\r' | b'\n' => {
                    typed.given.append(&mut self.line);
                    typed.given.push(b'\n');
                    typed.shown.extend(b"\r\n");
                }
                0x7f | 0x08 => {
                    if self.line.pop().is_some() {
                        typed.shown.extend(b"\x08 \x08");
                    }
                }
                0x03 => {
                    self.line.clear();
                    typed.shown.extend(b"^C\r\n");
                    typed.breaks = true;
                }
                0x04 if self.line.is_empty() => typed.ends = true,
                0x04 => typed.given.append(&mut self.line),
                0x15 => {
                    typed.shown.extend(b"\x08 \x08".repeat(self.line.len()));
                    self.line.clear();
                }
                key => {
                    self.line.push(*key);
                    typed.shown.push(*key);
                }
            }
        }
        typed
    }
}

/// What a program prints, as a terminal shows it.
pub(crate) fn shown(printed: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(printed.len());
    for byte in printed {
        if *byte == b'\n' {
            shown.push(b'\r');
        }
        shown.push(*byte);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_mended_before_it_is_handed_over() {
        let mut terminal = Terminal::default();
        let typed = terminal.typed(b"echp\x7fo \x1b[Ahi");
        assert_eq!((typed.given.as_slice(), typed.shown.as_slice()), (&b""[..], &b"echp\x08 \x08o hi"[..]));
        let typed = terminal.typed(b"\r");
        assert_eq!((typed.given.as_slice(), typed.shown.as_slice()), (&b"echo hi\n"[..], &b"\r\n"[..]));
        assert!(terminal.typed(b"half\x03").breaks && terminal.typed(b"\x04").ends);
        assert_eq!(shown(b"one\ntwo\n"), b"one\r\ntwo\r\n");
    }
}
