//! `printf` and the escapes of `echo`; pure.

use crate::machines::text::to_bytes;

/// Whose escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// Of `echo` and `%b`: octal numbers begin with a 0, `\c` ends everything.
    Echo,
    /// Of the format of `printf`.
    Format,
}

/// Replaces escapes; says whether `\c` ended the text.
pub(crate) fn escapes(text: &str, whose: Escapes) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend(to_bytes(&rest[..at]));
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push(b'\\');
            break;
        };
        let byte = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' => b'\\',
            '"' if whose == Escapes::Format => b'"',
            'c' => return (out, true),
            '0'..='7' if whose == Escapes::Format || c == '0' => {
                let most = if whose == Escapes::Echo { 4 } else { 3 };
                let length = rest.bytes().take(most).take_while(|c| (b'0'..b'8').contains(c)).count();
                let value = u32::from_str_radix(&rest[..length], 8).unwrap_or(0);
                out.push(value as u8);
                rest = &rest[length..];
                continue;
            }
            _ => {
                out.push(b'\\');
                out.extend(to_bytes(&c.to_string()));
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        out.push(byte);
        rest = &rest[c.len_utf8()..];
    }
    out.extend(to_bytes(rest));
    (out, false)
}

/// What `printf` made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Formatted {
    pub(crate) out: Vec<u8>,
    pub(crate) complaints: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

/// Formats the words, over and over until none is left.
pub(crate) fn printf(format: &str, words: &[String]) -> Formatted {
    let mut done = Formatted::default();
    let mut words = words.iter();
    loop {
        let before = words.len();
        if !once(format, &mut words, &mut done) {
            break;
        }
        if words.len() == 0 || words.len() == before {
            break;
        }
    }
    done
}

fn once(format: &str, words: &mut std::slice::Iter<'_, String>, done: &mut Formatted) -> bool {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (bytes, stopped) = escapes(&rest[..at], Escapes::Format);
        done.out.extend(bytes);
        if stopped {
            return false;
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            done.out.push(b'%');
            rest = after;
            continue;
        }
        let (spec, length) = spec(rest, words);
        rest = &rest[length..];
        let Some(letter) = rest.chars().next() else {
            done.complaints.push(format!("%{}: invalid directive", &format[at + 1..]));
            return false;
        };
        rest = &rest[letter.len_utf8()..];
        if !one(letter, &spec, words, done) {
            return false;
        }
    }
    let (bytes, stopped) = escapes(rest, Escapes::Format);
    done.out.extend(bytes);
    !stopped
}

fn spec(rest: &str, words: &mut std::slice::Iter<'_, String>) -> (Spec, usize) {
    let mut spec = Spec::default();
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(c) = bytes.get(at) {
        match c {
            b'-' => spec.minus = true,
            b'+' => spec.plus = true,
            b' ' => spec.space = true,
            b'0' => spec.zero = true,
            b'#' => spec.sharp = true,
            _ => break,
        }
        at += 1;
    }
    let mut number = |at: &mut usize| -> Option<i64> {
        if bytes.get(*at) == Some(&b'*') {
            *at += 1;
            return words.next().map_or(Some(0), |word| word.parse().ok());
        }
        let length = bytes[*at..].iter().take_while(|c| c.is_ascii_digit()).count();
        *at += length;
        rest[*at - length..*at].parse().ok()
    };
    if let Some(width) = number(&mut at) {
        spec.minus |= width < 0;
        spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(0).min(100_000);
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        spec.precision = Some(number(&mut at).map_or(0, |n| usize::try_from(n).unwrap_or(0).min(100_000)));
    }
    (spec, at)
}

fn one(letter: char, spec: &Spec, words: &mut std::slice::Iter<'_, String>, done: &mut Formatted) -> bool {
    let word = words.next().map(String::as_str);
    let text = word.unwrap_or_default();
    match letter {
        's' => {
            let bytes = to_bytes(text);
            let shown = &bytes[..spec.precision.unwrap_or(bytes.len()).min(bytes.len())];
            pad(shown, spec, false, &mut done.out);
        }
        'b' => {
            let (bytes, stopped) = escapes(text, Escapes::Echo);
            let shown = &bytes[..spec.precision.unwrap_or(bytes.len()).min(bytes.len())];
            pad(shown, spec, false, &mut done.out);
            return !stopped;
        }
        'c' => {
            let first = to_bytes(text).first().copied();
            pad(first.as_slice(), spec, false, &mut done.out);
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
            let value = integer(text, &mut done.complaints);
            let negative = value < 0 && matches!(letter, 'd' | 'i');
            let digits = match letter {
                'd' | 'i' => value.unsigned_abs().to_string(),
                'u' => (value as u64).to_string(),
                'o' => format!("{}{:o}", if spec.sharp && value != 0 { "0" } else { "" }, value as u64),
                'x' => format!("{:x}", value as u64),
                _ => format!("{:X}", value as u64),
            };
            let prefix = if spec.sharp && value != 0 && matches!(letter, 'x' | 'X') {
                format!("0{letter}")
            } else {
                String::new()
            };
            let digits = format!("{digits:0>width$}", width = spec.precision.unwrap_or(1));
            let sign = match (negative, letter) {
                (true, _) => "-",
                (false, 'd' | 'i') if spec.plus => "+",
                (false, 'd' | 'i') if spec.space => " ",
                _ => "",
            };
            number(&format!("{sign}{prefix}"), &digits, spec, spec.precision.is_none(), &mut done.out);
        }
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
            let value: f64 = if text.is_empty() {
                0.0
            } else {
                text.trim().parse().unwrap_or_else(|_| {
                    done.complaints.push(format!("{text}: expected numeric value"));
                    0.0
                })
            };
            let digits = float(value.abs(), letter, spec);
            let sign = if value.is_sign_negative() {
                "-"
            } else if spec.plus {
                "+"
            } else if spec.space {
                " "
            } else {
                ""
            };
            number(sign, &digits, spec, true, &mut done.out);
        }
        odd => {
            done.complaints.push(format!("%{odd}: invalid directive"));
            return false;
        }
    }
    true
}

fn float(value: f64, letter: char, spec: &Spec) -> String {
    let precision = spec.precision.unwrap_or(6);
    let exponent = |precision: usize| {
        let text = format!("{value:.precision$e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let power: i32 = power.parse().unwrap_or(0);
        format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
    };
    match letter {
        'f' | 'F' => format!("{value:.precision$}"),
        'e' => exponent(precision),
        'E' => exponent(precision).to_uppercase(),
        _ => {
            let precision = precision.max(1);
            let power = if value == 0.0 { 0 } else { value.log10().floor() as i32 };
            let text = if power < -4 || power >= precision as i32 {
                exponent(precision - 1)
            } else {
                format!("{value:.*}", (precision as i32 - 1 - power).max(0) as usize)
            };
            if !text.contains('.') {
                return text;
            }
            let (digits, rest) =
                text.split_once('e').map_or((text.as_str(), String::new()), |(d, e)| (d, format!("e{e}")));
            format!("{}{rest}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

fn number(sign: &str, digits: &str, spec: &Spec, zeros: bool, out: &mut Vec<u8>) {
    let width = spec.width.saturating_sub(sign.len());
    if spec.zero && !spec.minus && zeros {
        out.extend(format!("{sign}{digits:0>width$}").bytes());
        return;
    }
    pad(format!("{sign}{digits}").as_bytes(), spec, true, out);
}

fn pad(bytes: &[u8], spec: &Spec, _: bool, out: &mut Vec<u8>) {
    let fill = vec![b' '; spec.width.saturating_sub(bytes.len())];
    if !spec.minus {
        out.extend(&fill);
    }
    out.extend(bytes);
    if spec.minus {
        out.extend(&fill);
    }
}

/// A number as `printf` reads it; a quote gives the number of the character behind it.
fn integer(text: &str, complaints: &mut Vec<String>) -> i64 {
    if let Some(c) = text.strip_prefix(['\'', '"']) {
        return to_bytes(c).first().map_or(0, |byte| i64::from(*byte));
    }
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return 0;
    }
    let (minus, digits) =
        trimmed.strip_prefix('-').map_or((false, trimmed.strip_prefix('+').unwrap_or(trimmed)), |d| (true, d));
    let (radix, body) = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        (16, hex)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, &digits[1..])
    } else {
        (10, digits)
    };
    let length = body.chars().take_while(|c| c.is_digit(radix)).count();
    let value = i128::from_str_radix(&body[..length], radix).unwrap_or(0);
    if length < body.len() {
        let none = length == 0 && radix == 10;
        complaints.push(if none {
            format!("{text}: expected numeric value")
        } else {
            format!("{text}: not completely converted")
        });
    }
    let value = if minus { -value } else { value };
    i64::try_from(value).unwrap_or(if value as u128 <= u128::from(u64::MAX) { value as u64 as i64 } else { i64::MAX })
}
