//! Reading a file of a runbook: within its folder, of a sensible size, and text.

use std::io::Read;
use std::path::{Path, PathBuf};

use runbook_model::{Failure, code};

/// The longest text a file may hold, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The text of the main file.
pub(super) fn main(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let missing = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let failure = Failure::new(code::FILE_MISSING, format!("there is no file `{shown}`"));
            let near = near(path);
            near.into_iter().fold(failure, |failure, near| failure.hint(format!("did you mean `{near}`?")))
        }
        _ => Failure::new(code::FILE_TROUBLE, format!("`{shown}` cannot be read")).because(error),
    };
    let facts = std::fs::metadata(path).map_err(missing)?;
    if facts.is_dir() {
        let failure = Failure::new(code::FILE_TROUBLE, format!("`{shown}` is a directory, not a runbook"));
        return Err(failure.hint("name a file that ends in `.rhai`"));
    }
    text(path, &shown.to_string())
}

/// The text of `name`, a file under `folder`; refuses what would leave the folder.
pub(super) fn under(folder: &Path, name: &str) -> Result<String, Failure> {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    if name.starts_with('/') || name.is_empty() || name.contains(odd) || name.split('/').any(|part| part == "..") {
        let failure = Failure::new(code::IMPORT_BAD, format!("`{name}` leads out of the runbook's folder"));
        return Err(failure.because("a runbook takes in only files below its own folder, by their plain names"));
    }
    let path = folder.join(name);
    let real = |path: &Path| std::fs::canonicalize(path);
    let Ok(inside) = real(&path) else {
        let failure = Failure::new(code::FILE_MISSING, format!("there is no file `{name}` beside the runbook"));
        let near = near(&path).map(|near| near.trim_end_matches(".rhai").to_owned());
        return Err(near.into_iter().fold(failure, |failure, near| failure.hint(format!("did you mean `{near}`?"))));
    };
    if !real(folder).is_ok_and(|folder| inside.starts_with(folder)) {
        return Err(Failure::new(
            code::IMPORT_BAD,
            format!("`{name}` is a link that leads out of the runbook's folder"),
        ));
    }
    text(&inside, name)
}

fn text(path: &Path, shown: &str) -> Result<String, Failure> {
    let trouble = |what: String| Failure::new(code::FILE_TROUBLE, what);
    let cannot = |error: std::io::Error| trouble(format!("`{shown}` cannot be read")).because(error);
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(
            trouble(format!("`{shown}` is larger than {} MiB", FILE_BYTES_MAX >> 20)).hint("is this a runbook?")
        );
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        trouble(format!("`{shown}` is not UTF-8 text: byte {at}, on line {line}")).hint("save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(trouble(format!("`{shown}` is empty")).hint("write one to start from with `runbook new FILE`"));
    }
    Ok(text)
}

/// The file beside `path` whose name is nearest.
fn near(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_owned);
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    crate::options::nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned)
}
