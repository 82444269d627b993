#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test whose lines are fine and whose program fails.
echo 1..1
echo ok 1 - first
exit 3
