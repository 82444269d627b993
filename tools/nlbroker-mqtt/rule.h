/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is bridged: a pattern with a prefix on each side, and what that makes of a
 * message's topic. Nothing here needs a connection.
 */
#ifndef NLBROKER_MQTT_RULE_H
#define NLBROKER_MQTT_RULE_H

#include <stdbool.h>
#include <stddef.h>

/** RULE_TOPIC_MAX - longest topic at the MQTT broker that is made, in bytes. */
#define RULE_TOPIC_MAX 1024

/**
 * enum rule_direction - where messages go; RULE_BOTH is both bits
 * @RULE_OUT: from nlbroker to MQTT
 * @RULE_IN: from MQTT to nlbroker
 * @RULE_BOTH: both
 */
enum rule_direction {
	RULE_OUT = 1,
	RULE_IN = 2,
	RULE_BOTH = RULE_OUT | RULE_IN,
};

/**
 * struct rule - an option ``topic``
 * @direction: where messages go
 * @qos: 0 or 1
 * @local: pattern of nlbroker, its prefix in front
 * @remote: filter at the MQTT broker, its prefix in front
 * @local_skip: bytes of the prefix in @local
 * @remote_skip: bytes of the prefix in @remote
 */
struct rule {
	enum rule_direction direction;
	int qos;
	char *local;
	char *remote;
	size_t local_skip;
	size_t remote_skip;
};

/**
 * struct rule_words - an option ``topic`` as it was written
 * @pattern: perhaps ""
 * @direction: RULE_OUT if none was named
 * @qos: 0 if none was
 * @local: prefix, "" if there is none
 * @remote: likewise
 * @force: the last word
 */
struct rule_words {
	const char *pattern;
	enum rule_direction direction;
	int qos;
	const char *local;
	const char *remote;
	bool force;
};

/**
 * rule_make() - make a rule of the words
 * @rule: filled in, when NULL is returned; to be freed with rule_free()
 * @words: what was written
 *
 * Return: NULL, or what is wrong with them: a sentence that is constant.
 */
const char *rule_make(struct rule *rule, const struct rule_words *words);

/**
 * rule_free() - free what a rule has
 * @rule: the rule
 */
void rule_free(struct rule *rule);

/**
 * rule_same() - are two rules the same?
 * @a: the one
 * @b: the other
 *
 * Return: true if they are.
 */
bool rule_same(const struct rule *a, const struct rule *b);

/**
 * rule_out() - what a topic of nlbroker is called at the MQTT broker
 * @rules: the rules
 * @count: how many
 * @topic: the topic
 * @name: its name there, RULE_TOPIC_MAX bytes
 *
 * Return: the first rule that matches, or NULL: it isn't to be bridged.
 */
const struct rule *rule_out(const struct rule *rules, size_t count,
			    const char *topic, char *name);

/**
 * rule_in() - what a topic at the MQTT broker is called in nlbroker
 * @rules: the rules
 * @count: how many
 * @topic: the topic
 * @name: its name here, RULE_TOPIC_MAX bytes; whether nlbroker takes it, it has to
 *	be asked
 *
 * Return: the first rule that matches, or NULL: it isn't to be bridged.
 */
const struct rule *rule_in(const struct rule *rules, size_t count,
			   const char *topic, char *name);

/**
 * rule_filter_matches() - does a topic match an MQTT topic filter?
 * @filter: the filter, of any length
 * @topic: the topic
 *
 * Return: true if it does.
 */
bool rule_filter_matches(const char *filter, const char *topic);

#endif
