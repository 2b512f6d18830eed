//! What a boot takes from files: the modules it loads and the settings it makes. What was only done by hand is gone.

use std::sync::Arc;

use super::Machine;
use super::things::Kernel;
use super::user::Cred;

/// Folders with files of settings, the later ones over the earlier ones.
const SETTINGS: [&str; 3] = ["/usr/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d"];
/// Folders with files of modules.
const MODULES: [&str; 3] = ["/usr/lib/modules-load.d", "/run/modules-load.d", "/etc/modules-load.d"];

impl Machine {
    /// Loads the modules that files name, and only those.
    pub(crate) fn load_modules(&mut self) {
        let fresh = Kernel::new(&self.kernel.release);
        let named: Vec<String> = self.lines_below(&MODULES, "/etc/modules");
        let kernel = Arc::make_mut(&mut self.kernel);
        kernel.modules = fresh.modules;
        for name in named {
            let name = name.replace('-', "_");
            if kernel.loadable.contains(&name) {
                kernel.modules.insert(name, 49_152);
            }
        }
    }

    /// Makes the settings that files say.
    pub(crate) fn make_settings(&mut self) {
        for line in self.lines_below(&SETTINGS, "/etc/sysctl.conf") {
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = name.trim().trim_start_matches('-');
            let path = if name.contains('/') { name.to_owned() } else { name.replace('.', "/") };
            // A setting that is not there is left out, as it is by a real boot.
            let _ = self.set_setting(&path, value.trim());
        }
    }

    /// The lines of the files `*.conf` in these folders and of one file, without comments.
    fn lines_below(&self, folders: &[&str], last: &str) -> Vec<String> {
        let root = Cred::root();
        let mut paths = Vec::new();
        for folder in folders {
            let names = self.walk(&root, "/", folder, true).and_then(|spot| self.names_at(&root, &spot));
            let conf = |name: &String| name.ends_with(".conf");
            paths.extend(names.unwrap_or_default().into_iter().filter(conf).map(|name| format!("{folder}/{name}")));
        }
        paths.push(last.to_owned());
        let texts = paths.iter().map(|path| self.text(path));
        let lines = texts.flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>());
        lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])).collect()
    }
}
