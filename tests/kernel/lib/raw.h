/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of nlbroker's raw unit: bytes as the original's clients send them. */
#ifndef TESTS_KERNEL_RAW_H
#define TESTS_KERNEL_RAW_H

#include <sockmods/nlbroker.h>

#include "nl.h"

#define RAW_UNIT 31

struct raw {
	int fd;
	unsigned int uid; /* effective, while it talks; 0: stays */
	uint32_t portid;
	uint16_t flags; /* of what it sends; 0 as the original's */
	uint32_t pid; /* what it says of itself */
	int lie; /* added to nlmsg_len */
	size_t len; /* of the last payload */
	uint8_t data[NL_MSG_MAX];
};

/* Everything returns 0 or -errno. */
int raw_open(struct raw *r, unsigned int uid);
void raw_close(struct raw *r);

/* Sends a command byte and what follows; NUM of them in one datagram. */
int raw_send(struct raw *r, uint8_t cmd, const void *data, size_t len, int num);

/* The same, and what the kernel's answer says; *TEXT is "" if it has none. */
int raw_call(struct raw *r, uint8_t cmd, const void *data, size_t len,
	     const char **text);

/* Takes the next message: its payload into r->data. */
int raw_next(struct raw *r);
bool raw_silent(struct raw *r, int ms);

#endif
