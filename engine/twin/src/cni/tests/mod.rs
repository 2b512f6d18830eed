//! The networks of pods on machines that have nothing else: plugins and agents alone, without a cluster.

mod bench;
mod flannel;
