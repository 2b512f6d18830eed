//! Words that look whether something can be reached from here. They need no leave: they send the question alone.

pub(super) mod dns;
pub(super) mod http;
pub(super) mod tcp;

use std::time::Duration;

use crate::word::Opt;

/// How long a probe may take where it is not said.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

const TIMEOUT: Opt =
    Opt { name: "timeout", takes: "a length of time", doc: "how long to wait for an answer; the default is `\"5s\"`" };
