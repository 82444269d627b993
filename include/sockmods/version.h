/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef _SOCKMODS_VERSION_H
#define _SOCKMODS_VERSION_H

/*
 * The version of everything in this tree, and the only place where it is
 * decided: the modules (MODULE_VERSION), the commands (--version) and dkms.conf
 * take it from here; debian/changelog and PKGBUILD, which can't, are compared
 * with it by tests/unit/lists.t.
 */
#define SOCKMODS_VERSION "0.1.0"

#endif /* _SOCKMODS_VERSION_H */
