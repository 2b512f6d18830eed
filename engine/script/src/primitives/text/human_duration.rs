//! `text::human_duration`: a length of time for people.

use rhai::{FuncRegistration, Module};
use runbook_model::Repeat;

use super::short;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::human_duration",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["seconds: number"], gives: "text" }],
    options: &[],
    doc: r#"
        A length of time for people, in its two largest units.

        ```rhai
        if text::human_duration(5400) != "1h30m" { throw text::human_duration(5400); }
        if text::human_duration(0.25) != "250ms" { throw text::human_duration(0.25); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    #[expect(clippy::cast_precision_loss, reason = "a time for people has two units")]
    FuncRegistration::new("human_duration").set_into_module(module, |seconds: i64| human(seconds as f64));
    FuncRegistration::new("human_duration").set_into_module(module, human);
}

fn human(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let length = seconds.abs();
    if !length.is_finite() {
        return format!("{seconds}s");
    }
    if length > 0.0 && (length * 1000.0).round() < 1000.0 {
        return format!("{sign}{}ms", short(length * 1000.0));
    }
    if (length * 10.0).round() < 100.0 {
        return format!("{sign}{}s", short(length));
    }
    // Rounded to the smaller of the two units that are shown, so that 59m59.9s is an hour.
    let (large, small, names) = match length.round() {
        whole if whole < 60.0 => return format!("{sign}{whole:.0}s"),
        whole if whole < 3600.0 => (60.0, 1.0, ["m", "s"]),
        _ if (length / 60.0).round() < 1440.0 => (3600.0, 60.0, ["h", "m"]),
        _ => (86400.0, 3600.0, ["d", "h"]),
    };
    let units = (length / small).round() * small;
    let (first, second) = ((units / large).floor(), (units % large) / small);
    let rest = if second == 0.0 { String::new() } else { format!("{second:.0}{}", names[1]) };
    format!("{sign}{first:.0}{}{rest}", names[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::options::parse_duration;

    proptest! {
        #[test]
        fn what_is_written_for_people_can_be_read_and_is_near(seconds in 0.0_f64..10_000_000.0) {
            let read = parse_duration(&human(seconds)).unwrap().as_secs_f64();
            let most = if seconds < 10.0 { 0.06 } else { (seconds * 0.025).max(0.6) };
            prop_assert!((read - seconds).abs() <= most, "{seconds} as {}", human(seconds));
        }
    }

    #[test]
    fn units_change_where_a_person_would_change_them() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.0004, "0.4ms"),
            (1.5, "1.5s"),
            (59.0, "59s"),
            (59.7, "1m"),
            (61.0, "1m1s"),
            (3599.9, "1h"),
            (86_399.0, "1d"),
            (90_000.0, "1d1h"),
            (-90.0, "-1m30s"),
        ] {
            assert_eq!(human(seconds), text, "{seconds}");
        }
        assert_eq!(human(f64::INFINITY), "infs");
    }
}
