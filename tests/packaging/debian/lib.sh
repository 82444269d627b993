# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# How a scenario is told: as one file that reads from top to bottom. In it,
#
#   inside FUNCTION [ARG...]         runs FUNCTION as root in the root tree, with
#                                    that tree's own apt; what it changes is
#                                    there in the steps that follow
#   boot KERNEL FUNCTION [ARG...]    boots the tree as it then is with this KERNEL
#                                    under QEMU, and runs FUNCTION there; what it
#                                    changes is gone afterwards
#
# is a step. tests/vm/packaging runs the file on the host (host.sh). For each step
# the same file runs once more, in the tree or in the guest, with STEP set: there
# the line that starts that step runs its function, and that is all (step.sh).
#
# Everywhere: $suite; $drivers, of src/; $version, of the packages in $debs; $next,
# the version after it; $stock, the kernel that the tree came with; $other, the
# one that it can be upgraded to. The tree plays a machine: `uname -r` says the
# kernel that was booted last, $running.
#
# A scenario says in its first lines which suites it is for ("# suites: SUITE..."),
# and in $limit, if 600 aren't right, how many seconds a step may take.
set -u
here=$(dirname "${BASH_SOURCE[0]}")
if [ -n "${STEP:-}" ]; then
	# shellcheck source=tests/packaging/debian/step.sh
	. "$here/step.sh"
else
	# shellcheck source=tests/packaging/debian/host.sh
	. "$here/host.sh"
fi
