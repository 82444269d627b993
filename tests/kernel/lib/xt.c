// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "xt.h"

/* A table as the kernel takes it, IPv4's or IPv6's, and where it has grown to. */
struct table {
	int family;
	unsigned int count;
	unsigned int size;
	unsigned char entries[8192] __attribute__((aligned(8)));
};

static void *grow(struct table *t, size_t size)
{
	void *p = t->entries + t->size;

	t->size += size;
	return p;
}

/* Begins an entry; end_entry() follows its matches and its target. */
static unsigned int begin_entry(struct table *t, uint8_t protocol)
{
	unsigned int start = t->size;
	struct ip6t_entry *six;
	struct ipt_entry *four;

	t->count++;
	if (t->family == AF_INET) {
		four = grow(t, sizeof(*four));
		four->ip.proto = protocol;
	} else {
		six = grow(t, sizeof(*six));
		six->ipv6.proto = protocol;
		six->ipv6.flags = protocol ? IP6T_F_PROTO : 0;
	}
	return start;
}

static void end_entry(struct table *t, unsigned int start, unsigned int target)
{
	struct ip6t_entry *six = (void *)(t->entries + start);
	struct ipt_entry *four = (void *)(t->entries + start);

	if (t->family == AF_INET) {
		four->target_offset = target - start;
		four->next_offset = t->size - start;
	} else {
		six->target_offset = target - start;
		six->next_offset = t->size - start;
	}
}

static void *put_target(struct table *t, const char *name, size_t size)
{
	struct xt_entry_target *target =
		grow(t, XT_ALIGN(sizeof(*target) + size));

	target->u.target_size = XT_ALIGN(sizeof(*target) + size);
	strcpy(target->u.user.name, name);
	return target->data;
}

static void put_ports(struct table *t, const struct xt_rule *r)
{
	struct xt_entry_match *match;
	struct xt_tcp *tcp;

	match = grow(t, XT_ALIGN(sizeof(*match) + sizeof(*tcp)));
	match->u.match_size = XT_ALIGN(sizeof(*match) + sizeof(*tcp));
	strcpy(match->u.user.name, "tcp");
	tcp = (struct xt_tcp *)match->data;
	tcp->spts[0] = r->sport;
	tcp->spts[1] = r->sport ? r->sport : 65535;
	tcp->dpts[0] = r->dport;
	tcp->dpts[1] = r->dport ? r->dport : 65535;
}

static void put_rule(struct table *t, const struct xt_rule *r)
{
	unsigned int start, target;

	start = begin_entry(t, r->protocol ? r->protocol : IPPROTO_TCP);
	if (r->sport || r->dport)
		put_ports(t, r);
	target = t->size;
	memcpy(put_target(t, XT_CAESAR_NAME, sizeof(r->info)), &r->info,
	       sizeof(r->info));
	end_entry(t, start, target);
}

/* What becomes of a packet that no rule has decided about: it is accepted. */
static void put_policy(struct table *t)
{
	unsigned int start = begin_entry(t, 0), target = t->size;
	int *verdict = put_target(t, XT_STANDARD_TARGET, sizeof(int));

	*verdict = -NF_ACCEPT - 1;
	end_entry(t, start, target);
}

static void put_error(struct table *t)
{
	unsigned int start = begin_entry(t, 0), target = t->size;

	strcpy(put_target(t, XT_ERROR_TARGET, XT_FUNCTION_MAXNAMELEN),
	       XT_ERROR_TARGET);
	end_entry(t, start, target);
}

static int replace(int fd, int family, const char *table,
		   const struct xt_rule *rules, size_t count)
{
	/* Those of the families are the same. */
	struct ipt_getinfo info = { 0 };
	struct {
		struct ipt_replace head;
		unsigned char entries[sizeof(((struct table *)0)->entries)];
	} *request;
	socklen_t len = sizeof(info);
	struct table t = { .family = family };
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	unsigned int chain;
	size_t i;
	int err;

	strcpy(info.name, table);
	if (getsockopt(fd, level, IPT_SO_GET_INFO, &info, &len))
		return -errno;
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	for (chain = 0; chain < XT_CHAINS; chain++) {
		if (!(info.valid_hooks & 1U << chain))
			continue;
		request->head.hook_entry[chain] = t.size;
		for (i = 0; i < count; i++)
			if (rules[i].chain == chain)
				put_rule(&t, &rules[i]);
		request->head.underflow[chain] = t.size;
		put_policy(&t);
	}
	put_error(&t);

	strcpy(request->head.name, table);
	request->head.valid_hooks = info.valid_hooks;
	request->head.num_entries = t.count;
	request->head.size = t.size;
	request->head.num_counters = info.num_entries;
	request->head.counters =
		calloc(info.num_entries, sizeof(*request->head.counters));
	memcpy(request->head.entries, t.entries, t.size);
	err = setsockopt(fd, level, IPT_SO_SET_REPLACE, request,
			 sizeof(request->head) + t.size) ?
		      -errno :
		      0;
	free(request->head.counters);
	free(request);
	return err;
}

int xt_set(int family, const char *table, const struct xt_rule *rules,
	   size_t count)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	int err;

	if (fd < 0)
		return -errno;
	err = replace(fd, family, table, rules, count);
	close(fd);
	return err;
}

void xt_load(void)
{
	/* A kernel that has them built in has no such module. */
	if (system("modprobe -aq ip_tables ip6_tables"))
		return;
}

int xt_up(const char *interface)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	strcpy(ifr.ifr_name, interface);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
		err = -errno;
	ifr.ifr_flags |= IFF_UP;
	if (!err && ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		err = -errno;
	close(fd);
	return err;
}
