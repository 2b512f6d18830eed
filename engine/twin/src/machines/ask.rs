//! A command on a machine from beginning to end, with as much of the machine's time as it takes; for scenes and tests.

use std::time::Duration;

use super::Machine;
use super::process::End;
use super::session::Heard;

/// How many times something may be waited for.
const WAITS_MAX: u32 = 100_000;

impl Machine {
    /// Runs `command` as `user`, with `input` to read, until it has ended. The machine lives as long as that takes; one
    /// that waits for nothing, or longer than `most`, is left where it is and has no end.
    pub fn ask(&mut self, user: &str, command: &str, input: &[u8], most: Duration) -> Heard {
        let Ok(session) = self.open_session(user, Some(command), &[]) else {
            return Heard { ended: Some(End::Code(255)), ..Heard::default() };
        };
        self.feed(session, input);
        self.end_input(session);
        let until = self.now + most;
        let mut all = Heard::default();
        for _ in 0..WAITS_MAX {
            let now = self.now;
            let ran = self.run(now);
            let heard = self.hear(session);
            all.out.extend(heard.out);
            all.err.extend(heard.err);
            all.ended = heard.ended;
            match ran.next {
                _ if all.ended.is_some() => break,
                _ if ran.busy => {}
                Some(next) if next <= until => self.now = self.now.max(next),
                _ => break,
            }
        }
        all
    }
}
