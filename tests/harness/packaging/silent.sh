#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# A step tests nothing.
. "$(dirname "$0")/../../packaging/debian/lib.sh"
it_says_nothing() { :; }
inside it_says_nothing
end
