//! The sizes of the batches of `rolling`, from numbers and percentages.

use rhai::{Array, Dynamic};
use runbook_model::{Failure, code};

/// The size of each batch; the last one repeats.
pub(super) fn batches(given: Option<Dynamic>, items: usize) -> Result<Vec<usize>, Failure> {
    let Some(given) = given else { return Ok(vec![1]) };
    let bad = |what: &Dynamic| {
        let what =
            format!("option `batches` of `rolling` takes numbers and percentages like `[1, \"25%\"]`, not `{what}`");
        Failure::new(code::WORD_OPTION, what)
    };
    let list = given.clone().try_cast::<Array>().unwrap_or_else(|| vec![given]);
    list.iter()
        .map(|size| {
            if let Ok(number) = size.as_int() {
                return usize::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| bad(size));
            }
            let text = size.to_string();
            let percent = text.strip_suffix('%').and_then(|text| text.trim().parse::<usize>().ok());
            let percent = percent.filter(|percent| (1..=100).contains(percent)).ok_or_else(|| bad(size))?;
            Ok((items * percent).div_ceil(100).max(1))
        })
        .collect()
}
