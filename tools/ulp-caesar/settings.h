/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ulp-caesar run` is told, and tells the preload object in the environment.
 * Both read it with the functions here, which allocate nothing and leave errno
 * alone: the preload object runs in other people's programs.
 */
#ifndef ULP_CAESAR_SETTINGS_H
#define ULP_CAESAR_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <sockmods/ulp_caesar.h>

#define SETTINGS_KEY "ULP_CAESAR_KEY"
#define SETTINGS_ONLY "ULP_CAESAR_ONLY"
#define SETTINGS_PORTS "ULP_CAESAR_PORTS"

/* Values of SETTINGS_ONLY. */
#define SETTINGS_CLIENT "client"
#define SETTINGS_SERVER "server"

#define SETTINGS_PORTS_MAX 32

/**
 * struct settings_ports - a set of ports
 * @range: from the first to the last, both included
 * @range.first: host order
 * @range.last: host order
 * @count: how many ranges
 */
struct settings_ports {
	struct {
		uint16_t first;
		uint16_t last;
	} range[SETTINGS_PORTS_MAX];
	unsigned int count;
};

/**
 * settings_key() - read a key, "N" or "TX:RX"
 * @text: decimal numbers, from INT32_MIN to UINT32_MAX
 * @key: the keys, when 0 is returned
 *
 * Return: 0; -EINVAL when @text isn't a key; -ERANGE when a number is too large.
 */
int settings_key(const char *text, struct caesar_key *key);

/**
 * settings_ports() - add ports to a set, "N", "A-B", or several with commas
 * @text: decimal numbers, from 1 to 65535
 * @ports: the set
 *
 * Return: 0; -EINVAL when @text isn't that; -ERANGE when a number is too large, 0,
 * or less than the one before it in a range; -E2BIG when there are too many.
 */
int settings_ports(const char *text, struct settings_ports *ports);

/**
 * settings_has_port() - is a port in a set?
 * @ports: the set; an empty one has every port
 * @port: host order
 *
 * Return: true if it is.
 */
bool settings_has_port(const struct settings_ports *ports, uint16_t port);

#endif
