// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: the shift as the kernel has it. A kernel is compiled without vectors,
 * which a compiler would find use for here.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-vectorize")
#endif

#include <sockmods/shift.h>

#include "bench.h"

void bench_shift_scalar(void *to, const void *from, size_t len, uint8_t key)
{
	caesar_shift_scalar(to, from, len, key);
}
