// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 200
 *
 * Limits: each refuses what is one too many, by name; who may set them; ceilings
 * hold across namespaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

#define PARAMETERS "/sys/module/nlbroker/parameters/"

static struct nb root, alice;
static int home;

static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nb_open(&root, 0) ||
	       nb_open(&alice, 1000);
}

static int teardown(void **state)
{
	(void)state;
	nb_close(&root);
	nb_close(&alice);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

static uint64_t used(struct nb *b, int type)
{
	uint64_t v[NLBROKER_A_MAX + 1];

	assert_int_equal(nb_limits(b, v), 0);
	return v[type];
}

static int parameter(const char *name, const char *value)
{
	int fd, err = 0;
	char path[128];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static void test_defaults(void **state)
{
	uint64_t v[NLBROKER_A_MAX + 1];
	int t;

	(void)state;
	assert_int_equal(nb_limits(&alice, v), 0);
	assert_int_equal(v[NLBROKER_A_LIMIT_PEERS], 1000);
	assert_int_equal(v[NLBROKER_A_LIMIT_SUBSCRIPTIONS], 20000);
	assert_int_equal(v[NLBROKER_A_LIMIT_TOPICS], 10000);
	assert_int_equal(v[NLBROKER_A_LIMIT_RETAINED_BYTES], 16 << 20);
	assert_int_equal(v[NLBROKER_A_LIMIT_QUEUE_SHARE], 50);
	assert_int_equal(v[NLBROKER_A_MODE], 0666);
	for (t = 0; t <= 4; t++)
		assert_int_equal(v[NLBROKER_A_LIMIT_PEERS + t],
				 v[NLBROKER_A_CEILING_PEERS + t]);
	for (t = 0; t <= 3; t++)
		assert_int_equal(v[NLBROKER_A_USED_PEERS + t], 0);
}

static void test_set(void **state)
{
	(void)state;
	assert_int_equal(nb_set_limit(&alice, NLBROKER_A_LIMIT_PEERS, 1),
			 -EPERM);
	assert_string_equal(alice.text,
			    "needs CAP_NET_ADMIN over the network namespace");
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, 1001),
			 -EPERM);
	assert_string_equal(
		root.text,
		"limit is above the ceiling that the initial namespace has set");
	assert_true(root.e.has_offs);
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS,
				      NLBROKER_UNLIMITED),
			 -EPERM);
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_QUEUE_SHARE, 101),
			 -EINVAL);
	assert_int_equal(nb_set_mode(&root, 0777), -EINVAL);
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, 7), 0);
	assert_int_equal(used(&alice, NLBROKER_A_LIMIT_PEERS), 7);
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, 1000), 0);
	assert_int_equal(used(&alice, NLBROKER_A_LIMIT_PEERS), 1000);
}

static void test_peers(void **state)
{
	struct nb more[3];
	int i;

	(void)state;
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, 2), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(nb_open(&more[i], 1000), 0);
	assert_int_equal(nb_subscribe(&more[0], "t", 0), 0);
	assert_int_equal(nb_advertise(&more[1], "u", -1, false), 0);
	assert_int_equal(nb_subscribe(&more[2], "t", 0), -EDQUOT);
	assert_string_equal(more[2].text, "limit reached: peers of this user");
	assert_int_equal(used(&alice, NLBROKER_A_USED_PEERS), 2);
	/* Others have their own; to publish nobody has to be a peer. */
	assert_int_equal(nb_subscribe(&root, "t", 0), 0);
	assert_int_equal(nb_say(&more[2], "t", "x"), 0);

	nb_close(&more[0]);
	assert_int_equal(nb_subscribe(&more[2], "t", 0), 0);
	nb_close(&more[1]);
	nb_close(&more[2]);
	assert_int_equal(used(&alice, NLBROKER_A_USED_PEERS), 0);

	/* 0 is none, not any number. */
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, 0), 0);
	assert_int_equal(nb_subscribe(&alice, "t", 0), -EDQUOT);
	assert_int_equal(nb_subscribe(&root, "u", 0), 0); /* is one */
}

static void test_subscriptions(void **state)
{
	(void)state;
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_SUBSCRIPTIONS, 2),
			 0);
	assert_int_equal(nb_subscribe(&alice, "a", 0), 0);
	assert_int_equal(nb_subscribe(&alice, "b/+", 0), 0);
	assert_int_equal(nb_subscribe(&alice, "c", 0), -EDQUOT);
	assert_string_equal(alice.text,
			    "limit reached: subscriptions of this user");
	assert_int_equal(nb_subscribe(&alice, "a", NB_CREDS), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_SUBSCRIPTIONS), 2);
	assert_int_equal(nb_unsubscribe(&alice, "a"), 0);
	assert_int_equal(nb_subscribe(&alice, "c", 0), 0);
	nb_close(&alice);
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_SUBSCRIPTIONS), 0);
}

static void test_topics(void **state)
{
	(void)state;
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_TOPICS, 2), 0);
	assert_int_equal(nb_advertise(&alice, "a", -1, false), 0);
	assert_int_equal(nb_advertise(&alice, "b", -1, false), 0);
	assert_int_equal(nb_advertise(&alice, "c", -1, false), -EDQUOT);
	assert_string_equal(alice.text, "limit reached: topics of this user");
	assert_int_equal(nb_advertise(&alice, "b", 0600, false), 0);
	assert_int_equal(nb_withdraw(&alice, "a"), 0);
	assert_int_equal(nb_advertise(&alice, "c", -1, false), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_TOPICS), 2);
}

static void test_retained(void **state)
{
	static uint8_t data[10000];
	uint64_t one;

	(void)state;
	assert_int_equal(nb_publish(&alice, "a", data, sizeof(data), NB_RETAIN),
			 0);
	one = used(&alice, NLBROKER_A_USED_RETAINED_BYTES);
	assert_in_range(one, 10000, 11000);
	assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_RETAINED_BYTES,
				      3 * one),
			 0);
	assert_int_equal(nb_publish(&alice, "b", data, sizeof(data), NB_RETAIN),
			 0);
	assert_int_equal(nb_publish(&alice, "c", data, sizeof(data), NB_RETAIN),
			 0);
	assert_int_equal(nb_publish(&alice, "d", data, sizeof(data), NB_RETAIN),
			 -EDQUOT);
	assert_string_equal(alice.text,
			    "limit reached: retained bytes of this user");
	assert_int_equal(nb_say(&alice, "d", "not kept"), 0);
	assert_int_equal(nb_publish(&alice, "a", "", 0, NB_RETAIN), 0);
	assert_int_equal(nb_publish(&alice, "d", data, sizeof(data), NB_RETAIN),
			 0);

	/* Who replaces a value pays, and who paid has it back. */
	assert_int_equal(nb_publish(&root, "d", data, sizeof(data), NB_RETAIN),
			 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_RETAINED_BYTES), 2 * one);
	assert_int_equal(used(&root, NLBROKER_A_USED_RETAINED_BYTES), one);
	/* Values outlive their publisher, on its account. */
	nb_close(&alice);
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_RETAINED_BYTES), 2 * one);
}

/* What a uid has in all namespaces is below the ceiling. */
static void test_ceiling(void **state)
{
	struct nb there[3];
	int i;

	(void)state;
	assert_int_equal(parameter("max_peers", "3"), 0);
	assert_int_equal(nb_subscribe(&alice, "t", 0), 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(nb_open(&there[i], 1000), 0);
	assert_int_equal(nb_subscribe(&there[0], "t", 0), 0);
	assert_int_equal(nb_subscribe(&there[1], "t", 0), 0);
	assert_int_equal(nb_subscribe(&there[2], "t", 0), -EDQUOT);
	assert_string_equal(
		there[2].text,
		"limit reached: peers of this user in all namespaces");
	assert_int_equal(used(&there[0], NLBROKER_A_USED_PEERS), 2);
	assert_int_equal(used(&there[0], NLBROKER_A_CEILING_PEERS), 3);

	assert_int_equal(parameter("max_peers", "unlimited"), 0);
	assert_int_equal(nb_subscribe(&there[2], "t", 0), 0);
	assert_true(used(&alice, NLBROKER_A_CEILING_PEERS) ==
		    NLBROKER_UNLIMITED);
	for (i = 0; i < 3; i++)
		nb_close(&there[i]);
	assert_int_equal(parameter("max_peers", "many"), -EINVAL);
	assert_int_equal(parameter("max_queue_share", "101"), -ERANGE);
	assert_int_equal(parameter("max_peers", "1000"), 0);
}

/*
 * Root of a user namespace is root over its own network namespace, and nowhere
 * else; what is done there counts for who made it.
 */
static void namespace_root(void)
{
	static struct nb peers[4];
	struct nb outside;
	uint64_t v[NLBROKER_A_MAX + 1];
	FILE *f;
	int i;

	/* Dumpable: it has to write to files of its own in /proc. */
	if (setgid(1000) || setuid(1000) || prctl(PR_SET_DUMPABLE, 1))
		_exit(1);
	if (unshare(CLONE_NEWUSER))
		_exit(2);
	f = fopen("/proc/self/uid_map", "w");
	if (!f || fprintf(f, "0 1000 1\n") < 0 || fclose(f))
		_exit(3);

	/* The network namespace is still its parent's. */
	if (nb_open(&outside, 0) ||
	    nb_set_limit(&outside, NLBROKER_A_LIMIT_PEERS, 1) != -EPERM ||
	    nb_say(&outside, "roots", "x") != -EACCES)
		_exit(4);
	if (unshare(CLONE_NEWNET))
		_exit(5);
	if (nb_set_limit(&outside, NLBROKER_A_LIMIT_PEERS, 1) != -EPERM)
		_exit(6);
	for (i = 0; i < 4; i++)
		if (nb_open(&peers[i], 0))
			_exit(7);
	if (nb_set_limit(&peers[0], NLBROKER_A_LIMIT_PEERS, 3) ||
	    nb_set_limit(&peers[0], NLBROKER_A_LIMIT_PEERS, 4) != -EPERM)
		_exit(8);
	/* Two of three are left. */
	if (nb_subscribe(&peers[0], "t", 0) || nb_subscribe(&peers[1], "t", 0))
		_exit(9);
	if (nb_subscribe(&peers[2], "t", 0) != -EDQUOT)
		_exit(10);
	if (nb_limits(&peers[0], v) || v[NLBROKER_A_USED_PEERS] != 2)
		_exit(11);
	_exit(0);
}

static void test_namespace_root(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(nb_advertise(&root, "roots", 0600, false), 0);
	assert_int_equal(nb_subscribe(&alice, "t", 0), 0);
	assert_int_equal(parameter("max_peers", "3"), 0);
	pid = fork();
	if (!pid)
		namespace_root();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(parameter("max_peers", "1000"), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* As a file of /proc/PID has it. */
static int map_ids(pid_t pid, const char *file)
{
	static const char ids[] = "0 1000 1\n1 100001 9\n";
	char path[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, ids, sizeof(ids) - 1) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Subscribes with so many sockets, or until it is refused; how many do then. */
static int subscribers(int max)
{
	static struct nb peers[20];
	int n;

	for (n = 0; n < max && n < 20; n++)
		if (nb_open(&peers[n], 0) || nb_subscribe(&peers[n], "t", 0))
			break;
	return n;
}

/*
 * One of the subordinate users of 1000, in a namespace of its own within one that
 * 1000 has made: takes up to MAX peers, says how many, and holds them until there
 * is something in GO.
 */
static int nested_peers(uid_t uid, int max, int go)
{
	int ready[2], done[2], n = -1;
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		close(done[0]);
		close(ready[1]);
		if (setresgid(1000, 1000, 1000) ||
		    setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER) ||
		    write(done[1], "u", 1) != 1 || read(ready[0], &c, 1) != 1)
			_exit(1);
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
		    unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(2);
		c = (char)subscribers(max);
		_exit(write(done[1], &c, 1) != 1 || read(go, &c, 1) != 1);
	}
	close(done[1]);
	close(ready[0]);
	if (read(done[0], &c, 1) == 1 && !map_ids(pid, "uid_map") &&
	    !map_ids(pid, "gid_map") && write(ready[1], "x", 1) == 1 &&
	    read(done[0], &c, 1) == 1)
		n = c;
	close(ready[1]);
	close(done[0]);
	return n;
}

/* Nor does who owns it get around that by namespaces within others. */
static void test_nested(void **state)
{
	int first, second, go[2];

	(void)state;
	assert_int_equal(parameter("max_peers", "6"), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	first = nested_peers(1, 4, go[0]);
	second = nested_peers(2, 20, go[0]);
	assert_int_equal(write(go[1], "xx", 2), 2);
	while (wait(NULL) > 0)
		;
	close(go[0]);
	close(go[1]);
	assert_int_equal(parameter("max_peers", "1000"), 0);
	assert_int_equal(first, 4);
	assert_int_equal(second, 2);
}

/* 1,000 subscribers, 10,000 topics; the next one is refused by name. */
static void test_thousands(void **state)
{
	int subs = 1000 / nb_scale(), topics = 10000 / nb_scale(), n, step;
	struct rlimit files = { .rlim_cur = 4096, .rlim_max = 4096 };
	struct nb *b = calloc(subs + 1, sizeof(*b));
	struct nb_result r;
	char topic[32];

	(void)state;
	assert_non_null(b);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	if (subs < 1000)
		assert_int_equal(
			nb_set_limit(&root, NLBROKER_A_LIMIT_PEERS, subs), 0);
	if (topics < 10000)
		assert_int_equal(nb_set_limit(&root, NLBROKER_A_LIMIT_TOPICS,
					      topics),
				 0);
	for (n = 0; n <= subs; n++) {
		assert_int_equal(nb_open(&b[n], 1000), 0);
		free(b[n].s.in); /* 128 KiB each */
		b[n].s.in = alice.s.in;
	}
	for (n = 0; n < subs; n++)
		assert_int_equal(nb_subscribe(&b[n], n % 2 ? "all" : "+", 0),
				 0);
	assert_int_equal(nb_subscribe(&b[subs], "all", 0), -EDQUOT);
	assert_string_equal(b[subs].text, "limit reached: peers of this user");
	for (n = 0; n < topics; n++) {
		snprintf(topic, sizeof(topic), "level/%d/%d", n % 100, n);
		assert_int_equal(nb_advertise(&b[0], topic, -1, false), 0);
	}
	assert_int_equal(nb_advertise(&b[0], "level", -1, false), -EDQUOT);
	assert_string_equal(b[0].text, "limit reached: topics of this user");

	assert_int_equal(nb_publish_echo(&root, "all", "x", 1, 0, NULL, 0, &r),
			 0);
	assert_int_equal(r.delivered, subs);
	assert_int_equal(nb_publish_echo(&root, "some", "x", 1, 0, NULL, 0, &r),
			 0);
	assert_int_equal(r.delivered, subs / 2);
	assert_int_equal(
		nb_publish_echo(&root, "level/1/1", "x", 1, 0, NULL, 0, &r), 0);
	assert_int_equal(r.delivered, 0);

	/* They go in an order of their own. */
	step = subs % 7 ? 7 : 9;
	for (n = 0; n < subs; n++) {
		b[n * step % subs].s.in = NULL;
		nb_close(&b[n * step % subs]);
	}
	b[subs].s.in = NULL;
	nb_close(&b[subs]);
	assert_int_equal(used(&alice, NLBROKER_A_USED_PEERS), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_TOPICS), 0);
	assert_int_equal(used(&alice, NLBROKER_A_USED_SUBSCRIPTIONS), 0);
	free(b);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest limits[] = {
		T(defaults), T(set),	   T(peers),   T(subscriptions),
		T(topics),   T(retained),  T(ceiling), T(namespace_root),
		T(nested),   T(thousands),
	};

	return check_run(limits);
}
