# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of the commands share: TAP, a directory to work in, and a
# judgement of what a command has printed. Sourced by them.

tmp=$(mktemp -d)
chmod 755 "$tmp"
cd "$tmp" || exit 2
n=0 failed=0

ok() { # RESULT NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
		for f in out err; do
			head -c 2000 $f | head -n 20 | sed "s/^/# $f: /"
		done
		echo "# rc: ${rc:-}"
	fi
}

# Runs a command; leaves rc, out, err.
run() {
	rc=0
	timeout 60 "$@" > out 2> err || rc=$?
}

# NAME RC [PATTERN of out [PATTERN of err]]: judges the last run. An empty
# pattern: anything; NONE: nothing.
is() {
	local good=0
	[ "$rc" = "$2" ] || good=1
	matches out "${3:-}" && matches err "${4:-}" || good=1
	ok $good "$1"
}
matches() {
	case $2 in
	'') ;;
	NONE) [ ! -s "$1" ] ;;
	*) grep -qE -- "$2" "$1" ;;
	esac
}

# A Python expression about r, the objects in out. One Python evaluates all of
# a test's: in a guest it takes a second to start.
json() { # NAME EXPRESSION
	local good=1
	[ -n "${judge_PID:-}" ] || coproc judge { python3 -c '
import json, sys, traceback
for expression in iter(sys.stdin.readline, ""):
    good = False
    with open("err", "w") as err:
        try:
            r = [json.loads(l) for l in open("out", encoding="utf-8")]
            good = eval("(" + expression + ")")
        except Exception:
            traceback.print_exc(file=err)
    print(int(not good), flush=True)'; }
	echo "${2//$'\n'/ }" >&"${judge[1]}"
	read -r good <&"${judge[0]}"
	ok "$good" "$1"
}

cli_end() {
	echo "1..$n"
	cd /
	rm -rf "$tmp"
	exit $failed
}
