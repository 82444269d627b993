#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test that prints nothing and ends well.
exit 0
