//! How often, and after how long, a failed step is tried again.

use std::time::Duration;

use runbook_model::Failure;

/// The retries of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many attempts in a row it may have.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from there.
    pub first: Duration,
    /// The longest wait.
    pub most: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 1, first: Duration::from_secs(1), most: Duration::from_secs(30) }
    }
}

impl Retry {
    /// How long to wait after the failure of attempt `used` of a row; none where it is not tried again.
    pub fn wait(&self, used: u32, failure: &Failure) -> Option<Duration> {
        if used >= self.attempts || !failure.retryable {
            return None;
        }
        let doubled = 1u32.checked_shl(used.saturating_sub(1)).unwrap_or(u32::MAX);
        Some(self.first.saturating_mul(doubled).min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end_with_the_last_attempt() {
        let retry = Retry { attempts: 6, first: Duration::from_secs(1), most: Duration::from_secs(5) };
        let worth = Failure::new("x", "x").retryable();
        let waits: Vec<_> = (1..=6).map(|used| retry.wait(used, &worth).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), Some(5), Some(5), None]);
        assert_eq!(retry.wait(1, &Failure::new("x", "x")), None);
    }

    proptest::proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_or_shorter_than_the_one_before(
            attempts in 0..100u32, first in 0..10_000_000u64, most in 0..10_000_000u64, used in 0..u32::MAX,
        ) {
            let (first, most) = (Duration::from_millis(first), Duration::from_millis(most));
            let retry = Retry { attempts, first, most };
            let worth = Failure::new("x", "x").retryable();
            let wait = retry.wait(used, &worth);
            proptest::prop_assert_eq!(wait.is_some(), used < attempts);
            proptest::prop_assert!(wait.is_none_or(|wait| wait <= most));
            let after = retry.wait(used + 1, &worth);
            proptest::prop_assert!(after.is_none_or(|after| wait.is_some_and(|wait| wait <= after)));
        }
    }
}
