//! `text::parse_bytes`: the number of bytes that a text means.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::primitives::pure::{bad, give, shown};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::parse_bytes",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "whole number" }],
    options: &[],
    doc: r#"
        The number of bytes that a text like `2Gi`, `1.5 GiB`, `500M` or `1024` means.

        As in Kubernetes, `Ki Mi Gi Ti Pi Ei` are powers of 1024, `k M G T P E` powers of 1000, and `m` thousandths; a
        `B` may follow. A fraction of a byte is rounded up.

        ```rhai
        if text::parse_bytes("2Gi") != 2147483648 { throw text::parse_bytes("2Gi"); }
        if text::parse_bytes("1.5 MB") != 1500000 { throw text::parse_bytes("1.5 MB"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse_bytes")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, parse(text)));
}

/// How often 1000 or 1024 the unit is.
fn factor(unit: &str) -> Option<(i128, i128)> {
    const LETTERS: &str = "KMGTPE";
    let unit = unit.strip_suffix('B').unwrap_or(unit);
    if unit.is_empty() {
        return Some((1, 1));
    }
    if unit == "m" {
        return Some((1, 1000));
    }
    let (letter, base) = unit.strip_suffix('i').map_or((unit, 1000_i128), |letter| (letter, 1024));
    // `k` is how Kubernetes writes a thousand; `K` alone is how everybody else does.
    let letter = if letter == "k" { "K" } else { letter };
    let power = LETTERS.find(letter).filter(|_| letter.len() == 1)?;
    Some((base.pow(u32::try_from(power).ok()? + 1), 1))
}

fn parse(text: &str) -> Result<i64, Failure> {
    let wrong = |why: &str| {
        bad(format!("{} is no number of bytes: {why}", shown(text))).hint("write one like `2Gi`, `500M` or `1024`")
    };
    let bare = text.trim();
    let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
    let (number, unit) = bare.split_at(end);
    let (times, parts) =
        factor(unit.trim_start()).ok_or_else(|| wrong(&format!("there is no unit `{}`", unit.trim())))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(wrong("it does not begin with a number"));
    }
    let large = || wrong("it is too large");
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).map_err(|_| large())?).ok_or_else(large)?;
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| large())?;
    let dividend = digits.checked_mul(times).ok_or_else(large)?;
    let divisor = scale.checked_mul(parts).ok_or_else(large)?;
    i64::try_from(dividend / divisor + i128::from(dividend % divisor != 0)).map_err(|_| large())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "[0-9.]{0,30}.{0,4}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn quantities_are_read_as_kubernetes_and_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("1024", 1024),
            ("1Ki", 1024),
            ("1k", 1000),
            ("1K", 1000),
            ("1.5Gi", 1_610_612_736),
            ("128974848000m", 128_974_848),
            ("1m", 1),
            ("2 GiB", 2_147_483_648),
            (".5Mi", 524_288),
            ("7E", 7_000_000_000_000_000_000),
            ("10B", 10),
            (" 3 kB ", 3000),
        ] {
            assert_eq!(parse(text).unwrap(), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_the_reason() {
        let what = |text| parse(text).unwrap_err().what;
        assert_eq!(what("2Gb"), "`2Gb` is no number of bytes: there is no unit `Gb`");
        assert_eq!(what("Gi"), "`Gi` is no number of bytes: it does not begin with a number");
        assert_eq!(what("8Ei"), "`8Ei` is no number of bytes: it is too large");
        for wrong in ["", "-1", "1.2.3", ".", "1 Gi x", "1ii", "1e3x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
