# The machine itself, its kernel, what filters its packets, its containers, disks, clock and units.
told kernel uname -r
told architecture uname -m
told hostname uname -n
told page_size getconf PAGESIZE
told virtualization systemd-detect-virt
told selinux getenforce
line apparmor /sys/module/apparmor/parameters/enabled
line lockdown /sys/kernel/security/lockdown
line boot_id /proc/sys/kernel/random/boot_id
line uptime /proc/uptime
line load /proc/loadavg
[ -r /etc/os-release ] && { begin os; cat /etc/os-release; }
begin memory; grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo
begin cpus; grep -c '^processor' /proc/cpuinfo
begin mounts; grep -E '^[^ ]+ [^ ]+ (cgroup2?|bpf) ' /proc/mounts
begin resolvers; grep '^nameserver' /etc/resolv.conf

r=$(uname -r)
config() {
    if [ -r /proc/config.gz ]; then zcat /proc/config.gz || gzip -dc /proc/config.gz
    elif [ -r "/boot/config-$r" ]; then cat "/boot/config-$r"
    elif [ -r "/lib/modules/$r/config" ]; then cat "/lib/modules/$r/config"
    fi
}
told config sh -c 'grep -E "^(# )?CONFIG_(BPF|BPF_SYSCALL|BPF_JIT|BPF_JIT_ALWAYS_ON|BPF_UNPRIV_DEFAULT_OFF|NET_CLS_BPF|NET_CLS_ACT|NET_ACT_BPF|NET_SCH_INGRESS|NET_SCH_FQ|CRYPTO_SHA1|CRYPTO_USER_API_HASH|CGROUPS|CGROUP_BPF|CGROUP_NET_CLASSID|PERF_EVENTS|SCHEDSTATS|DEBUG_INFO_BTF|VXLAN|GENEVE|NET_IPIP|IPV6_TUNNEL|WIREGUARD|NETKIT|VETH|DUMMY|BRIDGE|BRIDGE_NETFILTER|OPENVSWITCH|FIB_RULES|IP_ADVANCED_ROUTER|IP_MULTIPLE_TABLES|IPV6|IP_SET|IP_SET_HASH_IP|IP_SET_HASH_NET|IP_VS|NF_TABLES|NF_CONNTRACK|NETFILTER_XT_SET|NETFILTER_XT_TARGET_TPROXY|NETFILTER_XT_TARGET_CT|NETFILTER_XT_TARGET_MARK|NETFILTER_XT_MATCH_MARK|NETFILTER_XT_MATCH_SOCKET|NETFILTER_XT_MATCH_COMMENT|IP_NF_IPTABLES|IP_NF_RAW|IP6_NF_RAW|XDP_SOCKETS|XFRM|XFRM_USER|XFRM_ALGO|XFRM_OFFLOAD|INET_ESP|INET6_ESP|INET_IPCOMP|OVERLAY_FS|SECCOMP)[ =]"' <<END
$(config)
END

# Not by `read`: a number of the kernel gives its first digit only to who reads byte by byte, as some shells do.
begin sysctl
(cd /proc/sys && grep -H . net/ipv4/ip_forward net/ipv4/conf/all/forwarding net/ipv6/conf/all/forwarding \
    net/ipv6/conf/all/disable_ipv6 net/bridge/bridge-nf-call-iptables net/bridge/bridge-nf-call-ip6tables \
    net/core/bpf_jit_enable kernel/unprivileged_bpf_disabled net/netfilter/nf_conntrack_max \
    net/netfilter/nf_conntrack_count fs/inotify/max_user_instances fs/inotify/max_user_watches \
    net/ipv4/ip_local_port_range net/ipv4/conf/*/rp_filter)
begin udp; cat /proc/net/udp /proc/net/udp6

told iptables iptables -V
count() {
    has "$2" && rules=$($T $2) || return
    echo "$1||read|0|0"
    echo "$rules" | awk -v b="$1" '
        function owner(c) {
            if (c ~ /^KUBE-(ROUTER|NWPLCY|POD-FW)/) return "kube-router"
            if (c ~ /^KUBE-/) return "kube"
            if (c ~ /CILIUM/) return "cilium"
            if (c ~ /^FLANNEL/) return "flannel"
            if (c ~ /^cali/) return "calico"
            if (c ~ /^ANTREA/) return "antrea"
            if (c ~ /^CNI-/) return "cni"
            if (c ~ /^DOCKER/) return "docker"
            if (c ~ /^(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING)$/) return "built-in"
            return "other"
        }
        /^\*/ { t = substr($0, 2) }
        /^:/ { k = t "|" owner(substr($1, 2)); chains[k]++; all[k] }
        /^-A/ { k = t "|" owner($2); rules[k]++; all[k] }
        END { for (k in all) print b "|" k "|" chains[k] + 0 "|" rules[k] + 0 }'
}
begin chains
if has iptables-nft-save || has iptables-legacy-save; then
    count 'v4|nft' iptables-nft-save; count 'v4|legacy' iptables-legacy-save
    count 'v6|nft' ip6tables-nft-save; count 'v6|legacy' ip6tables-legacy-save
else
    count 'v4|' iptables-save; count 'v6|' ip6tables-save
fi
told ipsets $T ipset list -n
told nft $T nft list tables
if has bpftool; then
    told bpf_links $T bpftool -j link show
    told bpf_net $T bpftool -j net show
    told bpf_programs sh -c "$T bpftool prog show | grep -E '^[0-9]+:' | head -n 2000"
fi
[ -d /sys/fs/bpf ] && told bpf_pins sh -c 'find /sys/fs/bpf -maxdepth 5 ! -type d | head -n 2000'

begin containerd
folders='/etc/cni/net.d /var/lib/rancher/k3s/agent/etc/cni/net.d /var/snap/microk8s/current/args/cni-network'
bins='/opt/cni/bin /var/lib/rancher/k3s/data/cni /var/lib/rancher/k3s/data/current/bin /var/snap/microk8s/current/opt/cni/bin'
for file in /var/lib/rancher/k3s/agent/etc/containerd/config.toml /var/lib/rancher/rke2/agent/etc/containerd/config.toml \
    /var/snap/microk8s/current/args/containerd.toml /run/k0s/containerd-cri.toml /etc/k0s/containerd.toml \
    /etc/containerd/config.toml /etc/containerd/conf.d/*.toml; do
    [ -r "$file" ] || continue
    echo "$file||"
    found=$(sed -n "s/^[[:space:]]*\(bin_dirs*\|conf_dir\)[[:space:]]*=[[:space:]]*\(.*\)\$/$(echo "$file" | sed 's;/;\\/;g')|\1|\2/p" "$file")
    [ -n "$found" ] && echo "$found"
    folders="$folders $(echo "$found" | sed -n 's/^[^|]*|conf_dir|["'"'"']\([^"'"'"' ]*\).*/\1/p')"
    bins="$bins $(echo "$found" | sed -n 's/^[^|]*|bin_dir|["'"'"']\([^"'"'"' ]*\).*/\1/p')"
done
begin cni
for folder in $(printf '%s\n' $folders | sort -u); do
    for file in "$folder"/*; do
        [ -f "$file" ] || continue
        printf '\002%s\n' "$file"
        case $file in *.conf | *.conflist | *.json) head -c 65536 "$file" ;; esac
    done
done
begin cni_bins
for folder in $(printf '%s\n' $bins | sort -u); do
    for file in "$folder"/*; do [ -x "$file" ] && [ ! -d "$file" ] && echo "$file"; done
done
begin distribution
for name in k3s rke2 microk8s kubeadm kubelet k0s; do has $name && echo "$name"; done
[ -x /var/lib/rancher/rke2/bin/kubelet ] && echo rke2
begin disks
for folder in / /var /var/lib/rancher /var/lib/containerd /var/lib/kubelet /var/lib/etcd /tmp; do
    [ -d $folder ] && $T df -P -k $folder | sed -n '2s/^/space /p'
    [ -d $folder ] && $T df -P -i $folder | sed -n '2s/^/inodes /p'
done
told clock date +%s.%N
told synchronized sh -c "$T timedatectl show -p NTPSynchronized --value"
told chrony sh -c "$T chronyc -n tracking"
if [ -d /run/systemd/system ]; then
    begin units
    $T systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p MainPID kubelet containerd k3s \
        k3s-agent rke2-server rke2-agent docker crio snap.microk8s.daemon-containerd snap.microk8s.daemon-kubelite \
        k0scontroller k0sworker systemd-networkd NetworkManager nm-cloud-setup.timer firewalld ufw nftables \
        chronyd chrony systemd-timesyncd ssh sshd
    begin failed; $T systemctl --failed --no-legend --plain
fi
begin modules
grep -E '^(vxlan|geneve|ipip|ip_gre|wireguard|openvswitch|overlay|bridge|br_netfilter|veth|tun|nf_tables|nf_conntrack|ip_tables|ip6_tables|ip_set|ip_vs|cls_bpf|sch_ingress|bonding|dummy|nf_nat|xt_[a-zA-Z0-9_]+) ' /proc/modules
begin tools
for name in ip bpftool ethtool ipset conntrack curl jq iptables nft tc systemctl systemd-run journalctl crictl ctr \
    kubectl helm cilium k3s rke2 kubeadm setsid timeout sha256sum tcpdump ss; do has $name && echo $name; done
