#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: debug
#
# memory that nothing points to: kmemleak reports it (debug only).
echo 1..1
insmod /tests/sockmods_bad.ko how=leak
echo ok 1 - loaded
