//! BIRD on one machine: what the others told it of their blocks, as routes. It makes no way that nobody told it of, and
//! without a tunnel it sends what is not near to the router on the way there, who may know nothing of pods.

use super::super::host::Host;
use super::felix;
use super::plan::{Peer, Plan, Way};

/// Where it listens.
pub(crate) const PORT: u16 = 179;
/// Whose server that is.
pub(crate) const OWNER: &str = "bird";

/// Makes the routes to the blocks that others have told of, and takes away those nobody tells of any more.
pub(super) fn sync(host: &mut Host<'_>, plan: &Plan, peers: &[Peer], by: &str) {
    let (mut lines, mut wanted) = (Vec::new(), vec![plan.block.network()]);
    for peer in peers.iter().filter(|peer| peer.told) {
        let block = peer.block.network();
        let Way::Bird { wrapped } = plan.way(block, peer.own) else { continue };
        wanted.push(block);
        if wrapped {
            lines.push(format!("ip route replace {block} via {} dev tunl0 proto bird onlink", peer.own));
        } else {
            let asked = host.run(&format!("ip route get {}", peer.own)).unwrap_or_default();
            let word = |before: &str| asked.split_once(before).and_then(|(_, rest)| rest.split_whitespace().next());
            let (gate, dev) = (word(" via ").map(str::to_owned), word(" dev ").unwrap_or(by));
            let gate = gate.unwrap_or_else(|| peer.own.to_string());
            lines.push(format!("ip route replace {block} via {gate} dev {dev} proto bird"));
        }
    }
    lines.extend(felix::ways_gone(host, "bird", " via ", &wanted));
    host.try_all("", &lines);
}
