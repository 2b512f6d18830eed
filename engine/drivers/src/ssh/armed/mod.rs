//! Commit-confirmed: files that a machine puts back by itself unless it is told in time that all is well.
//!
//! Promises: what arms is the machine's own; it fires without a network, without us, and, where the machine has systemd
//! and we are root there, also after a reboot. It confirms or fires, once, never both. Arming twice is arming once.
//! Never: put back what no pattern names, take a lost answer for a confirmation, confirm over the connection that was
//! there before the change.

mod error;
mod plan;
mod report;

use std::time::Duration;

use runbook_model::Failure;

use super::quote::quoted;
use super::remote::Question;
use super::run::check_token;
use super::{Error, Remote};

pub use plan::Plan;
pub use report::{Guard, Note, State};

const ARM: &str = include_str!("arm.sh");
const START: &str = include_str!("start.sh");
const GUARD: &str = include_str!("guard.sh");
const CONFIRM: &str = include_str!("confirm.sh");
const FIRE: &str = include_str!("fire.sh");
const LOOK: &str = include_str!("look.sh");

/// How long is waited between two looks at a machine that fires.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The folder of a token, as a shell of ours sees it.
fn folder(token: &str) -> String {
    format!("\"$RB_HOME\"/armed/{token}")
}

impl Remote {
    /// Keeps what `plan` names under `token`, and has the machine put it back when the time has passed. Where that was
    /// armed already, nothing is done, and its deadline stays. Gives how it stands, [`State::Armed`] as a rule.
    ///
    /// Failures: `ssh.armed` where the machine cannot; then nothing is armed. After `ssh.lost` it may be.
    pub async fn arm(&self, token: &str, plan: &Plan) -> Result<State, Failure> {
        check_token(token)?;
        plan.check()?;
        let words: Vec<String> = plan.files.iter().chain(&plan.units).map(|word| quoted(word)).collect();
        let script = format!(
            "at={}\nset -- \"$at\" {} {} {}\nguard={}\n{START}{ARM}set -- \"$at\"\n{LOOK}",
            folder(token),
            plan.seconds(),
            plan.files.len(),
            words.join(" "),
            quoted(GUARD)
        );
        let question = Question { limit: Duration::from_secs(60), ..Question::changes(&script, "while it was armed") };
        let answer = self.question(question).await?;
        if answer.status != 0 {
            return Err(error::refused(&self.machine().name, &answer));
        }
        Ok(self.state(&answer)?)
    }

    /// Confirms over a connection that is made for it alone: that one stands is what is confirmed. Confirming what is
    /// confirmed is nothing.
    ///
    /// Failures: those of a connection, which change nothing; `ssh.armed` where it has fired, or nothing was armed.
    pub async fn confirm(&self, token: &str) -> Result<(), Failure> {
        check_token(token)?;
        let script = format!("set -- {}\n{CONFIRM}{LOOK}", folder(token));
        // Twice is as once, so a lost answer leaves nothing in doubt that a second try would not settle.
        let answer = self.question_anew(Question::changes(&script, "while it was told to keep its files")).await?;
        match self.state(&answer)? {
            State::Confirmed { .. } => Ok(()),
            state => Err(error::unconfirmed(&self.machine().name, &state)),
        }
    }

    /// How what is armed under `token` stands.
    pub async fn look_armed(&self, token: &str) -> Result<State, Failure> {
        check_token(token)?;
        let script = format!("set -- {}\n{LOOK}", folder(token));
        let answer = self.question(Question::reads(&script, "while it was asked what is armed")).await?;
        Ok(self.state(&answer)?)
    }

    /// Has the files put back now, and waits for the end of that as long as `patience`, over as many connections as it
    /// takes. Gives how it stands: [`State::Fired`], or [`State::Firing`] where that takes longer; what was confirmed
    /// stays so.
    ///
    /// Failures: those of a connection where the order could not be given, `ssh.armed` where nothing was armed.
    pub async fn fire(&self, token: &str, patience: Duration) -> Result<State, Failure> {
        check_token(token)?;
        let until = self.clock().now() + patience;
        let script = format!("look={}\n{START}set -- {}\n{FIRE}{LOOK}", quoted(LOOK), folder(token));
        let answer = self.question(Question::changes(&script, "while it was told to put its files back")).await?;
        let mut state = self.state(&answer)?;
        if state == State::Nothing {
            return Err(error::unconfirmed(&self.machine().name, &state));
        }
        while matches!(state, State::Armed { .. } | State::Firing { .. }) && self.clock().now() < until {
            self.clock().sleep(LOOK_AGAIN).await;
            // Putting back is what it is for, so the network may well be between two states: only time ends this.
            if let Ok(Ok(now)) = self.clock().timeout_at(until, self.look_armed(token)).await {
                state = now;
            }
        }
        Ok(state)
    }

    /// Takes away what the machine keeps of these tokens. What is still armed, or is being put back, is kept.
    pub async fn forget_armed(&self, tokens: &[String]) -> Result<(), Failure> {
        tokens.iter().try_for_each(|token| check_token(token))?;
        for some in tokens.chunks(500) {
            let names: Vec<&str> = some.iter().map(String::as_str).collect();
            let script = format!(
                "cd \"$RB_HOME\"/armed 2>/dev/null || exit 0\nfor token in {}; do\n\
                 [ -e \"$token/go\" ] && [ ! -e \"$token/note\" ] && \
                 case $(cat \"$token/verdict\" 2>/dev/null) in confirmed*) ;; *) continue ;; esac\n\
                 [ -e \"$token/guard.sh\" ] && sh \"$token/guard.sh\" \"$PWD/$token\" disarm\nrm -rf \"./$token\"\ndone",
                names.join(" ")
            );
            let answer = self.question(Question::changes(&script, "while it was tidied up")).await?;
            if answer.status != 0 {
                return Err(error::odd(&self.machine().name, "forget what was armed", &answer).into());
            }
        }
        Ok(())
    }

    fn state(&self, answer: &super::Answer) -> Result<State, Error> {
        report::read(&answer.text()).ok_or_else(|| error::odd(&self.machine().name, "tell what is armed", answer))
    }
}
