# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Commands under valgrind: who types `genl-echo`, or a test that does, gets it in
# memcheck. Each run leaves a log, which is empty if all is well, and the words it was
# started with. Sourced by tests with "tree: valgrind".

# It puts itself before the commands.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. /tests/kernel/lib/cli.sh
vg=/opt/vg
mkdir -p $vg/log
chmod 1777 $vg/log

# Valgrind looks for symbols of the loader and of libc, and reads all else that is told
# of them too, each time: half of the time that a command takes.
lean() {
	local f id lean=$vg/debug/.build-id
	for f in /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6; do
		id=$(readelf -n $f | sed -n 's/.*Build ID: //p')
		mkdir -p "$lean/${id:0:2}"
		objcopy --strip-debug "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" \
			"$lean/${id:0:2}/${id:2}.debug" || return
	done
	mount --bind $vg/debug /usr/lib/debug
}
lean || { echo 'Bail out! no symbols of libc'; exit 2; }

# A program named like the command, so that pkill(1) finds it by that: valgrind's tool
# itself, which its launcher would start.
under() { # COMMAND PROGRAM
	ln -s /usr/libexec/valgrind/memcheck-amd64-linux "$vg/$1"
	cat > "/usr/local/bin/$1" <<-END
		#!/bin/sh
		printf '%s\n' "\$0 \$*" > "$vg/log/$1.\$\$.words"
		VALGRIND_LAUNCHER=/usr/bin/valgrind exec "$vg/$1" --tool=memcheck -q --leak-check=full \\
			--show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=30 \\
			--read-inline-info=no --log-file="$vg/log/$1.\$\$" "$2" "\$@"
	END
	chmod 755 "/usr/local/bin/$1"
	hash -r
}

# What the logs of a command have: the words, then what is wrong. That somebody ended
# it by a signal isn't.
faults() { # COMMAND [PATTERN of what is looked at]
	local log
	for log in "$vg/log/$1".*; do
		case $log in *.words) continue ;; esac
		[ -s "$log" ] || continue
		sed -E 's/^==[0-9]+== ?//' "$log" | awk -v RS='' -v ORS='\n\n' -v look="${2:-.}" '
			$0 ~ look && !/^Process terminating with default action of signal (2|13|15) /' > faults.of
		[ ! -s faults.of ] || { cat "$log.words" faults.of; }
	done
}
runs() { find $vg/log -name "$1.*.words" | wc -l; } # COMMAND

# Each command ran, and nothing was wrong with it.
judge() { # COMMAND [PATTERN]
	local ran
	ran=$(runs "$1")
	faults "$@" > err
	: > out
	[ "$ran" -gt 0 ] && [ ! -s err ]
	ok $? "$1: valgrind finds nothing in $ran runs"
	rm -f "$vg/log/$1".*
}

# All of a command's test, DRIVER/cli.sh. What counts system calls or seconds doesn't
# hold here: that is told, and not judged.
under_cli() { # DRIVER
	local held all
	rc=0
	# Short counts: each step takes ten times as long as without.
	SCALE=100 PATIENCE=1500 LONG='' bash "/tests/kernel/$1/cli.sh" > cli.tap 2>&1 || rc=$?
	held=$(grep -c '^ok ' cli.tap)
	all=$(sed -n 's/^1\.\.//p' cli.tap)
	grep '^not ok ' cli.tap | sed "s/^/# $1: /"
	tail -n 20 cli.tap > out
	: > err
	[ "${all:-0}" -gt 10 ] && [ "$held" -gt $((all * 3 / 4)) ]
	ok $? "$1/cli.sh: to its end, and most of it holds ($held of ${all:-?})"
}
