//! Kernel settings of a machine, as they are now; what a file says about the next boot is a file's business.

use std::collections::BTreeMap;

use runbook_model::{Failure, code};

use super::quote::quoted;
use super::remote::Question;
use super::{Error, Remote};

impl Remote {
    /// What these settings are; those the kernel does not have are left out.
    pub async fn sysctls(&self, names: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
        names.iter().try_for_each(|name| check(name))?;
        let words: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        let script = format!(
            "for n in {}; do p=/proc/sys/$(printf %s \"$n\" | tr ./ /.)\n\
             [ -r \"$p\" ] && printf '%s=%s\\n' \"$n\" \"$(tr '\\n\\t' '  ' <\"$p\" 2>/dev/null)\"; done; exit 0",
            words.join(" ")
        );
        let answer = self.question(Question::reads(&script, "while its settings were read")).await?;
        let text = answer.text();
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// Sets `name` to `value` and gives what it was.
    pub async fn set_sysctl(&self, name: &str, value: &str) -> Result<String, Failure> {
        check(name)?;
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Error::Word { what: "a setting", text: value.to_owned() }.into());
        }
        let script = format!(
            "LC_ALL=C; export LC_ALL\nn={} v={}\np=/proc/sys/$(printf %s \"$n\" | tr ./ /.)\n\
             [ -e \"$p\" ] || exit 91\ntr '\\n\\t' '  ' <\"$p\"\nprintf '%s\\n' \"$v\" >\"$p\"",
            quoted(name),
            quoted(value)
        );
        let answer = self.question(Question::changes(&script, "while a setting was changed")).await?;
        let machine = &self.machine().name;
        match answer.status {
            0 => Ok(answer.text().trim().to_owned()),
            91 => Err(Failure::new(code::SSH_MISSING, format!("`{machine}` has no setting `{name}`"))
                .hint("check its name; a kernel module may have to be loaded first")),
            _ => Err(Failure::new(code::SSH_FILE, format!("`{name}` of `{machine}` cannot be set to `{value}`"))
                .because(answer.complaint())),
        }
    }
}

/// A name of dots, or of slashes where an interface has a dot in its own.
fn check(name: &str) -> Result<(), Error> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
    let steps = name.split(['.', '/']).all(|step| !step.is_empty());
    if plain && steps { Ok(()) } else { Err(Error::Word { what: "a setting", text: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_settings() {
        for name in ["", "..", "a..b", "/etc/passwd", "net/../x", "a b", "$(id)"] {
            assert!(check(name).is_err(), "{name:?}");
        }
        assert!(check("net.ipv4.ip_forward").is_ok());
        assert!(check("net.ipv4.conf.eth0/100.rp_filter").is_ok());
    }
}
