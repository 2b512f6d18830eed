printf 'b\na\nc\na\n' | sort; printf 'b\na\nc\na\n' | sort -u; printf 'b\na\nc\n' | sort -r; printf '10\n9\n2\n' | sort -n; printf '10\n9\n2\n' | sort
----
printf 'b 2\na 10\nc 1\n' | sort -k2; printf 'b 2\na 10\nc 1\n' | sort -k2n; printf 'b:2\na:10\n' | sort -t: -k2 -n; printf 'x 1\ny 1\n' | sort -k2,2 -r
----
printf '1K\n2M\n3\n' | sort -h; printf 'v1.10\nv1.9\nv1.2\n' | sort -V; printf 'B\na\nC\n' | sort -f; printf 'a\nb\n' | sort -c; echo $?
----
printf 'a\na\nb\nc\nc\nc\n' | uniq; printf 'a\na\nb\n' | uniq -c; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u; printf 'A\na\n' | uniq -i
----
printf 'one two\nthree\n' | wc; printf 'one two\nthree\n' | wc -l; printf 'one two\n' | wc -w; printf 'abc' | wc -c; printf 'a\n' >f; wc f; wc -l f; wc -l f f; wc -c <f
----
echo a:b:c:d | cut -d: -f2; echo a:b:c:d | cut -d: -f1,3; echo a:b:c:d | cut -d: -f2-; echo a:b:c:d | cut -d: -f-2; echo abcdef | cut -c2-4; echo abcdef | cut -b1,3; echo nodelim | cut -d: -f2; echo nodelim | cut -d: -s -f2
----
printf 'a\tb\tc\n' | cut -f2; echo 'a b c' | cut -d' ' -f2,3 --output-delimiter=-
----
echo hello | tr a-y b-z; echo HeLLo | tr '[:upper:]' '[:lower:]'; echo hello | tr -d l; echo aabbcc | tr -s ab; echo 'a b c' | tr ' ' '\n'; echo abc123 | tr -cd '0-9\n'; echo a.b/c | tr ./ /.
----
echo hello world | tr -s 'l' 'L'; echo '  x  y ' | tr -s ' '; printf 'a\nb\n' | tr '\n' ','; echo; echo abc | tr abc x; echo abc | tr -c 'a' 'z'; echo
----
seq 10 | head -n 3; seq 10 | head -2; seq 10 | head -c 5; seq 10 | head -n -8; seq 3 | head -n 0; printf 'a\nb' | head -n 5; head -n 1 nofile; echo $?
----
seq 10 | tail -n 3; seq 10 | tail -2; seq 10 | tail -n +9; seq 10 | tail -c 5; printf 'a\nb' | tail -n 1; printf abcdef | tail -c +3; tail nofile; echo $?
----
seq 3 >a; seq 4 6 >b; head -n 1 a b; tail -n 1 a b; tail -q -n 1 a b; head -qn1 a b
----
{ head -n 1; echo --; cat; } <<X
1
2
3
X
----
printf 'apple\nbanana\ncherry\n' | grep an; printf 'apple\nbanana\n' | grep -v an; printf 'Apple\n' | grep -i apple; printf 'a\nb\n' | grep -c a; printf 'a\nb\n' | grep -n b; echo x | grep y; echo $?
----
echo abc | grep -q b && echo found; echo abc | grep -q z || echo not; echo 'a.c' | grep -F a.c; echo abc | grep -F a.c; echo $?; echo 'foo bar' | grep -w foo; echo foobar | grep -w foo; echo $?
----
printf 'a1\nb2\nc3\n' | grep -E '^[ab][0-9]$'; printf 'aa\nab\n' | grep 'a\{2\}'; printf 'aa\nb\n' | grep -E 'a{2}|b'; echo 'x+y' | grep 'x+y'; echo 'xxy' | grep -E 'x+y'; echo abab | grep -o 'ab'; echo 'a1b22' | grep -oE '[0-9]+'
----
printf '1\n2\n3\n4\n5\n' | grep -A1 2; printf '1\n2\n3\n4\n5\n' | grep -B1 4; printf '1\n2\n3\n4\n5\n6\n7\n' | grep -C1 -e 2 -e 6; printf 'a\nb\na\n' | grep -m1 a
----
echo one >a; echo two >b; grep o a b; grep -l two a b; grep -L two a b; grep -h o a b; grep -H one a; grep -c o a b; grep x nofile; echo $?; grep -s x nofile; echo $?
----
mkdir d; echo needle >d/x; echo hay >d/y; grep -r needle d; grep -rl needle .; grep needle d; echo $?; grep -rn e d | sort
----
printf 'a b\n' | grep -x 'a b'; printf 'abc\n' | grep -x ab; echo $?; printf 'a\n\nb\n' | grep -v '^$'; printf 'a\n' | grep ''; printf 'x\ty\n' | grep "$(printf '\t')"; echo '[x]' | grep '\[x\]'
----
printf 'CONFIG_BPF=y\n# CONFIG_X is not set\n' | grep -E '^(# )?CONFIG_(BPF|X)[ =]'; echo 'a-b_c' | grep -E '^[[:alnum:]_-]+$'; echo 'tab	x' | grep -E '[[:space:]]x'; echo key=val | grep -oE '[^=]+$'
----
echo hello | sed 's/l/L/'; echo hello | sed 's/l/L/g'; echo hello | sed 's/l/L/2'; echo hello | sed -n 's/l/L/p'; echo hello | sed -n p; echo a/b | sed 's|/|-|'
----
printf '1\n2\n3\n4\n' | sed 2d; printf '1\n2\n3\n4\n' | sed -n 2,3p; printf '1\n2\n3\n4\n' | sed '$d'; printf '1\n2\n3\n' | sed -n '$p'; printf '1\n2\n3\n' | sed 2q; printf 'a\nb\nc\n' | sed '/b/d'; printf 'a\nb\nc\n' | sed -n '/a/,/b/p'
----
echo 'foo bar' | sed 's/\(foo\) \(bar\)/\2 \1/'; echo 'foo bar' | sed -E 's/(foo) (bar)/\2 \1/'; echo abc | sed 's/b/[&]/'; echo a.b | sed 's/\./\\./'; echo abc | sed 's/x*/-/g'; echo abc | sed 's/b*/X/g'
----
printf 'a\nb\n' | sed 'a\
after'; printf 'a\nb\n' | sed '1i before'; printf 'a\nb\n' | sed '2c changed'; printf 'a\nb\n' | sed -e 's/a/1/' -e 's/b/2/'; printf 'a\nb\n' | sed 's/a/1/;s/b/2/'; printf 'a\nb\n' | sed '1!d'
----
printf 'a\nb\nc\nd\n' | sed 'N;s/\n/+/'; printf 'a\nb\nc\n' | sed -n 'H;${x;s/\n/,/g;p}'; printf 'a\nb\n' | sed G; printf 'a\nb\nc\n' | sed '1!G;h;$!d'; printf 'a\nb\n' | sed =
----
printf 'x=1\ny=2\n' >f; sed -i 's/1/9/' f; cat f; sed -i.bak '/y/d' f; cat f f.bak; sed -n '/x/{s/x/z/;p}' f; sed 's/x/\n/' f; echo 'a b' | sed 's/ /\t/'
----
echo abc | sed 'y/abc/xyz/'; echo 'one two' | sed 's/\w\+/<&>/g'; echo hello | sed 's/.*/\U&/'; echo HELLO | sed 's/.*/\L&/'; printf 'a\nb\nc\nd\ne\n' | sed -n '2~2p'; printf 'a\nb\nc\nd\n' | sed '2,+1d'; printf 'a\nb\n' | sed -s 1d
----
printf 'begin\nin\nend\nout\n' | sed '/begin/,/end/s/^/> /'; printf 'a\n' | sed ':x;s/^.\{1,3\}$/ &/;tx'; printf 'l1\nl2\n' | sed '$!N;P;D'; printf '%s\n' 'k = "v"' | sed -n 's/^[[:space:]]*k[[:space:]]*=[[:space:]]*\(.*\)$/x|\1/p'
----
sed p nofile; echo $?; echo a | sed 's/a/b'; echo $?; echo a | sed k 2>/dev/null; echo $?
----
printf 'a b c\nd e f\n' | awk '{print $2}'; printf 'a b c\n' | awk '{print $1, $NF, NF, NR}'; printf 'a:b\n' | awk -F: '{print $2}'; printf '1\n2\n3\n' | awk '{s+=$1} END {print s}'; echo | awk 'BEGIN {print "x" "y", 1+2}'
----
printf 'a 1\nb 2\n' | awk '$2 > 1'; printf 'a\nb\n' | awk '/a/'; printf 'a\nb\nc\n' | awk 'NR==2'; printf 'a\nb\nc\n' | awk 'NR>1 {print NR": "$0}'; printf 'a\nb\nc\nd\n' | awk '/b/,/c/'; printf 'x\n' | awk '!/x/'; printf 'a\n\nb\n' | awk NF
----
printf 'a 1\nb 2\na 3\n' | awk '{s[$1]+=$2} END {for (k in s) print k, s[k]}' | sort; awk 'BEGIN {printf "%s-%d-%5.2f|%c\n", "x", 3.7, 2.5, 65}'; awk 'BEGIN {x["a"]=1; if ("a" in x) print "in"; delete x["a"]; if (!("a" in x)) print "out"}'
----
awk 'BEGIN {print length("hello"), substr("hello",2,3), index("hello","l"), toupper("x"), tolower("Y")}'; awk 'BEGIN {n=split("a:b:c",p,":"); print n, p[1], p[3]}'; awk 'BEGIN {s="aXbX"; gsub(/X/,"-",s); print s; sub(/-/,"[&]",s); print s}'; awk 'BEGIN {print match("foobar",/o+/), RSTART, RLENGTH}'
----
awk 'function f(x) {return x*2} BEGIN {print f(4)}'; awk 'BEGIN {i=0; while (i<3) {print i; i++}; do {i--} while (i>0); print i; for (i=0;i<2;i++) print "f" i; for(;;) break}'; awk -v x=5 'BEGIN {print x+1}'; printf 'a,b\n' | awk 'BEGIN{FS=",";OFS="-"} {$1=$1; print}'
----
printf 'a b\n' | awk '{$2="X"; print; print NF; $5="e"; print; NF=2; print}'; echo 5 | awk '{print ($1>3)?"big":"small"}'; awk 'BEGIN {print 1==1.0, "a"<"b", 10<9, "10"<"9", 1/4, 2^10, 7%3, -3, !1}'; awk 'BEGIN{exit 3}'; echo $?
----
printf 'k v\n' | awk '{print $1 > "o1"; print $2 >> "o2"}'; cat o1 o2; awk 'BEGIN {print "e" > "/dev/stderr"}' 2>&1; printf '1 2\n3 4\n' | awk '{t=0; for(i=1;i<=NF;i++) t+=$i; print t}'; awk 'BEGIN{print 1e6, 1000000*10, 0.1+0.2}'
----
printf 'a\nb\n' >f; awk '{print FILENAME, FNR, $0}' f f; awk 'END {print NR}' f; awk '/a/ {next} {print "not", $0}' f; printf 'one\ntwo three\n\nfour\n' | awk 'BEGIN{RS=""}{print NR": "$1}'; awk 'BEGIN { while (1) { if (++n > 3) break } print n }'
----
printf '*filter\n:KUBE-X - [0:0]\n-A KUBE-X -j ACCEPT\n' | awk -v b=v4 '/^\*/ { t = substr($0, 2) } /^:/ { k = t "|" substr($1, 2); chains[k]++; all[k] } /^-A/ { k = t "|" $2; rules[k]++; all[k] } END { for (k in all) print b "|" k "|" chains[k] + 0 "|" rules[k] + 0 }'
----
printf 'b\na\n' | tac; printf 'abc\n' | rev; printf 'a\nb\n' | nl; printf 'a\nb\n' >x; printf '1\n2\n' >y; paste x y; paste -s x; paste -d, x y; comm x y; printf 'a\nc\n' >z; comm x z; comm -12 x z
----
printf 'a\nb\nc\n' >x; printf 'a\nX\nc\n' >y; diff x y; echo $?; diff x x; echo $?; diff -q x y; diff -u x y | tail -n +3; cmp -s x y; echo $?; printf 'a\nb\nc\nd\n' >z; diff x z; diff z x; cmp x z 2>&1
----
printf hello | sha256sum; printf hello >f; sha256sum f; sha256sum <f; sha256sum f >s; sha256sum -c s; echo x >>f; sha256sum -c s 2>/dev/null; echo $?; sha256sum nofile; echo $?; printf hello | cksum
----
printf hello | base64; printf hello | base64 | base64 -d; echo; printf 'a%.0s' 1 2 3 | base64 -w0; echo; seq 30 | base64 | head -n 1
----
printf 'AB\n' | od -An -tx1; printf 'AB\n' | od -c; printf 'hello world 12345' | od -An -tx1 -v; printf 'a\0b' | od -An -c; printf '\001\002' | od
----
echo a | tee f | cat; cat f; echo b | tee -a f >/dev/null; cat f; echo c | tee f g >/dev/null; cat f g
----
printf 'x\n' | cat - - </dev/null; echo in | cat -; echo a >f; echo b | cat f -; cat -n f f; echo "$(cat f)$(cat f)"; cat f nofile f 2>/dev/null; echo $?
----
date -u -d @0 +%Y-%m-%dT%H:%M:%SZ; date -u -d @86400 '+%a %b %e %j %u %y %s'; date -d 2024-02-29 +%F; date -u -d '2024-03-01 12:34:56' +%s; date -d @1700000000 +'%H:%M %p %I'; date +%Z
----
dd if=/dev/zero bs=1 count=5 2>/dev/null | od -An -tx1; printf abcdef | dd bs=2 count=2 2>/dev/null; echo; printf abcdef >f; dd if=f bs=1 skip=2 count=3 2>/dev/null; echo; dd if=/dev/null of=f bs=1 seek=3 count=0 2>/dev/null; cat f; echo; wc -c <f
----
printf 'hello\n' | gzip | gunzip; printf 'x\n' >f; gzip f; ls; zcat f.gz; gunzip f.gz; cat f; gzip -dc f 2>/dev/null; echo $?
----
xargs echo <<X
a 'b c' "d e"
f\ g
X
----
find . | sort; mkdir -p a/b; touch a/x.txt a/b/y.txt z.md; find . -name '*.txt' | sort; find a -type d | sort; find . -maxdepth 1 | sort; find . -mindepth 1 -maxdepth 1 -type f; find a -type f -exec echo {} \; | sort; find a -type f -exec echo {} + | tr ' ' '\n' | sort
----
mkdir -p d/e; touch d/f; find d ! -type d; find d -name e -o -name f | sort; find d -type f -delete; ls d; find nofile; echo $?; find d -empty | sort; find d -print0 | tr '\0' '\n' | sort; find d -path '*e'; touch -d @1000 old; find . -mtime +1 -name old
----
mkdir s; echo 12345 >s/f; find s -type f -printf '%f %s %m\n'; find s -size -10c -type f; find s -size +1k; find s -perm 644; find . -name s -prune -o -type f -print; find s -newer s/f
----
printf '1\n2\n3\n' | paste -d, - -; printf '1\n2\n3\n4\n' | paste - - -; expr abc : 'a\(.\)c'; expr abcd : '.*'; expr abc : x; echo $?; expr abc : '\(x\)'; echo $?; printf 'a\n' >x; printf 'b\n' >y; cmp x y
