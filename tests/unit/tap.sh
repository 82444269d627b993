# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for the tests written in shell, which source it at the top of the tree.

n=0
# shellcheck disable=SC2034  # read by those who source this
failed=0
ok() { # RESULT NAME [WHY]
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		printf '%s\n' "${3:-}" | sed 's/^/# /'
		failed=1
	fi
}
