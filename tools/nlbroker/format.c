// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "jsonl.h"
#include "num.h"
#include "text.h"

/* What may follow a % or a backslash. */
static const char percents[] = "tpxlrsugPnUIj%";
static const char creds[] = "ugPnUIj";
static const char escapes[] = "0aenrtv\\";
static const char escaped[] = "\0\a\033\n\r\t\v\\";

const char *format_fault(const char *format)
{
	for (; *format; format++) {
		const char *known = *format == '%'  ? percents :
				    *format == '\\' ? escapes :
						      NULL;

		if (!known)
			continue;
		/* The end of the text is in no list, though strchr() finds it. */
		if (!format[1] || !strchr(known, format[1]))
			return format;
		format++;
	}
	return NULL;
}

bool format_creds(const char *format)
{
	for (; *format; format++) {
		if (*format == '%' && strchr(creds, format[1]))
			return true;
		if (*format == '%' || *format == '\\')
			format++;
	}
	return false;
}

void format_bytes(FILE *out, const void *bytes, size_t len, bool safe)
{
	char *text;

	if (!safe) {
		fwrite(bytes, 1, len, out);
		return;
	}
	text = text_escape(bytes, len);
	fputs(text, out);
	free(text);
}

struct json_object *format_json(const struct nlbroker_message *m)
{
	struct json_object *o = jsonl_begin("message");

	jsonl_text(o, "topic", m->topic, strlen(m->topic));
	jsonl_uint(o, "seq", m->seq);
	json_object_object_add(o, "retained",
			       json_object_new_boolean(m->retained));
	if (m->has_creds) {
		jsonl_uint(o, "portid", m->portid);
		jsonl_uint(o, "pid", m->pid);
		jsonl_uint(o, "uid", m->uid);
		jsonl_uint(o, "gid", m->gid);
		jsonl_uint(o, "time_ns", m->time);
	}
	jsonl_uint(o, "bytes", m->len);
	jsonl_text(o, "payload", m->payload, m->len);
	return o;
}

/* When it was published, in UTC. */
static void print_time(FILE *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NUM_NS_PER_S);
	unsigned int us = (unsigned int)(ns % NUM_NS_PER_S / 1000);
	char text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "%s.%06uZ", text, us);
}

static void print_percent(FILE *out, char what,
			  const struct nlbroker_message *m, bool safe)
{
	struct json_object *o;
	char *hex;

	switch (what) {
	case 't':
		format_bytes(out, m->topic, strlen(m->topic), safe);
		break;
	case 'p':
		format_bytes(out, m->payload, m->len, safe);
		break;
	case 'x':
		hex = text_hex(m->payload, m->len);
		fputs(hex, out);
		free(hex);
		break;
	case 'l':
		fprintf(out, "%zu", m->len);
		break;
	case 'r':
		fputc(m->retained ? '1' : '0', out);
		break;
	case 's':
		fprintf(out, "%" PRIu64, m->seq);
		break;
	case 'u':
		fprintf(out, "%" PRIu32, m->uid);
		break;
	case 'g':
		fprintf(out, "%" PRIu32, m->gid);
		break;
	case 'P':
		fprintf(out, "%" PRIu32, m->pid);
		break;
	case 'n':
		fprintf(out, "%" PRIu32, m->portid);
		break;
	case 'U':
		fprintf(out, "%llu.%09llu", m->time / NUM_NS_PER_S,
			m->time % NUM_NS_PER_S);
		break;
	case 'I':
		print_time(out, m->time);
		break;
	case 'j':
		o = format_json(m);
		jsonl_write(out, o);
		json_object_put(o);
		break;
	case '%':
		fputc('%', out);
		break;
	}
}

void format_print(FILE *out, const char *format,
		  const struct nlbroker_message *m, bool safe)
{
	for (; *format; format++) {
		if (*format == '%')
			print_percent(out, *++format, m, safe);
		else if (*format == '\\')
			fputc(escaped[strchr(escapes, *++format) - escapes],
			      out);
		else
			fputc(*format, out);
	}
}
