// SPDX-License-Identifier: GPL-2.0-or-later
/* bench: what the shift adds to a copy in memory. */
#include <stdlib.h>
#include <string.h>

#include <sockmods/shift.h>

#include "bench.h"
#include "mem.h"
#include "rtt.h"

/* Short batches, as many as fit: some meet nobody else on their processor. */
#define COPIES 20
#define TIME_NS 1500000000ULL

typedef void (*copy_fn)(void *to, const void *from, size_t len, uint8_t key);

static void copy(void *to, const void *from, size_t len, uint8_t key)
{
	(void)key;
	memcpy(to, from, len);
}

static void copy_shifted(void *to, const void *from, size_t len, uint8_t key)
{
	caesar_shift_copy(to, from, len, key);
}

static double batch(copy_fn fn, unsigned char *to, const unsigned char *from)
{
	/* The compiler can't tell which it is, or leave copies out. */
	copy_fn volatile call = fn;
	uint64_t began = rtt_now();
	int i;

	for (i = 0; i < COPIES; i++)
		call(to, from, BENCH_COPY, BENCH_KEY);
	return (double)BENCH_COPY * COPIES * 1e9 / (double)(rtt_now() - began);
}

void bench_copies(struct bench_row rows[3])
{
	static const copy_fn fns[] = { copy, copy_shifted, bench_shift_scalar };
	/*
	 * Where the one ends and the other begins in a page differs, or stores
	 * would be taken for what the next loads need.
	 */
	unsigned char *both = mem_zero(1, 2 * BENCH_COPY + 4096);
	unsigned char *from = both, *to = both + BENCH_COPY + 2048;
	uint64_t began = rtt_now();
	double speed;
	int i, n;

	memset(both, 1, 2 * BENCH_COPY + 4096);
	for (n = -1; n < BENCH_BATCHES || rtt_now() - began < TIME_NS; n++) {
		for (i = 0; i < 3; i++) {
			speed = batch(fns[i], to, from);
			if (n >= 0 && speed > rows[i].value)
				rows[i].value = speed;
		}
	}
	free(both);
}
