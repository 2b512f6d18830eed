//! Medians, and two things measured in turns.

use std::time::Duration;

use crate::Trouble;

/// The median.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A length of time in milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What was measured in turns.
pub(crate) struct Turns {
    /// The engine, round after round.
    pub ours: Vec<f64>,
    /// The floor, round after round.
    pub floor: Vec<f64>,
}

impl Turns {
    /// Measures the floor and the engine in turns, so that both meet the same noise.
    pub(crate) fn take(
        rounds: usize,
        mut floor: impl FnMut() -> Result<f64, Trouble>,
        mut ours: impl FnMut() -> Result<f64, Trouble>,
    ) -> Result<Self, Trouble> {
        let mut turns = Self { ours: Vec::new(), floor: Vec::new() };
        for _ in 0..rounds {
            turns.floor.push(floor()?);
            turns.ours.push(ours()?);
        }
        Ok(turns)
    }
}
