//! `probe::machines`: what is reached from machines, over ssh.

use std::sync::Arc;

use rhai::{Array, Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::probe::{self, Kinds, LIMIT, Plan, from_shell, of_a_machine};
use runbook_drivers::ssh::Remote;
use runbook_model::{Failure, Repeat};

use super::{DOMAIN, NODES, OUTSIDE, namespace, places, texts, values};
use crate::bench::{Answer, allow, read};
use crate::frame::Frame;
use crate::primitives::kube::{Called, PATIENCE};
use crate::register::of_value;
use crate::site::Wanted;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::machines",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["machines: list of machines"], gives: "list" },
        Form { params: &["machines: list of machines", "options: map"], gives: "list" },
    ],
    options: &[DOMAIN, NODES, OUTSIDE, PATIENCE],
    doc: r#"
        What is reached from machines, asked over ssh: the test pods, the service, the API, the DNS servers of the
        cluster, the ports of nodes, and what is `outside`. A machine need not be a node.

        Each is a name, what `machine` gives, or a node. It needs `ssh` to run `sh`, and what the machine lacks to ask
        with, or a machine that cannot be reached, is answered for as not known.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        let answers = probe::machines([]);
        say(probe::table(answers));
        step("no more", || probe::stop());
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "machines", machines);
}

fn machines(ctx: &NativeCallContext, list: &Array, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[Dynamic::from_array(list.clone())], options)?;
    let thrown = |failure: Failure| called.thrown(&failure);
    let frame = Frame::of(ctx)?;
    let hands = Arc::clone(&frame.bench().hands);
    let found = list.iter().map(|one| {
        let found = Wanted::read(&WORD, one).and_then(|wanted| hands.machine(&wanted))?;
        Ok((format!("machine {}", found.machine.name), hands.remote(&found.machine)))
    });
    let found: Vec<(String, Remote)> = found.collect::<Result<_, Failure>>().map_err(thrown)?;
    let kinds = Kinds { pods: true, service: true, api: true, dns: true, node_port: true, ..Kinds::default() };
    let targets = texts(&called, &OUTSIDE).map_err(thrown)?;
    let mut plan = Plan::of(&namespace(ctx)?, Kinds { outside: !targets.is_empty(), ..kinds });
    plan.outside = places(&targets).map_err(thrown)?;
    plan.nodes = texts(&called, &NODES).map_err(thrown)?;
    if let Some(domain) = called.options.text(DOMAIN.name).map_err(thrown)? {
        plan.domain = domain;
    }
    allow(ctx, "kube", "probe", "machines")?;
    if !found.is_empty() {
        allow(ctx, "ssh", "run", "sh")?;
    }
    let cluster = called.cluster()?;
    read(ctx, &WORD, WORD.name, async {
        let questions = of_a_machine(&cluster, &plan).await?;
        let asked = found.into_iter().map(|(from, remote)| {
            let questions = questions.clone();
            tokio::spawn(async move { from_machine(&from, &remote, questions).await })
        });
        let mut answers = Vec::new();
        for one in asked.collect::<Vec<_>>() {
            answers.extend(one.await.unwrap_or_default());
        }
        Ok(values(&answers))
    })
}

async fn from_machine(
    from: &str,
    remote: &Remote,
    questions: Vec<(probe::Question, Option<String>)>,
) -> Vec<probe::Answer> {
    let asked = async |script: String| {
        // A shell of its own: the one that stays must neither end with the script nor learn its functions.
        let script = format!("(\n{script}\n)");
        match remote.ask(&script, false, LIMIT).await {
            Ok(answer) => Ok(answer.text().into_owned()),
            Err(failure) => Err(format!("the machine cannot be asked: {failure}")),
        }
    };
    from_shell(from, questions, asked).await
}
