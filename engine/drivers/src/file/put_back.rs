//! Putting back what was at a path before it was changed; never over what someone else has put there since.

use std::path::Path;

use runbook_model::{Failure, Value, code};

use super::before::digest;
use super::{exists, mkdir, remove, write};

/// Puts back what `before` says, as [`super::Before::to_value`] made it. `written` is what the change itself answered:
/// where the file is no longer that, someone else has changed it, and it stays as it is.
pub fn put_back(before: &Value, written: Option<&Value>) -> Result<(), Failure> {
    let text = |key: &str| before.get(key).and_then(Value::as_text);
    let path = Path::new(text("path").unwrap_or_default());
    if !is_ours(path, written)? {
        let failure =
            Failure::new(code::FILE_TROUBLE, format!("`{}` was changed by someone else since", path.display()));
        return Err(failure.hint("look at it, put it right by hand, then settle the step as undone"));
    }
    let existed = before.get("existed") == Some(&Value::Bool(true));
    let mode = text("mode").and_then(|mode| u32::from_str_radix(mode, 8).ok());
    match (existed, text("kind"), before.get("content")) {
        (false, ..) if exists(path)? => remove(path),
        (false, ..) => Ok(()),
        (true, Some("folder"), _) => {
            if exists(path)? {
                Ok(())
            } else {
                mkdir(path, mode)
            }
        }
        (true, _, Some(Value::Blob(content))) => write(path, content, mode).map(|_| ()),
        (true, Some("link"), _) => {
            let to = text("to").unwrap_or_default();
            std::os::unix::fs::symlink(to, path).map_err(|error| {
                Failure::new(code::FILE_TROUBLE, format!("the link `{}` cannot be put back", path.display()))
                    .because(error)
            })
        }
        (true, ..) => {
            let what = format!("what was at `{}` was too large to be kept", path.display());
            Err(Failure::new(code::FILE_TROUBLE, what)
                .hint("put it back from a backup, then settle the step as undone"))
        }
    }
}

/// Whether the path still holds what the change left there; a change that gave no digest leaves nothing to compare.
fn is_ours(path: &Path, written: Option<&Value>) -> Result<bool, Failure> {
    let Some(left) = written.and_then(|written| written.get("sha256")).and_then(Value::as_text) else {
        return Ok(true);
    };
    match path.symlink_metadata() {
        Ok(meta) if meta.is_file() => Ok(digest(path)?.1 == *left),
        Ok(_) => Ok(false),
        Err(_) => Ok(true),
    }
}
