#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: reproducible.sh DIR SUFFIX
#
# Run as root in a release's root tree with packages/build.list: builds the
# packages once more from the release tarball in DIR, under other conditions than those in DIR were
# built under, and compares the bytes. Other: what elsewhere.sh changes, the
# folder, its file system (a tmpfs lists files in another order than a disk), the
# number of jobs. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/packaging/quality}
. "$top/tests/unit/tap.sh"
. "$here/same.sh"
dir=$1 suffix=$2
again=/tmp/again
rm -rf "$again"
mkdir "$again"

elsewhere_differs

# The unit tests are no part of what is built.
WORK=/var/tmp/elsewhere DEB_BUILD_OPTIONS='nocheck parallel=1' \
	"$here/elsewhere.sh" "$top/tests/vm/deb-inside" "$(echo "$dir"/*.orig.tar.xz)" "$again" "$suffix" > /tmp/log 2>&1
ok $? 'the packages build elsewhere' "$(tail -n 50 /tmp/log)"
cd "$dir" || exit
for f in *.deb *.dsc *.debian.tar.*; do
	what=$(same "$f" "$again/$f" 2>&1)
	ok $? "$f: the same bytes" "$what"
done

a_byte_is_found "$(echo "$dir"/sockmods-tools_*.deb)"
echo "1..$n"
exit "$failed"
