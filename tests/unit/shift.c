// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shift against the byte loop: every length up to 300, every alignment of
 * source and target, every key; with vectors, as programs have it, and without,
 * as a kernel has it. Nothing around the target is written, and the source only
 * where it is the target.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sockmods/shift.h>

#define LENGTH_MAX 300
#define ALIGNS 8
#define KEYS 256
#define GUARD 32
#define GUARD_BYTE 0xa5

typedef void (*shift_fn)(void *to, const void *from, size_t len, uint8_t key);

static void vectors(void *to, const void *from, size_t len, uint8_t key)
{
	caesar_shift_copy(to, from, len, key);
}

static void scalar(void *to, const void *from, size_t len, uint8_t key)
{
	caesar_shift_scalar(to, from, len, key);
}

static const struct {
	const char *name;
	shift_fn shift;
} shifts[] = { { "vectors", vectors }, { "scalar", scalar } };

#define SHIFTS (sizeof(shifts) / sizeof(*shifts))

/* The truth. */
static void byte_loop(uint8_t *to, const uint8_t *from, size_t len, int key)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = (from[i] + key) % 256;
}

/* Bytes without a pattern that an error could share: a 32-bit xorshift. */
static void fill(uint8_t *p, size_t len)
{
	static uint32_t x = 2463534242U;
	size_t i;

	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = x >> 11;
	}
}

/* What is written to: guards around the longest that may be, however aligned. */
struct target {
	_Alignas(64) uint8_t bytes[GUARD + ALIGNS + LENGTH_MAX + GUARD];
};

#define TARGET (sizeof(((struct target *)NULL)->bytes))

static struct target guards;

static uint8_t *prepare(struct target *t, size_t align)
{
	memcpy(t, &guards, sizeof(*t));
	return t->bytes + GUARD + align;
}

static void check(const struct target *t, const uint8_t *at,
		  const uint8_t *want, size_t len, const char *name, int key)
{
	const size_t before = at - t->bytes, after = TARGET - before - len;

	if (memcmp(at, want, len))
		fail_msg("%s: %zu bytes, key %d: other bytes", name, len, key);
	if (memcmp(t->bytes, guards.bytes, before))
		fail_msg("%s: %zu bytes, key %d: written before the target",
			 name, len, key);
	if (memcmp(at + len, guards.bytes, after))
		fail_msg("%s: %zu bytes, key %d: written behind the target",
			 name, len, key);
}

static void test_copy(void **state)
{
	uint8_t want[LENGTH_MAX], before[ALIGNS + LENGTH_MAX];
	_Alignas(64) uint8_t source[ALIGNS + LENGTH_MAX];
	size_t len, from, to, s, done = 0;
	struct target target;
	uint8_t *at;
	int key;

	(void)state;
	for (key = 0; key < KEYS; key++) {
		for (from = 0; from < ALIGNS; from++) {
			fill(source, sizeof(source));
			memcpy(before, source, sizeof(source));
			byte_loop(want, source + from, LENGTH_MAX, key);
			for (to = 0; to < ALIGNS; to++) {
				for (len = 0; len <= LENGTH_MAX; len++) {
					for (s = 0; s < SHIFTS; s++) {
						at = prepare(&target, to);
						shifts[s].shift(at,
								source + from,
								len, key);
						check(&target, at, want, len,
						      shifts[s].name, key);
						done++;
					}
				}
			}
			assert_memory_equal(source, before, sizeof(source));
		}
	}
	assert_int_equal(done, (size_t)KEYS * ALIGNS * ALIGNS *
				       (LENGTH_MAX + 1) * SHIFTS);
}

static void test_in_place(void **state)
{
	uint8_t want[LENGTH_MAX], source[LENGTH_MAX];
	struct target target;
	size_t len, to, s;
	uint8_t *at;
	int key;

	(void)state;
	for (key = 0; key < KEYS; key++) {
		fill(source, sizeof(source));
		byte_loop(want, source, LENGTH_MAX, key);
		for (to = 0; to < ALIGNS; to++) {
			for (len = 0; len <= LENGTH_MAX; len++) {
				for (s = 0; s < SHIFTS; s++) {
					at = prepare(&target, to);
					memcpy(at, source, len);
					shifts[s].shift(at, at, len, key);
					check(&target, at, want, len,
					      shifts[s].name, key);
				}
				at = prepare(&target, to);
				memcpy(at, source, len);
				caesar_shift(at, len, key);
				check(&target, at, want, len, "caesar_shift",
				      key);
			}
		}
	}
}

/* No byte's sum reaches another: every byte and key between the extremes. */
static void test_carry(void **state)
{
	static const uint8_t neighbours[] = { 0x00, 0x01, 0x7f,
					      0x80, 0x81, 0xff };
	_Alignas(64) uint8_t source[72], target[72], want[72];
	size_t n, s, place;
	int key, byte;

	(void)state;
	for (n = 0; n < sizeof(neighbours); n++) {
		for (key = 0; key < KEYS; key++) {
			for (byte = 0; byte < 256; byte++) {
				place = byte % 8;
				memset(source, neighbours[n], sizeof(source));
				/* One in a vector, one in a word. */
				source[place] = source[64 + place] = byte;
				byte_loop(want, source, sizeof(want), key);
				for (s = 0; s < SHIFTS; s++) {
					shifts[s].shift(target, source,
							sizeof(source), key);
					assert_memory_equal(target, want,
							    sizeof(want));
				}
			}
		}
	}
}

/* There and back is nothing; key 0 is memcpy(). */
static void test_inverse(void **state)
{
	uint8_t source[LENGTH_MAX], there[LENGTH_MAX], back[LENGTH_MAX];
	size_t s;
	int key;

	(void)state;
	fill(source, sizeof(source));
	for (s = 0; s < SHIFTS; s++) {
		for (key = 0; key < KEYS; key++) {
			shifts[s].shift(there, source, sizeof(source), key);
			assert_int_equal(!memcmp(there, source, sizeof(source)),
					 !key);
			shifts[s].shift(back, there, sizeof(there), -key);
			assert_memory_equal(back, source, sizeof(source));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_carry),
		cmocka_unit_test(test_inverse),
	};

	memset(&guards, GUARD_BYTE, sizeof(guards));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
