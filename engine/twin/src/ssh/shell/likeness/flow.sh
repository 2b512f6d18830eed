if true; then echo y; else echo n; fi; if false; then echo y; elif true; then echo e; else echo n; fi
----
true && echo a || echo b; false && echo a || echo b; false || false || echo c; true && false; echo $?
----
! true; echo $?; ! false; echo $?; if ! false; then echo neg; fi
----
i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 3 ] && continue; [ $i = 5 ] && break; echo $i; done; echo end $i
----
i=0; until [ $i -ge 3 ]; do echo $i; i=$((i+1)); done
----
for i in 1 2; do for j in a b c; do [ $j = b ] && continue 2; echo $i$j; done; done; for i in 1 2; do for j in a b; do break 2; done; echo no; done; echo out
----
f() { echo "f $1 $#"; return 3; echo no; }; f a b; echo $?; f; echo $?
----
f() { f2() { echo inner; }; f2; }; f; f2
----
f() { [ $1 -le 0 ] && return; echo $1; f $(($1-1)); }; f 3
----
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1-1))) )); fi; }; fact 6
----
(x=1; echo in $x); echo "out [$x]"; { y=2; echo in $y; }; echo "out $y"
----
echo a | cat | cat; echo abc | tr a-z A-Z; printf 'b\na\n' | sort
----
echo x | { read v; echo "got $v"; }; echo "after [$v]"
----
printf 'a b c\nd e\n' | while read x y; do echo "x=$x y=$y"; done
----
printf '  a  b  \n' | { read x; echo "[$x]"; }; printf '  a  b  \n' | { IFS= read -r x; echo "[$x]"; }
----
printf 'a\\tb\\\nc\n' | { read x; echo "[$x]"; read y; echo "[$y]"; }; printf 'a\\tb\\\nc\n' | { read -r x; echo "[$x]"; }
----
printf 'a:b:c:d\n' | { IFS=: read x y z; echo "$x|$y|$z"; }; printf 'a::c\n' | { IFS=: read x y z; echo "$x|$y|$z"; }
----
printf 'noeol' | { read x; echo "$? [$x]"; }; read x </dev/null; echo $?
----
set -e; echo a; false; echo b
----
set -e; false || echo ok; if false; then :; fi; ! true; echo still; (false); echo no
----
set -e; f() { false; echo in f; }; f || echo caught; f && echo x; echo end; f; echo never
----
set -e; x=$(false); echo no
----
set -e; echo $(false) yes; true | false; echo no
----
set -e; while false; do :; done; until true; do :; done; for i in; do :; done; case x in y) ;; esac; echo fine
----
set -e; { false; echo no; } || echo x; { false; }; echo never
----
set -e; false & wait $!; echo no
----
exit 5; echo no
----
(exit 3); echo $?; sh -c 'exit 4'; echo $?; sh -c 'kill -9 $$'; echo $?
----
trap 'echo bye' EXIT; echo hi; exit 3
----
trap 'echo bye $?' EXIT; false
----
trap 'echo caught' USR1; kill -USR1 $$; echo after; trap - USR1; trap
----
trap '' TERM; kill $$; echo survived; trap - TERM; trap 'echo t; exit 9' TERM; kill $$; echo no
----
(trap 'echo sub' EXIT; echo in); echo out
----
trap 'echo x' EXIT; (echo sub); echo main
----
sleep 0.01 & echo started; wait; echo done; sleep 0.01 & wait $!; echo $?; sh -c 'exit 7' & wait $!; echo $?
----
wait 99999; echo $?; (exit 2) & a=$!; (exit 3) & b=$!; wait $b; echo $?; wait $a; echo $?
----
{ sleep 0.05; echo late; } & echo early; wait
----
sleep 5 & p=$!; kill $p; wait $p; echo $?; sleep 5 & kill -9 $!; wait $!; echo $?
----
kill -0 $$ && echo alive; kill -0 999999 2>/dev/null || echo gone
----
kill -l 9; kill -l 15; kill -l 143
----
cat nofile; echo $?; cat <nofile; echo $?; echo x >/no/dir; echo $?
----
nosuchcommand; echo $?; ./nosuch; echo $?; touch f; ./f; echo $?; mkdir d; ./d; echo $?
----
printf 'echo script $1 $#\nexit 4\n' >s; sh s a b; echo $?; chmod +x s; ./s q; echo $?; . ./s; echo never
----
printf '#!/bin/sh\necho "arg=$1" name=${0##*/}\n' >s; chmod 755 s; ./s x
----
printf 'x=5\nreturn 3\nx=6\n' >lib; . ./lib; echo $? $x
----
echo a >f; echo b >>f; cat f; cat <f; cat f f | wc -l
----
exec 3>out; echo to3 >&3; exec 3>&-; cat out; exec 4<out; read l <&4; echo "l=$l"; exec 4<&-
----
{ echo o; echo e >&2; } >f 2>&1; cat f; { echo o; echo e >&2; } 2>&1 >/dev/null | cat
----
echo new >f; set -C; echo x >f; echo $?; echo y >|f; cat f; echo z >>f; cat f
----
ls nofile 2>err; echo $?; [ -s err ] && echo has; : >err; [ -s err ] || echo empty
----
f() { echo in; echo err >&2; }; f >o 2>&1; cat o; f 2>/dev/null | tr a-z A-Z
----
while read l; do echo "<$l>"; done <<X
one
two
X
----
for i in 1 2 3; do echo $i; done >f; cat f; if true; then echo r; fi >f; cat f
----
x=1; while read l; do x=2; done <<X
a
X
echo $x
----
getopts ab:c o -a -b val -c; echo $o; while getopts ab: o -a -b v rest; do echo "$o $OPTARG"; done; echo $OPTIND
----
set -- -x -y arg file; while getopts xy: o; do case $o in x) echo X;; y) echo "Y$OPTARG";; esac; done; shift $((OPTIND-1)); echo "$@"
----
while getopts :ab: o -z -b; do echo "$o:$OPTARG"; done
----
while getopts ab o -abq 2>/dev/null; do echo $o; done
----
umask; umask 077; umask; touch f; stat -c %a f; umask 022; umask -S
----
command -v cd; command -v nosuch; echo $?; command -v if; command echo hi; f() { :; }; command -v f; type cd
----
cd /tmp && pwd; cd / ; pwd; cd usr; pwd; cd ..; pwd; cd - ; cd /nonexistent; echo $?
----
test -f /etc/passwd && echo f; [ -d /etc ] && echo d; [ -x /bin/sh ] && echo x; [ ! -e /nope ] && echo ne; [ -r /etc/passwd -a -f /etc/passwd ] && echo and
----
[ a = a ] && echo eq; [ a != b ] && echo ne; [ 1 -lt 2 ] && echo lt; [ -z "" ] && echo z; [ -n "" ] || echo n; [ "" ] || echo empty; [ x ] && echo x
----
[ 1 -eq 1 -o 1 -eq 2 ] && echo or; [ ! a = b ] && echo not; [ \( a = a \) ] && echo paren; [ a -eq 1 ]; echo $?; test; echo $?
----
[ -t 0 ] || echo notty; [ -L /nope ] || echo nolink; ln -s x l; [ -L l ] && echo link; [ -e l ] || echo dangling
----
[ = = ] && echo a; [ ! ] && echo b; [ -f ] && echo c; [ ! -n ] || echo d; [ "(" = ")" ] || echo e; [ a = ]; echo $?
----
f() { echo "$@"; set -- z; echo "$@"; }; set -- 1 2; f a b; echo "$@"
----
x=1; f() { x=2; }; f; echo $x; y=1; (y=2); echo $y; z=5 f; echo "[$z]"
----
a() { b; echo "a $?"; }; b() { return 4; }; a; b; echo $?
----
: ${x:=init}; echo $x; : && echo colon; true; echo "$_" >/dev/null
----
if [ 1 ]; then
  echo multi
  for i in a b
  do
    echo $i
  done
fi
----
case $# in
  0) echo none ;;
  (1) echo one ;;
  *) echo many
esac
----
f()
{
  echo newline style
}
f
----
echo a; echo b & wait; echo c
----
{ echo 1; exit 3; echo 2; }; echo never
----
(echo 1; exit 3; echo 2); echo $?
----
echo 'fi' if then; echo done; for in in in; do echo $in; done
----
sh -c 'echo $0 $1 $#' name arg1 arg2; sh -c 'echo $-' | tr -d a-z; echo 'echo piped $1' | sh -s x
----
echo 'read a; echo "a=$a"' >s; echo hello | sh s; printf 'echo one\necho two\n' | sh
----
set -x 2>/dev/null; x=1; set +x; echo ok
----
eval 'exit 6'; echo no
----
f() { eval 'return 5'; echo no; }; f; echo $?
----
while :; do echo once; break; done; while true; do false || break; done; echo $?
----
false; x=$?; echo $x; x=$(exit 4); echo $?; x=a; echo $?
----
false | true; echo $?; true | false; echo $?; ! false | true; echo $?
----
sh -c 'echo out; echo err >&2' 2>&1 | sort; sh -c '(exit 9)'; echo $?
----
yes | head -n 3; seq 5 | head -2; seq 3 | tail -n 1
----
set -- a b; for x; do echo "$x"; done; for x do echo "$x"; done
----
readonly x=1; x=2; echo no
----
unset nosuch; echo $?; unset -f nof; echo $?; export nothing; echo $?
----
( sleep 0.02; echo first ) & sleep 1; echo second; wait
----
timeout 0.05 sleep 5; echo $?; timeout 5 true; echo $?; timeout 5 sh -c 'exit 3'; echo $?; timeout -s KILL 0.05 sleep 5; echo $?
----
nohup echo hi 2>/dev/null; env X=1 sh -c 'echo $X'; env -i sh -c 'echo "[$HOME]"'; env -u HOME sh -c 'echo "[$HOME]"'
----
echo "a b c" | xargs; printf '1\n2\n3\n' | xargs -n 2 echo x; echo a b | xargs -I{} echo "<{}>"; printf 'a\0b c\0' | xargs -0 -n1 echo; echo | xargs -r echo no
----
echo x | xargs false; echo $?; echo x | xargs nosuchcmd 2>/dev/null; echo $?
----
a=5 b=6; [ $a -lt $b ] && { echo less; } || { echo more; }
----
if (exit 1) || { true && false; } then echo y; else echo n; fi
----
echo "unterminated
----
echo a; if; echo b
----
echo ok
echo ( bad
----
for; do
----
f() { echo $LINENO; }; echo $LINENO >/dev/null; echo fine
----
set -- $(seq 1 5); echo $#; echo $((  $(seq 1 3 | wc -l) * 2 ))
----
exec echo replaced; echo no
----
exec nosuchprogram; echo no
----
exec 2>/dev/null; nosuch; echo $?
----
echo a | (cat; echo b) | { cat; echo c; }
----
x=$(echo out; echo err >&2) 2>/dev/null; echo "$x"
----
set -f; echo *; set +f; touch z; echo z*
----
set -o errexit; set +o errexit; false; echo ok; set -o nounset; echo ${u-unset}
----
set -a; v=1; sh -c 'echo $v'; set +a; w=1; sh -c 'echo [$w]'
----
jobs; true & wait; jobs >/dev/null; echo $?
----
trap 'echo int' INT; trap 'echo hup' HUP; kill -HUP $$; kill -INT $$; echo end
----
f() { trap 'echo fexit' EXIT; }; f; echo body
----
sh -c 'trap "exit 3" TERM; kill $$; sleep 1'; echo $?
----
sh -c 'trap "echo got; exit 0" USR1; (sleep 0.05; kill -USR1 $$) & wait; echo not' ; echo $?
----
sh -c 'trap : USR1; sleep 3 & (sleep 0.05; kill -USR1 $$) & wait $!; wait %1; echo $?; kill %1' | head -1
----
i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; echo $i; x=; for i in 1 2 3 4 5; do x=$x$x.; done; echo ${#x}
----
printf '%s\n' 3 1 2 | sort | while read n; do echo "n$n"; done | tr '\n' ' '; echo
----
echo one > 'a b'; cat 'a b'; cat a\ b; f='a b'; cat "$f"; cat $f 2>/dev/null; echo $?
----
echo >f; wc -c <f; echo $((0$(wc -c <f)))
----
cat <<X | tr a-z A-Z
piped here
X
----
f() { cat; }; f <<X
to function
X
----
cat <<"E O F"
body $x
E O F
----
if true; then cat <<X; fi
inside
X
----
x=$(cat <<X
sub $((1+1))
X
); echo "$x"
----
test 1 -gt 0 -a 2 -gt 1; echo $?; test a '<' b; echo $?; [ 08 -eq 8 ] && echo dec
----
dirname /a/b/c /a b /; basename /a/b/c; basename f.txt .txt; basename /; dirname a//b//
----
seq 3; seq 2 4; seq 1 2 7; seq -s, 3; seq 3 -1 1; seq -w 8 10; seq 0.5 0.5 1.5
----
expr 1 + 2; expr 5 '*' 3; expr 7 / 2; expr a = a; expr a = b; echo $?
----
true; false; : ; [ ]; echo $?; nice true; echo $?
----
(cd /tmp; pwd); pwd | wc -l; PWD=x; echo $PWD
----
{ trap 'echo bye' EXIT; exit 3; } >f
----
trap 'echo bye $?' EXIT; set -e; { echo in; false; } >f
----
exec 2>&1; set -x; x=; y='a b'; echo "$y" it\'s; set +x
----
(exec 2>&1; [ a b ]; test a b; [ a -foo b ]; [ a = b c ]; [ -f a b ]) | sed 's/^[^:]*: [0-9]*: //;s/^sh: //'
----
eval 'cat <<< a'; echo no
