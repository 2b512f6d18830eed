//! Whether a call of ours took place, told from the revisions that helm keeps. Pure.

use runbook_model::Value;
use runbook_model::call::Verdict;

use super::Release;

/// What a call set out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A new revision by an upgrade or an install.
    Upgrade,
    /// A new revision that is as this one was.
    Rollback {
        /// The revision it goes back to.
        to: i64,
    },
    /// No release.
    Uninstall,
}

/// What is written down of a call before it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The release.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// Its last revision; 0 where there was no such release.
    pub before: i64,
    /// The description by which the new revision is known.
    pub mark: String,
    /// What is to come of it.
    pub wanted: Wanted,
}

impl Intent {
    /// For the record.
    pub fn to_value(&self) -> Value {
        let (wanted, to) = match self.wanted {
            Wanted::Upgrade => ("upgrade", 0),
            Wanted::Rollback { to } => ("rollback", to),
            Wanted::Uninstall => ("uninstall", 0),
        };
        Value::from([
            ("release", Value::Text(self.release.clone())),
            ("namespace", Value::Text(self.namespace.clone())),
            ("before", Value::Int(self.before)),
            ("mark", Value::Text(self.mark.clone())),
            ("wanted", Value::Text(wanted.to_owned())),
            ("to", Value::Int(to)),
        ])
    }

    /// From the record.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_text).map(str::to_owned);
        let number = |key: &str| if let Some(Value::Int(n)) = value.get(key) { Some(*n) } else { None };
        let wanted = match text("wanted")?.as_str() {
            "upgrade" => Wanted::Upgrade,
            "rollback" => Wanted::Rollback { to: number("to")? },
            "uninstall" => Wanted::Uninstall,
            _ => return None,
        };
        let (release, namespace, mark) = (text("release")?, text("namespace")?, text("mark")?);
        Some(Self { release, namespace, before: number("before")?, mark, wanted })
    }

    /// Whether a revision says of itself that it is the one this call made. Helm 3 gives a rollback no description of
    /// ours: its own words and the revision they name must do, and the effect is the same whoever made it.
    pub(super) fn made(&self, release: &Release) -> bool {
        let own = |to: i64| release.description == format!("Rollback to {to}");
        release.description == self.mark || matches!(self.wanted, Wanted::Rollback { to } if own(to))
    }
}

/// Whether the call took place, and what that rests on. `revisions` are those that helm keeps, oldest first; `is_left`
/// says whether a revision is what this very call left when it was cut off.
pub fn judge(intent: &Intent, revisions: &[Release], is_left: impl Fn(&Release) -> bool) -> (Verdict, String) {
    let place = format!("release `{}` in `{}`", intent.release, intent.namespace);
    if let Some(last) = revisions.last().filter(|last| is_left(last)) {
        let brief = last.brief();
        return (Verdict::Partly, format!("{place}: {brief}; it is this call's own, and nobody is at it any more"));
    }
    match intent.wanted {
        Wanted::Uninstall => gone(intent, revisions, &place),
        Wanted::Upgrade | Wanted::Rollback { .. } => renewed(intent, revisions, &place),
    }
}

fn renewed(intent: &Intent, revisions: &[Release], place: &str) -> (Verdict, String) {
    let newer: Vec<&Release> = revisions.iter().filter(|one| one.revision > intent.before).collect();
    let Some(last) = newer.last() else {
        return (
            Verdict::NotDone,
            match intent.before {
                0 => format!("{place} is not there"),
                before => format!("{place} has no revision after {before}"),
            },
        );
    };
    let ours = newer.iter().find(|one| intent.made(one) && matches!(one.status.as_str(), "deployed" | "superseded"));
    if let Some(ours) = ours {
        let since =
            if ours.revision == last.revision { String::new() } else { format!("; since then: {}", last.brief()) };
        return (Verdict::Done { value: answer(ours, intent.before) }, format!("{place}: {}{since}", ours.brief()));
    }
    let brief = last.brief();
    match last.status.as_str() {
        "failed" if newer.iter().all(|one| one.status == "failed") => {
            (Verdict::Partly, format!("{place}: {brief}; some of its objects may be changed"))
        }
        _ if last.is_pending() => {
            let way = "nobody is at it on this machine; if nobody is elsewhere, `helm::repair` ends it";
            (Verdict::Unknown, format!("{place}: {brief}; {way}"))
        }
        _ => (Verdict::Unknown, format!("{place} was changed by someone else: {brief}")),
    }
}

fn gone(intent: &Intent, revisions: &[Release], place: &str) -> (Verdict, String) {
    let Some(last) = revisions.last() else {
        return (Verdict::Done { value: Value::Unit }, format!("{place} is not there"));
    };
    let brief = last.brief();
    match last.status.as_str() {
        "uninstalled" => (Verdict::Done { value: Value::Unit }, format!("{place}: {brief}")),
        _ if last.revision != intent.before => {
            (Verdict::Unknown, format!("{place} was changed by someone else: {brief}"))
        }
        "uninstalling" => (Verdict::Partly, format!("{place}: {brief}; some of its objects may be gone")),
        _ => (Verdict::NotDone, format!("{place}: {brief}; its hooks before an uninstall may have run")),
    }
}

/// What a call gives that made `release`: the release, and which revision it was before.
pub fn answer(release: &Release, before: i64) -> Value {
    let mut value = release.to_value();
    if let Value::Map(map) = &mut value {
        map.insert("was".to_owned(), Value::Int(before));
        map.insert("notes".to_owned(), Value::Text(release.notes.clone()));
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    const MARK: &str = "runbook a b 1";

    fn revision(revision: i64, status: &str, description: &str) -> Release {
        let text = str::to_owned;
        Release {
            name: text("web"),
            namespace: text("shop"),
            revision,
            call: None,
            status: text(status),
            description: text(description),
            when: text("then"),
            chart: text("web"),
            version: text("1"),
            app_version: text("1"),
            notes: String::new(),
            manifest: String::new(),
            hooks: Json::Null,
            given: Json::Null,
            defaults: Json::Null,
        }
    }

    fn verdict(wanted: Wanted, before: i64, later: &[(&str, &str)]) -> String {
        let text = str::to_owned;
        let intent = Intent { release: text("web"), namespace: text("shop"), before, mark: text(MARK), wanted };
        assert_eq!(Intent::from_value(&intent.to_value()).as_ref(), Some(&intent));
        let first = (before > 0).then(|| revision(before, "deployed", "first"));
        let later = (before + 1..).zip(later).map(|(nth, (status, description))| revision(nth, status, description));
        judge(&intent, &first.into_iter().chain(later).collect::<Vec<_>>(), |_| false).0.to_string()
    }

    #[test]
    fn an_upgrade_is_done_when_a_revision_that_was_in_use_carries_its_mark() {
        let upgrade = |before, later: &[(&str, &str)]| verdict(Wanted::Upgrade, before, later);
        assert_eq!(upgrade(1, &[]), "not done");
        assert_eq!(upgrade(0, &[]), "not done");
        assert_eq!(upgrade(1, &[("deployed", MARK)]), "done");
        assert_eq!(upgrade(1, &[("superseded", MARK), ("deployed", "theirs")]), "done");
        assert_eq!(upgrade(1, &[("failed", "Upgrade failed"), ("failed", "Upgrade failed")]), "partly done");
        assert_eq!(upgrade(1, &[("pending-upgrade", "Preparing upgrade")]), "unknown");
        assert_eq!(upgrade(1, &[("deployed", "theirs")]), "unknown");
        assert_eq!(upgrade(1, &[("deployed", "theirs"), ("failed", "Upgrade failed")]), "unknown");
        assert_eq!(upgrade(1, &[("deployed", "Rollback to 1")]), "unknown");
    }

    #[test]
    fn a_rollback_is_known_by_its_mark_or_by_what_helm_3_says_of_it() {
        let rollback = |later: &[(&str, &str)]| verdict(Wanted::Rollback { to: 2 }, 3, later);
        assert_eq!(rollback(&[("deployed", "Rollback to 2")]), "done");
        assert_eq!(rollback(&[("deployed", MARK)]), "done");
        assert_eq!(rollback(&[("deployed", "Rollback to 1")]), "unknown");
        assert_eq!(rollback(&[("pending-rollback", "Rollback to 2")]), "unknown");
    }

    #[test]
    fn an_uninstall_is_done_when_nothing_is_left() {
        assert_eq!(verdict(Wanted::Uninstall, 0, &[]), "done");
        assert_eq!(verdict(Wanted::Uninstall, 1, &[]), "not done");
        assert_eq!(verdict(Wanted::Uninstall, 1, &[("deployed", "theirs")]), "unknown");
        assert_eq!(verdict(Wanted::Uninstall, 0, &[("uninstalled", "done")]), "done");
    }
}
