//! Reading a file of a runbook: within its folder, of a sensible size, and text.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use runbook_model::{Failure, code};

/// The longest text a file may hold, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// The most lines a file may have: the language counts no further, and no mistake beyond could be pointed at.
const LINES_MAX: usize = 65_535;

/// The text of the main file.
pub(super) fn main(path: &Path) -> Result<String, Failure> {
    let shown = path.display().to_string();
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let failure = Failure::new(code::FILE_MISSING, format!("there is no file `{shown}`"));
            return Err(meant(failure, path, &shown, &format!("write one to start from with `runbook new {shown}`")));
        }
        Err(error) => return Err(cannot(&shown, &error)),
    };
    if facts.is_dir() {
        let failure = Failure::new(code::FILE_TROUBLE, format!("`{shown}` is a directory, not a runbook"));
        return Err(failure.hint("name a file that ends in `.rhai`"));
    }
    let text = text(path, &shown, &facts)?;
    // A runbook may be a program of its own; the line is left empty, so that all others keep their numbers.
    let first = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    Ok(text[first..].to_owned())
}

/// The text of the module `name`, imported as `path`; refuses what is not below `folder`.
pub(super) fn module(folder: &Path, name: &str, path: &str) -> Result<String, Failure> {
    let file = folder.join(format!("{name}.rhai"));
    below(folder, &file, &format!("{name}.rhai"), path)
}

/// The text of the template `name`; refuses what is not below `folder`.
pub(super) fn template(folder: &Path, name: &str) -> Result<String, Failure> {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    if name.starts_with('/') || name.is_empty() || name.contains(odd) || name.split('/').any(|part| part == "..") {
        let failure = Failure::new(code::IMPORT_BAD, format!("`{name}` leads out of the runbook's folder"));
        return Err(failure.because("a runbook takes in only files below its own folder, by their plain names"));
    }
    below(folder, &folder.join(name), name, name)
}

/// The text of `file`; in what is said of it, it is called `shown`, and was asked for as `path`.
fn below(folder: &Path, file: &Path, shown: &str, path: &str) -> Result<String, Failure> {
    let facts = match fs::metadata(file) {
        Ok(facts) => facts,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let failure = Failure::new(code::FILE_MISSING, format!("there is no file `{shown}` beside the runbook"));
            return Err(meant(failure, file, path, "make the file, or correct the path"));
        }
        Err(error) => return Err(cannot(shown, &error)),
    };
    let inside = fs::canonicalize(file).map_err(|error| cannot(shown, &error))?;
    if !fs::canonicalize(folder).is_ok_and(|folder| inside.starts_with(folder)) {
        let failure =
            Failure::new(code::IMPORT_BAD, format!("`{shown}` is a link that leads out of the runbook's folder"));
        return Err(failure.hint("copy the file beside the runbook"));
    }
    if facts.is_dir() {
        return Err(Failure::new(code::FILE_TROUBLE, format!("`{shown}` is a directory, not a file")));
    }
    // A pipe would be waited for, and give another text each time.
    if !facts.is_file() {
        return Err(Failure::new(code::FILE_TROUBLE, format!("`{shown}` is not an ordinary file")));
    }
    text(&inside, shown, &facts)
}

fn cannot(shown: &str, error: &io::Error) -> Failure {
    Failure::new(code::FILE_TROUBLE, format!("`{shown}` cannot be read")).because(error)
}

fn text(path: &Path, shown: &str, facts: &Metadata) -> Result<String, Failure> {
    let trouble = |what: String| Failure::new(code::FILE_TROUBLE, what);
    let large = || {
        let limit = FILE_BYTES_MAX >> 20;
        trouble(format!("`{shown}` is larger than {limit} MiB")).hint("is this a runbook?")
    };
    if facts.len() > FILE_BYTES_MAX {
        return Err(large());
    }
    let file = File::open(path).map_err(|error| cannot(shown, &error))?;
    let mut bytes = Vec::new();
    // A file of no stated size, as a device, may have no end.
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| cannot(shown, &error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(large());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        trouble(format!("`{shown}` is not UTF-8 text: byte {at} on line {line} is 0x{byte:02x}"))
            .hint("save it as UTF-8")
    })?;
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() + 1;
        return Err(
            trouble(format!("`{shown}` is not text: byte {at} on line {line} is zero")).hint("is this a runbook?")
        );
    }
    // An editor of another system writes a mark before the text and ends its lines in two characters.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(trouble(format!("`{shown}` is empty")).hint("write one to start from with `runbook new FILE`"));
    }
    if text.lines().count() > LINES_MAX {
        return Err(trouble(format!("`{shown}` has more than {LINES_MAX} lines")).hint("is this a runbook?"));
    }
    Ok(text)
}

/// The failure with a hint of what was meant, where a file whose name is near stands where `file` does not; it was
/// asked for as `asked`, with or without the ending of `file`. Where there is none, the hint is `otherwise`.
fn meant(failure: Failure, file: &Path, asked: &str, otherwise: &str) -> Failure {
    let Some(near) = near(file) else { return failure.hint(otherwise) };
    let is_import = file.extension().is_some_and(|end| end == "rhai") && !asked.ends_with(".rhai");
    let near = if is_import { near.strip_suffix(".rhai").unwrap_or(&near) } else { &near };
    let folder = asked.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    failure.hint(format!("did you mean `{folder}{near}`?"))
}

/// The file beside `path` whose name is nearest.
fn near(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_owned);
    let names = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let with_ending = format!("{wanted}.rhai");
    let forgotten = names.iter().find(|name| **name == with_ending).map(String::as_str);
    forgotten.or_else(|| crate::options::nearest(&wanted, names.iter().map(String::as_str))).map(str::to_owned)
}
