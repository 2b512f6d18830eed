//! Drives the user's helm, and reads the state of releases itself.
//!
//! Promises: what is said of a release comes from the secrets that helm keeps it in, never from what helm prints.
//! Values reach helm through its input, never through its command line or a file. A helm that was ended by us or lost
//! its server may have acted, and is said to; one that refused ended itself.
//! Never: `--atomic` or `--rollback-on-failure`, which take a network away to tidy up after themselves; a retry.

mod at_work;
mod chart;
mod error;
mod look;
mod objects;
mod own;
mod release;
mod releases;
mod repair;
mod secrets;
mod tool;
mod upgrade;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

use runbook_model::{Failure, code};
use tokio::sync::OnceCell;

pub use at_work::wait_for_end;
pub use chart::{Chart, Differences};
pub use look::{Intent, Wanted, answer, judge};
pub use objects::{Changed, Difference, changed};
pub use release::Release;
pub use repair::{Repaired, last_good};
pub use secrets::{Delete, Doing, List, Secrets};
use tool::Version;
pub use upgrade::{Change, Uninstall};
pub use values::Unknown;

/// Which helm, and which cluster.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program.
    pub program: String,
    /// The kubeconfig; `$KUBECONFIG` or the usual one where it is not said.
    pub kubeconfig: Option<PathBuf>,
    /// Its context; the current one where it is not said.
    pub context: Option<String>,
    /// Who calls it, and on which machine: only there is known whether a helm of ours still goes on.
    pub place: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { program: "helm".to_owned(), kubeconfig: None, context: None, place: String::new() }
    }
}

/// A helm and the cluster it acts on. Copies share what was learnt of both.
#[derive(Clone, Debug)]
pub struct Helm {
    options: Options,
    secrets: Secrets,
    version: Arc<OnceCell<Version>>,
    namespace: Arc<OnceCell<String>>,
}

impl Helm {
    /// The helm that `options` names, with the secrets of the same cluster.
    pub fn new(options: Options, secrets: Secrets) -> Self {
        Self { options, secrets, version: Arc::default(), namespace: Arc::default() }
    }
}

/// Refuses what can be neither the name of a release nor that of a namespace, before it stands on a command line.
fn check(name: &str, namespace: &str) -> Result<(), Failure> {
    let plain = |text: &str, dots: bool| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| inner(*byte));
        let bytes = text.as_bytes();
        ends(bytes.first())
            && ends(bytes.last())
            && bytes.iter().all(|b| inner(*b) || *b == b'-' || (dots && *b == b'.'))
    };
    let bad = |what: String| Failure::new(code::HELM_RELEASE, what).hint("use lower-case letters, digits and `-`");
    if name.len() > 53 || !plain(name, true) {
        return Err(bad(format!("`{name}` cannot be the name of a release")));
    }
    if namespace.len() > 63 || !plain(namespace, false) {
        return Err(bad(format!("`{namespace}` cannot be the name of a namespace")));
    }
    Ok(())
}
