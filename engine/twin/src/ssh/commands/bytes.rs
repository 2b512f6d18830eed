//! `sha256sum`, `md5sum`, `sha1sum`, `cksum`, `base64`, `od`, `xxd`, `hexdump`, `cmp`, `dd`, `split`.

use sha2::{Digest, Sha256};

use super::call::{Call, Done};
use super::{Command, numbers, once};
use crate::machines::open::Read;
use crate::machines::sys::Mode;

pub(super) const COMMANDS: &[Command] = &[
    once("base64", "/usr/bin", base64),
    once("cksum", "/usr/bin", cksum),
    once("cmp", "/usr/bin", cmp),
    once("dd", "/usr/bin", dd),
    once("od", "/usr/bin", od),
    once("sha256sum", "/usr/bin", sha256sum),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256sum(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("check", "c"),
        ("binary", "b"),
        ("text", "t"),
        ("quiet", "q"),
        ("status", "s"),
        ("strict", "strict"),
        ("ignore-missing", "im"),
    ];
    let options = call.options("cbt", &long)?;
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
        if !options.has("c") {
            // A name with an end of line in it is written so that it stays one line.
            let odd = path.contains(['\\', '\n']);
            let shown = if odd { path.replace('\\', "\\\\").replace('\n', "\\n") } else { path };
            call.line(&format!("{}{}  {shown}", if odd { "\\" } else { "" }, hex(&Sha256::digest(&bytes))));
            continue;
        }
        let mut failed = 0;
        for line in Call::text(&bytes).lines() {
            let Some((sum, name)) = line.split_once("  ").or_else(|| line.split_once(" *")) else { continue };
            let good = call.read(name)?.is_ok_and(|bytes| hex(&Sha256::digest(&bytes)) == sum);
            failed += u32::from(!good);
            if !(options.has("s") || good && options.has("q")) {
                call.line(&format!("{name}: {}", if good { "OK" } else { "FAILED" }));
            }
        }
        if failed > 0 {
            status = 1;
            if !options.has("s") {
                call.say(&format!(
                    "WARNING: {failed} computed checksum{} did NOT match",
                    if failed > 1 { "s" } else { "" }
                ));
            }
        }
    }
    Ok(status)
}

fn cksum(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("", &[])?;
    let mut status = 0;
    let named = !options.rest.is_empty();
    for (path, bytes) in call.read_all(&options.rest, &mut status)? {
        let mut length = bytes.len();
        let mut tail = Vec::new();
        while length > 0 {
            tail.push(length as u8);
            length >>= 8;
        }
        let mut crc = 0_u32;
        for byte in bytes.iter().chain(&tail) {
            crc ^= u32::from(*byte) << 24;
            for _ in 0..8 {
                crc = if crc >> 31 == 1 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 };
            }
        }
        let name = if named { format!(" {path}") } else { String::new() };
        call.line(&format!("{} {}{name}", !crc, bytes.len()));
    }
    Ok(status)
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("dw:i", &[("decode", "d"), ("wrap=", "w"), ("ignore-garbage", "i")])?;
    let mut status = 0;
    let all = call.read_all(&options.rest[..options.rest.len().min(1)], &mut status)?;
    let bytes = all.into_iter().map(|(_, bytes)| bytes).next().unwrap_or_default();
    if options.has("d") {
        let (mut held, mut bits) = (0_u32, 0);
        for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=') {
            let Some(value) = LETTERS.iter().position(|letter| letter == byte) else {
                if options.has("i") {
                    continue;
                }
                return call.fail(1, "invalid input");
            };
            held = (held << 6) | value as u32;
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                call.out.push((held >> bits) as u8);
            }
        }
        return Ok(status);
    }
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = three.iter().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = if at <= three.len() { LETTERS[(value >> (18 - 6 * at)) as usize & 63] } else { b'=' };
            text.push(char::from(letter));
        }
    }
    let width: usize = options.value("w").map_or(Some(76), |word| word.parse().ok()).unwrap_or(76);
    if width == 0 {
        call.print(&text);
        return Ok(status);
    }
    for line in text.as_bytes().chunks(width) {
        call.out.extend(line);
        call.out.push(b'\n');
    }
    Ok(status)
}

fn cmp(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("sl", &[("silent", "s"), ("quiet", "s")])?;
    let [left, right] = options.rest.as_slice() else { return call.usage("missing operand") };
    let (left, right) = (left.clone(), right.clone());
    let mut both = Vec::new();
    for path in [&left, &right] {
        match call.read(path)? {
            Ok(bytes) => both.push(bytes),
            Err(error) => return call.fail(2, &format!("{path}: {error}")),
        }
    }
    let (a, b) = (&both[0], &both[1]);
    if let Some(at) = (0..a.len().min(b.len())).find(|at| a[*at] != b[*at]) {
        if !options.has("s") {
            let line = a[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            call.line(&format!("{left} {right} differ: char {}, line {line}", at + 1));
        }
        return Ok(1);
    }
    if a.len() == b.len() {
        return Ok(0);
    }
    if !options.has("s") {
        let (short, length) = if a.len() < b.len() { (&left, a) } else { (&right, b) };
        if length.is_empty() {
            call.say(&format!("EOF on {short} which is empty"));
        } else {
            let lines = length.iter().filter(|byte| **byte == b'\n').count();
            let place =
                if length.ends_with(b"\n") { format!("line {lines}") } else { format!("in line {}", lines + 1) };
            call.say(&format!("EOF on {short} after byte {}, {place}", length.len()));
        }
    }
    Ok(1)
}

fn od(call: &mut Call<'_, '_>) -> Done {
    let options = call.options(
        "A:t:N:j:vcxb",
        &[("address-radix=", "A"), ("format=", "t"), ("read-bytes=", "N"), ("skip-bytes=", "j")],
    )?;
    let kind = match (options.value("t"), options.has("c"), options.has("b")) {
        (Some(kind), ..) => kind.to_owned(),
        (None, true, _) => "c".into(),
        (None, _, true) => "o1".into(),
        _ => "o2".into(),
    };
    let mut status = 0;
    let mut bytes: Vec<u8> =
        call.read_all(&options.rest, &mut status)?.into_iter().flat_map(|(_, bytes)| bytes).collect();
    if let Some(skip) = options.value("j").and_then(numbers::size) {
        bytes.drain(..usize::try_from(skip).unwrap_or(0).min(bytes.len()));
    }
    if let Some(most) = options.value("N").and_then(numbers::size) {
        bytes.truncate(usize::try_from(most).unwrap_or(0));
    }
    let address = |at: usize| match options.value("A") {
        Some("n") => String::new(),
        Some("d") => format!("{at:07}"),
        Some("x") => format!("{at:06x}"),
        _ => format!("{at:07o}"),
    };
    let trimmed = kind.trim_end_matches('z');
    if !["x1", "o1", "u1", "c", "o2", "x2"].contains(&trimmed) {
        return call.unknown(&format!("format `{kind}`"));
    }
    for (row, chunk) in bytes.chunks(16).enumerate() {
        let mut line = address(row * 16);
        if trimmed.ends_with('2') {
            for pair in chunk.chunks(2) {
                let value = u16::from(pair[0]) | u16::from(*pair.get(1).unwrap_or(&0)) << 8;
                line.push_str(&if trimmed == "o2" { format!(" {value:06o}") } else { format!(" {value:04x}") });
            }
        } else {
            for byte in chunk {
                line.push_str(&match trimmed {
                    "x1" => format!(" {byte:02x}"),
                    "o1" => format!(" {byte:03o}"),
                    "u1" => format!(" {byte:3}"),
                    _ => format!(" {:>3}", letter(*byte)),
                });
            }
        }
        call.line(&line);
    }
    if options.value("A") != Some("n") {
        let end = address(bytes.len());
        call.line(&end);
    }
    Ok(status)
}

fn letter(byte: u8) -> String {
    match byte {
        0 => "\\0".into(),
        7 => "\\a".into(),
        8 => "\\b".into(),
        9 => "\\t".into(),
        10 => "\\n".into(),
        11 => "\\v".into(),
        12 => "\\f".into(),
        13 => "\\r".into(),
        32..=126 => char::from(byte).to_string(),
        other => format!("{other:03o}"),
    }
}

fn dd(call: &mut Call<'_, '_>) -> Done {
    let (mut from, mut to) = (None, None);
    let (mut size, mut count, mut seek, mut skip) = (512_u64, None, 0_u64, 0_u64);
    let (mut cut, mut quiet) = (true, false);
    for word in call.args.clone() {
        let (name, value) = word.split_once('=').unwrap_or((&word, ""));
        let number = numbers::size(value).and_then(|number| u64::try_from(number).ok());
        match (name, number) {
            ("if", _) => from = Some(value.to_owned()),
            ("of", _) => to = Some(value.to_owned()),
            ("bs" | "obs" | "ibs", Some(number)) if number > 0 => size = number,
            ("count", Some(number)) => count = Some(number),
            ("seek", Some(number)) => seek = number,
            ("skip", Some(number)) => skip = number,
            ("conv", _) => cut &= !value.split(',').any(|word| word == "notrunc"),
            ("status", _) => quiet = value == "none",
            ("iflag" | "oflag", _) => {}
            ("bs" | "count" | "seek" | "skip" | "obs" | "ibs", _) => {
                return call.fail(1, &format!("invalid number: '{value}'"));
            }
            _ => return call.usage(&format!("unrecognized operand '{word}'")),
        }
    }
    let most = count.map_or(1 << 28, |count| count.saturating_mul(size));
    let mut bytes = match &from {
        None => call.input()?,
        Some(path) if most > 1 << 28 || path == "/dev/zero" && most > 1 << 22 => {
            return zeros(call, path, to.as_deref(), seek * size, most);
        }
        Some(path) => match read(call, path, skip * size, most) {
            Ok(bytes) => bytes,
            Err(error) => return call.fail(1, &format!("failed to open '{path}': {error}")),
        },
    };
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    match &to {
        None => call.out.extend(&bytes),
        Some(path) => {
            let mode = Mode { write: true, create: Some(0o666), cut: cut && seek == 0, ..Mode::default() };
            let written = call.sys.open_path(path, mode).and_then(|open| {
                call.sys.machine.hold(open);
                let ino = call.sys.walk(path, true)?.ino();
                let now = call.sys.now();
                if let Some(ino) = ino.filter(|_| cut) {
                    let _ = call.sys.machine.files.change(ino, now, |content| content.cut(seek * size));
                }
                if let Some(open) = std::sync::Arc::make_mut(&mut call.sys.machine.opens).get_mut(&open) {
                    open.offset = seek * size;
                }
                let written = if bytes.is_empty() { Ok(0) } else { call.sys.machine.write_open(open, &bytes) };
                call.sys.machine.release(open);
                written
            });
            if let Err(error) = written {
                let verb =
                    if error == crate::machines::errno::Errno::NoSpace { "error writing" } else { "failed to open" };
                return call.fail(1, &format!("{verb} '{path}': {error}"));
            }
        }
    }
    if !quiet {
        told(call, bytes.len() as u64, size);
    }
    Ok(0)
}

fn told(call: &mut Call<'_, '_>, bytes: u64, size: u64) {
    let (whole, part) = (bytes / size, u64::from(!bytes.is_multiple_of(size)));
    call.say_line(&format!(
        "{whole}+{part} records in\n{whole}+{part} records out\n{bytes} bytes copied, 0.1 s, 10 MB/s"
    ));
}

fn read(call: &mut Call<'_, '_>, path: &str, skip: u64, most: u64) -> Result<Vec<u8>, crate::machines::errno::Errno> {
    let open = call.sys.open_path(path, Mode::reads())?;
    call.sys.machine.hold(open);
    if let Some(open) = std::sync::Arc::make_mut(&mut call.sys.machine.opens).get_mut(&open) {
        open.offset = skip;
    }
    let mut all = Vec::new();
    while (all.len() as u64) < most {
        let left = usize::try_from(most - all.len() as u64).unwrap_or(1 << 20).min(1 << 20);
        match call.sys.machine.read_open(open, left) {
            Ok(Read::Bytes(bytes)) => all.extend(bytes),
            _ => break,
        }
    }
    call.sys.machine.release(open);
    Ok(all)
}

/// A large file of nothing, which takes up its space and no memory here.
fn zeros(call: &mut Call<'_, '_>, from: &str, to: Option<&str>, at: u64, size: u64) -> Done {
    let Some(to) = to.filter(|_| from == "/dev/zero") else { return call.unknown("so large a copy") };
    let written = call.sys.write_file(to, b"", false).and_then(|()| {
        let ino = call.sys.walk(to, true)?.ino().ok_or(crate::machines::errno::Errno::Invalid)?;
        let now = call.sys.now();
        call.sys.machine.files.change(ino, now, |content| content.cut(at + size))
    });
    match written {
        Ok(()) => {
            told(call, size, 1 << 20);
            Ok(0)
        }
        Err(error) => call.fail(1, &format!("error writing '{to}': {error}")),
    }
}
