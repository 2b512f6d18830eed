//! What `stat` tells of a thing, real or computed.

use std::time::Duration;

/// What is known of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Type and permission bits.
    pub mode: u32,
    /// The user it belongs to.
    pub uid: u32,
    /// The group it belongs to.
    pub gid: u32,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed.
    pub modified: Duration,
    /// How many names it has.
    pub links: u32,
    /// Its number.
    pub ino: u64,
    /// The file system it lies on.
    pub device: u32,
    /// How many blocks of 512 bytes it takes up.
    pub blocks: u64,
}

impl Stat {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    /// The letter `ls` and `find` know its type by.
    pub fn letter(&self) -> char {
        match self.mode & 0o170_000 {
            0o040_000 => 'd',
            0o120_000 => 'l',
            0o060_000 => 'b',
            0o020_000 => 'c',
            0o010_000 => 'p',
            0o140_000 => 's',
            _ => '-',
        }
    }

    /// Its mode as `ls -l` shows it.
    pub fn letters(&self) -> String {
        let mut text = String::from(self.letter());
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = self.mode >> shift;
            text.push(if bits & 4 > 0 { 'r' } else { '-' });
            text.push(if bits & 2 > 0 { 'w' } else { '-' });
            text.push(match (self.mode & special > 0, bits & 1 > 0) {
                (true, true) => letter,
                (true, false) => letter.to_ascii_uppercase(),
                (false, true) => 'x',
                (false, false) => '-',
            });
        }
        text
    }
}
