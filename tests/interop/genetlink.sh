#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
#
# A client of Go's genetlink (genetlink/main.go), which tests/vm/interop built: both
# netlink families, in a network namespace where all counters begin at 0.
set -u
modprobe -a genl_echo nlbroker
exec unshare -n /tests/interop/bin/genetlink
