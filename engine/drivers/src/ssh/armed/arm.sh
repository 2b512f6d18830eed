# Keeps what the patterns mean and starts the clock: $1 seconds, $2 the name of the timer. The folder holds `patterns`,
# `units`, `common`, `fire` and `watch`.
within=$1 name=$2
. ./common
rm -rf saved; mkdir saved || exit 1
meant >files || exit 1
[ "$(wc -l <files)" -le 5000 ] || { echo 'more than 5000 files are meant' >&2; exit 1; }
nth=0
while IFS= read -r path; do
    nth=$((nth + 1))
    cp -a -- "$path" saved/$nth || exit 1
done <files
set -- $(du -sk saved)
[ "$1" -le 65536 ] || { echo 'what is meant holds more than 64 MiB' >&2; exit 1; }
running >ran
sync
read -r began rest </proc/uptime
boot=$(cat /proc/sys/kernel/random/boot_id)
here=$(pwd)
if [ -d /run/systemd/system ] && [ "$RB_UID" = 0 ]; then
    dir=/etc/systemd/system runtime=
    [ -w $dir ] || { dir=/run/systemd/system runtime=--runtime; }
    printf '[Unit]\nDescription=Puts back what a runbook changed and did not confirm\n[Service]\nType=oneshot\nExecStart=/bin/sh %s/fire\n' "$here" >"$dir/$name.service" || exit 1
    # It counts anew from the boot of a machine that went down meanwhile: late, and not by a clock that may be set.
    printf '[Timer]\nOnActiveSec=%s\nAccuracySec=100ms\n[Install]\nWantedBy=timers.target\n' "$within" >"$dir/$name.timer" || exit 1
    echo "$name $dir" >timer
    systemctl daemon-reload && systemctl -q enable $runtime "$name.timer" && systemctl restart "$name.timer" || { calm; exit 1; }
    watcher=timer
else
    if command -v setsid >/dev/null; then d=setsid; else d=nohup; fi
    $d sh ./watch "$within" </dev/null >/dev/null 2>&1 &
    watcher=$!
fi
echo "$within ${began%.*} $boot $watcher" >armed.new && mv armed.new armed || exit 1
sync
