#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of ulp-caesar's test with ulp-caesar under valgrind. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
under ulp-caesar /usr/bin/ulp-caesar
under_cli ulp_caesar
judge ulp-caesar
cli_end
