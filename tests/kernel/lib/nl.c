// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

int nl_option(struct nl_sock *s, int option, int value)
{
	return setsockopt(s->fd, SOL_NETLINK, option, &value, sizeof(value)) ?
		       -errno :
		       0;
}

int nl_open(struct nl_sock *s, const char *family)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct timeval timeout = { .tv_sec = NL_TIMEOUT };
	socklen_t len = sizeof(addr);
	int err;

	memset(s, 0, sizeof(*s));
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (s->fd < 0)
		return -errno;
	s->in = malloc(sizeof(*s->in));
	if (!s->in || bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(s->fd, (struct sockaddr *)&addr, &len) ||
	    setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) ||
	    nl_option(s, NETLINK_EXT_ACK, 1)) {
		err = -errno;
		nl_close(s);
		return err;
	}
	s->portid = addr.nl_pid;
	s->seq = 1000;
	if (!family)
		return 0;
	err = nl_lookup(s, family);
	if (err)
		nl_close(s);
	return err;
}

void nl_close(struct nl_sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	free(s->in);
	s->in = NULL;
}

void nl_begin(struct nl_sock *s, struct nl_msg *m, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *g = (struct genlmsghdr *)(m->buf + NLMSG_HDRLEN);

	memset(m->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->h.nlmsg_len = m->len;
	m->h.nlmsg_type = s->family;
	m->h.nlmsg_flags = NLM_F_REQUEST | flags;
	m->h.nlmsg_seq = ++s->seq;
	m->h.nlmsg_pid = s->portid;
	g->cmd = cmd;
	g->version = 1;
}

void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(m->buf + ALIGN4(m->len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy(a + 1, data, len);
	m->len = ALIGN4(m->len) + NLA_HDRLEN + ALIGN4(len);
	memset((uint8_t *)(a + 1) + len, 0, ALIGN4(len) - len);
	m->h.nlmsg_len = m->len;
}

void nl_put_str(struct nl_msg *m, uint16_t type, const char *text)
{
	nl_put(m, type, text, strlen(text) + 1);
}

void nl_put_u32(struct nl_msg *m, uint16_t type, uint32_t value)
{
	nl_put(m, type, &value, sizeof(value));
}

int nl_send(struct nl_sock *s, const struct nl_msg *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n = sendto(s->fd, m->buf, m->len, 0,
			   s->plain ? NULL : (struct sockaddr *)&kernel,
			   s->plain ? 0 : sizeof(kernel));

	if (n < 0)
		return -errno;
	return (size_t)n == m->len ? 0 : -EMSGSIZE;
}

const struct nlmsghdr *nl_recv(struct nl_sock *s)
{
	const struct nlmsghdr *h;
	ssize_t n;

	if (s->at >= s->got) {
		n = recv(s->fd, s->in->buf, sizeof(s->in->buf), 0);
		if (n < 0)
			return NULL;
		s->got = n;
		s->at = 0;
	}
	h = (const struct nlmsghdr *)(s->in->buf + s->at);
	if (s->got - s->at < sizeof(*h) || h->nlmsg_len < sizeof(*h) ||
	    h->nlmsg_len > s->got - s->at) {
		s->at = s->got;
		errno = EBADMSG;
		return NULL;
	}
	s->at += ALIGN4(h->nlmsg_len);
	return h;
}

bool nl_silent(struct nl_sock *s, int ms)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	return s->at >= s->got && poll(&p, 1, ms) == 0;
}

static const struct nlattr *find(const uint8_t *at, const uint8_t *end,
				 uint16_t type)
{
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)at;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - at)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (ALIGN4(a->nla_len) >= (size_t)(end - at))
			break;
		at += ALIGN4(a->nla_len);
	}
	return NULL;
}

uint8_t nl_cmd(const struct nlmsghdr *h)
{
	return ((const struct genlmsghdr *)(h + 1))->cmd;
}

const struct nlattr *nl_attr(const struct nlmsghdr *h, uint16_t type)
{
	const uint8_t *p = (const uint8_t *)h;

	return find(p + NLMSG_HDRLEN + GENL_HDRLEN, p + h->nlmsg_len, type);
}

const void *nl_data(const struct nlattr *a)
{
	return a + 1;
}

size_t nl_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

uint32_t nl_u32(const struct nlattr *a)
{
	uint32_t v;

	memcpy(&v, a + 1, sizeof(v));
	return v;
}

uint64_t nl_u64(const struct nlattr *a)
{
	uint64_t v;

	memcpy(&v, a + 1, sizeof(v));
	return v;
}

bool nl_error(const struct nlmsghdr *h, struct nl_error *e)
{
	const uint8_t *p = (const uint8_t *)h, *end = p + h->nlmsg_len;
	const struct nlattr *a;

	memset(e, 0, sizeof(*e));
	if (h->nlmsg_type == NLMSG_DONE) {
		if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(int))
			return false;
		memcpy(&e->error, h + 1, sizeof(int));
		p += NLMSG_HDRLEN + sizeof(int);
	} else if (h->nlmsg_type == NLMSG_ERROR) {
		if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nlmsgerr))
			return false;
		memcpy(&e->error, h + 1, sizeof(int));
		e->request = &((const struct nlmsgerr *)(h + 1))->msg;
		e->request_len = h->nlmsg_flags & NLM_F_CAPPED ?
					 NLMSG_HDRLEN :
					 e->request->nlmsg_len;
		p = (const uint8_t *)e->request + ALIGN4(e->request_len);
	} else {
		return false;
	}
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || p >= end)
		return true;

	a = find(p, end, NL_ERR_MSG);
	e->text = a ? nl_data(a) : NULL;
	a = find(p, end, NL_ERR_OFFS);
	e->has_offs = a;
	e->offs = a ? nl_u32(a) : 0;
	a = find(p, end, NL_ERR_MISS_TYPE);
	e->has_miss = a;
	e->miss = a ? nl_u32(a) : 0;
	e->has_policy = find(p, end, NL_ERR_POLICY);
	return true;
}

static uint32_t group_of(const struct nlattr *groups)
{
	const uint8_t *at = nl_data(groups), *end = at + nl_len(groups);

	/* One nest for each group; genl_echo has one. */
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *nest = (const struct nlattr *)at, *a, *id;

		a = find(nl_data(nest), (const uint8_t *)nest + nest->nla_len,
			 CTRL_ATTR_MCAST_GRP_NAME);
		id = find(nl_data(nest), (const uint8_t *)nest + nest->nla_len,
			  CTRL_ATTR_MCAST_GRP_ID);
		if (a && id && !strcmp(nl_data(a), "events"))
			return nl_u32(id);
		at += ALIGN4(nest->nla_len);
	}
	return 0;
}

int nl_lookup(struct nl_sock *s, const char *family)
{
	static struct nl_msg m;
	const struct nlmsghdr *h;
	const struct nlattr *a;
	struct nl_error e;
	int err;

	s->family = GENL_ID_CTRL;
	nl_begin(s, &m, CTRL_CMD_GETFAMILY, 0);
	nl_put_str(&m, CTRL_ATTR_FAMILY_NAME, family);
	err = nl_send(s, &m);
	if (err)
		return err;
	h = nl_recv(s);
	if (!h)
		return -errno;
	if (nl_error(h, &e))
		return e.error;
	a = nl_attr(h, CTRL_ATTR_FAMILY_ID);
	if (!a)
		return -EBADMSG;
	memcpy(&s->family, nl_data(a), sizeof(s->family));
	a = nl_attr(h, CTRL_ATTR_MCAST_GROUPS);
	s->group = a ? group_of(a) : 0;
	return 0;
}

int nl_klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

int nl_klog_count(int fd, const char *const *words, char *line, size_t size)
{
	char record[8192];
	int found = 0;

	for (;;) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		const char *const *w, *text;

		if (n < 0 && errno == EPIPE)
			continue; /* overwritten: the next is there */
		if (n <= 0)
			return found;
		record[n] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		for (w = words; *w; w++) {
			if (!strstr(text, *w))
				continue;
			found++;
			snprintf(line, size, "%s", text);
			break;
		}
	}
}
