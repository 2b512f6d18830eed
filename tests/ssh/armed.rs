//! Machines that put their files back unless they are told not to.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use runbook_drivers::ssh::Remote;
use runbook_drivers::ssh::armed::{Guard, Note, Plan, State};
use runbook_model::{Value, code};

use super::sshd::{Sshd, Wire, until};
use super::{block_on, users};

const LONG: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder on the machine with files of every kind, and a plan for it.
fn place(sshd: &Sshd, name: &str) -> (PathBuf, Plan) {
    let folder = sshd.folder().join(name);
    let at = folder.display();
    sshd.on_machine(&format!(
        "mkdir -p {at}/net.d/deep && cd {at}/net.d && echo old >a.conf && chmod 640 a.conf && echo 'old b' >'b | c.conf' \
         && ln -s a.conf link && echo same >deep/same && chmod 750 deep && echo one >../one && chown -R 6001:6001 {at}"
    ));
    let files = vec![format!("{at}/net.d/**"), format!("{at}/one"), format!("{at}/new*"), format!("{at}/absent")];
    (folder, Plan { files, units: Vec::new(), within: LONG })
}

/// Changes everything there is.
fn spoil(sshd: &Sshd, folder: &std::path::Path) {
    sshd.on_machine(&format!(
        "cd {}/net.d && echo new >a.conf && chmod 600 a.conf && rm 'b | c.conf' link && ln -s deep link \
         && mkdir -p more && echo x >more/x && rm -rf ../one && mkdir ../one && echo y >../new-1 && echo z >../absent \
         && chmod 700 deep && echo keep >../kept",
        folder.display()
    ));
}

/// All there is, with modes, owners, links and contents; without times.
fn all(sshd: &Sshd, folder: &std::path::Path) -> String {
    sshd.on_machine(&format!(
        "cd {} && find . | sort | while read -r f; do stat -c '%n %a %u:%g %F' \"$f\"; \
         if [ -L \"$f\" ]; then readlink \"$f\"; elif [ -f \"$f\" ]; then cat \"$f\"; fi; done",
        folder.display()
    ))
}

fn fired(state: State) -> Note {
    let State::Fired(note) = state else { panic!("not fired: {state:?}") };
    note
}

/// Waits until the machine by itself has fired.
async fn until_fired(remote: &Remote, token: &str) -> Note {
    for _ in 0..600 {
        if let Ok(State::Fired(note)) = remote.look_armed(token).await {
            return note;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not fire: {:?}", remote.look_armed(token).await)
}

#[test]
fn what_is_not_confirmed_is_put_back_on_every_kind_of_machine() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    for user in users::here(["root", "busy", "admin", "plain"]) {
        let (folder, plan) = place(&sshd, user);
        let before = all(&sshd, &folder);
        block_on(async {
            let remote = sshd.machines().machine(&sshd.machine(0, user));
            assert_eq!(remote.look_armed(user).await.unwrap(), State::Nothing, "{user}");
            let plan = Plan { within: Duration::from_secs(2), ..plan };
            let State::Armed { guard, files, .. } = remote.arm(user, &plan).await.unwrap() else { panic!("{user}") };
            // The two ordinary files, the link with what is behind it, what is deep, and the one beside.
            assert_eq!((guard, files), (Guard::Shell, 6), "{user}");
            if user == "plain" {
                sshd.on_machine(&format!("cd {} && echo new >one && echo y >new-1", folder.display()));
            } else {
                spoil(&sshd, &folder);
            }
            let note = until_fired(&remote, user).await;
            assert_eq!(note.trouble, Vec::<String>::new(), "{user}");
            assert!(note.at > 1_700_000_000 && note.ended >= note.at, "{user}: {note:?}");
            assert!(note.removed.iter().any(|path| path.ends_with("/new-1")), "{user}: {note:?}");
            assert!(note.restored.iter().all(|path| !path.ends_with("/same")), "{user}: {note:?}");
            assert!(remote.confirm(user).await.is_err(), "{user}");
        });
        sshd.on_machine(&format!("rm -f {}/kept", folder.display()));
        assert_eq!(all(&sshd, &folder), before, "{user}");
    }
}

#[test]
fn what_is_confirmed_stays_and_the_watch_ends() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async {
        let root = sshd.root();
        root.arm("t", &plan).await.unwrap();
        spoil(&sshd, &folder);
        let changed = all(&sshd, &folder);
        root.confirm("t").await.unwrap();
        root.confirm("t").await.unwrap();
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Confirmed { at: 1_700_000_000.. }));
        tokio::task::block_in_place(|| {
            until("the end of the watch", || sshd.on_machine("pgrep -f guard[.]sh || echo none") == "none\n");
        });
        assert!(matches!(root.fire("t", PATIENCE).await.unwrap(), State::Confirmed { .. }), "too late to fire");
        assert_eq!(all(&sshd, &folder), changed);
        root.forget_armed(&["t".into(), "never".into()]).await.unwrap();
        assert_eq!(root.look_armed("t").await.unwrap(), State::Nothing);
        let failure = root.confirm("t").await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_ARMED, false));
        assert_eq!(failure.what, "nothing is armed on `m0` under this name");
    });
}

#[test]
fn it_fires_at_once_when_told_to_and_a_late_confirmation_hears_of_it() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    let before = all(&sshd, &folder);
    block_on(async {
        let root = sshd.root();
        root.arm("t", &plan).await.unwrap();
        spoil(&sshd, &folder);
        root.forget_armed(&["t".into()]).await.unwrap();
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Armed { .. }), "what is armed is not forgotten");
        let note = fired(root.fire("t", PATIENCE).await.unwrap());
        sshd.on_machine(&format!("rm {}/kept", folder.display()));
        assert_eq!(all(&sshd, &folder), before);
        let failure = root.confirm("t").await.unwrap_err();
        assert_eq!(failure.what, "`m0` has put its files back already");
        assert_eq!(failure.data.unwrap().get("at"), Some(&Value::Int(note.at)));
        assert_eq!(fired(root.fire("t", PATIENCE).await.unwrap()), note, "it fires once");
        assert_eq!(root.fire("never", PATIENCE).await.unwrap_err().code, code::SSH_ARMED);
    });
}

#[test]
fn arming_twice_is_arming_once_with_the_files_of_the_first_time() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    let before = all(&sshd, &folder);
    block_on(async {
        let mut arming = tokio::task::JoinSet::new();
        for _ in 0..6 {
            // Engines of their own.
            let (root, plan) = (sshd.root(), plan.clone());
            arming.spawn(async move { root.arm("t", &plan).await.unwrap() });
        }
        for state in arming.join_all().await {
            assert!(matches!(state, State::Armed { files: 6, .. }), "{state:?}");
        }
        spoil(&sshd, &folder);
        let root = sshd.root();
        root.arm("t", &Plan { within: Duration::from_secs(1), ..plan }).await.unwrap();
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Armed { left: 500.., .. }));
        fired(root.fire("t", PATIENCE).await.unwrap());
        sshd.on_machine(&format!("rm {}/kept", folder.display()));
        assert_eq!(all(&sshd, &folder), before);
    });
}

#[test]
fn a_confirmation_and_a_deadline_that_meet_give_one_verdict_that_everybody_hears() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async {
        let (one, other) = (sshd.root(), sshd.root());
        for round in 0..8 {
            let token = format!("t{round}");
            sshd.on_machine(&format!("echo old >{}/one", folder.display()));
            one.arm(&token, &plan).await.unwrap();
            sshd.on_machine(&format!("echo new >{}/one", folder.display()));
            // The watch sees the order within a second; some confirmations come before that and some after.
            let confirm = async {
                tokio::time::sleep(Duration::from_millis(round * 120)).await;
                other.confirm(&token).await
            };
            let (fired, confirmed) = tokio::join!(one.fire(&token, PATIENCE), confirm);
            let now = sshd.on_machine(&format!("cat {}/one", folder.display()));
            match (fired.unwrap(), confirmed) {
                (State::Confirmed { .. }, Ok(())) => {
                    assert_eq!(now, "new\n", "{token}");
                }
                (State::Fired(_), Err(failure)) => {
                    assert_eq!(failure.code, code::SSH_ARMED, "{failure:?}");
                    assert_eq!(now, "old\n", "{token}");
                }
                both => panic!("{token}: {both:?}"),
            }
        }
    });
}

#[test]
fn of_two_who_decide_at_the_same_instant_one_wins() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async { sshd.root().arm("t", &plan).await.unwrap() });
    // Many copies of what is armed; each is told to fire and to be kept at once, by processes of the machine itself.
    let told = sshd.on_machine(&format!(
        "pkill -f 'guard[.]sh .* watch$'; cd /var/lib/runbook/armed; for n in $(seq 40); do cp -a t t$n; : >t$n/now; done; \
         for n in $(seq 40); do rm -f {0}/one; echo new >{0}/one; \
         sh t$n/guard.sh $PWD/t$n & (sh t$n/guard.sh $PWD/t$n confirm 2>/dev/null && echo yes || echo no) >t$n/heard & wait; \
         echo $(cut -d ' ' -f 1 t$n/verdict) $(cat t$n/heard) $(cat {0}/one); done",
        folder.display()
    ));
    assert_eq!(told.lines().count(), 40);
    for line in told.lines() {
        assert!(["fired no one", "confirmed yes new"].contains(&line), "{line}");
    }
}

#[test]
fn it_fires_while_the_machine_cannot_be_reached() {
    let Some(sshd) = Sshd::start(Wire::Cable) else { return };
    let (folder, plan) = place(&sshd, "p");
    let before = all(&sshd, &folder);
    block_on(async {
        let root = sshd.root();
        root.arm("t", &Plan { within: Duration::from_secs(2), ..plan }).await.unwrap();
        spoil(&sshd, &folder);
        sshd.cut();
        tokio::task::block_in_place(|| {
            until("the note", || {
                sshd.on_machine("cat /var/lib/runbook/armed/t/note 2>/dev/null || :").contains("ended")
            });
        });
        sshd.on_machine(&format!("rm {}/kept", folder.display()));
        assert_eq!(all(&sshd, &folder), before);
        sshd.mend();
        until_fired(&root, "t").await;
    });
}

#[test]
fn a_confirmation_needs_a_connection_of_its_own() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let (_, plan) = place(&sshd, "p");
    block_on(async {
        let root = sshd.root();
        root.arm("t", &plan).await.unwrap();
        // The shell that is there goes on; only nobody new is let in.
        sshd.stop_server(false);
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Armed { .. }));
        let failure = root.confirm("t").await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_UNREACHABLE, false));
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Armed { .. }));
        sshd.start_server();
        root.confirm("t").await.unwrap();
    });
}

#[test]
fn without_systemd_a_reboot_ends_the_watch_and_the_machine_says_so() {
    let Some(mut sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    let before = all(&sshd, &folder);
    block_on(async {
        let root = sshd.root();
        root.arm("t", &plan).await.unwrap();
        spoil(&sshd, &folder);
        tokio::task::block_in_place(|| {
            sshd.power_off();
            sshd.new_boot_id();
            sshd.power_on();
        });
        let State::Unguarded { why, begun: false } = root.look_armed("t").await.unwrap() else { panic!("guarded") };
        assert_eq!(why, "the machine was booted since, and without systemd that ends the watch");
        // What it kept is still there: it can be put back, or confirmed, by who asks.
        let note = fired(root.fire("t", PATIENCE).await.unwrap());
        assert_eq!(note.trouble, Vec::<String>::new());
        sshd.on_machine(&format!("rm {}/kept", folder.display()));
        assert_eq!(all(&sshd, &folder), before);
    });
}

#[test]
fn a_watch_that_was_asleep_at_its_deadline_fires_late() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async {
        let root = sshd.root();
        // Long enough for whoever puts it to sleep, on a machine that has much else to do.
        root.arm("t", &Plan { within: Duration::from_secs(10), ..plan }).await.unwrap();
        tokio::task::block_in_place(|| {
            until("the watch", || sshd.on_machine("pkill -STOP -f guard[.]sh && echo yes || :") == "yes\n");
        });
        sshd.on_machine(&format!("echo new >{}/one", folder.display()));
        while let State::Armed { left: 0.., .. } = root.look_armed("t").await.unwrap() {}
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Armed { left: ..0, .. }));
        sshd.on_machine("pkill -CONT -f guard[.]sh");
        until_fired(&root, "t").await;
    });
    assert_eq!(fs::read_to_string(folder.join("one")).unwrap(), "one\n");
}

#[test]
fn one_that_was_cut_off_in_the_middle_goes_on_where_it_is_told_to() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async {
        let root = sshd.root();
        root.arm("t", &plan).await.unwrap();
        sshd.on_machine(&format!("echo new >{}/one", folder.display()));
        // As a machine looks on which everything was killed just after the verdict.
        sshd.on_machine("pkill -KILL -f guard[.]sh; echo fired 1700000000 >/var/lib/runbook/armed/t/verdict");
        assert!(matches!(root.look_armed("t").await.unwrap(), State::Unguarded { begun: true, .. }));
        assert!(root.confirm("t").await.unwrap_err().what.contains("cut off while it put its files back"));
        assert_eq!(fired(root.fire("t", PATIENCE).await.unwrap()).at, 1_700_000_000);
    });
    assert_eq!(fs::read_to_string(folder.join("one")).unwrap(), "one\n");
}

#[test]
fn what_cannot_be_kept_or_restarted_is_refused_and_nothing_is_armed() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    block_on(async {
        let root = sshd.root();
        let refused = async |plan: Plan| {
            let failure = root.arm("t", &plan).await.unwrap_err();
            assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::SSH_ARMED, false));
            assert_eq!(root.look_armed("t").await.unwrap(), State::Nothing);
            failure.what
        };
        let what = refused(Plan { units: vec!["kubelet".into()], ..plan.clone() }).await;
        assert_eq!(what, "`m0` cannot be armed: without systemd it cannot restart `kubelet`");
        sshd.on_machine(&format!("touch \"$(printf '{}/net.d/odd\\nname')\"", folder.display()));
        let what = refused(plan.clone()).await;
        assert_eq!(what, "`m0` cannot be armed: a name has the end of a line in it");
        sshd.on_machine(&format!("rm {0}/net.d/odd*; truncate -s 300M {0}/net.d/big", folder.display()));
        assert!(refused(plan.clone()).await.contains("too much to keep"));
        sshd.on_machine(&format!("rm {}/net.d/big", folder.display()));
        let plain = sshd.machines().machine(&sshd.machine(0, "plain"));
        sshd.on_machine(&format!("chown root {0}/one; chmod 600 {0}/one", folder.display()));
        let failure = plain.arm("t", &plan).await.unwrap_err();
        assert!(failure.causes[0].contains("ermission denied"), "{:?}", failure.causes);
    });
}

#[test]
fn services_are_restarted_after_their_files_are_back() {
    let Some(sshd) = Sshd::start(Wire::Loopback) else { return };
    let (folder, plan) = place(&sshd, "p");
    let seen = folder.join("seen");
    let own = sshd.folder().join("own/rc-service");
    fs::write(
        &own,
        format!("#!/bin/sh\necho \"$1 $2 $(cat {}/one)\" >>{}\n[ $1 != bad ]\n", folder.display(), seen.display()),
    )
    .unwrap();
    sshd.on_machine(&format!("chmod 755 {}", own.display()));
    block_on(async {
        let root = sshd.root();
        let plan = Plan { units: vec!["good".into(), "bad".into()], ..plan };
        root.arm("t", &plan).await.unwrap();
        sshd.on_machine(&format!("echo new >{}/one", folder.display()));
        let note = fired(root.fire("t", PATIENCE).await.unwrap());
        assert_eq!(note.restarted, ["good"]);
        assert!(note.trouble[0].starts_with("bad: "), "{note:?}");
    });
    assert_eq!(fs::read_to_string(seen).unwrap(), "good restart one\nbad restart one\n");
}
