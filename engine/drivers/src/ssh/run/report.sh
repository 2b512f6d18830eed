# Says how the command in the folder $1 stands, and what it has printed from the offsets $2 and $3 on, at most $4 bytes
# of each channel and none beyond $5. Waits up to $6 moments for news.
set -f
o=$2 e=$3 chunk=$4 most=$5 moments=$6
cd "$1" 2>/dev/null || { echo 'never|0|0|0|0|'; exit 0; }
alive() {
    read -r stat 2>/dev/null </proc/"$pid"/stat || return 1
    set -- ${stat##*) }
    [ "$1" != Z ] && [ "${20}" = "$start" ]
}
ended() {
    [ -e exit ] && read -r code end <exit && [ "$end" = end ]
}
left() {
    [ -e group ] && read -r group <group && kill -0 "$group" 2>/dev/null
}
state() {
    [ -e go ] || { state=never; return; }
    pid= start= boot=
    read -r pid start boot <go
    ended && { state="done $code"; return; }
    [ -n "$boot" ] || { state=running; return; }
    now=none
    read -r now </proc/sys/kernel/random/boot_id
    [ "$boot" = "$now" ] || { state="cut boot $boot $now"; return; }
    if alive || left; then state=running; return; fi
    if ended; then state="done $code"; else state="cut gone $pid"; fi
}
size() {
    size=0
    [ -s $1 ] && size=$(wc -c <$1)
    size=$((size))
    [ $size -gt "$most" ] && size=$most
}
pause=0.1
while :; do
    state
    size out; so=$size
    size err; se=$size
    [ "$state" = running ] && [ $so -le "$o" ] && [ $se -le "$e" ] && [ "$moments" -gt 0 ] || break
    sleep $pause 2>/dev/null || sleep 1
    pause=0.3
    moments=$((moments - 1))
done
no=$((so - o)) ne=$((se - e))
[ $no -gt 0 ] || no=0
[ $ne -gt 0 ] || ne=0
[ $no -gt "$chunk" ] && no=$chunk
[ $ne -gt "$chunk" ] && ne=$chunk
why=
[ -e why ] && read -r why <why
echo "$state|$so|$se|$no|$ne|$why"
[ $no -gt 0 ] && tail -c +$((o + 1)) out | head -c $no
[ $ne -gt 0 ] && tail -c +$((e + 1)) err | head -c $ne
exit 0
