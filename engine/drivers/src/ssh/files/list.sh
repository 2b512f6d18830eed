# Lists the folder $1: for each name a record that begins with a byte 1. $2 is the most names, $3 asks for digests.
[ -e "$1" ] || gone "$1"
[ -d "$1" ] || exit 94
ls -- "$1/" >/dev/null || exit 1
count=$(find "$1/" -mindepth 1 -maxdepth 1 | wc -l)
[ "$count" -gt "$2" ] && exit 99
find "$1/" -mindepth 1 -maxdepth 1 -exec stat -c "$(printf '\001')%f|%s|%U|%G|%Y|%n" {} +
[ "$3" = yes ] || exit 0
printf '\001\n'
find "$1/" -mindepth 1 -maxdepth 1 -type f -exec sha256sum {} +
exit 0
