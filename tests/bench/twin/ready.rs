//! From nothing to the first good answer.

use std::time::Instant;

use crate::figures::ms;
use crate::process::Twin;
use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

/// A process with a twin of three nodes: started, connected to over TLS, asked whether it is ready.
pub(crate) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let mut figures = Vec::new();
    for _ in 0..typed.rounds(9) {
        let begun = Instant::now();
        let twin = Twin::start(3)?;
        let (code, body) = twin.server.connect()?.ask("GET", "/readyz", "application/json", "")?;
        if code != 200 || body != b"ok" {
            return Err("the twin does not say that it is ready".into());
        }
        figures.push(ms(begun.elapsed()));
    }
    line(table, "ready", "three nodes, to the first answer", "ms", figures, Vec::new(), Claim::AtMost(300.0))
}
