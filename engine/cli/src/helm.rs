//! The twin's own helm as a program: a file that calls this very program.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The variable that says which helm is driven.
pub(crate) const PROGRAM: &str = "RUNBOOK_HELM";

/// Writes the program `helm` into a folder; it lives in the time that is said at `time`.
pub(crate) fn write(folder: &Path, time: Option<&Path>) -> io::Result<PathBuf> {
    let path = folder.join("helm");
    let own = std::env::current_exe()?;
    let real = std::env::var(PROGRAM).ok().filter(|real| !real.is_empty()).unwrap_or_else(|| "helm".to_owned());
    let time = time.map_or(String::new(), |time| format!(" --time {}", quoted(&time.to_string_lossy())));
    let own = quoted(&own.to_string_lossy());
    let text = format!("#!/bin/sh\nexec {own} twin helm{time} --real {} -- \"$@\"\n", quoted(&real));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o700).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_odd_signs_is_one_word() {
        assert_eq!(quoted("a 'b"), r"'a '\''b'");
    }
}
