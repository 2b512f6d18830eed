//! SPDY/3.1, as far as old kubectl and port forwarding speak it: streams over one connection, without flow control.
//!
//! Promises: bytes go in and events come out, and the other way round; it does no I/O. What is too large, broken or from
//! another protocol ends the connection; nothing panics.

mod pack;
mod words;

use std::collections::{BTreeMap, VecDeque};

use pack::{Pack, Unpack};

/// The largest frame that is taken.
const LARGEST: usize = 1024 * 1024;
/// The most streams that may be open.
const STREAMS: usize = 4096;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;

const FIN: u8 = 1;

/// What the other side did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It opened a stream, with these headers.
    Opened(u32, BTreeMap<String, String>),
    /// It said something on a stream.
    Data(u32, Vec<u8>),
    /// It says nothing more on a stream.
    Ended(u32),
    /// It gave a stream up.
    Reset(u32),
    /// It wants to hear that we are there; the answer is ready to be sent.
    Pinged,
}

/// One side of a connection.
#[derive(Default)]
pub(super) struct Session {
    read: Vec<u8>,
    unpack: Unpack,
    pack: Pack,
    streams: usize,
    events: VecDeque<Event>,
    /// What is to be sent.
    pub(super) out: Vec<u8>,
}

/// The other side does not speak the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl Session {
    /// Takes bytes of the other side.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.read.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(head) = self.read.get(at..at + 8) {
            let head: [u8; 8] = head.try_into().map_err(|_| Broken)?;
            let length = usize::try_from(u32::from_be_bytes([0, head[5], head[6], head[7]])).map_err(|_| Broken)?;
            if length > LARGEST {
                return Err(Broken);
            }
            let Some(body) = self.read.get(at + 8..at + 8 + length) else { break };
            let body = body.to_vec();
            at += 8 + length;
            self.frame(head, &body)?;
        }
        self.read.drain(..at);
        Ok(())
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn frame(&mut self, head: [u8; 8], body: &[u8]) -> Result<(), Broken> {
        let first = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        if first & 0x8000_0000 == 0 {
            if !body.is_empty() {
                self.events.push_back(Event::Data(first, body.to_vec()));
            }
            if head[4] & FIN != 0 {
                self.events.push_back(Event::Ended(first));
            }
            return Ok(());
        }
        if head[0] & 0x7f != 0 || head[1] != 3 {
            return Err(Broken);
        }
        match u16::from_be_bytes([head[2], head[3]]) {
            SYN_STREAM => {
                let id = number(body, 0)?;
                let headers = self.unpack.headers(body.get(10..).ok_or(Broken)?)?;
                self.streams += 1;
                if self.streams > STREAMS {
                    return Err(Broken);
                }
                let reply = self.pack.none();
                let mut answer = id.to_be_bytes().to_vec();
                answer.extend(reply);
                self.control(SYN_REPLY, &answer);
                self.events.push_back(Event::Opened(id, headers));
                if head[4] & FIN != 0 {
                    self.events.push_back(Event::Ended(id));
                }
            }
            RST_STREAM => self.events.push_back(Event::Reset(number(body, 0)?)),
            PING => {
                // Ours have even numbers, and we send none.
                self.control(PING, body.get(..4).ok_or(Broken)?);
                self.events.push_back(Event::Pinged);
            }
            // Settings, windows and farewells ask for nothing; headers that come later are read, for what follows is
            // packed with them.
            8 => drop(self.unpack.headers(body.get(4..).ok_or(Broken)?)?),
            _ => {}
        }
        Ok(())
    }

    fn control(&mut self, kind: u16, body: &[u8]) {
        self.out.extend([0x80, 3]);
        self.out.extend(kind.to_be_bytes());
        self.length(0, body.len());
        self.out.extend_from_slice(body);
    }

    fn length(&mut self, flags: u8, length: usize) {
        let length = u32::try_from(length).unwrap_or(0).to_be_bytes();
        self.out.extend([flags, length[1], length[2], length[3]]);
    }

    /// Says something on a stream.
    pub(super) fn say(&mut self, stream: u32, bytes: &[u8]) {
        for piece in bytes.chunks(32 * 1024) {
            self.out.extend(stream.to_be_bytes());
            self.length(0, piece.len());
            self.out.extend_from_slice(piece);
        }
    }

    /// Says nothing more on a stream.
    pub(super) fn end(&mut self, stream: u32) {
        self.out.extend(stream.to_be_bytes());
        self.length(FIN, 0);
    }
}

fn number(body: &[u8], at: usize) -> Result<u32, Broken> {
    let bytes: [u8; 4] = body.get(at..at + 4).ok_or(Broken)?.try_into().map_err(|_| Broken)?;
    Ok(u32::from_be_bytes(bytes) & 0x7fff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The opening of a stream, with headers that are packed by nobody.
    fn opening(session: &mut Session, id: u32, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        body.extend([0; 6]);
        body.extend(session.pack.headers(headers));
        let mut other = Session::default();
        other.control(SYN_STREAM, &body);
        other.out
    }

    #[test]
    fn streams_are_opened_spoken_on_and_ended() {
        let (mut client, mut server) = (Session::default(), Session::default());
        let mut bytes = opening(&mut client, 1, &[("streamtype", "stdin")]);
        bytes.extend(opening(&mut client, 3, &[("streamtype", "error"), ("x", "")]));
        client.say(1, b"hello");
        client.end(1);
        bytes.append(&mut client.out);
        // It comes in pieces of any size.
        for piece in bytes.chunks(3) {
            server.take(piece).unwrap();
        }
        let headers = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(server.next(), Some(Event::Opened(1, headers(&[("streamtype", "stdin")]))));
        assert_eq!(server.next(), Some(Event::Opened(3, headers(&[("streamtype", "error"), ("x", "")]))));
        assert_eq!(server.next(), Some(Event::Data(1, b"hello".to_vec())));
        assert_eq!(server.next(), Some(Event::Ended(1)));
        assert_eq!(server.next(), None);
    }

    #[test]
    fn garbage_ends_it_and_breaks_nothing() {
        let mut chance = crate::world::Chance::new(5);
        for _ in 0..2000 {
            let mut session = Session::default();
            let length = chance.below(200);
            let mut bytes: Vec<u8> = (0..length).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
            if chance.below(2) == 0 && bytes.len() > 8 {
                bytes[..5].copy_from_slice(&[0x80, 3, 0, u8::try_from(chance.below(10)).unwrap(), 0]);
                bytes[5..8].copy_from_slice(&[0, 0, u8::try_from(chance.below(180)).unwrap()]);
            }
            drop(session.take(&bytes));
            while session.next().is_some() {}
        }
    }
}
