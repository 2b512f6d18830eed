//! Every word of the language, one file each. A file holds the word's descriptor and the call of one driver verb.

pub mod armed;
pub mod attempt;
mod base64;
mod batches;
mod cache;
pub mod check;
mod cidr;
pub mod doubt;
mod fail;
pub mod fan;
mod file;
pub mod gate;
pub mod guard;
pub mod helm;
mod http;
pub mod inputs;
mod items;
mod jq;
mod json;
mod kube;
mod local;
pub mod machine;
pub mod machines;
mod net;
pub mod now;
pub mod phase;
pub mod probe;
mod pure;
mod regex;
mod render;
#[cfg(test)]
mod samples;
pub mod say;
pub mod secret;
mod semver;
mod sha256;
pub mod site;
pub mod sleep;
pub(crate) mod ssh;
pub mod steer;
pub mod step;
pub mod template;
mod text;
pub mod undo;
pub mod wait;
mod yaml;

use crate::word::Word;

/// All words, sorted by name.
pub const WORDS: &[&Word] = &[
    &armed::WORD,
    &attempt::WORD,
    &base64::decode::WORD,
    &base64::decode_bytes::WORD,
    &base64::encode::WORD,
    &check::WORD,
    &cidr::contains::WORD,
    &cidr::hosts::WORD,
    &cidr::network::WORD,
    &cidr::nth::WORD,
    &cidr::overlaps::WORD,
    &cidr::subnets::WORD,
    &fail::WORD,
    &file::copy::WORD,
    &file::exists::WORD,
    &file::list::WORD,
    &file::mkdir::WORD,
    &file::read::WORD,
    &file::read_bytes::WORD,
    &file::remove::WORD,
    &file::stat::WORD,
    &file::write::WORD,
    &gate::WORD,
    &guard::WORD,
    &helm::diff::WORD,
    &helm::get::WORD,
    &helm::history::WORD,
    &helm::list::WORD,
    &helm::repair::WORD,
    &helm::rollback::WORD,
    &helm::status::WORD,
    &helm::template::WORD,
    &helm::uninstall::WORD,
    &helm::upgrade::WORD,
    &helm::values::WORD,
    &http::delete::WORD,
    &http::get::WORD,
    &http::head::WORD,
    &http::patch::WORD,
    &http::post::WORD,
    &http::put::WORD,
    &inputs::WORD,
    &jq::word::WORD,
    &jq::all::WORD,
    &jq::first::WORD,
    &json::parse::WORD,
    &json::text::WORD,
    &kube::annotate::WORD,
    &kube::apis::WORD,
    &kube::apply::WORD,
    &kube::can_i::WORD,
    &kube::cordon::WORD,
    &kube::delete::WORD,
    &kube::diff::WORD,
    &kube::drain::WORD,
    &kube::drain_plan::WORD,
    &kube::events::WORD,
    &kube::evict::WORD,
    &kube::exec::WORD,
    &kube::exists::WORD,
    &kube::get::WORD,
    &kube::label::WORD,
    &kube::list::WORD,
    &kube::logs::WORD,
    &kube::patch::WORD,
    &kube::query::WORD,
    &kube::raw::WORD,
    &kube::rollout_restart::WORD,
    &kube::rollout_status::WORD,
    &kube::scale::WORD,
    &kube::taint::WORD,
    &kube::uncordon::WORD,
    &kube::untaint::WORD,
    &kube::version::WORD,
    &kube::wait::WORD,
    &local::read::WORD,
    &local::run::WORD,
    &machine::WORD,
    &machines::WORD,
    &net::dns::WORD,
    &net::http::WORD,
    &net::tcp::WORD,
    &now::WORD,
    &fan::PARALLEL,
    &phase::WORD,
    &undo::POINT,
    &probe::api::WORD,
    &probe::baseline::WORD,
    &probe::compare::WORD,
    &probe::dns::WORD,
    &probe::large::WORD,
    &probe::machines::WORD,
    &probe::node_port::WORD,
    &probe::outside::WORD,
    &probe::pods::WORD,
    &probe::policy::WORD,
    &probe::service::WORD,
    &probe::start::WORD,
    &probe::stop::WORD,
    &probe::table::WORD,
    &regex::captures::WORD,
    &regex::find::WORD,
    &regex::find_all::WORD,
    &regex::is_match::WORD,
    &regex::replace::WORD,
    &regex::replace_all::WORD,
    &regex::split::WORD,
    &fan::ROLLING,
    &say::WORD,
    &secret::WORD,
    &semver::compare::WORD,
    &semver::matches::WORD,
    &semver::max::WORD,
    &semver::parse::WORD,
    &sha256::WORD,
    &site::WORD,
    &sleep::WORD,
    &ssh::download::WORD,
    &ssh::exists::WORD,
    &ssh::facts::WORD,
    &ssh::interfaces::WORD,
    &ssh::list::WORD,
    &ssh::mkdir::WORD,
    &ssh::move_::WORD,
    &ssh::query::WORD,
    &ssh::read::WORD,
    &ssh::read_bytes::WORD,
    &ssh::reboot::WORD,
    &ssh::remove::WORD,
    &ssh::run::WORD,
    &ssh::service::WORD,
    &ssh::set_sysctl::WORD,
    &ssh::stat::WORD,
    &ssh::sysctl::WORD,
    &ssh::unit::WORD,
    &ssh::upload::WORD,
    &ssh::write::WORD,
    &step::WORD,
    &template::WORD,
    &text::dedent::WORD,
    &text::diff::WORD,
    &text::human_bytes::WORD,
    &text::human_duration::WORD,
    &text::indent::WORD,
    &text::join::WORD,
    &text::lines::WORD,
    &text::pad::WORD,
    &text::parse_bytes::WORD,
    &text::parse_duration::WORD,
    &text::quote::WORD,
    &text::table::WORD,
    &text::words::WORD,
    &undo::WORD,
    &wait::WORD,
    &say::WARN,
    &yaml::parse::WORD,
    &yaml::parse_all::WORD,
    &yaml::text::WORD,
];

/// The word called `name`.
pub fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().copied().find(|word| word.name == name)
}

/// A short hash of `bytes`, to tell two things apart.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut hex = sha256::hex(bytes);
    hex.truncate(16);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word::Touches;

    #[test]
    fn the_words_are_sorted_and_no_name_stands_twice() {
        for pair in WORDS.windows(2) {
            assert!(pair[0].name < pair[1].name, "`{}` must stand after `{}`", pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn every_example_of_a_pure_word_runs() {
        let engine = crate::language::engine();
        for word in WORDS.iter().filter(|word| word.touches == Touches::Nothing) {
            assert!(!word.summary().is_empty(), "`{}` has no summary", word.name);
            assert!(!word.examples().is_empty(), "`{}` has no example", word.name);
            for example in word.examples() {
                if let Err(trouble) = engine.run(&example) {
                    panic!("the example of `{}` fails: {trouble}\n{example}", word.name);
                }
            }
        }
    }
}
