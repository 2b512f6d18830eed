# Stands where there is no systemd: waits $1 seconds for a decision, then puts back.
read -r began rest </proc/uptime
while sleep 1; do
    [ -e decision ] && exit 0
    read -r now rest </proc/uptime
    [ $((${now%.*} - ${began%.*})) -ge "$1" ] && exec sh ./fire
done
