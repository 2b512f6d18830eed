//! `iptables` in both backends, with `-save` and `-restore`; `ip6tables` is kept and never asked.

mod change;
mod connection;
mod hooks;
mod kept;
mod matches;
mod options;
mod parse;
mod read;
mod restore;
mod save;
mod target;

use super::{Call, Output};
use crate::net::filter::Tables;
use crate::net::network::{Network, SpaceId};
use std::sync::Arc;

/// Which rules are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Nft,
    Legacy,
    Six,
}

impl Backend {
    /// What the tool calls itself with its version.
    pub(super) fn version(self) -> &'static str {
        match self {
            Backend::Nft => "iptables v1.8.9 (nf_tables)",
            Backend::Legacy => "iptables v1.8.9 (legacy)",
            Backend::Six => "ip6tables v1.8.9 (nf_tables)",
        }
    }

    pub(super) fn name(self) -> &'static str {
        if self == Backend::Six { "ip6tables" } else { "iptables" }
    }

    pub(super) fn tables(self, net: &Network, id: SpaceId) -> Arc<Tables> {
        let space = net.space(id);
        match self {
            Backend::Nft => space.nft.clone(),
            Backend::Legacy => space.legacy.clone(),
            Backend::Six => space.six.clone(),
        }
    }

    pub(super) fn put(self, net: &mut Network, id: SpaceId, mut tables: Arc<Tables>) {
        let tracks = tables.need_tracking();
        if tables.tracks != tracks {
            Arc::make_mut(&mut tables).tracks = tracks;
        }
        let space = net.space_mut(id);
        match self {
            Backend::Nft => space.nft = tables,
            Backend::Legacy => space.legacy = tables,
            Backend::Six => space.six = tables,
        }
    }
}

pub(super) const NFT: super::Command = |net, call, words| change::run(net, call, words, Backend::Nft);
pub(super) const LEGACY: super::Command = |net, call, words| change::run(net, call, words, Backend::Legacy);
pub(super) const SIX: super::Command = |net, call, words| change::run(net, call, words, Backend::Six);
pub(super) const NFT_SAVE: super::Command = |net, call, words| save::save(net, call, words, Backend::Nft);
pub(super) const LEGACY_SAVE: super::Command = |net, call, words| save::save(net, call, words, Backend::Legacy);
pub(super) const SIX_SAVE: super::Command = |net, call, words| save::save(net, call, words, Backend::Six);
pub(super) const NFT_RESTORE: super::Command = |net, call, words| restore::restore(net, call, words, Backend::Nft);
pub(super) const LEGACY_RESTORE: super::Command =
    |net, call, words| restore::restore(net, call, words, Backend::Legacy);
pub(super) const SIX_RESTORE: super::Command = |net, call, words| restore::restore(net, call, words, Backend::Six);

pub(super) fn here(net: &Network, call: Call<'_>) -> SpaceId {
    net.find(call.machine, call.namespace).unwrap_or(SpaceId(0))
}

/// What the tool tells and ends with.
pub(super) fn failed(code: i32, text: impl Into<String>) -> Output {
    Output::failed(code, text)
}

/// A word that is known and that the model does not follow.
pub(super) fn beyond(backend: Backend, what: &str) -> Output {
    super::words::beyond(backend.name(), what)
}

pub(super) fn try_help(backend: Backend, text: &str) -> Output {
    let name = backend.name();
    failed(2, format!("{}: {text}\nTry `{name} -h' or '{name} --help' for more information.", backend.version()))
}
