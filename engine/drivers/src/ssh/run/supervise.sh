# Runs a command once, detached from every connection. $1 its folder, $2 its time in seconds or 0, $3 the most it may
# print, $4 whom to wake after a moment. Whoever creates `go` runs it; that is the one gate there is.
cd "$1" || exit 1
time=$2 most=$3 starter=$4
set -f
boot=none
read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/$$/stat
set -- ${stat##*) }
set -C
echo "$$ ${20} $boot" >go || exit 0
set +C
: >out; : >err
# What says that it began is on the disk before it begins.
sync . .. go
group=
command -v setsid >/dev/null && group=-
in=/dev/null
[ -e in ] && in=in
if [ -e as ]; then
    read -r user <as
    ${group:+setsid} su -s /bin/sh "$user" -c 'exec sh /dev/fd/3' 3<cmd <$in >>out 2>>err &
else
    ${group:+setsid} sh ./cmd <$in >>out 2>>err &
fi
child=$!
echo "$group$child" >group
watch() {
    sleep 0.3 || sleep 1
    kill -USR1 "$starter"
    read -r begun rest </proc/uptime
    while sleep 0.5 || sleep 1; do
        # Once more, should it not have been waiting yet.
        [ -n "$starter" ] && kill -USR1 "$starter"
        starter=
        for name in out err; do
            [ -s $name ] && [ "$(wc -c <$name)" -gt "$most" ] && dd if=/dev/null of=$name bs=1 seek="$most" count=0
        done
        read -r now rest </proc/uptime
        if [ "$time" -gt 0 ] && [ $((${now%.*} - ${begun%.*})) -ge "$time" ]; then
            echo timeout >why
            kill -TERM "$group$child"
            sleep 2
            kill -KILL "$group$child"
            return
        fi
    done
}
watch 2>/dev/null &
watcher=$!
wait $child
status=$?
kill $watcher
echo "$status end" >exit
sync . exit out err
