/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending on SIGINT and SIGTERM, with something to say first. */
#ifndef SOCKMODS_STOP_H
#define SOCKMODS_STOP_H

#include <signal.h>
#include <stdint.h>

/** STOP_FOREVER - as a time for stop_wait(): no limit. */
#define STOP_FOREVER UINT64_MAX

/** stop_asked - set when SIGINT or SIGTERM has come. */
extern volatile sig_atomic_t stop_asked;

/**
 * stop_catch() - have SIGINT and SIGTERM set stop_asked
 *
 * Once: a second signal ends the program as if it were not caught. System calls
 * aren't restarted.
 */
void stop_catch(void);

/**
 * stop_wait() - wait for a file descriptor, for some time, or for a signal
 * @fd: readable when there is something to do, or -1 for none
 * @ns: how long at most
 *
 * A signal that comes just before the wait ends it too, which a plain poll()
 * after a look at stop_asked would sleep through.
 *
 * Return: 1 when @fd is readable, 0 when time is over, -EINTR when stop_asked is
 * set, or another negative errno.
 */
int stop_wait(int fd, uint64_t ns);

#endif
