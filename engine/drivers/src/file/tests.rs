//! Real files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use runbook_model::{Failure, Value, code};
use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(at: &Path) -> Vec<String> {
    list(at).unwrap().into_iter().map(|entry| entry.name).collect()
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// Whether this process may do everything, and permissions cannot be tried.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn pipe(at: &Path) -> PathBuf {
    let path = at.join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    path
}

#[test]
fn what_is_written_is_read_and_nothing_else_is_left() {
    let at = folder();
    let path = at.path().join("a.txt");
    let written = write(&path, b"abc", None).unwrap();
    assert_eq!(written.size, 3);
    assert!(written.sha256.starts_with("ba7816bf"));
    assert_eq!(read(&path).unwrap(), "abc");
    assert_eq!(mode_of(&path), 0o644);
    assert_eq!(names(at.path()), ["a.txt"]);
}

#[test]
fn a_rewritten_file_keeps_its_mode_unless_one_is_given() {
    let at = folder();
    let path = at.path().join("a");
    write(&path, b"1", Some(0o600)).unwrap();
    write(&path, b"2", None).unwrap();
    assert_eq!(mode_of(&path), 0o600);
    write(&path, b"3", Some(0o755)).unwrap();
    assert_eq!((mode_of(&path), read(&path).unwrap().as_str()), (0o755, "3"));
}

#[test]
fn a_link_is_followed_and_stays() {
    let at = folder();
    let (link, chain, real) = (at.path().join("link"), at.path().join("chain"), at.path().join("real"));
    symlink("real", &link).unwrap();
    symlink(&link, &chain).unwrap();
    assert_eq!(before_write(&chain).unwrap(), (real.clone(), Before::Nothing));
    write(&chain, b"x", None).unwrap();
    assert!(link.is_symlink() && chain.is_symlink());
    assert_eq!(read(&real).unwrap(), "x");
    remove(&link).unwrap();
    assert!(real.exists() && !link.is_symlink());
}

#[test]
fn links_that_lead_in_a_circle_are_a_failure() {
    let at = folder();
    symlink("b", at.path().join("a")).unwrap();
    symlink("a", at.path().join("b")).unwrap();
    assert_eq!(write(&at.path().join("a"), b"x", None).unwrap_err().code, code::FILE_TROUBLE);
    assert_eq!(read(&at.path().join("a")).unwrap_err().code, code::FILE_TROUBLE);
}

#[test]
fn a_missing_file_and_a_missing_folder_say_so() {
    let at = folder();
    let path = at.path().join("no/file");
    let failure = read(&path).unwrap_err();
    assert_eq!(failure.what, format!("`{}` is not there", path.display()));
    assert_eq!(failure.code, code::FILE_MISSING);
    let failure = write(&path, b"x", None).unwrap_err();
    assert_eq!(failure.code, code::FILE_MISSING);
    assert_eq!(failure.hints, ["create it with `file::mkdir`"]);
    assert!(!exists(&path).unwrap());
}

#[test]
fn a_folder_or_a_pipe_is_never_taken_for_a_file() {
    let at = folder();
    let what = |failure: Failure| failure.what;
    assert_eq!(what(read(at.path()).unwrap_err()), format!("`{}` is a folder", at.path().display()));
    assert_eq!(what(write(at.path(), b"x", None).unwrap_err()), format!("`{}` is a folder", at.path().display()));
    assert!(what(write(Path::new("/"), b"x", None).unwrap_err()).ends_with("is a folder"));
    let pipe = pipe(at.path());
    assert!(what(read(&pipe).unwrap_err()).ends_with("is not an ordinary file"));
    assert!(what(write(&pipe, b"x", None).unwrap_err()).ends_with("is not an ordinary file"));
    assert!(what(read(Path::new("/dev/zero")).unwrap_err()).ends_with("is not an ordinary file"));
    assert_eq!(before_remove(&pipe).unwrap(), Before::Other);
    assert_eq!(names(at.path()), ["pipe"]);
}

#[test]
fn bytes_that_are_no_text_are_read_only_as_bytes() {
    let at = folder();
    let path = at.path().join("a");
    write(&path, b"ab\xff", None).unwrap();
    let failure = read(&path).unwrap_err();
    assert!(failure.what.ends_with("is not text: byte 2 is not UTF-8"));
    assert_eq!(read_bytes(&path).unwrap(), b"ab\xff");
}

#[test]
fn a_file_larger_than_a_value_is_refused_and_one_without_a_size_is_read() {
    let at = folder();
    let path = at.path().join("a");
    fs::File::create(&path).unwrap().set_len(READ_BYTES_MAX + 1).unwrap();
    assert_eq!(read_bytes(&path).unwrap_err().code, code::VALUE_LARGE);
    assert!(read(Path::new("/proc/self/status")).unwrap().contains("Pid:"));
}

#[test]
fn a_place_that_cannot_be_written_is_a_clear_failure_and_stays_as_it_was() {
    let at = folder();
    let sealed = at.path().join("sealed");
    fs::create_dir(&sealed).unwrap();
    fs::write(sealed.join("a"), "old").unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o555)).unwrap();
    if !is_root() {
        let failure = write(&sealed.join("a"), b"new", None).unwrap_err();
        assert_eq!(failure.code, code::FILE_TROUBLE);
        assert_eq!(failure.causes, ["Permission denied (os error 13)"]);
        assert!(!failure.may_have_acted);
    }
    // Nobody may write there, root included.
    let failure = write(Path::new("/proc/none"), b"x", None).unwrap_err();
    assert!([code::FILE_TROUBLE, code::FILE_MISSING].contains(&failure.code.as_str()));
    assert_eq!(read(&sealed.join("a")).unwrap(), "old");
}

#[test]
fn a_full_disk_is_a_failure_worth_another_try() {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let failure = Failure::from(Error::io(Path::new("/a"), "written")(source));
    assert_eq!((failure.code.as_str(), failure.what.as_str()), (code::FILE_TROUBLE, "`/a` cannot be written"));
    assert!(failure.retryable && !failure.may_have_acted);
    assert_eq!(failure.hints, ["make room, then try again"]);
}

#[test]
fn what_stood_there_is_known_before_it_is_changed() {
    let at = folder();
    let path = at.path().join("a");
    let text = path.display().to_string();
    let nothing = before_remove(&path).unwrap().to_value(&path);
    assert_eq!(nothing, Value::from([("path", text.as_str().into()), ("existed", false.into())]));
    write(&path, b"old", Some(0o600)).unwrap();
    let small = before_remove(&path).unwrap().to_value(&path);
    assert_eq!(small.get("content"), Some(&Value::Blob(b"old".to_vec())));
    assert_eq!((small.get("mode"), small.get("kind")), (Some(&"0600".into()), Some(&"file".into())));
    write(&path, &vec![0; 2 * 1024 * 1024], None).unwrap();
    let large = before_remove(&path).unwrap().to_value(&path);
    assert_eq!((large.get("content"), large.get("size")), (None, Some(&Value::Int(2 * 1024 * 1024))));
    assert_eq!(large.get("sha256").and_then(Value::as_text).map(str::len), Some(64));
    assert_eq!(before_remove(at.path()).unwrap(), Before::Folder { mode: mode_of(at.path()) });
}

#[tokio::test]
async fn a_copy_has_the_content_and_the_mode_of_its_source() {
    let at = folder();
    let (from, to) = (at.path().join("from"), at.path().join("to"));
    let content = vec![7; 1024 * 1024 + 1];
    write(&from, &content, Some(0o750)).unwrap();
    let copied = copy(&from, &to, None).await.unwrap();
    assert_eq!((read_bytes(&to).unwrap(), mode_of(&to)), (content, 0o750));
    assert_eq!(stat(&to, true).await.unwrap().sha256, Some(copied.sha256));
    copy(&from, &from, Some(0o700)).await.unwrap();
    assert_eq!(mode_of(&from), 0o700);
    assert_eq!(copy(at.path(), &to, None).await.unwrap_err().code, code::FILE_TROUBLE);
}

#[tokio::test]
async fn a_copy_dropped_on_the_way_has_done_nothing() {
    let at = folder();
    let (from, to) = (at.path().join("from"), at.path().join("to"));
    fs::File::create(&from).unwrap().set_len(8 * 1024 * 1024).unwrap();
    tokio::select! {
        biased;
        _ = copy(&from, &to, None) => panic!("it waits between two reads"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(names(at.path()), ["from"]);
}

#[tokio::test]
async fn what_is_known_of_a_file_needs_its_content_only_for_the_digest() {
    let at = folder();
    let path = at.path().join("a");
    write(&path, b"abc", Some(0o640)).unwrap();
    let known = stat(&path, false).await.unwrap();
    assert_eq!((known.kind, known.size, known.mode, known.sha256), (Kind::File, 3, 0o640, None));
    assert!(known.modified > 1_600_000_000_000);
    assert!(stat(&path, true).await.unwrap().sha256.unwrap().starts_with("ba7816bf"));
    assert_eq!(stat(at.path(), false).await.unwrap().kind, Kind::Folder);
    assert_eq!(stat(&at.path().join("b"), false).await.unwrap_err().code, code::FILE_MISSING);
}

#[test]
fn a_folder_is_listed_by_name_with_what_is_in_it() {
    let at = folder();
    fs::create_dir(at.path().join("b")).unwrap();
    fs::write(at.path().join("a"), "xyz").unwrap();
    symlink("nowhere", at.path().join("c")).unwrap();
    let listed = list(at.path()).unwrap();
    let kinds: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
    assert_eq!(kinds, [("a", Kind::File), ("b", Kind::Folder), ("c", Kind::Link)]);
    assert_eq!(listed[0].size, 3);
    assert!(list(&at.path().join("a")).unwrap_err().what.ends_with("is not a folder"));
    assert_eq!(list(&at.path().join("z")).unwrap_err().code, code::FILE_MISSING);
}

#[test]
fn a_folder_is_made_with_those_above_it_and_making_it_again_is_fine() {
    let at = folder();
    let path = at.path().join("a/b/c");
    mkdir(&path, None).unwrap();
    mkdir(&path, None).unwrap();
    mkdir(&path, Some(0o700)).unwrap();
    assert_eq!(mode_of(&path), 0o700);
    fs::write(at.path().join("file"), "").unwrap();
    assert!(mkdir(&at.path().join("file"), None).unwrap_err().what.ends_with("is not a folder"));
    assert!(mkdir(&at.path().join("file/below"), None).unwrap_err().what.ends_with("is not a folder"));
}

#[test]
fn what_is_not_there_counts_as_removed_and_a_full_folder_is_kept() {
    let at = folder();
    let path = at.path().join("a/b");
    mkdir(&path, None).unwrap();
    remove(&at.path().join("none/at/all")).unwrap();
    let failure = remove(&at.path().join("a")).unwrap_err();
    assert!(failure.what.ends_with("is a folder with something in it"));
    remove(&path).unwrap();
    remove(&path).unwrap();
    remove(&at.path().join("a")).unwrap();
    assert!(names(at.path()).is_empty());
}

#[test]
fn a_path_that_no_system_knows_is_a_failure() {
    assert_eq!(read(Path::new("a\0b")).unwrap_err().code, code::FILE_TROUBLE);
    assert_eq!(write(Path::new("/tmp/a\0b"), b"", None).unwrap_err().code, code::FILE_TROUBLE);
    let long = PathBuf::from(format!("/tmp/{}", "x".repeat(5000)));
    assert_eq!(write(&long, b"", None).unwrap_err().code, code::FILE_TROUBLE);
    assert_eq!(read(&long).unwrap_err().code, code::FILE_TROUBLE);
}
