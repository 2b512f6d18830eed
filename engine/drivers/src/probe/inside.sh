# What a place that is probed from can do with a POSIX shell and what lies there; nothing is installed.
# Each question is answered by one line: `probe NUMBER yes|no|unknown MILLISECONDS WHAT WAS SEEN`.
# Nothing may read the standard input: the rest of the questions come there.
PATH=$PATH:/bin:/usr/bin:/sbin:/usr/sbin:/usr/local/bin
has() { command -v "$1" >/dev/null 2>&1; }
nl='
'
# Hundredths of a second, without the zeros in front that would make a number octal. Processes are dear where many ask.
now() { read -r up rest </proc/uptime; up=${up%.*}${up#*.}; up=${up#"${up%%[1-9]*}"}; now=${up:-0}; }
if timeout 1 true >/dev/null 2>&1; then limit() { timeout "$@"; }; else limit() { shift; "$@"; }; fi
# answer NUMBER WORD BEGUN SEEN
answer() {
  took=- said=$4
  [ -z "$3" ] || { now; took=$(((now - $3) * 10)); }
  [ ${#said} -le 300 ] || said=$(printf '%s' "$said" | tr '\n' ' ' | cut -c1-300)
  while :; do case $said in *"$nl"*) said="${said%%"$nl"*} ${said#*"$nl"}" ;; *) break ;; esac; done
  echo "probe $1 $2 $took $said"
}
# ways: how the `nc` of the image only connects
ways() { case $(nc --help 2>&1; nc -h 2>&1) in *-z*) open='-z' ;; *'-e PROG'*) open='-e true' ;; *) open= ;; esac; }
# open NUMBER HOST PORT: whether it takes a connection
open() {
  has nc || { answer "$1" unknown '' 'the image has no `nc`'; return; }
  now; begun=$now
  case $open in
  '-z') seen=$(limit 5 nc -z -w 3 "$2" "$3" </dev/null 2>&1) && word=yes || word=no ;;
  '-e true') seen=$(limit 5 nc -w 3 "$2" "$3" -e true </dev/null 2>&1) && word=yes || word=no ;;
  *) seen='the `nc` of the image cannot only connect'; word=unknown ;;
  esac
  answer "$1" $word "$begun" "$seen"
}

# name NUMBER HOST PORT: who answers there
name() {
  has nc || { answer "$1" unknown '' 'the image has no `nc`'; return; }
  now; begun=$now
  if seen=$(printf 'GET / HTTP/1.0\r\n\r\n' | limit 5 nc -w 3 "$2" "$3" 2>&1); then word=yes; else word=no; fi
  answer "$1" $word "$begun" "${seen##*"$nl"}"
}

# own: the first server that the place itself asks
own() { while read -r word server rest; do [ "$word" != nameserver ] || return; done </etc/resolv.conf; server=; }

# dns NUMBER SERVER NAME: by UDP
dns() {
  server=$2
  [ "$server" != own ] || own
  has nslookup || { answer "$1" unknown '' 'the image has no `nslookup`'; return; }
  now; begun=$now
  seen=$(limit 4 nslookup -type=a "$3" "$server" </dev/null 2>&1)
  # One that crashed, or could not be started, says nothing of the server.
  case $? in 0) word=yes ;; 126 | 127 | 134 | 139) word=unknown ;; *) word=no ;; esac
  answer "$1" $word "$begun" "$seen"
}

# dnstcp NUMBER SERVER QUESTION: the question in octal, the answer in hexadecimal
dnstcp() {
  server=$2
  [ "$server" != own ] || own
  { has nc && has od; } || { answer "$1" unknown '' 'the image has no `nc` or no `od`'; return; }
  now; begun=$now
  seen=$(printf "$3" | limit 4 nc -w 3 "$server" 53 2>/dev/null | od -An -v -tx1 -N 140 | tr -d ' \n')
  if [ -n "$seen" ]; then word=yes; else word=no; fi
  answer "$1" $word "$begun" "$seen"
}

# device: what leads out of here
device() { while read -r name to rest; do [ "$to" != 00000000 ] || { echo "$name"; return; }; done </proc/net/route; }

# large NUMBER HOST BYTES: a packet of that size that must not be cut; 0 for the largest that leaves from here
large() {
  bytes=$3
  if [ "$bytes" = 0 ]; then
    bytes=$(cat "/sys/class/net/$(device)/mtu" 2>/dev/null) || bytes=1500
    route=$(ip route get "$2" 2>/dev/null | sed -n 's/.* mtu \([0-9]*\).*/\1/p' | head -n 1)
    [ -z "$route" ] || bytes=$route
  fi
  now; begun=$now
  if ping -M do -c 1 -W 1 -s 8 127.0.0.1 >/dev/null 2>&1; then
    if seen=$(limit 6 ping -M do -n -c 1 -W 3 -s $((bytes - 28)) "$2" </dev/null 2>&1); then word=yes; else word=no; fi
    answer "$1" $word "$begun" "$bytes bytes: $seen"
    return
  fi
  case $(traceroute --help 2>&1) in
  *-F*) ;;
  *) answer "$1" unknown '' 'neither `ping` nor `traceroute` of the image can forbid that a packet is cut'; return ;;
  esac
  small=$(limit 12 traceroute -F -n -q 1 -w 2 -m 5 "$2" 60 </dev/null 2>&1)
  if ! reached "$small" "$2"; then
    answer "$1" unknown "$begun" "small packets get no answer either, so a large one would say nothing"
    return
  fi
  now; begun=$now
  seen=$(limit 12 traceroute -F -n -q 1 -w 2 -m 5 "$2" "$bytes" </dev/null 2>&1)
  if reached "$seen" "$2"; then word=yes; else word=no; fi
  answer "$1" $word "$begun" "$bytes bytes: $(printf '%s' "$seen" | tail -n 2)"
}
# reached SAID HOST: whether the last hop that answered is the host itself
reached() {
  printf '%s\n' "$1" | while read -r hop who rest; do
    [ "$who" != "$2" ] || case $rest in *!F*) ;; *) echo yes; return ;; esac
  done | grep -q yes
}
