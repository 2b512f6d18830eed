//! The floor: what `ssh` and `scp` themselves take.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Trouble;
use crate::figures::ms;
use crate::server::{MACHINES, Server, Way, address};

/// Does `work` for every machine, as many at a time as the engine connects at once.
fn every(work: impl Fn(usize) -> Result<(), String> + Sync) -> Result<Duration, Trouble> {
    let at_once = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        let one_after_the_other = || {
            loop {
                let machine = next.fetch_add(1, Ordering::Relaxed);
                if machine >= MACHINES {
                    return Ok::<(), String>(());
                }
                work(machine)?;
            }
        };
        let threads: Vec<_> = (0..at_once).map(|_| scope.spawn(one_after_the_other)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread ended".to_owned())?)
    })?;
    Ok(began.elapsed())
}

fn done(command: &mut Command) -> Result<(), String> {
    let status = command.stdout(Stdio::null()).status().map_err(|why| why.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}")) }
}

fn ssh(config: &Path) -> Command {
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(config).stdin(Stdio::null());
    ssh
}

/// Seconds for `commands` commands on every machine: a multiplexed connection each, and one session for all of them.
pub(crate) fn commands(server: &Server, way: Way, commands: usize) -> Result<f64, Trouble> {
    let (config, sockets) = (server.config(way), tempfile::Builder::new().prefix("rbs").tempdir_in("/tmp")?);
    let text = "echo hello\n".repeat(commands);
    let took = every(|machine| {
        let (host, socket) = (address(machine), sockets.path().join(machine.to_string()));
        done(
            ssh(&config)
                .arg("-S")
                .arg(&socket)
                .args(["-M", "-f", "-N", "-o", "ControlPersist=60", &host])
                .stderr(Stdio::null()),
        )?;
        let mut session = ssh(&config);
        session.arg("-S").arg(&socket).args([&host, "sh"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut session = session.spawn().map_err(|why| why.to_string())?;
        let mut said = String::new();
        if let (Some(mut stdin), Some(mut stdout)) = (session.stdin.take(), session.stdout.take()) {
            stdin.write_all(text.as_bytes()).map_err(|why| why.to_string())?;
            drop(stdin);
            stdout.read_to_string(&mut said).map_err(|why| why.to_string())?;
        }
        session.wait().map_err(|why| why.to_string())?;
        if said.lines().count() != commands {
            return Err(format!("{host} said {} lines", said.lines().count()));
        }
        done(ssh(&config).arg("-S").arg(&socket).args(["-O", "exit", &host]).stderr(Stdio::null()))
    })?;
    Ok(took.as_secs_f64())
}

/// Seconds for the file `from` to go to every machine by `scp`.
pub(crate) fn copies(server: &Server, from: &Path) -> Result<f64, Trouble> {
    let config = server.config(Way::Near);
    let took = every(|machine| {
        let to = format!("{}:/run/files/bare-{machine}", address(machine));
        done(Command::new("scp").arg("-q").arg("-F").arg(&config).arg(from).arg(to).stdin(Stdio::null()))
    })?;
    Ok(took.as_secs_f64())
}

/// Milliseconds there and back within a session that stands.
pub(crate) fn round_trip(server: &Server) -> Result<f64, Trouble> {
    let mut session = ssh(&server.config(Way::Far))
        .args([&address(0), "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut stdin), Some(mut stdout)) = (session.stdin.take(), session.stdout.take()) else {
        return Err("`ssh` has no channels".into());
    };
    let (mut byte, mut took) = ([0], Duration::ZERO);
    // The first one waits for the connection.
    for _ in 0..2 {
        let began = Instant::now();
        stdin.write_all(b"x")?;
        stdout.read_exact(&mut byte)?;
        took = began.elapsed();
    }
    drop(stdin);
    session.wait()?;
    Ok(ms(took))
}
