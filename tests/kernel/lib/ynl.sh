# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The kernel's own ynl, for the tests of the specs, which set $family and source
# this. Each has a network namespace of its own, where its counters begin at 0.

in_ns() { ip netns exec ynl "$@"; }
ynl() {
	# shellcheck disable=SC2154  # set by who sources this
	in_ns python3 /tests/linux/tools/net/ynl/pyynl/cli.py --no-schema \
		--spec "/usr/share/sockmods/specs/$family.yaml" --output-json "$@"
}
n=0 out=
t() { # NAME: takes the exit code of the command before it
	local rc=$?
	n=$((n + 1))
	[ "$rc" = 0 ] && echo "ok $n - $1" || { echo "not ok $n - $1"; echo "# $out"; }
}
# Evaluates a Python expression on the JSON printed as r.
is() { python3 -c 'import json,sys; r=json.loads(sys.argv[1]); sys.exit(not eval(sys.argv[2]))' "$out" "$1"; }

modprobe "$family"
ip netns add ynl
trap 'ip netns del ynl' EXIT
