//! What a run that is over leaves behind on machines: the notes they keep of its commands, and of what was armed.
//!
//! Promises: nothing but what this run noted is taken away, and what still runs is kept. What cannot be reached in time
//! is left: it is small, and harms nobody.

use std::time::Duration;

use runbook_model::Value;
use runbook_run::step::PastCall;

use crate::hands::Hands;
use crate::primitives::armed;
use crate::primitives::ssh::run::{WORD, token_of};

/// How long it may take on all machines together.
const TIDY_MAX: Duration = Duration::from_secs(10);

/// Has the machines forget the commands of `calls`.
pub fn tidy(hands: &Hands, calls: impl IntoIterator<Item = PastCall>) {
    let mut by_machine: Vec<(Value, Vec<String>)> = Vec::new();
    for call in calls.into_iter().filter(|call| [WORD.name, armed::WORD.name].contains(&&*call.call.word)) {
        let Some(proof) = &call.proof else { continue };
        let (Some(machine), Some(token)) = (proof.get("machine"), token_of(proof)) else { continue };
        match by_machine.iter_mut().find(|(known, _)| known == machine) {
            Some((_, tokens)) => tokens.push(token.to_owned()),
            None => by_machine.push((machine.clone(), vec![token.to_owned()])),
        }
    }
    if by_machine.is_empty() {
        return;
    }
    crate::bench::wait_for(async {
        let mut going = tokio::task::JoinSet::new();
        for (machine, tokens) in by_machine {
            let Ok(remote) = hands.remote_of(Some(&machine)) else { continue };
            going.spawn(async move {
                remote.forget(&tokens).await?;
                remote.forget_armed(&tokens).await
            });
        }
        // Whatever becomes of it, the run is over.
        let _ = tokio::time::timeout(TIDY_MAX, async { while going.join_next().await.is_some() {} }).await;
    });
}
