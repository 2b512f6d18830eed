//! From the path of an import to the name of a file: relative to the file it stands in, never out of the runbook's
//! folder, and the same on every machine.

use runbook_model::{Failure, code};

/// The name under which the runbook knows the file that `path`, written in `importer`, means.
pub(super) fn resolve(importer: &str, path: &str, main: &str) -> Result<String, Failure> {
    if path.is_empty() {
        return Err(Failure::new(code::IMPORT_BAD, "the path of the import is empty"));
    }
    if path.starts_with('/') {
        let failure = Failure::new(code::IMPORT_BAD, format!("`{path}` is an absolute path"));
        return Err(failure.hint("write the path relative to this file, `import \"lib/name\" as name;`"));
    }
    if let Some(odd) = path.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))) {
        let failure = Failure::new(code::IMPORT_BAD, format!("`{path}` holds `{}`", odd.escape_debug()));
        return Err(failure.because("the path of an import holds only letters, digits, `_`, `-`, `.` and `/`"));
    }
    // The main file stands at the top, whatever path it was typed by.
    let folder = if importer == main { "" } else { importer.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let from = if path.starts_with("std/") { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() || parts.is_empty() && from.starts_with("std") => {
                let failure = Failure::new(code::IMPORT_BAD, format!("`{path}` leads out of the runbook's folder"))
                    .because("a runbook takes in only files below its own folder, so that it can carry them");
                return Err(failure.hint("copy the file beside the runbook"));
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    match name.strip_suffix(".rhai").unwrap_or(&name) {
        "" => Err(Failure::new(code::IMPORT_BAD, format!("`{path}` names a folder, not a file"))),
        name => Ok(name.to_owned()),
    }
}

/// The name of the main file without its folder and its ending.
pub(super) fn stem(main: &str) -> &str {
    let file = main.rsplit('/').next().unwrap_or(main);
    file.strip_suffix(".rhai").unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(importer: &str, path: &str) -> Result<String, String> {
        resolve(importer, path, "runbooks/a.rhai").map_err(|failure| failure.what)
    }

    #[test]
    fn a_path_is_relative_to_the_file_it_stands_in() {
        assert_eq!(name("runbooks/a.rhai", "lib/k8s").unwrap(), "lib/k8s");
        assert_eq!(name("runbooks/a.rhai", "./lib//k8s.rhai").unwrap(), "lib/k8s");
        assert_eq!(name("lib/k8s", "text").unwrap(), "lib/text");
        assert_eq!(name("lib/k8s", "../common").unwrap(), "common");
        assert_eq!(name("lib/k8s", "std/files").unwrap(), "std/files");
        assert_eq!(name("std/files", "services").unwrap(), "std/services");
    }

    #[test]
    fn a_path_never_leads_out_of_the_runbooks_folder() {
        let out = |path: &str| format!("`{path}` leads out of the runbook's folder");
        assert_eq!(name("runbooks/a.rhai", "../b"), Err(out("../b")));
        assert_eq!(name("lib/k8s", "../../b"), Err(out("../../b")));
        assert_eq!(name("std/files", "../b"), Err(out("../b")));
        assert_eq!(name("runbooks/a.rhai", "/etc/passwd"), Err("`/etc/passwd` is an absolute path".into()));
        assert_eq!(name("runbooks/a.rhai", "a\\b"), Err("`a\\b` holds `\\\\`".into()));
        assert_eq!(name("runbooks/a.rhai", ""), Err("the path of the import is empty".into()));
        assert_eq!(name("runbooks/a.rhai", "lib/.."), Err("`lib/..` names a folder, not a file".into()));
    }
}
