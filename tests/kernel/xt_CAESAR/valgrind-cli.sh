#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# long: trixie
# tree: valgrind
# timeout: 5000
#
# All of the target's test with the commands of iptables under valgrind: what is wrong
# in the extension, or by it. What runs each time is in
# tests/kernel/sockmods/valgrind.sh.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
commands=({ip,ip6}tables-{legacy,nft}{,-save,-restore})
for c in "${commands[@]}"; do under "$c" "/usr/sbin/$c"; done
under_cli xt_CAESAR
for c in "${commands[@]}"; do judge "$c" libxt_CAESAR; done
cli_end
