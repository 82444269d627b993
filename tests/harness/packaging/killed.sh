#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# A step in the tree is killed.
. "$(dirname "$0")/../../packaging/debian/lib.sh"
it_is_killed() {
	true
	ok 'so far'
	kill -KILL $$
}
inside it_is_killed
end
