//! Files of a machine, as agents and plugins handle them: as root, and without a word about what was not there.

use crate::machines::Machine;
use crate::machines::files::{Content, Kind};
use crate::machines::user::Cred;
use std::sync::Arc;

impl Machine {
    /// The names in a folder, sorted; none where it is not there.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<String> {
        let root = Cred::root();
        let Ok(spot) = self.walk(&root, "/", folder, true) else { return Vec::new() };
        let mut names = self.names_at(&root, &spot).unwrap_or_default();
        names.retain(|name| name != "." && name != "..");
        names.sort();
        names
    }

    /// Whether there is anything at a path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.stat(&Cred::root(), "/", path, true).is_ok()
    }

    /// Takes a file away; false where there was none.
    pub(crate) fn take_away(&mut self, path: &str) -> bool {
        let root = Cred::root();
        match self.walk(&root, "/", path, false) {
            Ok(spot) if spot.ino().is_some() => {
                let folder = self.is_folder_at(&spot);
                if folder {
                    for name in self.names_in(path) {
                        self.take_away(&format!("{path}/{name}"));
                    }
                }
                self.remove(&root, &spot, folder).is_ok()
            }
            _ => false,
        }
    }

    /// Gives a file another path, over what is there; false where there was none.
    pub(crate) fn put_elsewhere(&mut self, from: &str, to: &str) -> bool {
        let root = Cred::root();
        let (Ok(from), Ok(to)) = (self.walk(&root, "/", from, false), self.walk(&root, "/", to, false)) else {
            return false;
        };
        from.ino().is_some() && self.rename(&root, &from, &to).is_ok()
    }

    /// Writes a file that only root may read.
    pub(crate) fn write_secret(&mut self, path: &str, bytes: &[u8]) {
        self.write(path, bytes);
        self.put(path, Kind::File(Content::Bytes(Arc::new(bytes.to_vec()))), 0o600);
    }
}
