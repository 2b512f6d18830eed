echo hello
----
echo "a  b" a  b 'c  d'
----
x=1; y=$x; echo "$x$y" '$x' \$x
----
x="a b  c"; echo $x; echo "$x"
----
for i in 1 2 3; do echo "i=$i"; done
----
echo ${x:-default} ${x-d2} "${x:=set}" $x ${x:+alt} ${y:+alt}end
----
x=; echo "[${x:-e}][${x-n}][${x:+p}][${x+q}]"
----
x=/usr/local/lib/file.tar.gz; echo ${x##*/} ${x#*/} ${x%.*} ${x%%.*} ${#x}
----
set -- a "b c" d; echo $# "$1" "$2" $*; for w in "$@"; do echo "<$w>"; done; for w in $*; do echo "<$w>"; done
----
set -- a b c; shift; echo "$@" $#; shift 2; echo "[$@]" $#
----
set -- "x y" z; printf '<%s>' "$@"; echo; printf '<%s>' "$*"; echo; IFS=-; echo "$*"
----
set --; for i in "$@"; do echo never; done; echo "n=$#" "$@" end
----
echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((1<<4)) $((0x1f)) $((010)) $((-5/2))
----
x=5; echo $((x+1)) $(($x*2)) $((x=9)) $x $((x+=3)) $x
----
echo $((3>2)) $((3<2)) $((1&&0)) $((1||0)) $((!3)) $((~0)) $((5?7:8)) $((0?7:8)) $((6&3)) $((6|1)) $((6^3))
----
echo "$(echo a; echo b)" $(echo c; echo d)
----
x=$(printf 'a\nb\n\n\n'); echo "[$x]"
----
echo `echo back` "`echo 'q  q'`" `echo \`echo nested\``
----
echo "a\$b \"q\" \\ \n" 'a\nb'
----
echo 'it'"'"'s' it\'s "it's"
----
echo a\
b
----
cat <<END
x=$((1+1)) $(echo sub) \$no `echo bt`
  "quoted" 'single'
END
----
cat <<'END'
x=$((1+1)) $(echo sub) \$no
END
----
cat <<-END
	tabs
		gone
	END
----
x=val; cat <<A; cat <<B
one $x
A
two ${x}s
B
----
IFS=:; x=a:b::c; for w in $x; do echo "[$w]"; done
----
IFS=' :'; x=' a : b: :c '; for w in $x; do echo "[$w]"; done
----
x='*'; touch f1 f2; echo $x "$x"; set -f; echo $x
----
touch a.txt b.txt c.md .hid; echo *.txt; echo *; echo .h*; echo [ab].*; echo [!a]*.txt; echo no*match
----
mkdir -p d/e d/f; touch d/e/x d/f/y; echo d/*/*; echo */; echo d/*/
----
echo ~ ~root "~" x~ ~nobodyatall/x
----
x=~/a; echo $x
----
echo {a,b}
----
echo "$0" | wc -l; echo $? $# $-
----
false; echo $?; true; echo $?; (exit 7); echo $?
----
x=abc; echo ${x}def "${x}def" $xdef.
----
unset x; echo "${x?gone}"; echo not reached
----
set -u; echo $undefined; echo no
----
echo ${x:-$(echo sub)} ${x:-"q  q"} "${x:-"in  ner"}"
----
x='a b'; echo ${y:-$x}; echo "${y:-$x}"; set -- ${y:-$x}; echo $#
----
x=aXbXc; echo ${x#*X} ${x##*X} ${x%X*} ${x%%X*}; p='*X'; echo ${x#$p} "${x#"$p"}"
----
printf '%s %d %5d|%-5s|%05d %x %o %c %%\n' str 42 7 ab 42 255 8 xyz
----
printf '%s\n' a b c; printf '%s-%s\n' 1 2 3; printf 'none\n' a
----
printf '\101\x41\n'; printf 'tab\tnl\\n\n'; printf '%b\n' 'a\tb\0101'
----
printf '%d\n' 0x10 010 "'A" -5; printf '%.2f %5.1f %e\n' 3.14159 2.55 12345.678
----
printf '%s'; printf '[%s]\n' ''; printf '%5s|%-5s|%.2s\n' abc abc abc
----
printf '%d\n' abc; echo $?
----
echo -n a; echo b; echo -e 'x\ty'; echo 'a\tb\nc'; echo 'end\c no'
----
echo a; # comment
# whole line
echo b # c
echo 'no#comment' no#comment
----
x=1 y=2; echo $x$y; x=3 sh -c 'echo $x'; echo $x
----
x=outer; f() { local x=inner; echo $x; }; f; echo $x
----
a=1; export a; sh -c 'echo $a'; unset a; sh -c 'echo [$a]'
----
readonly r=5; echo $r; (r=6; echo no) 2>/dev/null; echo $?
----
echo "${#}" "${#:-x}" ${#PATH} | cut -d' ' -f1
----
x='a
b'; echo $x; echo "$x"; set -- $x; echo $#
----
IFS=; x='a b'; set -- $x; echo $#
----
x=1; echo $x'2'"3"\4
----
echo "a$(echo "b$(echo "c")")"
----
echo "$(cat <<X
in here $(echo deep)
X
)"
----
case abc in a*) echo yes;; *) echo no;; esac; case x in [!a-m]) echo nz;; esac; case 'a*' in 'a*') echo lit;; esac
----
x='[a]'; case a in $x) echo pat;; esac; case '[a]' in "$x") echo lit;; esac
----
echo $(( $(echo 3) + 4 )) $((${#PATH} > 0))
----
set -- 1 2 3 4 5 6 7 8 9 10 11; echo $10 ${10} ${11}
----
echo "x${y:+"a b"}z" ${y-'single q'} "${y-'dq s'}"
----
x='\'; echo "$x" $x; x='a\b'; echo $x
----
printf '%s\n' "$(printf 'a\\nb')" | cat
----
echo a >&2; echo b 2>/dev/null >&2; echo c
----
v='$(echo no) `echo no`'; echo $v "$v"
----
x=5; x=$((x-1)); while [ $x -gt 0 ]; do printf %s $x; x=$((x-1)); done; echo
----
echo $((1 == 1)) $((2 != 2)) $((3 >= 4)) $((010 + 0xf)) $(( 1 , 2 ))
----
echo $((1/0)); echo no
----
echo "$((2+2))" '$((2+2))' "\$((2+2))"
----
a=x; b=${a}_y; c="${a:+${b}}"; echo $c ${c%_*} ${c#"${a}"}
----
eval 'x=ev; echo $x'; y='echo $x'; eval $y; eval "$y; $y"
----
printf '%s|' a "b c" ''; echo; printf '%s %s|' a b c; echo
----
x=`printf '%s' "a  b"`; echo "$x"; echo $x
----
echo "tab	in" 'nl
in'
----
printf "%s\n" "${HOME%/}" "${HOME#/}"
----
echo a{1..3} ${x:-{}} }
----
IFS=,; set -- a,b 'c,d'; echo $1 "$1"; x=1,2,3; echo $x; for i in $x; do echo $i; done
----
set -- "" a ""; echo $#; for i in "$@"; do echo "[$i]"; done; for i in $@; do echo "[$i]"; done
----
x="  lead trail  "; echo [$x]; echo "[$x]"; set -- $x; echo $# "$1"
