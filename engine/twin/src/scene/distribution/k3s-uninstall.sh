#!/bin/sh
# Takes k3s from this machine.
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
/usr/local/bin/k3s-killall.sh
for unit in k3s k3s-agent; do
    [ -s "/etc/systemd/system/$unit.service" ] || continue
    systemctl disable "$unit"
    rm -f "/etc/systemd/system/$unit.service"
done
systemctl daemon-reload
for name in kubectl crictl ctr; do
    [ -L "/usr/local/bin/$name" ] && rm -f "/usr/local/bin/$name"
done
rm -rf /etc/rancher/k3s /run/k3s /run/flannel /var/lib/rancher/k3s /var/lib/kubelet
rm -f /usr/local/bin/k3s /usr/local/bin/k3s-killall.sh /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh
exit 0
