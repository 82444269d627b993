/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlbroker-mqtt.conf(5), read. */
#ifndef NLBROKER_MQTT_CONFIG_H
#define NLBROKER_MQTT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rule.h"

/** CONFIG_PATH - where it is if nobody says. */
#define CONFIG_PATH "/etc/nlbroker-mqtt/nlbroker-mqtt.conf"

#define CONFIG_CONNECTIONS_MAX 64
#define CONFIG_RULES_MAX 256
#define CONFIG_ADDRESSES_MAX 8
#define CONFIG_NAME_MAX 64

/**
 * struct config_address - where an MQTT broker is
 * @host: name or number
 * @port: 0: the usual one
 */
struct config_address {
	char *host;
	uint16_t port;
};

/**
 * struct config_link - a connection, and what holds for it; text is NULL where
 * nothing was said
 * @name: its name
 * @line: where it begins
 * @addresses: where the broker is
 * @addresses_num: how many
 * @rules: what is bridged
 * @rules_num: how many
 * @clientid: client id
 * @username: to log in with
 * @password_file: what has the password
 * @bind_address: to connect from
 * @state_topic: where its state is published
 * @cafile: certificates of authorities; with it or @capath there is TLS
 * @capath: likewise, a directory
 * @certfile: this client's certificate
 * @keyfile: its key
 * @tls_version: or NULL
 * @alpn: or NULL
 * @insecure: take a certificate of another name
 * @clean: no session is kept at the broker
 * @notifications: publish the state
 * @sender_uid: tell the broker who has published
 * @keepalive: seconds
 * @restart_base: least seconds between attempts
 * @restart_cap: most
 * @session_expiry: seconds
 * @queued_messages: most messages that wait
 * @queued_bytes: most bytes that wait
 * @inflight: most messages without an acknowledgement
 * @packet_size: longest packet from the broker
 * @local_queue: bytes of nlbroker's queue
 * @max_hops: most bridges that a message has been through
 */
struct config_link {
	char *name;
	unsigned int line;
	struct config_address addresses[CONFIG_ADDRESSES_MAX];
	size_t addresses_num;
	struct rule *rules;
	size_t rules_num;
	char *clientid;
	char *username;
	char *password_file;
	char *bind_address;
	char *state_topic;
	char *cafile;
	char *capath;
	char *certfile;
	char *keyfile;
	char *tls_version;
	char *alpn;
	bool insecure;
	bool clean;
	bool notifications;
	bool sender_uid;
	uint32_t keepalive;
	uint32_t restart_base;
	uint32_t restart_cap;
	uint32_t session_expiry;
	uint32_t queued_messages;
	uint32_t queued_bytes;
	uint32_t inflight;
	uint32_t packet_size;
	uint32_t local_queue;
	uint32_t max_hops;
};

/**
 * struct config - all of it
 * @links: the connections
 * @links_num: how many
 * @id: who this bridge is; NULL: not said
 * @status_socket: where status is told
 * @metrics_file: where counters are written, or NULL
 * @metrics_interval: seconds
 * @drain_timeout: seconds
 */
struct config {
	struct config_link *links;
	size_t links_num;
	char *id;
	char *status_socket;
	char *metrics_file;
	uint32_t metrics_interval;
	uint32_t drain_timeout;
};

/**
 * config_read() - read a configuration
 * @file: open for reading
 * @path: its name, for errors
 * @config: filled in, when 0 is returned; to be freed with config_free()
 * @errors: where errors are written to, as "FILE:LINE: REASON"
 *
 * Return: how many errors there are.
 */
unsigned int config_read(FILE *file, const char *path, struct config *config,
			 FILE *errors);

/**
 * config_free() - free what a configuration has
 * @config: the configuration
 */
void config_free(struct config *config);

/**
 * config_link_same() - does a connection stay as it is?
 * @a: the one
 * @b: the other
 *
 * Return: true if all options are the same.
 */
bool config_link_same(const struct config_link *a, const struct config_link *b);

/**
 * config_link_complete() - make up what a connection leaves to be made up
 * @link: the connection
 * @id: who this bridge is
 */
void config_link_complete(struct config_link *link, const char *id);

/**
 * config_link_tls() - does a connection use TLS?
 * @link: the connection
 *
 * Return: true if it does.
 */
bool config_link_tls(const struct config_link *link);

/**
 * config_link_move() - take a connection out of a configuration
 * @to: takes what it has
 * @from: has nothing then
 */
void config_link_move(struct config_link *to, struct config_link *from);

/**
 * config_link_free() - free what a connection has
 * @link: the connection
 */
void config_link_free(struct config_link *link);

/**
 * config_split() - take a line apart
 * @line: the line without its newline; overwritten
 * @words: where the words are put
 * @max: how many there may be
 * @count: how many there are, when NULL is returned
 *
 * Return: NULL, or what is wrong, a sentence that is constant.
 */
const char *config_split(char *line, char **words, size_t max, size_t *count);

#endif
