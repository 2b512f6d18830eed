//! Keeps a filter from running for ever or too deep.
//!
//! jaq asks its data for the table of terms each time it evaluates one, so that is where we count. There is no way to
//! say no from there but to unwind; the unwinding does not reach the panic hook and is caught where the filter is run.

use std::any::Any;
use std::cell::Cell;
use std::panic::resume_unwind;

use jaq_core::data::HasLut;
use jaq_core::{DataT, Lut, RunPtr};
use jaq_json::Val;
use runbook_model::Value;

/// The terms any run of a filter may evaluate.
const TERMS_MIN: u64 = 500_000;
/// The terms it may evaluate on top of that for each value in its input.
const TERMS_PER_VALUE: u64 = 20;
/// The stack of the thread that runs a filter: most of it is for putting away what the filter nested without recursion,
/// which is done by recursion and grows with the terms evaluated. Only what is touched is real memory.
pub(super) const STACK_BYTES: usize = 256 << 20;
/// How much of that stack the filter may use while it evaluates.
const STACK_USED_MAX: usize = 48 << 20;

/// The kind of data our filters run on.
pub(super) struct Metered;

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = &'a Meter<'a>;
}

/// The table of terms, with what is left of the limits.
pub(super) struct Meter<'a> {
    lut: &'a Lut<Metered>,
    left: Cell<u64>,
    base: usize,
}

/// Why a filter was stopped.
pub(super) enum Spent {
    /// It evaluated too many terms.
    Terms,
    /// It nested too deep.
    Stack,
}

impl<'a> Meter<'a> {
    /// A fresh meter for a filter that runs on `input` from here on.
    pub(super) fn new(lut: &'a Lut<Metered>, input: &Value) -> Self {
        let terms = TERMS_MIN.saturating_add(TERMS_PER_VALUE.saturating_mul(values(input)));
        Self { lut, left: Cell::new(terms), base: stack_position() }
    }

    fn tick(&self) {
        let Some(left) = self.left.get().checked_sub(1) else { stop(Spent::Terms) };
        self.left.set(left);
        if self.base.abs_diff(stack_position()) > STACK_USED_MAX {
            stop(Spent::Stack);
        }
    }
}

impl<'a> HasLut<'a, Metered> for &'a Meter<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.tick();
        self.lut
    }
}

/// How many values `value` consists of.
fn values(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.iter().fold(1, |sum, item| sum + values(item)),
        Value::Map(map) => map.values().fold(1, |sum, item| sum + values(item)),
        Value::Unit
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Char(_)
        | Value::Text(_)
        | Value::Blob(_) => 1,
    }
}

fn stop(spent: Spent) -> ! {
    resume_unwind(Box::new(spent))
}

/// Why a filter was stopped, from what its unwinding carried; `None` for a panic of jaq itself.
pub(super) fn spent(carried: &(dyn Any + Send)) -> Option<&Spent> {
    carried.downcast_ref()
}

#[inline(never)]
fn stack_position() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

/// `range` as jaq has it, but metered: its own goes on without evaluating a term.
pub(super) const RANGE: RunPtr<Metered> = |mut cv| {
    let by = cv.0.pop_var();
    let to = cv.0.pop_var();
    let mut at = Some(cv.0.pop_var());
    let meter = *cv.0.data();
    let zero = Val::from(0_isize);
    Box::new(std::iter::from_fn(move || {
        meter.tick();
        let here = at.take()?;
        let goes_on = if by > zero {
            here < to
        } else if by < zero {
            here > to
        } else {
            here != to
        };
        if !goes_on {
            return None;
        }
        match here.clone() + by.clone() {
            Ok(next) => at = Some(next),
            Err(trouble) => return Some(Err(trouble.into())),
        }
        Some(Ok(here))
    }))
};

/// `fromjson`, but of limited depth: jaq's own nests as deep as the text does.
pub(super) const FROMJSON: RunPtr<Metered> = |cv| {
    let answer = match &cv.1 {
        Val::TStr(text) => match std::str::from_utf8(text).map(crate::primitives::json::parse::parse) {
            Ok(Ok(value)) => Ok(super::run::to_val(&value)),
            Ok(Err(failure)) => Err(jaq_core::Error::str(failure.what)),
            Err(_) => Err(jaq_core::Error::str("the text is not UTF-8")),
        },
        other => Err(jaq_core::Error::typ(other.clone(), "string")),
    };
    jaq_core::native::bome(answer)
};
