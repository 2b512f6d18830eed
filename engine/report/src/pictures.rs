//! The exact look of the main situations, in every renderer.

use runbook_model::record::{Answer, Closing, Kind, Outcome, Purpose};
use runbook_model::{Body, Key, Value};

use crate::reporter::Mode;
use crate::story::{Story, begun, failure};
use crate::style::Style;
use crate::tty::{self, Size};

fn calm() -> Story {
    Story::opened()
        .begin("node `n3` is ready", Kind::Check)
        .settle("node `n3` is ready", 1, Outcome::Done(Value::Bool(true)))
        .step("cordon", 0)
        .step("evict", 41)
        .step("reboot", 84)
        .step("uncordon", 0)
        .closed(Closing::Done)
}

fn trouble() -> Story {
    let evict = |story: Story, attempt| {
        let answer = Answer::Failure(Box::new(runbook_model::Failure::new("kube.429", "too many requests")));
        story.attempt("evict", attempt, 2).call("evict", "kube::evict pods/db-0", Some(answer)).after(12)
    };
    let first = evict(Story::opened().step("cordon", 0), 1);
    let again_at = first.now() + 5000;
    let second = evict(first.failed("evict", 1, failure(), Some(again_at)).after(5), 2);
    second.output("evict", "waiting for the budget").failed("evict", 2, failure(), None).closed_with(
        Closing::Failed,
        Some(failure()),
        &["evict"],
    )
}

#[test]
fn dbg_all() {
    let all = calm().lines() + "\n" + &trouble().lines();
    panic!(
        "\n{all}\n{}",
        crate::show::draw(
            &trouble().board(),
            crate::show::Options { now: 0, life: None, columns: Some(80), all: false },
            &Style::plain()
        )
        .join("\n")
    );
}
