//! Runs a command in a pod.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess};
use runbook_model::{Failure, Value, code};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::call::{Call, Patience};
use super::logs::Lines;
use super::names::Target;
use super::{Cluster, Ref, Result, error};

/// The most a command may print into a value, on each of its outputs.
const PRINTED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Told each line as it is printed, and whether it was printed as an error.
pub type Line = Arc<dyn Fn(&str, bool) + Send + Sync>;

/// A command for a pod.
#[derive(Clone, Default)]
pub struct Exec {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The container, where the pod has several.
    pub container: Option<String>,
    /// What it reads.
    pub input: Option<Vec<u8>>,
    /// Told each line.
    pub line: Option<Line>,
    /// Whether it only looks, so that it may be run again where its connection breaks.
    pub looks: bool,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Executed {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it printed as errors.
    pub err: String,
}

impl Executed {
    /// As a script sees it: `#{status, stdout, stderr}`.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("status", Value::Int(i64::from(self.code))),
            ("stdout", Value::from(self.out.as_str())),
            ("stderr", Value::from(self.err.as_str())),
        ])
    }
}

impl Cluster {
    /// Runs a command in a pod and waits for its end, whatever its exit code. A command that could not be started is a
    /// failure; so is a connection that was lost, and then nobody knows whether the command still runs.
    pub async fn exec(&self, namespace: &str, pod: &str, exec: &Exec) -> Result<Executed> {
        let target = self.target(&Ref::new("v1/Pod", namespace, pod)).await?;
        let mut call =
            Call::new(http::Method::POST, target.path("exec")?).on(format!("a command in {target}")).begins();
        call.changes = !exec.looks;
        let api: Api<Pod> = Api::namespaced(self.client().clone(), namespace);
        let params = AttachParams {
            container: exec.container.clone(),
            stdin: exec.input.is_some(),
            ..AttachParams::default().stdout(true).stderr(true)
        };
        let mut patience = Patience::new(self);
        loop {
            let begun = tokio::time::timeout(self.limit(), api.exec(pod, exec.command.clone(), &params)).await;
            let ended = match begun {
                Ok(Ok(mut process)) => follow(&mut process, exec, &target).await,
                Ok(Err(kube::Error::Api(status))) => Err(error::refused(&call, &status)),
                Ok(Err(trouble)) => Err(error::of(self, &call, trouble)),
                Err(_) => Err(error::late(&call, self.limit())),
            };
            match ended {
                Ok((out, err, code)) => return Ok(Executed { code, out, err }),
                Err(failure) => patience.wait(self, &call, failure).await?,
            }
        }
    }
}

async fn follow(process: &mut AttachedProcess, exec: &Exec, target: &Target) -> Result<(String, String, i32)> {
    let (out, err, stdin) = (process.stdout(), process.stderr(), process.stdin());
    let status = process.take_status();
    let feed = async {
        if let (Some(mut stdin), Some(input)) = (stdin, &exec.input) {
            // A command that does not read to the end is no trouble of ours.
            let _ = stdin.write_all(input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let ended = async {
        match status {
            Some(status) => status.await,
            None => None,
        }
    };
    let told = async { tokio::join!(take(out, exec, false), take(err, exec, true), feed) };
    tokio::pin!(told, ended);
    // Where the connection breaks, what the command printed has no end that could be waited for.
    let (told, status) = tokio::select! {
        given = &mut told => (Some(given), ended.await),
        status = &mut ended => match status {
            Some(status) => (Some(told.await), Some(status)),
            None => (None, None),
        },
    };
    let (out, err) = match told {
        Some((out, err, ())) => (out?, err?),
        None => <_>::default(),
    };
    let Some(status) = status else {
        let what = format!("the connection was lost before the command in {target} ended");
        return Err(Failure::new(code::KUBE_LOST, what).retryable().may_have_acted());
    };
    if status.status.as_deref() == Some("Success") {
        return Ok((out, err, 0));
    }
    let causes = status.details.and_then(|details| details.causes).unwrap_or_default();
    let exit = causes.into_iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"));
    match exit.and_then(|cause| cause.message?.parse().ok()) {
        Some(code) => Ok((out, err, code)),
        None => {
            let what = format!("the command could not be run in {target}");
            let why: String = status.message.unwrap_or_default().chars().take(500).collect();
            Err(Failure::new(code::KUBE_EXEC, what).because(why).hint("check that the image has that program"))
        }
    }
}

async fn take(from: Option<impl AsyncRead + Unpin>, exec: &Exec, is_error: bool) -> Result<String> {
    let Some(mut from) = from else { return Ok(String::new()) };
    let mut lines = Lines::default();
    let mut chunk = vec![0; 16 * 1024];
    let tell = |line: &str| {
        if let Some(told) = &exec.line {
            told(line, is_error);
        }
    };
    loop {
        // The other end is gone with the connection; the status says what that means.
        let read = from.read(&mut chunk).await.unwrap_or(0);
        if read == 0 {
            break;
        }
        lines.add(&chunk[..read], &tell);
        if lines.len() > PRINTED_BYTES_MAX {
            let what = format!("the command printed more than {} MiB", PRINTED_BYTES_MAX >> 20);
            let failure = Failure::new(code::VALUE_LARGE, what).may_have_acted();
            return Err(failure.hint("have it print less, or into a file"));
        }
    }
    Ok(lines.end(&tell))
}
