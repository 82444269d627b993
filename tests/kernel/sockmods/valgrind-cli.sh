#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of sockmods's test with sockmods under valgrind. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
under sockmods /usr/bin/sockmods
under_cli sockmods
judge sockmods
cli_end
