//! The clusters of the documents people wrote about moving their networks: each as its document tells of it.

mod antrea;
mod arm;
mod by_hand;
mod calico;
mod calico_operator;
mod k3s_policies;
mod leap;
mod photon;
mod place;
mod rke2;
mod talos;
#[path = "../typed/mod.rs"]
mod typed;
