// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration, line by line. An option is a row of a table, so that each has
 * one place where its name, its kind and its bounds stand.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>

#include "config.h"
#include "config-topic.h"
#include "mem.h"
#include "num.h"
#include "text.h"

#define LINE_MAX_BYTES 4096
#define WORDS_MAX 16

/**
 * enum kind - what an option's value is
 * @KIND_NUMBER: from row.min to row.max, a uint32_t
 * @KIND_BOOL: true or false
 * @KIND_TEXT: any text that isn't empty
 * @KIND_NAME: letters, digits, and ``._-``
 * @KIND_TOPIC: a topic that can be published to
 * @KIND_VERSION: of TLS
 */
enum kind {
	KIND_NUMBER,
	KIND_BOOL,
	KIND_TEXT,
	KIND_NAME,
	KIND_TOPIC,
	KIND_VERSION,
};

/**
 * enum where - where an option may be
 * @IN_LINK: in a connection
 * @IN_BOTH: there, and in front of all, as their default
 * @IN_DAEMON: in front of all
 */
enum where {
	IN_LINK,
	IN_BOTH,
	IN_DAEMON,
};

/**
 * struct row - an option with one value
 * @name: its name
 * @where: where it may be
 * @kind: what it takes
 * @offset: of the member, in struct config_link or struct config
 * @min: least number
 * @max: greatest; of text, most bytes
 */
struct row {
	const char *name;
	enum where where;
	enum kind kind;
	size_t offset;
	uint32_t min;
	uint32_t max;
};

#define LINK(member) offsetof(struct config_link, member)
#define DAEMON(member) offsetof(struct config, member)

/* clang-format off */
static const struct row rows[] = {
	{ "remote_clientid", IN_LINK, KIND_TEXT, LINK(clientid), 0, 256 },
	{ "remote_username", IN_LINK, KIND_TEXT, LINK(username), 0, 1024 },
	{ "remote_password_file", IN_LINK, KIND_TEXT, LINK(password_file), 0, 4095 },
	{ "bridge_bind_address", IN_LINK, KIND_TEXT, LINK(bind_address), 0, 255 },
	{ "notification_topic", IN_LINK, KIND_TOPIC, LINK(state_topic), 0, RULE_TOPIC_MAX - 1 },
	{ "bridge_cafile", IN_LINK, KIND_TEXT, LINK(cafile), 0, 4095 },
	{ "bridge_capath", IN_LINK, KIND_TEXT, LINK(capath), 0, 4095 },
	{ "bridge_certfile", IN_LINK, KIND_TEXT, LINK(certfile), 0, 4095 },
	{ "bridge_keyfile", IN_LINK, KIND_TEXT, LINK(keyfile), 0, 4095 },
	{ "bridge_tls_version", IN_LINK, KIND_VERSION, LINK(tls_version), 0, 16 },
	{ "bridge_alpn", IN_LINK, KIND_TEXT, LINK(alpn), 0, 255 },
	{ "bridge_insecure", IN_LINK, KIND_BOOL, LINK(insecure), 0, 0 },
	{ "cleansession", IN_BOTH, KIND_BOOL, LINK(clean), 0, 0 },
	{ "notifications", IN_BOTH, KIND_BOOL, LINK(notifications), 0, 0 },
	{ "sender_uid", IN_BOTH, KIND_BOOL, LINK(sender_uid), 0, 0 },
	{ "keepalive_interval", IN_BOTH, KIND_NUMBER, LINK(keepalive), 5, 65535 },
	{ "session_expiry", IN_BOTH, KIND_NUMBER, LINK(session_expiry), 1, UINT32_MAX - 1 },
	{ "max_queued_messages", IN_BOTH, KIND_NUMBER, LINK(queued_messages), 1, 1000000 },
	{ "max_queued_bytes", IN_BOTH, KIND_NUMBER, LINK(queued_bytes), 65536, 1 << 30 },
	{ "max_inflight_messages", IN_BOTH, KIND_NUMBER, LINK(inflight), 1, 1000 },
	{ "bridge_max_packet_size", IN_BOTH, KIND_NUMBER, LINK(packet_size), 65536, 16 << 20 },
	{ "local_queue_bytes", IN_BOTH, KIND_NUMBER, LINK(local_queue), 4096, 1 << 30 },
	{ "max_hops", IN_BOTH, KIND_NUMBER, LINK(max_hops), 1, 255 },
	{ "bridge_id", IN_DAEMON, KIND_NAME, DAEMON(id), 0, CONFIG_NAME_MAX },
	{ "status_socket", IN_DAEMON, KIND_TEXT, DAEMON(status_socket), 0, 107 },
	{ "metrics_file", IN_DAEMON, KIND_TEXT, DAEMON(metrics_file), 0, 4000 },
	{ "metrics_interval", IN_DAEMON, KIND_NUMBER, DAEMON(metrics_interval), 1, 3600 },
	{ "drain_timeout", IN_DAEMON, KIND_NUMBER, DAEMON(drain_timeout), 0, 300 },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(*rows))

/* Options with their own grammar; their places among those that were seen. */
enum special { SEEN_ADDRESS = ROWS, SEEN_RESTART, SEEN_TOPIC, SEEN_NUM };

/* What people may bring along from mosquitto.conf, and why it isn't here. */
static const struct {
	const char *name;
	const char *text;
} others[] = {
	{ "addresses", "it is called address" },
	{ "clientid", "it is called remote_clientid" },
	{ "username", "it is called remote_username" },
	{ "password", "a password stands in a file: remote_password_file" },
	{ "remote_password",
	  "a password stands in a file: remote_password_file" },
	{ "bridge_protocol_version", "only MQTT 5 is spoken" },
	{ "start_type", "a connection is always begun, and kept" },
	{ "round_robin", "of several addresses the next one is tried" },
	{ "try_private", "the options of MQTT 5 are used instead" },
	{ "local_username", "the local broker knows who this is" },
	{ "local_password", "the local broker knows who this is" },
	{ "local_clientid", "the local broker knows who this is" },
	{ "bridge_psk", "keys that both sides know are not offered" },
	{ "bridge_identity", "keys that both sides know are not offered" },
};

/**
 * struct reader - a configuration being read
 * @config: what has been read
 * @defaults: what was in front of the first connection
 * @link: the connection, or NULL
 * @seen: line of each option; of the connection, or in front of the first
 * @path: of the file
 * @line: number of the line
 * @errors: where they go
 * @count: how many there were
 */
struct reader {
	struct config *config;
	struct config_link defaults;
	struct config_link *link;
	unsigned int seen[SEEN_NUM];
	const char *path;
	unsigned int line;
	FILE *errors;
	unsigned int count;
};

static void __attribute__((format(printf, 3, 4)))
fault_at(struct reader *r, unsigned int line, const char *fmt, ...)
{
	va_list args;

	r->count++;
	fprintf(r->errors, "%s:%u: ", r->path, line);
	va_start(args, fmt);
	vfprintf(r->errors, fmt, args);
	va_end(args);
	fputc('\n', r->errors);
}

#define fault(r, ...) fault_at(r, (r)->line, __VA_ARGS__)

/* About a value, which is shown as a terminal can bear it. */
static void fault_value(struct reader *r, const char *option, const char *value,
			const char *text)
{
	char *shown = text_escape(value, strlen(value));

	fault(r, "%s: '%s' %s", option, shown, text);
	free(shown);
}

/* A quoted word, from behind its quote. NULL when it has no end. */
static char *split_quoted(char *p, char **end)
{
	char *to = p, *start = p;

	while (*p && *p != '"') {
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		*to++ = *p++;
	}
	if (!*p)
		return NULL;
	*end = p + 1;
	*to = '\0';
	return start;
}

const char *config_split(char *line, char **words, size_t max, size_t *count)
{
	char *p = line + strspn(line, " \t");

	*count = 0;
	while (*p) {
		if (*count == max)
			return "too many words";
		if (*p == '"') {
			words[*count] = split_quoted(p + 1, &p);
			if (!words[*count])
				return "a quote has no end";
			if (*p && !strchr(" \t", *p))
				return "a blank is needed behind a quote";
		} else {
			words[*count] = p;
			p += strcspn(p, " \t\"");
			if (*p == '"')
				return "a quote within a word";
		}
		(*count)++;
		if (*p)
			*p++ = '\0';
		p += strspn(p, " \t");
	}
	return NULL;
}

static bool is_name(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	       strlen(text);
}

static void set_number(struct reader *r, const struct row *row, void *to,
		       const char *word)
{
	char text[64];
	uint64_t value;

	snprintf(text, sizeof(text), "is not a number, %u to %u", row->min,
		 row->max);
	if (num_u64(word, &value) || value < row->min || value > row->max)
		fault_value(r, row->name, word, text);
	else
		*(uint32_t *)to = (uint32_t)value;
}

static const char *text_fault(const struct row *row, const char *word)
{
	if (!*word)
		return "is empty";
	if (strlen(word) > row->max)
		return "is too long";
	if (row->kind == KIND_NAME && !is_name(word))
		return "may have letters, digits, '.', '_', '-' only";
	if (row->kind == KIND_TOPIC && mosquitto_pub_topic_check(word))
		return "is not a topic";
	if (row->kind == KIND_VERSION && strcmp(word, "tlsv1.2") != 0 &&
	    strcmp(word, "tlsv1.3") != 0)
		return "is neither tlsv1.2 nor tlsv1.3";
	return NULL;
}

static void set_text(struct reader *r, const struct row *row, void *to,
		     const char *word)
{
	const char *text = text_fault(row, word);
	char **member = to;

	if (text) {
		fault_value(r, row->name, word, text);
		return;
	}
	free(*member);
	*member = mem_string(word);
}

static void set_bool(struct reader *r, const struct row *row, void *to,
		     const char *word)
{
	if (!strcmp(word, "true"))
		*(bool *)to = true;
	else if (!strcmp(word, "false"))
		*(bool *)to = false;
	else
		fault_value(r, row->name, word, "is neither true nor false");
}

/* Notes that an option is there. False if it was before. */
static bool first_time(struct reader *r, size_t option, const char *name)
{
	if (r->seen[option])
		fault(r, "%s: was there in line %u already", name,
		      r->seen[option]);
	else
		r->seen[option] = r->line;
	return r->seen[option] == r->line;
}

/* Whether an option may be here. */
static bool in_place(struct reader *r, enum where where, const char *name)
{
	if (where == IN_LINK && !r->link)
		fault(r, "%s: belongs to a connection, and none has begun",
		      name);
	else if (where == IN_DAEMON && r->link)
		fault(r, "%s: has to stand in front of the first connection",
		      name);
	else
		return true;
	return false;
}

static void take_row(struct reader *r, const struct row *row, char **words,
		     size_t count)
{
	void *base = row->where == IN_DAEMON ? (void *)r->config :
		     r->link		     ? (void *)r->link :
					       (void *)&r->defaults;
	void *to = (char *)base + row->offset;

	if (!in_place(r, row->where, row->name) ||
	    !first_time(r, (size_t)(row - rows), row->name))
		return;
	if (count != 2) {
		fault(r, "%s: has %s", row->name,
		      count < 2 ? "no value" : "more than one value");
		return;
	}
	if (row->kind == KIND_NUMBER)
		set_number(r, row, to, words[1]);
	else if (row->kind == KIND_BOOL)
		set_bool(r, row, to, words[1]);
	else
		set_text(r, row, to, words[1]);
}

static void take_restart(struct reader *r, char **words, size_t count)
{
	static const struct row base = { .name = "restart_timeout",
					 .min = 1,
					 .max = 3600 };
	struct config_link *link = r->link ? r->link : &r->defaults;

	if (!first_time(r, SEEN_RESTART, base.name))
		return;
	if (count < 2 || count > 3) {
		fault(r, "%s: has one or two values", base.name);
		return;
	}
	set_number(r, &base, &link->restart_base, words[1]);
	link->restart_cap = link->restart_base;
	if (count == 3)
		set_number(r, &base, &link->restart_cap, words[2]);
	if (link->restart_cap < link->restart_base)
		fault(r, "%s: the second is less than the first", base.name);
}

static void take_address(struct reader *r, char **words, size_t count)
{
	const char *text;
	size_t i;

	if (!in_place(r, IN_LINK, words[0]) ||
	    !first_time(r, SEEN_ADDRESS, words[0]))
		return;
	if (count < 2)
		fault(r, "%s: has no value", words[0]);
	for (i = 1; i < count && i <= CONFIG_ADDRESSES_MAX; i++) {
		text = config_address(
			words[i], &r->link->addresses[r->link->addresses_num]);
		if (text)
			fault_value(r, words[0], words[i], text);
		else
			r->link->addresses_num++;
	}
	if (i < count)
		fault(r, "%s: more than %d", words[0], CONFIG_ADDRESSES_MAX);
}

static void take_topic(struct reader *r, char **words, size_t count)
{
	struct config_link *link = r->link;
	struct rule rule;
	const char *text;

	if (!in_place(r, IN_LINK, words[0]))
		return;
	r->seen[SEEN_TOPIC] = r->line;
	if (link->rules_num == CONFIG_RULES_MAX) {
		fault(r, "%s: more than %d", words[0], CONFIG_RULES_MAX);
		return;
	}
	text = config_topic(words, count, &rule);
	if (text) {
		fault(r, "%s: %s", words[0], text);
		return;
	}
	link->rules = mem_resize(link->rules,
				 (link->rules_num + 1) * sizeof(*link->rules));
	link->rules[link->rules_num++] = rule;
}

/* What a connection can't do without, and what doesn't go together. */
static void end_link(struct reader *r)
{
	const struct config_link *l = r->link;

	if (!l)
		return;
	if (!r->seen[SEEN_ADDRESS])
		fault_at(r, l->line, "connection %s has no address", l->name);
	if (!r->seen[SEEN_TOPIC])
		fault_at(r, l->line, "connection %s has no topic", l->name);
	if (l->password_file && !l->username)
		fault_at(
			r, l->line,
			"connection %s has remote_password_file and no remote_username",
			l->name);
	if (!l->certfile != !l->keyfile)
		fault_at(
			r, l->line,
			"connection %s has one of bridge_certfile and bridge_keyfile",
			l->name);
	if ((l->certfile || l->tls_version || l->alpn || l->insecure) &&
	    !config_link_tls(l))
		fault_at(
			r, l->line,
			"connection %s needs bridge_cafile or bridge_capath for TLS",
			l->name);
}

static bool link_exists(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < config->links_num; i++)
		if (!strcmp(config->links[i].name, name))
			return true;
	return false;
}

static void take_connection(struct reader *r, char **words, size_t count)
{
	static const struct row name = { .name = "connection",
					 .kind = KIND_NAME,
					 .max = CONFIG_NAME_MAX };
	struct config *config = r->config;

	end_link(r);
	config->links = mem_resize(config->links, (config->links_num +
						   1) * sizeof(*config->links));
	r->link = &config->links[config->links_num++];
	*r->link = r->defaults;
	r->link->line = r->line;
	memset(r->seen, 0, sizeof(r->seen));
	if (count == 2)
		set_text(r, &name, &r->link->name, words[1]);
	else
		fault(r, "connection: has to have one name");
	if (!r->link->name)
		r->link->name = mem_string("?");
	else if (link_exists(config, r->link->name))
		fault_value(r, "connection", r->link->name, "is there twice");
	if (config->links_num == CONFIG_CONNECTIONS_MAX + 1)
		fault(r, "connection: more than %d", CONFIG_CONNECTIONS_MAX);
}

static void unknown(struct reader *r, const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(others[i].name, word)) {
			fault(r, "%s: %s", word, others[i].text);
			return;
		}
	fault_value(r, "option", word, "is not known");
}

static void take_words(struct reader *r, char **words, size_t count)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].name, words[0])) {
			take_row(r, &rows[i], words, count);
			return;
		}
	if (!strcmp(words[0], "connection"))
		take_connection(r, words, count);
	else if (!strcmp(words[0], "address"))
		take_address(r, words, count);
	else if (!strcmp(words[0], "topic"))
		take_topic(r, words, count);
	else if (!strcmp(words[0], "restart_timeout"))
		take_restart(r, words, count);
	else
		unknown(r, words[0]);
}

static void take_line(struct reader *r, char *line, size_t len)
{
	char *words[WORDS_MAX];
	const char *text;
	size_t count;

	if (len && line[len - 1] == '\n')
		line[--len] = '\0';
	if (len && line[len - 1] == '\r')
		line[--len] = '\0';
	if (len > LINE_MAX_BYTES) {
		fault(r, "a line has more than %d bytes", LINE_MAX_BYTES);
	} else if (strlen(line) != len) {
		fault(r, "a line has a NUL");
	} else if (*line != '#') {
		if (!text_valid(line, len)) {
			fault(r, "a line is not UTF-8");
			return;
		}
		text = config_split(line, words, WORDS_MAX, &count);
		if (text)
			fault(r, "%s", text);
		else if (count)
			take_words(r, words, count);
	}
}

unsigned int config_read(FILE *file, const char *path, struct config *config,
			 FILE *errors)
{
	struct reader r = {
		.config = config,
		.defaults = {
			.notifications = true,
			.keepalive = 60,
			.restart_base = 1,
			.restart_cap = 30,
			.session_expiry = 3600,
			.queued_messages = 1000,
			.queued_bytes = 8 << 20,
			.inflight = 100,
			.packet_size = 1 << 20,
			.local_queue = 4 << 20,
			.max_hops = 8,
		},
		.path = path,
		.errors = errors,
	};
	size_t size = 0;
	char *line = NULL;
	ssize_t len;

	*config = (struct config){ .metrics_interval = 15, .drain_timeout = 5 };
	while ((len = getline(&line, &size, file)) >= 0) {
		r.line++;
		take_line(&r, line, (size_t)len);
	}
	if (ferror(file))
		fault(&r, "cannot be read: %s", strerror(errno));
	free(line);
	end_link(&r);
	if (!config->links_num && !r.count)
		fault(&r, "there is no connection");
	if (!config->status_socket)
		config->status_socket =
			mem_string("/run/nlbroker-mqtt/status.sock");
	if (r.count)
		config_free(config);
	return r.count;
}
