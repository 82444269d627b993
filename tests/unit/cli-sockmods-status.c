// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What status shows, to people and to programs, and in which colours.
 * sources: tools/sockmods/status.c tools/sockmods/doctor.c tools/sockmods/dpkg.c tools/sockmods/loaded.c tools/sockmods/machine.c tools/sockmods/packages.c tools/sockmods/report.c tools/sockmods/uses.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../tools/sockmods/status.h"
#include "cli-sockmods-doctor.h"
#include "colour.h"

static const struct row tree = {
	.files = { KERNEL(R), KERNEL(OTHER), KERNEL("6.13.0"), SOURCES,
		   MODULE(R, "alpha") "@version=0.2.0",
		   MODULE(R, "beta") "@version=0.1.0",
		   MODULE(OTHER, "alpha") "@srcversion=1",
		   "/sys/module/alpha/version=0.2.0\n",
		   "/sys/module/alpha/refcnt=2\n",
		   "/sys/module/alpha/holders/beta" },
};

static struct machine *look_status(void)
{
	return machine_look(root, make_tree(&tree), NULL, drivers);
}

/* What people see, to be freed. */
static char *text_of(const struct machine *m)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	status_text(out, m);
	fclose(out);
	return text;
}

static void test_text_status(void **state)
{
	struct machine *m = look_status();
	char *text = text_of(m);

	(void)state;
	assert_string_equal(
		text, "DRIVER  PACKAGE  ON DISK  LOADED  IN USE\n"
		      "alpha   0.2.0    0.2.0    0.2.0   yes (2)\n"
		      "beta    0.2.0    0.1.0    -       -\n"
		      "\n"
		      "BUILT FOR                     alpha       beta\n"
		      "6.1.9-cloud-amd64             ?           no-headers\n"
		      "6.12.1-cloud-amd64 (running)  0.2.0       0.1.0\n"
		      "6.13.0                        no-headers  no-headers\n");
	free(text);
	machine_free(m);
}

/* More drivers than there are columns: tables below each other. */
static void test_many(void **state)
{
	static const char *const many[] = { "a", "b", "c", "d", "e",
					    "f", "g", "h", "i", NULL };
	struct machine *m;
	const char *p;
	size_t n = 0;
	char *text;

	(void)state;
	m = machine_look(root, make_tree(&tree), NULL, many);
	text = text_of(m);
	for (p = text; (p = strstr(p, "BUILT FOR")); p++)
		n++;
	assert_int_equal(n, 2);
	assert_non_null(strstr(text, "\ni       0.2.0 "));
	assert_non_null(strstr(text, "BUILT FOR                     h "));
	free(text);
	machine_free(m);
}

static void test_json(void **state)
{
	struct machine *m = look_status();
	struct json_object *o;

	(void)state;
	o = status_json(m, &m->driver[0]);
	assert_string_equal(
		json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN |
				   JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"type\":\"driver\",\"name\":\"alpha\",\"package\":\"0.2.0\","
		"\"disk_version\":\"0.2.0\",\"loaded\":true,"
		"\"loaded_version\":\"0.2.0\",\"in_use\":true,\"refcnt\":2,"
		"\"holders\":[\"beta\"],"
		"\"loaded_for\":\"anyone\",\"shown_by\":null,\"kernels\":["
		"{\"release\":\"" OTHER
		"\",\"running\":false,\"built\":true,\"state\":\"not-loaded\","
		"\"version\":null,\"file\":\"" MODULE(
			OTHER,
			"alpha") "\"},"
				 "{\"release\":\"" R
				 "\",\"running\":true,\"built\":true,\"state\":\"not-loaded\","
				 "\"version\":\"0.2.0\",\"file\":\"" MODULE(
					 R,
					 "alpha") "\"},"
						  "{\"release\":\"6.13.0\",\"running\":false,\"built\":false,"
						  "\"state\":\"no-headers\",\"version\":null,\"file\":null}]}");
	json_object_put(o);
	machine_free(m);
}

/* -k: of a kernel that doesn't run, what is loaded isn't known. */
static void test_kernel(void **state)
{
	struct machine *m =
		machine_look(root, make_tree(&tree), OTHER, drivers);
	struct json_object *o = status_json(m, &m->driver[0]), *v;
	char *text = text_of(m);

	(void)state;
	assert_string_equal(text,
			    "DRIVER  PACKAGE  ON DISK     LOADED  IN USE\n"
			    "alpha   0.2.0    ?           -       -\n"
			    "beta    0.2.0    no-headers  -       -\n"
			    "\n"
			    "BUILT FOR           alpha       beta\n"
			    "6.1.9-cloud-amd64   ?           no-headers\n"
			    "6.12.1-cloud-amd64  0.2.0       0.1.0\n"
			    "6.13.0              no-headers  no-headers\n");
	free(text);
	assert_true(json_object_object_get_ex(o, "loaded", &v));
	assert_null(v);
	assert_true(json_object_object_get_ex(o, "in_use", &v));
	assert_null(v);
	v = json_object_array_get_idx(json_object_object_get(o, "kernels"), 0);
	assert_string_equal(
		json_object_get_string(json_object_object_get(v, "release")),
		OTHER);
	assert_false(
		json_object_get_boolean(json_object_object_get(v, "running")));
	json_object_put(o);
	machine_free(m);
}

/* A terminal of its own. Returns what a program writes to. */
static FILE *open_terminal(int *other)
{
	*other = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(*other >= 0);
	assert_int_equal(grantpt(*other), 0);
	assert_int_equal(unlockpt(*other), 0);
	return fopen(ptsname(*other), "w");
}

static void test_colour(void **state)
{
	static const struct {
		const char *no_color, *term, *sequence;
	} environments[] = {
		{ NULL, "xterm", "\033[32m" },
		{ "", "xterm", "\033[32m" },
		{ "1", "xterm", "" },
		{ NULL, "dumb", "" },
		{ NULL, "", "" },
		{ NULL, NULL, "" },
	};
	FILE *terminal, *file = fopen("/dev/null", "w");
	int other;
	size_t i;

	(void)state;
	terminal = open_terminal(&other);
	assert_non_null(terminal);
	for (i = 0; i < sizeof(environments) / sizeof(*environments); i++) {
		unsetenv("NO_COLOR");
		unsetenv("TERM");
		if (environments[i].no_color)
			setenv("NO_COLOR", environments[i].no_color, 1);
		if (environments[i].term)
			setenv("TERM", environments[i].term, 1);
		assert_string_equal(colour(terminal, COLOUR_GOOD),
				    environments[i].sequence);
		assert_string_equal(colour(file, COLOUR_GOOD), "");
	}
	fclose(terminal);
	fclose(file);
	close(other);
}

/* Columns stay aligned: a colour has no width. */
static void test_terminal(void **state)
{
	struct machine *m = look_status();
	size_t used = 0;
	char text[4096];
	FILE *terminal;
	ssize_t len;
	int other;

	(void)state;
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	terminal = open_terminal(&other);
	status_text(terminal, m);
	/* What is in it can still be read, in pieces, and then an error. */
	fclose(terminal);
	while ((len = read(other, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)len;
	text[used] = 0;
	assert_non_null(strstr(text, "\033[1mbeta\033[0m    0.2.0    "
				     "\033[33m0.1.0\033[0m    -       -\r\n"));
	close(other);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_status),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_terminal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
