// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "prompt.h"
#include "scene.h"

#define TRANSCRIPT (256 * 1024)
#define BUFFER (4 * 1024 * 1024)

static char transcript[TRANSCRIPT], reference[TRANSCRIPT];
static size_t transcript_len;
static uint8_t buffer[BUFFER];
static const char *playing; /* the way's name while a scene is on */

void say(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(transcript + transcript_len, TRANSCRIPT - transcript_len,
		      format, args);
	va_end(args);
	assert_true(transcript_len + n + 1 < TRANSCRIPT);
	transcript_len += n;
	transcript[transcript_len++] = '\n';
	transcript[transcript_len] = '\0';
}

ssize_t said(const char *what, ssize_t result)
{
	int err = errno;

	if (result < 0)
		say("%s: %s", what, strerror(err));
	else
		say("%s: %zd", what, result);
	errno = err;
	return result;
}

void say_bytes(const char *what, const void *bytes, ssize_t len)
{
	const uint8_t *b = bytes;
	uint64_t hash = 14695981039346656037ULL;
	char first[3 * 8 + 1] = "";
	ssize_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ b[i]) * 1099511628211ULL;
	for (i = 0; i < len && i < 8; i++)
		sprintf(first + 3 * i, " %02x", b[i]);
	say("%s: %zd bytes%s, %016llx", what, len, first,
	    (unsigned long long)hash);
}

ssize_t say_send(int fd, size_t offset, size_t len, int flags)
{
	char what[80];

	assert_true(len <= BUFFER);
	pattern(buffer, len, offset, 1);
	snprintf(what, sizeof(what), "send %zu with 0x%x", len, flags);
	return said(what, send(fd, buffer, len, flags | MSG_NOSIGNAL));
}

ssize_t say_recv(int fd, size_t len, int flags)
{
	char what[80];
	ssize_t n;

	assert_true(len <= BUFFER);
	memset(buffer, 0, len);
	n = recv(fd, buffer, len, flags);
	snprintf(what, sizeof(what), "recv %zu with 0x%x", len, flags);
	if (n <= 0)
		return said(what, n);
	say_bytes(what, buffer, (size_t)n < len ? (size_t)n : len);
	if ((size_t)n > len)
		said(what, n);
	return n;
}

ssize_t say_recvmsg(int fd, size_t len, int flags)
{
	union {
		struct cmsghdr h;
		char room[512];
	} control;
	struct iovec iov = { .iov_base = buffer, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	char what[80];
	ssize_t n;

	assert_true(len <= BUFFER);
	memset(buffer, 0, len);
	n = recvmsg(fd, &m, flags);
	snprintf(what, sizeof(what), "recvmsg %zu with 0x%x", len, flags);
	if (n <= 0)
		said(what, n);
	else
		say_bytes(what, buffer, (size_t)n < len ? (size_t)n : len);
	if (n < 0)
		return n;
	say("  flags 0x%x, name %u", m.msg_flags, m.msg_namelen);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		say("  control %d %d, %zu bytes", c->cmsg_level, c->cmsg_type,
		    (size_t)c->cmsg_len);
		if (c->cmsg_len == CMSG_LEN(sizeof(int)))
			say("  %d", *(int *)CMSG_DATA(c));
	}
	return n;
}

void say_all(int fd, size_t len)
{
	size_t got = 0;
	ssize_t n = 0;

	assert_true(len <= BUFFER);
	while (got < len && (n = recv(fd, buffer + got, len - got, 0)) > 0)
		got += n;
	if (n < 0)
		said("recv", n);
	say_bytes("all", buffer, got);
}

void say_poll(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int i, n = 0;

	for (i = 0; i < 1000; i++) {
		n = poll(&p, 1, 0);
		if (n && (p.revents & events) == events)
			break;
		usleep(1000);
	}
	say("poll for 0x%x: %d, 0x%x", events, n, n > 0 ? p.revents : 0);
}

void say_option(const char *what, int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, name, &value, &len))
		said(what, -1);
	else
		say("%s: %d, %u bytes", what, value, len);
}

void say_ioctl(const char *what, int fd, unsigned long request)
{
	int value = -1;

	if (ioctl(fd, request, &value))
		said(what, -1);
	else
		say("%s: %d", what, value);
}

void say_state(int fd)
{
	say_option("SO_ERROR", fd, SOL_SOCKET, SO_ERROR);
	say_ioctl("FIONREAD", fd, FIONREAD);
}

uint8_t *edge(size_t len)
{
	static uint8_t *map;
	static const size_t page = 4096, pages = 64;

	assert_true(len <= pages * page);
	if (!map) {
		map = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(map, MAP_FAILED);
		assert_int_equal(mprotect(map + pages * page, page, PROT_NONE),
				 0);
	}
	return map + pages * page - len;
}

static void play(const struct scene *s, const struct way *way)
{
	struct pair p = { .a = -1, .b = -1, .way = way };

	transcript_len = 0;
	*transcript = '\0';
	playing = way->name;
	if (!s->bare)
		pair_open_hooks(&p, way, &s->hooks);
	s->play(&p);
	pair_close(&p);
	playing = NULL;
}

/* The first line in which two texts are different. */
static void difference(const char *is, const char *should, const char *way)
{
	const char *i = is, *s = should;
	int line = 1;

	for (; *is && *is == *should; is++, should++) {
		if (*is != '\n')
			continue;
		line++;
		i = is + 1;
		s = should + 1;
	}
	fail_msg("%s, line %d: \"%.*s\", and with plain TCP \"%.*s\"", way,
		 line, (int)strcspn(i, "\n"), i, (int)strcspn(s, "\n"), s);
}

static void scene_test(void **state)
{
	const struct scene *s = *state;
	struct timespec begun, now;
	const struct way *w;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (i = 0; i < (s->once ? 1 : 3); i++) {
		play(s, plain_ways[i]);
		memcpy(reference, transcript, transcript_len + 1);
		assert_true(transcript_len > 0);
		for (w = ways_like(plain_ways[i]); w->name; w++) {
			play(s, w);
			if (strcmp(transcript, reference))
				difference(transcript, reference, w->name);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - begun.tv_sec > 1)
		printf("# %s took %ld s\n", s->name,
		       (long)(now.tv_sec - begun.tv_sec));
}

/* Says where a scene ended before its end. */
static int scene_over(void **state)
{
	(void)state;
	if (playing)
		printf("# %s, after:\n# %.*s\n", playing, (int)transcript_len,
		       transcript);
	playing = NULL;
	way_rules_end();
	return 0;
}

int scenes_run(const char *name, const struct scene *scenes, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	size_t i;
	int rc;

	own_network();
	prompt_loopback();
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (i = 0; i < count; i++) {
		tests[i].name = scenes[i].name;
		tests[i].test_func = scene_test;
		tests[i].teardown_func = scene_over;
		tests[i].initial_state = (void *)&scenes[i];
	}
	rc = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
	free(tests);
	return rc;
}
