#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: debug
#
# a write past an allocation: KASAN reports it (debug only).
echo 1..1
insmod /tests/sockmods_bad.ko how=overrun
echo ok 1 - loaded
