#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of genl-echo's test with genl-echo under valgrind. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
under genl-echo /usr/bin/genl-echo
under_cli genl_echo
judge genl-echo
cli_end
