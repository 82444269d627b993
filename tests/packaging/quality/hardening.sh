#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: hardening.sh DIR
#
# Run as root in a release's root tree with packages/hardening.list: the binary
# packages in DIR hold programs and objects that are built with all of the
# release's hardening flags, nothing that gives its user rights, and nothing that
# writes where everybody may. Then each of that is made wrong, and must be found.
# Prints TAP.
set -u
. "$(dirname "$0")/../../unit/tap.sh"
dir=$1
work=/tmp/hardening
rm -rf "$work"
mkdir "$work"
cd "$work" || exit

# What hardening-check has to say of a file, and what it doesn't look at: a line for
# each thing that is wrong. Control-flow protection isn't asked for: Debian's C
# library has no such start files, so that no program is marked.
judge() { # ELF
	local report line
	report=$(hardening-check "$1" 2>&1)
	for line in 'Position Independent Executable: (yes|no, regular shared library)' \
		'Stack protected: yes' 'Fortify Source functions: (yes|unknown, no protectable)' \
		'Read-only relocations: yes' 'Immediate binding: yes'; do
		grep -qE "^ $line" <<< "$report" || echo "no '$line' in: $report"
	done
	readelf -lW "$1" | grep -qE ' GNU_STACK .* RW +0x' || echo 'a stack that can be executed'
	readelf -dW "$1" | grep -E 'R(UN)?PATH|TEXTREL'
	# A program's own names for files that anybody may make.
	strings -a "$1" | grep -E '^(/tmp|/var/tmp|/dev/shm|/run/lock)(/|$)'
	readelf --dyn-syms -W "$1" | grep -oE 'UND (tmpfile|tmpnam|tempnam|mktemp|mkstemp|mkdtemp)[a-z0-9]*@'
}
elves() { find "$@" -type f -exec sh -c 'head -c 4 "$1" | grep -q ELF' sh {} \; -print; }

# Owner, modes, names, of a package's listing; and what its scripts do.
rights() { # DEB
	dpkg-deb -c "$1" | awk '
		$2 != "root/root" { print "not of root: " $0 }
		$1 ~ /[sStT]/ { print "more rights than its user has: " $0 }
		$1 !~ /^l/ && (substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w") { print "others may write to it: " $0 }'
	rm -rf control
	dpkg-deb -e "$1" control
	grep -nE '/tmp|/dev/shm|chmod|chown|setcap|dpkg-statoverride|mktemp' \
		control/{preinst,postinst,prerm,postrm,config} 2>/dev/null
}

seen=0
for deb in "$dir"/*.deb; do
	what=$(rights "$deb")
	[ -z "$what" ]
	ok $? "${deb##*/}: root's, with no rights of its own" "$what"
	rm -rf root
	dpkg-deb -x "$deb" root
	while read -r f; do
		seen=$((seen + 1))
		what=$(judge "$f")
		[ -z "$what" ]
		ok $? "/${f#root/}: hardened" "$what"
	done < <(elves root)
done
# Commands, the library, the extension of iptables, what `run` preloads.
[ "$seen" -ge 9 ]
ok $? "$seen programs and objects were read"

# From here on: can this test fail?
deb=$(echo "$dir"/sockmods-tools_*.deb)
rm -rf root
dpkg-deb -x "$deb" root
cat > break.pl <<'END'
# break.pl HOW < ELF > ELF: 64 bits, little-endian.
binmode STDIN; binmode STDOUT;
local $/; my $elf = <STDIN>; my $how = shift;
my ($at, $size, $num) = (unpack('Q<', substr($elf, 32, 8)), unpack('v2', substr($elf, 54, 4)));
substr($elf, 16, 2) = pack('v', 2) if $how eq 'pie';
$elf =~ s/__stack_chk_fail/__stack_xxx_fail/g if $how eq 'stack';
$elf =~ s/(__[a-z]+_ch)k\0/$1x\0/g if $how eq 'fortify';
for my $i (0 .. $num - 1) {
	my $p = $at + $i * $size;
	my $type = unpack('V', substr($elf, $p, 4));
	substr($elf, $p, 4) = pack('V', 0) if $how eq 'relro' && $type == 0x6474e552;
	substr($elf, $p + 4, 4) = pack('V', 7) if $how eq 'exec' && $type == 0x6474e551;
	next unless $how eq 'now' && $type == 2;
	my ($off, $len) = (unpack('Q<', substr($elf, $p + 8, 8)), unpack('Q<', substr($elf, $p + 32, 8)));
	for (my $d = $off; $d < $off + $len; $d += 16) {
		my $tag = unpack('Q<', substr($elf, $d, 8));
		# FLAGS, FLAGS_1 and BIND_NOW.
		substr($elf, $d + 8, 8) = pack('Q<', 0) if $tag == 30 || $tag == 0x6ffffffb;
		substr($elf, $d, 8) = pack('Q<', 0x6ffffef5) if $tag == 24;
	}
}
$elf .= "\0/tmp/of-mine\0" if $how eq 'names';
print $elf;
END
while read -r how want; do
	perl break.pl "$how" < root/usr/bin/genl-echo > broken
	chmod 755 broken
	what=$(judge broken)
	! cmp -s root/usr/bin/genl-echo broken && grep -qE -- "$want" <<< "$what"
	ok $? "found: a program without what '$how' stands for" "${what:-nothing}"
done <<-END
	pie Position Independent
	stack Stack protected
	fortify Fortify Source
	relro Read-only relocations
	now Immediate binding
	exec stack that can be executed
	names /tmp/of-mine
END
found() { # NAME PATTERN: of the package that bad/ makes
	local what
	dpkg-deb --root-owner-group -b bad bad.deb > log 2>&1
	what=$(rights bad.deb)
	grep -qE -- "$2" <<< "$what"
	ok $? "found: $1" "$(cat log)"$'\n'"${what:-nothing}"
}
fresh() {
	rm -rf bad
	mkdir -p bad/DEBIAN bad/usr/bin
	printf 'Package: bad\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@users.noreply.sockmods.example>\nDescription: bad\n' \
		> bad/DEBIAN/control
	: > bad/usr/bin/bad
	chmod 755 bad/usr/bin/bad
}
fresh
chmod 4755 bad/usr/bin/bad
found 'a program with set-user-ID' 'more rights.*usr/bin/bad'
fresh
chmod 2755 bad/usr/bin/bad
found 'a program with set-group-ID' 'more rights.*usr/bin/bad'
fresh
chmod 777 bad/usr/bin/bad
found 'a file that anybody may write to' 'others may write.*usr/bin/bad'
fresh
printf '#!/bin/sh\nset -e\ntouch /tmp/bad\n' > bad/DEBIAN/postinst
chmod 755 bad/DEBIAN/postinst
found 'a script that writes to /tmp' '/tmp/bad'

echo "1..$n"
exit "$failed"
