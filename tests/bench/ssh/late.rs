//! A way on which every byte is late: a process of its own, so that what it costs is nobody's figure.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Instant;

use crate::Trouble;
use crate::server::LATE;

/// Carries what comes to the first port on to the second one, for ever.
pub(crate) fn process(words: &[String]) -> ExitCode {
    match carry_all(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn carry_all(words: &[String]) -> Result<(), Trouble> {
    let [from, to] = words else { return Err("two ports are wanted".into()) };
    let (from, to): (u16, u16) = (from.parse()?, to.parse()?);
    for one in TcpListener::bind(("0.0.0.0", from))?.incoming() {
        let one = one?;
        let Ok(other) = TcpStream::connect(("127.0.0.1", to)) else { continue };
        one.set_nodelay(true)?;
        other.set_nodelay(true)?;
        carry(one.try_clone()?, other.try_clone()?);
        carry(other, one);
    }
    Ok(())
}

/// Each piece as late as it should be, and none waiting for another.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    let (send, receive) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        for (due, piece) in receive {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            if send.send((Instant::now() + LATE, chunk[..read].to_vec())).is_err() {
                break;
            }
        }
    });
}
