//! The front matter of a runbook: what it is called, which inputs it takes, what it may touch.
//!
//! A runbook begins with `//!` lines: Markdown for people, in which one `toml` block says the same for the engine.
//! A runbook without any is legal: it is named after its file, takes nothing and may touch nothing.
//! The file of a site is read in the same manner.
//! Everything here is read before a run begins; a mistake is shown at its own place in the runbook's file.
//! Nothing here runs a script, and no clear secret passes through but in `secret.rs`.

mod bound;
mod entries;
mod given;
pub mod header;
pub mod help;
pub mod input;
pub mod kind;
mod leader;
pub mod needs;
pub mod resolve;
mod scalar;
pub mod secret;
mod sheet;
pub mod site;
mod summary;
mod take;
#[cfg(test)]
mod tests;
mod toml_value;
mod wrong;

pub use header::{Header, engine_ok, parse};
pub use help::help;
pub use input::Input;
pub use kind::Kind;
pub use needs::Needs;
pub use resolve::{Given, Origin, Resolved, parse_answer, resolve};
pub use secret::{in_cluster, read_secret, text as secret_text};

use runbook_model::Failure;

use crate::sources::Sources;

impl Header {
    /// The front matter of a runbook; refuses one that asks for another engine.
    pub fn of(sources: &Sources) -> Result<Self, Failure> {
        let header = parse(sources.main(), sources.get(sources.main()).unwrap_or_default())?;
        engine_ok(&header, env!("CARGO_PKG_VERSION"))?;
        Ok(header)
    }

    /// The names of the inputs that are secrets.
    pub fn secrets(&self) -> Vec<String> {
        self.inputs.iter().filter(|input| input.kind == Kind::Secret).map(|input| input.name.clone()).collect()
    }
}
