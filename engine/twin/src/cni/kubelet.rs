//! The chains that a kubelet makes on its machine, whatever network there is.

use super::host::Host;
use super::jump;

/// What keeps others from what listens on the machine's own loopback.
const LOCAL: &str = "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"block incoming localnet connections\" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n";

/// Puts them there: a hint which backend it uses, canaries that tell of a flush, and the wall before loopback.
pub(super) fn chains(host: &mut Host<'_>) {
    let saved = host.run("iptables-save").unwrap_or_default();
    let jumps: String = ["INPUT", "OUTPUT"].map(|chain| jump::first(&saved, chain, "-j KUBE-FIREWALL")).concat();
    let texts = [
        "*mangle\n:KUBE-IPTABLES-HINT - [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n".to_owned(),
        "*nat\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n".to_owned(),
        format!("*filter\n:KUBE-FIREWALL - [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n{jumps}{LOCAL}COMMIT\n"),
    ];
    for text in texts {
        // A machine that takes no chains does without.
        drop(host.restore(&text));
    }
}
