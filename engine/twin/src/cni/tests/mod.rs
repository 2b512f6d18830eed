//! The networks of pods: plugins and agents alone, and whole clusters.

mod antrea;
mod bench;
mod calico;
mod cluster;
mod facts;
mod flannel;
mod orders;
mod seen;
