//! What goes wrong with a machine: its disk, its cable, its boots, its runtime, its units, the way to it.

use super::Planted;
use crate::machines::power;
use crate::world::World;

pub(super) fn disk_slow(world: &mut World, fault: &Planted) -> Result<(), String> {
    let time = fault.span("time")?;
    fault.on_machine(world, |machine| machine.plant(power::Fault::SlowDisk(time)))
}

pub(super) fn link_down(world: &mut World, fault: &Planted) -> Result<(), String> {
    let link = if fault.text("link").is_empty() { "eth0" } else { fault.text("link") };
    let done = world.network_mut().cable(fault.text("machine"), link, false);
    done.then_some(()).ok_or_else(|| format!("there is no card `{link}` in a machine `{}`", fault.text("machine")))
}

pub(super) fn machine_lost(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |machine| {
        machine.plant(power::Fault::NoReturn);
        machine.reboot();
    })
}

pub(super) fn reboot_never_returns(world: &mut World, fault: &Planted) -> Result<(), String> {
    fault.on_machine(world, |machine| machine.plant(power::Fault::NoReturn))
}

pub(super) fn runtime_down(world: &mut World, fault: &Planted) -> Result<(), String> {
    let said = match fault.text("why") {
        "" => "validate service connection: rpc error: code = DeadlineExceeded desc = context deadline exceeded"
            .to_owned(),
        why => why.to_owned(),
    };
    fault.on_machine(world, |machine| std::sync::Arc::make_mut(&mut machine.containers).down = Some(said))
}

pub(super) fn ssh_cut(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (words, after) = (fault.text("words").to_owned(), fault.span("after")?);
    fault.on_machine(world, |machine| machine.plant(power::Fault::Cut { words, after }))
}

pub(super) fn unit_broken(world: &mut World, fault: &Planted) -> Result<(), String> {
    let name = crate::machines::units::whole_name(fault.text("unit"));
    let why = if fault.text("why").is_empty() { "it was made to fail" } else { fault.text("why") }.to_owned();
    let mut there = false;
    fault.on_machine(world, |machine| there = machine.change_unit(&name, |unit| unit.broken = Some(why)))?;
    there.then_some(()).ok_or_else(|| format!("`{}` has no unit `{name}`", fault.text("machine")))
}

/// What k3s says of it.
const MISMATCH: &str = "level=fatal msg=\"starting kubernetes: preparing server: failed to validate server configuration: \
    critical configuration value mismatch: flannel-backend\"";

pub(super) fn flags_differ(world: &mut World, fault: &Planted) -> Result<(), String> {
    let mut there = false;
    fault.on_machine(world, |machine| {
        there = machine.change_unit("k3s.service", |unit| unit.broken = Some(MISMATCH.to_owned()));
        if there {
            machine.stop_unit("k3s.service");
            machine.start_unit("k3s.service");
        }
    })?;
    there.then_some(()).ok_or_else(|| format!("`{}` is no server of k3s", fault.text("machine")))
}
