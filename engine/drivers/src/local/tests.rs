//! Real commands of this machine.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use runbook_model::{Value, code};

use super::*;

fn shell(text: &str) -> Command {
    Command::new(Program::Shell(text.to_owned()))
}

fn words(words: &[&str]) -> Command {
    Command::new(Program::Words(words.iter().map(|word| (*word).to_owned()).collect()))
}

async fn quiet(command: &Command) -> Result<Finished, Failure> {
    run(command, |_, _| {}).await
}

/// Waits until `path` has a line, as a command writes it there.
async fn line_in(path: &Path) -> String {
    loop {
        if let Some(line) = std::fs::read_to_string(path).ok().filter(|text| text.ends_with('\n')) {
            return line.trim().to_owned();
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until the process is gone, or only waits to be collected by its parent.
async fn gone(pid: &str) {
    let alive = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    };
    while alive(pid) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_command_gives_its_status_and_what_it_printed_on_each_channel() {
    let done = quiet(&shell("echo out; echo err >&2")).await.unwrap();
    assert_eq!(done, Finished { status: 0, stdout: "out\n".into(), stderr: "err\n".into() });
}

#[tokio::test]
async fn a_list_of_words_meets_no_shell() {
    let done = quiet(&words(&["printf", "%s|", "$HOME", "a b", "`id`;"])).await.unwrap();
    assert_eq!(done.stdout, "$HOME|a b|`id`;|");
}

#[tokio::test]
async fn the_folder_the_environment_and_the_input_are_those_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell("pwd -P; echo \"$GREETING\"; cat");
    command.cwd = Some(folder.path().to_owned());
    command.env = vec![("GREETING".into(), "hello".into())];
    command.stdin = Some("from stdin".into());
    let done = quiet(&command).await.unwrap();
    let at = folder.path().canonicalize().unwrap();
    assert_eq!(done.stdout, format!("{}\nhello\nfrom stdin", at.display()));
}

#[tokio::test]
async fn without_input_a_command_reads_nothing() {
    assert_eq!(quiet(&shell("cat; echo over")).await.unwrap().stdout, "over\n");
}

#[tokio::test]
async fn input_larger_than_a_pipe_goes_in_while_output_comes_out() {
    let mut command = shell("cat");
    command.stdin = Some("0123456789abcde\n".repeat(64 * 1024));
    let done = quiet(&command).await.unwrap();
    assert_eq!(Some(done.stdout), command.stdin);
}

#[tokio::test]
async fn a_command_that_wants_no_input_is_none_the_worse() {
    let mut command = shell("exec 0<&-; true");
    command.stdin = Some("x".repeat(1024 * 1024));
    assert_eq!(quiet(&command).await.unwrap().status, 0);
}

#[tokio::test]
async fn lines_are_heard_as_they_come_with_their_channel() {
    let heard = RefCell::new(Vec::new());
    let hear = |line: &str, error: bool| heard.borrow_mut().push((line.to_owned(), error));
    run(&shell("echo one; printf two; echo three >&2"), hear).await.unwrap();
    let mut heard = heard.into_inner();
    heard.sort();
    assert_eq!(heard, [("one".into(), false), ("three".into(), true), ("two".into(), false)]);
}

#[tokio::test]
async fn a_line_is_heard_before_the_command_ends() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    // The command waits for what only hearing its line brings about.
    let mut command = shell("echo ready; until [ -e go ]; do :; done; echo went");
    command.cwd = Some(folder.path().to_owned());
    let done = run(&command, |line, _| {
        if line == "ready" {
            std::fs::write(&go, "").unwrap();
        }
    });
    assert_eq!(done.await.unwrap().stdout, "ready\nwent\n");
}

#[tokio::test]
async fn an_exit_with_an_error_carries_what_the_command_said() {
    let failure = quiet(&shell("echo half; echo 'no such pool' >&2; echo >&2; exit 3")).await.unwrap_err();
    assert_eq!(failure.code, code::LOCAL_EXIT);
    assert_eq!(failure.what, "`echo half; echo 'no such pool' >&2; echo >&2; exit 3` ended with status 3");
    assert_eq!(failure.causes, ["no such pool"]);
    assert!(failure.retryable && !failure.may_have_acted);
    let data = failure.data.unwrap();
    assert_eq!(data.get("status"), Some(&Value::Int(3)));
    assert_eq!(data.get("stdout"), Some(&Value::from("half\n")));
}

#[tokio::test]
async fn the_accepted_statuses_are_those_given() {
    let mut command = shell("exit 1");
    command.ok = vec![0, 1];
    assert_eq!(quiet(&command).await.unwrap().status, 1);
    let mut command = shell("true");
    command.ok = vec![1];
    assert_eq!(quiet(&command).await.unwrap_err().code, code::LOCAL_EXIT);
}

#[tokio::test]
async fn a_program_that_is_not_there_did_nothing() {
    let failure = quiet(&words(&["no-such-program-anywhere"])).await.unwrap_err();
    assert_eq!(failure.code, code::LOCAL_MISSING);
    assert!(!failure.may_have_acted && !failure.retryable);
    let failure = quiet(&shell("no-such-program-anywhere")).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), (code::LOCAL_EXIT, false));
}

#[tokio::test]
async fn what_cannot_be_a_command_is_refused_before_anything_runs() {
    let code_of = async |command: Command| quiet(&command).await.unwrap_err().code;
    assert_eq!(code_of(shell(" \n")).await, code::VALUE_BAD);
    assert_eq!(code_of(words(&[])).await, code::VALUE_BAD);
    assert_eq!(code_of(words(&["tr\0ue"])).await, code::LOCAL_MISSING);
    let mut command = shell("true");
    command.env = vec![("A=B".into(), "c".into())];
    assert_eq!(code_of(command).await, code::VALUE_BAD);
    let mut command = shell("true");
    command.cwd = Some("/no/such/folder".into());
    assert_eq!(code_of(command).await, code::LOCAL_MISSING);
}

#[tokio::test]
async fn a_command_ended_by_a_signal_may_have_acted() {
    let failure = quiet(&shell("kill -9 $$")).await.unwrap_err();
    assert_eq!(failure.code, code::LOCAL_SIGNAL);
    assert_eq!(failure.what, "`kill -9 $$` was ended by signal 9, SIGKILL");
    assert!(failure.may_have_acted);
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended_and_may_have_acted() {
    let mut command = shell("sleep 1000");
    command.timeout = Some(Duration::from_millis(50));
    let failure = quiet(&command).await.unwrap_err();
    assert_eq!(failure.code, code::LOCAL_TIMEOUT);
    assert_eq!(failure.what, "`sleep 1000` took longer than 50ms and was ended");
    assert!(failure.may_have_acted);
}

#[tokio::test]
async fn a_command_is_ended_with_all_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell("sleep 1000 & echo $! > child; cat /dev/zero");
    command.cwd = Some(folder.path().to_owned());
    assert_eq!(quiet(&command).await.unwrap_err().code, code::LOCAL_OUTPUT);
    gone(&line_in(&folder.path().join("child")).await).await;
}

#[tokio::test]
async fn a_command_that_will_not_end_when_asked_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell("trap '' TERM; echo $$ > self; cat /dev/zero");
    command.cwd = Some(folder.path().to_owned());
    assert_eq!(quiet(&command).await.unwrap_err().code, code::LOCAL_OUTPUT);
    gone(&line_in(&folder.path().join("self")).await).await;
}

#[tokio::test]
async fn dropping_the_call_kills_all_the_command_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell("trap '' TERM; sleep 1000 & echo $! > child; echo $$ > self; wait");
    command.cwd = Some(folder.path().to_owned());
    let pids = tokio::select! {
        _ = quiet(&command) => panic!("the command cannot end by itself"),
        pids = async { (line_in(&folder.path().join("self")).await, line_in(&folder.path().join("child")).await) } => pids,
    };
    gone(&pids.0).await;
    gone(&pids.1).await;
}

#[tokio::test]
async fn dropping_the_call_of_a_gentle_command_lets_it_say_and_do_its_last() {
    let folder = tempfile::tempdir().unwrap();
    let last = "trap 'echo cancelled; echo noted > noted; exit 1' TERM; echo $$ > self; while :; do sleep 0.01; done";
    let mut command = shell(last);
    command.cwd = Some(folder.path().to_owned());
    command.gentle = true;
    let own = folder.path().join("self");
    let pid = tokio::select! {
        _ = quiet(&command) => panic!("the command cannot end by itself"),
        pid = line_in(&own) => pid,
    };
    assert_eq!(line_in(&folder.path().join("noted")).await, "noted");
    gone(&pid).await;
}

#[tokio::test]
async fn more_output_than_a_run_can_keep_ends_the_command() {
    let failure = quiet(&shell("cat /dev/zero")).await.unwrap_err();
    assert_eq!(failure.code, code::LOCAL_OUTPUT);
    assert!(failure.may_have_acted);
    let failure = quiet(&shell("cat /dev/zero >&2")).await.unwrap_err();
    assert_eq!(failure.hints, ["send its output to a file with `2> out.txt`"]);
}

#[tokio::test]
async fn something_left_in_the_background_does_not_hold_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell("sleep 1000 & echo $! > child; echo last words");
    command.cwd = Some(folder.path().to_owned());
    let done = quiet(&command).await.unwrap();
    assert_eq!(done.stdout, "last words\n");
    let left = line_in(&folder.path().join("child")).await;
    assert!(Path::new(&format!("/proc/{left}")).exists(), "what a command leaves behind is left alone");
    quiet(&words(&["kill", &left])).await.unwrap();
}

#[tokio::test]
async fn output_that_is_no_text_is_replaced() {
    assert_eq!(quiet(&shell(r"printf 'a\377b'")).await.unwrap().stdout, "a\u{fffd}b");
}
