#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 5
#
# a test that never ends: its own limit ends it.
echo 1..1
insmod /tests/sockmods_bad.ko how=hang
echo ok 1 - loaded
