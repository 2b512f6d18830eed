//! Sums of the shell, with whole numbers of 64 bits; pure but for the variables it is given.

/// The variables of a shell, as a sum sees them.
pub(crate) trait Numbers {
    /// The text of a variable.
    fn get(&self, name: &str) -> Result<Option<String>, String>;
    /// Sets one.
    fn set(&mut self, name: &str, value: i64) -> Result<(), String>;
}

struct Sum<'a> {
    text: &'a [u8],
    at: usize,
    numbers: &'a mut dyn Numbers,
    /// Above 0 where a part is only read and not worked out.
    quiet: u32,
    depth: u32,
}

/// Works `text` out.
pub(crate) fn work_out(text: &str, numbers: &mut dyn Numbers) -> Result<i64, String> {
    let mut sum = Sum { text: text.as_bytes(), at: 0, numbers, quiet: 0, depth: 0 };
    sum.blanks();
    if sum.at == sum.text.len() {
        return Ok(0);
    }
    let value = sum.assign().and_then(|value| if sum.at == sum.text.len() { Ok(value) } else { Err(sum.odd()) });
    value.map_err(|why| format!("arithmetic expression: {why}: \"{text}\""))
}

/// Binary signs from the weakest to the strongest.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];
const ASSIGNS: [&str; 11] = ["<<=", ">>=", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=", "="];

impl Sum<'_> {
    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn odd(&self) -> String {
        if self.at < self.text.len() { "expecting EOF".into() } else { "expecting primary".into() }
    }

    fn sign(&self, sign: &str) -> bool {
        self.text[self.at..].starts_with(sign.as_bytes())
    }

    fn assign(&mut self) -> Result<i64, String> {
        let begun = self.at;
        if let Some(name) = self.name() {
            for sign in ASSIGNS {
                if self.sign(sign) && !(sign == "=" && self.sign("==")) {
                    self.at += sign.len();
                    self.blanks();
                    let right = self.assign()?;
                    if self.quiet > 0 {
                        return Ok(0);
                    }
                    let value = if sign == "=" {
                        right
                    } else {
                        let left = self.value_of(&name)?;
                        self.apply(&sign[..sign.len() - 1], left, right)?
                    };
                    self.numbers.set(&name, value)?;
                    return Ok(value);
                }
            }
            self.at = begun;
        }
        self.choice()
    }

    fn choice(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("too deep".into());
        }
        let cond = self.binary(0)?;
        let value = if self.sign("?") {
            self.at += 1;
            self.blanks();
            self.quiet += u32::from(cond == 0);
            let yes = self.assign()?;
            self.quiet -= u32::from(cond == 0);
            if !self.sign(":") {
                return Err("expecting ':'".into());
            }
            self.at += 1;
            self.blanks();
            self.quiet += u32::from(cond != 0);
            let no = self.choice()?;
            self.quiet -= u32::from(cond != 0);
            if cond != 0 { yes } else { no }
        } else {
            cond
        };
        self.depth -= 1;
        Ok(value)
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.is_binary(sign)) {
            self.at += sign.len();
            self.blanks();
            let skip = (*sign == "&&" && left == 0) || (*sign == "||" && left != 0);
            self.quiet += u32::from(skip);
            let right = self.binary(level + 1)?;
            self.quiet -= u32::from(skip);
            left = if self.quiet > 0 { 0 } else { self.apply(sign, left, right)? };
        }
        Ok(left)
    }

    /// Whether exactly this sign stands here and not a longer one.
    fn is_binary(&self, sign: &str) -> bool {
        if !self.sign(sign) {
            return false;
        }
        let next = self.text.get(self.at + sign.len()).copied().unwrap_or(b' ');
        match sign {
            "|" | "&" => next != sign.as_bytes()[0] && next != b'=',
            "<" | ">" => next != sign.as_bytes()[0],
            "<<" | ">>" | "^" | "+" | "-" | "*" | "/" | "%" => next != b'=',
            _ => true,
        }
    }

    fn apply(&self, sign: &str, a: i64, b: i64) -> Result<i64, String> {
        Ok(match sign {
            "||" => i64::from(a != 0 || b != 0),
            "&&" => i64::from(a != 0 && b != 0),
            "|" => a | b,
            "^" => a ^ b,
            "&" => a & b,
            "==" => i64::from(a == b),
            "!=" => i64::from(a != b),
            "<=" => i64::from(a <= b),
            ">=" => i64::from(a >= b),
            "<" => i64::from(a < b),
            ">" => i64::from(a > b),
            "<<" => a.wrapping_shl(b as u32),
            ">>" => a.wrapping_shr(b as u32),
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "*" => a.wrapping_mul(b),
            "/" | "%" if b == 0 => return Err("division by zero".into()),
            "/" => a.wrapping_div(b),
            _ => a.wrapping_rem(b),
        })
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("too deep".into());
        }
        let sign = self.text.get(self.at).copied().unwrap_or(b' ');
        let value = match sign {
            b'!' | b'~' | b'-' | b'+' => {
                self.at += 1;
                self.blanks();
                let value = self.unary()?;
                match sign {
                    b'!' => i64::from(value == 0),
                    b'~' => !value,
                    b'-' => value.wrapping_neg(),
                    _ => value,
                }
            }
            b'(' => {
                self.at += 1;
                self.blanks();
                let value = self.assign()?;
                if !self.sign(")") {
                    return Err("expecting ')'".into());
                }
                self.at += 1;
                self.blanks();
                value
            }
            _ => self.primary()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        if let Some(name) = self.name() {
            return if self.quiet > 0 { Ok(0) } else { self.value_of(&name) };
        }
        let rest = &self.text[self.at..];
        let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        if length == 0 || !rest[0].is_ascii_digit() {
            return Err("expecting primary".into());
        }
        let word = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        self.blanks();
        number(&word).ok_or_else(|| "expecting EOF".into())
    }

    fn name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        if !rest.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_') {
            return None;
        }
        let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
        let name = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        self.blanks();
        Some(name)
    }

    fn value_of(&self, name: &str) -> Result<i64, String> {
        let text = self.numbers.get(name)?.unwrap_or_default();
        let text = text.trim();
        if text.is_empty() {
            return Ok(0);
        }
        number(text).ok_or_else(|| format!("Illegal number: {text}"))
    }
}

/// A number as a sum writes it: decimal, `0x…` or `0…`.
fn number(text: &str) -> Option<i64> {
    let (minus, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        u64::from_str_radix(hex, 16).ok()? as i64
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()?
    } else {
        digits.bytes().all(|c| c.is_ascii_digit()).then_some(())?;
        digits.parse().unwrap_or(i64::MAX)
    };
    Some(if minus { value.wrapping_neg() } else { value })
}
