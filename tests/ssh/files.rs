//! Files of a machine: whole or not at all, and put back only where they are still ours.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use runbook_drivers::file::Kind;
use runbook_drivers::ssh::files::Attributes;
use runbook_model::{Value, code};

use super::sshd::{Sshd, Wire};
use super::{block_on, users};

const USERS: [&str; 3] = ["root", "admin", "busy"];

fn mode(bits: u32) -> Attributes {
    Attributes { mode: Some(bits), owner: None }
}

/// A folder of the machine that can be seen from here too.
fn folder(sshd: &Sshd, name: &str) -> (PathBuf, String) {
    let folder = sshd.folder().join(name);
    fs::create_dir_all(&folder).unwrap();
    let text = folder.display().to_string();
    (folder, text)
}

#[test]
fn a_file_is_written_and_read_whatever_is_in_it_and_on_every_kind_of_machine() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "a b'c");
    let all: Vec<u8> = (0..=255).collect();
    let users: Vec<&str> = users::here(USERS).collect();
    for user in &users {
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            for content in [b"".to_vec(), b"text\n".to_vec(), all.clone(), all.repeat(4000)] {
                let path = format!("{there}/{user}.{}", content.len());
                let written = remote.write(&path, &content, &Attributes::default()).await.unwrap();
                assert_eq!((written.size, written.changed), (content.len() as u64, true), "{user}");
                assert_eq!(remote.read_bytes(&path).await.unwrap(), content, "{user}");
                assert!(!remote.write(&path, &content, &Attributes::default()).await.unwrap().changed);
                let stat = remote.stat(&path, true).await.unwrap();
                assert_eq!((stat.kind, stat.size, stat.mode), (Kind::File, content.len() as u64, 0o644));
                assert_eq!((stat.owner.as_str(), stat.sha256), ("root", Some(written.sha256)));
            }
        });
    }
    assert_eq!(fs::read_dir(here).unwrap().count(), 4 * users.len(), "nothing is left beside what was written");
}

#[test]
fn what_belongs_to_a_file_stays_when_its_content_changes() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    fs::write(here.join("a"), "old").unwrap();
    fs::set_permissions(here.join("a"), fs::Permissions::from_mode(0o400)).unwrap();
    std::os::unix::fs::chown(here.join("a"), Some(6001), Some(6001)).unwrap();
    std::os::unix::fs::symlink("a", here.join("link")).unwrap();
    block_on(async {
        let root = sshd.root();
        root.write(&format!("{there}/link"), b"new", &Attributes::default()).await.unwrap();
        let meta = here.join("a").metadata().unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid(), meta.gid()), (0o400, 6001, 6001));
        assert_eq!(fs::read_to_string(here.join("a")).unwrap(), "new");
        assert!(here.join("link").symlink_metadata().unwrap().is_symlink());
        let owner = Attributes { mode: Some(0o640), owner: Some("admin:plain".into()) };
        root.write(&format!("{there}/a"), b"new", &owner).await.unwrap();
        let meta = here.join("a").metadata().unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid(), meta.gid()), (0o640, 6002, 6001));
    });
}

#[test]
fn what_is_in_the_way_is_told_and_nothing_is_changed() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    fs::create_dir_all(here.join("full/x")).unwrap();
    fs::write(here.join("a"), "old").unwrap();
    fs::set_permissions(&here, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(here.join("full"), fs::Permissions::from_mode(0o700)).unwrap();
    let plain = Attributes::default();
    for user in users::here(["root", "busy"]) {
        block_on(async {
            let root = sshd.machines().machine(&sshd.machine(0, user));
            let at = |name: &str| format!("{there}/{name}");
            let failure = root.read(&at("none")).await.unwrap_err();
            assert_eq!(
                (failure.code.as_str(), failure.what),
                (code::SSH_MISSING, format!("`{there}/none` of `m0` is not there"))
            );
            assert_eq!(root.write(&at("no/a"), b"", &plain).await.unwrap_err().code, code::SSH_MISSING);
            assert_eq!(root.write(&at("full"), b"", &plain).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.write("/dev/null", b"", &plain).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.read(&at("full")).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.remove(&at("full")).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.list(&at("a"), false).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.rename(&at("a"), &at("full")).await.unwrap_err().code, code::SSH_FILE);
            assert_eq!(root.rename(&at("none"), &at("b")).await.unwrap_err().code, code::SSH_MISSING);
            assert_eq!(root.read("relative").await.unwrap_err().code, code::VALUE_BAD);
            assert!(!root.exists(&at("none")).await.unwrap() && root.exists(&at("a")).await.unwrap());
        });
    }
    block_on(async {
        let plain_user = sshd.machines().machine(&sshd.machine(0, "plain"));
        let failure = plain_user.write(&format!("{there}/a"), b"mine", &plain).await.unwrap_err();
        assert_eq!(failure.code, code::SSH_FILE);
        assert!(failure.causes[0].contains("ermission denied"), "{failure:?}");
        let failure = plain_user.exists(&format!("{there}/full/x")).await.unwrap_err();
        assert_eq!(failure.code, code::SSH_FILE);
    });
    assert_eq!(fs::read_to_string(here.join("a")).unwrap(), "old");
}

#[test]
fn a_folder_is_listed_with_digests_on_demand() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    fs::create_dir(here.join("sub")).unwrap();
    fs::write(here.join(".hidden"), "").unwrap();
    fs::write(here.join("a|b \\ c"), "abc").unwrap();
    std::os::unix::fs::symlink("nowhere", here.join("link")).unwrap();
    for user in users::here(USERS) {
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            let entries = remote.list(&there, true).await.unwrap();
            let seen: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.stat.kind)).collect();
            let all = [(".hidden", Kind::File), ("a|b \\ c", Kind::File), ("link", Kind::Link), ("sub", Kind::Folder)];
            assert_eq!(seen, all, "{user}");
            let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            assert_eq!(entries[1].stat.sha256.as_deref(), Some(abc), "{user}");
            assert!(remote.list(&format!("{there}/sub"), true).await.unwrap().is_empty());
        });
    }
}

#[test]
fn whatever_was_there_is_put_back_and_what_someone_else_changed_is_not() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    for user in users::here(USERS) {
        fs::write(here.join("a"), b"old\xff").unwrap();
        fs::set_permissions(here.join("a"), fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(here.join("a"), Some(6001), Some(6001)).unwrap();
        block_on(async {
            let root = sshd.machines().machine(&sshd.machine(0, user));
            let (a, b) = (format!("{there}/a"), format!("{there}/b"));
            let before = root.before_write(&a).await.unwrap();
            assert_eq!(before.get("content"), Some(&Value::Blob(b"old\xff".to_vec())));
            let nothing = root.before_write(&b).await.unwrap();
            assert_eq!(nothing.get("existed"), Some(&Value::Bool(false)));
            let other = Attributes { mode: Some(0o644), owner: Some("root:root".into()) };
            let written = root.write(&a, b"new", &other).await.unwrap().to_value();
            let made = root.write(&b, b"new", &mode(0o640)).await.unwrap().to_value();
            // Someone else comes by.
            fs::write(here.join("a"), "theirs").unwrap();
            assert_eq!(root.put_back(&before, Some(&written)).await.unwrap_err().code, code::SSH_TRAMPLED);
            assert_eq!(fs::read_to_string(here.join("a")).unwrap(), "theirs");
            fs::write(here.join("a"), "new").unwrap();
            root.put_back(&before, Some(&written)).await.unwrap();
            // As it was already, whoever has put it back.
            root.put_back(&before, Some(&written)).await.unwrap();
            root.put_back(&nothing, Some(&made)).await.unwrap();
            let meta = here.join("a").metadata().unwrap();
            assert_eq!(
                (fs::read(here.join("a")).unwrap(), meta.mode() & 0o777, meta.uid()),
                (b"old\xff".to_vec(), 0o600, 6001)
            );
            assert!(!here.join("b").exists());
        });
    }
}

#[test]
fn links_and_folders_are_moved_removed_and_put_back_as_what_they_are() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    std::os::unix::fs::symlink("else where", here.join("link")).unwrap();
    block_on(async {
        let root = sshd.root();
        let at = |name: &str| format!("{there}/{name}");
        root.mkdir(&at("x/y"), Some(0o750)).await.unwrap();
        root.mkdir(&at("x/y"), None).await.unwrap();
        assert_eq!(here.join("x/y").metadata().unwrap().mode() & 0o777, 0o750);
        let (folder, link) =
            (root.before_remove(&at("x/y")).await.unwrap(), root.before_remove(&at("link")).await.unwrap());
        root.remove(&at("x/y")).await.unwrap();
        root.remove(&at("x/y")).await.unwrap();
        root.remove(&at("link")).await.unwrap();
        root.put_back(&folder, None).await.unwrap();
        root.put_back(&link, None).await.unwrap();
        assert_eq!(here.join("x/y").metadata().unwrap().mode() & 0o777, 0o750);
        assert_eq!(fs::read_link(here.join("link")).unwrap().to_str(), Some("else where"));
        root.rename(&at("link"), &at("x/moved")).await.unwrap();
        assert!(here.join("x/moved").symlink_metadata().unwrap().is_symlink());
    });
}

#[test]
fn a_file_of_any_size_goes_up_and_comes_down_once() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(here.join("from"), &bytes).unwrap();
    for user in users::here(["admin", "busy", "loud"]) {
        fs::set_permissions(&here, fs::Permissions::from_mode(0o777)).unwrap();
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            let path = format!("{there}/{user}");
            let heard = Cell::new(0);
            let up = remote.upload(&here.join("from"), &path, &mode(0o640), |sent| heard.set(sent)).await.unwrap();
            assert_eq!((up.changed, up.size, heard.get()), (true, 5_000_000, 5_000_000));
            assert!(fs::read(here.join(user)).unwrap() == bytes);
            assert_eq!(here.join(user).metadata().unwrap().mode() & 0o777, 0o640);
            heard.set(0);
            let up =
                remote.upload(&here.join("from"), &path, &Attributes::default(), |sent| heard.set(sent)).await.unwrap();
            assert_eq!((up.changed, heard.get()), (false, 0));
            let to = here.join(format!("{user}.down"));
            assert!(remote.download(&path, &to, |_| {}).await.unwrap().changed);
            assert!(fs::read(&to).unwrap() == bytes);
            assert!(!remote.download(&path, &to, |_| {}).await.unwrap().changed);
            let missing = remote.download(&format!("{there}/none"), &to, |_| {}).await.unwrap_err();
            assert_eq!(missing.code, code::SSH_MISSING);
        });
    }
}

#[test]
fn an_upload_that_is_cut_in_the_middle_changes_nothing() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let (here, there) = folder(&sshd, "files");
    fs::write(here.join("from"), vec![7; 50_000_000]).unwrap();
    fs::write(here.join("to"), "old").unwrap();
    let failure = block_on(async {
        let slow = sshd.slow(std::time::Duration::from_millis(30));
        let remote = sshd.machines().machine(&slow);
        let harm = Cell::new(Some(&mut sshd));
        let cut = |sent| {
            if sent > 10_000_000
                && let Some(sshd) = harm.take()
            {
                sshd.stop_server(true);
            }
        };
        let (from, to) = (here.join("from"), format!("{there}/to"));
        remote.upload(&from, &to, &Attributes::default(), cut).await.unwrap_err()
    });
    assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_LOST, true));
    assert_eq!(fs::read_to_string(here.join("to")).unwrap(), "old");
}
