#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# The machine goes down in the middle of a step.
. "$(dirname "$0")/../../packaging/debian/lib.sh"
it_goes_down() {
	true
	ok 'so far'
	busybox poweroff -f
	sleep 60
}
boot "$stock" it_goes_down
end
