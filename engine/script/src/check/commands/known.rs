//! The commands that are known: by what sign, what is wrong with each, and what to do instead.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// It does not do what it is typed for.
    Wrong,
    /// It does it in a way that people are mistaken about.
    Doubtful,
    /// It takes away what nothing brings back.
    Final,
}

/// A command that is known.
#[derive(Debug)]
pub(super) struct Known {
    /// What people call it, and how `needs` names it.
    pub(super) name: &'static str,
    /// A regular expression; `^` and `$` are those of a line.
    pub(super) sign: &'static str,
    pub(super) grade: Grade,
    /// What is wrong with it: goes on after its name.
    pub(super) why: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

const fn known(
    grade: Grade,
    name: &'static str,
    sign: &'static str,
    why: &'static str,
    instead: &'static str,
) -> Known {
    Known { name, sign, grade, why, instead }
}

use Grade::{Doubtful, Final, Wrong};

/// All of them.
pub(super) const KNOWN: &[Known] = &[
    // What is kept, and what is brought back from it.
    known(
        Wrong,
        "kubectl get all",
        r"kubectl\b[^|;&\n]*\bget all\b[^|;&\n]*(-o|--output)[= ]?(yaml|json)",
        "leaves out secrets, configuration, volumes, rights, policies and every kind of one's own: it is no backup",
        "keep objects with `std/backup`, and the store with a snapshot of etcd",
    ),
    known(
        Wrong,
        "kubectl apply -f …backup",
        r"kubectl\b[^|;&\n]*\b(apply|create|replace)\b[^|;&\n]*-f[= ]?\S*backup\S*\.ya?ml",
        "brings back pods with the addresses and nodes of before, which belong to nobody",
        "restore a snapshot of etcd, or apply what was written by hand",
    ),
    known(
        Wrong,
        "etcdctl",
        r"(^|[\s;&|/])etcdctl\s",
        "is not on machines of k3s and RKE2",
        "ask the API for `/readyz/etcd`, and keep a snapshot with `k3s etcd-snapshot save`",
    ),
    // What people look at.
    known(
        Wrong,
        "grep CONFIG_BPF=",
        r"/proc/config\.gz[^;&\n]*grep[^;&\n]*CONFIG_BPF=",
        "prints `CONFIG_BPF=y` where all is well, and nothing where the kernel keeps no such file; it never gives 0",
        "ask `ssh::facts(m).config`, which knows the other places",
    ),
    known(
        Wrong,
        "cilium connectivity test in a pod",
        r"\bexec\b[^|;&\n]*--[^|;&\n]*\bcilium connectivity test",
        "is not in the agent's image: the command line that has it runs outside of the cluster",
        "run `cilium connectivity test` where kubectl runs",
    ),
    known(
        Wrong,
        "cilium connectivity test --node",
        r"cilium connectivity test\b[^|;&\n]*--node[= ]",
        "knows no `--node`, and ends before it tests anything",
        "say `--node-selector kubernetes.io/hostname=NODE`",
    ),
    known(
        Wrong,
        "cilium connectivity test || true",
        r"cilium connectivity test\b[^\n;&]*\|\|\s*true",
        "can then not fail",
        "let it fail, or look at its exit code",
    ),
    known(
        Wrong,
        "cilium connectivity test --test",
        r"cilium connectivity test\b[^|;&\n]*--test[= ]['\x22]?(kube-proxy-replacement|pod-to-pod|[a-z-]*-replacement)\b",
        "takes a pattern of names of tests; no test is called so, and none of none fails",
        "say `--test '/pod-to-pod'` for a scenario, and count the tests that ran",
    ),
    known(
        Doubtful,
        "cilium in a pod",
        r"\bexec\b[^|;&\n]*--\s*cilium\s+(status|endpoint|bpf|service|node|version|policy|config|identity)\b",
        "is called `cilium-dbg` in the agent's image since 1.15, and `ds/cilium` is one agent of many",
        "ask `cilium-dbg` of the agent of each node, as `cilium::works` does",
    ),
    known(
        Wrong,
        "cilium bpf",
        r"(^|[;&|(]\s*|sudo\s+)cilium\s+bpf\s",
        "is no command of the tool that runs outside of the cluster",
        "ask `cilium-dbg bpf ipcache list` of an agent",
    ),
    known(
        Wrong,
        "cilium status | grep",
        r"(^|[;&(]\s*|sudo\s+)cilium\s+status\b[^;&\n]*\|\s*grep[^;&\n]*(Network Policy|Policy Enforcement|KubeProxyReplacement|Hubble)",
        "prints no such line",
        "ask `cilium-dbg status -o json` of an agent",
    ),
    known(
        Wrong,
        "cilium config view | grep dns-proxy",
        r"cilium\s+config\s+view\b[^;&\n]*grep[^;&\n]*dns-proxy",
        "finds nothing: the keys are `enable-l7-proxy` and `tofqdns-…`",
        "read the config map `kube-system/cilium-config`",
    ),
    known(
        Doubtful,
        "kubectl get cnp",
        r"kubectl\b[^|;&\n]*\bget (cnp|ciliumnetworkpolic)",
        "lists Cilium's own policies only: those of Kubernetes are not turned into them",
        "ask `cilium-dbg policy get`, and probe what is to be let in and what not",
    ),
    known(
        Doubtful,
        "kubectl get networkpolicies",
        r"kubectl\b[^|;&\n]*\bget (networkpolic|netpol)[a-z]*[^|;&\n>]*($|[|;&])",
        "lists policies, and says nothing of whether anybody keeps them",
        "probe what is to be let in and what not",
    ),
    known(
        Wrong,
        "ping a service",
        r"\bping\b[^|;&\n]*\.svc\b",
        "gets no answer: the address of a service takes TCP and UDP and no ICMP",
        "use `probe::http`, or `curl`",
    ),
    known(
        Wrong,
        "curl http://kubernetes",
        r"curl\b[^|;&\n]*http://kubernetes\.default[^ ]*:443",
        "speaks http to a port of https",
        "ask `https://kubernetes.default/healthz`, and take 401 and 403 for reached as well",
    ),
    known(
        Wrong,
        "…/HEAD/…",
        r"(apply|create)\b[^|;&\n]*https://\S*/(HEAD|main|master)/\S+",
        "is another thing tomorrow",
        "take the file of the version that runs",
    ),
    known(
        Wrong,
        "…/latest/download/…",
        r"(apply|create)\b[^|;&\n]*https://\S*/latest/download/\S+",
        "is another version tomorrow, and knows nothing of this cluster's ranges",
        "take the file of one version, and give it the ranges; k3s has a flannel of its own",
    ),
    // What takes away.
    known(
        Final,
        "kubectl drain --force",
        r"kubectl\b[^|;&\n]*\bdrain\b[^|;&\n]*--force",
        "deletes pods that nothing makes again",
        "see `kube::drain_plan(node).refused` first, and move them",
    ),
    known(
        Final,
        "kubectl delete ippool",
        r"kubectl\b[^|;&\n]*\bdelete\b[^|;&\n]*\bippools?\b",
        "takes the range of pods that still run from under them",
        "delete the Installation, wait until it is gone, and let the operator take the rest: `calico::remove_agents`",
    ),
    known(
        Final,
        "kubectl delete deployment tigera-operator",
        r"kubectl\b[^|;&\n]*\bdelete\b[^|;&\n]*\btigera-operator\s*($|[|;&])",
        "leaves an Installation that nobody can take away any more",
        "wait until the Installation is gone: `calico::remove_agents`, then `calico::remove_rest`",
    ),
    known(
        Final,
        "kubectl delete namespace",
        r"kubectl\b[^|;&\n]*\bdelete (ns|namespace) (cilium|kube-system|calico-system|tigera-operator)\b",
        "takes the agents away without their cleaning up; configuration, links, kinds and rights stay",
        "roll back with a runbook: `rollback-to-flannel.rhai`, `rollback-to-calico.rhai`",
    ),
    known(
        Doubtful,
        "helm uninstall cilium",
        r"\bhelm\b[^|;&\n]*\buninstall\b[^|;&\n]*\bcilium\b",
        "leaves `05-cilium.conflist`, links, programs, rules, kinds and their objects: pods to come get no network",
        "roll back with a runbook, or go on with `cilium::clean` on every machine and `cilium::forget`",
    ),
    known(
        Final,
        "k3s-uninstall.sh",
        r"\bk3s(-agent)?-uninstall\.sh|\brke2-uninstall\.sh",
        "takes the cluster's store and all volumes of the machine with the network",
        "stop the service, clean the machine with `cilium::clean`, `flannel::clean` or `calico::clean`, and start it",
    ),
    known(
        Final,
        "rm -rf /sys/fs/bpf",
        r"\brm\s+-[rf]+\s+/sys/fs/bpf(/\*|/)?($|[\s;&|])",
        "takes the maps from programs that are still attached: they drop everything, and so does ssh",
        "take away links first: `cilium::clean`",
    ),
    known(
        Final,
        "ip addr flush",
        r"\bip\s+(-\S+\s+)*addr(ess)?\s+flush\b",
        "takes every address of a link, also the one you are logged in by, and the routes with it",
        "add the address with its new mask first, then take the old one, with `ssh::armed` around it",
    ),
    known(
        Final,
        "ip link delete cilium_vxlan",
        r"\bip\s+link\s+del(ete)?\s+(dev\s+)?cilium_(vxlan|host|net|geneve)\b",
        "stops all packets between nodes until the agent starts anew; its size is that of the base device on purpose",
        "set `MTU` where it must be, and restart the agents: routes carry the size",
    ),
    known(
        Final,
        "kubectl patch namespace finalizers",
        r"kubectl\b[^|;&\n]*\bpatch (ns|namespace)\b[^;&]*finalizers|kubectl\b[^;&\n]*replace --raw\b[^;&\n]*/finalize",
        "cannot change `spec.finalizers` by a patch, and by `/finalize` leaves behind what holds the namespace",
        "read the conditions of the namespace: mostly an aggregated API does not answer",
    ),
    known(
        Final,
        "kubectl delete secret owner=helm",
        r"kubectl\b[^|;&\n]*\bdelete\b[^|;&\n]*\bsecrets?\b[^|;&\n]*owner=helm",
        "takes the whole history of a release, and nobody can roll it back or uninstall it",
        "use `helm::repair`, which takes the revision that is half-way and no other",
    ),
    known(
        Doubtful,
        "kubectl delete pod -l k8s-app=cilium",
        r"kubectl\b[^|;&\n]*\bdelete pods?\b[^|;&\n]*k8s-app=cilium\s*($|[|;&])",
        "stops the agents of all nodes at once, where no node is chosen",
        "use `kube::rollout_restart`, or choose one node",
    ),
    known(
        Doubtful,
        "helm upgrade --reuse-values",
        r"\bhelm\b[^|;&\n]*\bupgrade\b[^|;&\n]*--reuse-values",
        "lacks what a newer chart has by default",
        "keep the values, and give them: `helm::upgrade` with `values`",
    ),
    known(
        Doubtful,
        "ethtool",
        r"\bethtool\s+-(L|G|K)\s",
        "has many drivers start anew and lose the early programs that are attached",
        "do it before Cilium is there, or restart the agent of that node afterwards",
    ),
    known(
        Wrong,
        "wait $PID && … || echo",
        r"\bwait\s+\$\{?\w+\}?\s*&&[^\n]*\|\|\s*echo",
        "ends well whatever the program that was waited for has said",
        "use `parallel`, or look at the exit code of each",
    ),
];
