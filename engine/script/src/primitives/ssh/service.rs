//! `ssh::service`: does something to a unit of a machine's systemd.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::ssh::service::{Action, Unit};
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value, code};
use runbook_run::step::PastCall;

use super::{Called, doubt, marked};
use crate::bench::{Answer, Bench, Change, Ready, allow, change_prepared};
use crate::options::{nearest, ticked};
use crate::word::{Doing, Form, Opt, Sight, Touches, Word};

/// How long it may take where nothing is said: as long as systemd itself gives a unit by default.
const TIMEOUT: Duration = Duration::from_secs(100);

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::service",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some("ssh::service"),
    put_back: Some(put_back),
    look: Some(look),
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "unit: text", "action: text"], gives: "map" },
        Form { params: &["machine: text or map", "unit: text", "action: text", "options: map"], gives: "map" },
    ],
    options: &[Opt {
        name: "timeout",
        takes: "a length of time",
        doc: "how long it may take; 100 seconds where it is left out",
    }],
    doc: r#"
        Does something to a unit of a machine's systemd, and gives `#{before, after}`.

        Both are how the unit stood and how it stands, as `ssh::unit` gives it.

        The action is `"start"`, `"stop"`, `"restart"`, `"reload"`, `"enable"`, `"disable"`, `"mask"` or `"unmask"`. A unit
        that does not come up fails with `ssh.service`, which carries its last words.
        In doubt, all but a restart are done again, which is as doing them once; of a restart it is seen by the process of
        the service. An undo puts the unit back as it was found. It needs leave, `ssh = ["service UNIT"]`.

        ```rhai
        let tried = attempt(|| step("restart it", || ssh::service("m0", "no-such-unit", "restart")));
        if !tried.ok { say(tried.error.what); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("service").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, machine: Dynamic, unit: &str, action: &str| {
            service(&ctx, &machine, unit, action, Map::new())
        },
    );
    FuncRegistration::new("service").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, machine: Dynamic, unit: &str, action: &str, map: Map| {
            service(&ctx, &machine, unit, action, map)
        },
    );
}

fn service(ctx: &NativeCallContext, machine: &Dynamic, unit: &str, action: &str, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[unit.into(), action.into()], map)?;
    let read =
        action_of(action).and_then(|action| Ok((action, called.options.duration("timeout")?.unwrap_or(TIMEOUT))));
    let (action, limit) = read.map_err(|failure| called.thrown(&failure))?;
    allow(ctx, "ssh", "service", unit.strip_suffix(".service").unwrap_or(unit))?;
    let brief = called.brief(&format!("{unit} {}", action.word()));
    let mark = called.found.mark();
    let Called { remote, args, .. } = called;
    let unit = unit.to_owned();
    let prepare = async {
        let found = [
            ("unit", Value::from(unit.as_str())),
            ("action", Value::from(action.word())),
            ("found", remote.unit(&unit).await?.to_value()),
        ];
        let found = marked(Value::from(found), mark);
        Ok(Ready { before: Some(found.clone()), proof: Some(found) })
    };
    let repeat = (action != Action::Restart).then_some(Repeat::Safe);
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat }, prepare, |_| async {
        let done = remote.service(&unit, action, limit).await?;
        Ok(Value::from([("before", done.before.to_value()), ("after", done.after.to_value())]))
    })
}

fn action_of(text: &str) -> Result<Action, Failure> {
    Action::ALL.into_iter().find(|action| action.word() == text).ok_or_else(|| {
        let words = Action::ALL.map(Action::word);
        let failure =
            Failure::new(code::WORD_ARGUMENT, format!("`ssh::service` cannot `{}` a unit", text.escape_debug()));
        match nearest(text, words) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!("its actions are {}", ticked(&words))),
        }
    })
}

/// A unit and how it was found, from a record.
fn recorded(of: &Value) -> (String, Unit) {
    let found = of.get("found");
    let text = |key: &str| found.and_then(|unit| unit.get(key)).and_then(Value::as_text).unwrap_or_default().to_owned();
    let pid = if let Some(Value::Int(pid)) = found.and_then(|unit| unit.get("pid")) { *pid } else { 0 };
    let unit = of.get("unit").and_then(Value::as_text).unwrap_or_default().to_owned();
    (unit, Unit { load: text("load"), active: text("active"), sub: text("sub"), enabled: text("enabled"), pid })
}

/// Whether a restart took place.
fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    doubt::seen(async move {
        let proof = call.proof.unwrap_or_default();
        let (unit, before) = recorded(&proof);
        let now = bench.hands.remote_of(proof.get("machine"))?.unit(&unit).await?;
        Ok(judge(&unit, &before, &now))
    })
}

/// What two states of a unit say of a restart between them.
fn judge(unit: &str, before: &Unit, now: &Unit) -> Sight {
    let changing = ["activating", "deactivating", "reloading"].contains(&now.active.as_str());
    let (verdict, evidence) = if changing {
        (Verdict::Partly, format!("`{unit}` is {}", now.active))
    } else if now.pid != 0 && now.pid == before.pid {
        (Verdict::NotDone, format!("`{unit}` is still process {}", now.pid))
    } else if now.active == "active" && (now.pid != before.pid || before.active != "active") {
        let value = Value::from([("before", before.to_value()), ("after", now.to_value())]);
        let was = if before.pid == 0 { before.active.clone() } else { format!("process {}", before.pid) };
        (Verdict::Done { value }, format!("`{unit}` was {was}, and is process {} now", now.pid))
    } else if now.active == before.active && before.active != "active" {
        (Verdict::NotDone, format!("`{unit}` is still {}", now.active))
    } else {
        (Verdict::Unknown, format!("`{unit}` is {}, and has no process to tell by", now.active))
    };
    Sight { verdict, evidence }
}

/// What is to be done to a unit that is `now`, so that it is as it was found.
fn back(action: &str, found: &Unit, now: &Unit) -> Option<Action> {
    let runs = |unit: &Unit| matches!(unit.active.as_str(), "active" | "activating" | "reloading");
    let masked = |unit: &Unit| unit.load == "masked" || unit.enabled.starts_with("masked");
    match action {
        "start" | "stop" | "restart" => match (runs(found), runs(now)) {
            (true, false) => Some(Action::Start),
            (false, true) => Some(Action::Stop),
            _ => None,
        },
        "enable" | "disable" => match (found.enabled.as_str(), now.enabled.as_str()) {
            ("enabled", "disabled") => Some(Action::Enable),
            ("disabled", "enabled") => Some(Action::Disable),
            _ => None,
        },
        "mask" | "unmask" => match (masked(found), masked(now)) {
            (true, false) => Some(Action::Mask),
            (false, true) => Some(Action::Unmask),
            _ => None,
        },
        _ => None,
    }
}

/// Puts a unit back as it was found.
fn put_back(bench: Arc<Bench>, before: Value, _written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        let (unit, found) = recorded(&before);
        let action = before.get("action").and_then(Value::as_text).unwrap_or_default();
        let remote = bench.hands.remote_of(before.get("machine"))?;
        match back(action, &found, &remote.unit(&unit).await?) {
            Some(action) => remote.service(&unit, action, TIMEOUT).await.map(|_| ()),
            None => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(active: &str, enabled: &str, pid: i64) -> Unit {
        Unit { active: active.into(), enabled: enabled.into(), pid, load: "loaded".into(), ..Unit::default() }
    }

    #[test]
    fn a_restart_is_seen_by_the_process() {
        let verdict = |before: &Unit, now: &Unit| judge("u", before, now).verdict;
        let runs = unit("active", "enabled", 7);
        assert!(matches!(verdict(&runs, &unit("active", "enabled", 8)), Verdict::Done { .. }));
        assert_eq!(verdict(&runs, &runs), Verdict::NotDone);
        assert_eq!(verdict(&runs, &unit("deactivating", "enabled", 7)), Verdict::Partly);
        assert_eq!(verdict(&runs, &unit("failed", "enabled", 0)), Verdict::Unknown);
        assert_eq!(verdict(&unit("failed", "", 0), &unit("failed", "", 0)), Verdict::NotDone);
        assert!(matches!(verdict(&unit("inactive", "", 0), &unit("active", "", 0)), Verdict::Done { .. }));
        assert_eq!(verdict(&unit("active", "", 0), &unit("active", "", 0)), Verdict::Unknown);
    }

    #[test]
    fn an_undo_only_goes_back_to_what_was_found() {
        let (runs, stands) = (unit("active", "enabled", 7), unit("inactive", "disabled", 0));
        assert_eq!(back("start", &stands, &runs), Some(Action::Stop));
        assert_eq!(back("start", &runs, &runs), None);
        assert_eq!(back("stop", &runs, &stands), Some(Action::Start));
        assert_eq!(back("enable", &stands, &runs), Some(Action::Disable));
        assert_eq!(back("reload", &stands, &runs), None);
        let masked = Unit { load: "masked".into(), ..stands.clone() };
        assert_eq!(back("mask", &stands, &masked), Some(Action::Unmask));
        assert_eq!(back("mask", &masked, &masked), None);
    }

    #[test]
    fn an_action_that_is_misspelt_is_refused_with_what_was_meant() {
        assert_eq!(action_of("restrat").unwrap_err().hints, ["did you mean `restart`?"]);
        assert_eq!(action_of("restart").unwrap(), Action::Restart);
    }
}
