#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The man pages: mandoc finds nothing in them, a command's page has the options
# that the command has and no other, and the example of a page compiles. Then
# the test tests itself: on copies that it has broken it has to find each break.
#
# Run at the top of the tree; O is where things are built, BIN the commands.
set -u
O=${O:-build} BIN=${BIN:-${O:-build}/bin}

. tests/unit/tap.sh
good() { ok "$([ -z "$2" ]; echo $?)" "$1" "$2"; }	# NAME PROBLEMS
found() { ok "$([ -n "$2" ]; echo $?)" "found: $1" "nothing was found"; }

# mandoc's own findings, style included. It looks up .Xr in a database that not
# every machine has, so whether our own pages exist is looked at below.
lint() { # PAGE
	mandoc -T lint -W style "$1" 2>&1 |
		grep -vE ' outdated mandoc\.db |: STYLE: referenced manual not found: '
}

# A page refers to another of ours: it has to be there.
references() { # PAGE DIR
	local name section
	sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1 \2/p' "$1" | sort -u |
		while read -r name section; do
			case $name in
			genl[_-]echo | nlbroker* | *caesar* | *CAESAR* | *myproto* | sockmods)
				[ -f "$2/$name.$section" ] || echo "$1: no page $name($section)" ;;
			esac
		done
}

# The options that a command's -h lists: "  -c, --count COUNT  text", a line each.
help_options() {
	grep -oE '^ +(-[A-Za-z0-9], )?--[a-z0-9-]+|^ +-[A-Za-z0-9]\>' |
		grep -oE -- '--[a-z0-9-]+|-[A-Za-z0-9]\>' | sort -u
}

# The options that a page describes: .It Fl c , Fl -count Ar COUNT
page_items() { # PAGE
	grep -E '^\.It Fl ' "$1" | grep -oE 'Fl -?[A-Za-z0-9-]+' | sed 's/^Fl /-/' | sort -u
}

# Those it mentions anywhere; in the synopsis letters stand together.
page_mentions() { # PAGE
	grep -oE '^\.(.* )?Fl -?[A-Za-z0-9-]+( -?[A-Za-z0-9-]+)*' "$1" |
		grep -oE 'Fl -?[A-Za-z0-9-]+' | sed 's/^Fl //' | sort -u |
		while read -r o; do
			case $o in
			-*) echo "-$o" ;;
			*) fold -w 1 <<<"$o" | sed 's/^/-/' ;;
			esac
		done | sort -u
}

# A line for each option that only one of the two has.
options() { # PAGE HELP-TEXT
	local want items
	want=$(help_options <<<"$2")
	[ -n "$want" ] || { echo "-h lists no options"; return; }
	items=$(page_items "$1")
	comm -23 <(echo "$want") <(echo "$items") | sed "s,^,$1 doesn't describe ,"
	comm -13 <(echo "$want") <(sort -u <(echo "$items") <(page_mentions "$1")) |
		sed "s,\$, is in $1 but not in -h,"
}

# The words under "Commands" in -h.
help_commands() { sed -n '/^Commands/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p'; }

subcommands() { # PAGE HELP-TEXT
	local c words
	words=$(help_commands <<<"$2")
	[ -n "$words" ] || { echo "-h lists no commands"; return; }
	for c in $words; do
		grep -qE "^\\.It Cm $c( |\$)" "$1" || echo "$1 doesn't describe the command $c"
	done
}

# An example in a page is built into O/tests/man-example, where the guest's
# tests run it.
example() { tests/unit/man-example "$1" "$2" 2>&1; }	# PAGE DIR

command -v mandoc > /dev/null || { echo "Bail out! there is no mandoc"; exit 1; }
pages=(man/*.[1-8])
for p in "${pages[@]}"; do
	good "$p: mandoc finds nothing" "$(lint "$p")"
	good "$p: refers to pages that exist" "$(references "$p" man)"
done

for main in tools/*/main.c; do
	[ -f "$main" ] || { ok 1 "there is a command" "no tools/*/main.c"; break; }
	name=$(basename "${main%/main.c}")
	text=$("$BIN/$name" -h 2>&1) || { ok 1 "$name -h" "$text"; continue; }
	page=man/$name.1
	[ -f "$page" ] || page=man/$name.8
	good "$name: options of -h and man page" "$(options "$page" "$text")"
	good "$name: commands of -h and man page" "$(subcommands "$page" "$text")"
done

for p in "${pages[@]}"; do
	grep -q '^\.\\" example-begin' "$p" || continue
	good "$p: the example compiles" "$(example "$p" "$O/tests/man-example")"
done
for p in man/*.7; do
	ok "$(grep -q '^\.\\" example-begin' "$p"; echo $?)" "$p: has an example"
done

# What this test has to find.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/x.1" <<'END'
.\" SPDX-License-Identifier: GPL-2.0-or-later
.Dd November 21, 2026
.Dt X 1
.Os sockmods
.Sh NAME
.Nm x
.Nd a page with nothing wrong
.Sh SYNOPSIS
.Nm
.Op Fl ch
.Sh DESCRIPTION
.Bl -tag -width Ds
.It Cm go
Goes.
.It Fl c , Fl -count Ar N
How often.
.It Fl h , Fl -help
Help.
.It Fl -family Ar NAME
A name.
.El
.Sh SEE ALSO
.Xr genl_echo 7
END
x_help='Commands (go, if none is named):
  go                      goes

Options:
  -c, --count N           how often (go -- and no --other)
      --family NAME       a name
  -h, --help              this text'
: > "$tmp/genl_echo.7"
good 'a good page: mandoc' "$(lint "$tmp/x.1")"
good 'a good page: references' "$(references "$tmp/x.1" "$tmp")"
good 'a good page: options' "$(options "$tmp/x.1" "$x_help")"
good 'a good page: commands' "$(subcommands "$tmp/x.1" "$x_help")"
broken() { sed "$@" "$tmp/x.1" > "$tmp/bad.1"; }
broken '/^\.El/d'; found 'a list without end' "$(lint "$tmp/bad.1")"
broken 's/^\.Nm$/.Nn/'; found 'an unknown macro' "$(lint "$tmp/bad.1")"
broken 's/^Goes\.$/Goes. And comes./'; found 'two sentences on a line' "$(lint "$tmp/bad.1")"
broken 's/genl_echo 7/genl_echo 8/'; found 'a page that is not there' "$(references "$tmp/bad.1" "$tmp")"
broken 's/ , Fl -count//'; found 'a long option not described' "$(options "$tmp/bad.1" "$x_help")"
broken 's/Fl c , //'; found 'a short option not described' "$(options "$tmp/bad.1" "$x_help")"
broken '/Fl -family/,+1d'; found 'an option without letter not described' "$(options "$tmp/bad.1" "$x_help")"
broken 's/Fl h ,/Fl h , Fl H ,/'; found 'an option that does not exist' "$(options "$tmp/bad.1" "$x_help")"
broken 's/Fl ch/Fl chz/'; found 'one in the synopsis' "$(options "$tmp/bad.1" "$x_help")"
broken 's/^Goes\.$/.Fl -fast\nGoes./'; found 'one in the text' "$(options "$tmp/bad.1" "$x_help")"
broken '/Cm go/,+1d'; found 'a command not described' "$(subcommands "$tmp/bad.1" "$x_help")"
found 'a -h that says nothing' "$(options "$tmp/x.1" '')$(subcommands "$tmp/x.1" '')"

cat > "$tmp/e.7" <<'END'
.\" example-begin e.c
#include <stdio.h>

int main(void)
{
	puts("a\\-b\en" "c");
	return 0;
}
.\" example-end
$ cc \-o e e.c \-lm
END
sed -i 's/a\\\\-b/a\\-b/' "$tmp/e.7"
good 'a good example compiles' "$(example "$tmp/e.7" "$tmp/e")"
ok "$([ "$("$tmp/e/e")" = $'a-b\nc' ]; echo $?)" 'and is what the reader sees' "$("$tmp/e/e" 2>&1)"
bad_example() { sed "$1" "$tmp/e.7" > "$tmp/bad.7"; rm -rf "$tmp/e"; example "$tmp/bad.7" "$tmp/e"; }
found 'an example that does not compile' "$(bad_example 's/puts/putz/')"
found 'one with a warning' "$(bad_example 's/return 0;/int unused; return 0;/')"
found 'one with roff in it' "$(bad_example 's/"c"/"\\(em"/')"
found 'one without end' "$(bad_example '/example-end/d')"
found 'one without its command' "$(bad_example '/^\$ cc/d')"
found 'one with a wrong command' "$(bad_example 's/-lm/-lnosuch/')"
found 'a page without one' "$(bad_example '/example-begin/d')"

echo "1..$n"
exit $failed
