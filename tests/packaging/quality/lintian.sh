#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lintian.sh DIR
#
# Run as root in a release's root tree with packages/lintian.list: that release's
# lintian reads the source and binary packages in DIR, pedantically, and the
# source package that the release tarball in DIR makes as it is. Then it is shown a
# package with faults, which it must find. Prints TAP.
set -u
. "$(dirname "$0")/../../unit/tap.sh"
top=$(cd "$(dirname "$0")/../../.." && pwd)
dir=$1
work=/tmp/lintian
rm -rf "$work"
mkdir "$work"
cd "$work" || exit

# Errors, warnings, pedantic remarks, and what it says about itself. Newer ones
# don't like to run as root.
read_it() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$work" \
		lintian --no-cfg --pedantic --show-overrides --tag-display-limit 0 "$@" > out 2>&1
}
clean() { ! grep -qvE '^(N|O):' out; }

read_it "$dir"/*.changes
clean
ok $? "$(cd "$dir" && echo *.changes): nothing to say" "$(cat out)"
# Were the packages read at all? Each has an override that it uses.
grep -q '^O: sockmods source: ' out && grep -q '^O: sockmods-dkms: ' out
ok $? 'the source and the binary packages were read' "$(cat out)"

cp "$dir"/*.orig.tar.xz .
tar -xf ./*.orig.tar.xz
version=$(echo sockmods-*/) version=${version#*-} version=${version%/}
dpkg-source -b "sockmods-$version" > out 2>&1 && read_it "sockmods_$version"-*.dsc && clean
ok $? "sockmods_$version-*.dsc, of the release tarball as it is: nothing to say" "$(cat out)"

# An override is a line after a comment that says why.
what=$(awk '/^#/ { why = 1; next } /./ { if (!why) print FILENAME ": " $0; why = 0 }' \
	"$top"/debian/*lintian-overrides "$top"/debian/source/lintian-overrides)
[ -z "$what" ]
ok $? 'every override has its reason' "$what"

# From here on: can this test fail?
mkdir -p bad/DEBIAN bad/usr/bin
printf '#!/bin/nosuch\n' > bad/usr/bin/bad
chmod 777 bad/usr/bin/bad
cat > bad/DEBIAN/control <<-END
	Package: bad
	Version: 1-1
	Architecture: all
	Maintainer: nobody <nobody@users.noreply.sockmods.example>
	Description: a package with faults
	 It has some.
END
dpkg-deb --root-owner-group -b bad bad.deb > out 2>&1 && read_it bad.deb
! clean && grep -q '^E: bad: ' out && grep -q '^W: bad: ' out
ok $? 'found: the faults of another package' "$(cat out)"

echo "1..$n"
exit "$failed"
