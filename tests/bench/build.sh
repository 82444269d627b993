#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: build.sh OUT
#
# Builds the programs of this folder against the installed libraries, nlbroker's
# and the headers as libnlbroker-dev and sockmods-dev have them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
build() { # PROGRAM PACKAGES SOURCE...
	local program=$1 packages=$2
	shift 2
	# shellcheck disable=SC2046,SC2086  # words
	gcc -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -o "$out/$program" "$@" \
		${packages:+$(pkg-config --cflags --libs $packages)}
}
cd "$here"
build busy '' busy.c bench.c machine.c
build bulk '' bulk.c bench.c machine.c pair.c
build raw '' raw.c cost-netlink.c bench.c
build cost 'libnlbroker libnl-genl-3.0' cost.c cost-*.c bench.c pair.c
# Debian's nng has no .pc file.
build fanout 'libnlbroker libmosquitto dbus-1 hiredis libzmq' fanout.c broker-*.c bench.c \
	machine.c -lnng -pthread
