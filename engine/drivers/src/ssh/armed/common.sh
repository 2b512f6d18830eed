# What the scripts of an armed machine share. They stand in the folder of its token.
LC_ALL=C; export LC_ALL
# The files that the patterns mean now: a line of `patterns` is where to look, a tab, and what a path has to be like.
meant() {
    while IFS='	' read -r base like; do
        if [ -e "$base" ] || [ -L "$base" ]; then
            find "$base" \( -type f -o -type l \) -print | grep -E -e "$like"
        fi
    done <patterns | sort -u
}
# The units that are meant and run now.
running() {
    [ -d /run/systemd/system ] || return 0
    while read -r unit; do
        systemctl list-units --plain --no-legend --full --state=active,activating,reloading -- "$unit"
    done <units | while read -r name rest; do echo "$name"; done | sort -u
}
# Takes the timer away.
calm() {
    [ -e timer ] || return 0
    read -r name dir <timer
    systemctl stop "$name.timer" 2>/dev/null
    rm -f "$dir/timers.target.wants/$name.timer" "$dir/$name.timer" "$dir/$name.service" timer
    systemctl daemon-reload
}
# Says how it stands: one word and its numbers, then what was noted.
report() {
    [ -e armed ] || { echo never; return; }
    decision=
    [ -e decision ] && read -r decision <decision
    case $decision in
    confirmed) echo confirmed ;;
    fired)
        end=going
        [ -e whole ] && end=whole
        echo "fired $(cat at) $end"
        [ -e note ] && cat note
        ;;
    *)
        read -r within began boot watcher <armed
        read -r now rest </proc/uptime
        now=${now%.*}
        if [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
            left=$((within - now + began))
        elif [ "$watcher" = timer ]; then
            left=$((within - now))
        else
            echo unwatched
            return
        fi
        [ $left -ge 0 ] || left=0
        echo "armed $left"
        ;;
    esac
}
