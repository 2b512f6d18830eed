# Makes what `body` prints the content of $1. $2 its mode and $3 its owner where they are given, $4 the digest it must
# have, $5 the digest of what it may replace.
[ -d "$1" ] && exit 93
behind "$1"
mode=$2 owner=$3
[ -d "$d" ] || { [ -e "$d" ] && exit 94; gone_folder=$(ls -d -- "$d" 2>&1); case $gone_folder in *ermission*) echo "$gone_folder" >&2; exit 1 ;; esac; exit 92; }
[ -e "$t" ] && [ ! -f "$t" ] && exit 95
ours "$t" "$5"
if [ -f "$t" ] && [ -z "$owner" ]; then
    was=$(stat -c %a -- "$t") && digest "$t"
    if [ "$sum" = "$4" ] && { [ -z "$mode" ] || [ "$mode" = "$was" ]; }; then echo same; exit 0; fi
fi
tmp=$(mktemp "$d/.runbook.XXXXXX") || exit 1
trap 'rm -f "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
if [ -e "$t" ]; then
    # A copy has what belongs to the file beside its content: owner, context, attributes.
    cp -a -- "$t" "$tmp" 2>/dev/null || cp -p -- "$t" "$tmp" || exit 1
    [ -n "$mode" ] || mode=$(stat -c %a -- "$t")
    [ -n "$owner" ] || [ "$(stat -c %u:%g -- "$t")" = "$(stat -c %u:%g -- "$tmp")" ] || exit 90
    chmod u+w "$tmp"
fi
body >"$tmp" || exit 1
digest "$tmp"
[ "$sum" = "$4" ] || exit 98
if [ -n "$owner" ]; then chown "$owner" "$tmp" || exit 1; fi
chmod "${mode:-644}" "$tmp" || exit 1
sync "$tmp"
new=
[ -e "$t" ] || new=1
mv -f -- "$tmp" "$t" || exit 1
trap - EXIT
[ -n "$new" ] && command -v restorecon >/dev/null && restorecon -- "$t" 2>/dev/null
sync "$d"
echo written
