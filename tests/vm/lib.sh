# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the scripts of tests/vm share. Sourced, after `set -eu`, with the
# working directory anywhere.

# shellcheck disable=SC2034  # used by those who source this
shopt -s inherit_errexit

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM=$TOP/tests/vm

# Root trees and images live here and survive `make clean`; all of it can be
# deleted at any time and is made again when it's missing.
CACHE=${SOCKMODS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sockmods}

# A suite is a Debian release and the kernel that comes with it; debug is trixie
# with the sanitizer kernel.
SUITES='bullseye bookworm trixie trixie-backports debug'

say() { printf '>> %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

known_suite() {
	case " $SUITES " in
	*" $1 "*) ;;
	*) die "no suite '$1'; there are: $SUITES" ;;
	esac
}

# The release whose packages a suite's user land is made of.
release_of() {
	case $1 in
	debug) echo trixie ;;
	*) echo "${1%-backports}" ;;
	esac
}

# The suite whose root tree a suite uses.
tree_of() {
	case $1 in
	debug) echo trixie ;;
	*) echo "$1" ;;
	esac
}

# What tests divide their counts by: emulation is slow, and the sanitizers are
# a hundred times slower. LONG=1 runs everything in full everywhere.
scale_of() {
	case ${LONG:-0}.$1 in
	1.* | *.trixie) echo 1 ;;
	*.debug) echo 100 ;;
	*) echo 10 ;;
	esac
}

# The suffix that tells one release's binary packages from another's.
suffix_of() {
	case $(release_of "$1") in
	bullseye) echo '~deb11u1' ;;
	bookworm) echo '~deb12u1' ;;
	trixie) echo '~deb13u1' ;;
	esac
}

# Root trees need root: chroot, device nodes, overlay mounts. What such a command
# leaves in build/ is given back to who called (give_back).
as_root() {
	mkdir -p "$CACHE"
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo --preserve-env=SOCKMODS_CACHE,SOCKMODS_MIRROR,SOCKMODS_SECURITY_MIRROR \
			HOME="$HOME" "$@"
	fi
}

give_back() {
	[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:$SUDO_GID" "$@"
}

# One line for a list of words, without comments and blank lines.
words_of() { sed 's/#.*//' "$@" | tr -s ' \t\n' ' ' | sed 's/^ //;s/ $//'; }

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

# The packages that a kind of tree has on a suite: KIND.list, and where a
# release differs KIND.RELEASE.list, KIND.SUITE.list.
package_list() {
	local kind=$1 suite=$2 f files=()
	for f in "$kind" "$kind.$(release_of "$suite")" "$kind.$suite"; do
		[ ! -f "$VM/packages/$f.list" ] || files+=("$VM/packages/$f.list")
	done
	words_of "${files[@]}" | tr ' ' '\n' | sort -u | tr '\n' ' '
}

# Where this machine gets its own Debian packages: the trees are made of the
# same. $1: Debian or Debian-Security (the archive's label).
mirror() {
	local uri
	case $1 in
	Debian) uri=${SOCKMODS_MIRROR:-} ;;
	*) uri=${SOCKMODS_SECURITY_MIRROR:-} ;;
	esac
	[ -n "$uri" ] || uri=$(apt-get indextargets \
		--format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		sed -n "s/^$1 //p" | head -n 1)
	# Debian's cloud images name a file with a list of mirrors.
	case $uri in
	mirror+file:*) uri=$(grep -m1 -o '^[^# ]*://[^ ]*' "${uri#mirror+file:}") ;;
	esac
	[ -n "$uri" ] ||
		die "apt knows no archive labelled $1: run 'apt-get update', or set SOCKMODS_MIRROR and SOCKMODS_SECURITY_MIRROR"
	echo "${uri%/}"
}

# Files that decide what a build gives: tracked ones and new ones that git
# doesn't ignore, below the given paths.
source_files() {
	(cd "$TOP" && if [ -e .git ]; then
		git -c safe.directory="$TOP" ls-files -z -co --exclude-standard -- "$@"
	else
		find "$@" -path ./build -prune -o -type f -print0
	fi | sort -z | while IFS= read -r -d '' f; do
		[ ! -f "$f" ] || printf '%s\0' "$f"
	done)
}

source_hash() {
	source_files "$@" | (cd "$TOP" && xargs -0 sha256sum) | sha256sum | cut -c1-12
}
