//! The engine's driver at the same work.

use std::path::Path;
use std::time::{Duration, Instant};

use runbook_drivers::ssh::files::Attributes;
use runbook_drivers::ssh::run::{Command, Program};
use runbook_drivers::ssh::{Machine, Machines, Remote, Settings};
use runbook_model::Failure;
use tokio::task::JoinSet;

use crate::Trouble;
use crate::figures::ms;
use crate::server::{MACHINES, Server, Way, address};

const LIMIT: Duration = Duration::from_secs(120);

/// What one turn of the engine took.
pub(crate) struct Took {
    /// Seconds from the first connection to the last answer.
    pub seconds: f64,
    /// Seconds of processor of this process alone.
    pub processor: f64,
}

/// How a command goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// Over the shell that stays.
    Asked,
    /// Under a token: detached, recorded, once.
    Run,
}

/// All machines anew, without a connection.
fn machines(server: &Server, way: Way) -> Vec<Remote> {
    let pool = Machines::new(Settings::default());
    let machine = |number| Machine { config: Some(server.config(way)), ..Machine::new(address(number)) };
    (0..MACHINES).map(|number| pool.machine(&machine(number))).collect()
}

fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Does `work` on all machines at once.
fn every<W, F>(remotes: Vec<Remote>, work: W) -> Result<Took, Trouble>
where
    W: Fn(usize, Remote) -> F,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let runtime = runtime()?;
    let (began, before) = (Instant::now(), processor()?);
    runtime.block_on(async {
        let mut all = JoinSet::new();
        for (number, remote) in remotes.into_iter().enumerate() {
            all.spawn(work(number, remote));
        }
        while let Some(one) = all.join_next().await {
            one?.map_err(|failure| format!("{}: {}", failure.what, failure.causes.join(", ")))?;
        }
        Ok::<_, Trouble>(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(Took { seconds, processor: processor()? - before })
}

/// `commands` commands on every machine, one after the other on each.
pub(crate) fn commands(server: &Server, way: Way, how: How, commands: usize) -> Result<Took, Trouble> {
    let turn = std::time::UNIX_EPOCH.elapsed()?.as_nanos();
    every(machines(server, way), move |number, remote| async move {
        for command in 0..commands {
            match how {
                How::Asked => {
                    let answer = remote.ask("echo hello", true, LIMIT).await?;
                    assert_eq!(answer.text(), "hello\n", "a machine that says something else is no machine");
                }
                How::Run => {
                    let token = format!("bench-{turn}-{number}-{command}");
                    let hello = Command::new(Program::Shell("echo hello".to_owned()));
                    remote.start_or_attach(&token, &hello, LIMIT, |_, _| {}).await?;
                }
            }
        }
        Ok(())
    })
}

/// Seconds for the file `from` to go to every machine.
pub(crate) fn copies(server: &Server, from: &Path, turn: usize) -> Result<f64, Trouble> {
    let from = from.to_owned();
    let took = every(machines(server, Way::Near), move |number, remote| {
        let from = from.clone();
        async move {
            let to = format!("/run/files/ours-{turn}-{number}");
            remote.upload(&from, &to, &Attributes::default(), |_| {}).await?;
            Ok(())
        }
    })?;
    Ok(took.seconds)
}

/// Milliseconds of the second command of a machine far away.
pub(crate) fn second(server: &Server) -> Result<f64, Trouble> {
    let remote = machines(server, Way::Far).swap_remove(0);
    let took = runtime()?.block_on(async {
        remote.ask("true", true, LIMIT).await.map_err(|failure| failure.what)?;
        let began = Instant::now();
        remote.ask("true", true, LIMIT).await.map_err(|failure| failure.what)?;
        Ok::<_, Trouble>(began.elapsed())
    })?;
    Ok(ms(took))
}

/// Seconds of processor that this process has taken; what it started is not in it.
fn processor() -> Result<f64, Trouble> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = text.rsplit_once(") ").ok_or("the kernel tells no processor time")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let field = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    let ticks = field(11).zip(field(12)).map(|(user, system)| user + system);
    Ok(ticks.ok_or("the kernel tells no processor time")? / rustix::param::clock_ticks_per_second() as f64)
}

/// The most memory that this process ever had, in MB.
pub(crate) fn memory() -> Result<f64, Trouble> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the kernel tells no memory")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}
