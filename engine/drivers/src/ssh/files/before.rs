//! What stands at a path of a machine before it is changed, and putting it back.

use runbook_model::{Failure, Value};

use super::change::Attributes;
use super::script::{BEFORE, ask, check_path, script};
use super::trouble::{Trouble, error};
use crate::ssh::remote::Question;
use crate::ssh::{Error, Remote};

/// The largest content that is kept; of a larger one only its digest.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

impl Remote {
    /// What a write to `path` would replace: a link is followed.
    ///
    /// As a run keeps it: `#{path, existed, kind, mode, owner, content}`, or `size` and `sha256` for a large content,
    /// or `to` for a link.
    pub async fn before_write(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.before(path, "behind").await?)
    }

    /// What a removal or a move of `path` would take away: a link itself.
    pub async fn before_remove(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.before(path, "itself").await?)
    }

    async fn before(&self, path: &str, which: &str) -> Result<Value, Error> {
        let path = check_path(path)?;
        let script = script(&[path, which, &KEPT_BYTES_MAX.to_string()], BEFORE);
        let answer = ask(self, path, Question::reads(&script, "while a file was looked at")).await?;
        let odd = || error(self, path, Trouble::Refused, "the machine's answer cannot be understood".to_owned());
        read_before(&answer.stdout).ok_or_else(odd)
    }

    /// Puts back what `before` says. `written` is what the change itself answered: where the file is no longer that,
    /// someone else has changed it, and it stays as it is.
    pub async fn put_back(&self, before: &Value, written: Option<&Value>) -> Result<(), Failure> {
        let text = |key: &str| before.get(key).and_then(Value::as_text);
        let path = text("path").unwrap_or_default();
        if self.before(path, "itself").await? == *before {
            // It is as it was: another has put it back, as a machine does that was armed.
            return Ok(());
        }
        let expected = written.and_then(|written| written.get("sha256")).and_then(Value::as_text);
        let existed = before.get("existed") == Some(&Value::Bool(true));
        match (existed, text("kind"), before.get("content")) {
            (false, ..) => self.take_away(path, expected).await?,
            (true, Some("folder"), _) => self.mkdir(path, mode_of(before)).await?,
            (true, Some("link"), _) => self.put_link(path, text("to").unwrap_or_default(), expected).await?,
            (true, _, Some(Value::Blob(content))) => {
                let owner = text("owner").map(str::to_owned);
                let attributes = Attributes { mode: mode_of(before), owner };
                self.place(path, content, &attributes, expected).await?;
            }
            (true, ..) => return Err(error(self, path, Trouble::NotKept, String::new()).into()),
        }
        Ok(())
    }
}

fn mode_of(before: &Value) -> Option<u32> {
    before.get("mode").and_then(Value::as_text).and_then(|mode| u32::from_str_radix(mode, 8).ok())
}

fn read_before(bytes: &[u8]) -> Option<Value> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let fields: Vec<&str> = line.splitn(6, '|').collect();
    let [kind, mode, owner, size, sum, path] = fields[..] else { return None };
    let text = |text: &str| Value::from(text);
    let mut entries = vec![("path", text(path)), ("existed", Value::Bool(kind != "nothing"))];
    if kind != "nothing" {
        entries.push(("mode", Value::Text(format!("{:04o}", u32::from_str_radix(mode, 8).ok()?))));
        entries.push(("owner", text(owner)));
        entries.push(("kind", text(if kind == "large" { "file" } else { kind })));
    }
    let rest = &bytes[end + 1..];
    match kind {
        "file" => entries.push(("content", Value::Blob(rest.to_vec()))),
        "large" => {
            entries.push(("size", Value::Int(size.parse().ok()?)));
            entries.push(("sha256", text(sum)));
        }
        "link" => entries.push(("to", text(&String::from_utf8_lossy(rest)))),
        "nothing" | "folder" | "other" => {}
        _ => return None,
    }
    Some(Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_read_with_all_that_belongs_to_it() {
        let before = read_before(b"file|644|0:0|4||/etc/a|b\na\n\xffb").unwrap();
        assert_eq!(before.get("path"), Some(&Value::from("/etc/a|b")));
        assert_eq!(before.get("mode"), Some(&Value::from("0644")));
        assert_eq!(before.get("content"), Some(&Value::Blob(b"a\n\xffb".to_vec())));
        let before = read_before(b"nothing|||||/etc/a\n").unwrap();
        assert_eq!(before, Value::from([("path", Value::from("/etc/a")), ("existed", Value::Bool(false))]));
        assert!(read_before(b"odd|644|0:0|||/a\n").is_none());
        assert!(read_before(b"file|644").is_none());
    }
}
