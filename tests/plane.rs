//! A control plane for the tests: `Plane::get` starts one for all tests of this process, `Plane::own` one for a test
//! that breaks it. It ends with this process, however that ends.
//!
//! In the binary of `tests/lib.rs` it is a real one: etcd, the API server, its controllers and its scheduler, with nodes
//! that kwok plays, built by `.ci/plane`; in that of `tests/on_twin.rs` it is a twin. The tests are the same.
//! Where it was not built, both give nothing, and one line on standard error says what was not run.

mod smoke;
mod twin;
mod witness;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, Once, OnceLock};

use serde_json::Value;

use crate::place::Ended;

/// A control plane that runs.
pub(crate) struct Plane {
    /// What it said of itself: kubeconfigs, tokens, the audit log, its parts' processes.
    pub said: Value,
    part: Part,
}

/// What plays it.
enum Part {
    Real(Box<Mutex<Talk>>),
    Twin(Box<twin::Twin>),
}

struct Talk {
    child: Child,
    // It ends when this is closed, which happens at the latest with our process.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A namespace of one test.
pub(crate) struct Space {
    /// Its name.
    pub name: String,
    plane: &'static Plane,
}

/// A program beside the control plane.
pub(crate) fn bin(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/plane/bin").join(name)
}

/// A chart of `tests/charts`.
pub(crate) fn chart(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(name).display().to_string()
}

impl Plane {
    /// The one that all tests of this process share; each uses a namespace of its own.
    pub(crate) fn get() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Plane>> = OnceLock::new();
        SHARED.get_or_init(|| Self::own(3)).as_ref()
    }

    /// One for a test that stops its parts, breaks its nodes or counts its requests.
    pub(crate) fn own(nodes: u32) -> Option<Self> {
        if crate::TWIN {
            let twin = twin::Twin::start(nodes);
            return Some(Self { said: twin.told(), part: Part::Twin(Box::new(twin)) });
        }
        let program = bin("plane");
        if !program.exists() || !bin("kwok").exists() {
            static ONCE: Once = Once::new();
            ONCE.call_once(|| {
                let told = "not run: every test against a real control plane, for `.ci/plane` has not built one\n";
                // Not by a macro: the harness would keep it to itself.
                std::io::stderr().write_all(told.as_bytes()).unwrap();
            });
            return None;
        }
        let mut child = Command::new(program)
            .args(["up", "--nodes", &nodes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut talk = Talk { child, orders, answers };
        let said = talk.answer();
        Some(Self { said, part: Part::Real(Box::new(Mutex::new(talk))) })
    }

    /// Does to a part what `order` says: `kill`, `start`, `pause` or `resume`, and its name.
    #[track_caller]
    pub(crate) fn obey(&self, order: &str) {
        let talk = match &self.part {
            Part::Real(talk) => talk,
            Part::Twin(twin) => return twin.obey(order),
        };
        let mut talk = talk.lock().unwrap();
        writeln!(talk.orders.as_ref().unwrap(), "{order}").unwrap();
        let answer = talk.answer();
        assert_eq!(answer["did"], order, "{answer}");
    }

    /// A file it named, as `kubeconfig`, `limited`, `certificate`, `expired`, `stranger` or `audit`.
    pub(crate) fn file(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    /// What kubectl says, as a second witness.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Ended {
        self.call("kubectl", args, "")
    }

    /// Helm, 3 or 4.
    pub(crate) fn helm(&self, version: u8, args: &[&str]) -> Ended {
        self.call(&format!("helm{version}"), args, "")
    }

    /// A namespace that no other test has, gone at the end of the test.
    pub(crate) fn space(&'static self, name: &str) -> Space {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.kubectl(&["create", "namespace", &name]).exits(0);
        // Pods are refused until the namespace's own account is there.
        let account = ["-n", &name, "wait", "serviceaccount/default", "--for=create", "--timeout=300s"];
        self.kubectl(&account).exits(0);
        Space { name, plane: self }
    }

    fn call(&self, program: &str, args: &[&str], input: &str) -> Ended {
        if let (Part::Twin(twin), "kubectl", false) = (&self.part, program, bin("kubectl").exists()) {
            return witness::answer(twin, args, input);
        }
        let mut child = Command::new(bin(program))
            .args(args)
            .env("KUBECONFIG", self.file("kubeconfig"))
            .envs(["CACHE", "CONFIG", "DATA"].map(|which| (format!("HELM_{which}_HOME"), self.file("dir"))))
            .env("KUBECACHEDIR", self.file("dir"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        Ended {
            code: done.status.code(),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }
}

impl Talk {
    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the control plane ended; what it said is above");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.child.wait();
    }
}

impl Space {
    /// What kubectl says of this namespace.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Ended {
        self.plane.kubectl(&[&["-n", &self.name], args].concat())
    }

    /// Helm, 3 or 4, in this namespace.
    pub(crate) fn helm(&self, version: u8, args: &[&str]) -> Ended {
        self.plane.helm(version, &[&["-n", &self.name], args].concat())
    }

    /// Makes the objects of `text` what they should be in this namespace, by kubectl.
    #[track_caller]
    pub(crate) fn apply(&self, text: &str) {
        self.plane.call("kubectl", &["-n", &self.name, "apply", "-f", "-"], text).exits(0);
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
    }
}
