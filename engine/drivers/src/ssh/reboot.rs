//! Boots a machine, and knows that it has booted by its boot id alone.

use std::time::{Duration, Instant};

use runbook_model::{Failure, code};

use super::quote::quoted;
use super::remote::Question;
use super::{Error, Remote};

/// How long is waited between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long one look may take.
const LOOK_MAX: Duration = Duration::from_secs(10);

/// A machine that has booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebooted {
    /// The boot id from before.
    pub before: String,
    /// The boot id of now.
    pub after: String,
}

const BOOT_ID: &str = "read -r id </proc/sys/kernel/random/boot_id && echo \"$id\"";

impl Remote {
    /// The boot id of the machine: another one after every boot.
    pub async fn boot_id(&self) -> Result<String, Failure> {
        Ok(self.ask_boot_id(Question::reads(BOOT_ID, "while its boot id was read")).await?)
    }

    /// Boots the machine out of the boot `before`, and waits until it is back in another one, for as long as `patience`.
    /// A machine that is in another one already is not booted again.
    ///
    /// Failures: before the order was given, those of a connection. `ssh.reboot` where no other boot id was seen in time.
    pub async fn reboot(&self, before: &str, patience: Duration) -> Result<Rebooted, Failure> {
        let until = self.clock().now() + patience;
        // The order goes out with the answer still to come: the machine waits a moment before it goes down.
        let script = format!(
            "before={}\n{BOOT_ID}\n[ \"$id\" = \"$before\" ] || exit 0\n\
             order='sleep 1; if [ -d /run/systemd/system ]; then systemctl reboot; else reboot || shutdown -r now; fi'\n\
             if command -v setsid >/dev/null; then d=setsid; else d=nohup; fi\n\
             $d sh -c \"$order\" </dev/null >/dev/null 2>&1 &\n",
            quoted(before)
        );
        let question = Question::changes(&script, "while it was told to reboot");
        match self.ask_boot_id(question).await {
            Ok(after) if after != before => return Ok(Rebooted { before: before.to_owned(), after }),
            Ok(_) => {}
            // Whether the order arrived is seen by what the machine does.
            Err(error @ (Error::Lost { .. } | Error::Timeout { .. })) if self.clock().now() >= until => {
                return Err(error.into());
            }
            Err(Error::Lost { .. } | Error::Timeout { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.wait_for_boot(before, until, patience).await
    }

    async fn wait_for_boot(&self, before: &str, until: Instant, patience: Duration) -> Result<Rebooted, Failure> {
        let mut last = None;
        loop {
            let question = Question { limit: LOOK_MAX, ..Question::reads(BOOT_ID, "while it was booting") };
            match self.clock().timeout_at(until, self.ask_boot_id(question)).await {
                Ok(Ok(after)) if after != before => return Ok(Rebooted { before: before.to_owned(), after }),
                Ok(Ok(_)) => last = Some("it still shows the boot id from before".to_owned()),
                // On the way down and up a machine refuses in many ways; only the deadline makes one of them final.
                Ok(Err(error)) => last = Some(cause(error)),
                Err(_) => {}
            }
            if self.clock().now() + LOOK_AGAIN >= until {
                break;
            }
            self.clock().sleep(LOOK_AGAIN).await;
        }
        let what = format!("machine `{}` was not back within {patience:?} of its reboot", self.machine().name);
        let failure = Failure::new(code::SSH_REBOOT, what).may_have_acted();
        let failure = if let Some(last) = last { failure.because(last) } else { failure };
        Err(failure.hint("look at its console; resume when it is back"))
    }

    async fn ask_boot_id(&self, question: Question<'_>) -> Result<String, Error> {
        let answer = self.question(question).await?;
        let id = answer.text().trim().to_owned();
        if answer.status == 0 && !id.is_empty() {
            return Ok(id);
        }
        let machine = self.machine().name.clone();
        Err(Error::Script { machine, what: "tell its boot id", why: answer.complaint() })
    }
}

fn cause(error: Error) -> String {
    let failure = Failure::from(error);
    failure.causes.into_iter().next().unwrap_or(failure.what)
}
