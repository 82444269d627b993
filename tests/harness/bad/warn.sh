#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# a WARN: the guest panics (panic_on_warn).
echo 1..1
insmod /tests/sockmods_bad.ko how=warn
echo ok 1 - loaded
