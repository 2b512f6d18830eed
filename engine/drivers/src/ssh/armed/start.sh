# Starts what waits for the deadline of the folder $at: a timer of systemd, which a reboot leaves alone, or a shell.
timer() {
    [ "$RB_UID" = 0 ] && [ -d /run/systemd/system ] || return 1
    name=runbook-armed-${at##*/} to=/etc/systemd/system
    read -r line <go
    due=$(echo "$line" | cut -d ' ' -f 3) wait=$(echo "$line" | cut -d ' ' -f 5)
    day=$(date -u -d "@$due" '+%Y-%m-%d %H:%M:%S UTC') || return 1
    umask 022
    printf '[Unit]\nDescription=Puts files back unless a runbook confirms\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh %s/guard.sh %s\n' "$at" "$at" >"$to/$name.service" || return 1
    # After a boot it looks whether the time has passed meanwhile, and is there for the rest of it.
    printf '[Unit]\nDescription=Puts files back unless a runbook confirms\n[Timer]\nOnActiveSec=%s\nOnCalendar=%s\nOnBootSec=10\nAccuracySec=1s\n[Install]\nWantedBy=timers.target %s\n' "$wait" "$day" "$(systemctl get-default)" >"$to/$name.timer" || return 1
    sync
    systemctl daemon-reload && systemctl enable -q "$name.timer" && systemctl start "$name.timer"
}
watcher() {
    if command -v setsid >/dev/null; then d=setsid; else d=nohup; fi
    rm -f timer
    $d sh -c 'read -r stat </proc/$$/stat; read -r boot </proc/sys/kernel/random/boot_id; echo "shell $$ $boot $stat" >"$1/timer.new"; mv -f "$1/timer.new" "$1/timer"; exec sh "$1/guard.sh" "$1" watch' runbook "$at" </dev/null >/dev/null 2>&1 &
    for again in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -e timer ] && return
        sleep 0.1 2>/dev/null || sleep 1
    done
}
guarded() {
    if timer 2>timer.why; then echo systemd >timer; else watcher; fi
    sync
}
