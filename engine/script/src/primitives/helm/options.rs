//! The options that words of helm share.

use crate::word::Opt;

pub(super) const NAMESPACE: Opt = Opt {
    name: "namespace",
    takes: "text",
    doc: "where the release is; by default what `NAME@NAMESPACE` says, else the namespace of the kubeconfig's context",
};
pub(super) const REVISION: Opt =
    Opt { name: "revision", takes: "a whole number", doc: "which revision; the last one by default" };
pub(super) const CHART: Opt = Opt {
    name: "chart",
    takes: "text",
    doc: "the chart: `REPOSITORY/NAME`, a folder, an archive, a URL or `oci://…`; it must be given",
};
pub(super) const VERSION: Opt =
    Opt { name: "version", takes: "text", doc: "the version of the chart; the newest by default" };
pub(super) const REPO: Opt =
    Opt { name: "repo", takes: "a URL", doc: "the repository of a chart that is named without one" };
pub(super) const VALUES: Opt = Opt {
    name: "values",
    takes: "a map, or text in YAML",
    doc: "the values that are given; they replace those that were given before, unless `keep_values`",
};
pub(super) const KEEP_VALUES: Opt = Opt {
    name: "keep_values",
    takes: "a boolean",
    doc: "whether values that were given before stay where they are not given now; the default is `false`",
};
pub(super) const STRICT: Opt = Opt {
    name: "strict",
    takes: "a boolean",
    doc: "whether a value under a key that the chart does not have is refused; by default it is warned of",
};
pub(super) const TIMEOUT: Opt = Opt {
    name: "timeout",
    takes: "a length of time",
    doc: "how long each thing that helm waits for may take; the default is `\"5m\"`",
};
pub(super) const WAIT: Opt = Opt {
    name: "wait",
    takes: "a boolean",
    doc: "whether it is done only when its objects are ready, or gone; the default is `true`",
};
pub(super) const WAIT_FOR_JOBS: Opt =
    Opt { name: "wait_for_jobs", takes: "a boolean", doc: "whether its jobs are waited for too" };
pub(super) const HOOKS: Opt =
    Opt { name: "hooks", takes: "a boolean", doc: "whether its hooks run; the default is `true`" };
pub(super) const CREATE_NAMESPACE: Opt =
    Opt { name: "create_namespace", takes: "a boolean", doc: "whether its namespace is made where there is none" };
pub(super) const FORCE_CONFLICTS: Opt = Opt {
    name: "force_conflicts",
    takes: "a boolean",
    doc: "whether fields that belong to another manager are taken over; for helm 4 only",
};
pub(super) const TAKE_OWNERSHIP: Opt = Opt {
    name: "take_ownership",
    takes: "a boolean",
    doc: "whether objects that exist already are taken over, whoever made them",
};
