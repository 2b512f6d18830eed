# The interfaces of the machine with their addresses, and its routes.
begin interfaces
for d in /sys/class/net/*; do
    [ -e "$d/ifindex" ] || continue
    mtu= state= carrier= mac= master= driver=
    read -r mtu <"$d/mtu"; read -r state <"$d/operstate"; read -r carrier <"$d/carrier"; read -r mac <"$d/address"
    [ -e "$d/master" ] && master=$(readlink "$d/master") && master=${master##*/}
    [ -e "$d/device/driver" ] && driver=$(readlink "$d/device/driver") && driver=${driver##*/}
    echo "${d##*/}|$mtu|$state|$carrier|$mac|$master|$driver"
done
if has ethtool; then
    begin offloads
    for d in /sys/class/net/*; do
        [ -e "$d/device" ] || [ -e "$d/bonding" ] || continue
        ethtool -k "${d##*/}" | grep -E '^(large-receive-offload|generic-receive-offload|tcp-segmentation-offload|tx-udp_tnl-segmentation|rx-checksumming|tx-checksumming|tx-checksum-ip-generic):' | while read -r name value rest; do
            echo "${d##*/}|${name%:}|$value"
        done
    done
fi
if has ip; then
    begin addresses; ip -o addr show
    begin routes; ip -4 route show table all | head -n 5000
    begin routes6; ip -6 route show table all | head -n 5000
    begin rules; ip -4 rule
    begin rules6; ip -6 rule
    told vxlan ip -d -o link show type vxlan
fi
