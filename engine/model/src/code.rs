//! Every failure code the engine itself raises. Each has a page under `book/src/reference/codes/`.
//!
//! A script may throw codes of its own; those need no page.

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal;)*) => {
        $($(#[doc = $doc])* pub const $name: &str = $code;)*
        /// All codes, in the order of their names.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The check said no.
    CHECK_NO = "check.no";
    /// A command does not do what it is typed for, or takes away more than is wanted.
    COMMAND_WRONG = "command.wrong";
    /// The file is not where it should be.
    FILE_MISSING = "file.missing";
    /// The file lies outside what `needs` allows.
    FILE_OUTSIDE = "file.outside";
    /// The file could not be read or written.
    FILE_TROUBLE = "file.trouble";
    /// The front matter cannot be understood.
    FRONT_BAD = "front.bad";
    /// A person said no.
    GATE_DENIED = "gate.denied";
    /// Nobody answered in time.
    GATE_EXPIRED = "gate.expired";
    /// A guard saw its invariant broken.
    GUARD_BROKEN = "guard.broken";
    /// The chart cannot be found, read or rendered.
    HELM_CHART = "helm.chart";
    /// Someone else is changing the release.
    HELM_CONFLICT = "helm.conflict";
    /// Helm refused or failed.
    HELM_FAILED = "helm.failed";
    /// The program `helm` could not be started.
    HELM_MISSING = "helm.missing";
    /// An object of the chart belongs to someone else.
    HELM_OWNED = "helm.owned";
    /// An operation on the release was begun and has not ended.
    HELM_PENDING = "helm.pending";
    /// There is no such release or revision, or it cannot be read.
    HELM_RELEASE = "helm.release";
    /// What helm waited for did not come true in time, or helm itself did not end.
    HELM_TIMEOUT = "helm.timeout";
    /// Helm cannot reach a server.
    HELM_UNREACHABLE = "helm.unreachable";
    /// The values are not what the chart takes.
    HELM_VALUES = "helm.values";
    /// This version of helm cannot be driven, or cannot do that.
    HELM_VERSION = "helm.version";
    /// The server could not be reached.
    HTTP_CONNECT = "http.connect";
    /// The connection was lost before the answer was complete.
    HTTP_LOST = "http.lost";
    /// The server answered with an error status.
    HTTP_STATUS = "http.status";
    /// The request took too long.
    HTTP_TIMEOUT = "http.timeout";
    /// An import cannot be resolved.
    IMPORT_BAD = "import.bad";
    /// An input is missing, unknown, or of the wrong type.
    INPUT_BAD = "input.bad";
    /// Something in the cluster does not let it happen.
    KUBE_BLOCKED = "kube.blocked";
    /// The object was changed by someone else since, and stays as it is.
    KUBE_CHANGED = "kube.changed";
    /// The kubeconfig cannot be used.
    KUBE_CONFIG = "kube.config";
    /// The object, or a field of it, belongs to someone else.
    KUBE_CONFLICT = "kube.conflict";
    /// The command could not be run in the pod.
    KUBE_EXEC = "kube.exec";
    /// The object is there already.
    KUBE_EXISTS = "kube.exists";
    /// The cluster does not let us do that.
    KUBE_FORBIDDEN = "kube.forbidden";
    /// The server cannot go on with a list it began.
    KUBE_GONE = "kube.gone";
    /// The server does not accept what it was sent.
    KUBE_INVALID = "kube.invalid";
    /// The cluster knows no such kind.
    KUBE_KIND = "kube.kind";
    /// The connection was lost before the server answered.
    KUBE_LOST = "kube.lost";
    /// The object is not there.
    KUBE_NOT_FOUND = "kube.not_found";
    /// The cluster is not the one the run was begun for.
    KUBE_OTHER = "kube.other";
    /// The rollout came to a halt.
    KUBE_ROLLOUT = "kube.rollout";
    /// The server failed while it worked.
    KUBE_SERVER = "kube.server";
    /// The server did not answer in time.
    KUBE_TIMEOUT = "kube.timeout";
    /// The server has too much to do.
    KUBE_TOO_MANY = "kube.too_many";
    /// The cluster does not accept who we say we are.
    KUBE_UNAUTHORIZED = "kube.unauthorized";
    /// The API server cannot be reached.
    KUBE_UNREACHABLE = "kube.unreachable";
    /// The command ended with an error.
    LOCAL_EXIT = "local.exit";
    /// The command could not be started.
    LOCAL_MISSING = "local.missing";
    /// The command printed more than a run can keep.
    LOCAL_OUTPUT = "local.output";
    /// The command was ended by a signal.
    LOCAL_SIGNAL = "local.signal";
    /// The command took too long and was ended.
    LOCAL_TIMEOUT = "local.timeout";
    /// Another run holds the lock.
    LOCK_HELD = "lock.held";
    /// The runbook may not do that: its `needs` do not say so.
    NEEDS_REFUSED = "needs.refused";
    /// More branches failed than the budget allows.
    PARALLEL_BUDGET = "parallel.budget";
    /// There are no test pods to probe from.
    PROBE_PODS = "probe.pods";
    /// A mistake of the engine itself.
    RUN_BUG = "run.bug";
    /// The process of the run died.
    RUN_DIED = "run.died";
    /// The run belongs to another process.
    RUN_HELD = "run.held";
    /// The run used more memory than it may.
    RUN_MEMORY = "run.memory";
    /// The run was lost to a newer holder.
    RUN_LOST = "run.lost";
    /// The evaluation nested too deep.
    RUN_STACK = "run.stack";
    /// No thread could be started for a branch.
    RUN_THREADS = "run.threads";
    /// There is no such run, or nothing to resume.
    RUN_UNKNOWN = "run.unknown";
    /// The scene cannot be understood.
    SCENE_BAD = "scene.bad";
    /// The script went on without end.
    SCRIPT_ENDLESS = "script.endless";
    /// The script made a mistake while it ran.
    SCRIPT_ERROR = "script.error";
    /// A script limit was reached.
    SCRIPT_LIMIT = "script.limit";
    /// The script printed more than a run can keep.
    SCRIPT_LOUD = "script.loud";
    /// The script redefines a word of the engine.
    SCRIPT_REDEFINES = "script.redefines";
    /// The script cannot be parsed.
    SCRIPT_SYNTAX = "script.syntax";
    /// The script threw something of its own.
    SCRIPT_THROWN = "script.thrown";
    /// The secret could not be read.
    SECRET_MISSING = "secret.missing";
    /// The program that would read the secret is not here.
    SECRET_TOOL = "secret.tool";
    /// The site file cannot be understood.
    SITE_BAD = "site.bad";
    /// The site has no such machine, or there is no site.
    SITE_MACHINE = "site.machine";
    /// What was armed has fired, or can no longer be confirmed.
    SSH_ARMED = "ssh.armed";
    /// The machine refuses the login.
    SSH_AUTH = "ssh.auth";
    /// The `ssh` of this machine cannot be used.
    SSH_CLIENT = "ssh.client";
    /// The command was cut off in the middle.
    SSH_CUT_OFF = "ssh.cut_off";
    /// The command ended with an error.
    SSH_EXIT = "ssh.exit";
    /// A file of a machine could not be read or changed.
    SSH_FILE = "ssh.file";
    /// The host key of the machine is not the one it should be.
    SSH_HOST_KEY = "ssh.host_key";
    /// The connection was lost in the middle.
    SSH_LOST = "ssh.lost";
    /// There is no such file on the machine.
    SSH_MISSING = "ssh.missing";
    /// The machine did not come back from its reboot in time.
    SSH_REBOOT = "ssh.reboot";
    /// The machine gives no shell.
    SSH_REFUSED = "ssh.refused";
    /// The service could not be changed.
    SSH_SERVICE = "ssh.service";
    /// The machine does not allow `sudo`.
    SSH_SUDO = "ssh.sudo";
    /// The machine did not answer in time, or the command took too long.
    SSH_TIMEOUT = "ssh.timeout";
    /// Someone else has changed the file since.
    SSH_TRAMPLED = "ssh.trampled";
    /// The machine cannot be reached.
    SSH_UNREACHABLE = "ssh.unreachable";
    /// The edited runbook does not fit the records.
    STEP_EDITED = "step.edited";
    /// The step was begun, and nobody knows whether it ended.
    STEP_IN_DOUBT = "step.in_doubt";
    /// The step's body writes to a variable outside it.
    STEP_LEAK = "step.leak";
    /// The step's name cannot be used.
    STEP_NAME = "step.name";
    /// A word that changes the world was used outside a step.
    STEP_OUTSIDE = "step.outside";
    /// Two steps have the same key.
    STEP_REPEATED = "step.repeated";
    /// The step took too long.
    STEP_TIMEOUT = "step.timeout";
    /// The store cannot be read: it is damaged.
    STORE_DAMAGED = "store.damaged";
    /// The disk of the store is full.
    STORE_FULL = "store.full";
    /// The store was written by a newer version.
    STORE_NEWER = "store.newer";
    /// The store cannot be opened or written.
    STORE_TROUBLE = "store.trouble";
    /// The template cannot be rendered.
    TEMPLATE_BAD = "template.bad";
    /// The twin cannot be started.
    TWIN_TROUBLE = "twin.trouble";
    /// The undo could not be finished.
    UNDO_FAILED = "undo.failed";
    /// The undo would go behind a point of no return.
    UNDO_POINT = "undo.point";
    /// A value is not what the word takes.
    VALUE_BAD = "value.bad";
    /// The value is larger than a run can keep.
    VALUE_LARGE = "value.large";
    /// The value holds a secret in clear.
    VALUE_SECRET = "value.secret";
    /// The value cannot be stored.
    VALUE_UNSTORABLE = "value.unstorable";
    /// What was waited for did not come true in time.
    WAIT_TIMEOUT = "wait.timeout";
    /// The word was called with something it does not take.
    WORD_ARGUMENT = "word.argument";
    /// The word was given an option it does not have.
    WORD_OPTION = "word.option";
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_is_sorted_and_has_no_code_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for code in super::ALL {
            assert!(seen.insert(code), "`{code}` stands twice");
        }
    }
}
