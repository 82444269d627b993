#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# A step in the tree never ends.
. "$(dirname "$0")/../../packaging/debian/lib.sh"
export limit=3
it_waits() {
	true
	ok 'so far'
	sleep infinity
}
inside it_waits
end
