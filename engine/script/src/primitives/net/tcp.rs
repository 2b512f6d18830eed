//! `net::tcp`: whether a port takes connections.

use rhai::{FuncRegistration, INT, Map, Module, NativeCallContext};
use runbook_drivers::net::{self, Found};
use runbook_model::{Failure, Repeat, code};

use super::{PROBE_TIMEOUT, TIMEOUT};
use crate::bench::{Answer, read};
use crate::options::Options;
use crate::thrown::throw;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "net::tcp",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["host: text", "port: whole number"], gives: "map" },
        Form { params: &["host: text", "port: whole number", "options: map"], gives: "map" },
    ],
    options: &[TIMEOUT],
    doc: r#"
        Whether a port takes connections: `#{ok, ms, error, addresses, address}`.

        All addresses of the name are tried in turn; `address` is the one that took the connection. Nothing is sent.
        A port that cannot be reached is an answer, not a failure: `ok` is `false` and `error` says why.

        ```rhai
        let found = net::tcp("127.0.0.1", 9, #{ timeout: "1s" });
        if found.ok { say(`somebody listens, after ${found.ms} ms`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("tcp")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, host: &str, port: INT| tcp(&ctx, host, port, Map::new()));
    FuncRegistration::new("tcp")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, host: &str, port: INT, options: Map| {
            tcp(&ctx, host, port, options)
        });
}

fn tcp(ctx: &NativeCallContext, host: &str, port: INT, map: Map) -> Answer {
    let parsed = Options::new(&WORD, map).and_then(|options| Ok((checked(port)?, options.duration("timeout")?)));
    let (port, timeout) = parsed.map_err(|failure| throw(&failure, ctx.call_position()))?;
    let brief = format!("net::tcp {host} {port}");
    let timeout = timeout.unwrap_or(PROBE_TIMEOUT);
    read(ctx, &WORD, &brief, async { net::tcp(host, port, timeout).await.map(Found::into_value) })
}

fn checked(port: INT) -> Result<u16, Failure> {
    let known = u16::try_from(port).ok().filter(|port| *port != 0);
    known.ok_or_else(|| Failure::new(code::WORD_ARGUMENT, format!("{port} is no port; ports go from 1 to 65535")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_from_1_to_65535() {
        assert_eq!(checked(65535), Ok(65535));
        for wrong in [0, -1, 65536, INT::MAX] {
            assert_eq!(checked(wrong).unwrap_err().code, code::WORD_ARGUMENT);
        }
    }
}
