//! One machine of a pool, as the verbs use it: its connection and its shells.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openssh::{Child, Session};
use runbook_model::Failure;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::link::Link;
use super::machines::Shared;
use super::shell::{Answer, Shell, Trouble, spawn};
use super::{Error, Machine};
use crate::Clock;

/// A machine that can be asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Remote(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    machine: Machine,
    /// Taken by whoever connects, so that only one does.
    link: tokio::sync::Mutex<Option<Arc<Link>>>,
    idle: Mutex<Vec<Kept>>,
    sessions: Semaphore,
    /// It goes last: the folder of the control sockets is in it, and a connection is closed by its socket.
    shared: Arc<Shared>,
}

/// A shell and the connection it came over.
#[derive(Debug)]
struct Kept {
    shell: Shell,
    link: Arc<Link>,
}

/// A session in which bytes go both ways, with the place it takes up.
pub(super) struct Stream<'a> {
    pub(super) child: Child<Arc<Session>>,
    link: Arc<Link>,
    _place: Option<SemaphorePermit<'a>>,
}

/// A question to a shell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// What is run.
    pub(super) script: &'a str,
    /// For messages: `while its facts were read`.
    pub(super) during: &'a str,
    /// Whether it may change the machine.
    pub(super) changes: bool,
    /// How long it may take once the machine is connected.
    pub(super) limit: Duration,
    /// The most it may answer on each channel.
    pub(super) most: usize,
}

/// How long a question takes at most where nothing else is said.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// How much an answer may be where nothing else is said.
pub(super) const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

impl<'a> Question<'a> {
    /// One that only looks.
    pub(super) fn reads(script: &'a str, during: &'a str) -> Self {
        Self { script, during, changes: false, limit: LIMIT, most: ANSWER_BYTES_MAX }
    }

    /// One that changes something.
    pub(super) fn changes(script: &'a str, during: &'a str) -> Self {
        Self { changes: true, ..Self::reads(script, during) }
    }
}

impl Remote {
    pub(super) fn new(machine: Machine, shared: Arc<Shared>) -> Self {
        let sessions = Semaphore::new(shared.settings.sessions.max(1));
        let inner = Inner { machine, shared, link: tokio::sync::Mutex::default(), idle: Mutex::default(), sessions };
        Self(Arc::new(inner))
    }

    /// Whose time the waits for it go by.
    pub fn clock(&self) -> &Clock {
        &self.0.shared.settings.clock
    }

    /// Which machine it is.
    pub fn machine(&self) -> &Machine {
        &self.0.machine
    }

    /// Connects and opens a shell, so that what comes next costs one round trip. Does nothing where that is done.
    pub async fn connect(&self) -> Result<(), Failure> {
        let _place = self.turn().await;
        let kept = self.shell().await?;
        self.keep(kept);
        Ok(())
    }

    /// Runs a short POSIX `script` in a shell that stays, as root where the machine says `sudo`. It reads nothing, and
    /// whether it may have changed something is for the caller to say: `changes` decides what a lost answer means.
    ///
    /// Failures: those of a connection; `ssh.lost` and `ssh.timeout` in the middle.
    pub async fn ask(&self, script: &str, changes: bool, limit: Duration) -> Result<Answer, Failure> {
        let question = Question { script, during: "while a command ran", changes, limit, most: ANSWER_BYTES_MAX };
        Ok(self.question(question).await?)
    }

    /// Asks a shell. Where a shell turns out to be gone before anything was sent, a new one is opened; what only looks is
    /// asked once more where the connection breaks: that it broke is no answer.
    pub(super) async fn question(&self, question: Question<'_>) -> Result<Answer, Error> {
        match self.question_once(question).await {
            Err(Error::Lost { acted: false, .. }) => self.question_once(question).await,
            answered => answered,
        }
    }

    async fn question_once(&self, question: Question<'_>) -> Result<Answer, Error> {
        if question.script.contains('\0') {
            return Err(Error::Nul { what: "a script" });
        }
        let _place = self.turn().await;
        let mut kept = self.shell().await?;
        let name = || self.0.machine.name.clone();
        let (during, acted) = (question.during.to_owned(), question.changes);
        match tokio::time::timeout(question.limit, kept.shell.ask(question.script, question.most)).await {
            Ok(Ok(answer)) => {
                self.keep(kept);
                Ok(answer)
            }
            Ok(Err(Trouble::Large)) => Err(Error::Large { machine: name(), during, most: question.most, acted }),
            Ok(Err(_)) => {
                let why = kept.link.why_lost().await;
                Err(Error::Lost { machine: name(), during, acted, why })
            }
            Err(_) => {
                self.end_left(&kept).await;
                Err(Error::Timeout { machine: name(), during, limit: question.limit, acted })
            }
        }
    }

    /// Asks over a connection of its own, made now and closed after: what it answers shows that the machine can be reached.
    pub(super) async fn question_anew(&self, question: Question<'_>) -> Result<Answer, Error> {
        let shared = &self.0.shared;
        let name = || self.0.machine.name.clone();
        let (during, acted) = (question.during.to_owned(), question.changes);
        let link = {
            let _turn = shared.connects.acquire().await;
            Link::connect(&self.0.machine, shared.control()?, &shared.settings).await?
        };
        let opened = Shell::open(link.session.clone(), self.0.machine.sudo);
        let mut shell = match tokio::time::timeout(shared.settings.connect, opened).await {
            Ok(opened) => opened.map_err(|trouble| self.refused(trouble))?,
            Err(_) => return Err(Error::Refused { machine: name(), why: "its shell said nothing".to_owned() }),
        };
        match tokio::time::timeout(question.limit, shell.ask(question.script, question.most)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Error::Lost { machine: name(), during, acted, why: link.why_lost().await }),
            Err(_) => Err(Error::Timeout { machine: name(), during, limit: question.limit, acted }),
        }
    }

    /// Opens a session in which the machine's shell runs `script` with input from us, and output to us.
    pub(super) async fn stream(&self, script: &str) -> Result<Stream<'_>, Error> {
        let place = self.turn().await;
        self.make_room();
        let text = super::shell::entered(script, self.0.machine.sudo);
        for again in [true, false] {
            let link = self.link().await?;
            match spawn(link.session.clone(), &text).await {
                Ok(child) => return Ok(Stream { child, link, _place: place }),
                Err(trouble) if again => self.recover(&trouble, &link).await,
                Err(trouble) => return Err(self.refused(trouble)),
            }
        }
        Err(self.refused(Trouble::Gone))
    }

    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed; without a place everything would go on as well.
        self.0.sessions.acquire().await.ok()
    }

    /// A shell that stands, kept or new.
    async fn shell(&self) -> Result<Kept, Error> {
        while let Some(mut kept) = self.take_idle() {
            if kept.shell.stands().await {
                return Ok(kept);
            }
        }
        self.make_room();
        for again in [true, false] {
            let link = self.link().await?;
            let limit = self.0.shared.settings.connect;
            let opened = tokio::time::timeout(limit, Shell::open(link.session.clone(), self.0.machine.sudo)).await;
            match opened {
                Ok(Ok(shell)) => return Ok(Kept { shell, link }),
                Ok(Err(trouble)) if again && !matches!(trouble, Trouble::NoShell { .. }) => {
                    self.recover(&trouble, &link).await;
                }
                Ok(Err(Trouble::NoShell { .. })) if again && !link.stands().await => self.give_up(&link).await,
                Ok(Err(trouble)) => return Err(self.refused(trouble)),
                Err(_) => {
                    self.give_up(&link).await;
                    let why = format!("its shell said nothing within {limit:?}");
                    return Err(Error::Refused { machine: self.0.machine.name.clone(), why });
                }
            }
        }
        Err(self.refused(Trouble::Gone))
    }

    /// The connection, made now where there is none.
    async fn link(&self) -> Result<Arc<Link>, Error> {
        let mut held = self.0.link.lock().await;
        if let Some(link) = held.as_ref() {
            return Ok(link.clone());
        }
        let shared = &self.0.shared;
        let _turn = shared.connects.acquire().await;
        let link = Arc::new(Link::connect(&self.0.machine, shared.control()?, &shared.settings).await?);
        *held = Some(link.clone());
        Ok(link)
    }

    /// After a session could not be opened: a connection that is gone is forgotten, a full one loses its idle shells.
    async fn recover(&self, trouble: &Trouble, link: &Arc<Link>) {
        if matches!(trouble, Trouble::Full(_)) && link.stands().await {
            self.idle().clear();
        } else {
            self.give_up(link).await;
        }
    }

    async fn give_up(&self, link: &Arc<Link>) {
        let mut held = self.0.link.lock().await;
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, link)) {
            *held = None;
        }
        self.idle().retain(|kept| !Arc::ptr_eq(&kept.link, link));
    }

    /// Ends what a shell was doing when we stopped waiting for it; as well as can be.
    async fn end_left(&self, left: &Kept) {
        let script = format!("kill -TERM -{pid} 2>/dev/null || kill {pid}", pid = left.shell.pid);
        let end = async {
            if let Ok(mut shell) = Shell::open(left.link.session.clone(), self.0.machine.sudo).await {
                let _ = shell.ask(&script, 1024).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), end).await;
    }

    fn refused(&self, trouble: Trouble) -> Error {
        let machine = self.0.machine.name.clone();
        match trouble {
            Trouble::NoShell { said } if self.0.machine.sudo && said.contains("sudo") => {
                Error::Sudo { machine, why: said }
            }
            Trouble::NoShell { said } => Error::Refused { machine, why: said },
            Trouble::Full(why) => Error::Refused { machine, why },
            Trouble::Gone | Trouble::Broken | Trouble::Large => {
                Error::Unreachable { machine, why: "the connection broke".to_owned() }
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Kept> {
        self.idle().pop()
    }

    fn keep(&self, kept: Kept) {
        self.idle().push(kept);
    }

    /// Lets an idle shell go where the next session would be one more than the machine may have.
    fn make_room(&self) {
        let sessions = self.0.shared.settings.sessions.max(1);
        let mut idle = self.idle();
        let busy = sessions - self.0.sessions.available_permits().min(sessions);
        while !idle.is_empty() && idle.len() + busy > sessions {
            idle.pop();
        }
    }
}

impl Stream<'_> {
    /// Why it ended, where its connection did.
    pub(super) async fn why_lost(&self) -> String {
        self.link.why_lost().await
    }
}
