// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

static struct nl_msg msg;

unsigned int nb_scale(void)
{
	const char *text = getenv("SCALE");
	int n = text ? atoi(text) : 1;

	return n > 0 ? n : 1;
}

pid_t nb_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (!pid && prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(99);
	return pid;
}

static void become(const struct nb *b)
{
	if (b->uid && (setegid(b->uid) || seteuid(b->uid)))
		abort();
}

static void become_root(const struct nb *b)
{
	if (b->uid && (seteuid(0) || setegid(0)))
		abort();
}

int nb_open(struct nb *b, unsigned int uid)
{
	int err;

	memset(b, 0, sizeof(*b));
	b->uid = uid;
	b->tail = &b->head;
	become(b);
	err = nl_open(&b->s, NLBROKER_GENL_NAME);
	become_root(b);
	return err ?: nl_option(&b->s, NETLINK_NO_ENOBUFS, 1);
}

void nb_close(struct nb *b)
{
	struct nb_msg *m;

	nl_close(&b->s);
	while ((m = b->head)) {
		b->head = m->next;
		free(m);
	}
	b->tail = &b->head;
	free(b->last);
	b->last = NULL;
}

int nb_rcvbuf(struct nb *b, int bytes)
{
	/* Without rights no more than net.core.rmem_max. */
	return setsockopt(b->s.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			  sizeof(bytes)) &&
			       setsockopt(b->s.fd, SOL_SOCKET, SO_RCVBUF,
					  &bytes, sizeof(bytes)) ?
		       -errno :
		       0;
}

static uint32_t get_u32(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = nl_attr(h, type);

	return a ? nl_u32(a) : 0;
}

static uint64_t get_u64(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = nl_attr(h, type);

	return a ? nl_u64(a) : 0;
}

static struct nb_msg *parse(const struct nlmsghdr *h)
{
	const struct nlattr *topic = nl_attr(h, NLBROKER_A_TOPIC);
	const struct nlattr *data = nl_attr(h, NLBROKER_A_PAYLOAD);
	size_t len = data ? nl_len(data) : 0;
	struct nb_msg *m = calloc(1, sizeof(*m) + len + 1);

	if (!m)
		abort();
	m->cmd = nl_cmd(h);
	m->has_topic = topic;
	if (topic)
		snprintf(m->topic, sizeof(m->topic), "%s",
			 (const char *)nl_data(topic));
	m->retained = nl_attr(h, NLBROKER_A_RETAINED);
	m->retain = nl_attr(h, NLBROKER_A_RETAIN);
	m->has_creds = nl_attr(h, NLBROKER_A_TIME);
	m->seq = get_u64(h, NLBROKER_A_SEQ);
	m->count = get_u64(h, NLBROKER_A_COUNT);
	m->first = get_u64(h, NLBROKER_A_FIRST_SEQ);
	m->last = get_u64(h, NLBROKER_A_LAST_SEQ);
	m->time = get_u64(h, NLBROKER_A_TIME);
	m->portid = get_u32(h, NLBROKER_A_PORTID);
	m->pid = get_u32(h, NLBROKER_A_PID);
	m->uid = get_u32(h, NLBROKER_A_UID);
	m->gid = get_u32(h, NLBROKER_A_GID);
	m->mode = get_u32(h, NLBROKER_A_MODE);
	m->len = len;
	if (len)
		memcpy(m->data, nl_data(data), len);
	return m;
}

/* What the kernel sends by itself has no sequence number. */
static bool unasked(const struct nb *b, const struct nlmsghdr *h)
{
	return h->nlmsg_type == b->s.family && !h->nlmsg_seq && !h->nlmsg_pid;
}

static const struct nlmsghdr *answer(struct nb *b)
{
	const struct nlmsghdr *h;

	while ((h = nl_recv(&b->s)) && unasked(b, h)) {
		*b->tail = parse(h);
		b->tail = &(*b->tail)->next;
	}
	return h;
}

static int refused(struct nb *b, const struct nlmsghdr *h)
{
	if (!nl_error(h, &b->e))
		return -EBADMSG;
	snprintf(b->text, sizeof(b->text), "%s", b->e.text ?: "");
	return b->e.error;
}

static int transmit(struct nb *b, const struct nl_msg *m)
{
	int err;

	become(b);
	err = nl_send(&b->s, m);
	become_root(b);
	return err;
}

int nb_call(struct nb *b, struct nl_msg *m, const struct nlmsghdr **reply)
{
	const struct nlmsghdr *h;
	int err = transmit(b, m);

	if (reply)
		*reply = NULL;
	b->text[0] = '\0';
	if (err)
		return err;
	h = answer(b);
	if (!h)
		return -errno;
	if (h->nlmsg_seq != m->h.nlmsg_seq)
		return -EBADMSG;
	if (h->nlmsg_type == NLMSG_ERROR)
		return refused(b, h);
	if (!reply)
		return -EBADMSG;
	*reply = h;
	return 0;
}

static void begin(struct nb *b, uint8_t cmd, uint16_t type, const char *name)
{
	nl_begin(&b->s, &msg, cmd, NLM_F_ACK);
	if (name)
		nl_put_str(&msg, type, name);
}

int nb_advertise(struct nb *b, const char *topic, int mode, bool retain)
{
	begin(b, NLBROKER_CMD_ADVERTISE, NLBROKER_A_TOPIC, topic);
	if (mode >= 0)
		nl_put_u32(&msg, NLBROKER_A_MODE, mode);
	if (retain)
		nl_put(&msg, NLBROKER_A_RETAIN, NULL, 0);
	return nb_call(b, &msg, NULL);
}

int nb_withdraw(struct nb *b, const char *topic)
{
	begin(b, NLBROKER_CMD_WITHDRAW, NLBROKER_A_TOPIC, topic);
	return nb_call(b, &msg, NULL);
}

int nb_subscribe(struct nb *b, const char *pattern, int options)
{
	begin(b, NLBROKER_CMD_SUBSCRIBE, NLBROKER_A_PATTERN, pattern);
	if (options & NB_NO_LOCAL)
		nl_put(&msg, NLBROKER_A_NO_LOCAL, NULL, 0);
	if (options & NB_RETAINED)
		nl_put(&msg, NLBROKER_A_SEND_RETAINED, NULL, 0);
	if (options & NB_CREDS)
		nl_put(&msg, NLBROKER_A_CREDS, NULL, 0);
	return nb_call(b, &msg, NULL);
}

int nb_unsubscribe(struct nb *b, const char *pattern)
{
	begin(b, NLBROKER_CMD_UNSUBSCRIBE, NLBROKER_A_PATTERN, pattern);
	return nb_call(b, &msg, NULL);
}

static void publish(struct nb *b, const char *topic, const void *data,
		    size_t len, int options)
{
	begin(b, NLBROKER_CMD_PUBLISH, NLBROKER_A_TOPIC, topic);
	nl_put(&msg, NLBROKER_A_PAYLOAD, data, len);
	if (options & NB_RETAIN)
		nl_put(&msg, NLBROKER_A_RETAIN, NULL, 0);
	if (options & NB_HOLD)
		nl_put(&msg, NLBROKER_A_HOLD, NULL, 0);
}

int nb_publish(struct nb *b, const char *topic, const void *data, size_t len,
	       int options)
{
	publish(b, topic, data, len, options);
	return nb_call(b, &msg, NULL);
}

int nb_say(struct nb *b, const char *topic, const char *text)
{
	return nb_publish(b, topic, text, strlen(text), 0);
}

int nb_post(struct nb *b, const char *topic, const void *data, size_t len)
{
	publish(b, topic, data, len, 0);
	msg.h.nlmsg_flags &= ~NLM_F_ACK;
	return transmit(b, &msg);
}

/* Sends what has been begun, and takes the counts. */
static int echo(struct nb *b, int options, struct nb_result *r)
{
	const struct nlmsghdr *h;
	const struct nlattr *a;
	int err;

	memset(r, 0, sizeof(*r));
	msg.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ECHO;
	err = nb_call(b, &msg, &h);
	if (err)
		return err;
	if (!h || nl_cmd(h) != NLBROKER_CMD_PUBLISH)
		return -EBADMSG;
	r->seq = get_u64(h, NLBROKER_A_SEQ);
	r->delivered = get_u64(h, NLBROKER_A_DELIVERED);
	r->full = get_u64(h, NLBROKER_A_FULL);
	a = nl_attr(h, NLBROKER_A_FULL_PORTIDS);
	if (!a != !(options & NB_HOLD))
		return -EBADMSG;
	if (a) {
		if (nl_len(a) > sizeof(r->ports))
			return -EMSGSIZE;
		memcpy(r->ports, nl_data(a), nl_len(a));
		r->ports_num = nl_len(a) / sizeof(uint32_t);
	}
	return 0;
}

int nb_publish_echo(struct nb *b, const char *topic, const void *data,
		    size_t len, int options, const uint32_t *only,
		    size_t only_num, struct nb_result *r)
{
	publish(b, topic, data, len, options);
	if (only)
		nl_put(&msg, NLBROKER_A_ONLY, only, only_num * sizeof(*only));
	return echo(b, options, r);
}

int nb_publish_several(struct nb *b, const char *topic,
		       const struct nb_payload *payloads, size_t num,
		       int options, struct nb_result *r)
{
	size_t i;

	publish(b, topic, payloads->data, payloads->len, options);
	for (i = 1; i < num; i++)
		nl_put(&msg, NLBROKER_A_PAYLOAD, payloads[i].data,
		       payloads[i].len);
	return r ? echo(b, options, r) : nb_call(b, &msg, NULL);
}

const struct nb_msg *nb_next(struct nb *b)
{
	const struct nlmsghdr *h;

	free(b->last);
	b->last = NULL;
	if (b->head) {
		b->last = b->head;
		b->head = b->last->next;
		if (!b->head)
			b->tail = &b->head;
		return b->last;
	}
	h = nl_recv(&b->s);
	if (!h)
		return NULL;
	if (!unasked(b, h)) {
		errno = EBADMSG;
		return NULL;
	}
	b->last = parse(h);
	return b->last;
}

bool nb_silent(struct nb *b, int ms)
{
	return !b->head && nl_silent(&b->s, ms);
}

static void info(const struct nlmsghdr *h, struct nb_info *i)
{
	const struct nlattr *a = nl_attr(h, NLBROKER_A_TOPIC);

	memset(i, 0, sizeof(*i));
	if (a)
		snprintf(i->topic, sizeof(i->topic), "%s",
			 (const char *)nl_data(a));
	i->seq = get_u64(h, NLBROKER_A_SEQ);
	i->delivered = get_u64(h, NLBROKER_A_DELIVERED);
	i->lost = get_u64(h, NLBROKER_A_LOST);
	i->time = get_u64(h, NLBROKER_A_TIME);
	i->portid = get_u32(h, NLBROKER_A_PORTID);
	i->has_portid = nl_attr(h, NLBROKER_A_PORTID);
	i->pid = get_u32(h, NLBROKER_A_PID);
	i->uid = get_u32(h, NLBROKER_A_UID);
	i->gid = get_u32(h, NLBROKER_A_GID);
	i->mode = get_u32(h, NLBROKER_A_MODE);
	i->subscriptions = get_u32(h, NLBROKER_A_SUBSCRIPTIONS);
	i->advertised = get_u32(h, NLBROKER_A_ADVERTISED);
	i->queued = get_u32(h, NLBROKER_A_QUEUED);
	i->queue_size = get_u32(h, NLBROKER_A_QUEUE_SIZE);
	i->subscribers = get_u32(h, NLBROKER_A_SUBSCRIBERS);
	i->has_value = nl_attr(h, NLBROKER_A_RETAINED_LEN);
	i->retained_len = get_u32(h, NLBROKER_A_RETAINED_LEN);
	i->retain = nl_attr(h, NLBROKER_A_RETAIN);
	i->raw = nl_attr(h, NLBROKER_A_RAW);
	i->interrupted = h->nlmsg_flags & NLM_F_DUMP_INTR;
	a = nl_attr(h, NLBROKER_A_PAYLOAD);
	if (a) {
		i->len = nl_len(a);
		memcpy(i->data, nl_data(a),
		       i->len < sizeof(i->data) ? i->len : sizeof(i->data));
	}
}

static int get(struct nb *b, struct nb_info *i)
{
	const struct nlmsghdr *h;
	int err;

	msg.h.nlmsg_flags = NLM_F_REQUEST;
	err = nb_call(b, &msg, &h);
	if (!err)
		info(h, i);
	return err;
}

int nb_topic(struct nb *b, const char *topic, struct nb_info *i)
{
	begin(b, NLBROKER_CMD_GET_TOPIC, NLBROKER_A_TOPIC, topic);
	return get(b, i);
}

int nb_peer(struct nb *b, uint32_t portid, struct nb_info *i)
{
	begin(b, NLBROKER_CMD_GET_PEER, 0, NULL);
	if (portid)
		nl_put_u32(&msg, NLBROKER_A_PORTID, portid);
	return get(b, i);
}

int nb_dump(struct nb *b, uint8_t cmd, const char *pattern, struct nb_info *i,
	    int max)
{
	const struct nlmsghdr *h;
	int err, n = 0;

	nl_begin(&b->s, &msg, cmd, NLM_F_DUMP);
	if (pattern)
		nl_put_str(&msg, NLBROKER_A_PATTERN, pattern);
	err = transmit(b, &msg);
	if (err)
		return err;
	for (;;) {
		h = answer(b);
		if (!h)
			return -errno;
		if (h->nlmsg_type == NLMSG_DONE) {
			memcpy(&err, h + 1, sizeof(err));
			return err ?: n;
		}
		if (h->nlmsg_type == NLMSG_ERROR)
			return refused(b, h);
		if (nl_cmd(h) != cmd)
			return -EBADMSG;
		if (n < max)
			info(h, &i[n]);
		n++;
	}
}

int nb_limits(struct nb *b, uint64_t values[NLBROKER_A_MAX + 1])
{
	const struct nlmsghdr *h;
	const struct nlattr *a;
	int err, t;

	nl_begin(&b->s, &msg, NLBROKER_CMD_GET_LIMITS, 0);
	err = nb_call(b, &msg, &h);
	if (err)
		return err;
	memset(values, 0, (NLBROKER_A_MAX + 1) * sizeof(*values));
	for (t = 1; t <= NLBROKER_A_MAX; t++) {
		a = nl_attr(h, t);
		if (a)
			values[t] = nl_len(a) == 4 ? nl_u32(a) : nl_u64(a);
	}
	return 0;
}

int nb_set_limit(struct nb *b, uint16_t type, uint64_t value)
{
	nl_begin(&b->s, &msg, NLBROKER_CMD_SET_LIMITS, NLM_F_ACK);
	nl_put(&msg, type, &value, sizeof(value));
	return nb_call(b, &msg, NULL);
}

int nb_set_mode(struct nb *b, unsigned int mode)
{
	nl_begin(&b->s, &msg, NLBROKER_CMD_SET_LIMITS, NLM_F_ACK);
	nl_put_u32(&msg, NLBROKER_A_MODE, mode);
	return nb_call(b, &msg, NULL);
}
