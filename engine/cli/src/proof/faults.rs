//! What a proof has go wrong with an effect.

use runbook_twin::world::{Fault, What, When, World};

use super::clean::Effect;

/// What goes wrong once with an effect, besides a kill: a name for people, and the fault.
pub(crate) const TROUBLE: [(&str, What); 4] = [
    ("its reply is lost", What::Cut { done: true }),
    ("it never arrives", What::Cut { done: false }),
    ("it arrives twice", What::Twice),
    ("the API is overloaded", What::Refuse { code: 503, message: None, retry_after: None }),
];

fn this(effect: &Effect) -> When {
    When { method: Some(effect.method.clone()), path: Some(effect.path.clone()), ..When::default() }
}

/// Has an effect refused whenever it is asked for.
pub(super) fn refuse(world: &mut World, effect: &Effect) {
    let message = Some("the proof refuses this".to_owned());
    let what = What::Refuse { code: 403, message, retry_after: None };
    world.plant(Fault { when: this(effect), what, skip: 0, times: None });
}

/// Has something go wrong with an effect the next time it is asked for.
pub(super) fn trouble(world: &mut World, effect: &Effect, what: &What) {
    world.plant(Fault::once(this(effect), what.clone()));
}
