/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a connection counts. Its thread writes, others read at any time. They
 * outlive the connection: a reload that makes it anew goes on counting.
 */
#ifndef NLBROKER_MQTT_COUNTERS_H
#define NLBROKER_MQTT_COUNTERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "config.h"

/** enum lost - why messages were lost; nlbroker-mqtt(8) tells */
enum lost {
	LOST_SLOW,
	LOST_QUEUE,
	LOST_LINK,
	LOST_REFUSED,
	LOST_TOPIC,
	LOST_SIZE,
	LOST_MEMORY,
	LOST_SHUTDOWN,
	LOST_NUM
};

/** enum skipped - why messages weren't taken */
enum skipped { SKIPPED_LOOP, SKIPPED_HOPS, SKIPPED_OTHER, SKIPPED_NUM };

/** enum state - how a connection is */
enum state {
	STATE_WAITING,
	STATE_CONNECTING,
	STATE_CONNECTED,
	STATE_ENDING,
	STATE_NUM
};

/* As people and programs read them. */
extern const char *const lost_names[LOST_NUM];
extern const char *const skipped_names[SKIPPED_NUM];
extern const char *const state_names[STATE_NUM];

/**
 * struct tally - one direction; received = sent + lost + skipped + queued
 * @received: messages that came
 * @sent: that went on
 * @lost: that were lost, by enum lost
 * @skipped: that weren't taken, by enum skipped
 * @in_doubt: of those lost, that may have gone on
 * @resent: that were sent again
 * @queued: that wait
 */
struct tally {
	_Atomic uint64_t received;
	_Atomic uint64_t sent;
	_Atomic uint64_t lost[LOST_NUM];
	_Atomic uint64_t skipped[SKIPPED_NUM];
	_Atomic uint64_t in_doubt;
	_Atomic uint64_t resent;
	_Atomic uint64_t queued;
};

/**
 * struct counters - those of a connection
 * @next: another one's
 * @name: the connection's
 * @used: there is such a connection now
 * @out: towards MQTT
 * @in: towards nlbroker
 * @queued_bytes: what waits, towards MQTT
 * @state: enum state
 * @connects: times that a connection was made
 * @failures: times that it couldn't be made
 * @sessions_lost: times that the broker had forgotten the client
 * @lock: of what follows
 * @address: the broker's, that was tried last
 * @error: what went wrong last, or ""
 */
struct counters {
	struct counters *next;
	char name[CONFIG_NAME_MAX + 1];
	_Atomic int used;
	struct tally out;
	struct tally in;
	_Atomic uint64_t queued_bytes;
	_Atomic int state;
	_Atomic uint64_t connects;
	_Atomic uint64_t failures;
	_Atomic uint64_t sessions_lost;
	pthread_mutex_t lock;
	char address[300];
	char error[300];
};

/** count() - add to a counter that only this thread writes */
static inline void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_store_explicit(
		counter,
		atomic_load_explicit(counter, memory_order_relaxed) + more,
		memory_order_relaxed);
}

/** counted() - read a counter */
static inline uint64_t counted(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/**
 * counters_new() - counters of a new connection, all 0
 * @name: the connection's
 *
 * Return: they, for counters_free().
 */
struct counters *counters_new(const char *name);

/**
 * counters_free() - free them and all that follow
 * @counters: they, or NULL
 */
void counters_free(struct counters *counters);

/**
 * counters_say() - note what went wrong, or that nothing did
 * @counters: the connection's
 * @address: the broker's; NULL: as it was
 * @error: the words, "" for none
 */
void counters_say(struct counters *counters, const char *address,
		  const char *error);

/**
 * counters_lost() - all that one direction has lost
 * @tally: of that direction
 *
 * Return: the sum of all reasons.
 */
uint64_t counters_lost(const struct tally *tally);

/**
 * counters_skipped() - all that one direction didn't take
 * @tally: of that direction
 *
 * Return: the sum of all reasons.
 */
uint64_t counters_skipped(const struct tally *tally);

#endif
