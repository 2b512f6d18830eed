//! `gzip`, `gunzip`, `zcat`: made and read with stored blocks only, which every other program can read.

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] =
    &[once("gunzip", "/usr/bin", run), once("gzip", "/usr/bin", run), once("zcat", "/usr/bin", run)];

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Bytes as a gzip file.
pub(crate) fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let mut pieces = bytes.chunks(65_535).peekable();
    if bytes.is_empty() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(piece) = pieces.next() {
        let length = piece.len() as u16;
        out.push(u8::from(pieces.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(piece);
    }
    out.extend(crc(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// What a gzip file holds; nothing where it is none.
pub(crate) fn unzip(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut out = Vec::new();
    // A small file may hold a great deal; a machine has no memory for all of that either.
    flate2::read::MultiGzDecoder::new(bytes).take(1 << 28).read_to_end(&mut out).ok()?;
    Some(out)
}

fn run(call: &mut Call<'_, '_>) -> Done {
    let long =
        [("decompress", "d"), ("stdout", "c"), ("to-stdout", "c"), ("keep", "k"), ("force", "f"), ("quiet", "q")];
    let options = call.options("dckfqn123456789v", &long)?;
    let out = options.has("d") || call.name != "gzip";
    let print = options.has("c") || call.name == "zcat";
    let mut status = 0;
    let paths = if options.rest.is_empty() { vec!["-".to_owned()] } else { options.rest.clone() };
    for path in paths {
        let bytes = match call.read(&path)? {
            Ok(bytes) => bytes,
            Err(error) => {
                call.say(&format!("{path}: {error}"));
                status = 1;
                continue;
            }
        };
        let made = if out { unzip(&bytes) } else { Some(zip(&bytes)) };
        let Some(made) = made else {
            let shown = if path == "-" { "stdin" } else { &path };
            call.say_line(&format!("\ngzip: {shown}: not in gzip format"));
            status = 1;
            continue;
        };
        if print || path == "-" {
            call.out.extend(made);
            continue;
        }
        let to = if out { path.strip_suffix(".gz").map(str::to_owned) } else { Some(format!("{path}.gz")) };
        let Some(to) = to else {
            call.say(&format!("{path}: unknown suffix -- ignored"));
            status = 2;
            continue;
        };
        if let Err(error) = call.sys.write_file(&to, &made, false) {
            call.say(&format!("{to}: {error}"));
            status = 1;
        } else if !options.has("k") {
            let who = call.sys.cred();
            if let Ok(spot) = call.sys.walk(&path, false) {
                let _ = call.sys.machine.remove(&who, &spot, false);
            }
        }
    }
    Ok(status)
}
