//! What a machine is like, asked in one round trip.
//!
//! Promises: nothing is changed, loaded or sent further; what the machine does not have, or does not show to who asks, is
//! left out of the answer and never guessed. The reading of the answer is pure.

mod guard;
mod host;
mod kubernetes;
mod links;
mod packets;
mod routes;
mod sections;

use std::time::Duration;

use runbook_model::{Failure, Value};

use super::remote::Question;
use super::{Error, Remote};
use sections::Sections;

const BEGIN: &str = include_str!("begin.sh");
const MACHINE: &str = include_str!("machine.sh");
const INTERFACES: &str = include_str!("interfaces.sh");
const END: &str = "printf '\\001end\\n'; exit 0";

/// How long a machine may look at itself: each tool it asks has five seconds.
const LIMIT: Duration = Duration::from_secs(90);

impl Remote {
    /// What the machine is like, as one map; the book's page on machines lists its keys.
    ///
    /// Failures: those of a connection. A tool that is missing, or that only root may use, costs its key and no failure.
    pub async fn facts(&self) -> Result<Value, Failure> {
        let sections = self.look_at(&[MACHINE, INTERFACES], "while it was asked for its facts").await?;
        Ok(read(&sections))
    }

    /// The interfaces of the machine: a list of the same maps that [`Remote::facts`] has under `interfaces`.
    pub async fn interfaces(&self) -> Result<Value, Failure> {
        let sections = self.look_at(&[INTERFACES], "while it was asked for its interfaces").await?;
        Ok(links::read(&sections))
    }

    async fn look_at(&self, parts: &[&str], during: &str) -> Result<Sections, Error> {
        let script = format!("{BEGIN}{}{END}", parts.concat());
        let answer = self.question(Question { limit: LIMIT, ..Question::reads(&script, during) }).await?;
        Sections::read(&answer.text()).ok_or_else(|| Error::Script {
            machine: self.machine().name.clone(),
            what: "tell its facts",
            why: answer.complaint(),
        })
    }
}

/// All sections as one map.
fn read(sections: &Sections) -> Value {
    let mut all = std::collections::BTreeMap::new();
    host::read(sections, &mut all);
    guard::read(sections, &mut all);
    packets::read(sections, &mut all);
    kubernetes::read(sections, &mut all);
    all.insert("interfaces".to_owned(), links::read(sections));
    all.insert("routes".to_owned(), routes::read(sections));
    all.insert("rules".to_owned(), routes::rules(sections));
    Value::Map(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_this_machine_is_read_whichever_shell_gives_it() {
        let script = format!("{BEGIN}{MACHINE}{INTERFACES}{END}");
        for shell in [&["sh"][..], &["bash", "--posix"], &["busybox", "sh"]] {
            let asked = std::process::Command::new(shell[0]).args(&shell[1..]).arg("-c").arg(&script).output();
            let Ok(output) = asked else { continue };
            let facts = read(&Sections::read(&String::from_utf8_lossy(&output.stdout)).unwrap());
            assert!(facts.get("kernel").and_then(Value::as_text).is_some(), "{shell:?}");
            let Some(Value::List(interfaces)) = facts.get("interfaces") else { panic!("{shell:?}") };
            assert!(interfaces.iter().any(|one| one.get("name") == Some(&Value::from("lo"))), "{shell:?}");
        }
    }

    #[test]
    fn nothing_but_names_is_an_answer_with_nothing_in_it() {
        let names = "kernel config sysctl interfaces offloads addresses routes routes6 rules vxlan udp chains nft \
                     bpf_links bpf_net containerd cni disks clock units failed mounts memory cpus uptime load os";
        let text: String = names.split_whitespace().map(|name| format!("\u{1}{name}\n|| \t=\n|\n")).collect();
        read(&Sections::read(&format!("{text}\u{1}end\n")).unwrap());
        assert!(Sections::read(&text).is_none(), "without its end it was cut off");
    }
}
