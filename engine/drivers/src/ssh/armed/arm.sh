# Keeps the files and what puts them back, and has it start. $1 the folder, $2 seconds, $3 how many patterns of files; then these,
# then units. `guard` is set to the text of the guard.
IFS=
umask 077
at=$1 seconds=$2 files=$3
shift 3
fail() { code=$1; shift; echo "$*" >&2; exit "$code"; }
[ -d "$RB_HOME" ] || mkdir -p "$RB_HOME" || exit 1
chmod 700 "$RB_HOME"
[ -O "$RB_HOME" ] || fail 1 "$RB_HOME is not ours"
mkdir -p "$at" && cd "$at" || exit 1
saved() {
    n=$((n + 1))
    [ $n -le 5000 ] || fail 92 'more than 5000 files'
    cp -a -- "$1" "saved/$n" 2>/dev/null || cp -p -P -- "$1" "saved/$n" || exit 1
    echo "f|$n|$1" >>list
    echo "$1" >>paths
}
keep() {
    if [ -L "$1" ]; then
        saved "$1"
        behind=$(readlink -f -- "$1") && [ -f "$behind" ] && saved "$behind"
    elif [ -d "$1" ]; then
        echo "d|$(stat -c %a:%u:%g -- "$1")|$1" >>list
        echo "$1" >>paths
    elif [ -f "$1" ]; then
        saved "$1"
    elif [ -e "$1" ]; then
        # A socket or a pipe is no file to put back; it stays as it is.
        echo "$1" >>paths
    fi
}
build() {
    b=build.$$ n=0
    mkdir "$b" "$b/saved" && cd "$b" || exit 1
    trap 'cd "$at" && rm -rf "./$b"' EXIT
    : >list; : >paths; : >patterns; : >units; : >found
    while [ "$files" -gt 0 ]; do
        echo "$1" >>patterns
        for f in ${1%/\*\*}; do
            case $f in *'
'*) fail 93 "$f" ;; esac
            if [ -d "$f" ] && [ ! -L "$f" ]; then
                odd=$(find "$f" -name '*
*')
                [ -z "$odd" ] || fail 93 "$odd"
                find "$f" >>found
            elif [ -e "$f" ] || [ -L "$f" ]; then
                echo "$f" >>found
            fi
        done
        shift
        files=$((files - 1))
    done
    kilobytes=$(while read -r f; do [ -f "$f" ] && wc -c <"$f"; done <found | { all=0; while read -r one; do all=$((all + one)); done; echo $((all / 1024)); })
    [ "$kilobytes" -le 262144 ] || fail 92 "$kilobytes KiB"
    while read -r f; do keep "$f"; done <found
    for u in "$@"; do unit "$u"; done
    # What a busy disk takes for this is not time that the machine waits: only `go` is left to be written down after it.
    sync
    read -r up </proc/uptime
    read -r boot </proc/sys/kernel/random/boot_id
    up=${up%%.*} now=$(date +%s)
    echo "$b $((up + seconds)) $((now + seconds)) $boot $seconds $now" >go
    printf %s "$guard" >../guard.$$ && mv -f ../guard.$$ ../guard.sh
    sync
    # Whoever links it has armed; another one has the same files and goes.
    if ln go ../go 2>/dev/null; then trap - EXIT; fi
    cd "$at" || exit 1
}
unit() {
    if [ -d /run/systemd/system ]; then
        case $1 in
        *[*?[]*)
            systemctl list-units --plain --no-legend --no-pager --state=active,activating,reloading -- "$1" |
                sed 's/ .*//' >>units
            ;;
        *)
            state=$(systemctl show -p LoadState -p ActiveState -- "$1") || fail 1 "systemctl does not answer"
            case $state in *LoadState=not-found*) fail 90 "$1" ;; esac
            case $state in *ActiveState=active* | *ActiveState=activating* | *ActiveState=reloading*) echo "$1" >>units ;; esac
            ;;
        esac
    else
        case $1 in *[*?[]*) fail 91 "$1" ;; esac
        command -v rc-service >/dev/null || [ -x "/etc/init.d/$1" ] || fail 91 "$1"
        echo "$1" >>units
    fi
}
[ -e go ] || build "$@"
[ -e timer ] || guarded
