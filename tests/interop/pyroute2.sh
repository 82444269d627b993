#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 300
#
# A client of pyroute2 (pyroute2_client.py): both netlink families, in a network
# namespace where all counters begin at 0.
set -u
modprobe -a genl_echo nlbroker
exec unshare -n python3 "$(dirname "$0")/pyroute2_client.py"
