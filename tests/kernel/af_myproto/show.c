// SPDX-License-Identifier: GPL-2.0-or-later
/* What is shown of sockets: sock_diag, /proc/net/myproto, trace points. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "check.h"
#include "module.h"
#include "mp.h"

static struct myproto_diag_msg all[5000];
static char buf[100000];

static uint32_t inode(int fd)
{
	struct stat st;

	mp_good(fstat(fd, &st));
	return st.st_ino;
}

/* Asks; how many sockets there are, in ALL. */
static int ask(struct myproto_diag_req r, uint16_t flags, size_t len)
{
	struct {
		struct nlmsghdr h;
		struct myproto_diag_req r;
	} req = { .r = r };
	int nl = mp_good(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	int err = 1, found = 0;
	const struct nlmsghdr *h;
	ssize_t n;

	req.r.sdiag_family = mp_family();
	req.h.nlmsg_len = NLMSG_LENGTH(len);
	req.h.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	req.h.nlmsg_flags = NLM_F_REQUEST | flags;
	mp_good(send(nl, &req, req.h.nlmsg_len, 0));
	while (err > 0) {
		n = mp_good(recv(nl, buf, sizeof(buf), 0));
		for (h = (void *)buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE ||
			    h->nlmsg_type == NLMSG_ERROR) {
				err = *(int *)NLMSG_DATA(h);
				break;
			}
			assert_true(found < 5000);
			memcpy(&all[found++], NLMSG_DATA(h), sizeof(*all));
		}
	}
	close(nl);
	return err ? err : found;
}

static int dump(struct myproto_diag_req r)
{
	return ask(r, NLM_F_DUMP, sizeof(r));
}

static const struct myproto_diag_msg *find(int fd)
{
	int n = mp_good(dump((struct myproto_diag_req){ 0 })), i;

	for (i = 0; i < n; i++)
		if (all[i].ino == inode(fd))
			return &all[i];
	fail_msg("socket %d isn't there", fd);
	return NULL;
}

static void test_diag(void **state)
{
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 5)), c, c2, s, d;
	struct myproto_diag_req r = { 0 };
	const struct myproto_diag_msg *m;
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	(void)state;
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c, 4242));
	s = mp_good(accept(l, NULL, NULL));
	c2 = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c2, 4242));
	d = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(d, 7));
	mp_good(send(c, "hello", 5, 0));
	mp_good(mp_sendto(d, 7, "self", 4, 0));

	m = find(l);
	assert_int_equal(m->family, mp_family());
	assert_int_equal(m->type, SOCK_STREAM);
	assert_int_equal(m->state, TCP_LISTEN);
	assert_int_equal(m->flags, MYPROTO_DIAG_BOUND);
	assert_int_equal(m->channel, 4242);
	assert_int_equal(m->peer_channel, MYPROTO_CHANNEL_ANY);
	assert_int_equal(m->rqueue, 1);
	assert_int_equal(m->wqueue, 5);
	assert_int_equal(m->uid, 0);
	mp_good(getsockopt(l, SOL_SOCKET, SO_COOKIE, &cookie, &len));
	assert_int_equal(m->cookie[0], (uint32_t)cookie);
	assert_int_equal(m->cookie[1], cookie >> 32);
	m = find(c);
	assert_int_equal(m->state, TCP_ESTABLISHED);
	assert_int_equal(m->flags, MYPROTO_DIAG_PEER);
	assert_int_equal(m->channel, MYPROTO_CHANNEL_ANY);
	assert_int_equal(m->peer_channel, 4242);
	assert_int_equal(m->peer_ino, inode(s));
	assert_int_equal(m->wqueue, 5);
	assert_int_equal(m->rqueue, 0);
	m = find(s);
	assert_int_equal(m->channel, 4242);
	assert_int_equal(m->flags, MYPROTO_DIAG_PEER);
	assert_int_equal(m->rqueue, 5);
	assert_true(m->rmem > 5);
	assert_true(m->rcvbuf >= 4096 && m->sndbuf >= 4096);
	m = find(d);
	assert_int_equal(m->type, SOCK_DGRAM);
	assert_int_equal(m->state, TCP_CLOSE);
	assert_int_equal(m->rqueue, 4);
	assert_true(m->wqueue > 4);
	shutdown(c, SHUT_WR);
	assert_int_equal(find(c)->shutdown, 2);
	assert_int_equal(find(s)->shutdown, 1);

	/* Filters. The one that nobody accepted yet has no inode. */
	assert_int_equal(dump(r), 6);
	r.types = 1 << SOCK_DGRAM;
	assert_int_equal(dump(r), 1);
	r.types = 1 << SOCK_STREAM | 1 << SOCK_DGRAM;
	assert_int_equal(dump(r), 6);
	r.types = 0;
	r.states = 1 << TCP_LISTEN;
	assert_int_equal(dump(r), 1);
	r.states = 1 << TCP_ESTABLISHED;
	assert_int_equal(dump(r), 4);
	r.states = 0;
	r.ino = inode(d);
	assert_int_equal(dump(r), 1);
	assert_int_equal(all[0].channel, 7);
	/* Another namespace has its own. */
	mp_good(unshare(CLONE_NEWNET));
	r.ino = 0;
	assert_int_equal(dump(r), 0);
	close(l);
	close(c);
	close(c2);
	close(s);
	close(d);
}

static void test_diag_refused(void **state)
{
	struct myproto_diag_req r = { 0 };

	(void)state;
	assert_int_equal(ask(r, 0, sizeof(r)), -EOPNOTSUPP);
	assert_int_equal(ask(r, NLM_F_DUMP, sizeof(r) - 4), -EINVAL);
	r.sdiag_protocol = 1;
	assert_int_equal(dump(r), -EINVAL);
	r.sdiag_protocol = 0;
	r.reserved = 1;
	assert_int_equal(dump(r), -EINVAL);
}

/* Each once, however many answers it takes. */
static void test_many(void **state)
{
	int many = mp_scale() > 1 ? 300 : 900, fd[900], i, j, n;
	FILE *f;

	(void)state;
	for (i = 0; i < many; i++) {
		fd[i] = mp_good(mp_socket(SOCK_DGRAM));
		mp_good(mp_bind(fd[i], 5000 + i));
	}
	n = dump((struct myproto_diag_req){ 0 });
	assert_int_equal(n, many);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			assert_int_not_equal(all[i].channel, all[j].channel);
	/* A walk through all of them that finds none. */
	assert_int_equal(
		dump((struct myproto_diag_req){ .types = 1 << SOCK_RAW }), 0);
	f = fopen("/proc/thread-self/net/myproto", "r");
	assert_non_null(f);
	for (n = 0; fgets(buf, sizeof(buf), f); n++)
		;
	fclose(f);
	assert_int_equal(n, many + 1);
	for (i = 0; i < many; i++)
		close(fd[i]);
	assert_int_equal(dump((struct myproto_diag_req){ 0 }), 0);
}

static volatile int stop;

/* Sockets that come and go, connected and not. */
static void *changing(void *arg)
{
	int fd[20] = { 0 }, i = 0, pair[2];

	while (!stop) {
		i = (i + 2) % 20;
		if (fd[i]) {
			close(fd[i]);
			close(fd[i + 1]);
		}
		if (i % 4) {
			if (mp_pair(SOCK_STREAM, pair))
				break;
			fd[i] = pair[0];
			fd[i + 1] = pair[1];
		} else {
			fd[i] = mp_listen(SOCK_SEQPACKET, MYPROTO_CHANNEL_ANY,
					  1);
			fd[i + 1] = mp_socket(SOCK_SEQPACKET);
			if (fd[i] < 0 || fd[i + 1] < 0 ||
			    mp_connect(fd[i + 1], mp_channel(fd[i])))
				break;
		}
	}
	for (i = 0; i < 20; i++)
		if (fd[i])
			close(fd[i]);
	(void)arg;
	return (void *)(long)!stop;
}

/* Those that are there all the time are shown once, whatever the others do. */
static void test_changes(void **state)
{
	int many = mp_scale() > 1 ? 150 : 700, fd[700], seen[700], i, k, n;
	int rounds = mp_scale() > 1 ? 5 : 30;
	pthread_t t;
	void *failed;

	(void)state;
	for (i = 0; i < many; i++) {
		fd[i] = mp_good(mp_socket(SOCK_DGRAM));
		mp_good(mp_bind(fd[i], 500000 + i));
	}
	stop = 0;
	assert_int_equal(pthread_create(&t, NULL, changing, NULL), 0);
	for (k = 0; k < rounds; k++) {
		n = mp_good(dump((struct myproto_diag_req){ 0 }));
		memset(seen, 0, sizeof(seen));
		for (i = 0; i < n; i++)
			if (all[i].type == SOCK_DGRAM)
				seen[all[i].channel - 500000]++;
		for (i = 0; i < many; i++)
			assert_int_equal(seen[i], 1);
	}
	stop = 1;
	pthread_join(t, &failed);
	assert_null(failed);
	for (i = 0; i < many; i++)
		close(fd[i]);
	assert_int_equal(dump((struct myproto_diag_req){ 0 }), 0);
}

static void test_proc(void **state)
{
	int l = mp_good(mp_listen(SOCK_SEQPACKET, 4242, 5));
	int c = mp_good(mp_socket(SOCK_SEQPACKET));
	char want[200], out[4000];

	(void)state;
	mp_good(mp_connect(c, 4242));
	mp_good(send(c, "hello", 5, 0));
	assert_int_equal(run_command("cat /proc/net/myproto | tr -s ' '", out,
				     sizeof(out)),
			 0);
	snprintf(want, sizeof(want), "seqpacket listen 4242 * 1 5 0 %u\n",
		 inode(l));
	if (!strstr(out, want))
		fail_msg("no '%s' in '%s'", want, out);
	snprintf(want, sizeof(want), "seqpacket connected * 4242 0 5 0 %u\n",
		 inode(c));
	if (!strstr(out, want))
		fail_msg("no '%s' in '%s'", want, out);
	snprintf(want, sizeof(want), "seqpacket connected 4242 * 5 0 0 0\n");
	if (!strstr(out, want))
		fail_msg("no '%s' in '%s'", want, out);
	/* The name of the protocol. */
	must("grep -q '^MYPROTO ' /proc/net/protocols");
	close(c);
	close(l);
}

#define TRACING "/sys/kernel/tracing/"

static void test_trace(void **state)
{
	int d = mp_good(mp_socket(SOCK_DGRAM));
	char out[8000];

	(void)state;
	if (access(TRACING "events/af_myproto/enable", W_OK)) {
		print_message("# this kernel has no trace points\n");
		close(d);
		return;
	}
	must("echo > " TRACING "trace; echo 1 > " TRACING
	     "events/af_myproto/enable");
	mp_good(mp_bind(d, 4242));
	mp_good(mp_connect(d, 4242));
	mp_good(send(d, "hello", 5, 0));
	close(d);
	must("echo 0 > " TRACING "events/af_myproto/enable");
	assert_int_equal(run_command("cat " TRACING "trace", out, sizeof(out)),
			 0);
	assert_non_null(strstr(out, "type=dgram channel=4242 err=0"));
	assert_non_null(strstr(out, "myproto_bind:"));
	assert_non_null(strstr(out, "myproto_connect:"));
	assert_non_null(strstr(out, "myproto_send:"));
	assert_non_null(strstr(out, "len=5 why=closed"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(diag),    T(diag_refused), T(many),
		T(changes), T(proc),	     T(trace),
	};

	return check_run(tests);
}
