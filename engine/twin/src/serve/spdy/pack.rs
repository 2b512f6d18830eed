//! Headers on the wire: one stream of packed bytes for each side of a connection, which both know the beginning of.

use super::{Broken, words};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_HAS_MORE_INPUT};
use std::collections::BTreeMap;

/// How far back packed bytes may point.
const WINDOW: usize = 32 * 1024;
/// The most that one block of headers may come to.
const LARGEST: usize = 64 * 1024;

/// Unpacks the headers of the other side.
pub(super) struct Unpack {
    state: Box<DecompressorOxide>,
    window: Vec<u8>,
    at: usize,
    begun: bool,
}

impl Default for Unpack {
    fn default() -> Self {
        let mut window = words::dictionary();
        let at = window.len();
        window.resize(WINDOW, 0);
        Self { state: Box::default(), window, at, begun: false }
    }
}

impl Unpack {
    /// The headers of one block.
    pub(super) fn headers(&mut self, mut bytes: &[u8]) -> Result<BTreeMap<String, String>, Broken> {
        if !self.begun {
            self.begun = true;
            // Two bytes say how it is packed, one bit of them that both know the beginning, four of which one it is.
            let known = bytes.get(1).ok_or(Broken)? & 0x20 != 0;
            bytes = bytes.get(if known { 6 } else { 2 }..).ok_or(Broken)?;
        }
        let mut all = Vec::new();
        loop {
            let (status, read, written) =
                decompress(&mut self.state, bytes, &mut self.window, self.at, TINFL_FLAG_HAS_MORE_INPUT);
            all.extend_from_slice(self.window.get(self.at..self.at + written).ok_or(Broken)?);
            self.at = (self.at + written) % WINDOW;
            bytes = bytes.get(read..).ok_or(Broken)?;
            match status {
                TINFLStatus::HasMoreOutput if all.len() <= LARGEST => {}
                TINFLStatus::NeedsMoreInput => break,
                _ => return Err(Broken),
            }
        }
        read(&all)
    }
}

fn read(bytes: &[u8]) -> Result<BTreeMap<String, String>, Broken> {
    let mut at = 0;
    let mut number = |bytes: &[u8]| -> Result<usize, Broken> {
        let four: [u8; 4] = bytes.get(at..at + 4).ok_or(Broken)?.try_into().map_err(|_| Broken)?;
        at += 4;
        usize::try_from(u32::from_be_bytes(four)).map_err(|_| Broken)
    };
    let count = number(bytes)?;
    let mut rest = bytes.get(4..).ok_or(Broken)?;
    let mut text = || -> Result<String, Broken> {
        let four: [u8; 4] = rest.get(..4).ok_or(Broken)?.try_into().map_err(|_| Broken)?;
        let length = usize::try_from(u32::from_be_bytes(four)).map_err(|_| Broken)?;
        let end = length.checked_add(4).ok_or(Broken)?;
        let text = String::from_utf8_lossy(rest.get(4..end).ok_or(Broken)?).into_owned();
        rest = &rest[end..];
        Ok(text)
    };
    let mut headers = BTreeMap::new();
    for _ in 0..count.min(1000) {
        let (name, value) = (text()?, text()?);
        headers.insert(name.to_lowercase(), value);
    }
    Ok(headers)
}

/// Packs our headers, which is to say: writes them as they are into the packed form.
#[derive(Default)]
pub(super) struct Pack {
    begun: bool,
}

impl Pack {
    /// A block without headers.
    pub(super) fn none(&mut self) -> Vec<u8> {
        self.headers(&[])
    }

    /// A block with these headers, which must be few.
    pub(super) fn headers(&mut self, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = length(headers.len()).to_vec();
        for text in headers.iter().flat_map(|(name, value)| [name, value]) {
            plain.extend(length(text.len()));
            plain.extend_from_slice(text.as_bytes());
        }
        let mut packed = if std::mem::replace(&mut self.begun, true) { Vec::new() } else { vec![0x78, 0x01] };
        for piece in plain.chunks(60_000) {
            let size = u16::try_from(piece.len()).unwrap_or(0);
            packed.push(0);
            packed.extend(size.to_le_bytes());
            packed.extend((!size).to_le_bytes());
            packed.extend_from_slice(piece);
        }
        // An empty piece: who unpacks gives out what it has only then.
        packed.extend([0, 0, 0, 0xff, 0xff]);
        packed
    }
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(0).to_be_bytes()
}
