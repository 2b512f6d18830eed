mkdir a; mkdir a; echo $?; mkdir -p a/b/c; ls a; mkdir x/y; echo $?; rmdir a/b/c; rmdir a; echo $?; mkdir -m 700 m; stat -c %a m
----
touch f; ls f; cp f g; ls; mv g h; ls; rm f; ls; rm f; echo $?; rm -f f; echo $?; rm; echo $?
----
mkdir d; touch d/f; rm d; echo $?; rm -r d; ls; mkdir e; rm -d e; ls; mkdir -p p/q; touch p/q/r; rm -rf p nothere; echo $?; ls
----
echo a >f; cp f d; cat d; mkdir dir; cp f dir; cat dir/f; cp f dir/g; ls dir; cp nofile x; echo $?; cp dir x; echo $?; cp -r dir copy; ls copy; cp f nodir/x; echo $?; cp f f; echo $?
----
echo a >f; chmod 600 f; cp -p f g; stat -c %a g; cp f h; stat -c %a h; cp -a f i; stat -c %a i; ln -s f l; cp l lc; [ -L lc ] || echo deref; cp -a l la; [ -L la ] && echo link; readlink la
----
echo a >f; mv f g; cat g; mkdir d; mv g d; ls d; mv d/g d/h; ls d; mv nofile x; echo $?; mv d e; ls e; echo 1 >x; echo 2 >y; mv x y; cat y; mv -n y e/h; cat y e/h; mv e e/f; echo $?
----
echo a >f; ln -s f l; cat l; readlink l; ls -l l | sed 's/.* l/l/'; ln f hard; stat -c %h f; rm f; cat hard; cat l; echo $?; ln -s x l; echo $?; ln -sf hard l; cat l; ln -s /etc d; [ -d d ] && echo dir
----
ln -s a b; ln -s b a; cat a; echo $?; ln -s nowhere n; [ -e n ] || echo dangling; readlink -f n | sed "s|$PWD/||"; readlink nofile; echo $?; readlink -e n; echo $?; mkdir d; ln -s d dl; cd dl; pwd -P | sed 's|.*/||'
----
touch f; chmod 755 f; stat -c '%a %A' f; chmod u-x,g+w f; stat -c %a f; chmod a=r f; stat -c %a f; chmod +x f; stat -c %a f; chmod 4755 f; stat -c '%a %A' f; chmod u=rwX,go= f; stat -c %a f; chmod zzz f; echo $?; chmod 600 nofile; echo $?
----
mkdir d; chmod 1777 d; stat -c '%a %A' d; chmod -t d; stat -c %a d; mkdir -p r/s; touch r/s/f; chmod -R 700 r; stat -c %a r/s/f r/s; chmod -R a+rX r; stat -c %a r/s/f r/s; chmod g+s d; stat -c '%a %A' d
----
touch f; chown root f; chown 0:0 f; stat -c %U:%G f; chown nosuchuser f; echo $?; chown :daemon f; stat -c %G f; chgrp root f; stat -c %G f; chown 12345:54321 f; stat -c '%u:%g' f
----
printf abc >f; stat -c '%s %F %n' f; : >e; stat -c '%F' e; mkdir d; stat -c '%F %A' d; ln -s f l; stat -c '%F' l; stat -L -c '%F' l; stat -c %N l; stat nofile; echo $?; stat -c '%f' f d; stat --printf '%s\n' f
----
touch -d @1000000000 f; stat -c %Y f; touch -d '2020-01-02 03:04:05' f; stat -c %Y f; touch -r f g; stat -c %Y g; touch -c nofile; ls nofile; echo $?; ls -l --time-style=long-iso f | cut -d' ' -f6-
----
mkdir d; touch d/b d/a d/.h; ls d; ls -a d; ls -A d; ls -1 d; ls -r d; ls -d d; ls d nofile; echo $?; ls -F; ls -p; mkdir d/s; ls -R d
----
printf 12345 >f; chmod 640 f; mkdir d; ls -l --time-style=+T; ls -ld --time-style=+T d; ls -lh --time-style=+T f; ls -s f >/dev/null; ls -n --time-style=+T f; ls -lS --time-style=+T | tail -n 2 | cut -d' ' -f5-; touch -d @5 old; ls -t; ls -rt
----
echo a >f; echo b >g; ls -i f | grep -c '^[0-9]* f$'; cat f g >h; cat h; cp f g d; echo $?; mkdir d; cp f g d; ls d; cp -t d h; ls d; mv -t d h; ls d; cp f nodir/; echo $?
----
mktemp -d | grep -c '^/tmp/tmp\.'; t=$(mktemp ./x.XXXXXX); [ -f "$t" ] && echo made; stat -c %a "$t"; d=$(mktemp -d ./d.XXXX); stat -c %a "$d"; mktemp bad; echo $?; mktemp nodir/x.XXXXXX; echo $?; mktemp -u | grep -c tmp
----
truncate -s 100 f; wc -c <f; truncate -s 10 f; wc -c <f; truncate -s 1K g; stat -c %s g; head -c 3 g | od -An -tx1; install -m 640 -D f p/q/f; stat -c %a p/q/f; install -d -m 711 id; stat -c %a id; install f copy; stat -c %a copy
----
umask 077; touch f; mkdir d; stat -c %a f d; umask 0; touch g; mkdir e; stat -c %a g e; umask u=rwx,g=rx,o=; umask
----
echo x >f; exec 3<f; rm f; cat <&3; ls; echo y >g; exec 4>>g; echo z >&4; mv g h; echo w >&4; cat h
----
echo 1 >f; { echo 2; cat f; } >>f; cat f | head -n 3; echo abc >g; { printf x; printf y; } >g; cat g; echo; echo a >h; echo b 1<>h; cat h
----
cat /dev/null; echo x >/dev/null; head -c 4 /dev/zero | od -An -tx1; echo x >/dev/full; echo $?; [ -c /dev/null ] && echo char; head -c 3 /dev/urandom | wc -c; echo err >/dev/stderr 2>/dev/null; echo o >/dev/stdout; cat /dev/stdin </dev/null
----
cd nodir; echo $?; mkdir a; cd a; touch f; cd ..; ls a/../a/./f; ls a//f; ls a/f/; echo $?; cat a; echo $?; cat a/f/x; echo $?; echo x >a; echo $?
----
realpath . | sed 's|.*/||' | grep -c .; mkdir -p a/b; realpath a/b/.. | sed 's|.*/||'; realpath a/../a/x | sed 's|.*/||'; realpath nodir/x; echo $?; cd a; realpath ..  | grep -c .; basename "$(realpath b)"
----
ls /proc/self/fd/0 >/dev/null && echo fd; [ -r /proc/uptime ] && echo up; read a b </proc/uptime; [ -n "$a" ] && echo read; [ -d /proc/$$ ] && echo own; tr '\0' ' ' </proc/$$/cmdline | cut -d' ' -f2; read x </proc/$$/stat; [ "${x%% *}" = $$ ] && echo pid
----
cat /proc/sys/kernel/ostype; [ -w /proc/sys/kernel/panic ] && echo w; ls -d /proc/sys/net; wc -c </proc/sys/kernel/ostype; stat -c %s /proc/sys/kernel/ostype; cut -d' ' -f1 /proc/sys/kernel/random/boot_id | wc -c; cat /proc/nosuch; echo $?
----
id -u; id -un; whoami; id; groups; id -gn; id nosuchuser; echo $?; sh -c 'echo $PPID' | grep -c '^[0-9]*$'; env | grep -c ^HOME=; printenv HOME; printenv NOSUCH; echo $?
----
touch "a b" 'c"d' "e'f"; for f in *; do echo "[$f]"; done; rm -- "a b"; touch -- -x; ls -- -x; rm ./-x; ls; find . -name '*"*'; stat -c %n 'c"d'
----
mkdir -p t/u; echo 1 >t/a; echo 2 >t/u/b; cp -r t v; find v -type f | sort | xargs cat; cp -r t v; ls v; diff t/a v/a && echo same; rm -r t v; ls; cp -rT /etc/nosuch x; echo $?
----
touch a b; rm -v a; mv -v b c; cp -v c d; mkdir -v e; ln -sv c l; rm -rv e; ls
----
touch f; [ f -nt nofile ] && echo nt; touch -d @1 o; [ f -nt o ] && echo newer; [ o -ot f ] && echo older; ln f g; [ f -ef g ] && echo same; [ -s f ] || echo empty; [ -O f ] && echo own; [ -g f ] || echo nog; [ -k /tmp ] && echo sticky
----
sync; sync f 2>/dev/null; echo $?; touch f; sync f . ; echo $?; nproc | grep -c '^[0-9]'; getconf PAGESIZE; arch >/dev/null; uname -s; uname -m >/dev/null && echo m; tty; echo $?; sleep 0; sleep abc; echo $?
----
printf 'a\n' >f; cat f >g && cat g; cat <f >h; cat h; cat <<X >i
here
X
cat i; cat f 1>&2 2>/dev/null; cat nof 2>&1 | sed 's/.*: //'; ls nof 2>&1 >/dev/null | grep -c nof; echo x 3>&1 >&3 | cat
----
rm -rf /; echo $?; rm -r .; echo $?; rmdir nodir; echo $?; touch nodir/f; echo $?; ls nodir/; echo $?; mkdir ''; echo $?; cat ''; echo $?; touch ''; echo $?
