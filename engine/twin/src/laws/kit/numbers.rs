//! Numbers of objects: counts that are left out when zero, shares of a whole, and amounts as they are written.

use crate::json::Value;
use crate::world::map;

pub(in crate::laws) use crate::world::thousandths;

/// Writes counts into a status; zero means the field is left out, as the API leaves it out.
pub(in crate::laws) fn count(status: &mut Value, counts: &[(&str, i64)]) {
    let status = map(status);
    for (name, number) in counts {
        if *number == 0 {
            status.remove(name);
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
    use crate::json::json;

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
