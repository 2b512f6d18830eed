//! A running command while its call may be dropped.

use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::runtime::Handle;

use super::channel::Channel;
use super::group::Group;

/// A command that runs, with its group and its channels.
pub(super) struct Running {
    pub(super) group: Group,
    pub(super) child: Child,
    pub(super) out: Channel<ChildStdout>,
    pub(super) err: Channel<ChildStderr>,
}

/// Holds a running command. Dropped with it, it kills the command, or asks a gentle one to end first.
pub(super) struct Leash {
    running: Option<Running>,
    gentle: bool,
}

impl Leash {
    pub(super) fn new(running: Running, gentle: bool) -> Self {
        Self { running: Some(running), gentle }
    }

    pub(super) fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("it is let go only at the end")
    }

    pub(super) fn let_go(mut self) -> Running {
        self.running.take().expect("it is let go only once")
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if !self.gentle {
            return;
        }
        if let (Some(running), Ok(runtime)) = (self.running.take(), Handle::try_current()) {
            running.group.ask_to_end();
            // Its channels stay open meanwhile: what it prints on its way out must not end it.
            runtime.spawn(async move {
                let mut whole = running;
                whole.group.end(&mut whole.child).await;
            });
        }
    }
}
