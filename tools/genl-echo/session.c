// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and closing, and what there is to say when something fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "driver-say.h"
#include "errname.h"
#include "exitcode.h"
#include "genl-echo.h"
#include "say.h"
#include "text.h"

/* In the order of --transport's choices. */
static const struct transport_ops *const transports[] = {
	&transport_raw,
	&transport_libnl,
};

int session_no_driver(bool *retry)
{
	const struct driver_query query = {
		.module = "genl_echo",
		.param = "family",
		.want = genl_echo_options.family,
		.usual = GENL_ECHO_GENL_NAME,
		.root = "",
	};

	return driver_say(query, retry);
}

/* Names of attributes that a request of ours can lack. */
static const char *attr_name(uint32_t type)
{
	return type == GENL_ECHO_A_MSG ? "MSG" : "an attribute";
}

int session_refused(const struct transport *t)
{
	const struct refusal *refused = &t->refused;
	char *text = text_escape(refused->text, strlen(refused->text));
	char error[128];

	errname_text(refused->error, error, sizeof(error));
	say_error("refused by the kernel: %s%s%s", error, *text ? ": " : "",
		  text);
	if (refused->missing)
		say_hint("%s is missing", attr_name(refused->missing));
	free(text);
	return EXIT_REFUSED;
}

int session_failed(const struct transport *t, int rc)
{
	if (t && rc == TRANSPORT_REFUSED) {
		/* That message type is nobody's: the driver has left. */
		if (t->family && t->refused.error == ENOENT)
			return session_no_driver(NULL);
		return session_refused(t);
	}
	switch (rc) {
	case -EAGAIN:
		say_error("no reply within %g s",
			  (double)genl_echo_options.timeout / 1e9);
		break;
	case -ENOBUFS:
		say_error("the reply was lost: no room in the socket's queue");
		break;
	case -EBADMSG:
	case -EMSGSIZE:
		say_error("what came back is not a reply of genl_echo");
		break;
	case -EPROTONOSUPPORT:
	case -EAFNOSUPPORT:
		say_error("this kernel has no generic netlink");
		return EXIT_NO_DRIVER;
	default:
		say_error("%s: %s", t ? "netlink" : "netlink socket",
			  strerror(-rc));
	}
	return EXIT_REFUSED;
}

/*
 * The last one that session_with() has returned. The end of the process closes them;
 * until then something points to each, or it were a leak.
 */
static struct transport *sockets;

static int find(struct transport *t)
{
	bool retry = false;
	int rc = transport_find(t, genl_echo_options.family);

	if (rc != TRANSPORT_REFUSED || t->refused.error != ENOENT)
		return rc ? session_failed(t, rc) : EXIT_OK;
	rc = session_no_driver(&retry);
	if (!retry)
		return rc;
	rc = transport_find(t, genl_echo_options.family);
	if (rc == TRANSPORT_REFUSED && t->refused.error == ENOENT)
		return session_no_driver(NULL);
	return rc ? session_failed(t, rc) : EXIT_OK;
}

struct transport *session_with(const struct transport_ops *ops, int *code)
{
	struct transport *t;

	if (strlen(genl_echo_options.family) >= GENL_NAMSIZ ||
	    !*genl_echo_options.family) {
		say_error("--family: a name has 1 to %d bytes",
			  GENL_NAMSIZ - 1);
		*code = EXIT_USAGE;
		return NULL;
	}
	t = ops->open(genl_echo_options.timeout);
	if (!t) {
		*code = session_failed(NULL, -errno);
		return NULL;
	}
	*code = find(t);
	if (*code != EXIT_OK) {
		ops->close(t);
		return NULL;
	}
	t->before = sockets;
	sockets = t;
	return t;
}

struct transport *session_open(int *code)
{
	return session_with(transports[genl_echo_options.transport], code);
}

int session_end(int code)
{
	if (say_flush() && code == EXIT_OK)
		return EXIT_REFUSED;
	return code;
}

int check_text(const char *text)
{
	if (strlen(text) <= GENL_ECHO_MSG_MAX)
		return 0;
	say_error("the text has %zu bytes, and the longest has %d",
		  strlen(text), GENL_ECHO_MSG_MAX);
	return -EINVAL;
}
