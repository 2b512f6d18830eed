//! What containers have written: the latest lines of each, outside the history, for nobody watches them as objects.

use super::{Key, Moment, World};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many lines of a container are kept.
const KEPT: usize = 2000;

/// One line a container has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Moment,
    /// What, without its end.
    pub text: Arc<str>,
}

/// The lines of one life of one container.
#[derive(Clone, Debug, Default)]
struct Lines {
    first: u64,
    lines: VecDeque<Line>,
}

/// All lines, by pod and container; the life before the present one has its own.
#[derive(Clone, Default)]
pub(super) struct Logs(Arc<BTreeMap<(Key, Arc<str>, bool), Lines>>);

impl World {
    /// Lets a container write; several lines at once are told apart.
    pub fn write_log(&mut self, pod: &Key, container: &str, text: &str) {
        let at = self.now;
        let logs = Arc::make_mut(&mut self.logs.0);
        let lines = logs.entry((pod.clone(), container.into(), false)).or_default();
        for line in text.lines() {
            if lines.lines.len() >= KEPT {
                lines.lines.pop_front();
                lines.first += 1;
            }
            lines.lines.push_back(Line { at, text: line.into() });
        }
    }

    /// A container starts: what it wrote in its life before is put aside, and it writes what its image says it does.
    pub(crate) fn begin_log(&mut self, pod: &Key, container: &str, image: &str) {
        self.turn_log(pod, container);
        let says = self.image(image)["says"].as_array().cloned().unwrap_or_default();
        for line in says.iter().filter_map(|line| line.as_str()) {
            self.write_log(pod, container, &super::insides::named(line, pod, container));
        }
    }

    /// A container begins a new life: what it wrote is now what it wrote before.
    pub fn turn_log(&mut self, pod: &Key, container: &str) {
        let logs = Arc::make_mut(&mut self.logs.0);
        if let Some(lines) = logs.remove(&(pod.clone(), container.into(), false)) {
            logs.insert((pod.clone(), container.into(), true), lines);
        }
    }

    /// The lines of a container from a number on, and the number that comes next; of its life before when `previous`.
    #[must_use]
    pub fn log(&self, pod: &Key, container: &str, previous: bool, from: u64) -> (Vec<Line>, u64) {
        let Some(lines) = self.logs.0.get(&(pod.clone(), container.into(), previous)) else {
            return (Vec::new(), from);
        };
        let skip = usize::try_from(from.saturating_sub(lines.first)).unwrap_or(usize::MAX);
        let end = lines.first + lines.lines.len() as u64;
        (lines.lines.iter().skip(skip).cloned().collect(), end.max(from))
    }

    /// Forgets what the containers of a pod that is gone have written.
    pub(super) fn forget_logs(&mut self, pod: &Key) {
        if self.logs.0.range((pod.clone(), "".into(), false)..).next().is_some_and(|((of, _, _), _)| of == pod) {
            Arc::make_mut(&mut self.logs.0).retain(|(of, _, _), _| of != pod);
        }
    }
}
