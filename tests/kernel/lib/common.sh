# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of tests/kernel/common share: TAP, and every module's exercise
# program. Sourced by them.

n=0 failed=0 out=
t() { # NAME: takes the exit code of the command before it; $out explains a failure
	local rc=$?
	n=$((n + 1))
	if [ "$rc" = 0 ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
	fi
}
end() {
	echo "1..$n"
	exit "$failed"
}

loaded() { [ -e "/sys/module/$1" ]; }

# The last reference can go a moment after what dropped it, that of a connection a
# minute after (TIME-WAIT).
unload() { # MODULE
	local i
	for ((i = 0; i < 900; i++)); do
		loaded "$1" || return 0
		out=$(rmmod "$1" 2>&1) || sleep 0.1
	done
	! loaded "$1"
}

# Starts PROGRAM --hold in the background, perhaps under COMMAND..., and waits
# until it holds. It ends with end_holders.
holders=()
start_holder() { # PROGRAM [COMMAND...]
	local program=$1 i said
	shift
	said=$(mktemp)
	# Its standard input stays open until it is killed.
	sleep infinity | "$@" "$program" --hold > "$said" 2>&1 &
	holders+=($!)
	for ((i = 0; i < 300; i++)); do
		[ ! -s "$said" ] || break
		sleep 0.1
	done
	out=$(cat "$said")
	rm -f "$said"
	[ "$out" = holding ]
}
end_holders() {
	pkill -KILL -f -- '--hold$'
	pkill -KILL -x sleep
	wait "${holders[@]}" 2>/dev/null
	holders=()
}

# Every module's exercise program.
exercises() { ls /tests/bin/kernel/*/exercise; }
