// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Who a sender is, the kernel says: to readers in other namespaces in their
 * terms. What somebody may is also what the opener of the socket may.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

static struct nb pub, sub;
static int home;

/* Each test in a network namespace, and so with a broker, of its own. */
static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nb_open(&pub, 0) || nb_open(&sub, 0);
}

static int teardown(void **state)
{
	(void)state;
	nb_close(&pub);
	nb_close(&sub);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

static void test_sender(void **state)
{
	struct timespec before, after;
	const struct nb_msg *m;
	struct nb bob;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "who", NB_CREDS), 0);
	assert_int_equal(nb_open(&bob, 1000), 0);
	clock_gettime(CLOCK_REALTIME, &before);
	/* What a message says itself about its sender has no effect. */
	bob.s.portid = 4711;
	assert_int_equal(nb_say(&bob, "who", "me"), 0);
	clock_gettime(CLOCK_REALTIME, &after);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->pid, getpid());
	assert_int_equal(m->uid, 1000);
	assert_int_equal(m->gid, 1000);
	assert_true(m->portid && m->portid != 4711);
	assert_in_range(m->time / 1000000000, before.tv_sec, after.tv_sec);

	/* Who sends it counts, not who opened the socket. */
	pid = fork();
	if (!pid)
		_exit(nb_post(&pub, "who", "child", 5) ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->pid, pid);
	assert_int_equal(m->portid, pub.s.portid);
	nb_close(&bob);
}

/* A reader in other namespaces is told what these people are called there. */
static void test_user_namespace(void **state)
{
	int status, ready[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(nb_subscribe(&sub, "who", NB_CREDS), 0);
	pid = fork();
	if (!pid) {
		const struct nb_msg *m;
		struct nb in;

		/* The network namespace stays; the user namespace maps nobody. */
		if (unshare(CLONE_NEWUSER) || nb_open(&in, 0) ||
		    nb_subscribe(&in, "who", NB_CREDS) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		m = nb_next(&in);
		_exit(m && m->uid == 65534 && m->gid == 65534 && m->pid ? 0 :
									  2);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(nb_say(&pub, "who", "me"), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(nb_next(&sub)->uid, 0);
	close(ready[0]);
	close(ready[1]);
}

/* Pids of a pid namespace, seen from in there and from out here. */
struct seen {
	unsigned int ready;
	uint32_t own, of_outside, of_inside;
};

static void inside(struct seen *seen)
{
	const struct nb_msg *m;
	struct nb in;

	if (nb_open(&in, 0) || nb_subscribe(&in, "pid", NB_CREDS))
		_exit(1);
	__atomic_store_n(&seen->ready, 1, __ATOMIC_RELEASE);
	m = nb_next(&in);
	if (!m)
		_exit(2);
	seen->of_outside = m->pid;
	if (nb_say(&in, "pid", "inside"))
		_exit(3);
	m = nb_next(&in);
	if (!m)
		_exit(4);
	seen->own = getpid();
	seen->of_inside = m->pid;
	_exit(0);
}

static void test_pid_namespace(void **state)
{
	struct seen *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct nb_msg *m;
	int status, pids;
	pid_t pid;

	(void)state;
	assert_true(seen != MAP_FAILED);
	pids = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	assert_true(pids >= 0);
	assert_int_equal(nb_subscribe(&sub, "pid", NB_CREDS), 0);
	assert_int_equal(unshare(CLONE_NEWPID), 0);
	pid = fork();
	if (!pid)
		inside(seen);
	assert_true(pid > 0);
	assert_int_equal(setns(pids, CLONE_NEWPID), 0);
	close(pids);
	while (!__atomic_load_n(&seen->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	assert_int_equal(nb_say(&pub, "pid", "outside"), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	/* Who is outside has no number in there. */
	assert_int_equal(seen->of_outside, 0);
	assert_int_equal(seen->own, 1);
	assert_int_equal(seen->of_inside, 1);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->pid, getpid());
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->pid, pid);
	munmap(seen, sizeof(*seen));
}

/* A retained value says who it is from when he is long gone. */
static void test_retained_sender(void **state)
{
	int status;
	pid_t pid;
	const struct nb_msg *m;

	(void)state;
	pid = fork();
	if (!pid) {
		struct nb bob;

		_exit(nb_open(&bob, 1000) ||
		      nb_publish(&bob, "who", "me", 2, NB_RETAIN));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(nb_subscribe(&sub, "who", NB_CREDS | NB_RETAINED), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_true(m->retained);
	assert_int_equal(m->uid, 1000);
	assert_int_equal(m->pid, pid);
}

/*
 * Who has somebody with more rights write to a socket of theirs (as standard
 * output of a program with set-user-ID, say) gets no more rights by that.
 */
static void test_opener(void **state)
{
	struct nb alice, bob;
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(nb_advertise(&alice, "mine", 0600, true), 0);
	assert_int_equal(nb_say(&alice, "mine", "secret"), 0);
	assert_int_equal(nb_open(&bob, 1001), 0);
	/* Root, and alice, with a socket of bob's. */
	bob.s.plain = true;
	for (bob.uid = 0; bob.uid <= 1000; bob.uid += 1000) {
		assert_int_equal(nb_say(&bob, "mine", "x"), -EACCES);
		assert_int_equal(nb_subscribe(&bob, "mine", 0), -EACCES);
		assert_int_equal(nb_set_mode(&bob, 0600), -EPERM);
		assert_int_equal(nb_dump(&bob, NLBROKER_CMD_GET_RETAINED, NULL,
					 &i, 1),
				 0);
		assert_int_equal(nb_subscribe(&bob, "#", NB_RETAINED), 0);
		assert_int_equal(nb_say(&alice, "mine", "more"), 0);
		assert_true(nb_silent(&bob, 50));
	}
	/* Root that gives the kernel's address means it, as all over netlink. */
	bob.uid = 0;
	bob.s.plain = false;
	assert_int_equal(nb_say(&bob, "mine", "x"), 0);
	bob.uid = 1000;
	assert_int_equal(nb_say(&bob, "mine", "x"), -EACCES);
	/* The other way round: nor has bob alice's rights by her socket. */
	alice.uid = 1001;
	assert_int_equal(nb_say(&alice, "mine", "x"), -EACCES);
	alice.uid = 1000;
	assert_int_equal(nb_say(&alice, "mine", "x"), 0);
	nb_close(&alice);
	nb_close(&bob);
	assert_int_equal(nb_publish(&pub, "mine", "", 0, NB_RETAIN), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest creds[] = {
		T(sender),	    T(user_namespace), T(pid_namespace),
		T(retained_sender), T(opener),
	};

	return check_run(creds);
}
