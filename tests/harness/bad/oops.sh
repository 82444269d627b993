#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# a null pointer written to: the guest panics.
echo 1..1
insmod /tests/sockmods_bad.ko how=oops
echo ok 1 - loaded
