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

/* Eight bytes at once: memcpy() of a constant size is one load or store. */
typedef uint64_t caesar_word;
#define CAESAR_BYTES	((caesar_word)0x0101010101010101ULL)
#define CAESAR_LOW	((caesar_word)0x7f7f7f7f7f7f7f7fULL)

/*
 * Adds the bytes of two words without a carry from one byte into the next: the
 * low seven bits of each byte can't carry further than its top bit, which is
 * the sum of both top bits and that carry, and the sum of bits is xor.
 */
static inline caesar_word caesar_add(caesar_word x, caesar_word keys)
{
	return ((x & CAESAR_LOW) + (keys & CAESAR_LOW)) ^
	       ((x ^ keys) & ~CAESAR_LOW);
}

static inline caesar_word caesar_load(const uint8_t *p)
{
	caesar_word x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static inline void caesar_store(uint8_t *p, caesar_word x)
{
	memcpy(p, &x, sizeof(x));
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
static inline void caesar_shift_copy(void *to, const void *from, size_t len,
				     uint8_t key)
{
	const caesar_word keys = CAESAR_BYTES * key;
	const uint8_t *f = from;
	uint8_t *t = to;
	size_t i;

	/* Four words are loaded before one is stored: they don't wait for it. */
	for (; len >= 32; len -= 32, f += 32, t += 32) {
		caesar_word a = caesar_load(f);
		caesar_word b = caesar_load(f + 8);
		caesar_word c = caesar_load(f + 16);
		caesar_word d = caesar_load(f + 24);

		caesar_store(t, caesar_add(a, keys));
		caesar_store(t + 8, caesar_add(b, keys));
		caesar_store(t + 16, caesar_add(c, keys));
		caesar_store(t + 24, caesar_add(d, keys));
	}
	for (; len >= 8; len -= 8, f += 8, t += 8)
		caesar_store(t, caesar_add(caesar_load(f), keys));
	for (i = 0; i < len; i++)
		t[i] = f[i] + key;
}

/**
 * caesar_shift() - shift bytes where they are
 * @data: which
 * @len: how many
 * @key: added to each, modulo 256
 *
 * Any context.
 */
static inline void caesar_shift(void *data, size_t len, uint8_t key)
{
	caesar_shift_copy(data, data, len, key);
}

#endif /* _SOCKMODS_SHIFT_H */
