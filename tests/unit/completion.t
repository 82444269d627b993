#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The completions of every command, used as a shell uses them: bash's function
# with COMP_WORDS set, zsh's by pressing TAB in a zsh on a terminal of its own.
# What they offer is what the command's -h lists: commands, and the options of
# each. Then the test tests itself, on completions that it has broken.
#
# O is where things are built, BIN the commands.
set -u
O=${O:-build} BIN=${BIN:-${O:-build}/bin}

. tests/unit/tap.sh
same() { ok "$([ "$2" = "$3" ]; echo $?)" "$1" "offered: ${2//$'\n'/ }"$'\n'"wanted: ${3//$'\n'/ }"; }
differs() { ok "$([ "$2" != "$3" ]; echo $?)" "found: $1" "nothing was found"; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The words under "Commands" in -h, the default one first.
commands() { sed -n '/^Commands/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p'; }

# The options that -h lists for a command. There are two ways to say whose they
# are: headings "Options of NAME:" ("of every command"), or "(NAME, NAME)" at the
# end of the line.
options_of() { # COMMAND
	awk -v cmd="$1" '
	/^Options of every command:/ { on = 1; next }
	/^Options of / { sub(/:$/, "", $3); on = $3 == cmd; next }
	/^Options:/ { on = 1; next }
	/^$/ { on = 0 }
	on && /^ +-/ {
		if (match($0, /\([a-z]+(, [a-z]+)*\)$/)) {
			who = ", " substr($0, RSTART + 1, RLENGTH - 2) ", "
			if (!index(who, ", " cmd ", ")) next
		}
		for (i = 1; i <= NF && $i ~ /^-/; i++) {
			sub(/,$/, "", $i); print $i
		}
	}' | LC_ALL=C sort
}

# What bash offers for the words; the last one is being typed.
in_bash() { # FILE NAME WORD...
	env -i PATH="$PATH" bash --norc --noprofile -c '
		file=$1; shift
		. "$file" || exit
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		set -- $(complete -p "$1")
		while [ "${1:--F}" != -F ]; do shift; done
		"$2" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
		printf "%s\n" "${COMPREPLY[@]}"' - "$@" 2>&1 | LC_ALL=C sort -u | sed '/^$/d'
}

# What zsh offers: in a zsh on a pseudo-terminal, compadd (which all of zsh's
# completion ends in) also writes the words into a file.
cat > "$tmp/rc.zsh" <<'END'
LISTMAX=100000 PS1= PS2= RPS1=
autoload -Uz compinit
compinit -D -u
# Keys that come before the line editor runs would be the terminal's: ^U.
zle-line-init() { : > $READY }
zle -N zle-line-init
compadd() {
	if [[ " ${@[1,(i)(-|--)]} " == *\ -(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits
	builtin compadd -A hits "$@"
	print -rl -- $hits >> $OFFERED
	builtin compadd "$@"
}
END
cat > "$tmp/drive.zsh" <<'END'
# DIR LINE TMP: types LINE and TAB. TMP/done appears when zsh is through with it.
dir=$1 line=$2 tmp=$3
zmodload zsh/zpty || exit
export OFFERED=$tmp/offered READY=$tmp/ready TERM=vt100
rm -f $tmp/offered $tmp/done $tmp/ready
await() {
	local i out
	for i in {1..400}; do
		while zpty -r -t z out; do screen+=$out; done
		[[ -e $1 ]] && return
		sleep 0.05
	done
	print -r -- "zsh did not answer: ${(V)screen}"
	exit 1
}
zpty z zsh -f -i
zpty -w z "fpath=(${(q)dir} \$fpath); . ${(q)tmp}/rc.zsh"
await $tmp/ready
zpty -w -n z "$line"$'\t\C-u'
zpty -w z " : > ${(q)tmp}/done"
await $tmp/done
zpty -d z
cat $tmp/offered 2>/dev/null
END
in_zsh() { # DIR LINE
	env -i PATH="$PATH" HOME="$tmp" zsh -f "$tmp/drive.zsh" "$1" "$2" "$tmp" 2>&1 |
		LC_ALL=C sort -u | sed '/^$/d'
}

sorted() { tr ' ' '\n' | LC_ALL=C sort -u | sed '/^$/d'; }

have_zsh=1
command -v zsh > /dev/null || have_zsh=0
ok "$((1 - have_zsh))" 'there is a zsh' 'install zsh: the completion for it is to be tested'

one_command() { # NAME
	local name=$1 text c words def opts
	local bash=$O/completions/$name zsh=$O/completions/_$name
	text=$("$BIN/$name" -h 2>&1) || { ok 1 "$name -h" "$text"; return; }
	words=$(commands <<<"$text")
	def=${words%%$'\n'*}
	words=$(sorted <<<"$words")
	[ -n "$words" ] || { ok 1 "$name -h lists commands" "$text"; return; }

	same "$name, bash: commands" "$(in_bash "$bash" "$name" '')" "$words"
	same "$name, bash: one begun" "$(in_bash "$bash" "$name" "${def:0:2}")" \
		"$(grep "^${def:0:2}" <<<"$words")"
	same "$name, bash: options of no command are $def's" \
		"$(in_bash "$bash" "$name" -)" "$(options_of "$def" <<<"$text")"
	for c in $words; do
		opts=$(options_of "$c" <<<"$text")
		same "$name, bash: options of $c" "$(in_bash "$bash" "$name" "$c" -)" "$opts"
		same "$name, bash: options of $c, behind one" \
			"$(in_bash "$bash" "$name" "$c" --help --)" "$(grep '^--' <<<"$opts")"
	done
	same "$name, bash: an option that is not" "$(in_bash "$bash" "$name" --nosuch)" ''

	if [ $have_zsh = 1 ]; then
		ok "$(zsh -n "$zsh" > "$tmp/err" 2>&1; echo $?)" "$name, zsh: it parses" "$(cat "$tmp/err")"
		same "$name, zsh: commands" "$(in_zsh "${zsh%/*}" "$name ")" "$words"
		for c in $words; do
			same "$name, zsh: options of $c" "$(in_zsh "${zsh%/*}" "$name $c -")" \
				"$(options_of "$c" <<<"$text")"
		done
	fi

	# An argument that is one of many words.
	if grep -q '^  fail .*ERRNO' <<<"$text"; then
		same "$name, bash: fail ENOSP" "$(in_bash "$bash" "$name" fail ENOSP)" ENOSPC
		same "$name, bash: nothing behind that" "$(in_bash "$bash" "$name" fail ENOSPC '')" ''
	fi

	# A value, before and behind a command, and with '=', which bash makes
	# a word of its own.
	grep -q -- --transport <<<"$text" || return
	local want=$'libnl\nraw'
	same "$name, bash: --transport" "$(in_bash "$bash" "$name" --transport '')" "$want"
	same "$name, bash: $def --transport" "$(in_bash "$bash" "$name" "$def" --transport '')" "$want"
	same "$name, bash: --transport r" "$(in_bash "$bash" "$name" --transport r)" raw
	same "$name, bash: --transport=" "$(in_bash "$bash" "$name" --transport =)" "$want"
	same "$name, bash: --transport=l" "$(in_bash "$bash" "$name" --transport = l)" libnl
	same "$name, bash: commands behind --transport raw" \
		"$(in_bash "$bash" "$name" --transport raw '')" "$words"
	[ $have_zsh = 1 ] || return
	same "$name, zsh: --transport" "$(in_zsh "${zsh%/*}" "$name --transport ")" "$want"
	same "$name, zsh: $def --transport" "$(in_zsh "${zsh%/*}" "$name $def --transport ")" "$want"
}

found=0
for f in "$O"/completions/*; do
	name=${f##*/}
	case $name in _* | '*') continue ;; esac
	found=1
	one_command "$name"
done
ok "$((1 - found))" 'there are completions' "none in $O/completions"
for main in tools/*/main.c; do
	[ -f "$main" ] || continue
	name=${main%/main.c} name=${name##*/}
	[ -s "$O/completions/$name" ] && [ -s "$O/completions/_$name" ]
	ok $? "$name has both" "not in $O/completions"
done

# What this test has to find. A small command, right first.
mkdir "$tmp/c"
cat > "$tmp/c/x" <<'END'
_x() {
	local words='go stop'
	case ${COMP_WORDS[COMP_CWORD]} in -*) words='-a --all -h --help' ;; esac
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _x x
END
cat > "$tmp/c/_x" <<'END'
#compdef x
_arguments '(-a --all)'{-a,--all}'[all]' '(-h --help)'{-h,--help}'[help]' '1:command:(go stop)'
END
words=$'go\nstop' opts=$'--all\n--help\n-a\n-h'
help=$'Commands:\n  go   goes\n  stop stops\n\nOptions:\n  -a, --all   all (go)\n  -h, --help  help'
headed=$'Options of every command:\n  -h, --help  help\n\nOptions of go:\n  -a, --all   all'
same 'options of -h, by name' "$(options_of go <<<"$help")" "$opts"
same 'options of -h, another command' "$(options_of stop <<<"$help")" $'--help\n-h'
same 'options of -h, by heading' "$(options_of go <<<"$headed")" "$opts"
same 'options of -h, by heading, another' "$(options_of stop <<<"$headed")" $'--help\n-h'
same 'commands of -h' "$(commands <<<"$help")" "$words"
same 'a right one, bash: commands' "$(in_bash "$tmp/c/x" x '')" "$words"
same 'a right one, bash: options' "$(in_bash "$tmp/c/x" x -)" "$opts"
sed 's/ stop//' "$tmp/c/x" > "$tmp/bad"
differs 'bash, a command missing' "$(in_bash "$tmp/bad" x '')" "$words"
sed 's/--all/--al/' "$tmp/c/x" > "$tmp/bad"
differs 'bash, a wrong option' "$(in_bash "$tmp/bad" x -)" "$opts"
sed 's/esac//' "$tmp/c/x" > "$tmp/bad"
differs 'bash, no shell code' "$(in_bash "$tmp/bad" x -)" "$opts"
sed '/^complete/d' "$tmp/c/x" > "$tmp/bad"
differs 'bash, not registered' "$(in_bash "$tmp/bad" x -)" "$opts"
if [ $have_zsh = 1 ]; then
	same 'a right one, zsh: commands' "$(in_zsh "$tmp/c" 'x ')" "$words"
	same 'a right one, zsh: options' "$(in_zsh "$tmp/c" 'x -')" "$opts"
	sed -i 's/ stop//; s/--all\]/--al]/; s/,--all/,--al/' "$tmp/c/_x"
	differs 'zsh, a command missing' "$(in_zsh "$tmp/c" 'x ')" "$words"
	differs 'zsh, a wrong option' "$(in_zsh "$tmp/c" 'x -')" "$opts"
	echo 'if [[ x' > "$tmp/c/_x"
	zsh -n "$tmp/c/_x" 2> /dev/null
	ok "$([ $? != 0 ]; echo $?)" 'found: zsh, no shell code' 'nothing was found'
fi

echo "1..$n"
exit $failed
