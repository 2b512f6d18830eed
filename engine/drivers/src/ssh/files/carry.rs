//! Files that go to a machine and come from it, of any size and as raw bytes.

use std::io::Write;
use std::path::Path;

use runbook_model::Failure;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::change::{Attributes, Written};
use super::script::{check_path, script};
use super::trouble::{Trouble, error, refused};
use crate::file;
use crate::ssh::remote::Question;
use crate::ssh::{Error, Remote};

impl Remote {
    /// Makes the file at `path` one with the content of the file `from` of this machine. Nothing is sent where the
    /// digests agree. `progress` hears how many bytes have gone out.
    ///
    /// Guarantees: those of [`Remote::write`]; what did not arrive whole changes nothing.
    pub async fn upload(
        &self,
        from: &Path,
        path: &str,
        attributes: &Attributes,
        progress: impl Fn(u64),
    ) -> Result<Written, Failure> {
        let path = check_path(path)?;
        attributes.check()?;
        let kept = file::stat(from, true).await?;
        let (sha256, size) = (kept.sha256.unwrap_or_default(), kept.size);
        // The script itself sees whether there is something to do, but by then it would be on its way.
        if self.has(path, &sha256).await? && *attributes == Attributes::default() {
            return Ok(Written { size, sha256, changed: false });
        }
        let unread = |why: std::io::Error| Failure::from(file::Error::Missing(from.to_owned())).because(why);
        let source = tokio::fs::File::open(from).await.map_err(unread)?;
        let script = attributes.script(path, &sha256, None, "cat");
        let answer = self.give(&script, "while a file was uploaded", source, progress).await?;
        if answer.status != 0 {
            return Err(refused(self, path, &answer).into());
        }
        Ok(Written { size, sha256, changed: answer.text().trim() != "same" })
    }

    /// Makes the file `to` of this machine one with the content of the file at `path`. Nothing is fetched where the
    /// digests agree. `progress` hears how many bytes have come in.
    pub async fn download(&self, path: &str, to: &Path, progress: impl Fn(u64)) -> Result<Written, Failure> {
        let path = check_path(path)?;
        let there = self.stat(path, true).await?;
        let Some(sha256) = there.sha256 else { return Err(error(self, path, Trouble::Folder, String::new()).into()) };
        let here = match file::stat(to, true).await {
            Ok(here) => here.sha256,
            Err(_) => None,
        };
        if here.as_ref() == Some(&sha256) {
            return Ok(Written { size: there.size, sha256, changed: false });
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritten = |why: std::io::Error| {
            let what = format!("`{}` cannot be written", to.display());
            Failure::new(runbook_model::code::FILE_TROUBLE, what).because(why).retryable()
        };
        let mut next = NamedTempFile::new_in(folder).map_err(unwritten)?;
        let (mut digest, mut size) = (Sha256::new(), 0_u64);
        let script = script(&[path], "[ -f \"$1\" ] || gone \"$1\"; exec cat -- \"$1\"");
        let answer = self
            .take(&script, "while a file was downloaded", |piece| {
                digest.update(piece);
                size += piece.len() as u64;
                progress(size);
                next.write_all(piece)
            })
            .await?;
        if answer.status != 0 {
            return Err(refused(self, path, &answer).into());
        }
        // A file that grows while it is read is none that was ever there.
        let got = file::hex(&digest.finalize());
        if got != sha256 {
            return Err(error(self, path, Trouble::Torn, String::new()).into());
        }
        let modest = |file: &std::fs::File| {
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(there.mode & 0o777))?;
            file.sync_all()
        };
        modest(next.as_file()).map_err(unwritten)?;
        next.persist(to).map_err(|why| unwritten(why.error))?;
        Ok(Written { size, sha256, changed: true })
    }

    async fn has(&self, path: &str, sha256: &str) -> Result<bool, Error> {
        let script = script(&[path], "[ -f \"$1\" ] && [ -r \"$1\" ] && digest \"$1\" && echo \"$sum\"; exit 0");
        let answer = self.question(Question::reads(&script, "while a file was looked at")).await?;
        Ok(answer.text().trim() == sha256)
    }
}
