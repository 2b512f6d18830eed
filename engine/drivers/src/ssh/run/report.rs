//! What a machine reports of a command; pure.

/// How a command stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was never begun.
    Never,
    /// It runs.
    Running,
    /// It has ended with this status.
    Done(i32),
    /// It was begun, has not ended, and does not run.
    Cut(Evidence),
}

/// What shows that a command was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The machine was booted since.
    Booted {
        /// The boot it began in.
        then: String,
        /// The boot of now.
        now: String,
    },
    /// Its process is gone, and nobody noted how it ended.
    Gone {
        /// The process that watched over it.
        process: u32,
    },
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Booted { then, now } => write!(f, "the machine was booted since: boot id `{then}` then, `{now}` now"),
            Self::Gone { process } => write!(f, "process {process} is gone without a word of how it ended"),
        }
    }
}

/// One report.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) state: State,
    /// How much there is on each channel.
    pub(super) sizes: [u64; 2],
    /// What came with this report of each channel.
    pub(super) pieces: [Vec<u8>; 2],
    /// Whether the machine ended it because it took too long.
    pub(super) timed_out: bool,
}

impl Report {
    /// Reads a report; `None` where it is not one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&bytes[..end]).ok()?;
        let fields: Vec<&str> = line.split('|').collect();
        let [state, out, err, piece_out, piece_err, why] = fields[..] else { return None };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let length = |text: &str| text.trim().parse::<usize>().ok();
        let rest = &bytes[end + 1..];
        let (out_bytes, rest) = rest.split_at_checked(length(piece_out)?)?;
        let err_bytes = rest.get(..length(piece_err)?)?;
        Some(Self {
            state: read_state(state)?,
            sizes: [number(out)?, number(err)?],
            pieces: [out_bytes.to_vec(), err_bytes.to_vec()],
            timed_out: why == "timeout",
        })
    }
}

fn read_state(text: &str) -> Option<State> {
    let words: Vec<&str> = text.split(' ').collect();
    Some(match words[..] {
        ["never"] => State::Never,
        ["running"] => State::Running,
        ["done", status] => State::Done(status.parse().ok()?),
        ["cut", "boot", then, now] => State::Cut(Evidence::Booted { then: then.to_owned(), now: now.to_owned() }),
        ["cut", "gone", process] => State::Cut(Evidence::Gone { process: process.parse().ok()? }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_its_line_and_the_bytes_behind_it() {
        let report = Report::read(b"done 3|7|2|3|2|timeout\na\n\xffxy").unwrap();
        assert_eq!((report.state, report.sizes, report.timed_out), (State::Done(3), [7, 2], true));
        assert_eq!(report.pieces, [b"a\n\xff".to_vec(), b"xy".to_vec()]);
        let report = Report::read(b"cut boot a b|0|0|0|0|\n").unwrap();
        assert_eq!(report.state, State::Cut(Evidence::Booted { then: "a".into(), now: "b".into() }));
    }

    #[test]
    fn what_is_no_report_is_not_taken_for_one() {
        for text in
            ["", "done|0|0|0|0|\n", "running|0|0|5|0|\nabc", "running|0|0\n", "done x|0|0|0|0|\n", "running|0|0|0|0|"]
        {
            assert!(Report::read(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
