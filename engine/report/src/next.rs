//! What a person can type next.

use runbook_model::holder::Life;
use runbook_model::record::Closing;

use crate::board::Board;
use crate::text::shell;

/// `runbook run FILE --resume`, where the file is known.
pub fn resume(board: &Board) -> Option<String> {
    let head = board.head.as_ref().filter(|head| !head.file.is_empty())?;
    Some(format!("runbook run {} --resume", shell(&head.file)))
}

/// `runbook undo RUN`.
pub fn undo(board: &Board) -> String {
    format!("runbook undo {}", shell(board.run()))
}

/// `runbook approve RUN GATE`.
pub fn approve(board: &Board, gate: &str) -> String {
    format!("runbook approve {} {}", shell(board.run()), shell(gate))
}

/// `runbook settle RUN STEP --done`.
pub fn settle(board: &Board, step: &str) -> String {
    format!("runbook settle {} {} --done", shell(board.run()), shell(step))
}

/// The one thing to do next with a run; nothing where nothing is left to do.
pub fn command(board: &Board, life: Option<Life>) -> Option<String> {
    if life == Some(Life::Alive) && board.closed.is_none() {
        return Some(format!("runbook watch {}", shell(board.run())));
    }
    let verdict = board.closed.as_ref().map(|closed| closed.verdict);
    let gate = board.gates().next().map(|thing| approve(board, thing.key.as_str()));
    match verdict {
        Some(Closing::Done | Closing::Undone | Closing::Abandoned) => None,
        Some(Closing::UndoFailed) => Some(undo(board)),
        Some(Closing::InDoubt) => {
            board.doubts().next().map(|thing| settle(board, thing.key.as_str())).or_else(|| resume(board))
        }
        Some(Closing::Stopped) => gate.or_else(|| resume(board)),
        Some(Closing::Failed | Closing::Refused) | None => resume(board),
    }
}
