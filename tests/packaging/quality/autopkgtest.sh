#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: autopkgtest.sh DIR [TEST...]
#
# Runs the package's own tests, debian/tests and those of autopkgtest-pkg-dkms,
# as Debian runs them: autopkgtest with its server "null" on the packages in DIR.
# TEST: those that must pass, and no other may fail. Then they are shown what they
# must find. Prints TAP.
#
# In a root tree the packages are installed by autopkgtest. In a guest (GUEST=1),
# which has no network, they are there already. What null doesn't know is that
# either is thrown away afterwards (breaks-testbed), and that a guest is a machine
# of its own (isolation-machine).
set -u
. "$(dirname "$0")/../../unit/tap.sh"
dir=$1
shift
out=$(mktemp -d)
args=(-o "$out/result" --no-built-binaries)
if [ -n "${GUEST:-}" ]; then
	for t; do args+=(--test-name="$t"); done
	args+=("--ignore-restrictions=breaks-testbed,isolation-machine" "$dir"/*.dsc)
	# Nothing can be fetched, and emulated, apt takes half a minute to read them.
	rm -f /var/lib/apt/lists/*_Packages
else
	args+=(--ignore-restrictions=breaks-testbed "$dir"/*.changes)
fi
cd "$out" || exit
run() { rm -rf result; autopkgtest "${args[@]}" -- null > log 2>&1 < /dev/null; }
run
rc=$?
if [ "$rc" = 16 ] && [ -z "${GUEST:-}" ]; then
	# What the testbed lacked could have left the mirror since its list was read.
	apt-get -q update > /dev/null 2>&1
	run
	rc=$?
fi
# 0: all passed; 2: and at least one was skipped, which is one that this testbed
# can't run.
case $rc in 0 | 2) true ;; *) false ;; esac
ok $? "autopkgtest finds no failure (exit code $rc)" "$(tail -n 100 log result/log)"
for t; do
	grep -qE "^$t +PASS" result/summary
	ok $? "autopkgtest: $t" "$(cat result/summary "result/$t-stdout" "result/$t-stderr" 2>/dev/null)"
done

# From here on: can these tests fail? Each has something broken under it.
found() { # TEST WHAT
	local what
	what=$(cd src && "debian/tests/$1" 2>&1)
	[ $? != 0 ]
	ok $? "found by $1: $2: ${what##*$'\n'}" "$what"
}
dpkg-source -x "$dir"/*.dsc src > log 2>&1
ok $? 'the source package unpacks' "$(cat log)"
if [ -n "${GUEST:-}" ]; then
	cp /usr/share/doc/sockmods-dkms/examples/modprobe-forbid.conf /etc/modprobe.d/
	found runtime 'drivers that are forbidden'
	rm /etc/modprobe.d/modprobe-forbid.conf
else
	f=$(dpkg -L sockmods-dev | grep -m 1 '[.]h$')
	cp -p "$f" header
	echo 'not C' >> "$f"
	found build 'a header that does not compile'
	cp -p header "$f"
	f=$(dpkg -L sockmods-mqtt | grep -m 1 'examples/.*conf$')
	cp -p "$f" example
	echo nonsense >> "$f"
	found bridge 'an example that is wrong'
	cp -p example "$f"

	mkdir -p bad/debian/tests
	printf 'Source: bad\nMaintainer: nobody <nobody@users.noreply.sockmods.example>\n\nPackage: bad\nArchitecture: all\nDescription: bad\n' \
		> bad/debian/control
	printf 'bad (1) unstable; urgency=low\n\n  * Bad.\n\n -- nobody <nobody@users.noreply.sockmods.example>  Sat, 21 Nov 2026 00:00:00 +0000\n' \
		> bad/debian/changelog
	printf 'Test-Command: false\nFeatures: test-name=bad\nDepends:\n' > bad/debian/tests/control
	args=(-o "$out/result" --no-built-binaries "$out/bad/")
	run
	rc=$?
	[ "$rc" = 4 ] && grep -qE '^bad +FAIL' result/summary
	ok $? "found by autopkgtest: a test that fails (exit code $rc)" "$(tail -n 100 log)"
fi
echo "1..$n"
rm -rf "$out"
exit "$failed"
