#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of nlbroker's test with nlbroker under valgrind. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
under nlbroker /usr/bin/nlbroker
under_cli nlbroker
judge nlbroker
cli_end
