#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command sockmods on whatever machine this is: it knows the drivers of
# dkms.conf, takes its options, notices what is wrong with them or its output,
# and colours on a terminal only. What it finds: cli-sockmods*.c.
#
# BIN has the commands.
set -u
BIN=${BIN:-${O:-build}/bin}

. tests/unit/tap.sh
sockmods=$BIN/sockmods
release=$(uname -r)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Runs a command; leaves rc, out, err.
run() {
	rc=0
	"$@" > "$tmp/out" 2> "$tmp/err" < /dev/null || rc=$?
	out=$(cat "$tmp/out") err=$(cat "$tmp/err")
}
t() { # NAME: takes the exit code of the command before it
	ok $? "$1" "rc: $rc"$'\n'"out: $out"$'\n'"err: $err"
}

want=$(bash -c '. ./dkms.conf; printf "%s\n" "${sockmods_drivers[@]}"')
[ -n "$want" ]; ok $? 'dkms.conf has drivers'
run "$sockmods" -j
[ "$rc" = 0 ] && [ "$(sed -n 's/^{"type":"driver","name":"\([^"]*\)",.*/\1/p' "$tmp/out")" = "$want" ]
t 'status -j has the drivers of dkms.conf, one a line'
run "$sockmods"
[ "$rc" = 0 ] && [ "$(sed -n '2,/^$/s/ .*//p' "$tmp/out")" = "$want" ]; t 'and so has status'
grep -q "^$release (running)" "$tmp/out"; t 'the running kernel is among the kernels'
was=$out
run "$sockmods" status -k "$release"
[ "$rc" = 0 ] && [ "$out" = "$was" ]; t 'the running kernel, by its name, is the same'

# Whether something is wrong with this machine isn't known; that it says so is.
run "$sockmods" -j doctor
case $rc in
0) ! grep -qE '"level":"(error|warning)"' "$tmp/out" ;;
1) ! grep -q '"level":"error"' "$tmp/out" && grep -q '"level":"warning"' "$tmp/out" ;;
3) grep -q '"level":"error"' "$tmp/out" ;;
*) false ;;
esac
t 'the exit code of doctor is what it has found'
[[ $(tail -n 1 "$tmp/out") == '{"type":"summary","kernel":"'$release'",'* ]]; t 'its last line is the summary'
code=$rc
run "$sockmods" doctor
[ "$rc" = "$code" ] && [ -n "$out" ] && [ -z "$err" ]; t 'doctor without -j ends the same way'

while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	run "$sockmods" $words
	[ "$rc" = 2 ] && [ -z "$out" ] && [[ $err == 'sockmods: '* ]]; t "wrong: $words"
done <<-WORDS
	nosuch
	status extra
	doctor extra
	-q
	-k
	-k 6.99.99-nosuch
	status -k ../modules/$release
	doctor --kernel 6.99.99-nosuch
	doctor -k
	doctor -k [0-9]*
WORDS
for c in status doctor '-j doctor'; do
	# shellcheck disable=SC2016,SC2086  # for the script; words are arguments
	run bash -c '"$@" > /dev/full' - "$sockmods" $c
	[ "$rc" -gt 0 ] && [[ $err == *'No space left on device'* ]]; t "a full disk is noticed: $c"
done

run env TERM=xterm script -qec "$sockmods" /dev/null
[[ $out == *$'\e[1mDRIVER\e[0m'* ]]; t 'a terminal gets colours'
run env TERM=xterm NO_COLOR=1 script -qec "$sockmods" /dev/null
[[ $out == DRIVER* && $out != *$'\e'* ]]; t 'but not with NO_COLOR'
run env TERM=xterm "$sockmods"
[[ $out == DRIVER* && $out != *$'\e'* ]]; t 'and a pipe gets none'

echo "1..$n"
exit $failed
