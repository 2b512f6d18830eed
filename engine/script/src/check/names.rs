//! Names: two things of one name in one scope, and one name in a loop; through functions and closures.

use std::collections::{HashMap, HashSet};

use runbook_model::failure::Frame;
use runbook_model::key::name_trouble;
use runbook_model::{Failure, code};

use super::text::{Arg, Arm, BodyId, Call, frame};
use super::{Finding, Seen, Severity};
use crate::outline::NAMING;

/// How many named things are looked at: functions that call others many times over make many.
const THINGS_MAX: usize = 5_000;

/// What is named so far in one scope: each name with where it was named first, in each branch.
type Scope = HashMap<String, Vec<First>>;

struct First {
    arms: Vec<(String, Arm)>,
    frames: Vec<Frame>,
}

/// How the text of a body is come to.
#[derive(Clone, Default)]
struct Way {
    /// The calls that led here, outermost first.
    chain: Vec<Frame>,
    /// The branches they stand in, each with its file.
    arms: Vec<(String, Arm)>,
    in_loop: bool,
}

struct Walk<'s> {
    seen: &'s Seen<'s>,
    within: HashSet<BodyId>,
    left: usize,
    findings: Vec<Finding>,
}

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let mut walk = Walk { seen, within: HashSet::new(), left: THINGS_MAX, findings: Vec::new() };
    walk.body(&(seen.sources.main().to_owned(), String::new()), &Way::default(), &mut Scope::new());
    findings.append(&mut walk.findings);
}

impl Walk<'_> {
    fn body(&mut self, id: &BodyId, way: &Way, scope: &mut Scope) {
        let seen = self.seen;
        if !self.within.insert(id.clone()) {
            return;
        }
        for call in seen.text.bodies.get(id).map_or(&[][..], |body| &body.calls) {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            let mut here = way.clone();
            here.chain.push(frame(seen.sources, &id.0, call.at, &id.1));
            here.arms.extend(call.arms.iter().map(|arm| (id.0.clone(), *arm)));
            here.in_loop |= call.in_loop;
            if NAMING.contains(&call.name.as_str()) && !call.is_method {
                self.named(id, call, here, scope);
                continue;
            }
            if let Some(target) = seen.text.target(&id.0, &call.name) {
                self.body(&target, &here, scope);
            }
            // `list.for_each(|item| …)` is a loop, too.
            here.in_loop |= call.is_method && call.name != "call";
            for (closure, _) in call.closures() {
                self.body(&(id.0.clone(), closure.to_owned()), &here, scope);
            }
        }
        self.within.remove(id);
    }

    fn named(&mut self, id: &BodyId, call: &Call, here: Way, scope: &mut Scope) {
        let is_fan = matches!(call.name.as_str(), "parallel" | "rolling");
        if let Some(Arg::Literal(name)) = call.args.first()
            && (is_fan || call.option("key").is_none())
        {
            self.name(name, &here, scope);
        }
        // What stands within is named within: its names meet no others.
        let within = Way { in_loop: false, ..here };
        for (closure, _) in call.closures() {
            self.body(&(id.0.clone(), closure.to_owned()), &within, &mut Scope::new());
        }
    }

    fn name(&mut self, name: &str, here: &Way, scope: &mut Scope) {
        if let Some(trouble) = name_trouble(name) {
            return self.found(
                here,
                Failure::new(code::STEP_NAME, trouble.to_string()).hint("give it a short name that says what is done"),
            );
        }
        if here.in_loop {
            let failure =
                Failure::new(code::STEP_REPEATED, format!("`{name}` stands in a loop, and would be named twice"));
            let hint = format!("make the name tell them apart, `` `{name} ${{item}}` ``, or add the option `key`");
            return self.found(here, failure.hint(hint));
        }
        let firsts = scope.entry(name.to_owned()).or_default();
        let first = firsts.iter().find(|first| !are_exclusive(&first.arms, &here.arms));
        if let Some(first) = first {
            let failure = Failure::new(code::STEP_REPEATED, format!("two things are named `{name}`"));
            let failure = failure.because(told(first, here));
            return self.found(here, failure.hint("give each its own name, or put them into phases of their own"));
        }
        firsts.push(First { arms: here.arms.clone(), frames: here.chain.clone() });
    }

    fn found(&mut self, here: &Way, failure: Failure) {
        let frames = here.chain.iter().rev().cloned().collect();
        self.findings.push(Finding { severity: Severity::Error, failure: Failure { frames, ..failure } });
    }
}

/// Where the first of two stands; where both stand in one place, the call that led there first.
fn told(first: &First, second: &Way) -> String {
    let pair = first.frames.iter().zip(&second.chain).find(|(first, second)| first.place != second.place);
    let last = first.frames.last().map(|frame| &frame.place) == second.chain.last().map(|frame| &frame.place);
    let place = if last { pair.map(|(first, _)| &first.place) } else { first.frames.last().map(|frame| &frame.place) };
    let same_file = |file: &str| second.chain.last().is_some_and(|frame| *frame.place.file == *file);
    let at = match place {
        Some(place) if same_file(&place.file) => format!("on line {}", place.line),
        Some(place) => format!("at {}:{}", place.file, place.line),
        None => "in the same place".to_owned(),
    };
    if last { format!("the first comes from the call {at}") } else { format!("the first is {at}") }
}

/// Whether of two places only one can be come to.
fn are_exclusive(first: &[(String, Arm)], second: &[(String, Arm)]) -> bool {
    let fork = |arm: &(String, Arm)| (arm.0.clone(), arm.1.fork);
    for arm in first {
        match second.iter().find(|other| fork(other) == fork(arm)) {
            Some(other) if other.1.nth != arm.1.nth => return true,
            Some(_) => {}
            // The second stands after a branch that is left for good where the first was.
            None if arm.1.leaves => return true,
            None => {}
        }
    }
    false
}
