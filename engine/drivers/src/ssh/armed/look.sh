# Says how what is armed in the folder $1 stands: a line of fields, then the note it left.
IFS=
at=$1
cd "$at" 2>/dev/null && [ -e go ] || { echo 'nothing|||||'; exit 0; }
read -r line <go
part() { echo "$line" | cut -d ' ' -f "$1"; }
read -r boot </proc/sys/kernel/random/boot_id
read -r up </proc/uptime
timer=
[ -e timer ] && read -r timer <timer
kind=${timer%% *}
# Whether what would put the files back is there; `why` not.
stands() {
    case $kind in
    systemd)
        systemctl is-active -q "runbook-armed-${at##*/}.timer" "runbook-armed-${at##*/}.service" && return 0
        [ -e "/etc/systemd/system/runbook-armed-${at##*/}.timer" ] && why='its timer was stopped' && return 1
        why='its timer was taken away'
        return 1
        ;;
    shell)
        [ "$boot" = "$(echo "$timer" | cut -d ' ' -f 3)" ] || { why='the machine was booted since, and without systemd that ends the watch'; return 1; }
        pid=$(echo "$timer" | cut -d ' ' -f 2)
        read -r stat 2>/dev/null <"/proc/$pid/stat" || { why="process $pid, which watched, is gone"; return 1; }
        case ${stat##*) } in Z*) why="process $pid, which watched, is gone"; return 1 ;; esac
        # The start of a process tells it from a later one of its number.
        then=$(echo "${timer##*) }" | cut -d ' ' -f 20) now=$(echo "${stat##*) }" | cut -d ' ' -f 20)
        [ "$then" = "$now" ] && return 0
        why="process $pid, which watched, is gone"
        return 1
        ;;
    esac
    why='it was never begun'
    return 1
}
if [ "$boot" = "$(part 4)" ]; then left=$(($(part 2) - ${up%%.*})); else left=$(($(part 3) - $(date +%s))); fi
saved=$(grep -c '^f|' "$(part 1)/list")
word=armed when= why=
if [ -e verdict ]; then
    read -r verdict <verdict
    word=${verdict%% *} when=${verdict#* }
fi
case $word in
armed) stands || word=unguarded ;;
fired)
    if [ ! -e note ]; then
        word=firing
        stands || { [ -e note ] || word=unguarded; }
    fi
    [ -e note ] && word=fired
    ;;
esac
echo "$word|$kind|$left|$saved|$when|$why"
[ "$word" = fired ] && cat note
exit 0
