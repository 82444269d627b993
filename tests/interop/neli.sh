#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
#
# A client of neli (neli/src/main.rs), which tests/vm/interop built in a tree of sid,
# with that tree's loader and libraries: the kernel is this suite's, and nothing else.
# In a network namespace where all counters begin at 0.
set -u
here=/tests/interop/bin/neli
modprobe genl_echo
echo "# $($here/ld-linux-x86-64.so.2 $here/libc.so.6 | head -n 1)"
exec unshare -n $here/ld-linux-x86-64.so.2 --library-path $here $here/neli-client
