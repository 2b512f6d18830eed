//! Who acts on a machine: users, groups, and what they may do.

use super::files::Stat;

/// Who a process runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cred {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The other groups.
    pub groups: Vec<u32>,
}

impl Cred {
    /// The one who may do everything.
    pub fn root() -> Self {
        Self { uid: 0, gid: 0, groups: vec![0] }
    }

    /// Whether it may read (4), write (2) or enter and run (1) a thing.
    pub fn may(&self, stat: &Stat, wanted: u32) -> bool {
        if self.uid == 0 {
            return wanted & 1 == 0 || stat.is_folder() || stat.mode & 0o111 > 0;
        }
        let bits = if self.uid == stat.uid {
            stat.mode >> 6
        } else if self.gid == stat.gid || self.groups.contains(&stat.gid) {
            stat.mode >> 3
        } else {
            stat.mode
        };
        bits & wanted == wanted
    }
}

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its first group.
    pub gid: u32,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
}

/// Reads `/etc/passwd`.
pub fn users(text: &str) -> Vec<User> {
    let user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, shell] = fields.as_slice() else { return None };
        Some(User {
            name: (*name).to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: (*home).to_owned(),
            shell: (*shell).to_owned(),
        })
    };
    text.lines().filter_map(user).collect()
}

/// Reads `/etc/group`: name, number, members.
pub fn groups(text: &str) -> Vec<(String, u32, Vec<String>)> {
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields.as_slice() else { return None };
        let members = members.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(((*name).to_owned(), gid.parse().ok()?, members))
    };
    text.lines().filter_map(group).collect()
}
