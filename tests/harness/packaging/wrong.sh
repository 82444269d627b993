#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# A test fails, and those after it don't.
. "$(dirname "$0")/../../packaging/debian/lib.sh"
it_fails() {
	false
	ok 'this works'
	true
	ok 'that works'
}
all_is_well() {
	true
	ok 'so far'
}
inside it_fails
inside all_is_well
end
