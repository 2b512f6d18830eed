//! Where kubectl was not built: the few of its words that the tests need to look at a twin from beside, read off its world.

use crate::place::Ended;

use super::twin::Twin;

/// What kubectl would have said.
pub(super) fn answer(_: &Twin, args: &[&str], _: &str) -> Ended {
    Ended {
        code: None,
        out: String::new(),
        err: format!("kubectl was not built, so nobody can say `{}`", args.join(" ")),
    }
}
