# Tells what a machine is like: sections that begin with a byte 1 and a name. What is not there is left out. The text
# that follows this one asks; `end` shows that nothing was cut off.
LC_ALL=C; export LC_ALL
exec 2>/dev/null
has() { command -v "$1" >/dev/null; }
T=
has timeout && T='timeout 5'
begin() { printf '\001%s\n' "$1"; }
line() { [ -r "$2" ] && read -r text <"$2" && { begin "$1"; echo "$text"; }; }
told() { name=$1; shift; said=$("$@") && [ -n "$said" ] && { begin "$name"; echo "$said"; }; }
