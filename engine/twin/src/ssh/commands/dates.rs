//! Moments as text, always in UTC; pure.

use std::time::Duration;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) year: i64,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) nanos: u32,
    /// 0 is Sunday.
    pub(crate) weekday: u32,
    pub(crate) yearday: u32,
    pub(crate) unix: i64,
}

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(crate) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Takes a moment apart.
pub(crate) fn parts(moment: Duration) -> Parts {
    parts_of(i64::try_from(moment.as_secs()).unwrap_or(0), moment.subsec_nanos())
}

/// The same, from seconds that may lie before 1970.
pub(crate) fn parts_of(unix: i64, nanos: u32) -> Parts {
    let days = unix.div_euclid(86_400);
    let seconds = unix.rem_euclid(86_400) as u32;
    // Days since the first of March of the year 0, in which leap days stand at the end.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    let year = yoe + era * 400 + i64::from(month <= 2);
    let first = unix_of(year, 1, 1).div_euclid(86_400);
    Parts {
        year,
        month,
        day,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        nanos,
        weekday: (days + 4).rem_euclid(7) as u32,
        yearday: (days - first) as u32 + 1,
        unix,
    }
}

/// Seconds since 1970 at the beginning of a day.
pub(crate) fn unix_of(year: i64, month: u32, day: u32) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) * 86_400
}

/// A moment by a format of `date`; the letter that is not known where one is not.
pub(crate) fn format(format: &str, at: &Parts) -> Result<String, char> {
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let plain = chars.peek() == Some(&'-');
        if plain {
            chars.next();
        }
        let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
        let letter = chars.next().unwrap_or('%');
        let two = |value: u32| if plain { value.to_string() } else { format!("{value:02}") };
        let month = MONTHS[at.month as usize - 1];
        let day = DAYS[at.weekday as usize];
        text.push_str(&match letter {
            'Y' => at.year.to_string(),
            'y' => two((at.year % 100) as u32),
            'C' => two((at.year / 100) as u32),
            'm' => two(at.month),
            'd' => two(at.day),
            'e' => format!("{:2}", at.day),
            'H' => two(at.hour),
            'I' => two((at.hour + 11) % 12 + 1),
            'M' => two(at.minute),
            'S' => two(at.second),
            'p' => {
                if at.hour < 12 {
                    "AM".into()
                } else {
                    "PM".into()
                }
            }
            'N' => {
                let count: usize = digits.parse().unwrap_or(9);
                format!("{:09}", at.nanos)[..count.clamp(1, 9)].to_owned()
            }
            's' => at.unix.to_string(),
            'j' => format!("{:03}", at.yearday),
            'a' => day[..3].to_owned(),
            'A' => day.to_owned(),
            'b' | 'h' => month[..3].to_owned(),
            'B' => month.to_owned(),
            'u' => (if at.weekday == 0 { 7 } else { at.weekday }).to_string(),
            'w' => at.weekday.to_string(),
            'F' => self::format("%Y-%m-%d", at)?,
            'T' => self::format("%H:%M:%S", at)?,
            'R' => self::format("%H:%M", at)?,
            'D' | 'x' => self::format("%m/%d/%y", at)?,
            'c' => self::format("%a %b %e %T %Y", at)?,
            'z' => "+0000".into(),
            'Z' => "UTC".into(),
            'n' => "\n".into(),
            't' => "\t".into(),
            '%' => "%".into(),
            odd => return Err(odd),
        });
    }
    Ok(text)
}

/// A moment by a format whose letters are known.
pub(crate) fn shown(wanted: &str, moment: Duration) -> String {
    format(wanted, &parts(moment)).unwrap_or_default()
}

/// A moment as `ls -l` shows it.
pub(crate) fn listed(moment: Duration, now: Duration, style: Option<&str>) -> String {
    match style {
        Some("full-iso") => shown("%Y-%m-%d %H:%M:%S.%N %z", moment),
        Some("long-iso") => shown("%Y-%m-%d %H:%M", moment),
        Some(style) if style.starts_with('+') => shown(&style[1..], moment),
        _ => {
            let near = moment <= now && now.saturating_sub(moment) < Duration::from_secs(15_778_476);
            shown(if near { "%b %e %H:%M" } else { "%b %e  %Y" }, moment)
        }
    }
}

/// Reads a moment as people write it: `@123`, `2026-01-02`, `2026-01-02 03:04:05`, `2026-01-02T03:04:05Z`.
pub(crate) fn read(text: &str) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.split('.').next()?.parse().ok();
    }
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let mut fields = date.split('-');
    let (year, month, day) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let time = time.trim().trim_end_matches('Z').trim_end_matches("UTC").trim_end_matches("+00:00").trim();
    let mut clock = time.split(':').map(|field| field.split('.').next().unwrap_or("").parse::<i64>());
    let hour = clock.next()?.ok()?;
    let minute = clock.next().unwrap_or(Ok(0)).ok()?;
    let second = clock.next().unwrap_or(Ok(0)).ok()?;
    Some(unix_of(year, month, day) + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_taken_apart_and_put_together_again() {
        for unix in [0, 951_782_400, 1_709_164_800, 1_763_710_567, 4_102_444_799] {
            let parts = parts_of(unix, 0);
            let text = format("%Y-%m-%dT%H:%M:%SZ", &parts).unwrap();
            assert_eq!(read(&text), Some(unix), "{text}");
        }
        assert_eq!(format("%a %j", &parts_of(951_782_400, 0)), Ok("Tue 060".into()));
    }
}
