//! What is typed about twins.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// About twins.
#[derive(Debug, Subcommand)]
pub(crate) enum Twin {
    /// Start a twin and serve until it is stopped
    #[command(
        after_help = "Examples:\n  runbook twin up\n  runbook twin up --scene k3s --speed 10\n  runbook twin up --scene lab.yaml --state-dir /tmp/lab --json\n  runbook twin up --fault ssh-cut,machine=n2,words=kubeadm,after=2s\n\nIt serves until Ctrl-C, SIGTERM or the end of its standard input. Lines of that are orders: `fault NAME key=value`, `give 10m`."
    )]
    Up(TwinUp),
    /// List the scenes a twin can start with
    #[command(after_help = "Examples:\n  runbook twin scenes\n  runbook twin scenes --output json")]
    Scenes,
    /// Be the twin's own helm, for those who have none
    #[command(hide = true)]
    Helm(TwinHelm),
    /// List what can be made to go wrong
    #[command(after_help = "Examples:\n  runbook twin faults\n  runbook twin up --fault link-down,machine=n3")]
    Faults,
    /// Show who reaches whom in a twin that runs, and the reason for every "no"
    #[command(
        after_help = "Examples:\n  runbook twin connectivity\n  runbook twin connectivity --json | jq '.pairs[] | select(.reached | not)'\n\nThe twin is the cluster of the kubeconfig."
    )]
    Connectivity(TwinConnectivity),
}

/// Which twin is asked, and how it answers.
#[derive(Debug, Args)]
pub(crate) struct TwinConnectivity {
    /// The kubeconfig of the twin; `$KUBECONFIG` or `~/.kube/config` where it is left out
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Tell every pair as JSON
    #[arg(long)]
    pub json: bool,
}

/// How the twin's own helm is called.
#[derive(Debug, Args)]
pub(crate) struct TwinHelm {
    /// Where it hears what time it is in the twin
    #[arg(long, value_name = "SOCKET")]
    pub time: Option<PathBuf>,
    /// The helm that is asked for charts the twin does not have
    #[arg(long, value_name = "PROGRAM", default_value = "helm")]
    pub real: String,
    /// What is typed after its name
    #[arg(last = true)]
    pub words: Vec<String>,
}

/// How a twin is started.
#[derive(Debug, Args)]
pub(crate) struct TwinUp {
    /// The scene it starts with: one of `runbook twin scenes`, or a YAML file
    #[arg(long, value_name = "NAME|FILE", default_value = "three")]
    pub scene: String,
    /// Tell where everything is as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// How fast its time goes: `jump` to whatever is next, or so many times as fast as real time
    #[arg(long, value_name = "SPEED", default_value = "jump")]
    pub speed: String,
    /// Where its kubeconfig and ssh configuration are written; a folder that goes with it, where it is left out
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The port of its API; a free one where it is left out
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Let something go wrong: a name of `runbook twin faults` and what it is about
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
}
