// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 400
 *
 * 200,000 messages from four publishers to ten subscribers, one of them stalled:
 * every subscriber sees each topic's messages in the order in which they were
 * published, the same for all, and each of them once or counted as lost. Half of the
 * publishers have many payloads in a request.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

enum {
	PUBLISHERS = 4,
	SUBSCRIBERS = 10,
	STALLED = SUBSCRIBERS - 1,
	SLOW = SUBSCRIBERS - 2, /* has a small queue */
	TOPICS = 4,
	MESSAGES = 200000,
	RUN = 50, /* payloads in a request */
};

/* What a message says: which one it is. */
struct stamp {
	uint32_t publisher, n;
};

static struct shared {
	unsigned int ready, published;
	struct {
		uint32_t portid;
		uint64_t got, lost;
		char why[200]; /* what was wrong; "" if nothing was */
	} sub[SUBSCRIBERS];
	/* By topic and number: 1 + the message that has it. */
	uint32_t at[TOPICS][MESSAGES + 1];
} *shared;

static uint32_t each; /* messages of a publisher */
static uint32_t total;

static void pin(int i)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(i % 2, &cpus);
	/* With one CPU there is nothing to choose. */
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void wait_until(unsigned int *counter, unsigned int value)
{
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < value)
		usleep(1000);
}

/* How many messages a publisher has in a request. */
static uint32_t run_of(uint32_t publisher)
{
	return publisher < PUBLISHERS / 2 ? 1 : RUN;
}

static uint32_t topic_of(const struct stamp *s)
{
	return (s->n / run_of(s->publisher) + s->publisher) % TOPICS;
}

static void publisher(int me)
{
	static struct nb_payload payloads[RUN];
	static struct stamp stamps[RUN];
	static struct nb b;
	uint32_t n = 0, i, run = run_of(me);
	char topic[16];

	pin(me);
	if (nb_open(&b, 0))
		_exit(1);
	wait_until(&shared->ready, SUBSCRIBERS);
	while (n < each) {
		for (i = 0; i < run && n < each; i++, n++) {
			stamps[i] = (struct stamp){ me, n };
			payloads[i] = (struct nb_payload){ &stamps[i],
							   sizeof(*stamps) };
		}
		snprintf(topic, sizeof(topic), "order/%u", topic_of(stamps));
		if (run > 1 ? nb_publish_several(&b, topic, payloads, i, 0,
						 NULL) :
			      nb_post(&b, topic, stamps, sizeof(*stamps)))
			_exit(2);
	}
	__atomic_add_fetch(&shared->published, 1, __ATOMIC_RELEASE);
	_exit(0);
}

static uint64_t seq_of(const struct nlmsghdr *h, int type)
{
	const struct nlattr *a = nl_attr(h, type);

	return a ? nl_u64(a) : 0;
}

struct seen {
	uint64_t seq; /* of the last message, or the last one lost */
	int64_t n[PUBLISHERS]; /* the last of each */
};

/* NULL, or what is wrong with a message. */
static const char *look(const struct nlmsghdr *h, struct seen *all,
			uint64_t *got, uint64_t *lost)
{
	const struct nlattr *name = nl_attr(h, NLBROKER_A_TOPIC), *a;
	uint64_t seq = seq_of(h, NLBROKER_A_SEQ);
	struct stamp s;
	struct seen *t;
	uint32_t id, was = 0;
	int topic;

	if (!name || strncmp(nl_data(name), "order/", 6))
		return "another topic";
	topic = ((const char *)nl_data(name))[6] - '0';
	t = &all[topic];
	if (nl_cmd(h) == NLBROKER_CMD_LOST) {
		if (seq_of(h, NLBROKER_A_FIRST_SEQ) <= t->seq)
			return "lost what had come";
		t->seq = seq_of(h, NLBROKER_A_LAST_SEQ);
		*lost += seq_of(h, NLBROKER_A_COUNT);
		return NULL;
	}
	a = nl_attr(h, NLBROKER_A_PAYLOAD);
	if (nl_cmd(h) != NLBROKER_CMD_MESSAGE || !a || nl_len(a) != sizeof(s))
		return "not a message";
	memcpy(&s, nl_data(a), sizeof(s));
	if (s.publisher >= PUBLISHERS || s.n >= each || seq > total)
		return "a message that isn't one of ours";
	if (topic_of(&s) != (uint32_t)topic)
		return "in another topic";
	if (seq <= t->seq)
		return "a number that isn't higher than the last";
	if (s.n <= t->n[s.publisher])
		return "not in its publisher's order";
	t->seq = seq;
	t->n[s.publisher] = s.n;
	id = 1 + s.publisher * each + s.n;
	if (!__atomic_compare_exchange_n(&shared->at[topic][seq], &was, id,
					 false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED) &&
	    was != id)
		return "another one than others got under this number";
	(*got)++;
	return NULL;
}

static void subscriber(int me)
{
	static struct seen all[TOPICS];
	uint64_t got = 0, lost = 0;
	const struct nlmsghdr *h;
	const char *why = NULL;
	static struct nb b;
	char pattern[16];
	int i, k;

	pin(me);
	for (i = 0; i < TOPICS; i++)
		for (k = 0; k < PUBLISHERS; k++)
			all[i].n[k] = -1;
	if (nb_open(&b, 0) ||
	    nb_rcvbuf(&b, me == STALLED || me == SLOW ? 16384 : 4 << 20))
		_exit(1);
	/* Half of them by wildcard, a third of them with credentials. */
	for (i = 0; i < (me % 2 ? 1 : TOPICS); i++) {
		snprintf(pattern, sizeof(pattern),
			 me % 2 ? "order/+" : "order/%d", i);
		if (nb_subscribe(&b, pattern, me % 3 ? 0 : NB_CREDS))
			_exit(2);
	}
	shared->sub[me].portid = b.s.portid;
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_RELEASE);
	if (me == STALLED)
		wait_until(&shared->published, PUBLISHERS);
	while (!why && got + lost < total) {
		h = nl_recv(&b.s);
		/* Not yet, maybe. */
		if (!h && errno == EAGAIN &&
		    __atomic_load_n(&shared->published, __ATOMIC_ACQUIRE) <
			    PUBLISHERS)
			continue;
		why = h ? look(h, all, &got, &lost) : strerror(errno);
	}
	if (!why && !nb_silent(&b, 300))
		why = "more than was published";
	shared->sub[me].got = got;
	shared->sub[me].lost = lost;
	if (why)
		snprintf(shared->sub[me].why, sizeof(shared->sub[me].why), "%s",
			 why);
	/* Stays a peer until the others have looked. */
	pause();
}

static void check_peers(struct nb *b)
{
	uint64_t v[NLBROKER_A_MAX + 1], got = 0, lost = 0;
	struct nb_info i;
	int n;

	for (n = 0; n < SUBSCRIBERS; n++) {
		assert_int_equal(nb_peer(b, shared->sub[n].portid, &i), 0);
		assert_int_equal(i.delivered, shared->sub[n].got);
		assert_int_equal(i.lost, shared->sub[n].lost);
		got += i.delivered;
		lost += i.lost;
	}
	assert_int_equal(nb_limits(b, v), 0);
	assert_int_equal(v[NLBROKER_A_STAT_PUBLISHES], total);
	assert_int_equal(v[NLBROKER_A_STAT_DELIVERIES], got);
	assert_int_equal(v[NLBROKER_A_STAT_LOST], lost);
	assert_int_equal(got + lost, (uint64_t)total * SUBSCRIBERS);
}

/* Every message that anybody got has one number, in one topic. */
static void check_numbers(void)
{
	uint8_t *had = calloc(total + 1, 1);
	uint32_t t, seq, id, found = 0;

	assert_non_null(had);
	for (t = 0; t < TOPICS; t++)
		for (seq = 1; seq <= total; seq++) {
			id = shared->at[t][seq];
			if (!id)
				continue;
			assert_in_range(id, 1, total);
			assert_int_equal(had[id]++, 0);
			found++;
		}
	free(had);
	print_message("# %u of %u messages came to somebody\n", found, total);
	assert_true(found > total / 2);
}

static pid_t start(void (*what)(int), int i)
{
	pid_t pid = nb_fork();

	if (!pid) {
		what(i);
		_exit(3);
	}
	return pid;
}

static void test_order(void **state)
{
	pid_t subs[SUBSCRIBERS], pubs[PUBLISHERS];
	int i, status, waited = 0;
	struct nb b;

	(void)state;
	each = MESSAGES / PUBLISHERS / nb_scale();
	total = each * PUBLISHERS;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(nb_open(&b, 0), 0);

	for (i = 0; i < SUBSCRIBERS; i++)
		subs[i] = start(subscriber, i);
	for (i = 0; i < PUBLISHERS; i++)
		pubs[i] = start(publisher, i);
	for (i = 0; i < PUBLISHERS; i++) {
		assert_int_equal(waitpid(pubs[i], &status, 0), pubs[i]);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < SUBSCRIBERS; i++)
		while (shared->sub[i].got + shared->sub[i].lost < total &&
		       !shared->sub[i].why[0] && waited++ < 30000)
			usleep(10000);
	for (i = 0; i < SUBSCRIBERS; i++) {
		print_message("# subscriber %d: %llu came, %llu lost\n", i,
			      (unsigned long long)shared->sub[i].got,
			      (unsigned long long)shared->sub[i].lost);
		if (shared->sub[i].why[0])
			fail_msg("subscriber %d: %s", i, shared->sub[i].why);
		assert_int_equal(shared->sub[i].got + shared->sub[i].lost,
				 total);
	}
	assert_true(shared->sub[STALLED].lost > 0);
	assert_true(shared->sub[STALLED].got > 0);
	check_peers(&b);
	check_numbers();

	for (i = 0; i < SUBSCRIBERS; i++) {
		kill(subs[i], SIGKILL);
		assert_int_equal(waitpid(subs[i], &status, 0), subs[i]);
	}
	assert_int_equal(nb_dump(&b, NLBROKER_CMD_GET_PEER, NULL, NULL, 0), 0);
	assert_int_equal(nb_dump(&b, NLBROKER_CMD_GET_TOPIC, NULL, NULL, 0), 0);
	nb_close(&b);
}

int main(void)
{
	const struct CMUnitTest order[] = {
		cmocka_unit_test(test_order),
	};

	return check_run(order);
}
