/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzing a module's interface, guided by the kernel's coverage (kcov) of the
 * module. An input is a string of bytes, and what a test does with it is decided
 * by the bytes, one after the other: so every input means something, those that
 * reached code that none had reached are kept, and new ones are made of them.
 *
 * Two processes in a network namespace of their own go through inputs at once, so
 * that what one does can come in between what the other does.
 *
 *   FUZZ_OPS   operations in all; LONG=1: FUZZ_OPS_LONG. More than FUZZ_OPS_SHORT
 *              have FUZZ_SECONDS_LONG for them, and three times that with kcov
 *   FUZZ_SEED  what the inputs are made from; printed. The same again gives the
 *              same inputs, as far as coverage is the same.
 *   FUZZ_SHOW  1: each input is printed before it is used: the last ones are what
 *              a kernel has died of
 *   FUZZ_INPUT such an input: that one, again and again
 */
#ifndef TESTS_KERNEL_FUZZ_H
#define TESTS_KERNEL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of each of five modules: two million in all with LONG=1, where there is time. */
#define FUZZ_OPS_SHORT 8000
#define FUZZ_OPS_LONG 400000

/* On a busy machine it is over after so long, with so many of them at least. */
#define FUZZ_SECONDS_SHORT 120
#define FUZZ_SECONDS_LONG 500
#define FUZZ_OPS_LEAST 1500

/* Kinds of operations that a test can have. */
#define FUZZ_KINDS_MAX 40

/* The longest memory fuzz_memory() and fuzz_user() give. */
#define FUZZ_MEMORY_MAX (1 << 20)

/**
 * struct fuzz - a module's fuzzing test
 * @module: its name, and for modprobe what parameters it is loaded with
 * @odd: more of those where the seed is odd, or NULL
 * @kinds: names of what can be done, in the order of the test's numbers for them,
 *	ended by NULL. Each must succeed at least once in all, or the test is
 *	refused at some door behind which it has to look.
 * @setup: once, in the network namespace, before any input; 0 or -errno
 * @run: does what one input says, from nothing, and leaves nothing behind
 * @blocks: places of the module's code, of those that kcov knows, that have to be
 *	reached at least
 */
struct fuzz {
	const char *module;
	const char *odd;
	const char *const *kinds;
	int (*setup)(void);
	void (*run)(void);
	unsigned int blocks;
};

/* What main() calls. Returns the exit code. */
int fuzz_main(const struct fuzz *f);

/* Is there some input left, and anything to be done at all? */
bool fuzz_more(void);

/* 0 to n - 1 (n: at most 65536). */
unsigned int fuzz_pick(unsigned int n);

/* True once in so many times (n: at most 256); false where input has ended. */
bool fuzz_one_in(unsigned int n);

/* Values as they are known to be mistaken, or any. */
uint32_t fuzz_u32(void);
uint64_t fuzz_u64(void);

/* Mostly short; at most max. */
size_t fuzz_length(size_t max);

/**
 * fuzz_memory() - memory that ends where nothing is mapped
 * @len: bytes
 *
 * Return: a place that can be read and written; what is there is anything. It is
 * another's after three more calls.
 */
void *fuzz_memory(size_t len);

/**
 * fuzz_user() - the same for the kernel only
 * @len: bytes that the kernel is told
 *
 * Return: mostly what fuzz_memory() gives. Now and then some of it isn't mapped, or
 * nothing is.
 */
void *fuzz_user(size_t len);

/* Before and after a system call. The second returns its result; errno stays. */
void fuzz_begin(unsigned int kind);
long fuzz_end(long rc);

/* Counts what is done, as the kind, and whether it has succeeded. */
#define fuzz_call(kind, call) (fuzz_begin(kind), fuzz_end((long)(call)))

/* The effective user from here on; 0 is root. */
void fuzz_as(unsigned int uid);

/* Something has come out of the kernel that mustn't: ends the test. */
void fuzz_wrong(const char *what, long long value);

#endif
