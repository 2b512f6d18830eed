//! The machines of a scene.

use super::reader::{Read, Reader, mistake};
use crate::json::Value;
use crate::machines::units::Unit;
use crate::machines::{Bare, Card, Machine};
use crate::world::Moment;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Systems a machine may have, by the word a scene uses: what `/etc/os-release` says.
const SYSTEMS: [(&str, &str); 6] = [
    (
        "debian13",
        "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nVERSION=\"13 (trixie)\"\n\
         VERSION_CODENAME=trixie\nID=debian\n",
    ),
    (
        "leap156",
        "NAME=\"openSUSE Leap\"\nVERSION=\"15.6\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\nPRETTY_NAME=\"openSUSE Leap 15.6\"\n",
    ),
    (
        "nixos2511",
        "NAME=NixOS\nID=nixos\nVERSION=\"25.11 (Xantusia)\"\nVERSION_ID=\"25.11\"\nVERSION_CODENAME=xantusia\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\n",
    ),
    (
        "photon5",
        "NAME=\"VMware Photon OS\"\nVERSION=\"5.0\"\nID=photon\nVERSION_ID=5.0\nPRETTY_NAME=\"VMware Photon OS/Linux\"\n",
    ),
    (
        "rocky9",
        "NAME=\"Rocky Linux\"\nVERSION=\"9.6 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.6\"\nPRETTY_NAME=\"Rocky Linux 9.6 (Blue Onyx)\"\n",
    ),
    (
        "ubuntu2404",
        "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n",
    ),
];

/// Where the only card of a machine leads to, when nothing else is said of its cards.
pub(super) struct Place<'a> {
    pub(super) address: Option<&'a str>,
    /// Whether it has a way to everything else: nodes do, by the last address of their segment.
    pub(super) routed: bool,
}

/// The last address of a range that a machine can have.
pub(super) fn last_of(address: Ipv4Addr, length: u8) -> Ipv4Addr {
    let wide = 32_u32.saturating_sub(u32::from(length)).min(31);
    let last = u32::from(address) | ((1_u32 << wide) - 1);
    Ipv4Addr::from(last.saturating_sub(1))
}

/// Reads one machine called `name`, of which `map` says the rest.
pub(super) fn machine(map: &mut Reader, name: &str, seed: u64, now: Moment, place: Place<'_>) -> Read<Machine> {
    let mut bare = Bare { booted: now.since_1970(), ..Bare::new(name) };
    bare.seed = bare.seed.wrapping_add(seed);
    if let Some(word) = map.text("os")? {
        let known: Vec<&str> = SYSTEMS.iter().map(|(known, _)| *known).collect();
        match SYSTEMS.iter().find(|(known, _)| *known == word) {
            Some((_, text)) => (*text).clone_into(&mut bare.os),
            None => {
                return mistake(&map.at("os"), format!("`{word}` is no system; known are `{}`", known.join("`, `")));
            }
        }
    }
    if let Some(release) = map.text("kernel")? {
        bare.kernel = release;
    }
    let shows = bare.os.contains("ID=nixos");
    let mut machine = bare.machine();
    if shows {
        // Kernels of NixOS show how they were configured.
        Arc::make_mut(&mut machine.kernel).config.insert("CONFIG_IKCONFIG_PROC".to_owned(), "y".to_owned());
    }
    for (path, value) in map.list("interfaces")? {
        machine.add_card(card(Reader::new(&path, value)?)?);
    }
    if machine.cards.is_empty() {
        let whole = |text: &str| if text.contains('/') { text.to_owned() } else { format!("{text}/24") };
        let address = place.address.map(whole);
        let range = address.as_deref().filter(|_| place.routed).and_then(crate::net::read_prefix);
        let gateway = range.map(|(address, length)| last_of(address, length).to_string());
        let (name, segment, driver) = ("eth0".to_owned(), "underlay".to_owned(), "virtio_net".to_owned());
        machine.add_card(Card { name, segment, driver, address, gateway, ..Card::default() });
    }
    let path = map.at("files");
    for (file, text) in map.map("files")? {
        match (file.starts_with('/'), text) {
            (true, Value::String(text)) => machine.write(&file, text.as_bytes()),
            _ => return mistake(&format!("{path}.{file}"), "a file is a path from `/` on and its text"),
        }
    }
    let modules = map.texts("modules")?;
    if !modules.is_empty() {
        machine.write("/etc/modules-load.d/scene.conf", format!("{}\n", modules.join("\n")).as_bytes());
        let kernel = Arc::make_mut(&mut machine.kernel);
        kernel.loadable.extend(modules.iter().cloned());
        kernel.modules.extend(modules.into_iter().map(|module| (module, 49_152)));
    }
    for (path, value) in map.list("units")? {
        unit(Reader::new(&path, value)?, &mut machine)?;
    }
    machine.also = Arc::new(map.texts("also")?);
    machine.boot_time = map.span("boot")?;
    Ok(machine)
}

fn card(mut map: Reader) -> Read<Card> {
    let mtu = map.number("mtu")?;
    let card = Card {
        name: map.must("name")?,
        segment: map.text("segment")?.unwrap_or_else(|| "underlay".to_owned()),
        driver: map.text("driver")?.unwrap_or_else(|| "virtio_net".to_owned()),
        address: map.text("address")?,
        gateway: map.text("gateway")?,
        mtu: mtu.and_then(|mtu| u32::try_from(mtu).ok()),
    };
    if let Some(address) = card.address.as_deref()
        && crate::net::read_prefix(address).is_none()
    {
        return mistake(&map.at("address"), format!("`{address}` is no address like `10.0.0.1/24`"));
    }
    map.end()?;
    Ok(card)
}

fn unit(mut map: Reader, machine: &mut Machine) -> Read<()> {
    let name = crate::machines::units::whole_name(&map.must("name")?);
    let description = map.text("description")?.unwrap_or_else(|| name.clone());
    let command = map.texts("command")?;
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let off = map.flag("disabled")?;
    let mut unit = Unit::service(&description, &words, !off);
    unit.takes = map.span("takes")?.unwrap_or_default();
    unit.oneshot = map.flag("oneshot")?;
    unit.broken = map.text("broken")?;
    map.end()?;
    machine.add_unit(&name, unit);
    if !off {
        machine.start_unit(&name);
    }
    Ok(())
}
