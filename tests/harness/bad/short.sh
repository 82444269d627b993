#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test that stops before its plan is met.
echo 1..2
echo ok 1 - first
