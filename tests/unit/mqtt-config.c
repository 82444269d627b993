// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlbroker-mqtt.conf(5): what is right, and for all that is wrong the line and the
 * reason.
 * sources: tools/nlbroker-mqtt/config.c tools/nlbroker-mqtt/config-link.c
 * sources: tools/nlbroker-mqtt/config-topic.c tools/nlbroker-mqtt/rule.c
 * sources: tools/libnlbroker/topic.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/nlbroker-mqtt/config.h"

#define LINK "connection a\naddress h\ntopic t\n"

static char *said;
static size_t said_len;

/* Reads a text; what is wrong with it is in `said`. */
static unsigned int read_bytes(const char *text, size_t len,
			       struct config *config)
{
	FILE *in = fmemopen((void *)text, len, "r"), *errors;
	unsigned int n;

	free(said);
	errors = open_memstream(&said, &said_len);
	assert_non_null(in);
	assert_non_null(errors);
	n = config_read(in, "f", config, errors);
	fclose(in);
	fclose(errors);
	return n;
}

static unsigned int read_text(const char *text, struct config *config)
{
	return read_bytes(text, strlen(text), config);
}

static void test_all_options(void **state)
{
	static const char text[] =
		"# a comment\n"
		"\n"
		"bridge_id me.1_2-3\r\n"
		"  status_socket\t/run/s \n"
		"metrics_file \"/var/a b.prom\"\n"
		"metrics_interval 3600\n"
		"drain_timeout 0\n"
		"keepalive_interval 10\n"
		"max_hops 3\n"
		"connection first\n"
		"address one [::1]:1884 two:65535\n"
		"topic a/#\n"
		"topic b/+ in 1 l/ r/\n"
		"topic \"\" both 0 here there\n"
		"topic c both 0 \"\" \"\" force\n"
		"topic \"with blank\" out 0 \"\" \"quote \\\" and \\\\/\"\n"
		"remote_clientid id\nremote_username me\n"
		"remote_password_file /p\nbridge_bind_address 127.0.0.1\n"
		"notification_topic s/t\nbridge_cafile ca\nbridge_capath cp\n"
		"bridge_certfile c\nbridge_keyfile k\n"
		"bridge_tls_version tlsv1.3\nbridge_alpn mqtt\n"
		"bridge_insecure true\ncleansession true\n"
		"notifications false\nsender_uid true\n"
		"restart_timeout 5 60\nsession_expiry 7\n"
		"max_queued_messages 1000000\nmax_queued_bytes 65536\n"
		"max_inflight_messages 1\nbridge_max_packet_size 16777216\n"
		"local_queue_bytes 4096\n"
		"connection second\naddress h\ntopic t in\nmax_hops 4\n"
		"restart_timeout 9\n";
	struct config c;
	const struct config_link *l;

	(void)state;
	assert_int_equal(read_text(text, &c), 0);
	assert_string_equal(said, "");
	assert_string_equal(c.id, "me.1_2-3");
	assert_string_equal(c.status_socket, "/run/s");
	assert_string_equal(c.metrics_file, "/var/a b.prom");
	assert_int_equal(c.metrics_interval, 3600);
	assert_int_equal(c.drain_timeout, 0);
	assert_int_equal(c.links_num, 2);

	l = &c.links[0];
	assert_string_equal(l->name, "first");
	assert_int_equal(l->addresses_num, 3);
	assert_string_equal(l->addresses[0].host, "one");
	assert_int_equal(l->addresses[0].port, 0);
	assert_string_equal(l->addresses[1].host, "::1");
	assert_int_equal(l->addresses[1].port, 1884);
	assert_int_equal(l->addresses[2].port, 65535);
	assert_int_equal(l->rules_num, 5);
	assert_int_equal(l->rules[0].direction, RULE_OUT);
	assert_int_equal(l->rules[0].qos, 0);
	assert_string_equal(l->rules[0].local, "a/#");
	assert_string_equal(l->rules[0].remote, "a/#");
	assert_int_equal(l->rules[1].direction, RULE_IN);
	assert_int_equal(l->rules[1].qos, 1);
	assert_string_equal(l->rules[1].local, "l/b/+");
	assert_string_equal(l->rules[1].remote, "r/b/+");
	assert_string_equal(l->rules[2].local, "here");
	assert_string_equal(l->rules[2].remote, "there");
	assert_int_equal(l->rules[3].direction, RULE_BOTH);
	assert_string_equal(l->rules[4].local, "with blank");
	assert_string_equal(l->rules[4].remote, "quote \" and \\/with blank");
	assert_string_equal(l->clientid, "id");
	assert_string_equal(l->username, "me");
	assert_string_equal(l->password_file, "/p");
	assert_string_equal(l->bind_address, "127.0.0.1");
	assert_string_equal(l->state_topic, "s/t");
	assert_string_equal(l->cafile, "ca");
	assert_string_equal(l->capath, "cp");
	assert_string_equal(l->certfile, "c");
	assert_string_equal(l->keyfile, "k");
	assert_string_equal(l->tls_version, "tlsv1.3");
	assert_string_equal(l->alpn, "mqtt");
	assert_true(l->insecure && l->clean && l->sender_uid);
	assert_false(l->notifications);
	assert_int_equal(l->restart_base, 5);
	assert_int_equal(l->restart_cap, 60);
	assert_int_equal(l->session_expiry, 7);
	assert_int_equal(l->queued_messages, 1000000);
	assert_int_equal(l->queued_bytes, 65536);
	assert_int_equal(l->inflight, 1);
	assert_int_equal(l->packet_size, 16 << 20);
	assert_int_equal(l->local_queue, 4096);
	assert_int_equal(l->keepalive, 10);
	assert_int_equal(l->max_hops, 3);

	/* The second has what stood in front, and its own. */
	l = &c.links[1];
	assert_int_equal(l->keepalive, 10);
	assert_int_equal(l->max_hops, 4);
	assert_int_equal(l->restart_base, 9);
	assert_int_equal(l->restart_cap, 9);
	assert_int_equal(l->queued_messages, 1000);
	assert_true(l->notifications);
	assert_null(l->clientid);
	config_free(&c);
}

static void test_defaults(void **state)
{
	const struct config_link *l;
	struct config c;

	(void)state;
	assert_int_equal(read_text(LINK, &c), 0);
	l = &c.links[0];
	assert_null(c.id);
	assert_null(c.metrics_file);
	assert_string_equal(c.status_socket, "/run/nlbroker-mqtt/status.sock");
	assert_int_equal(c.metrics_interval, 15);
	assert_int_equal(c.drain_timeout, 5);
	assert_int_equal(l->keepalive, 60);
	assert_int_equal(l->restart_base, 1);
	assert_int_equal(l->restart_cap, 30);
	assert_int_equal(l->session_expiry, 3600);
	assert_int_equal(l->queued_messages, 1000);
	assert_int_equal(l->queued_bytes, 8388608);
	assert_int_equal(l->inflight, 100);
	assert_int_equal(l->packet_size, 1048576);
	assert_int_equal(l->local_queue, 4194304);
	assert_int_equal(l->max_hops, 8);
	assert_true(l->notifications);
	assert_false(l->clean || l->sender_uid || l->insecure);
	assert_false(config_link_tls(l));

	config_link_complete(&c.links[0], "host-1");
	assert_string_equal(l->clientid, "a.host-1");
	assert_string_equal(l->state_topic, "nlbroker-mqtt/a.host-1/state");
	config_free(&c);
}

/* A text, and what is said of it. */
static const struct {
	const char *text;
	const char *want;
} wrong[] = {
	{ "", "f:0: there is no connection\n" },
	{ "# nothing\n", "f:1: there is no connection\n" },
	{ "connection a\n", "f:1: connection a has no address\n"
			    "f:1: connection a has no topic\n" },
	{ "connection\n" LINK, "f:1: connection: has to have one name\n"
			       "f:1: connection ? has no address\n"
			       "f:1: connection ? has no topic\n" },
	{ LINK LINK, "f:4: connection: 'a' is there twice\n" },
	{ "connection a/b\naddress h\ntopic t\n",
	  "f:1: connection: 'a/b' may have letters, digits, '.', '_', '-' only\n" },
	{ LINK "nonsense 1\n", "f:4: option: 'nonsense' is not known\n" },
	{ LINK "esc\033 1\n", "f:4: option: 'esc\\x1b' is not known\n" },
	{ LINK "start_type lazy\n",
	  "f:4: start_type: a connection is always begun, and kept\n" },
	{ LINK "remote_password secret\n",
	  "f:4: remote_password: a password stands in a file: remote_password_file\n" },
	{ "topic t\n" LINK,
	  "f:1: topic: belongs to a connection, and none has begun\n" },
	{ "bridge_cafile t\n" LINK,
	  "f:1: bridge_cafile: belongs to a connection, and none has begun\n" },
	{ LINK "bridge_id t\n",
	  "f:4: bridge_id: has to stand in front of the first connection\n" },
	{ LINK "max_hops\n", "f:4: max_hops: has no value\n" },
	{ LINK "max_hops 1 2\n", "f:4: max_hops: has more than one value\n" },
	{ LINK "max_hops 1\nmax_hops 2\n",
	  "f:5: max_hops: was there in line 4 already\n" },
	{ LINK "address i\n", "f:4: address: was there in line 2 already\n" },
	{ LINK "keepalive_interval soon\n",
	  "f:4: keepalive_interval: 'soon' is not a number, 5 to 65535\n" },
	{ LINK "keepalive_interval 4\n",
	  "f:4: keepalive_interval: '4' is not a number, 5 to 65535\n" },
	{ LINK "keepalive_interval 65536\n",
	  "f:4: keepalive_interval: '65536' is not a number, 5 to 65535\n" },
	{ LINK "keepalive_interval -5\n",
	  "f:4: keepalive_interval: '-5' is not a number, 5 to 65535\n" },
	{ LINK "max_hops 99999999999999999999999\n",
	  "f:4: max_hops: '99999999999999999999999' is not a number, 1 to 255\n" },
	{ LINK "cleansession yes\n",
	  "f:4: cleansession: 'yes' is neither true nor false\n" },
	{ LINK "remote_username \"\"\n",
	  "f:4: remote_username: '' is empty\n" },
	{ LINK "notification_topic a/#\n",
	  "f:4: notification_topic: 'a/#' is not a topic\n" },
	{ LINK "bridge_cafile x\nbridge_tls_version tlsv1.1\n",
	  "f:5: bridge_tls_version: 'tlsv1.1' is neither tlsv1.2 nor tlsv1.3\n" },
	{ LINK "restart_timeout\n",
	  "f:4: restart_timeout: has one or two values\n" },
	{ LINK "restart_timeout 5 4\n",
	  "f:4: restart_timeout: the second is less than the first\n" },
	{ LINK "restart_timeout 0\n",
	  "f:4: restart_timeout: '0' is not a number, 1 to 3600\n" },
	{ LINK "remote_password_file p\n",
	  "f:1: connection a has remote_password_file and no remote_username\n" },
	{ LINK "bridge_cafile x\nbridge_keyfile p\n",
	  "f:1: connection a has one of bridge_certfile and bridge_keyfile\n" },
	{ LINK "bridge_insecure true\n",
	  "f:1: connection a needs bridge_cafile or bridge_capath for TLS\n" },
	{ LINK "remote_username \"a\n", "f:4: a quote has no end\n" },
	{ LINK "remote_username \"a\"b\n",
	  "f:4: a blank is needed behind a quote\n" },
	{ LINK "remote_username a\"b\"\n", "f:4: a quote within a word\n" },
	{ LINK "topic 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
	  "f:4: too many words\n" },
	{ LINK "remote_username \xff\n", "f:4: a line is not UTF-8\n" },
	{ "connection a\naddress\ntopic t\n", "f:2: address: has no value\n" },
	{ "connection a\naddress h:x\ntopic t\n",
	  "f:2: address: 'h:x' has a port that is not a number, 1 to 65535\n" },
	{ "connection a\naddress h:0\ntopic t\n",
	  "f:2: address: 'h:0' has a port that is not a number, 1 to 65535\n" },
	{ "connection a\naddress ::1\ntopic t\n",
	  "f:2: address: '::1' is an IPv6 address without brackets\n" },
	{ "connection a\naddress [::1\ntopic t\n",
	  "f:2: address: '[::1' has a bracket that is not closed\n" },
	{ "connection a\naddress :1\ntopic t\n",
	  "f:2: address: ':1' has no host, or one that is too long\n" },
	{ "connection a\naddress 1 2 3 4 5 6 7 8 9\ntopic t\n",
	  "f:2: address: more than 8\n" },
	{ LINK "topic\n", "f:4: topic: has no pattern\n" },
	{ LINK "topic a up\n",
	  "f:4: topic: the direction is one of in, out, both\n" },
	{ LINK "topic a in 3\n", "f:4: topic: the QoS is 0 or 1\n" },
	{ LINK "topic a in 2\n",
	  "f:4: topic: QoS 2 is not offered: nlbroker has no exactly once; use 1\n" },
	{ LINK "topic a in 1 l r more\n",
	  "f:4: topic: has more than pattern, direction, QoS and two prefixes\n" },
	{ LINK "topic # both\n",
	  "f:4: topic: the same names on both sides can make loops: add 'force'\n" },
	{ LINK "topic # both 0 x/ x/\n",
	  "f:4: topic: the same names on both sides can make loops: add 'force'\n" },
	{ LINK "topic \"\" out 0 l\n",
	  "f:4: topic: without a pattern, both prefixes are needed\n" },
	{ LINK "topic a out 0 +/\n",
	  "f:4: topic: a prefix has no wildcards\n" },
	{ LINK "topic a#\nkeepalive_interval x\n", NULL },
};

static void test_wrong(void **state)
{
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_true(read_text(wrong[i].text, &c) > 0);
		if (wrong[i].want)
			assert_string_equal(said, wrong[i].want);
		assert_null(c.links);
	}
	/* All of a file's. */
	assert_non_null(strstr(said, "f:4: topic: "));
	assert_non_null(strstr(said, "f:5: keepalive_interval: "));
}

static void test_bytes(void **state)
{
	static const char nul[] = LINK "remote_username a\0b\n";
	char longest[5000] = LINK "# ";
	struct config c;

	(void)state;
	assert_int_equal(read_bytes(nul, sizeof(nul) - 1, &c), 1);
	assert_string_equal(said, "f:4: a line has a NUL\n");

	memset(longest + strlen(LINK) + 2, 'x', 4094);
	assert_int_equal(read_text(longest, &c), 0);
	config_free(&c);
	strcat(longest, "x");
	assert_int_equal(read_text(longest, &c), 1);
	assert_string_equal(said, "f:4: a line has more than 4096 bytes\n");
}

static void test_many(void **state)
{
	struct config c;
	char text[70 * 64];
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < 64; i++)
		n += (size_t)sprintf(
			text + n, "connection c%zu\naddress h\ntopic t\n", i);
	assert_int_equal(read_text(text, &c), 0);
	assert_int_equal(c.links_num, 64);
	config_free(&c);
	sprintf(text + n, "connection one\naddress h\ntopic t\n");
	assert_int_equal(read_text(text, &c), 1);
	assert_string_equal(said, "f:193: connection: more than 64\n");
}

static void test_same(void **state)
{
	static const char *const changes[] = {
		"max_hops 9\n",
		"topic u\n",
		"remote_username u\n",
		"bridge_cafile x\n",
		"cleansession true\n",
		"keepalive_interval 9\n",
		"restart_timeout 2\n",
		"sender_uid true\n",
		"local_queue_bytes 5000\n",
		"notification_topic s\n",
	};
	struct config a, b;
	char text[200];
	size_t i;

	(void)state;
	assert_int_equal(read_text(LINK, &a), 0);
	/* Where it stands, and what is the same as without it. */
	assert_int_equal(read_text("\n" LINK "max_hops 8\n", &b), 0);
	assert_true(config_link_same(&a.links[0], &b.links[0]));
	config_free(&b);
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		snprintf(text, sizeof(text), "%s%s", LINK, changes[i]);
		assert_int_equal(read_text(text, &b), 0);
		assert_false(config_link_same(&a.links[0], &b.links[0]));
		config_free(&b);
	}
	assert_int_equal(read_text("connection a\naddress h i\ntopic t\n", &b),
			 0);
	assert_false(config_link_same(&a.links[0], &b.links[0]));
	config_free(&b);
	config_free(&a);
}

static int forget(void **state)
{
	(void)state;
	free(said);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_options),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, forget);
}
