//! A machine as a person names it.

use std::path::PathBuf;

use super::Error;

/// How to reach a machine. What is not said here comes from the user's own ssh configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Machine {
    /// Its name in messages.
    pub name: String,
    /// What `ssh` is given to connect to: an address, a host name, or a name of the ssh configuration.
    pub address: String,
    /// The user to log in as.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The machines that are jumped over on the way, as `ssh -J` takes them.
    pub jump: Option<String>,
    /// Whether what is done there is done through `sudo -n`, unless the user is root already.
    pub sudo: bool,
    /// The ssh configuration to use in place of the user's.
    pub config: Option<PathBuf>,
}

impl Machine {
    /// A machine whose name is also its address.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { address: name.clone(), name, ..Self::default() }
    }

    /// Refuses what `ssh` would take for one of its options, or for something else than it says.
    pub(super) fn check(&self) -> Result<(), Error> {
        let odd = |text: &str| text.is_empty() || text.starts_with('-') || text.contains(['\0', '\n', ' ']);
        if odd(&self.address) {
            return Err(Error::Name { machine: self.name.clone(), what: "address", text: self.address.clone() });
        }
        for (what, given) in [("user", &self.user), ("way", &self.jump)] {
            if let Some(text) = given.as_ref().filter(|text| odd(text)) {
                return Err(Error::Name { machine: self.name.clone(), what, text: text.clone() });
            }
        }
        Ok(())
    }

    /// What `ssh` is told to find the machine, its name last.
    pub(super) fn arguments(&self) -> Vec<std::ffi::OsString> {
        let mut arguments = Vec::new();
        if let Some(config) = &self.config {
            arguments.extend(["-F".into(), config.into()]);
        }
        if let Some(jump) = &self.jump {
            arguments.extend(["-J".into(), jump.into()]);
        }
        if let Some(user) = &self.user {
            arguments.extend(["-l".into(), user.into()]);
        }
        if let Some(port) = self.port {
            arguments.extend(["-p".into(), port.to_string().into()]);
        }
        arguments.extend(["--".into(), (&self.address).into()]);
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_ssh_would_take_for_an_option_is_refused() {
        for address in ["-oProxyCommand=id", "", "a b", "a\nb"] {
            assert!(Machine::new(address).check().is_err(), "{address:?}");
        }
        assert!(Machine::new("n1.example").check().is_ok());
        let odd = Machine { user: Some("-x".into()), ..Machine::new("n1") };
        assert!(odd.check().is_err());
        let odd = Machine { jump: Some("-oProxyCommand=id".into()), ..Machine::new("n1") };
        assert!(odd.check().is_err());
    }
}
