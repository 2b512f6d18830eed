//! The real programs that sessions are played with.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the real programs.
pub(crate) fn programs() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plane/bin");
    std::env::var_os("PLANE_BIN").map_or(here, PathBuf::from)
}

/// Says what was not run, past the harness, which would keep it to itself.
pub(crate) fn not_run(what: &str) {
    drop(writeln!(std::io::stderr(), "not run: {what}"));
}
