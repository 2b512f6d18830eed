//! Following what a container writes, until it ends.

use super::request::Query;
use crate::world::{Key, Line, Moment, World};

/// A reader of a container's lines.
#[derive(Clone, Debug)]
pub struct Follow {
    pod: Key,
    container: String,
    uid: String,
    previous: bool,
    timestamps: bool,
    next: u64,
}

impl Follow {
    /// The first lines, as the parameters ask, and the reader for those to come.
    pub(crate) fn begin(world: &World, pod: Key, container: &str, query: &Query) -> (Vec<u8>, Self) {
        let uid = world.at(&pod).map_or_else(String::new, |pod| pod.uid().to_owned());
        let mut follow = Self {
            pod,
            container: container.to_owned(),
            uid,
            previous: query.is("previous"),
            timestamps: query.is("timestamps"),
            next: 0,
        };
        let (mut lines, next) = world.log(&follow.pod, container, follow.previous, 0);
        follow.next = next;
        let seconds = query.get("sinceSeconds").and_then(|text| text.parse::<i64>().ok());
        let time = query.get("sinceTime").and_then(Moment::read);
        if let Some(since) = seconds.map(|seconds| world.now().plus_seconds(-seconds)).or(time) {
            lines.retain(|line| line.at >= since);
        }
        if let Some(last) = query.get("tailLines").and_then(|text| text.parse::<usize>().ok()) {
            lines.drain(..lines.len().saturating_sub(last));
        }
        let mut bytes = follow.written(&lines);
        if let Some(limit) = query.get("limitBytes").and_then(|text| text.parse().ok()) {
            bytes.truncate(limit);
        }
        (bytes, follow)
    }

    /// A reader of what comes from now on.
    pub(crate) fn from_now(world: &World, pod: Key, container: &str) -> Self {
        let uid = world.at(&pod).map_or_else(String::new, |pod| pod.uid().to_owned());
        let (_, next) = world.log(&pod, container, false, 0);
        Self { pod, container: container.to_owned(), uid, previous: false, timestamps: false, next }
    }

    fn written(&self, lines: &[Line]) -> Vec<u8> {
        let mut text = String::new();
        for line in lines {
            if self.timestamps {
                text.push_str(line.at.micro().trim_end_matches('Z'));
                text.push_str("000Z ");
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text.into_bytes()
    }

    /// What was written since, and whether there may be more.
    pub fn poll(&mut self, world: &World) -> (Vec<u8>, bool) {
        let (lines, next) = world.log(&self.pod, &self.container, self.previous, self.next);
        self.next = next;
        let lives = world.at(&self.pod).is_some_and(|pod| {
            let ended = ["Succeeded", "Failed"].contains(&pod["status"]["phase"].as_str().unwrap_or_default());
            pod.uid() == self.uid && !ended && !self.previous
        });
        (self.written(&lines), lives)
    }
}
