//! What is known of a file of a machine without changing it.

use runbook_model::{Failure, Millis};

use super::READ_BYTES_MAX;
use super::script::{LIST, ask, check_path, script};
use super::trouble::{Trouble, error};
use crate::file::Kind;
use crate::ssh::remote::Question;
use crate::ssh::{Error, Remote};

/// The most names a folder may have to be listed.
const ENTRIES_MAX: usize = 50_000;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is; links are followed.
    pub kind: Kind,
    /// How many bytes it holds.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// The user it belongs to.
    pub owner: String,
    /// The group it belongs to.
    pub group: String,
    /// When it was last written.
    pub modified: Millis,
    /// The digest of its content, where it was asked for.
    pub sha256: Option<String>,
}

/// What stands under one name of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// What is known of it; links are not followed.
    pub stat: Stat,
}

impl Remote {
    /// All of the file at `path`.
    pub async fn read_bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let path = check_path(path)?;
        let text = format!(
            "[ -e \"$1\" ] || gone \"$1\"; [ -d \"$1\" ] && exit 93; [ -f \"$1\" ] || exit 95\n\
             size=$(wc -c <\"$1\") || exit 1; [ \"$size\" -gt {READ_BYTES_MAX} ] && exit 101; cat -- \"$1\""
        );
        let script = script(&[path], &text);
        let question = Question::reads(&script, "while a file was read");
        Ok(ask(self, path, question).await?.stdout)
    }

    /// All of the file at `path`, which has to be text.
    pub async fn read(&self, path: &str) -> Result<String, Failure> {
        let bytes = self.read_bytes(path).await?;
        String::from_utf8(bytes).map_err(|_| error(self, path, Trouble::NotText, String::new()).into())
    }

    /// Whether something is at `path`; a link that leads nowhere is not.
    pub async fn exists(&self, path: &str) -> Result<bool, Failure> {
        let path = check_path(path)?;
        let script = script(&[path], "[ -e \"$1\" ] && exit 0; [ -L \"$1\" ] && exit 91; gone \"$1\"");
        match ask(self, path, Question::reads(&script, "while a file was looked at")).await {
            Ok(_) => Ok(true),
            Err(Error::File { trouble: Trouble::Missing, .. }) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// What is known of the file at `path`, with the digest of its content where `digest` asks for it.
    pub async fn stat(&self, path: &str, digest: bool) -> Result<Stat, Failure> {
        let path = check_path(path)?;
        let text = "[ -e \"$1\" ] || gone \"$1\"\nstat -L -c '%f|%s|%U|%G|%Y|' -- \"$1\" || exit 1\n\
            if [ \"$2\" = yes ] && [ -f \"$1\" ]; then digest \"$1\"; echo \"$sum\"; fi";
        let script = script(&[path, if digest { "yes" } else { "no" }], text);
        let answer = ask(self, path, Question::reads(&script, "while a file was looked at")).await?;
        let text = answer.text();
        let mut lines = text.lines();
        let (mut stat, _) = lines.next().and_then(read_stat).ok_or_else(|| odd(self, path))?;
        stat.sha256 = lines.next().map(str::to_owned);
        Ok(stat)
    }

    /// What is in the folder at `path`, sorted by name, with the digests of its files where `digest` asks for them.
    pub async fn list(&self, path: &str, digest: bool) -> Result<Vec<Entry>, Failure> {
        let path = check_path(path)?;
        let script = script(&[path, &ENTRIES_MAX.to_string(), if digest { "yes" } else { "no" }], LIST);
        let answer = ask(self, path, Question::reads(&script, "while a folder was listed")).await?;
        entries(path, &answer.text()).ok_or_else(|| odd(self, path).into())
    }
}

fn odd(remote: &Remote, path: &str) -> Error {
    error(remote, path, Trouble::Refused, "the machine's `stat` cannot be understood".to_owned())
}

/// Reads `%f|%s|%U|%G|%Y|` and gives what stands behind it.
fn read_stat(line: &str) -> Option<(Stat, &str)> {
    let mut fields = line.splitn(6, '|');
    let bits = u32::from_str_radix(fields.next()?, 16).ok()?;
    let size = fields.next()?.parse().ok()?;
    let (owner, group) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    let seconds: i64 = fields.next()?.parse().ok()?;
    let kind = match bits & 0o170_000 {
        0o100_000 => Kind::File,
        0o040_000 => Kind::Folder,
        0o120_000 => Kind::Link,
        _ => Kind::Other,
    };
    let modified = seconds.saturating_mul(1000);
    let stat = Stat { kind, size, mode: bits & 0o7777, owner, group, modified, sha256: None };
    Some((stat, fields.next()?))
}

/// Reads the records of a listing, and the digests behind them.
fn entries(path: &str, text: &str) -> Option<Vec<Entry>> {
    let start = if path == "/" { "/".to_owned() } else { format!("{path}/") };
    let (records, digests) = text.split_once("\u{1}\n").unwrap_or((text, ""));
    let mut entries = Vec::new();
    for record in records.split('\u{1}').filter(|record| !record.is_empty()) {
        let (stat, name) = read_stat(record.strip_suffix('\n').unwrap_or(record))?;
        entries.push(Entry { name: name.strip_prefix(&start).unwrap_or(name).to_owned(), stat });
    }
    for line in digests.lines() {
        // A name with a backslash or an end of line is escaped, and the line begins with a backslash.
        let (line, escaped) = line.strip_prefix('\\').map_or((line, false), |rest| (rest, true));
        let Some((sum, name)) = line.split_once("  ") else { continue };
        let name = name.strip_prefix(&start).unwrap_or(name);
        let name = if escaped { name.replace("\\n", "\n").replace("\\\\", "\\") } else { name.to_owned() };
        if let Some(entry) = entries.iter_mut().find(|entry| entry.name == name) {
            entry.stat.sha256 = Some(sum.to_owned());
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_keeps_names_with_bars_and_ends_of_lines() {
        let text = "\u{1}81a4|3|root|root|5|/d/b|a\n\u{1}41ed|9|root|root|6|/d/a\nb\n\u{1}\nabc  /d/b|a\n";
        let entries = entries("/d", text).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].name.as_str(), entries[0].stat.kind), ("a\nb", Kind::Folder));
        assert_eq!((entries[1].name.as_str(), entries[1].stat.mode), ("b|a", 0o644));
        assert_eq!((entries[1].stat.modified, entries[1].stat.sha256.as_deref()), (5000, Some("abc")));
    }

    #[test]
    fn what_is_no_listing_is_not_taken_for_one() {
        assert!(entries("/d", "\u{1}zz|3|r|r|5|/d/b\n").is_none());
        assert!(entries("/d", "\u{1}81a4|3\n").is_none());
        assert_eq!(entries("/d", "").unwrap(), []);
    }
}
