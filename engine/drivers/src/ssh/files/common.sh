LC_ALL=C; export LC_ALL
# Nothing is at $1, or it may not be looked at.
gone() {
    said=$(ls -d -- "$1" 2>&1 >/dev/null)
    case $said in *ermission*) echo "$said" >&2; exit 1 ;; esac
    exit 91
}
# The folder that $1 is in.
folder_of() {
    d=${1%/*}
    [ -n "$d" ] || d=/
}
# Where a write to $1 really goes: a link is followed.
behind() {
    t=$1
    if [ -L "$t" ]; then t=$(readlink -f -- "$1") || exit 92; fi
    folder_of "$t"
}
digest() {
    sum=$(sha256sum <"$1") || exit 1
    sum=${sum%% *}
}
# Leaves unless the file $1 is the one that was left there, $2; one that is gone is nobody's.
ours() {
    [ -n "$2" ] || return 0
    [ -e "$1" ] || [ -L "$1" ] || return 0
    [ -f "$1" ] && [ ! -L "$1" ] || exit 97
    digest "$1"
    [ "$sum" = "$2" ] || exit 97
}
