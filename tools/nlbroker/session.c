// SPDX-License-Identifier: GPL-2.0-or-later
/* Connecting, waiting, and what there is to say when something fails. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver-say.h"
#include "errname.h"
#include "exitcode.h"
#include "nlbroker.h"
#include "rtt.h"
#include "say.h"
#include "stop.h"
#include "text.h"

static int no_driver(bool *retry)
{
	const struct driver_query query = {
		.module = "nlbroker",
		.want = NLBROKER_GENL_NAME,
		.usual = NLBROKER_GENL_NAME,
		.root = "",
	};

	return driver_say(query, retry);
}

struct nlbroker *session_open(int *code)
{
	struct nlbroker *broker;
	bool retry = false;
	int rc = nlbroker_open(&broker);

	if (rc == -ENOENT) {
		*code = no_driver(&retry);
		if (!retry)
			return NULL;
		rc = nlbroker_open(&broker);
	}
	if (!rc)
		return broker;
	if (rc == -ENOENT) {
		*code = no_driver(NULL);
	} else if (rc == -EPROTONOSUPPORT) {
		say_error("this kernel has no generic netlink");
		*code = EXIT_NO_DRIVER;
	} else {
		say_error("netlink socket: %s", strerror(-rc));
		*code = EXIT_REFUSED;
	}
	return NULL;
}

static void hint(int error)
{
	switch (error) {
	case EACCES:
		say_hint("'nlbroker topics' shows owners and modes");
		break;
	case EDQUOT:
		say_hint("'nlbroker limits' shows them");
		break;
	case EBUSY:
		say_hint(
			"'nlbroker topics' and 'nlbroker peers' show whose it is");
		break;
	}
}

int session_failed(const struct nlbroker *broker, int rc)
{
	const char *words = nlbroker_error(broker);
	char *text, error[128];

	if (rc == -ENODEV)
		return no_driver(NULL);
	/* By wait_next(): said already. */
	if (rc == -EPIPE)
		return EXIT_REFUSED;
	errname_text(-rc, error, sizeof(error));
	text = text_escape(words, strlen(words));
	say_error("%s%s%s%s",
		  nlbroker_refused(broker) ? "refused by the kernel: " : "",
		  error, *text ? ": " : "", text);
	free(text);
	if (nlbroker_refused(broker))
		hint(-rc);
	return EXIT_REFUSED;
}

int session_unloaded(void)
{
	say_error("the driver was unloaded");
	return EXIT_NO_DRIVER;
}

int session_end(struct nlbroker *broker, int code)
{
	nlbroker_close(broker);
	if (say_flush() && code == EXIT_OK)
		return EXIT_REFUSED;
	return code;
}

int check_topic(const char *text, bool pattern)
{
	const char *fault = nlbroker_topic_fault(text, pattern);
	char *shown;

	if (!fault)
		return 0;
	shown = text_escape(text, strlen(text));
	say_error("'%s': %s", shown, fault);
	free(shown);
	return -EINVAL;
}

int check_mode(const char *text, uint32_t *mode)
{
	size_t len = strlen(text);

	if (!len || len > 5 || strspn(text, "01234567") != len) {
		say_error("'%s' is not a mode: octal digits, like 0640", text);
		return -EINVAL;
	}
	*mode = (uint32_t)strtoul(text, NULL, 8);
	return 0;
}

int wait_begin(struct wait *wait, struct nlbroker *broker)
{
	stop_catch();
	wait->broker = broker;
	wait->until = nlbroker_options.timeout ?
			      rtt_now() + nlbroker_options.timeout :
			      STOP_FOREVER;
	wait->fd = nlbroker_fd(broker);
	return wait->fd < 0 ? wait->fd : 0;
}

/* How long there is still to wait, ns; 0: time is over. */
static uint64_t wait_left(const struct wait *wait)
{
	uint64_t now;

	if (wait->until == STOP_FOREVER)
		return STOP_FOREVER;
	now = rtt_now();
	return now < wait->until ? wait->until - now : 0;
}

int wait_next(struct wait *wait, const struct nlbroker_message **message)
{
	uint64_t left;
	int rc;

	for (;;) {
		left = wait_left(wait);
		if (stop_asked || !left)
			return 0;
		rc = nlbroker_receive(wait->broker, message, 0);
		if (rc && rc != -EINTR)
			return rc;
		if (say_flush())
			return -EPIPE;
		rc = stop_wait(wait->fd, left);
		if (rc < 0 && rc != -EINTR)
			return rc;
	}
}
