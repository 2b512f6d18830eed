//! The user's helm as a process.

use std::time::Duration;

use runbook_model::{Failure, code};

use super::Helm;
use super::error::{self, Verb};
use crate::local::{self, Command, Program};

/// How long a helm that only looks may take.
pub(super) const LOOK: Duration = Duration::from_secs(120);

/// How much longer than it was given a helm may take that changes something: to fetch the chart, to make what it makes.
const GRACE: Duration = Duration::from_secs(120);

/// What helm would take from the environment, and with it act elsewhere than where its releases are read.
const ELSEWHERE: [&str; 8] = [
    "HELM_KUBECONTEXT",
    "HELM_KUBEAPISERVER",
    "HELM_KUBETOKEN",
    "HELM_KUBECAFILE",
    "HELM_KUBEASUSER",
    "HELM_KUBEASGROUPS",
    "HELM_KUBETLS_SERVER_NAME",
    "HELM_DEBUG",
];

/// The version of a helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) major: u8,
    pub(super) minor: u8,
}

impl Version {
    /// Whether it gives revisions labels of ours: since 3.13.
    pub(super) fn labels(self) -> bool {
        self.major > 3 || self.minor >= 13
    }
}

/// One call of helm.
pub(super) struct Call {
    /// The verb and its words.
    pub(super) words: Vec<String>,
    /// What it reads.
    pub(super) stdin: Option<String>,
    /// How long it may take, beside our grace.
    pub(super) timeout: Option<Duration>,
    /// What its environment has beside ours.
    pub(super) env: Vec<(String, String)>,
    pub(super) verb: Verb,
}

impl Call {
    /// A call that only looks.
    pub(super) fn looks<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self { words, stdin: None, timeout: None, env: Vec::new(), verb: Verb::Looks }
    }

    /// The verb and what it is done to, for messages.
    fn brief(&self) -> String {
        let plain: Vec<&str> =
            self.words.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
        format!("helm {}", plain.join(" "))
    }
}

impl Helm {
    /// Runs helm to its end and gives what it printed; `hear` gets each line.
    pub(super) async fn run(&self, call: Call, hear: impl Fn(&str, bool)) -> Result<String, Failure> {
        let brief = call.brief();
        let limit = match call.verb {
            Verb::Looks => call.timeout.unwrap_or(LOOK),
            Verb::Changes => call.timeout.unwrap_or_default() + GRACE,
        };
        let mut words = vec![self.options.program.clone()];
        words.extend(call.words);
        words.extend(self.options.kubeconfig.as_ref().map(|path| format!("--kubeconfig={}", path.display())));
        words.extend(self.options.context.as_ref().map(|name| format!("--kube-context={name}")));
        let mut command = Command::new(Program::Words(words));
        command.stdin = call.stdin;
        command.timeout = Some(limit);
        // Told to end, it notes on the release that it was; killed, it leaves the release pending.
        command.gentle = call.verb == Verb::Changes;
        command.env = ELSEWHERE.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        command.env.extend(call.env);
        command.env.push(("HELM_DRIVER".to_owned(), "secret".to_owned()));
        let done = local::run(&command, hear).await;
        done.map(|done| done.stdout).map_err(|trouble| error::of(trouble, &brief, &self.options.program, call.verb))
    }

    /// The version of the program: 3 or 4 and something.
    pub(super) async fn version(&self) -> Result<Version, Failure> {
        self.version.get_or_try_init(|| self.ask_version()).await.copied()
    }

    async fn ask_version(&self) -> Result<Version, Failure> {
        let printed = self.run(Call::looks(["version", "--template={{.Version}}"]), |_, _| {}).await?;
        let version = printed.trim();
        let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u8>().ok());
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(major @ (3 | 4)), minor) => Ok(Version { major, minor: minor.unwrap_or(0) }),
            _ => {
                let program = &self.options.program;
                let what = format!("`{program}` is helm `{version}`, and this can drive helm 3 and helm 4");
                Err(Failure::new(code::HELM_VERSION, what)
                    .hint("install helm 3 or 4, or say where one is with `RUNBOOK_HELM`"))
            }
        }
    }

    /// The namespace of the context.
    pub async fn namespace(&self) -> Result<String, Failure> {
        let printed = self.namespace.get_or_try_init(|| self.run(Call::looks(["env", "HELM_NAMESPACE"]), |_, _| {}));
        let printed = printed.await?.trim();
        Ok(if printed.is_empty() { "default".to_owned() } else { printed.to_owned() })
    }
}
