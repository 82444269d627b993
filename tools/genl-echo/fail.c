// SPDX-License-Identifier: GPL-2.0-or-later
/* fail: an error of the kernel's, made to order. */
#include <errno.h>
#include <string.h>

#include "errname.h"
#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "say.h"

static int fail(struct transport *t, uint32_t error, const char *text)
{
	struct request req = { .cmd = GENL_ECHO_CMD_FAIL };
	const struct refusal *r = &t->refused;
	struct json_object *o;
	int rc;

	if (error)
		request_add(&req, GENL_ECHO_A_ERRNO, &error, sizeof(error));
	if (text)
		request_add(&req, GENL_ECHO_A_MSG, text, strlen(text) + 1);
	rc = transport_call(t, &req, NULL, NULL);
	if (!rc) {
		say_error("the kernel did not fail");
		return EXIT_REFUSED;
	}
	/*
	 * ENOENT is also what a request to a family that has left gets; but then
	 * without a text, and this one was found a moment ago.
	 */
	if (rc != TRANSPORT_REFUSED)
		return session_failed(t, rc);
	if (!genl_echo_options.json) {
		session_refused(t);
		return EXIT_REFUSED;
	}
	o = jsonl_begin("error");
	jsonl_uint(o, "errno", (uint64_t)r->error);
	jsonl_string(o, "error", errname(r->error));
	jsonl_text(o, "text", r->text, strlen(r->text));
	jsonl_print(o);
	return EXIT_REFUSED;
}

int fail_run(char **args, int count)
{
	struct transport *t;
	uint32_t error = 0;
	int code;

	if (count && errname_parse(args[0], &error)) {
		say_error(
			"'%s' is not an error: a name like ENODEV, or 1 to %d",
			args[0], GENL_ECHO_ERRNO_MAX);
		return EXIT_USAGE;
	}
	if (count > 1 && check_text(args[1]))
		return EXIT_USAGE;
	t = session_open(&code);
	if (t)
		code = fail(t, error, count > 1 ? args[1] : NULL);
	return session_end(code);
}
