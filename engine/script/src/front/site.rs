//! Reads the file of a site: the machines there are, and how they and the cluster are reached.
//!
//! TOML. Paths in it are meant from the folder it lies in. A mistake is shown at its own place in the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use runbook_model::site::{Site, SiteMachine};
use runbook_model::{Failure, code};
use toml::de::{DeTable, DeValue};

use super::entries::{Entries, in_words};
use super::sheet::{Line, Sheet};
use super::toml_value;
use super::wrong::shown;

const KEYS: [&str; 5] = ["name", "kubeconfig", "context", "ssh", "machines"];
/// Keys that people bring from elsewhere, and ours.
const OTHER_KEYS: [(&str, &str); 4] =
    [("hosts", "machines"), ("nodes", "machines"), ("machine", "machines"), ("defaults", "ssh")];
const SSH_KEYS: [&str; 5] = ["config", "user", "port", "jump", "sudo"];
const MACHINE_KEYS: [&str; 8] = ["address", "user", "port", "jump", "sudo", "config", "node", "labels"];
const OTHER_MACHINE_KEYS: [(&str, &str); 6] = [
    ("host", "address"),
    ("hostname", "address"),
    ("ip", "address"),
    ("become", "sudo"),
    ("bastion", "jump"),
    ("ssh_config", "config"),
];

/// What the file of a site says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The site.
    pub site: Site,
    /// The kubeconfig of its cluster.
    pub kubeconfig: Option<String>,
    /// The context in it.
    pub context: Option<String>,
}

/// Reads the file at `path`.
///
/// Failures are `site.bad`, and point at the token in the file.
pub fn read(path: &Path) -> Result<Told, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|why| {
        Failure::new(code::SITE_BAD, format!("`{shown}` cannot be read"))
            .because(why)
            .hint("name the file of the site with `--site FILE`")
    })?;
    let folder = std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    parse(&shown, &text, &folder)
}

/// Reads `text`, which stands in `file`; its paths are meant from `folder`.
pub fn parse(file: &str, text: &str, folder: &Path) -> Result<Told, Failure> {
    let line = |(nth, text)| Line { number: u32::try_from(nth).unwrap_or(u32::MAX).saturating_add(1), text };
    let mut sheet = Sheet::new(file, Line { number: 1, text: text.lines().next().unwrap_or_default() });
    for line in text.lines().enumerate().map(line) {
        sheet.push(line, 0);
    }
    let told = fill(file, &sheet, folder);
    told.map_err(|failure| Failure { code: code::SITE_BAD.into(), ..failure })
}

fn fill(file: &str, sheet: &Sheet<'_>, folder: &Path) -> Result<Told, Failure> {
    let document = DeTable::parse(sheet.text()).map_err(|trouble| {
        let what = format!("the site is not TOML: {}", toml_value::why(&trouble));
        sheet
            .bad(trouble.span().unwrap_or_default(), what)
            .hint("write it like `[machines.n1]`, then `user = \"root\"`")
    })?;
    let top = Entries::new(sheet, "a site", document.get_ref());
    top.only(&KEYS, &OTHER_KEYS)?;
    let name = match top.text("name")? {
        Some((name, span)) => plain(sheet, "the name of a site", name, span)?,
        None => Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    let of = |key: &str| Ok::<_, Failure>(top.text(key)?.map(|(text, _)| text.to_owned()));
    let mut site = Site { name, file: file.to_owned(), ..Site::default() };
    let mut usual = SiteMachine::default();
    if let Some(ssh) = top.table("ssh")? {
        ssh.only(&SSH_KEYS, &OTHER_MACHINE_KEYS)?;
        site.ssh_config = path_in(&ssh, "config", folder)?;
        usual = way(&ssh, &SiteMachine::default())?;
    }
    if let Some(machines) = top.table("machines")? {
        site.machines = read_machines(&machines, &usual, folder)?;
    }
    Ok(Told { site, kubeconfig: path_in(&top, "kubeconfig", folder)?, context: of("context")? })
}

fn read_machines(
    table: &Entries<'_>,
    usual: &SiteMachine,
    folder: &Path,
) -> Result<BTreeMap<String, SiteMachine>, Failure> {
    let sheet = table.sheet;
    let mut machines = BTreeMap::new();
    let mut nodes: BTreeMap<String, String> = BTreeMap::new();
    for (key, under) in table.in_order() {
        let name = plain(sheet, "the name of a machine", key.get_ref(), key.span())?;
        let DeValue::Table(under_table) = under.get_ref() else {
            let what = format!("machine `{name}` takes a table, not {}", in_words(under.get_ref()));
            return Err(sheet.bad(under.span(), what).hint(format!("write `[machines.{name}]` on a line of its own")));
        };
        let entries = Entries::new(sheet, format!("machine `{name}`"), under_table);
        entries.only(&MACHINE_KEYS, &OTHER_MACHINE_KEYS)?;
        let mut machine = way(&entries, usual)?;
        machine.address = word(&entries, "address")?;
        machine.ssh_config = path_in(&entries, "config", folder)?;
        machine.node = word(&entries, "node")?;
        machine.labels = labels(&entries)?;
        let node = machine.node.clone().unwrap_or_else(|| name.clone());
        if let Some(other) = nodes.insert(node.clone(), name.clone()) {
            let what = format!("machines `{other}` and `{name}` are both the node `{node}`");
            return Err(sheet.bad(key.span(), what).hint("say in each which `node` it is"));
        }
        machines.insert(name, machine);
    }
    Ok(machines)
}

/// How a machine is logged in to; what is not said is as `usual`.
fn way(entries: &Entries<'_>, usual: &SiteMachine) -> Result<SiteMachine, Failure> {
    let port = entries.number("port", 1, i64::from(u16::MAX))?.and_then(|port| u16::try_from(port).ok());
    Ok(SiteMachine {
        user: word(entries, "user")?.or_else(|| usual.user.clone()),
        port: port.or(usual.port),
        jump: word(entries, "jump")?.or_else(|| usual.jump.clone()),
        sudo: entries.truth("sudo")?.unwrap_or(usual.sudo),
        ..SiteMachine::default()
    })
}

fn labels(entries: &Entries<'_>) -> Result<BTreeMap<String, String>, Failure> {
    let Some(table) = entries.table("labels")? else { return Ok(BTreeMap::new()) };
    let mut labels = BTreeMap::new();
    for (key, _) in table.in_order() {
        if let Some((text, _)) = table.text(key.get_ref())? {
            labels.insert(key.get_ref().to_string(), text.to_owned());
        }
    }
    Ok(labels)
}

/// A text that `ssh` is given, and cannot take for one of its options.
fn word(entries: &Entries<'_>, key: &str) -> Result<Option<String>, Failure> {
    let Some((text, span)) = entries.text(key)? else { return Ok(None) };
    if text.is_empty() || text.starts_with('-') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(entries.sheet.bad(span, format!("`{key}` cannot be `{}`", shown(text))));
    }
    Ok(Some(text.to_owned()))
}

/// A name that can stand in a message, a key and a path.
fn plain(sheet: &Sheet<'_>, what: &str, name: &str, span: Range<usize>) -> Result<String, Failure> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(known) && name.len() <= 253 {
        return Ok(name.to_owned());
    }
    let hint = "use letters, digits, `-`, `_` and `.`, and begin with a letter or a digit";
    Err(sheet.bad(span, format!("`{}` cannot be {what}", shown(name))).hint(hint))
}

/// The path under `key`, whole.
fn path_in(entries: &Entries<'_>, key: &str, folder: &Path) -> Result<Option<String>, Failure> {
    let Some((path, span)) = entries.text(key)? else { return Ok(None) };
    let home = std::env::var_os("HOME");
    let whole = match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => folder.join(path),
    };
    if !whole.is_file() {
        return Err(entries.sheet.bad(span, format!("`{}` is not a file", shown(path))));
    }
    Ok(Some(whole.to_string_lossy().into_owned()))
}
