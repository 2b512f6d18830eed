//! Numbers of objects: counts that are left out when zero, shares of a whole, and amounts such as `500m` and `1Gi`.

use crate::world::map;
use serde_json::Value;

/// Writes counts into a status; zero means the field is left out, as the API leaves it out.
pub(in crate::laws) fn count(status: &mut Value, counts: &[(&str, i64)]) {
    let status = map(status);
    for (name, number) in counts {
        if *number == 0 {
            status.remove(*name);
        } else {
            status.insert((*name).to_owned(), (*number).into());
        }
    }
}

/// A number or a share such as `25%` of a whole, rounded up or down.
pub(in crate::laws) fn share(value: &Value, whole: i64, up: bool) -> i64 {
    if let Some(number) = value.as_i64() {
        return number;
    }
    let text = value.as_str().unwrap_or_default();
    let Some(percent) = text.strip_suffix('%').and_then(|text| text.parse::<i64>().ok()) else {
        return text.parse().unwrap_or(0);
    };
    let product = percent.saturating_mul(whole);
    if up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) }
}

/// An amount in thousandths: `1500m` and `1.5` are 1500, `1Ki` is 1,024,000. What cannot be read is nothing.
pub(in crate::laws) fn thousandths(value: &Value) -> i128 {
    if let Some(number) = value.as_i64() {
        return i128::from(number) * 1000;
    }
    if let Some(number) = value.as_f64() {
        return decimal(&number.to_string()).unwrap_or(0);
    }
    let text = value.as_str().unwrap_or_default().trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-' || c == '+')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = decimal(number).unwrap_or(0);
    let factor: i128 = match unit {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "P" => 1_000_000_000_000_000,
        "E" => 1_000_000_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        "Ei" => 1 << 60,
        "m" => return (number + 999).div_euclid(1000),
        "u" => return (number + 999_999).div_euclid(1_000_000),
        "n" => return (number + 999_999_999).div_euclid(1_000_000_000),
        _ => {
            match unit.strip_prefix(['e', 'E']).and_then(|power| power.parse::<u32>().ok()).filter(|power| *power < 19)
            {
                Some(power) => 10_i128.pow(power),
                None => return 0,
            }
        }
    };
    number.saturating_mul(factor)
}

/// A decimal number in thousandths, rounded up.
fn decimal(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim_start_matches('+')),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut fraction: i128 = 0;
    for place in 0..3 {
        let digit = part.as_bytes().get(place).copied().unwrap_or(b'0');
        fraction = fraction * 10 + i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    if part.bytes().skip(3).any(|digit| digit != b'0') {
        fraction += 1;
    }
    Some(sign * (whole.checked_mul(1000)?.checked_add(fraction)?))
}

/// An amount written the way the server writes sums: whole numbers plainly, memory in the largest unit that fits.
pub(in crate::laws) fn amount(thousandths: i128, binary: bool) -> String {
    if thousandths % 1000 != 0 {
        return format!("{thousandths}m");
    }
    let mut whole = thousandths / 1000;
    let (step, units): (i128, [&str; 6]) =
        if binary { (1024, ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]) } else { (1000, ["k", "M", "G", "T", "P", "E"]) };
    let mut unit = "";
    for larger in units {
        if whole == 0 || whole % step != 0 {
            break;
        }
        whole /= step;
        unit = larger;
    }
    format!("{whole}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_read_as_the_server_reads_them() {
        for (text, is) in [("1500m", 1500), ("1.5", 1500), ("1Ki", 1_024_000), ("2e3", 2_000_000), ("1u", 1), ("x", 0)]
        {
            assert_eq!(thousandths(&json!(text)), is, "{text}");
        }
        assert_eq!(thousandths(&json!(2)), 2000);
    }

    #[test]
    fn amounts_are_written_in_the_largest_unit_that_fits() {
        assert_eq!(amount(1500, false), "1500m");
        assert_eq!(amount(100_000_000, false), "100k");
        assert_eq!(amount(2 * 1024 * 1024 * 1000, true), "2Mi");
        assert_eq!(amount(0, true), "0");
    }

    #[test]
    fn shares_round_the_way_they_are_asked_to() {
        assert_eq!(share(&json!("25%"), 2, true), 1);
        assert_eq!(share(&json!("25%"), 2, false), 0);
        assert_eq!(share(&json!(3), 2, false), 3);
    }
}
