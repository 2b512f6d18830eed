//! What is put back, and when.

use std::time::Duration;

use runbook_model::{Failure, code};

use crate::ssh::Error;

/// The longest time that can be given.
const WITHIN_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// The most that can be named.
const NAMES_MAX: usize = 200;

/// What a machine puts back, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Paths with `*`, `?` and `[…]` as a shell knows them. A folder, or one followed by `/**`, is all that is in it.
    /// What they name now is kept; what they name at the end and was not there is removed.
    pub files: Vec<String>,
    /// Units that are restarted after that, where they ran when it was armed; with systemd also as patterns.
    pub units: Vec<String>,
    /// How long the machine waits for the confirmation, counted from when it is armed.
    pub within: Duration,
}

impl Plan {
    pub(super) fn seconds(&self) -> u64 {
        self.within.as_secs().max(1)
    }

    /// Refuses what can be refused before anything is sent.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.files.is_empty() && self.units.is_empty() {
            let failure = Failure::new(code::VALUE_BAD, "nothing is named that could be put back");
            return Err(failure.hint("name `files`, `units` or both"));
        }
        if self.files.len() + self.units.len() > NAMES_MAX {
            let what = format!("more than {NAMES_MAX} files and units are named");
            return Err(Failure::new(code::VALUE_LARGE, what).hint("name their folders"));
        }
        if self.within > WITHIN_MAX || self.within.is_zero() {
            let what = format!("a machine cannot wait {:?} for a confirmation", self.within);
            return Err(Failure::new(code::VALUE_BAD, what).hint("give it from one second to seven days"));
        }
        self.files.iter().try_for_each(|path| check_pattern(path))?;
        self.units.iter().try_for_each(|unit| check_unit(unit))?;
        Ok(())
    }
}

fn check_pattern(path: &str) -> Result<(), Error> {
    let stem = path.strip_suffix("/**").unwrap_or(path);
    // A pattern that names all of a machine, or climbs, is a mistake in every case.
    let climbs = stem.split('/').any(|step| step == ".." || step == ".");
    let top = stem.split('/').filter(|step| !step.is_empty()).count() < 2;
    let odd = !stem.starts_with('/') || stem.contains("**") || stem.contains(['\\', '|']) || stem.ends_with('/');
    if climbs || top || odd || path.chars().any(char::is_control) || path.len() > 4000 {
        return Err(Error::Word { what: "a pattern of files of a machine", text: path.to_owned() });
    }
    Ok(())
}

fn check_unit(unit: &str) -> Result<(), Error> {
    let plain = unit.chars().all(|c| c.is_ascii_alphanumeric() || ":-_.@*?[]\\".contains(c));
    if plain && !unit.is_empty() && !unit.starts_with('-') && unit.len() < 256 {
        return Ok(());
    }
    Err(Error::Word { what: "a unit", text: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_something_below_a_folder_and_never_a_whole_machine() {
        for path in
            ["", "etc/a", "/", "/etc", "/**", "/etc/**", "/etc/../x", "/etc/**/a", "/etc/a/", "/etc/a\nb", "/etc/a|b"]
        {
            assert!(check_pattern(path).is_err(), "{path:?}");
        }
        for path in
            ["/etc/cni/net.d/**", "/etc/cni/net.d", "/etc/cni/*.conflist", "/etc/rancher/k3s/config.yaml", "/etc/a b"]
        {
            assert!(check_pattern(path).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn a_plan_names_something_and_ends_sometime() {
        let plan = Plan { files: vec!["/etc/a".into()], units: vec!["k3s*".into()], within: Duration::from_secs(60) };
        assert!(plan.check().is_ok());
        assert!(Plan { files: Vec::new(), units: Vec::new(), ..plan.clone() }.check().is_err());
        assert!(Plan { within: Duration::ZERO, ..plan.clone() }.check().is_err());
        assert!(Plan { within: Duration::from_secs(1 << 40), ..plan.clone() }.check().is_err());
        assert!(Plan { units: vec!["a b".into()], ..plan }.check().is_err());
    }
}
