//! The legal moves are total: every status meets every kind of record.

use proptest::prelude::*;
use runbook_model::{Body, Key};

use super::{Status, next};
use crate::samples;

fn status() -> impl Strategy<Value = Status> {
    let attempt = prop_oneof![0..4u32, Just(u32::MAX - 1)];
    let made: Vec<fn(u32) -> Status> = vec![
        |_| Status::New,
        |attempt| Status::Open { attempt },
        |attempt| Status::Waiting { attempt },
        |attempt| Status::Stopped { attempt },
        |attempt| Status::Done { attempt },
        |attempt| Status::Failed { attempt },
        |attempt| Status::Skipped { attempt },
        |attempt| Status::Fresh { attempt },
    ];
    (prop::sample::select(made), attempt).prop_map(|(made, attempt)| made(attempt))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_status_meets_every_record(from in status(), body in samples::body()) {
        let key = Key::from_text("a");
        match next(&key, from, &body) {
            Ok(to) => {
                let begins = matches!(body, Body::StepBegun(_));
                prop_assert_eq!(to.attempt(), from.attempt() + u32::from(begins), "{:?} to {:?}", from, to);
                prop_assert_eq!(begins, begins && matches!(to, Status::Open { .. }));
            }
            Err(illegal) => {
                prop_assert_eq!(illegal.from, from);
                prop_assert!(illegal.to_string().starts_with("`a` is "));
            }
        }
    }

    #[test]
    fn a_record_of_the_run_itself_moves_no_step(from in status(), body in samples::body()) {
        let of_the_run = matches!(
            body,
            Body::RunOpened(_) | Body::RunTaken(_) | Body::RunClosed(_) | Body::Said(_) | Body::GuardBroken(_)
        );
        if of_the_run {
            prop_assert_eq!(next(&Key::root(), from, &body), Ok(from));
        }
    }
}
