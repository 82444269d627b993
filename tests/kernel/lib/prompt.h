/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_KERNEL_PROMPT_H
#define TESTS_KERNEL_PROMPT_H

/**
 * prompt_loopback() - what is sent over loopback has come when the call is over
 *
 * So it mostly is: the packet is received in a softirq at the call's end. On a slow or
 * busy machine the kernel leaves softirqs to ksoftirqd, which waits for its turn like
 * any thread, and the next call may be sooner. From now on until this process exits,
 * that thread runs before all others. For tests that do one thing after the other and
 * compare what comes; not for those that are about processors racing.
 */
void prompt_loopback(void);

#endif
