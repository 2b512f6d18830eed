//! `arp`: the neighbours a machine knows, as the older tool shows them.

use super::call::{Call, Done};
use super::network::ask;
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("arp", "/usr/sbin", arp)];

fn arp(call: &mut Call<'_, '_>) -> Done {
    if let Some(other) = call.args.iter().find(|word| !["-n", "-a", "-e", "-an", "-ne", "-en"].contains(&word.as_str()))
    {
        return call.unknown(&format!("`{other}`"));
    }
    "ip".clone_into(&mut call.name);
    let known = ask(call, &["neigh".to_owned(), "show".to_owned()], "")?;
    call.line("Address                  HWtype  HWaddress           Flags Mask            Iface");
    for line in known.stdout.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1).copied()
        };
        let (address, link) = (words.first().copied().unwrap_or_default(), after("dev").unwrap_or_default());
        match after("lladdr") {
            Some(mac) => call.line(&format!("{address:<25}ether   {mac}   C                     {link}")),
            None => call.line(&format!("{address:<25}        (incomplete)                              {link}")),
        }
    }
    Ok(0)
}
