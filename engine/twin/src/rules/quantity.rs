//! Amounts such as `500m` and `1Gi`, in the one spelling that the server keeps.

use std::cmp::Ordering;

/// An amount in billionths, and the family of units it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    billionths: i128,
    family: Family,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Decimal,
    Exponent,
    Binary,
}

const BILLION: i128 = 1_000_000_000;
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

impl Quantity {
    /// Reads an amount.
    pub fn read(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (factor, family) = unit_of(unit)?;
        let (sign, digits) = match number.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        if whole.len() > 25 || fraction.len() > 25 {
            return None;
        }
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let number: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let (above, below) = match factor {
            Factor::Ten(power) if power >= 0 => (10_i128.checked_pow(power.unsigned_abs())?, 1),
            Factor::Ten(power) => (1, 10_i128.checked_pow(power.unsigned_abs())?),
            Factor::Two(power) => (1_i128 << power, 1),
        };
        let (number, scale) = reduced(number, scale.checked_mul(below)?);
        let above = number.checked_mul(above)?.checked_mul(BILLION)?;
        let rounded = above / scale + i128::from(above % scale != 0);
        Some(Self { billionths: sign * rounded, family })
    }

    /// Compares two amounts.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.billionths.cmp(&other.billionths)
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.billionths == 0
    }

    /// Whether it is below nothing.
    pub fn is_negative(&self) -> bool {
        self.billionths < 0
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        self.billionths % BILLION == 0
    }

    /// Whether it is another so many times, once at least.
    pub fn is_multiple_of(&self, other: &Self) -> bool {
        other.billionths != 0 && self.billionths > 0 && self.billionths % other.billionths == 0
    }

    /// The one spelling.
    pub fn write(&self) -> String {
        if self.billionths == 0 {
            return "0".to_owned();
        }
        let whole = self.billionths / BILLION;
        if self.family == Family::Binary && self.is_whole() && whole.abs() >= 1024 {
            let (unit, power) = BINARY
                .iter()
                .rev()
                .find(|(_, power)| whole % (1_i128 << power) == 0)
                .map_or(("", 0), |(unit, power)| (*unit, *power));
            return format!("{}{unit}", whole >> power);
        }
        let mut number = self.billionths;
        let mut power = -9;
        while power < 18 && number % 1000 == 0 {
            number /= 1000;
            power += 3;
        }
        let unit = DECIMAL.iter().find(|(_, of)| *of == power).map_or("", |(unit, _)| unit);
        match self.family {
            Family::Exponent if power != 0 => format!("{number}e{power}"),
            _ => format!("{number}{unit}"),
        }
    }
}

enum Factor {
    Ten(i32),
    Two(u32),
}

fn unit_of(unit: &str) -> Option<(Factor, Family)> {
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == unit) {
        return Some((Factor::Two(*power), Family::Binary));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == unit) {
        return Some((Factor::Ten(*power), Family::Decimal));
    }
    let power: i32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
    (-9..=18).contains(&power).then_some((Factor::Ten(power), Family::Exponent))
}

fn reduced(mut number: i128, mut scale: i128) -> (i128, i128) {
    while scale > 1 && number % 10 == 0 {
        number /= 10;
        scale /= 10;
    }
    (number, scale)
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn amounts_have_one_spelling() {
        for (read, written) in [
            ("1000m", "1"),
            ("0.1", "100m"),
            (".5", "500m"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("1000Ki", "1000Ki"),
            ("0", "0"),
            ("1e3", "1e3"),
            ("100000", "100k"),
            ("0.5Ki", "512"),
            ("-1", "-1"),
            ("1.0", "1"),
            ("0.0000000001", "1n"),
        ] {
            assert_eq!(Quantity::read(read).map(|quantity| quantity.write()).as_deref(), Some(written), "{read}");
        }
        for wrong in ["", "x", "1x", "1 Gi", "1.2.3", "Gi", "--1", "1e"] {
            assert_eq!(Quantity::read(wrong), None, "{wrong}");
        }
    }
}
