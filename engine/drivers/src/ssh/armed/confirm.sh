# Makes the verdict that nothing is to be put back, unless there is another one.
if cd "$1" 2>/dev/null && [ -e go ]; then
    sh ./guard.sh "$1" confirm 2>/dev/null
    case $(cat verdict) in confirmed*) sh ./guard.sh "$1" disarm 2>/dev/null ;; esac
fi
