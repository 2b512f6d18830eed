//! The page of every failure code, embedded from the book: what `runbook explain` prints is what the book shows.
//!
//! Promises: sorted by code, one page for each code of the engine. Never holds text of its own.

/// The pages: a code, and its page as Markdown.
pub(crate) const PAGES: &[(&str, &str)] = &[
    ("check.no", include_str!("../../../book/src/reference/codes/check.no.md")),
    ("command.wrong", include_str!("../../../book/src/reference/codes/command.wrong.md")),
    ("file.missing", include_str!("../../../book/src/reference/codes/file.missing.md")),
    ("file.outside", include_str!("../../../book/src/reference/codes/file.outside.md")),
    ("file.trouble", include_str!("../../../book/src/reference/codes/file.trouble.md")),
    ("front.bad", include_str!("../../../book/src/reference/codes/front.bad.md")),
    ("gate.denied", include_str!("../../../book/src/reference/codes/gate.denied.md")),
    ("gate.expired", include_str!("../../../book/src/reference/codes/gate.expired.md")),
    ("guard.broken", include_str!("../../../book/src/reference/codes/guard.broken.md")),
    ("helm.chart", include_str!("../../../book/src/reference/codes/helm.chart.md")),
    ("helm.conflict", include_str!("../../../book/src/reference/codes/helm.conflict.md")),
    ("helm.failed", include_str!("../../../book/src/reference/codes/helm.failed.md")),
    ("helm.missing", include_str!("../../../book/src/reference/codes/helm.missing.md")),
    ("helm.owned", include_str!("../../../book/src/reference/codes/helm.owned.md")),
    ("helm.pending", include_str!("../../../book/src/reference/codes/helm.pending.md")),
    ("helm.release", include_str!("../../../book/src/reference/codes/helm.release.md")),
    ("helm.timeout", include_str!("../../../book/src/reference/codes/helm.timeout.md")),
    ("helm.unreachable", include_str!("../../../book/src/reference/codes/helm.unreachable.md")),
    ("helm.values", include_str!("../../../book/src/reference/codes/helm.values.md")),
    ("helm.version", include_str!("../../../book/src/reference/codes/helm.version.md")),
    ("http.connect", include_str!("../../../book/src/reference/codes/http.connect.md")),
    ("http.lost", include_str!("../../../book/src/reference/codes/http.lost.md")),
    ("http.status", include_str!("../../../book/src/reference/codes/http.status.md")),
    ("http.timeout", include_str!("../../../book/src/reference/codes/http.timeout.md")),
    ("import.bad", include_str!("../../../book/src/reference/codes/import.bad.md")),
    ("input.bad", include_str!("../../../book/src/reference/codes/input.bad.md")),
    ("kube.blocked", include_str!("../../../book/src/reference/codes/kube.blocked.md")),
    ("kube.changed", include_str!("../../../book/src/reference/codes/kube.changed.md")),
    ("kube.config", include_str!("../../../book/src/reference/codes/kube.config.md")),
    ("kube.conflict", include_str!("../../../book/src/reference/codes/kube.conflict.md")),
    ("kube.exec", include_str!("../../../book/src/reference/codes/kube.exec.md")),
    ("kube.exists", include_str!("../../../book/src/reference/codes/kube.exists.md")),
    ("kube.forbidden", include_str!("../../../book/src/reference/codes/kube.forbidden.md")),
    ("kube.gone", include_str!("../../../book/src/reference/codes/kube.gone.md")),
    ("kube.invalid", include_str!("../../../book/src/reference/codes/kube.invalid.md")),
    ("kube.kind", include_str!("../../../book/src/reference/codes/kube.kind.md")),
    ("kube.lost", include_str!("../../../book/src/reference/codes/kube.lost.md")),
    ("kube.not_found", include_str!("../../../book/src/reference/codes/kube.not_found.md")),
    ("kube.other", include_str!("../../../book/src/reference/codes/kube.other.md")),
    ("kube.rollout", include_str!("../../../book/src/reference/codes/kube.rollout.md")),
    ("kube.server", include_str!("../../../book/src/reference/codes/kube.server.md")),
    ("kube.timeout", include_str!("../../../book/src/reference/codes/kube.timeout.md")),
    ("kube.too_many", include_str!("../../../book/src/reference/codes/kube.too_many.md")),
    ("kube.unauthorized", include_str!("../../../book/src/reference/codes/kube.unauthorized.md")),
    ("kube.unreachable", include_str!("../../../book/src/reference/codes/kube.unreachable.md")),
    ("local.exit", include_str!("../../../book/src/reference/codes/local.exit.md")),
    ("local.missing", include_str!("../../../book/src/reference/codes/local.missing.md")),
    ("local.output", include_str!("../../../book/src/reference/codes/local.output.md")),
    ("local.signal", include_str!("../../../book/src/reference/codes/local.signal.md")),
    ("local.timeout", include_str!("../../../book/src/reference/codes/local.timeout.md")),
    ("lock.held", include_str!("../../../book/src/reference/codes/lock.held.md")),
    ("needs.refused", include_str!("../../../book/src/reference/codes/needs.refused.md")),
    ("parallel.budget", include_str!("../../../book/src/reference/codes/parallel.budget.md")),
    ("probe.pods", include_str!("../../../book/src/reference/codes/probe.pods.md")),
    ("run.bug", include_str!("../../../book/src/reference/codes/run.bug.md")),
    ("run.died", include_str!("../../../book/src/reference/codes/run.died.md")),
    ("run.held", include_str!("../../../book/src/reference/codes/run.held.md")),
    ("run.lost", include_str!("../../../book/src/reference/codes/run.lost.md")),
    ("run.memory", include_str!("../../../book/src/reference/codes/run.memory.md")),
    ("run.stack", include_str!("../../../book/src/reference/codes/run.stack.md")),
    ("run.threads", include_str!("../../../book/src/reference/codes/run.threads.md")),
    ("run.unknown", include_str!("../../../book/src/reference/codes/run.unknown.md")),
    ("scene.bad", include_str!("../../../book/src/reference/codes/scene.bad.md")),
    ("script.endless", include_str!("../../../book/src/reference/codes/script.endless.md")),
    ("script.error", include_str!("../../../book/src/reference/codes/script.error.md")),
    ("script.limit", include_str!("../../../book/src/reference/codes/script.limit.md")),
    ("script.loud", include_str!("../../../book/src/reference/codes/script.loud.md")),
    ("script.redefines", include_str!("../../../book/src/reference/codes/script.redefines.md")),
    ("script.syntax", include_str!("../../../book/src/reference/codes/script.syntax.md")),
    ("script.thrown", include_str!("../../../book/src/reference/codes/script.thrown.md")),
    ("secret.missing", include_str!("../../../book/src/reference/codes/secret.missing.md")),
    ("secret.tool", include_str!("../../../book/src/reference/codes/secret.tool.md")),
    ("site.bad", include_str!("../../../book/src/reference/codes/site.bad.md")),
    ("site.machine", include_str!("../../../book/src/reference/codes/site.machine.md")),
    ("ssh.armed", include_str!("../../../book/src/reference/codes/ssh.armed.md")),
    ("ssh.auth", include_str!("../../../book/src/reference/codes/ssh.auth.md")),
    ("ssh.client", include_str!("../../../book/src/reference/codes/ssh.client.md")),
    ("ssh.cut_off", include_str!("../../../book/src/reference/codes/ssh.cut_off.md")),
    ("ssh.exit", include_str!("../../../book/src/reference/codes/ssh.exit.md")),
    ("ssh.file", include_str!("../../../book/src/reference/codes/ssh.file.md")),
    ("ssh.host_key", include_str!("../../../book/src/reference/codes/ssh.host_key.md")),
    ("ssh.lost", include_str!("../../../book/src/reference/codes/ssh.lost.md")),
    ("ssh.missing", include_str!("../../../book/src/reference/codes/ssh.missing.md")),
    ("ssh.reboot", include_str!("../../../book/src/reference/codes/ssh.reboot.md")),
    ("ssh.refused", include_str!("../../../book/src/reference/codes/ssh.refused.md")),
    ("ssh.service", include_str!("../../../book/src/reference/codes/ssh.service.md")),
    ("ssh.sudo", include_str!("../../../book/src/reference/codes/ssh.sudo.md")),
    ("ssh.timeout", include_str!("../../../book/src/reference/codes/ssh.timeout.md")),
    ("ssh.trampled", include_str!("../../../book/src/reference/codes/ssh.trampled.md")),
    ("ssh.unreachable", include_str!("../../../book/src/reference/codes/ssh.unreachable.md")),
    ("step.edited", include_str!("../../../book/src/reference/codes/step.edited.md")),
    ("step.in_doubt", include_str!("../../../book/src/reference/codes/step.in_doubt.md")),
    ("step.leak", include_str!("../../../book/src/reference/codes/step.leak.md")),
    ("step.name", include_str!("../../../book/src/reference/codes/step.name.md")),
    ("step.outside", include_str!("../../../book/src/reference/codes/step.outside.md")),
    ("step.repeated", include_str!("../../../book/src/reference/codes/step.repeated.md")),
    ("step.timeout", include_str!("../../../book/src/reference/codes/step.timeout.md")),
    ("store.damaged", include_str!("../../../book/src/reference/codes/store.damaged.md")),
    ("store.full", include_str!("../../../book/src/reference/codes/store.full.md")),
    ("store.newer", include_str!("../../../book/src/reference/codes/store.newer.md")),
    ("store.trouble", include_str!("../../../book/src/reference/codes/store.trouble.md")),
    ("template.bad", include_str!("../../../book/src/reference/codes/template.bad.md")),
    ("twin.trouble", include_str!("../../../book/src/reference/codes/twin.trouble.md")),
    ("undo.failed", include_str!("../../../book/src/reference/codes/undo.failed.md")),
    ("undo.point", include_str!("../../../book/src/reference/codes/undo.point.md")),
    ("value.bad", include_str!("../../../book/src/reference/codes/value.bad.md")),
    ("value.large", include_str!("../../../book/src/reference/codes/value.large.md")),
    ("value.secret", include_str!("../../../book/src/reference/codes/value.secret.md")),
    ("value.unstorable", include_str!("../../../book/src/reference/codes/value.unstorable.md")),
    ("wait.timeout", include_str!("../../../book/src/reference/codes/wait.timeout.md")),
    ("word.argument", include_str!("../../../book/src/reference/codes/word.argument.md")),
    ("word.option", include_str!("../../../book/src/reference/codes/word.option.md")),
];

#[cfg(test)]
mod tests {
    use runbook_model::code;

    use super::PAGES;

    #[test]
    fn every_code_has_its_page_and_the_pages_are_sorted() {
        let mut codes = code::ALL.to_vec();
        codes.sort_unstable();
        let pages: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
        assert_eq!(pages, codes);
    }

    #[test]
    fn every_page_is_headed_by_its_code_and_says_what_is_certain_and_what_to_do() {
        for (code, page) in PAGES {
            assert!(page.starts_with(&format!("# {code}\n\n")), "the page of `{code}` has another heading");
            for said in ["## When it happens", "## What is certain", "## What to do"] {
                assert!(page.contains(said), "the page of `{code}` does not say: {said}");
            }
        }
    }
}
