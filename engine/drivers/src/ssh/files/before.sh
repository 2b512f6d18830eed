# Says what is at $1, behind a link where $2 is `behind`, with its content where that is at most $3 bytes.
t=$1
[ "$2" = behind ] && behind "$1"
if [ ! -e "$t" ] && [ ! -L "$t" ]; then
    said=$(ls -d -- "$t" 2>&1 >/dev/null)
    case $said in *ermission*) echo "$said" >&2; exit 1 ;; esac
    echo "nothing|||||$t"
    exit 0
fi
mode=$(stat -c %a -- "$t") || exit 1
owner=$(stat -c %u:%g -- "$t")
if [ -L "$t" ]; then
    to=$(readlink -- "$t")
    echo "link|$mode|$owner|${#to}||$t"
    printf %s "$to"
elif [ -d "$t" ]; then
    echo "folder|$mode|$owner|||$t"
elif [ -f "$t" ]; then
    [ -r "$t" ] || { echo 'Permission denied' >&2; exit 1; }
    # What a file claims to be long is not believed: a file of /proc is 0 bytes long.
    size=$(wc -c <"$t") || exit 1
    size=$((size))
    if [ $size -gt "$3" ]; then
        digest "$t"
        echo "large|$mode|$owner|$size|$sum|$t"
    else
        echo "file|$mode|$owner|$size||$t"
        cat -- "$t"
    fi
else
    echo "other|$mode|$owner|||$t"
fi
