/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scene is played on plain TCP and on every way that should be like it, and
 * what it said must be the same each time: results, error numbers, flags, bytes.
 * So a test is exact on each kernel without knowing what is right there.
 */
#ifndef TESTS_KERNEL_SCENE_H
#define TESTS_KERNEL_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "caesar.h"

/**
 * struct scene - what is played
 * @name: of the test
 * @play: says what it does with say() and its relatives
 * @bare: the connection isn't made, and only way is set
 * @once: on IPv4 only: it takes its time
 * @hooks: what is done to the sockets before they connect
 */
struct scene {
	const char *name;
	void (*play)(struct pair *p);
	bool bare;
	bool once;
	struct pair_hooks hooks;
};

/* Runs them, as TAP; main's return value. */
int scenes_run(const char *name, const struct scene *scenes, size_t count);
#define SCENES_RUN(name, scenes) \
	scenes_run(name, scenes, sizeof(scenes) / sizeof(*(scenes)))

/* A line of what is compared. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "WHAT: result", with errno's name if it is negative; returns it. */
ssize_t said(const char *what, ssize_t result);

/* "WHAT: so many bytes, which". */
void say_bytes(const char *what, const void *bytes, ssize_t len);

/* send(2) of LEN bytes of the pattern from OFFSET on. */
ssize_t say_send(int fd, size_t offset, size_t len, int flags);

/* recv(2), recvmsg(2): what came, its flags and its control messages. */
ssize_t say_recv(int fd, size_t len, int flags);
ssize_t say_recvmsg(int fd, size_t len, int flags);

/* Waits for what was sent, then receives; bytes are what matters. */
void say_all(int fd, size_t len);

/* poll(2) once it has EVENTS or a second is over. */
void say_poll(int fd, short events);

/* getsockopt(2) of an int; ioctl(2) of one. */
void say_option(const char *what, int fd, int level, int name);
void say_ioctl(const char *what, int fd, unsigned long request);

/* SO_ERROR, and what is there to read. */
void say_state(int fd);

/* A page that can't be read or written behind LEN bytes that can. */
uint8_t *edge(size_t len);

#endif
