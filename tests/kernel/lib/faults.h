/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the kernel's allocations fail: the switches in /sys/kernel/debug
 * (fault-injection.rst). What they say holds for the whole machine.
 */
#ifndef TESTS_KERNEL_FAULTS_H
#define TESTS_KERNEL_FAULTS_H

#include <stdbool.h>

enum fault_kind { FAULT_SLAB, FAULT_PAGE };

/* "slab" or "page". */
extern const char *const fault_kinds[2];

/*
 * From here on allocations of this kind fail, of those that may wait too, and
 * none of the other; without a report of each. 0 or -errno.
 */
int faults_of(enum fault_kind kind);

/* In caches too that came since then, with a module. 0 or -errno. */
int faults_caches(void);

/* Only those that MODULE's functions make or have made; NULL: all. 0 or -errno. */
int faults_beneath(const char *module);

/*
 * One is to fail, whoever makes it, in whatever context: that by which AMOUNT
 * bytes (of a slab) or pages are reached. 0: none is any more. 0 or -errno.
 */
int faults_after(unsigned int amount);

/* Has it failed? LEFT: what was still to be allocated before. */
bool faults_met(unsigned int *left);

#endif
