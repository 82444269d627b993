#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The configurations that people are shown are right: those of README.md and of
# nlbroker-mqtt.conf(5), and the example that is installed, as it is and with all that
# is commented out in it. Then each is shown to be read: a word too much is found.
#
# Run at the top of the tree; BIN is where the commands are.
set -u
BIN=${BIN:-${O:-build}/bin}
. tests/unit/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Each block of lines that has a connection is a file: NAME.1, NAME.2...
blocks() { # FILE BEGIN END NAME
	awk -v from="$2" -v to="$3" -v name="$dir/$4" '
		on && $0 ~ to { on = 0; if (text ~ /(^|\n)connection /) printf "%s", text > (name "." ++n); next }
		on { text = text $0 "\n"; next }
		$0 ~ from { on = 1; text = "" }' "$1"
}
blocks README.md '^```' '^```$' readme
blocks man/nlbroker-mqtt.conf.5 '^[.]Bd -literal' '^[.]Ed' page
example=tools/nlbroker-mqtt/nlbroker-mqtt.conf
cp $example "$dir/example.1"
sed -E 's/^#([a-z_]+ )/\1/' $example > "$dir/example.2"

for f in "$dir"/*.*; do
	what=$("$BIN/nlbroker-mqtt" check -c "$f" 2>&1)
	ok $? "${f##*/}: $(grep -c '^[a-z]' "$f") lines, all right" "$what"
	echo nonsense >> "$f"
	what=$("$BIN/nlbroker-mqtt" check -c "$f" 2>&1)
	grep -q "nonsense" <<< "$what"; ok $? "found: a word too much in ${f##*/}" "$what"
done
[ -e "$dir/readme.1" ] && [ -e "$dir/page.2" ]
ok $? 'README.md and the page have examples' "$(ls "$dir")"
echo "1..$n"
exit "$failed"
