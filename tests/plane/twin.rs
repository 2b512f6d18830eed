//! A twin in the place of the real control plane: in this very process, with a folder of its own.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use serde_json::Value;

/// Fast, but not so fast that a deadline of the cluster is over before one of a client, as it is when time jumps.
const SPEED: Speed = Speed::Times(20.0);

/// A twin that runs.
pub(super) struct Twin {
    pub(super) running: Running,
    folder: tempfile::TempDir,
    // A test's process ends without dropping what its tests share: this one removes the folder when it does.
    sweeper: Child,
}

impl Twin {
    pub(super) fn start(nodes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = scene::plane(7, Clock::today(), nodes as usize);
        let start_it = Start { world, speed: SPEED, folder: folder.path().to_owned(), port: 0 };
        let running = start(start_it).unwrap();
        let mut sweeper = Command::new("sh")
            .args(["-c", "read folder; cat > /dev/null; rm -rf \"$folder\""])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(sweeper.stdin.as_mut().unwrap(), "{}", folder.path().display()).unwrap();
        Self { running, folder, sweeper }
    }

    /// What the program of the real one says in its first line.
    pub(super) fn told(&self) -> Value {
        serde_json::from_str(&self.running.told(self.folder.path()).to_string()).unwrap()
    }

    #[track_caller]
    pub(super) fn obey(&self, order: &str) {
        self.running.obey(order).unwrap();
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}
