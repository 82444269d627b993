#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 400
# long: bookworm trixie-backports debug
#
# The extension of iptables as it was installed: both commands, both variants.
# Help, errors and exit codes, keys, what is shown and saved and restored, what is
# said when the driver or the extension isn't there; and the examples of the page.
set -u
# It takes modules away.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
# Rules belong to a network namespace: this one's go with it.
[ -n "${XT_CLI:-}" ] || XT_CLI=1 exec unshare -n "$0"
. "$(dirname "$0")/../lib/cli.sh"
ip link set lo up
m='-t mangle' extension=$(find /usr/lib -name libxt_CAESAR.so)
commands='iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft'

# Says less than the library's: the nft variants remark on rules of the others.
run() {
	rc=0
	timeout 60 "$@" > out 2> err || rc=$?
	sed -i '/^# Warning: .*-legacy tables present/d' err
}
# A rule of chain OUTPUT for TCP with the target and these options.
# shellcheck disable=SC2086  # words
rule() { run $c $m -A OUTPUT -p tcp -j CAESAR "$@"; }
# What the table has, without the commands' own comments and counts.
# shellcheck disable=SC2086
saved() { $c-save $m 2> /dev/null | grep '^-A'; }
# shellcheck disable=SC2086
flush() { $c $m -F; }
# A rule of an nft variant holds the module until a moment after it was deleted.
unloaded() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ -e /sys/module/xt_CAESAR ] || return 0
		run rmmod xt_CAESAR
		[ $rc = 0 ] || sleep 0.1
	done
	return 1
}

### The first rule loads the driver
for c in $commands; do
	flush
	unloaded; ok $? "$c: no rule, no module"
	rule --encrypt --key 3
	is "$c: a rule" 0 NONE NONE
	[ -e /sys/module/xt_CAESAR ]; ok $? "$c: has loaded the module"
	run rmmod xt_CAESAR
	is "$c: and holds it" 1
	flush
done

for c in $commands; do
	### Words
	run "$c" -j CAESAR -h
	is "$c: help" 0 '^CAESAR target options:$' NONE
	[ "$(grep -cE '^  --(encrypt|decrypt|key) ' out)" = 3 ]; ok $? "$c: help: three options"
	bad() { # NAME PATTERN OPTION...
		local name=$1 pattern=$2
		shift 2
		rule "$@"
		is "$c: $name" 2 NONE "$pattern"
	}
	bad 'no mode' 'CAESAR: --encrypt or --decrypt must be given' --key 3
	bad 'no key' 'option "--key" must be specified' --encrypt
	bad 'both modes' '"--(en|de)crypt" cannot be used together with "--(en|de)crypt"' \
		--encrypt --decrypt --key 3
	bad 'a key out of range' 'CAESAR: --key must be from -2147483648 to 2147483647' \
		--encrypt --key 2147483648
	# The same code reads them for all four.
	if [ "$c" = iptables-legacy ]; then
		bad 'nothing' 'must be (specified|given)'
		bad 'a mode twice' 'option "--encrypt" can only be used once' \
			--encrypt --encrypt --key 3
		bad 'two keys' 'option "--key" can only be used once' --encrypt --key 3 --key 4
		bad 'a key without a number' 'option "--key" requires an argument' --encrypt --key
		bad 'no mode inverted' . ! --encrypt --key 3
		for k in '' x 3x 1.5 0x '3 ' --; do
			bad "key '$k'" 'CAESAR: --key must be a number' --encrypt --key "$k"
		done
		for k in -2147483649 99999999999999999999 -99999999999999999999 0x80000000; do
			bad "key $k" 'CAESAR: --key must be from -2147483648 to' --encrypt --key "$k"
		done
	fi
	[ -z "$(saved)" ]; ok $? "$c: none of these left a rule"

	### Keys, in every chain and mode: there, as they were given, and back
	i=0
	: > want
	echo '*mangle' > given
	while read -r k shown; do
		chain=(PREROUTING INPUT FORWARD OUTPUT POSTROUTING)
		mode=(encrypt decrypt)
		r="-A ${chain[i / 2]} -p tcp -m tcp --dport $((4000 + i)) -j CAESAR --${mode[i % 2]} --key"
		echo "$r $k" >> given
		echo "$r $shown" >> want
		i=$((i + 1))
	done <<-'END'
		0 0
		3 3
		-3 -3
		+7 7
		255 255
		256 256
		0x10 16
		010 8
		2147483647 2147483647
		-2147483648 -2147483648
	END
	echo COMMIT >> given
	run "$c-restore" given
	is "$c-restore: ten rules" 0 NONE NONE
	saved > first
	cmp -s want first; ok $? "$c-save: every chain and mode, keys as they were given"
	# shellcheck disable=SC2086
	$c-save $m > all 2> /dev/null
	flush
	[ -z "$(saved)" ]; ok $? "$c: none are left"
	run "$c-restore" all
	is "$c-restore of what was saved" 0 NONE
	saved | cmp -s - first; ok $? "$c: save, restore, save: the same"
	# shellcheck disable=SC2086
	run $c $m -nvL FORWARD
	is "$c: -L" 0 'CAESAR .*tcp dpt:4004 CAESAR encrypt key 255$' NONE
	grep -qE 'CAESAR .*tcp dpt:4005 CAESAR decrypt key 256$' out; ok $? "$c: -L, the other mode"
	# shellcheck disable=SC2086
	run $c $m -D INPUT -p tcp --dport 4002 -j CAESAR --encrypt --key 253
	is "$c: the same shift by another number is another rule" 1
	# shellcheck disable=SC2086
	run $c $m -D INPUT -p tcp --dport 4002 -j CAESAR --encrypt --key -3
	is "$c: -D" 0 NONE NONE
	flush

	### What the kernel refuses
	failed_by_kernel=1
	[[ $c == *-legacy ]] || failed_by_kernel=4
	run "$c" -t filter -A OUTPUT -p tcp -j CAESAR --encrypt --key 3
	is "$c: another table" $failed_by_kernel NONE 'Invalid argument'
	for p in '' '-p udp' '! -p tcp'; do
		# shellcheck disable=SC2086
		run $c $m -A OUTPUT $p -j CAESAR --encrypt --key 3
		is "$c: protocol '$p'" $failed_by_kernel NONE 'Invalid argument'
	done
	[ -z "$(saved)" ]; ok $? "$c: nothing is left of it"
done

### Legacy and nft variants at once: both tables' rules hold it
c=iptables-legacy
rule --encrypt --key 1
c=iptables-nft
rule --decrypt --key 1
flush
run rmmod xt_CAESAR
is 'the rules of one variant gone, those of the other hold the module' 1
c=iptables-legacy
flush
unloaded; ok $? 'all gone, it can be unloaded'

### The driver can't be loaded
echo 'install xt_CAESAR /bin/false' > /etc/modprobe.d/xt-cli.conf
for c in $commands; do
	rule --encrypt --key 3
	[ $rc != 0 ]; ok $? "$c: without the driver"
	grep -qE 'missing kernel module\?|No chain/target/match by that name|No such file or directory|unknown option "--encrypt"' err
	ok $? "$c: without the driver: its words are in the page"
	sed 's/^/# /' err
done
rm /etc/modprobe.d/xt-cli.conf

### The extension isn't there
mv "$extension" kept.so
for c in $commands; do
	rule --encrypt --key 3
	is "$c: without the extension" 2 NONE 'load target .CAESAR|unknown option "--encrypt"'
	sed 's/^/# /' err
done
mv kept.so "$extension"

### The examples of the page, typed
page() { zcat -f /usr/share/man/man8/xt_CAESAR.8* | sed -n "/^\\.\\\\\" example-$1/,/^\\.\\\\\" example-end/p" | grep -v '^\.' ; }
for e in client server; do
	page $e > $e.sh
	[ -s $e.sh ]; ok $? "the page has the example $e"
	run sh -ex $e.sh
	is "the example $e" 0
done
seq 20000 > text
timeout 30 socat -u TCP-LISTEN:4242,reuseaddr OPEN:got,creat,trunc &
for ((i = 0; i < 100; i++)); do
	ss -Hltn sport = 4242 | grep -q . && break
	sleep 0.1
done
run socat -u OPEN:text TCP:127.0.0.1:4242
is 'a connection under the rules of both ends' 0
wait
cmp -s text got; ok $? 'carries what was sent'
iptables -t mangle -nvL > out; [ "$(grep -cE '^ *[1-9][0-9]* .*CAESAR' out)" = 4 ]; ok $? 'all four rules matched'
page router > router.sh
run sh -ex router.sh
is 'the example router' 0
[ "$(iptables -t mangle -S | grep -c CAESAR)" = 6 ]; ok $? 'six rules'
page clear > clear.sh
run sh -ex clear.sh
is 'the example that takes all away' 0 '-A FORWARD .*CAESAR --decrypt --key 7'
[ "$(iptables -t mangle -S | grep -c CAESAR)" = 0 ]; ok $? 'no rule is left'
cli_end
