//! `net::dns`: what a name stands for.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::net::{self, Found, Question};
use runbook_model::{Failure, Repeat};

use super::{PROBE_TIMEOUT, TIMEOUT};
use crate::bench::{Answer, read};
use crate::options::Options;
use crate::register::of_text;
use crate::thrown::throw;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "net::dns",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["name: text"], gives: "map" },
        Form { params: &["name: text", "options: map"], gives: "map" },
    ],
    options: &[
        Opt {
            name: "server",
            takes: "an IP address, with `:port` where it is not 53",
            doc: "whom to ask, directly; by default as this machine is set up",
        },
        Opt { name: "tcp", takes: "a boolean", doc: "whether to ask over TCP; the default is UDP" },
        TIMEOUT,
        Opt {
            name: "type",
            takes: "`\"A\"`, `\"AAAA\"`, `\"CNAME\"`, `\"MX\"`, `\"SRV\"`, `\"TXT\"` and the like",
            doc: "the kind of record; by default addresses of both kinds",
        },
    ],
    doc: r#"
        What a name stands for: `#{ok, ms, error, addresses, records}`.

        `records` are texts as the name server's files have them; `addresses` are those of them that are addresses.
        A name that is not there or a server that does not answer is an answer, not a failure: `ok` is `false` and
        `error` says why. With `server`, neither `/etc/hosts` nor search domains play a part.

        ```rhai
        let found = net::dns("localhost");
        if found.ok { say(`it is ${found.addresses}`); }
        let asked = net::dns("kubernetes.default.svc.cluster.local", #{ server: "127.0.0.1:9", timeout: "1s" });
        if !asked.ok { say(`no answer: ${asked.error}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "dns", dns);
}

fn dns(ctx: &NativeCallContext, name: &str, map: Map) -> Answer {
    let asked = Options::new(&WORD, map).and_then(|options| question(name, &options));
    let asked = asked.map_err(|failure| throw(&failure, ctx.call_position()))?;
    let brief = format!("net::dns {name}");
    read(ctx, &WORD, &brief, async { net::dns(&asked).await.map(Found::into_value) })
}

fn question(name: &str, options: &Options<'_>) -> Result<Question, Failure> {
    Ok(Question {
        name: name.to_owned(),
        kind: options.text("type")?,
        server: options.text("server")?,
        tcp: options.truth("tcp")?.unwrap_or(false),
        timeout: options.duration("timeout")?.unwrap_or(PROBE_TIMEOUT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_into_the_question() {
        let map: Map = [("type".into(), "MX".into()), ("tcp".into(), true.into())].into();
        let asked = question("a.test", &Options::new(&WORD, map).unwrap()).unwrap();
        assert_eq!((asked.kind.as_deref(), asked.tcp, asked.server), (Some("MX"), true, None));
        assert_eq!(asked.timeout, PROBE_TIMEOUT);
    }
}
