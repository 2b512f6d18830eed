# Has the files put back now.
at=$1
if cd "$at" 2>/dev/null && [ -e go ] && [ ! -e note ]; then
    IFS=
    verdict=
    [ -e verdict ] && read -r verdict <verdict
    case $verdict in
    confirmed*) ;;
    *)
        : >now
        sync
        kind=
        [ -e timer ] && read -r kind <timer
        name=runbook-armed-${at##*/}
        if [ "$kind" = systemd ]; then
            [ -e "/etc/systemd/system/$name.service" ] || guarded
            systemctl start --no-block "$name.service" 2>/dev/null
        elif [ "$(sh -c "$look" runbook "$at" | sed '1!d;s/|.*//')" = unguarded ]; then
            watcher
        fi
        ;;
    esac
fi
