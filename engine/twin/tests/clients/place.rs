//! Where sessions are played: a twin of one's own, or the one real control plane of this process.

use crate::programs::programs;
use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Where an API is, and how to be its administrator.
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) authority: String,
    pub(crate) token: String,
    _keeps: Keeps,
}

enum Keeps {
    Twin { _running: Box<Running>, _folder: tempfile::TempDir },
    Plane { _child: Child },
}

impl Place {
    /// A twin of its own, with three nodes.
    pub(crate) fn twin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = scene::plane(7, Clock::today(), 3);
        // As fast as the real one: whoever waits on either side waits for the same.
        let speed = Speed::Times(1.0);
        let running = start(Start { world, speed, folder: folder.path().to_owned(), port: 0 }).unwrap();
        Self {
            address: running.address.to_string(),
            authority: running.authority.clone(),
            token: running.token.clone(),
            _keeps: Keeps::Twin { _running: Box::new(running), _folder: folder },
        }
    }

    /// The real control plane that all sessions of this process share; none where it was not built.
    pub(crate) fn plane() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Place>> = OnceLock::new();
        SHARED.get_or_init(Self::real).as_ref()
    }

    fn real() -> Option<Self> {
        let program = programs().join("plane");
        if !program.exists() || !programs().join("kwok").exists() {
            return None;
        }
        // It ends when its standard input closes, at the latest with this process.
        let mut child = Command::new(program)
            .args(["up", "--nodes", "3"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| said[name].as_str().unwrap();
        Some(Self {
            address: text("server").trim_start_matches("https://").to_owned(),
            authority: std::fs::read_to_string(text("ca")).unwrap(),
            token: said["tokens"]["admin"].as_str().unwrap().to_owned(),
            _keeps: Keeps::Plane { _child: child },
        })
    }
}
