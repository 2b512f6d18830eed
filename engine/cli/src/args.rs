//! What is typed. Every help text has an example that works.

mod played;
mod twin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use played::{Played, Prove, Rehearse};
pub(crate) use twin::{Twin, TwinConnectivity, TwinHelm, TwinUp};

/// Runs runbooks: every step is recorded, and a run that is killed goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "runbook", version, about, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(
    after_help = "Examples:\n  runbook run runbooks/archive.rhai --set from=/etc --set to=/tmp/etc.tar.gz\n  runbook archive.rhai --resume\n  runbook runs\n\n`runbook FILE` is short for `runbook run FILE`; `runbook FILE --help` shows its inputs."
)]
pub(crate) struct Cli {
    /// What is common to all commands.
    #[command(flatten)]
    pub common: Common,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What is common to all commands.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Where runs are kept; `RUNBOOK_STATE`, or the XDG state directory, where it is left out
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// How to show what happens: a live tree, plain lines, or JSON lines on standard output
    #[arg(long, global = true, value_name = "HOW", default_value = "auto")]
    pub output: Output,
    /// Whoever says what time it is: a socket. The machine's own time where it is left out
    #[arg(long, global = true, value_name = "SOCKET", hide = true)]
    pub time: Option<PathBuf>,
}

/// How to show what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A live tree at a terminal, plain lines elsewhere.
    Auto,
    /// A live tree.
    Tty,
    /// Plain lines.
    Lines,
    /// JSON lines.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a runbook, or go on with a run
    #[command(
        after_help = "Examples:\n  runbook run archive.rhai --set from=/etc\n  runbook run archive.rhai --resume\n  runbook run --resume=archive-7k2mp --redo 'pack'\n  runbook run drain.rhai --site lab.toml\n  runbook run archive.rhai --output json | jq .\n\nExit codes: 0 done, 1 failed, 2 usage or script error, 3 a check said no, 4 stopped at a gate or by a person, 5 in doubt, 6 undo failed, 7 held by another, 70 our bug."
    )]
    Run(Box<Run>),
    /// Run a runbook against a model cluster, in modelled time
    #[command(
        after_help = "Examples:\n  runbook rehearse runbooks/drain-node.rhai\n  runbook rehearse runbooks/drain-node.rhai --set node=n3 --report rehearsal.html\n  runbook rehearse runbooks/flannel-to-cilium.rhai --scene k3s-shop\n  runbook rehearse drain.rhai --scene lab.yaml --fault 'ssh-cut machine=n2 after=2s'\n  runbook rehearse drain.rhai --keep\n\nGates are answered yes, and a required input that is not given takes the example of the front matter.\nExit codes are those of `runbook run`."
    )]
    Rehearse(Box<Rehearse>),
    /// Prove on a twin that a run survives kills and failures
    #[command(
        after_help = "Examples:\n  runbook prove runbooks/drain-node.rhai\n  runbook prove drain.rhai --crash 17\n  runbook prove drain.rhai --scene k3s-shop --fail all\n  runbook prove drain.rhai --junit proof.xml\n\nExit codes: 0 proved, 1 not proved, otherwise those of the rehearsal that did not end well."
    )]
    Prove(Box<Prove>),
    /// List the runs
    #[command(after_help = "Examples:\n  runbook runs\n  runbook runs --unfinished\n  runbook runs --output json")]
    Runs {
        /// Only those that can be resumed
        #[arg(long)]
        unfinished: bool,
    },
    /// Show what is known of a run
    #[command(after_help = "Examples:\n  runbook show last\n  runbook show archive-7k2mp --output json")]
    Show {
        /// The run: its name, the beginning of it, or `last`
        run: String,
    },
    /// Watch a run that another process holds
    #[command(after_help = "Example:\n  runbook watch archive-7k2mp")]
    Watch {
        /// The run
        run: String,
    },
    /// Print the events of a run as JSON lines
    #[command(
        after_help = "Examples:\n  runbook events last | jq 'select(.kind == \"failed\")'\n  runbook events last --follow"
    )]
    Events {
        /// The run
        run: String,
        /// Go on until the run is let go
        #[arg(long)]
        follow: bool,
    },
    /// Answer a gate
    #[command(
        after_help = "Examples:\n  runbook approve archive-7k2mp 'remove the old one'\n  runbook approve last 'remove the old one' --deny --note 'not tonight'"
    )]
    Approve {
        /// The run
        run: String,
        /// The gate; may be left out where only one waits
        gate: Option<String>,
        /// Say no
        #[arg(long)]
        deny: bool,
        /// A word with it, recorded
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Decide over a step that is in doubt
    #[command(
        after_help = "Examples:\n  runbook settle last 'copy the archive' --done\n  runbook settle last 'ask the API' --done --value '{\"id\": 7}'\n  runbook settle last 'copy the archive' --redo"
    )]
    Settle(Settle),
    /// Undo what a run did, newest first
    #[command(after_help = "Examples:\n  runbook undo last\n  runbook undo archive-7k2mp --to 'pack'")]
    Undo(Undo),
    /// Ask a run to stop at its next safe point, or give it up for good
    #[command(after_help = "Examples:\n  runbook stop last\n  runbook stop archive-7k2mp --abandon")]
    Stop {
        /// The run
        run: String,
        /// Never resume it; frees its lock
        #[arg(long)]
        abandon: bool,
    },
    /// Take a run over from another process and go on with it
    #[command(after_help = "Example:\n  runbook take archive-7k2mp")]
    Take {
        /// The run
        run: String,
        /// Answer yes at every gate
        #[arg(long)]
        yes: bool,
    },
    /// Write a run with all its records to a file
    #[command(after_help = "Example:\n  runbook export last -o run.jsonl")]
    Export {
        /// The run
        run: String,
        /// The file; standard output where it is left out
        #[arg(short, value_name = "FILE")]
        output_file: Option<PathBuf>,
    },
    /// Read a run that was exported elsewhere
    #[command(after_help = "Example:\n  runbook import run.jsonl")]
    Import {
        /// The file
        file: PathBuf,
    },
    /// Find mistakes in runbooks without running them
    #[command(after_help = "Examples:\n  runbook check runbooks/*.rhai\n  runbook check --outline archive.rhai")]
    Check {
        /// The runbooks
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print the outline of steps also where there are findings
        #[arg(long)]
        outline: bool,
    },
    /// Show a runbook's inputs, needs and steps
    #[command(after_help = "Example:\n  runbook info archive.rhai")]
    Info {
        /// The runbook
        file: PathBuf,
    },
    /// Explain the words a runbook may say
    #[command(after_help = "Examples:\n  runbook doc\n  runbook doc step\n  runbook doc local::")]
    Doc {
        /// A word, or the beginning of some
        word: Option<String>,
        /// The whole reference as Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// Explain a failure code
    #[command(after_help = "Example:\n  runbook explain step.in_doubt")]
    Explain {
        /// The code; all codes where it is left out
        code: Option<String>,
    },
    /// Write a new runbook to start from
    #[command(after_help = "Example:\n  runbook new rotate-certs.rhai")]
    New {
        /// The file
        file: PathBuf,
    },
    /// A whole cluster in one process: API, machines, network
    #[command(subcommand, after_help = "Examples:\n  runbook twin up\n  runbook twin scenes\n  runbook twin faults")]
    Twin(Twin),
    /// Print the completions for a shell
    #[command(after_help = "Example:\n  runbook completions bash > /etc/bash_completion.d/runbook")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How a run is to go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Run {
    /// The runbook; may be left out with `--resume=RUN`
    #[arg(required_unless_present = "resume")]
    pub file: Option<PathBuf>,
    /// Go on with the last unfinished run of the runbook, or with RUN
    #[arg(long, value_name = "RUN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub resume: Option<String>,
    /// Give an input
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Take inputs from a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// How the cluster and the machines are reached
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Answer yes at every gate
    #[arg(long)]
    pub yes: bool,
    /// Let a check pass that says no; recorded with your name
    #[arg(long, value_name = "CHECK")]
    pub accept: Vec<String>,
    /// What to do when the run fails
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    pub on_failure: OnFailure,
    /// Stop before this step begins
    #[arg(long, value_name = "STEP")]
    pub until: Option<String>,
    /// Run this step again although it is done
    #[arg(long, value_name = "STEP", requires = "resume")]
    pub redo: Vec<String>,
    /// Leave this step out, now and on every resume
    #[arg(long, value_name = "STEP")]
    pub skip: Vec<String>,
    /// Go on although the edited runbook rewrites what already ran
    #[arg(long, requires = "resume")]
    pub accept_edits: bool,
    /// Go on with the runbook as it was when the run began
    #[arg(long, requires = "resume", conflicts_with = "accept_edits")]
    pub as_begun: bool,
    /// Take the run from the process that holds it, and the lock of the cluster from another run
    #[arg(long)]
    pub take_over: bool,
    /// How much memory the run may use
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    pub memory: String,
    /// Kill the process as soon as record N is on disk: proves that the run survives it
    #[arg(long, value_name = "N", hide = true)]
    pub die_after: Option<u64>,
    /// The process that watches this one
    #[arg(long, value_name = "FILE", hide = true)]
    pub watched: Option<PathBuf>,
}

/// How the cluster and the machines are reached. A resume and an undo reach them as the run did, where nothing is
/// named.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ClusterArgs {
    /// The kubeconfig; `$KUBECONFIG` or `~/.kube/config` where it is left out
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Its context; the current one where it is left out
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The file that lists the machines of the site; names are given to `ssh` where it is left out
    #[arg(long, value_name = "FILE")]
    pub site: Option<PathBuf>,
    /// The ssh configuration; your own where it is left out
    #[arg(long, value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
}

/// What to do when a run fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// Stop where it is.
    #[default]
    Stop,
    /// Undo what was done.
    Undo,
    /// Ask at the terminal.
    Ask,
}

/// What is undone.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The run
    pub run: String,
    /// How the cluster and the machines are reached
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Unwind down to this step, itself included
    #[arg(long, value_name = "STEP")]
    pub to: Option<String>,
    /// Go behind a point of no return
    #[arg(long)]
    pub past_point_of_no_return: bool,
    /// Take the run from the process that holds it, and the lock of the cluster from another run
    #[arg(long)]
    pub take_over: bool,
    /// How much memory the undo may use
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    pub memory: String,
    /// The process that watches this one
    #[arg(long, value_name = "FILE", hide = true)]
    pub watched: Option<PathBuf>,
}

/// What is decided over a step.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("ruling").required(true).args(["done", "redo", "undone"])))]
pub(crate) struct Settle {
    /// The run
    pub run: String,
    /// The step, as `runbook show RUN` names it
    pub step: String,
    /// It was done
    #[arg(long)]
    pub done: bool,
    /// The value it gave, as JSON
    #[arg(long, value_name = "JSON", requires = "done")]
    pub value: Option<String>,
    /// It was not done, or may be done again
    #[arg(long)]
    pub redo: bool,
    /// It was done and has been put back by hand
    #[arg(long)]
    pub undone: bool,
    /// On what grounds, recorded
    #[arg(long, default_value = "")]
    pub note: String,
}
