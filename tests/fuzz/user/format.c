// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How nlbroker sub prints a message: the first line is a format, the second one a
 * topic, the third one numbers; the rest is the payload.
 * sources: tools/nlbroker/format.c tools/lib/jsonl.c tools/lib/text.c tools/lib/mem.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/nlbroker/format.h"
#include "lib/fuzz.h"
#include "text.h"

static struct fuzz_output printed(const char *format,
				  const struct nlbroker_message *m, bool safe)
{
	fuzz_capture();
	format_print(stdout, format, m, safe);
	return fuzz_output(1);
}

/* What it is without its own control characters is harmless on a terminal. */
static void check_safe(const char *format, const struct nlbroker_message *m)
{
	const unsigned char *p = (const void *)format;

	for (; *p; p++)
		if (*p < ' ' || *p == '\\' || *p == 0x7f || *p == 0xc2)
			return;
	fuzz_harmless(printed(format, m, true));
}

static void check_faults(const char *format)
{
	const char *fault = format_fault(format), *p;
	char *before;
	bool right = true;

	for (p = format; *p && right; p++) {
		const char *known = *p == '%' ? "tpxlrsugPnUIj%" : "0aenrtv\\";

		if (*p == '%' || *p == '\\') {
			right = p[1] && strchr(known, p[1]);
			p += right;
		}
	}
	FUZZ_CHECK(right == !fault);
	if (!fault)
		return;
	FUZZ_CHECK(*fault == '%' || *fault == '\\');
	before = fuzz_string(format, (size_t)(fault - format));
	FUZZ_CHECK(!format_fault(before));
	free(before);
}

static void check_json(const struct nlbroker_message *m)
{
	struct fuzz_output out = printed("%j\n", m, false);
	struct json_object *o, *payload;
	bool is;

	/* \n of C, as a format has what it has. */
	fuzz_json_lines(out);
	fuzz_harmless(out);
	o = json_tokener_parse(out.text);
	is = json_object_object_get_ex(o, "payload", &payload);
	FUZZ_CHECK(is);
	if (text_valid(m->payload, m->len))
		FUZZ_CHECK((size_t)json_object_get_string_len(payload) ==
				   m->len &&
			   !memcmp(json_object_get_string(payload), m->payload,
				   m->len));
	json_object_put(o);
}

/* The parts that have no format of their own. */
static void check_bytes(const struct nlbroker_message *m)
{
	struct fuzz_output out = printed("%p", m, false);

	FUZZ_CHECK(out.len == m->len && !memcmp(out.text, m->payload, m->len));
	out = printed("%x", m, true);
	FUZZ_CHECK(out.len == 2 * m->len);
	out = printed("%t", m, false);
	FUZZ_CHECK(!strcmp(out.text, m->topic));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *format = fuzz_line(&data, &size);
	char *topic = fuzz_line(&data, &size);
	char *numbers = fuzz_line(&data, &size);
	char *payload = fuzz_copy(data, size);
	struct nlbroker_message m = {
		.kind = NLBROKER_MESSAGE,
		.topic = topic,
		.payload = payload,
		.len = size,
		.has_creds = strchr(numbers, 'c'),
		.retained = strchr(numbers, 'r'),
	};
	size_t i;

	for (i = 0; numbers[i]; i++)
		m.seq = m.seq * 257 + (unsigned char)numbers[i];
	m.portid = (uint32_t)(m.seq >> 7);
	m.pid = (uint32_t)(m.seq >> 13);
	m.uid = (uint32_t)(m.seq >> 19);
	m.gid = (uint32_t)(m.seq >> 23);
	m.time = m.seq * 1000000007;
	check_faults(format);
	if (!format_fault(format)) {
		/* Every one that shows these is told apart. */
		if (strpbrk(format, "ugPnUIj") == NULL)
			FUZZ_CHECK(!format_creds(format));
		printed(format, &m, false);
		check_safe(format, &m);
	}
	check_json(&m);
	check_bytes(&m);
	free(format);
	free(topic);
	free(numbers);
	free(payload);
	return 0;
}
