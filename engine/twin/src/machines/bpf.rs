//! BPF programs and their links in the kernel of a machine: plain data that the laws fill in.

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Bpf {
    /// Programs.
    pub programs: Vec<Program>,
    /// What is attached where.
    pub links: Vec<Link>,
}

impl Bpf {
    /// The name of the program of a link.
    pub fn name_of(&self, link: &Link) -> &str {
        self.programs.iter().find(|program| program.id == link.program).map_or("", |program| &program.name)
    }
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Its number.
    pub id: u32,
    /// `xdp`, `sched_cls`, `cgroup_sock_addr` and so on.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Something attached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its number; 0 where it was attached the old way and has none.
    pub id: u32,
    /// The number of its program.
    pub program: u32,
    /// `xdp`, `tcx`, `cgroup`.
    pub kind: String,
    /// Where: an interface, or a folder of control groups.
    pub place: String,
    /// `ingress` or `egress`; empty where there is only one way.
    pub way: String,
}
