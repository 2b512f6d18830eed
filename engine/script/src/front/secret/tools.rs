//! Reads a secret from a file that `sops` or `age` keeps encrypted. The tool does the work, with the keys it finds.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use runbook_model::Failure;

use super::{TIME_MAX, at_home, command, missing};

/// The variable and the place where `sops` looks for the keys of `age`; so do we.
const KEYS: (&str, &str) = ("SOPS_AGE_KEY_FILE", ".config/sops/age/keys.txt");

/// A file of `sops`, or what stands at a path in it: `secrets.yaml#db.password`, `list.0`.
pub(super) fn sops(place: &str) -> Result<Vec<u8>, Failure> {
    let (file, path) = place.split_once('#').map_or((place, None), |(file, path)| (file, Some(path)));
    let mut sops = Command::new("sops");
    sops.arg("--decrypt");
    if let Some(path) = path {
        sops.arg("--extract").arg(steps(path));
    }
    sops.arg("--").arg(at_home(file));
    command::printed(&mut sops, &format!("sops:{place}"), TIME_MAX)
}

/// A path as `sops` takes it: `["db"]["password"]`, with numbers bare.
fn steps(path: &str) -> String {
    let step = |step: &str| match step.parse::<u32>() {
        Ok(number) => format!("[{number}]"),
        Err(_) => format!("[{}]", serde_json::Value::from(step)),
    };
    path.split('.').map(step).collect()
}

/// A file that `age` encrypted to one of the keys that are here.
pub(super) fn age(file: &str) -> Result<Vec<u8>, Failure> {
    let reference = format!("age:{file}");
    let keys = keys().ok_or_else(|| {
        missing(format!("`{reference}` needs a key, and none is here"))
            .hint(format!("name the file of your keys: `export {}=…`", KEYS.0))
    })?;
    let mut age = Command::new("age");
    age.arg("--decrypt").arg("--identity").arg(keys).arg("--").arg(at_home(file));
    command::printed(&mut age, &reference, TIME_MAX)
}

fn keys() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(KEYS.0).filter(|path| !path.is_empty()) {
        return Some(named.into());
    }
    let home = PathBuf::from(std::env::var_os("HOME").filter(|home| home != OsStr::new(""))?);
    [home.join(KEYS.1), home.join(".ssh/id_ed25519")].into_iter().find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_what_sops_takes() {
        assert_eq!(steps("db.password"), r#"["db"]["password"]"#);
        assert_eq!(steps("list.0.a\"b"), r#"["list"][0]["a\"b"]"#);
    }
}
