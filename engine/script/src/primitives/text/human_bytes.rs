//! `text::human_bytes`: a size for people.

use rhai::{FuncRegistration, Module};
use runbook_model::Repeat;

use super::short;
use crate::word::{Form, Touches, Word};

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::human_bytes",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["bytes: number"], gives: "text" }],
    options: &[],
    doc: r#"
        A size for people, in units of 1024.

        ```rhai
        if text::human_bytes(1536) != "1.5 KiB" { throw text::human_bytes(1536); }
        if text::human_bytes(900) != "900 B" { throw text::human_bytes(900); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    #[expect(clippy::cast_precision_loss, reason = "a size for people has two digits or three")]
    FuncRegistration::new("human_bytes").set_into_module(module, |bytes: i64| human(bytes as f64));
    FuncRegistration::new("human_bytes").set_into_module(module, human);
}

fn human(bytes: f64) -> String {
    let mut size = bytes;
    let mut unit = "B";
    for next in UNITS {
        // Rounded first: 1023.99 KiB is shown as 1 MiB, not as 1024 KiB.
        if (size.abs() * 10.0).round() / 10.0 < 1024.0 || !size.is_finite() {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{size:.0} B") } else { format!("{} {unit}", short(size)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_change_where_a_person_would_change_them() {
        assert_eq!(human(0.0), "0 B");
        assert_eq!(human(1024.0), "1 KiB");
        assert_eq!(human(1_048_575.0), "1 MiB");
        assert_eq!(human(-2_147_483_648.0), "-2 GiB");
        assert_eq!(human(9.3e18), "8.1 EiB");
        assert_eq!(human(f64::NAN), "NaN B");
    }
}
