//! What `awk` counts and compares: numbers, texts, and texts that look like numbers; pure.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// Text that came from outside: a number where it looks like one.
    Input(String),
    Nothing,
}

/// The number at the beginning of a text.
pub(super) fn leading(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    end = digits(end);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(sign);
        if after > sign {
            end = after;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

/// A number as text, by `CONVFMT`'s usual value.
pub(super) fn shown(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let done = crate::ssh::commands::format::printf("%.6g", &[number.to_string()]);
    String::from_utf8_lossy(&done.out).into_owned()
}

impl Value {
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => leading(text),
            Self::Nothing => 0.0,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => shown(*number),
            Self::Text(text) | Self::Input(text) => text.clone(),
            Self::Nothing => String::new(),
        }
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Input(text) => {
                let trimmed = text.trim();
                let looks = trimmed.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
                looks.then(|| trimmed.parse().ok()).flatten()
            }
            Self::Nothing => Some(0.0),
            Self::Text(_) => None,
        }
    }

    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Input(text) => self.as_number().map_or(!text.is_empty(), |number| number != 0.0),
            other => other.number() != 0.0,
        }
    }

    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal),
            _ => self.text().cmp(&other.text()),
        }
    }
}
