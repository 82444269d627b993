/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The shift: every byte plus a key, modulo 256. Shared by ulp_caesar, xt_CAESAR,
 * the command and the tests.
 */
#ifndef _SOCKMODS_SHIFT_H
#define _SOCKMODS_SHIFT_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

/*
 * Eight bytes at once: memcpy() of a constant size is one load or store. The
 * kernel's own checks the bounds of what it knows each time (FORTIFY_SOURCE).
 */
#define CAESAR_BYTES	0x0101010101010101ULL
#define CAESAR_LOW	0x7f7f7f7f7f7f7f7fULL

static inline unsigned long long caesar_load(const unsigned char *p)
{
	unsigned long long x;

	__builtin_memcpy(&x, p, sizeof(x));
	return x;
}

static inline void caesar_store(unsigned char *p, unsigned long long x)
{
	__builtin_memcpy(p, &x, sizeof(x));
}

/*
 * Adds bytes of 0 to 127, or subtracts bytes of 1 to 128, without a carry from
 * one byte into the next: the top bit of each byte is cleared before, or set, so
 * that there is none, and those that this has changed (x ^ y) are put right.
 * Four operations; one that takes any byte needs five.
 */
static inline unsigned long long caesar_step(unsigned long long x,
					     unsigned long long keys,
					     int subtract)
{
	const unsigned long long y = subtract ? x | ~CAESAR_LOW : x & CAESAR_LOW;

	return (subtract ? y - keys : y + keys) ^ y ^ x;
}

/* The copy of whole words; @subtract is constant in each of its callers. */
static inline void caesar_copy_words(unsigned char *t, const unsigned char *f,
				     size_t len, unsigned long long keys,
				     int subtract)
{
	/* Four words are loaded before one is stored: they don't wait for it. */
	for (; len >= 32; len -= 32, f += 32, t += 32) {
		const unsigned long long a = caesar_load(f);
		const unsigned long long b = caesar_load(f + 8);
		const unsigned long long c = caesar_load(f + 16);
		const unsigned long long d = caesar_load(f + 24);

		caesar_store(t, caesar_step(a, keys, subtract));
		caesar_store(t + 8, caesar_step(b, keys, subtract));
		caesar_store(t + 16, caesar_step(c, keys, subtract));
		caesar_store(t + 24, caesar_step(d, keys, subtract));
	}
	for (; len >= 8; len -= 8, f += 8, t += 8)
		caesar_store(t, caesar_step(caesar_load(f), keys, subtract));
}

/**
 * caesar_shift_scalar() - caesar_shift_copy() without vectors, as a kernel has it
 * @to: where to; may be @from, and must not overlap it otherwise
 * @from: what
 * @len: how many bytes
 * @key: added to each, modulo 256
 *
 * Any context, any alignment.
 */
static inline void caesar_shift_scalar(void *to, const void *from, size_t len,
				       unsigned char key)
{
	const unsigned char *f = from;
	unsigned char *t = to;
	size_t i;

	if (key < 128)
		caesar_copy_words(t, f, len, CAESAR_BYTES * key, 0);
	else
		caesar_copy_words(t, f, len, CAESAR_BYTES * (256 - key), 1);
	for (i = len - len % 8; i < len; i++)
		t[i] = f[i] + key;
}

/**
 * caesar_shift_copy() - copy bytes, shifted on the way
 * @to: where to; may be @from, and must not overlap it otherwise
 * @from: what
 * @len: how many bytes
 * @key: added to each, modulo 256; -key takes it off again
 *
 * Any context, any alignment. Each byte is read once and written once.
 */
#ifdef __KERNEL__
static inline void caesar_shift_copy(void *to, const void *from, size_t len,
				     unsigned char key)
{
	caesar_shift_scalar(to, from, len, key);
}
#else
#define CAESAR_VECTOR	unsigned char __attribute__((vector_size(32)))

/*
 * A program has the processor's vectors at hand, as fast as memcpy(). A kernel
 * had to save them first, which costs more than it gains for a few KiB.
 */
static inline void caesar_shift_copy(void *to, const void *from, size_t len,
				     unsigned char key)
{
	const CAESAR_VECTOR keys = (CAESAR_VECTOR){ 0 } + key;
	const unsigned char *f = from;
	CAESAR_VECTOR a, b;
	unsigned char *t = to;

	for (; len >= 64; len -= 64, f += 64, t += 64) {
		memcpy(&a, f, sizeof(a));
		memcpy(&b, f + 32, sizeof(b));
		a += keys;
		b += keys;
		memcpy(t, &a, sizeof(a));
		memcpy(t + 32, &b, sizeof(b));
	}
	caesar_shift_scalar(t, f, len, key);
}
#endif

/**
 * caesar_shift() - shift bytes where they are
 * @data: which
 * @len: how many
 * @key: added to each, modulo 256
 *
 * Any context.
 */
static inline void caesar_shift(void *data, size_t len, unsigned char key)
{
	caesar_shift_copy(data, data, len, key);
}

#endif /* _SOCKMODS_SHIFT_H */
