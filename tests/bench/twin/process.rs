//! A twin as a process of its own: this program again, told to serve.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::json::{Value, json};
use runbook_twin::scene;
use runbook_twin::serve::{Start, start};

use crate::client::Server;
use crate::{Trouble, table};

/// A twin that serves until this is dropped.
pub(crate) struct Twin {
    child: Child,
    /// Its door.
    pub server: Server,
}

impl Twin {
    /// Starts one with so many nodes.
    pub(crate) fn start(nodes: usize) -> Result<Self, Trouble> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", &nodes.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("standard output is gone")?).read_line(&mut line)?;
        let said: Value = runbook_twin::json::from_str(&line)?;
        let text = |field: &str| said[field].as_str().unwrap_or_default().to_owned();
        let server = Server { address: text("address").parse()?, authority: text("authority"), token: text("token") };
        Ok(Self { child, server })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        // It ends when its standard input does.
        self.child.stdin = None;
        drop(self.child.wait());
    }
}

/// Serves until standard input ends.
pub(crate) fn serve(words: &[String]) -> ExitCode {
    let nodes = words.first().and_then(|word| word.parse().ok()).unwrap_or(3);
    match served(nodes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            table::complain(&trouble.to_string());
            ExitCode::from(2)
        }
    }
}

fn served(nodes: usize) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let world = scene::cluster(7, Clock::today(), nodes);
    let twin = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 })?;
    let said = json!({"address": twin.address.to_string(), "authority": twin.authority, "token": twin.token});
    writeln!(std::io::stdout(), "{said}")?;
    std::io::stdin().lock().lines().for_each(drop);
    Ok(())
}

/// The processor time a process has used, in seconds.
pub(crate) fn processor(id: u32) -> Result<f64, Trouble> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    // The kernel counts them in hundredths for whoever reads them here.
    Ok((ticks(11) + ticks(12)) / 100.0)
}
