# Puts back what was kept, once, unless it was confirmed. One that was cut off in the middle is gone on with.
cd "${0%/*}" || exit 1
. ./common
if (set -C; echo fired >decision) 2>/dev/null; then
    date +%s >at
    sync
fi
read -r decision <decision
[ "$decision" = fired ] && [ ! -e whole ] || exit 0
: >note
meant | while IFS= read -r path; do
    grep -q -x -F -e "$path" files || { rm -f -- "$path" && echo "removed $path" >>note; }
done
nth=0
while IFS= read -r path; do
    nth=$((nth + 1))
    if [ -L saved/$nth ]; then
        [ -L "$path" ] && [ "$(readlink "$path")" = "$(readlink saved/$nth)" ] && continue
    elif [ -f "$path" ] && [ ! -L "$path" ] && cmp -s saved/$nth "$path"; then
        continue
    fi
    mkdir -p -- "${path%/*}"
    rm -f -- "$path.runbook.$$"
    cp -a -- saved/$nth "$path.runbook.$$" && mv -f -- "$path.runbook.$$" "$path" && echo "restored $path" >>note ||
        echo "failed $path" >>note
done <files
sync
if [ -s ran ]; then
    systemctl daemon-reload
    while read -r unit; do
        if systemctl restart "$unit"; then echo "restarted $unit" >>note; else echo "failed $unit" >>note; fi
    done <ran
fi
: >whole
sync
calm
