// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections of a configuration: compared, moved, freed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "mem.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_addresses(const struct config_link *a,
			   const struct config_link *b)
{
	size_t i;

	for (i = 0; i < a->addresses_num && i < b->addresses_num; i++)
		if (a->addresses[i].port != b->addresses[i].port ||
		    strcmp(a->addresses[i].host, b->addresses[i].host) != 0)
			return false;
	return a->addresses_num == b->addresses_num;
}

static bool same_rules(const struct config_link *a, const struct config_link *b)
{
	size_t i;

	for (i = 0; i < a->rules_num && i < b->rules_num; i++)
		if (!rule_same(&a->rules[i], &b->rules[i]))
			return false;
	return a->rules_num == b->rules_num;
}

static bool same_texts(const struct config_link *a, const struct config_link *b)
{
	return same_text(a->name, b->name) &&
	       same_text(a->clientid, b->clientid) &&
	       same_text(a->username, b->username) &&
	       same_text(a->password_file, b->password_file) &&
	       same_text(a->bind_address, b->bind_address) &&
	       same_text(a->state_topic, b->state_topic) &&
	       same_text(a->cafile, b->cafile) &&
	       same_text(a->capath, b->capath) &&
	       same_text(a->certfile, b->certfile) &&
	       same_text(a->keyfile, b->keyfile) &&
	       same_text(a->tls_version, b->tls_version) &&
	       same_text(a->alpn, b->alpn);
}

static bool same_numbers(const struct config_link *a,
			 const struct config_link *b)
{
	return a->insecure == b->insecure && a->clean == b->clean &&
	       a->notifications == b->notifications &&
	       a->sender_uid == b->sender_uid && a->keepalive == b->keepalive &&
	       a->restart_base == b->restart_base &&
	       a->restart_cap == b->restart_cap &&
	       a->session_expiry == b->session_expiry &&
	       a->queued_messages == b->queued_messages &&
	       a->queued_bytes == b->queued_bytes &&
	       a->inflight == b->inflight && a->packet_size == b->packet_size &&
	       a->local_queue == b->local_queue && a->max_hops == b->max_hops;
}

bool config_link_same(const struct config_link *a, const struct config_link *b)
{
	return same_texts(a, b) && same_numbers(a, b) && same_addresses(a, b) &&
	       same_rules(a, b);
}

void config_link_complete(struct config_link *link, const char *id)
{
	static const char topic[] = "nlbroker-mqtt/%s/state";
	size_t size;

	if (!link->clientid) {
		size = strlen(link->name) + strlen(id) + 2;
		link->clientid = mem_zero(1, size);
		snprintf(link->clientid, size, "%s.%s", link->name, id);
	}
	if (!link->state_topic) {
		size = strlen(link->clientid) + sizeof(topic);
		link->state_topic = mem_zero(1, size);
		snprintf(link->state_topic, size, topic, link->clientid);
	}
}

bool config_link_tls(const struct config_link *link)
{
	return link->cafile || link->capath;
}

void config_link_move(struct config_link *to, struct config_link *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

void config_link_free(struct config_link *link)
{
	size_t i;

	for (i = 0; i < link->addresses_num; i++)
		free(link->addresses[i].host);
	for (i = 0; i < link->rules_num; i++)
		rule_free(&link->rules[i]);
	free(link->rules);
	free(link->name);
	free(link->clientid);
	free(link->username);
	free(link->password_file);
	free(link->bind_address);
	free(link->state_topic);
	free(link->cafile);
	free(link->capath);
	free(link->certfile);
	free(link->keyfile);
	free(link->tls_version);
	free(link->alpn);
	memset(link, 0, sizeof(*link));
}

void config_free(struct config *config)
{
	size_t i;

	for (i = 0; i < config->links_num; i++)
		config_link_free(&config->links[i]);
	free(config->links);
	free(config->id);
	free(config->status_socket);
	free(config->metrics_file);
	memset(config, 0, sizeof(*config));
}
