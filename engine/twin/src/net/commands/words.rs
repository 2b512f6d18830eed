//! The words of a command line, taken one after the other, with the complaints of iproute2.

use super::Output;

/// Words yet to be read.
pub(crate) struct Words<'a> {
    rest: &'a [&'a str],
}

impl<'a> Words<'a> {
    pub(crate) fn new(rest: &'a [&'a str]) -> Words<'a> {
        Words { rest }
    }

    pub(crate) fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(crate) fn peek(&self) -> Option<&'a str> {
        self.rest.first().copied()
    }

    pub(crate) fn rest(&self) -> &'a [&'a str] {
        self.rest
    }

    /// The next word, which must be there.
    pub(crate) fn need(&mut self) -> Result<&'a str, Output> {
        self.take().ok_or_else(|| Output::failed(255, "Command line is not complete. Try option \"help\""))
    }

    /// The next word as a number.
    pub(crate) fn number(&mut self, what: &str) -> Result<u32, Output> {
        let word = self.need()?;
        number(word).ok_or_else(|| wrong(what, word))
    }
}

/// Decimal, or hexadecimal behind `0x`.
pub(crate) fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

/// What iproute2 says of a value it cannot read.
pub(crate) fn wrong(what: &str, word: &str) -> Output {
    Output::failed(255, format!("Error: argument \"{word}\" is wrong: {what}\n"))
}

/// What it says of a word too many, which it takes for one that was there already.
pub(crate) fn duplicate(what: &str, word: &str) -> Output {
    Output::failed(255, format!("Error: either \"{what}\" is duplicate, or \"{word}\" is a garbage."))
}

/// What is said of a word that is known and that the model does not follow.
pub(crate) fn beyond(program: &str, word: &str) -> Output {
    Output::failed(1, format!("{program}: `{word}` is not modelled"))
}

/// Whether a word is the beginning of a longer one, as iproute2 takes them.
pub(crate) fn begins(word: &str, of: &str) -> bool {
    !word.is_empty() && of.starts_with(word)
}

/// The first of the long words that a short one begins.
pub(crate) fn expand<'a>(word: &str, of: &[&'a str]) -> Option<&'a str> {
    of.iter().copied().find(|long| begins(word, long))
}
