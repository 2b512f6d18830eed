//! Changes that a machine takes back by itself unless they are confirmed.
//!
//! Promises: the machine decides, and decides once: it has either confirmed or fired, never both. Its clock goes on
//! without us, over a lost connection and, where it has systemd, over a reboot. What it put back is noted, with all it
//! could not.
//! Never: fire before its time by itself, forget a decision, follow a clock that can be set.

mod pattern;
mod report;

use std::time::Duration;

use runbook_model::{Failure, code};
use tokio::time::Instant;

use super::quote::quoted;
use super::remote::Question;
use super::run::check_token;
use super::{Error, Remote};

pub use report::{Note, State};

const COMMON: &str = include_str!("common.sh");
const ARM: &str = include_str!("arm.sh");
const WATCH: &str = include_str!("watch.sh");
const FIRE: &str = include_str!("fire.sh");

/// The longest time a machine can be armed for.
const WITHIN_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a machine may take to keep, or to put back.
const WORK_MAX: Duration = Duration::from_secs(120);
/// How long is waited between two tries to confirm.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What a machine is to put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// The files it keeps, as patterns. What a pattern means and is new when it fires is removed.
    pub files: Vec<String>,
    /// The units it restarts where they ran when it was armed, as patterns.
    pub units: Vec<String>,
    /// How long it waits.
    pub within: Duration,
}

impl Arm {
    /// Refuses what can be refused before anything is sent.
    fn check(&self) -> Result<(), Error> {
        let odd = |unit: &&String| {
            unit.is_empty()
                || unit.starts_with('-')
                || !unit.chars().all(|c| c.is_ascii_alphanumeric() || ":-_.\\@*?[]".contains(c))
        };
        if let Some(unit) = self.units.iter().find(odd) {
            return Err(Error::Word { what: "a pattern of units", text: unit.clone() });
        }
        if self.within < Duration::from_secs(1) || self.within > WITHIN_MAX {
            return Err(Error::Word { what: "the time of an armed machine", text: format!("{:?}", self.within) });
        }
        Ok(())
    }

    /// The script that arms.
    fn script(&self, token: &str) -> Result<String, Error> {
        self.check()?;
        let patterns = self.files.iter().map(|files| pattern::read(files)).collect::<Result<Vec<_>, _>>()?;
        let patterns: String = patterns.iter().map(|(base, like)| format!("{base}\t{like}\n")).collect();
        let units: String = self.units.iter().map(|unit| format!("{unit}\n")).collect();
        let texts = [("patterns", &*patterns), ("units", &units), ("common", COMMON), ("watch", WATCH), ("fire", FIRE)];
        let files: String =
            texts.iter().map(|(name, text)| format!("printf %s {} >{name} || exit 1\n", quoted(text))).collect();
        let seconds = self.within.as_secs_f64().ceil() as u64;
        Ok(format!(
            "umask 077; mkdir -p \"$RB_HOME\"/armed || exit 1\n\
             [ -O \"$RB_HOME\" ] || {{ echo \"$RB_HOME is not ours\" >&2; exit 1; }}\n\
             mkdir -p \"$RB_HOME\"/armed/{token} && cd \"$RB_HOME\"/armed/{token} || exit 1\n\
             if [ ! -e armed ]; then\n{files}set -- {seconds} runbook-armed-{token}\n{ARM}fi\n. ./common; report"
        ))
    }
}

impl Remote {
    /// Has the machine keep what `arm` names, and put it back unless `token` is confirmed in time. One that is armed
    /// already stays as it is.
    pub async fn arm(&self, token: &str, arm: &Arm) -> Result<State, Failure> {
        check_token(token)?;
        let script = arm.script(token)?;
        let question = Question { limit: WORK_MAX, ..Question::changes(&script, "while it was armed") };
        self.armed_says(question, "keep what it is to put back").await
    }

    /// How what was armed under `token` stands.
    pub async fn armed(&self, token: &str) -> Result<State, Failure> {
        check_token(token)?;
        let script = within(token, "report");
        self.armed_says(Question::reads(&script, "while it was asked what is armed"), "tell what is armed").await
    }

    /// Confirms: nothing is put back. Tries for as long as `patience`, for a machine may be hard to reach just now.
    ///
    /// Failures: `ssh.armed` where it has fired, or was never armed; those of a connection after `patience`.
    pub async fn confirm(&self, token: &str, patience: Duration) -> Result<(), Failure> {
        check_token(token)?;
        let text = "(set -C; echo confirmed >decision) 2>/dev/null && { calm; rm -rf saved; sync; }\nreport";
        let script = within(token, text);
        let until = Instant::now() + patience;
        loop {
            let question = Question::changes(&script, "while it was confirmed");
            match self.armed_says(question, "take a confirmation").await {
                Ok(State::Confirmed) => return Ok(()),
                Ok(state) => return Err(state.failure(&self.machine().name)),
                Err(failure) if !failure.retryable || Instant::now() + AGAIN_AFTER >= until => return Err(failure),
                Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
            }
        }
    }

    /// Has the machine put back at once what was not confirmed.
    pub async fn fire(&self, token: &str) -> Result<State, Failure> {
        check_token(token)?;
        let script = within(token, "[ -e armed ] && sh \"$PWD\"/fire\nreport");
        let question = Question { limit: WORK_MAX, ..Question::changes(&script, "while it put back") };
        self.armed_says(question, "put back what it kept").await
    }

    /// Takes away what the machine keeps of these tokens, but of those that are still armed.
    pub async fn forget_armed(&self, tokens: &[String]) -> Result<(), Failure> {
        tokens.iter().try_for_each(|token| check_token(token))?;
        let script = format!(
            "cd \"$RB_HOME\"/armed 2>/dev/null || exit 0\n\
             for token in {}; do [ -e $token/decision ] && rm -rf \"./$token\"; done; exit 0",
            tokens.join(" ")
        );
        self.question(Question::changes(&script, "while it was tidied up")).await?;
        Ok(())
    }

    async fn armed_says(&self, question: Question<'_>, what: &'static str) -> Result<State, Failure> {
        let answer = self.question(question).await?;
        let state = (answer.status == 0).then(|| State::read(&answer.text())).flatten();
        state.ok_or_else(|| {
            let machine = &self.machine().name;
            Failure::new(code::SSH_FILE, format!("machine `{machine}` cannot {what}")).because(answer.complaint())
        })
    }
}

/// `text` in the folder of a token; one that is not there was never armed.
fn within(token: &str, text: &str) -> String {
    format!(
        "cd \"$RB_HOME\"/armed/{token} 2>/dev/null && [ -e common ] || {{ echo never; exit 0; }}\n. ./common\n{text}"
    )
}
