//! Reads a secret from where its reference says it is. The only place of the front matter that holds one in clear.
//!
//! A reference is `env:NAME`, `file:PATH`, `cmd:COMMAND`, `sops:FILE#PATH`, `age:FILE`, or `kube:NAMESPACE/NAME/KEY`,
//! which only a word of a run can read. Line ends after the secret are not part of it.
//! No failure holds the secret, nor a reference that is none: somebody may have typed the secret itself.

mod command;
mod tools;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use runbook_model::{Failure, code};

/// The largest secret.
const BYTES_MAX: u64 = 64 * 1024;
/// How long a command or a file may take.
const TIME_MAX: Duration = Duration::from_secs(30);
/// The forms of a reference, for people.
pub(super) const FORMS: &str =
    "`env:NAME`, `file:PATH`, `cmd:COMMAND`, `kube:NAMESPACE/NAME/KEY`, `sops:FILE#PATH` or `age:FILE`";

/// Whether `text` has the shape of a reference to a secret.
pub fn is_reference(text: &str) -> bool {
    match text.split_once(':') {
        Some(("env", name)) => is_variable(name),
        Some(("file" | "cmd" | "age", rest)) => !rest.trim().is_empty() && !rest.contains('\0'),
        Some(("sops", rest)) => {
            let (file, path) = rest.split_once('#').unwrap_or((rest, "whole"));
            !file.trim().is_empty() && !path.is_empty() && !rest.contains('\0')
        }
        Some(("kube", _)) => in_cluster(text).is_some(),
        _ => false,
    }
}

/// The namespace, the name and the key of a secret in the cluster, where `reference` leads there.
pub fn in_cluster(reference: &str) -> Option<(&str, &str, &str)> {
    let mut parts = reference.trim().strip_prefix("kube:")?.splitn(3, '/');
    let (namespace, name, key) = (parts.next()?, parts.next()?, parts.next()?);
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let good = |part: &str| !part.is_empty() && part.chars().all(known);
    [namespace, name, key].into_iter().all(good).then_some((namespace, name, key))
}

fn is_variable(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| known(c) && !c.is_ascii_digit()) && name.chars().all(known)
}

/// The secret to which `reference` leads.
pub fn read_secret(reference: &str) -> Result<String, Failure> {
    let reference = reference.trim();
    if !is_reference(reference) {
        return Err(missing("this is no reference to a secret").hint(format!("write {FORMS}, never the secret itself")));
    }
    let bytes = match reference.split_once(':') {
        Some(("env", name)) => from_env(name)?,
        Some(("file", path)) => from_file(path)?,
        Some(("sops", place)) => tools::sops(place)?,
        Some(("age", file)) => tools::age(file)?,
        Some(("kube", _)) => {
            let what = format!("`{reference}` is in the cluster, and only the word `secret` reads it there");
            return Err(missing(what).hint("use it in the runbook: `secret(inputs().token)`"));
        }
        Some((_, command)) => command::from_shell(command, TIME_MAX)?,
        None => Vec::new(),
    };
    text(reference, bytes)
}

/// The secret at `reference` as the text it must be.
pub fn text(reference: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    if bytes.len() as u64 > BYTES_MAX {
        return Err(missing(format!("`{reference}` gives more than {} KiB", BYTES_MAX >> 10)));
    }
    let secret =
        String::from_utf8(bytes).map_err(|_| missing(format!("`{reference}` gives what is not UTF-8 text")))?;
    let secret = secret.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(missing(format!("`{reference}` gives an empty secret")));
    }
    Ok(secret.to_owned())
}

fn missing(what: impl Into<String>) -> Failure {
    Failure::new(code::SECRET_MISSING, what)
}

fn from_env(name: &str) -> Result<Vec<u8>, Failure> {
    let value = std::env::var_os(name).ok_or_else(|| {
        missing(format!("`env:{name}` leads nowhere: `{name}` is not set")).hint(format!("set it: `export {name}=…`"))
    })?;
    Ok(value.as_encoded_bytes().to_vec())
}

fn from_file(path: &str) -> Result<Vec<u8>, Failure> {
    let at = at_home(path);
    let trouble = |why: io::Error| missing(format!("`file:{path}` cannot be read")).because(why);
    // A pipe may have nobody at its other end, and even opening it would wait for them.
    match later(move || std::fs::File::open(at).and_then(|file| at_most(file, BYTES_MAX + 1))).recv_timeout(TIME_MAX) {
        Ok(read) => read.map_err(trouble),
        Err(_) => Err(late(&format!("file:{path}"))),
    }
}

/// A path in which `~/` is the home of whoever runs this.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.into(),
    }
}

fn late(reference: &str) -> Failure {
    missing(format!("`{reference}` gave nothing in {} s", TIME_MAX.as_secs()))
}

/// What `read` gives, once it gives it; where that is too late, it is left behind.
fn later<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(read()));
    told
}

fn at_most(from: impl Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(reference: &str) -> String {
        read_secret(reference).unwrap_err().what
    }

    #[test]
    fn a_secret_is_read_from_where_its_reference_says() {
        assert_eq!(read_secret("cmd:printf 'hunter2\\n\\n'").unwrap(), "hunter2");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "two\nlines\r\n").unwrap();
        assert_eq!(read_secret(&format!("file:{}", path.display())).unwrap(), "two\nlines");
        assert_eq!(read_secret("env:PATH").unwrap(), std::env::var("PATH").unwrap());
    }

    #[test]
    fn a_reference_that_leads_nowhere_says_so() {
        assert_eq!(what("env:NO_SUCH_VARIABLE"), "`env:NO_SUCH_VARIABLE` leads nowhere: `NO_SUCH_VARIABLE` is not set");
        assert_eq!(what("file:/no/such"), "`file:/no/such` cannot be read");
        assert_eq!(what("file:/"), "`file:/` cannot be read");
        assert_eq!(what("cmd:true"), "`cmd:true` gives an empty secret");
        assert_eq!(what("cmd:printf '\\377'"), "`cmd:printf '\\377'` gives what is not UTF-8 text");
        let failed = read_secret("cmd:echo no such entry >&2; exit 3").unwrap_err();
        assert_eq!(failed.what, "`cmd:echo no such entry >&2; exit 3` ended with 3");
        assert_eq!(failed.causes, ["no such entry"]);
        assert_eq!(read_secret("cmd:seq 100000 >&2; echo x").unwrap(), "x", "a talkative command is heard out");
    }

    #[test]
    fn a_secret_without_end_is_refused() {
        assert_eq!(what("cmd:yes"), "`cmd:yes` gives more than 64 KiB");
        assert_eq!(what("file:/dev/zero"), "`file:/dev/zero` gives more than 64 KiB");
        let late = command::from_shell("sleep 60 & sleep 60", Duration::ZERO).unwrap_err();
        assert_eq!(late.what, "`cmd:sleep 60 & sleep 60` gave nothing in 30 s");
    }

    #[test]
    fn a_secret_of_the_cluster_is_told_by_its_shape_and_read_by_the_word_alone() {
        assert_eq!(in_cluster("kube:shop/db/password"), Some(("shop", "db", "password")));
        for wrong in ["kube:shop/db", "kube:shop//key", "kube:shop/db/a b", "kube:../x/y/z", "shop/db/password"] {
            assert!(in_cluster(wrong).is_none() && !is_reference(wrong), "{wrong}");
        }
        assert!(what("kube:shop/db/password").contains("is in the cluster"));
    }

    #[test]
    fn no_failure_holds_the_secret() {
        for reference in ["hunter2", "cmd:", "env:hunter2 x", "hunter2:x", ""] {
            let failure = read_secret(reference).unwrap_err();
            assert_eq!(failure.what, "this is no reference to a secret");
        }
        let failure =
            read_secret("cmd:cat /dev/fd/3 3<<E; echo got $(echo hunter 2 | tr -d ' ') >&2; false\nhunter2\nE");
        let failure = failure.unwrap_err();
        assert!(!format!("{:?}", (&failure.causes, &failure.hints)).contains("hunter2"), "{failure:?}");
    }
}
