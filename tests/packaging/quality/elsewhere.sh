#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: elsewhere.sh COMMAND...
#
# Runs COMMAND as on another machine: another date (a year and some hours on),
# time zone, host name, language, umask, user's environment. Needs the library
# /faketime/libfaketime.so.1 and the language's definition in /usr/share/i18n,
# which the caller shows it from the tree of packages/lintian.list.
set -eu
localedef --list-archive | grep -qx tr_TR.utf8 || localedef -i tr_TR -f UTF-8 tr_TR.UTF-8
# Dates of files are told as they are.
export FAKETIME=+9607h NO_FAKE_STAT=1 DONT_FAKE_MONOTONIC=1
export TZ=UTC-13:30 USER=somebody LOGNAME=somebody EDITOR=ed MAIL=/dev/null
exec env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 unshare --mount --uts bash -ec '
	mount -t tmpfs -o mode=1777 shm /dev/shm
	echo elsewhere > /proc/sys/kernel/hostname
	# What its processes share has to be open to any user.
	umask 0
	export LD_PRELOAD=/faketime/libfaketime.so.1
	exec bash -ec "umask 0077; exec \"\$@\"" bash "$@"' bash "$@"
