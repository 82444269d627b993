/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libnl would ask the controller, for which scripts have no answers. */
#ifndef SOCKMODS_FUZZ_RESOLVE_H
#define SOCKMODS_FUZZ_RESOLVE_H

#include <stdbool.h>

/** resolve_unloaded - there is no such family. */
extern bool resolve_unloaded;

#endif
