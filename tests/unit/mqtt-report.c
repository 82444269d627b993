// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a bridge tells: JSON, a table, Prometheus's text format; and files with
 * secrets in them.
 * sources: tools/nlbroker-mqtt/counters.c tools/nlbroker-mqtt/report.c
 * sources: tools/nlbroker-mqtt/secret.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/nlbroker-mqtt/report.h"
#include "../../tools/nlbroker-mqtt/secret.h"

/* Two connections, the second of which is no more. */
static struct counters *some(void)
{
	struct counters *c = counters_new("plant"), *gone = counters_new("old");

	c->next = gone;
	atomic_store(&c->used, 1);
	atomic_store(&c->state, STATE_CONNECTED);
	counters_say(c, "host:1883", "an \033 error");
	counters_say(c, NULL, "no way");
	count(&c->out.received, 10);
	count(&c->out.sent, 4);
	count(&c->out.lost[LOST_SLOW], 1);
	count(&c->out.lost[LOST_QUEUE], 2);
	count(&c->out.queued, 3);
	count(&c->queued_bytes, 333);
	count(&c->in.received, 7);
	count(&c->in.skipped[SKIPPED_LOOP], 6);
	count(&c->in.lost[LOST_TOPIC], 1);
	count(&c->connects, 2);
	count(&gone->out.sent, 99);
	return c;
}

static void test_json(void **state)
{
	struct counters *c = some();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	report_json(out, c, "me");
	fclose(out);
	assert_string_equal(
		text,
		"{\"type\":\"connection\",\"name\":\"plant\",\"address\":\"host:1883\","
		"\"state\":\"connected\",\"error\":\"no way\",\"bridge_id\":\"me\","
		"\"connects\":2,\"failures\":0,\"sessions_lost\":0,"
		"\"queued_bytes\":333,\"out\":{\"received\":10,\"sent\":4,"
		"\"lost\":{\"slow\":1,\"queue\":2,\"link\":0,\"refused\":0,"
		"\"topic\":0,\"size\":0,\"memory\":0,\"shutdown\":0},"
		"\"skipped\":{\"loop\":0,\"hops\":0,\"other\":0},"
		"\"in_doubt\":0,\"queued\":3,\"resent\":0},"
		"\"in\":{\"received\":7,\"sent\":0,"
		"\"lost\":{\"slow\":0,\"queue\":0,\"link\":0,\"refused\":0,"
		"\"topic\":1,\"size\":0,\"memory\":0,\"shutdown\":0},"
		"\"skipped\":{\"loop\":6,\"hops\":0,\"other\":0},"
		"\"in_doubt\":0,\"queued\":0,\"resent\":0}}\n");
	assert_int_equal(counters_lost(&c->out), 3);
	assert_int_equal(counters_skipped(&c->in), 6);
	free(text);
	counters_free(c);
}

static int table(const char *json, char **text)
{
	FILE *in = fmemopen((void *)json, strlen(json), "r");
	size_t len;
	FILE *out = open_memstream(text, &len);
	int rc = report_table(in, out);

	fclose(in);
	fclose(out);
	return rc;
}

static void test_table(void **state)
{
	struct counters *c = some();
	char *json = NULL, *text;
	size_t len;
	FILE *out = open_memstream(&json, &len);

	(void)state;
	report_json(out, c, "me");
	atomic_store(&c->state, STATE_WAITING);
	report_json(out, c, "me");
	fclose(out);
	assert_int_equal(table(json, &text), 1);
	assert_string_equal(
		text,
		"CONNECTION    STATE       WAY   RECEIVED       SENT      LOST   SKIPPED  QUEUED\n"
		"plant         connected   out         10          4         3         0       3\n"
		"                          in           7          0         1         6       0\n"
		"plant         waiting     out         10          4         3         0       3\n"
		"                          in           7          0         1         6       0\n"
		"              no way\n");
	free(text);
	free(json);
	counters_free(c);
	assert_true(table("nonsense\n", &text) < 0);
	free(text);
	assert_true(table("{}\n", &text) < 0);
	free(text);
	assert_true(table("[1]\n", &text) < 0);
	free(text);
}

/* Each line is a comment, or a name, labels and a number. */
static void test_metrics(void **state)
{
	struct counters *c = some();
	char *text = NULL, *line, *rest;
	size_t len, samples = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	report_metrics(out, c);
	fclose(out);
	assert_non_null(strstr(
		text,
		"# TYPE nlbroker_mqtt_lost_messages_total counter\n"
		"nlbroker_mqtt_lost_messages_total{connection=\"plant\",direction=\"out\",reason=\"slow\"} 1\n"));
	assert_non_null(strstr(
		text,
		"nlbroker_mqtt_skipped_messages_total{connection=\"plant\",direction=\"in\",reason=\"loop\"} 6\n"));
	assert_non_null(strstr(
		text, "nlbroker_mqtt_connected{connection=\"plant\"} 1\n"));
	/* A counter doesn't vanish with its connection. */
	assert_non_null(strstr(
		text,
		"nlbroker_mqtt_sent_messages_total{connection=\"old\",direction=\"out\"} 99\n"));
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char name[100], labels[100], more;
		unsigned long value;

		if (*line == '#')
			continue;
		samples++;
		assert_int_equal(sscanf(line, "%99[a-z_]{%99[^}]} %lu%c", name,
					labels, &value, &more),
				 3);
	}
	/* received, sent, in_doubt, resent; lost; skipped; the others. */
	assert_int_equal(samples, 2 * (4 * 2 + 8 * 2 + 3 * 2 + 6));
	free(text);
	counters_free(c);
}

static char path[] = "/tmp/mqtt-secret-XXXXXX";

static void write_secret(const void *bytes, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fwrite(bytes, 1, len, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_secret(void **state)
{
	char secret[SECRET_MAX + 1], error[300], longest[SECRET_MAX + 2];
	static const mode_t open_modes[] = { 0604, 0602, 0601, 0620, 0666 };
	size_t i;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_secret("secret\nsecond\n", 14, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), 0);
	assert_string_equal(secret, "secret");
	write_secret("no newline", 10, 0640);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), 0);
	assert_string_equal(secret, "no newline");
	assert_int_equal(secret_check(path, error, sizeof(error)), 0);

	for (i = 0; i < sizeof(open_modes) / sizeof(*open_modes); i++) {
		write_secret("secret\n", 7, open_modes[i]);
		assert_int_equal(
			secret_read(path, secret, error, sizeof(error)), -1);
		assert_non_null(strstr(error, "others can read or change it"));
		assert_int_equal(secret_check(path, error, sizeof(error)), -1);
	}
	write_secret("", 0, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "no password"));
	write_secret("\nsecret\n", 8, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), -1);
	write_secret("a\0b\n", 4, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), -1);
	memset(longest, 'x', sizeof(longest));
	longest[SECRET_MAX] = '\n';
	write_secret(longest, SECRET_MAX + 1, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), 0);
	assert_int_equal(strlen(secret), SECRET_MAX);
	longest[SECRET_MAX] = 'x';
	write_secret(longest, SECRET_MAX + 2, 0600);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "longer than 1024 bytes"));
	unlink(path);
	assert_int_equal(secret_read(path, secret, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "No such file"));
	assert_int_equal(secret_read("/tmp", secret, error, sizeof(error)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_secret),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
