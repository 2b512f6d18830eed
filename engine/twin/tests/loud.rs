//! What a machine does not know it refuses loudly, so that a rehearsal never passes by ignorance.

mod typed;

use runbook_twin::scene;
use runbook_twin::world::{Moment, World};

/// Commands, verbs, options and values that nothing of the kind knows.
const ODD: &[&str] = &[
    "frobnicate",
    "ip --frob addr",
    "ip frob",
    "ip addr frob",
    "ip link set eth0 frob",
    "ip -Z addr",
    "ip route add 1.2.3.4/32 frob 2",
    "iptables --frob",
    "iptables -A INPUT --frob",
    "iptables -A INPUT -m frob -j ACCEPT",
    "iptables -A FROB -j ACCEPT",
    "iptables -A INPUT -j FROB",
    "iptables-save --frob",
    "iptables-restore --frob",
    "ipset frob",
    "ipset create x hash:frob",
    "ipset list --frob",
    "sysctl --frob",
    "sysctl net.ipv4.frob",
    "mount --frob",
    "ps --frob",
    "crictl frob",
    "crictl ps --frob",
    "crictl ps -o frob",
    "crictl stop --frob x",
    "crictl stop frob",
    "crictl stopp frob",
    "crictl rmp frob",
    "crictl inspect frob",
    "crictl inspect -o frob x",
    "crictl inspectp --frob",
    "crictl exec --frob x ls",
    "crictl exec frob ls",
    "crictl logs --frob x",
    "crictl pull absent.test/frob",
    "crictl stats --frob",
    "crictl info --frob",
    "ctr frob",
    "ctr -n k8s.io images frob",
    "ctr -n k8s.io images ls --frob",
    "k3s ctr frob",
    "bpftool frob",
    "ethtool --frob eth0",
    "ethtool -K eth0 frob on",
    "systemctl frob",
    "systemctl --frob status kubelet",
    "systemctl restart frob",
    "journalctl --frob",
    "journalctl -o frob",
    "journalctl -n frob",
    "journalctl -b frob",
    "journalctl -p frob",
    "journalctl _PID=1",
    "dmesg --frob",
    "dmesg --level=frob",
    "systemctl list-timers --frob",
    "tc frob",
    "tc qdisc frob",
    "tc qdisc add dev eth0 root frob",
    "curl --frob http://10.0.0.1",
    "curl frob://x",
    "ping --frob 10.0.0.1",
    "ping -c x 10.0.0.1",
    "reboot --frob",
    "ls --frob",
    "cat --frob",
    "grep --frob x",
    "sed --frob",
    "sed -n 'frob(' /etc/hosts",
    "awk --frob",
    "awk 'BEGIN{frob(1)}'",
    "sort --frob",
    "head --frob",
    "find / -frob",
    "df --frob",
    "free --frob",
    "uname --frob",
    "hostname --frob",
    "id --frob",
    "mkdir --frob",
    "rm --frob",
    "cp --frob",
    "mv --frob",
    "ln --frob",
    "chmod frob /etc/hosts",
    "chown frob /etc/hosts",
    "kill -FROB 1",
    "pgrep --frob",
    "pkill --frob",
    "sudo --frob",
    "date --frob",
    "date +%Q",
    "stat --frob",
    "tar --frob",
    "wc --frob",
    "cut --frob",
    "tr --frob",
    "sleep frob",
    "timeout --frob",
    "seq frob",
    "test 1 -frob 2",
    "nsenter --frob",
    "modprobe frob",
    "lsmod --frob",
    "ss --frob",
    "ss -s",
    "ss -t state frob",
    "ss -t frob",
    "curl -X POST http://10.0.0.1",
    "curl -w '%{frob}' http://10.0.0.1",
    "nc --frob",
    "openssl frob",
    "base64 --frob",
];

/// What a script prints on a machine
fn sh(world: &mut World, script: &str) -> (String, i32) {
    typed::sh(world, "n1", script, 1_000_000)
}

#[test]
fn what_is_not_known_is_refused_with_words_and_changes_nothing() {
    let mut world = scene::read(scene::text("shop").unwrap(), Moment::seconds(1_790_000_000)).unwrap().world;
    let boot = sh(&mut world, "cat /proc/sys/kernel/random/boot_id").0;
    let mut quiet = Vec::new();
    for line in ODD {
        // The shell lives on: what is refused is the command.
        let (said, status) = sh(&mut world, &format!("{line} </dev/null; echo after $?"));
        let refused = status == 0 && said.contains("after ") && !said.contains("after 0");
        if !refused || said.trim().lines().count() < 2 {
            quiet.push(format!("{line}: {said}"));
        }
    }
    assert!(quiet.is_empty(), "{}", quiet.join("\n"));
    world.live(world.now().plus_seconds(10), 1_000_000);
    assert_eq!(sh(&mut world, "cat /proc/sys/kernel/random/boot_id").0, boot);
}
