//! Reads what a container printed.

use futures_util::AsyncReadExt;
use runbook_model::{Failure, code};

use super::call::Call;
use super::names::with_query;
use super::{Cluster, Progress, Ref, Result, error};

/// The most that is read into a value.
const READ_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What of it is read.
#[derive(Clone, Default)]
pub struct Logs {
    /// The container, where the pod has several.
    pub container: Option<String>,
    /// Whether to go on until the container ends.
    pub follow: bool,
    /// Of the run before this one.
    pub previous: bool,
    /// Only the last seconds.
    pub since: Option<u64>,
    /// Only the last lines.
    pub tail: Option<u64>,
    /// Whether each line begins with its time.
    pub timestamps: bool,
    /// Told each line; then nothing is kept, and there is no limit.
    pub line: Option<Progress>,
}

impl Cluster {
    /// What a container of a pod printed. Nothing where each line is told instead.
    pub async fn logs(&self, namespace: &str, pod: &str, logs: &Logs) -> Result<String> {
        let target = self.target(&Ref::new("v1/Pod", namespace, pod)).await?;
        let (since, tail) = (logs.since.map(|n| n.to_string()), logs.tail.map(|n| n.to_string()));
        let mut query = Vec::new();
        let mut ask = |key: &'static str, value: Option<&str>| query.extend(value.map(|value| (key, value.to_owned())));
        ask("container", logs.container.as_deref());
        ask("follow", logs.follow.then_some("true"));
        ask("previous", logs.previous.then_some("true"));
        ask("timestamps", logs.timestamps.then_some("true"));
        ask("sinceSeconds", since.as_deref());
        ask("tailLines", tail.as_deref());
        let query: Vec<(&str, &str)> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let path = with_query(&target.path("log")?, &query);
        let call = Call::get(path).accept("*/*").on(format!("the log of {target}"));
        let opened = tokio::time::timeout(self.limit(), self.client().request_stream(call.request()?)).await;
        let stream = match opened {
            Ok(Ok(stream)) => stream,
            Ok(Err(trouble)) => return Err(error::of(self, &call, trouble)),
            Err(_) => return Err(error::late(&call, self.limit())),
        };
        let mut stream = std::pin::pin!(stream);
        let mut lines = Lines { forgets: logs.line.is_some(), ..Lines::default() };
        let tell = |line: &str| {
            if let Some(told) = &logs.line {
                told(line);
            }
        };
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let read = stream.read(&mut chunk).await.map_err(|trouble| {
                let what = format!("the connection was lost while the log of {target} was read");
                Failure::new(code::KUBE_LOST, what).because(trouble).retryable()
            })?;
            if read == 0 {
                return Ok(lines.end(&tell));
            }
            lines.add(&chunk[..read], &tell);
            if lines.len() > READ_BYTES_MAX {
                let what = format!("the log of {target} is larger than {} MiB", READ_BYTES_MAX >> 20);
                return Err(Failure::new(code::VALUE_LARGE, what).hint("read less of it with `tail` or `since`"));
            }
        }
    }
}

/// What was printed, told line by line as it comes.
#[derive(Default)]
pub(super) struct Lines {
    kept: Vec<u8>,
    /// Where the line that is not complete begins.
    open: usize,
    /// Whether what was told is dropped.
    pub(super) forgets: bool,
}

impl Lines {
    pub(super) fn add(&mut self, bytes: &[u8], tell: &impl Fn(&str)) {
        self.kept.extend_from_slice(bytes);
        while let Some(end) = self.kept[self.open..].iter().position(|byte| *byte == b'\n') {
            let line = &self.kept[self.open..self.open + end];
            tell(&String::from_utf8_lossy(line));
            self.open += end + 1;
        }
        if self.forgets {
            self.kept.drain(..self.open);
            self.open = 0;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The last line has no end of its own.
    pub(super) fn end(self, tell: &impl Fn(&str)) -> String {
        if self.open < self.kept.len() {
            tell(&String::from_utf8_lossy(&self.kept[self.open..]));
        }
        if self.forgets { String::new() } else { String::from_utf8_lossy(&self.kept).into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::Lines;

    #[test]
    fn lines_are_told_whole_however_they_arrive() {
        let told = RefCell::new(Vec::new());
        let tell = |line: &str| told.borrow_mut().push(line.to_owned());
        let mut lines = Lines::default();
        for part in ["on", "e\ntwo\nth", "ree"] {
            lines.add(part.as_bytes(), &tell);
        }
        assert_eq!(lines.end(&tell), "one\ntwo\nthree");
        assert_eq!(*told.borrow(), ["one", "two", "three"]);
    }
}
