//! Modules that would do something by being imported, or that give closures to those who import them.

use runbook_model::{Failure, code};

use super::{Finding, Seen};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for (file, failure, at) in &seen.text.acts {
        findings.push(seen.error(file, *at, failure.clone()));
    }
    for ((file, name), forms) in seen.text.functions.iter().filter(|((file, _), _)| file != seen.sources.main()) {
        let id = (file.clone(), name.clone());
        let body = seen.text.bodies.get(&id).filter(|_| seen.text.reached.contains(&id));
        let Some(at) = body.and_then(|body| body.gives_closure) else { continue };
        if forms.iter().any(|form| !form.is_private) {
            let failure = Failure::new(code::SCRIPT_ERROR, format!("`{name}` gives a closure out of its module"))
                .because("a closure does not know the module it was made in: it can be called only there")
                .hint("give values, and make the closure where it is used: `|| module::function(…)`");
            findings.push(seen.warning(file, at, failure));
        }
    }
}
