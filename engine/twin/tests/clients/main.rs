//! The sequences that real clients send, one session each: kubectl of several ages, helm 3 and helm 4.
//!
//! A session is a file in `sessions/`: lines of a shell. What each line printed, how it ended and what was asked over
//! the wire was recorded against a real control plane, for each client, in `records/`. The twin is held against that.
//! With `REAL=1` the real control plane that `.ci/plane` builds is held against it in the same run, and `RECORD=1`
//! records it anew; `ONLY=helm4` plays one client.

mod normal;
mod place;
#[path = "../programs/mod.rs"]
mod programs;
mod recorder;
mod session;

/// A test for each session, so that a reader sees them all.
macro_rules! sessions {
    ($($name:ident,)*) => {
        $(#[test]
        fn $name() {
            session::holds(stringify!($name));
        })*

        #[test]
        fn each_session_has_its_test() {
            let mut named = vec![$(stringify!($name).to_owned()),*];
            named.sort();
            assert_eq!(named, session::all());
        }
    };
}

sessions! {
    apply,
    asking,
    changing,
    custom,
    debug,
    describe,
    drain,
    get,
    helm,
    inside,
    rollout,
    stuck,
    tables,
    wait,
    watch,
    workloads,
}
