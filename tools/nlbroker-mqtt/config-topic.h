/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a connection that have a grammar of their own. */
#ifndef NLBROKER_MQTT_CONFIG_TOPIC_H
#define NLBROKER_MQTT_CONFIG_TOPIC_H

#include "config.h"

/**
 * config_address() - read HOST[:PORT]
 * @word: it
 * @address: filled in, when NULL is returned
 *
 * Return: NULL, or what is wrong: the end of a sentence that begins with the word.
 */
const char *config_address(const char *word, struct config_address *address);

/**
 * config_topic() - read an option ``topic``
 * @words: its words, with its name
 * @count: how many
 * @rule: filled in, when NULL is returned
 *
 * Return: NULL, or what is wrong: a sentence.
 */
const char *config_topic(char **words, size_t count, struct rule *rule);

#endif
