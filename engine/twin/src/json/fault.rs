//! What Go's reader says of text that is no JSON: clients show it, and people look for it.

/// Where the reader is between two values.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Object,
    Array,
}

/// What is wrong with the text; nothing if it is JSON.
pub fn fault(text: &[u8]) -> Option<String> {
    Scanner { text, at: 0, within: Vec::new() }.all().err()
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    within: Vec<Within>,
}

impl Scanner<'_> {
    fn all(&mut self) -> Result<(), String> {
        loop {
            // A value is next, or an empty collection ends where its first would be.
            if self.opens()? {
                continue;
            }
            loop {
                match self.within.last() {
                    None => {
                        self.blank();
                        return if self.at == self.text.len() { Ok(()) } else { self.wrong("after top-level value") };
                    }
                    Some(Within::Object) => match self.solid()? {
                        b',' => {
                            self.at += 1;
                            break self.key()?;
                        }
                        b'}' => self.closes(),
                        _ => return self.wrong("after object key:value pair"),
                    },
                    Some(Within::Array) => match self.solid()? {
                        b',' => break self.at += 1,
                        b']' => self.closes(),
                        _ => return self.wrong("after array element"),
                    },
                }
            }
        }
    }

    /// Reads a value, or the beginning of one; whether another is to be read within it.
    fn opens(&mut self) -> Result<bool, String> {
        match self.solid()? {
            b'{' => {
                self.within.push(Within::Object);
                self.at += 1;
                if self.solid()? == b'}' {
                    self.closes();
                    return Ok(false);
                }
                self.key()?;
                return Ok(true);
            }
            b'[' => {
                self.within.push(Within::Array);
                self.at += 1;
                if self.solid()? == b']' {
                    self.closes();
                    return Ok(false);
                }
                return Ok(true);
            }
            b'"' => self.string()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return self.wrong("looking for beginning of value"),
        }
        Ok(false)
    }

    fn closes(&mut self) {
        self.within.pop();
        self.at += 1;
    }

    /// Reads what stands before an object's value.
    fn key(&mut self) -> Result<(), String> {
        if self.solid()? != b'"' {
            return self.wrong("looking for beginning of object key string");
        }
        self.string()?;
        if self.solid()? != b':' {
            return self.wrong("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                0..0x20 => return self.back("in string literal"),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
            b'u' => {
                for _ in 0..4 {
                    if !self.next()?.is_ascii_hexdigit() {
                        return self.back("in \\u hexadecimal character escape");
                    }
                }
            }
            _ => return self.back("in string escape code"),
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        self.at += 1;
        for expected in word.bytes().skip(1) {
            if self.next()? != expected {
                return self.back(&format!("in literal {word} (expecting {})", quoted(expected)));
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return self.back("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.next()?.is_ascii_digit() {
                return self.back("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.next()?.is_ascii_digit() {
                return self.back("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is not blank, which is not passed.
    fn solid(&mut self) -> Result<u8, String> {
        self.blank();
        self.peek().ok_or_else(ended)
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or_else(ended)?;
        self.at += 1;
        Ok(byte)
    }

    fn wrong<T>(&self, place: &str) -> Result<T, String> {
        let byte = self.peek().ok_or_else(ended)?;
        Err(format!("invalid character {} {place}", quoted(byte)))
    }

    /// Says so of the byte that was read last.
    fn back<T>(&mut self, place: &str) -> Result<T, String> {
        self.at -= 1;
        self.wrong(place)
    }
}

fn ended() -> String {
    "unexpected end of JSON input".to_owned()
}

/// A byte as Go quotes it: as the letter of that number.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        7 => r"'\a'".to_owned(),
        8 => r"'\b'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        11 => r"'\v'".to_owned(),
        12 => r"'\f'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        0..0x20 | 0x7f => format!("'\\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_is_json_has_no_fault() {
        for text in ["{}", " [ ] ", r#"{"a": [1, -0.5e+3, "\u00e4\n", true, false, null, {}]}"#, "7", "[[],{\"a\":[]}]"]
        {
            assert_eq!(fault(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn faults_are_worded_as_go_words_them() {
        for (text, said) in [
            ("", "unexpected end of JSON input"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("{\"a\"", "unexpected end of JSON input"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": 1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("{\"a\": 1,}", "invalid character '}' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("nul", "unexpected end of JSON input"),
            ("nulx", "invalid character 'x' in literal null (expecting 'l')"),
            ("01", "invalid character '1' after top-level value"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            (r#""\q""#, "invalid character 'q' in string escape code"),
            (r#""\u00g0""#, "invalid character 'g' in \\u hexadecimal character escape"),
            ("ä", "invalid character 'Ã' looking for beginning of value"),
        ] {
            assert_eq!(fault(text.as_bytes()).as_deref(), Some(said), "{text}");
        }
    }
}
