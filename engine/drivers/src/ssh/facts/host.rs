//! The machine itself: its kernel, system, memory, disks, clock and units.

use runbook_model::Value;

use super::sections::{Map, Sections, number, put, text, texts};

pub(super) fn read(from: &Sections, to: &mut Map) {
    for name in ["kernel", "architecture", "hostname", "virtualization", "boot_id"] {
        put(to, name, from.first(name).and_then(text));
    }
    put(to, "page_size", from.first("page_size").and_then(number));
    put(to, "cpus", from.first("cpus").and_then(number));
    put(to, "uptime", from.first("uptime").and_then(|line| float(line.split(' ').next()?)));
    if let Some(line) = from.first("load") {
        put(to, "load", Some(Value::List(line.split(' ').take(3).filter_map(float).collect())));
    }
    put(to, "os", from.has("os").then(|| os(from)));
    put(to, "memory", from.has("memory").then(|| memory(from)));
    put(to, "disks", from.has("disks").then(|| disks(from)));
    put(to, "clock", from.has("clock").then(|| clock(from)));
    if from.has("units") {
        put(to, "units", Some(units(from)));
        put(to, "failed", Some(texts(from.lines("failed").filter_map(|line| line.split_whitespace().next()))));
    }
    put(to, "modules", Some(texts(from.lines("modules").filter_map(|line| line.split(' ').next()))));
    put(to, "tools", Some(texts(from.lines("tools"))));
    put(to, "resolvers", Some(texts(from.lines("resolvers").filter_map(|line| line.split_whitespace().nth(1)))));
}

fn float(text: &str) -> Option<Value> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float)
}

fn os(from: &Sections) -> Value {
    let mut os = Map::new();
    for (key, value) in from.lines("os").filter_map(|line| line.split_once('=')) {
        let value = value.trim().trim_matches(['"', '\'']);
        let name = match key {
            "ID" => "id",
            "ID_LIKE" => "like",
            "VERSION_ID" => "version",
            "PRETTY_NAME" => "name",
            _ => continue,
        };
        put(&mut os, name, text(value));
    }
    Value::Map(os)
}

/// In bytes.
fn memory(from: &Sections) -> Value {
    let mut memory = Map::new();
    for (key, value) in from.lines("memory").filter_map(|line| line.split_once(':')) {
        let name = match key {
            "MemTotal" => "total",
            "MemAvailable" => "available",
            "SwapTotal" => "swap",
            "SwapFree" => "swap_free",
            _ => continue,
        };
        put(&mut memory, name, value.trim().trim_end_matches(" kB").parse().ok().map(bytes));
    }
    Value::Map(memory)
}

fn bytes(kibibytes: i64) -> Value {
    Value::Int(kibibytes.saturating_mul(1024))
}

/// Each disk once, under the path it was asked by first.
fn disks(from: &Sections) -> Value {
    let mut disks: Vec<Map> = Vec::new();
    for line in from.lines("disks") {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [what, device, total, used, free, _, mounted, ..] = words[..] else { continue };
        let at = disks.iter().position(|disk| disk.get("path") == Some(&Value::from(mounted)));
        let disk = match at {
            Some(at) => &mut disks[at],
            None => {
                disks.push(Map::from([
                    ("path".to_owned(), Value::from(mounted)),
                    ("device".to_owned(), Value::from(device)),
                ]));
                let last = disks.len() - 1;
                &mut disks[last]
            }
        };
        if what == "space" {
            for (name, value) in [("size", total), ("used", used), ("free", free)] {
                put(disk, name, value.parse().ok().map(bytes));
            }
        } else {
            put(disk, "inodes", number(total));
            put(disk, "inodes_free", number(free));
        }
    }
    Value::List(disks.into_iter().map(Value::Map).collect())
}

/// `time` in seconds since 1970; `synchronized` where the machine knows it, `offset` in seconds where chrony does.
fn clock(from: &Sections) -> Value {
    let mut clock = Map::new();
    // A busybox has no fractions: `1795261977.%N`.
    let now = from.first("clock").map(|now| now.trim_end_matches(|c: char| !c.is_ascii_digit()));
    put(&mut clock, "time", now.and_then(|now| float(now.trim_end_matches('.'))));
    let mut synchronized = match from.first("synchronized") {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    };
    for (key, value) in from.lines("chrony").filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match key.trim() {
            "Leap status" => synchronized = Some(value != "Not synchronised"),
            "System time" => {
                let amount = value.split(' ').next().and_then(|amount| amount.parse::<f64>().ok());
                let sign = if value.contains("slow") { -1.0 } else { 1.0 };
                put(&mut clock, "offset", amount.map(|amount| Value::Float(sign * amount)));
            }
            _ => {}
        }
    }
    put(&mut clock, "synchronized", synchronized);
    Value::Map(clock)
}

/// Only those the machine has.
fn units(from: &Sections) -> Value {
    let mut units = Map::new();
    for block in from.body("units").unwrap_or_default().split("\n\n") {
        let (mut unit, mut id, mut found) = (Map::new(), "", false);
        for (key, value) in block.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "Id" => id = value,
                "LoadState" => {
                    found = value != "not-found";
                    put(&mut unit, "load", text(value));
                }
                "ActiveState" => put(&mut unit, "active", text(value)),
                "SubState" => put(&mut unit, "sub", text(value)),
                "UnitFileState" => put(&mut unit, "enabled", text(value)),
                "MainPID" => put(&mut unit, "pid", number(value)),
                _ => {}
            }
        }
        if found && !id.is_empty() {
            units.insert(id.trim_end_matches(".service").to_owned(), Value::Map(unit));
        }
    }
    Value::Map(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Value {
        let mut map = Map::new();
        read(&Sections::read(&format!("{text}\u{1}end\n")).unwrap(), &mut map);
        Value::Map(map)
    }

    #[test]
    fn sizes_are_bytes_and_a_disk_stands_there_once() {
        let facts = read_text(
            "\u{1}memory\nMemTotal:       2048 kB\nMemAvailable:   1024 kB\n\u{1}disks\n\
             space /dev/vda 1000 400 600 40% /\ninodes /dev/vda 100 40 60 40% /\nspace /dev/vda 1000 400 600 40% /\n",
        );
        assert_eq!(facts.get("memory").unwrap().get("available"), Some(&Value::Int(1_048_576)));
        let Some(Value::List(disks)) = facts.get("disks") else { panic!("no disks") };
        assert_eq!(disks.len(), 1);
        assert_eq!(
            (disks[0].get("free"), disks[0].get("inodes_free")),
            (Some(&Value::Int(614_400)), Some(&Value::Int(60)))
        );
    }

    #[test]
    fn a_unit_that_is_not_there_is_left_out() {
        let facts = read_text(
            "\u{1}units\nId=k3s.service\nLoadState=not-found\nActiveState=inactive\n\n\
             Id=kubelet.service\nLoadState=loaded\nActiveState=active\nSubState=running\nMainPID=42\n\
             \u{1}failed\nbroken.service loaded failed failed Broken\n",
        );
        let units = facts.get("units").unwrap();
        assert!(units.get("k3s").is_none());
        assert_eq!(units.get("kubelet").unwrap().get("pid"), Some(&Value::Int(42)));
        assert_eq!(facts.get("failed"), Some(&Value::List(vec![Value::from("broken.service")])));
    }

    #[test]
    fn a_clock_is_read_with_and_without_fractions_and_synchronizers() {
        let facts = read_text("\u{1}clock\n1795261977.5\n\u{1}synchronized\nno\n");
        let clock = facts.get("clock").unwrap();
        assert_eq!(clock.get("time"), Some(&Value::Float(1_795_261_977.5)));
        assert_eq!(clock.get("synchronized"), Some(&Value::Bool(false)));
        let facts = read_text(
            "\u{1}clock\n1795261977.%N\n\u{1}chrony\nSystem time     : 0.25 seconds slow of NTP time\nLeap status     : Normal\n",
        );
        let clock = facts.get("clock").unwrap();
        assert_eq!(clock.get("time"), Some(&Value::Float(1_795_261_977.0)));
        assert_eq!(
            (clock.get("offset"), clock.get("synchronized")),
            (Some(&Value::Float(-0.25)), Some(&Value::Bool(true)))
        );
    }
}
