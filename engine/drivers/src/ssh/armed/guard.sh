# Puts files back. $1 is the folder of what is armed, $2 `watch` to wait for the deadline, `disarm` to let go of it,
# nothing to see whether it is time. It needs nobody: no connection, no engine, nothing but a shell.
LC_ALL=C; export LC_ALL
IFS=
at=$1
cd "$at" || exit 1
unit=runbook-armed-${at##*/}
units=/etc/systemd/system

disarm() {
    [ -e "$units/$unit.timer" ] || return 0
    systemctl disable -q "$unit.timer"
    systemctl stop "$unit.timer"
    rm -f "$units/$unit.timer" "$units/$unit.service"
    systemctl daemon-reload
}
field() { cut -d ' ' -f "$1" <go; }
# In the boot it was armed in, its own clock counts: the time of day may jump. After a boot there is only that one, and
# a machine that lost it waits no longer than it was told to.
due() {
    [ -e now ] && return 0
    read -r up </proc/uptime
    up=${up%%.*}
    read -r boot </proc/sys/kernel/random/boot_id
    if [ "$boot" = "$(field 4)" ]; then [ "$up" -ge "$(field 2)" ]; return; fi
    [ "$(date +%s)" -ge "$(field 3)" ] || [ "$up" -ge "$(field 5)" ]
}
# Whoever makes the verdict has won: a link is made once.
decide() {
    echo "$1 $(date +%s)" >"verdict.$$"
    sync
    ln "verdict.$$" verdict
    won=$?
    rm -f "verdict.$$"
    return $won
}
tell() { printf '%s|%s\n' "$1" "$2" >>note.new; }

case $2 in
disarm) disarm; exit 0 ;;
confirm) decide confirmed; exit ;;
watch)
    while :; do
        [ -e verdict ] && break
        due && break
        sleep 1
    done
    ;;
esac
[ -e note ] && { disarm; exit 0; }
if [ ! -e verdict ]; then
    due || exit 0
    decide fired
fi
# One that was cut off in the middle goes on; it is no other the second time.
read -r verdict <verdict
case $verdict in fired*) ;; *) exit 0 ;; esac
build=$(field 1)
cd "$build" || exit 1
: >note.new
tell fired "${verdict#* }"

take_away() {
    if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1"; else rm -f -- "$1"; fi
}
marks() { stat -c %a:%u:%g -- "$1"; }
same() {
    if [ -L "$1" ]; then
        [ -L "$2" ] && [ "$(readlink -- "$1")" = "$(readlink -- "$2")" ]
    else
        [ -f "$2" ] && [ ! -L "$2" ] && cmp -s -- "$1" "$2" && [ "$(marks "$1")" = "$(marks "$2")" ]
    fi
}
put_back() {
    d=${2%/*}
    [ -d "$d" ] || mkdir -p -- "$d"
    [ -d "$2" ] && rm -rf -- "$2"
    tmp=$d/.runbook.back.$$
    cp -a -- "$1" "$tmp" 2>/dev/null || cp -p -P -- "$1" "$tmp" || return 1
    mv -f -- "$tmp" "$2"
}

# What was not there.
while read -r pattern; do
    for f in ${pattern%/\*\*}; do
        if [ -d "$f" ] && [ ! -L "$f" ]; then find "$f"; elif [ -e "$f" ] || [ -L "$f" ]; then echo "$f"; fi
    done
done <patterns | sort -r >found
while read -r f; do
    grep -qxF -e "$f" paths && continue
    if why=$(take_away "$f" 2>&1); then tell removed "$f"; else tell trouble "$f: $why"; fi
done <found
# What was: folders first.
while read -r line; do
    rest=${line#*|}
    f=${rest#*|} marks=${rest%%|*}
    case $line in
    d*)
        [ -L "$f" ] || [ -f "$f" ] && rm -f -- "$f"
        [ -d "$f" ] && [ "$(marks "$f")" = "$marks" ] && continue
        if why=$({ mkdir -p -- "$f" && chown "${marks#*:}" "$f" && chmod "${marks%%:*}" "$f"; } 2>&1)
        then tell restored "$f"; else tell trouble "$f: $why"; fi
        ;;
    esac
done <list
while read -r line; do
    rest=${line#*|}
    f=${rest#*|} n=${rest%%|*}
    case $line in
    f*)
        same "saved/$n" "$f" && continue
        if why=$(put_back "saved/$n" "$f" 2>&1); then tell restored "$f"; else tell trouble "$f: $why"; fi
        ;;
    esac
done <list
sync
restart() {
    if [ -d /run/systemd/system ]; then
        systemctl reset-failed -- "$1" 2>/dev/null
        systemctl --no-ask-password restart -- "$1"
    elif command -v rc-service >/dev/null; then rc-service "$1" restart
    else "/etc/init.d/$1" restart
    fi
}
[ -s units ] && [ -d /run/systemd/system ] && systemctl daemon-reload
while read -r u; do
    if why=$(restart "$u" 2>&1); then tell restarted "$u"; else tell trouble "$u: $why"; fi
done <units
tell ended "$(date +%s)"
mv -f note.new ../note
sync
cd "$at" && disarm
exit 0
