//! The main situations of a run, told as stories.

use runbook_model::record::{
    Answer, Closing, GuardBroken, Kind, Outcome, Purpose, Ruling, RunClosed, StepBegun, StepRuled,
};
use runbook_model::survey::{Doubt, Drift, Edit, Edits, Survey};
use runbook_model::{Body, Failure, Key, Place, Progress, Value};

use crate::tests::story::{Story, begun, failure};

pub(crate) fn calm() -> Story {
    Story::opened()
        .begin("node `n3` is ready", Kind::Check)
        .settle("node `n3` is ready", 1, Outcome::Done(Value::Bool(true)))
        .step("cordon", 0)
        .step("evict", 41)
        .step("reboot", 84)
        .step("uncordon", 0)
        .closed(Closing::Done)
}

pub(crate) fn trouble() -> Story {
    let evict = |story: Story, attempt| {
        let answer = Answer::Failure(Box::new(Failure::new("kube.429", "too many requests")));
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

pub(crate) fn fan_begun() -> Story {
    let items = ["n1", "n2", "n3", "n4"].map(str::to_owned).to_vec();
    let fan = StepBegun { items, ..begun("move nodes", Kind::Fan) };
    let mut story = Story::opened().record(Body::StepBegun(fan));
    for n in ["n1", "n2", "n3", "n4"] {
        story =
            story.begin(&format!("move nodes[{n}]"), Kind::Branch).begin(&format!("move nodes[{n}]/drain"), Kind::Step);
    }
    story
}

pub(crate) fn fan() -> Story {
    let mut story = fan_begun().after(62);
    for n in ["n1", "n2", "n4"] {
        story = story.done(&format!("move nodes[{n}]/drain")).done(&format!("move nodes[{n}]"));
    }
    story
        .failed("move nodes[n3]/drain", 1, failure(), None)
        .failed("move nodes[n3]", 1, failure(), None)
        .done("move nodes")
        .closed(Closing::Done)
}

pub(crate) fn gate() -> Story {
    Story::opened()
        .step("install", 3)
        .gate("remove the old network", "All nodes run Cilium.\nDeleting flannel cannot be undone quickly.", 2)
        .answer("remove the old network", "ann@laptop", true)
        .settle("remove the old network", 1, Outcome::Stopped { why: "waits for a person".into() })
        .closed(Closing::Stopped)
}

pub(crate) fn resume() -> Story {
    let doubt = Doubt {
        key: Key::from_text("evict"),
        call: "kube::evict pods/db-0".into(),
        verdict: "not done".into(),
        evidence: "pod `db-0` is still there".into(),
    };
    let edit =
        |key: &str, line| Edit { key: Key::from_text(key), place: Place { file: "drain.rhai".into(), line, col: 1 } };
    let survey = Survey {
        doubts: vec![doubt],
        drift: vec![Drift { key: Key::from_text("cordon"), detail: "node `n3` is schedulable".into() }],
        edits: Edits {
            reused: 4,
            changed: vec![edit("cordon", 12)],
            new: vec![edit("notify", 14)],
            ..Edits::default()
        },
    };
    let ruled = StepRuled {
        key: Key::from_text("evict"),
        ruling: Ruling::Again,
        by: "kube".into(),
        why: "pod `db-0` is still there".into(),
    };
    Story::opened()
        .step("cordon", 0)
        .begin("evict", Kind::Step)
        .call("evict", "kube::evict pods/db-0", None)
        .after(3600)
        .taken(Purpose::Resume)
        .progress(Progress::Surveyed(survey))
        .record(Body::StepRuled(ruled))
        .attempt("evict", 2, 1)
        .after(7)
        .settle("evict", 2, Outcome::Done(Value::Unit))
        .closed(Closing::Done)
}

pub(crate) fn undo() -> Story {
    let closed = RunClosed {
        verdict: Closing::Undone,
        value: Value::Unit,
        failure: None,
        culprits: Vec::new(),
        orphans: Vec::new(),
        left: vec!["label `pool` on node `n3`".into()],
    };
    Story::opened()
        .step("cordon", 0)
        .step("label", 1)
        .taken(Purpose::Undo)
        .begin("label~undo", Kind::Unwind)
        .done("label~undo")
        .begin("cordon~undo", Kind::Unwind)
        .after(2)
        .done("cordon~undo")
        .record(Body::RunClosed(Box::new(closed)))
}

pub(crate) fn odd() -> Story {
    let broken = GuardBroken {
        key: Key::from_text("reachable"),
        detail: "2 of 40 probes lost".into(),
        during: vec![Key::from_text("evict")],
    };
    let check = Value::from([("ok", Value::Bool(false)), ("detail", "disk is 91% full".into())]);
    let point = StepBegun { why: Some("etcd is rewritten".into()), ..begun("point", Kind::Point) };
    Story::opened()
        .said("", "hello\nthere", false)
        .said("a/b", "careful", true)
        .begin("reachable", Kind::Guard)
        .done("reachable")
        .begin("disk", Kind::Check)
        .settle("disk", 1, Outcome::Done(check))
        .record(Body::StepBegun(point))
        .done("point")
        .begin("prepare", Kind::Phase)
        .step("prepare/fetch", 2)
        .done("prepare")
        .settle("notify", 1, Outcome::Skipped { why: "--skip by ann@laptop".into() })
        .begin("evict", Kind::Step)
        .record(Body::GuardBroken(broken))
        .progress(Progress::Stopping { after: vec![Key::from_text("evict")] })
        .progress(Progress::Stopping { after: vec![] })
        .closed(Closing::InDoubt)
}
