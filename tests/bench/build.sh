#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: build.sh OUT
#
# Builds the programs of this folder against the installed libraries, nlbroker's
# as libnlbroker-dev has it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
cflags=(-std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror)
gcc "${cflags[@]}" -o "$out/busy" "$here/busy.c"
# shellcheck disable=SC2046  # words
gcc "${cflags[@]}" -o "$out/fanout" "$here/fanout.c" "$here"/broker-*.c \
	$(pkg-config --cflags --libs libnlbroker libmosquitto dbus-1 hiredis)
