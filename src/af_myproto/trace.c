// SPDX-License-Identifier: GPL-2.0-only
/* The trace points themselves. */
#include "af_myproto.h"

/* sparse sees in define_trace.h what isn't this file's. */
#define CREATE_TRACE_POINTS
#include "trace.h"
