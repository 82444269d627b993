// SPDX-License-Identifier: GPL-2.0-or-later
/* pub: a message, a file, or line after line. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "say.h"
#include "stop.h"

#define OPTIONS (&nlbroker_options)

/* Lines that are published with one call. */
#define PUB_BATCH 256

/**
 * struct pub - what is published
 * @broker: the connection
 * @topic: where to
 * @flags: of the library
 * @mode: to advertise it with
 * @code: the exit code so far
 */
struct pub {
	struct nlbroker *broker;
	const char *topic;
	unsigned int flags;
	uint32_t mode;
	int code;
};

/* A message of its longest length, or two, and a byte that is too much. */
static char buffer[2 * NLBROKER_PAYLOAD_MAX + 2];

static void pub_failed(struct pub *p, int rc)
{
	p->code = session_failed(p->broker, rc);
}

static void pub_counts(struct pub *p, const struct nlbroker_counts *counts)
{
	struct json_object *o;

	if (OPTIONS->pub.echo && OPTIONS->json) {
		o = jsonl_begin("published");
		jsonl_text(o, "topic", p->topic, strlen(p->topic));
		jsonl_uint(o, "seq", counts->seq);
		jsonl_uint(o, "delivered", counts->delivered);
		jsonl_uint(o, "lost", counts->full);
		jsonl_print(o);
	} else if (OPTIONS->pub.echo) {
		printf("seq %" PRIu64 ": delivered to %" PRIu64
		       ", lost by %" PRIu64 "\n",
		       counts->seq, counts->delivered, counts->full);
	}
	if (!counts->full)
		return;
	p->code = EXIT_REFUSED;
	if (!OPTIONS->pub.echo)
		say_error("%" PRIu64
			  " subscribers had no room and have lost the message",
			  counts->full);
}

/* One message. */
static void pub_message(struct pub *p, const void *payload, size_t len)
{
	struct nlbroker_counts counts;
	int rc;

	if (!OPTIONS->pub.echo && !OPTIONS->pub.wait) {
		rc = nlbroker_publish(p->broker, p->topic, payload, len,
				      p->flags);
		if (rc)
			pub_failed(p, rc);
		return;
	}
	rc = nlbroker_publish_wait(p->broker, p->topic, payload, len, p->flags,
				   (int)OPTIONS->pub.wait, &counts);
	if (rc)
		pub_failed(p, rc);
	else
		pub_counts(p, &counts);
}

/* Several at once; each refusal is said, but not more than one a batch. */
static void pub_batch(struct pub *p, struct nlbroker_outgoing *lines, size_t n)
{
	size_t i;
	int rc;

	if (OPTIONS->pub.echo || OPTIONS->pub.wait) {
		for (i = 0; i < n && !stop_asked; i++)
			pub_message(p, lines[i].payload, lines[i].len);
		return;
	}
	rc = nlbroker_publish_many(p->broker, lines, n);
	if (rc)
		pub_failed(p, rc);
}

/*
 * Publishes the whole lines of the buffer, and moves what is left to its start.
 * Returns how much that is.
 */
static size_t pub_lines_whole(struct pub *p, size_t len, bool end)
{
	struct nlbroker_outgoing lines[PUB_BATCH];
	char *line = buffer, *stop = buffer + len;
	size_t n = 0;

	while (line < stop) {
		char *newline = memchr(line, '\n', (size_t)(stop - line));

		if (!newline && !end)
			break;
		if (!newline)
			newline = stop;
		lines[n++] = (struct nlbroker_outgoing){
			.topic = p->topic,
			.payload = line,
			.len = (size_t)(newline - line),
			.flags = p->flags,
		};
		line = newline + 1;
		if (n == PUB_BATCH) {
			pub_batch(p, lines, n);
			n = 0;
		}
	}
	if (n)
		pub_batch(p, lines, n);
	if (line >= stop)
		return 0;
	memmove(buffer, line, (size_t)(stop - line));
	return (size_t)(stop - line);
}

/* A line that doesn't fit: refused like any message that is too long. */
static size_t pub_lines_long(struct pub *p, bool *skip)
{
	if (!*skip)
		pub_message(p, buffer, sizeof(buffer));
	*skip = true;
	return 0;
}

/* Reads as much as there is, at most to the end of the buffer. */
static ssize_t pub_read(int fd, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buffer + len, sizeof(buffer) - len);
	while (n < 0 && errno == EINTR && !stop_asked);
	return n;
}

/* The end of a line that was too long: how much to leave out. */
static size_t pub_skip(size_t len, bool *skip)
{
	char *newline = memchr(buffer, '\n', len);

	if (!newline)
		return len;
	*skip = false;
	return (size_t)(newline + 1 - buffer);
}

static void pub_lines(struct pub *p)
{
	size_t len = 0, left_out;
	bool skip = false;
	ssize_t n;

	while (!stop_asked && p->code != EXIT_NO_DRIVER) {
		n = pub_read(STDIN_FILENO, len);
		if (n < 0 && !stop_asked) {
			say_error("standard input: %s", strerror(errno));
			p->code = EXIT_REFUSED;
		}
		if (n <= 0)
			break;
		len += (size_t)n;
		if (skip) {
			left_out = pub_skip(len, &skip);
			len -= left_out;
			memmove(buffer, buffer + left_out, len);
		}
		len = pub_lines_whole(p, len, false);
		if (len == sizeof(buffer))
			len = pub_lines_long(p, &skip);
		if (say_flush())
			return;
	}
	/* The last one can be without its newline. */
	if (len && !skip && !stop_asked)
		pub_lines_whole(p, len, true);
}

static void pub_file(struct pub *p)
{
	const char *name = OPTIONS->pub.file;
	bool input = !strcmp(name, "-");
	int fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;
	size_t len = 0;

	/* Of one that is too long, not all. */
	while (n > 0 && len < sizeof(buffer)) {
		n = pub_read(fd, len);
		if (n > 0)
			len += (size_t)n;
	}
	if (n < 0) {
		say_error("%s: %s", input ? "standard input" : name,
			  strerror(errno));
		p->code = EXIT_USAGE;
	} else {
		pub_message(p, buffer, len);
	}
	if (fd > STDIN_FILENO)
		close(fd);
}

static void pub(struct pub *p, const char *message)
{
	int rc;

	if (OPTIONS->pub.advertise) {
		rc = nlbroker_advertise(p->broker, p->topic, (int)p->mode, 0);
		if (rc) {
			pub_failed(p, rc);
			return;
		}
	}
	if (OPTIONS->pub.lines)
		pub_lines(p);
	else if (OPTIONS->pub.file)
		pub_file(p);
	else
		pub_message(p, message, strlen(message));
}

int pub_run(char **args, int count)
{
	int sources = (count > 1) + OPTIONS->pub.lines + OPTIONS->pub.null +
		      !!OPTIONS->pub.file;
	struct pub p = { .code = EXIT_OK };

	if (!count || sources != 1) {
		say_error(
			count ? "one of MESSAGE, --file, --lines and --null is needed" :
				"a topic is needed");
		say_hint("'nlbroker pub --help'");
		return EXIT_USAGE;
	}
	if (check_topic(args[0], false) ||
	    (OPTIONS->pub.advertise &&
	     check_mode(OPTIONS->pub.advertise, &p.mode)))
		return EXIT_USAGE;
	p.topic = args[0];
	p.flags = OPTIONS->pub.retain ? NLBROKER_RETAIN : 0;
	p.broker = session_open(&p.code);
	if (!p.broker)
		return session_end(NULL, p.code);
	/* So that one who waits, or reads, ends with its code. */
	stop_catch();
	/* --null is an empty one. */
	pub(&p, count > 1 ? args[1] : "");
	return session_end(p.broker, p.code);
}
