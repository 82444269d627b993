/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of nlbroker for its tests: raw netlink, and not the library's code. */
#ifndef TESTS_KERNEL_BROKER_H
#define TESTS_KERNEL_BROKER_H

#include <sockmods/nlbroker.h>

#include "nl.h"

/* Options of nb_subscribe() and nb_publish(). */
enum {
	NB_NO_LOCAL = 1,
	NB_RETAINED = 2,
	NB_CREDS = 4,
	NB_RETAIN = 8,
	NB_HOLD = 16,
};

/* What a subscriber or a listener got. */
struct nb_msg {
	struct nb_msg *next;
	uint8_t cmd;
	bool has_topic, retained, retain, has_creds;
	char topic[NLBROKER_TOPIC_MAX + 1];
	uint64_t seq, count, first, last, time;
	uint32_t portid, pid, uid, gid, mode;
	size_t len;
	uint8_t data[];
};

struct nb {
	struct nl_sock s;
	unsigned int uid; /* effective, while it talks; 0: stays */
	struct nb_msg *head, **tail; /* come while an answer was awaited */
	struct nb_msg *last; /* what nb_next() returned */
	struct nl_error e; /* of the last refusal */
	char text[256]; /* its words */
};

struct nb_result {
	uint64_t seq, delivered, full;
	uint32_t ports_num;
	uint32_t ports[1024];
};

/* GET_PEER and GET_TOPIC, and a retained value. */
struct nb_info {
	char topic[NLBROKER_TOPIC_MAX + 1];
	uint64_t seq, delivered, lost, time;
	uint32_t portid, pid, uid, gid, mode, subscriptions, advertised, queued,
		queue_size, subscribers, retained_len;
	bool has_portid, has_value, retain, raw, interrupted;
	size_t len;
	uint8_t data[64];
};

/* Environment's SCALE, a divisor of counts: 1 if it isn't set. */
unsigned int nb_scale(void);

/* As fork(), which must work; the child is killed when its parent ends. */
pid_t nb_fork(void);

/* Everything returns 0 or -errno. */
int nb_open(struct nb *b, unsigned int uid);
void nb_close(struct nb *b);
int nb_rcvbuf(struct nb *b, int bytes);

/* Sends a request, takes its answer: NULL if it's an ACK, b->e if refused. */
int nb_call(struct nb *b, struct nl_msg *m, const struct nlmsghdr **reply);

int nb_advertise(struct nb *b, const char *topic, int mode, bool retain);
int nb_withdraw(struct nb *b, const char *topic);
int nb_subscribe(struct nb *b, const char *pattern, int options);
int nb_unsubscribe(struct nb *b, const char *pattern);
int nb_publish(struct nb *b, const char *topic, const void *data, size_t len,
	       int options);
int nb_say(struct nb *b, const char *topic, const char *text);
int nb_publish_echo(struct nb *b, const char *topic, const void *data,
		    size_t len, int options, const uint32_t *only,
		    size_t only_num, struct nb_result *r);
/* Several payloads in one request; without R it is acknowledged only. */
struct nb_payload {
	const void *data;
	size_t len;
};

int nb_publish_several(struct nb *b, const char *topic,
		       const struct nb_payload *payloads, size_t num,
		       int options, struct nb_result *r);
/* No answer asked for. */
int nb_post(struct nb *b, const char *topic, const void *data, size_t len);

/* The next message, valid until the next call; NULL and errno if none comes. */
const struct nb_msg *nb_next(struct nb *b);
bool nb_silent(struct nb *b, int ms);

int nb_topic(struct nb *b, const char *topic, struct nb_info *i);
int nb_peer(struct nb *b, uint32_t portid, struct nb_info *i);
/* How many there are, the first MAX in I; or -errno. */
int nb_dump(struct nb *b, uint8_t cmd, const char *pattern, struct nb_info *i,
	    int max);
/* All attributes of GET_LIMITS, by number. */
int nb_limits(struct nb *b, uint64_t values[NLBROKER_A_MAX + 1]);
int nb_set_limit(struct nb *b, uint16_t type, uint64_t value);
int nb_set_mode(struct nb *b, unsigned int mode);

#endif
