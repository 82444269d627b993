// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 300
 *
 * Subscribers, publishers and advertisers are killed at random for a minute.
 * Nothing of them is left but the values they retained, and the sums of those
 * who survive add up.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"
#include "module.h"

/* A sanitizer kernel on a busy machine may take longer to kill enough of them. */
enum { VICTIMS = 12, SECONDS = 60, ENOUGH = 25 };

/* What the survivors have done, for the test to see. */
static struct shared {
	uint64_t published, got, lost;
	int stop, wrong;
} *shared;

static const char *const topics[] = { "kill/1", "kill/2", "kill/3", "kill/4" };
enum { TOPICS = sizeof(topics) / sizeof(*topics) };

/* Does everything there is to do, until it is killed. */
static void victim(unsigned int seed)
{
	static uint8_t data[2000];
	static struct nb b;
	struct nb_info i;
	int kind = seed % 4;

	if (nb_open(&b, kind == 3 ? 1000 : 0))
		_exit(1);
	for (;; seed = seed * 1103515245 + 12345) {
		unsigned int r = seed >> 16;
		const char *topic = topics[r / 16 % TOPICS];

		if (kind < 2) {
			/* Reads a little, so that it also loses. */
			if (r % 8 == 0)
				nb_subscribe(&b, r % 3 ? "kill/+" : topic,
					     r % 5 ? 0 :
						     NB_CREDS | NB_RETAINED);
			else if (r % 8 == 1)
				nb_unsubscribe(&b, r % 3 ? "kill/+" : topic);
			while (!nb_silent(&b, 1) && r++ % 16)
				nb_next(&b);
			continue;
		}
		if (r % 32 == 0)
			nb_advertise(&b, topic, r % 64 ? 0666 : 0644, r % 3);
		else if (r % 32 == 1)
			nb_withdraw(&b, topic);
		else if (r % 32 == 2)
			nb_dump(&b, NLBROKER_CMD_GET_TOPIC, NULL, &i, 1);
		else if (r % 32 == 3)
			nb_publish(&b, topic, data, r % sizeof(data),
				   NB_RETAIN);
		else
			nb_post(&b, topic, data, r % 100);
	}
}

static void surviving_publisher(void)
{
	static struct nb b;
	uint64_t n;

	if (nb_open(&b, 0))
		_exit(1);
	for (n = 0; !__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE); n++) {
		if (nb_post(&b, "kill/survivors", &n, sizeof(n)))
			_exit(2);
		if (n % 16 == 0)
			usleep(1000);
	}
	shared->published = n;
	_exit(0);
}

/* Gets those of the survivor among all others, in order. */
static void surviving_subscriber(int ready)
{
	static struct nb b;
	uint64_t next = 0, n;
	const struct nb_msg *m;

	if (nb_open(&b, 0) || nb_subscribe(&b, "kill/#", 0) ||
	    write(ready, "r", 1) != 1)
		_exit(1);
	for (;;) {
		m = nb_next(&b);
		if (!m && errno == EAGAIN)
			continue;
		if (!m || !m->has_topic) {
			shared->wrong = 1;
			_exit(2);
		}
		if (strcmp(m->topic, "kill/survivors"))
			continue;
		if (m->cmd == NLBROKER_CMD_LOST) {
			next += m->count;
			__atomic_add_fetch(&shared->lost, m->count,
					   __ATOMIC_RELEASE);
			continue;
		}
		memcpy(&n, m->data, sizeof(n));
		/* What was lost in between was told before this. */
		if (n != next++)
			shared->wrong = 2;
		__atomic_add_fetch(&shared->got, 1, __ATOMIC_RELEASE);
	}
}

static void kill_at_random(int seconds)
{
	pid_t pids[VICTIMS] = { 0 };
	time_t end = time(NULL) + seconds;
	unsigned int seed = 1, killed = 0;
	int i, status;

	while (time(NULL) < end || killed < ENOUGH) {
		i = (seed >> 8) % VICTIMS;
		seed = seed * 1103515245 + 12345;
		if (pids[i]) {
			kill(pids[i], SIGKILL);
			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_true(WIFSIGNALED(status));
			killed++;
		}
		pids[i] = nb_fork();
		if (!pids[i])
			victim(seed >> 4);
		usleep((seed >> 10) % 30000);
	}
	for (i = 0; i < VICTIMS; i++) {
		if (!pids[i])
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
	}
	print_message("# %u killed\n", killed);
}

/* There is nothing but the survivor, and values that no one alive has paid. */
static void nothing_left(struct nb *b, uint32_t survivors)
{
	uint64_t v[NLBROKER_A_MAX + 1];
	struct nb_info i[TOPICS + 1];
	int n, k;

	n = nb_dump(b, NLBROKER_CMD_GET_PEER, NULL, i, TOPICS + 1);
	assert_int_equal(n, survivors);
	n = nb_dump(b, NLBROKER_CMD_GET_TOPIC, NULL, i, TOPICS + 1);
	assert_in_range(n, 0, TOPICS);
	for (k = 0; k < n; k++) {
		assert_true(i[k].has_value);
		assert_false(i[k].has_portid);
		assert_int_equal(i[k].subscribers, 0);
	}
	assert_int_equal(nb_limits(b, v), 0);
	assert_int_equal(v[NLBROKER_A_USED_PEERS], survivors);
	assert_int_equal(v[NLBROKER_A_USED_SUBSCRIPTIONS], survivors);
	assert_int_equal(v[NLBROKER_A_USED_TOPICS], 0);
	for (k = 0; k < n; k++)
		assert_int_equal(nb_publish(b, i[k].topic, "", 0, NB_RETAIN),
				 0);
	assert_int_equal(nb_dump(b, NLBROKER_CMD_GET_TOPIC, NULL, i, 1), 0);
	assert_int_equal(nb_limits(b, v), 0);
	assert_int_equal(v[NLBROKER_A_USED_RETAINED_BYTES], 0);
}

static void test_kill(void **state)
{
	int seconds = SECONDS / nb_scale(), status, ready[2], i;
	pid_t sub, pub;
	struct nb b, alice;
	uint64_t v[NLBROKER_A_MAX + 1];
	char c;

	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(nb_open(&b, 0), 0);
	sub = nb_fork();
	if (!sub)
		surviving_subscriber(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	pub = nb_fork();
	if (!pub)
		surviving_publisher();

	kill_at_random(seconds > 10 ? seconds : 10);
	shared->stop = 1;
	assert_int_equal(waitpid(pub, &status, 0), pub);
	assert_int_equal(status, 0);
	for (i = 0;
	     i < 1000 &&
	     __atomic_load_n(&shared->got, __ATOMIC_ACQUIRE) +
			     __atomic_load_n(&shared->lost, __ATOMIC_ACQUIRE) <
		     shared->published;
	     i++)
		usleep(10000);
	print_message("# %llu published, %llu came, %llu lost\n",
		      (unsigned long long)shared->published,
		      (unsigned long long)shared->got,
		      (unsigned long long)shared->lost);
	assert_int_equal(shared->wrong, 0);
	assert_true(shared->got > 0);
	assert_int_equal(shared->got + shared->lost, shared->published);

	nothing_left(&b, 1);
	kill(sub, SIGKILL);
	assert_int_equal(waitpid(sub, &status, 0), sub);
	nothing_left(&b, 0);
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(nb_limits(&alice, v), 0);
	assert_int_equal(v[NLBROKER_A_USED_PEERS], 0);
	assert_int_equal(v[NLBROKER_A_USED_TOPICS], 0);
	assert_int_equal(v[NLBROKER_A_USED_RETAINED_BYTES], 0);
	nb_close(&alice);
	nb_close(&b);
	assert_int_equal(module_unload_soon("nlbroker"), 0);
}

int main(void)
{
	const struct CMUnitTest kill_tests[] = {
		cmocka_unit_test(test_kill),
	};

	return check_run(kill_tests);
}
