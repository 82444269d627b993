#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of myproto's test with myproto under valgrind. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
under myproto /usr/bin/myproto
under_cli af_myproto
judge myproto
cli_end
