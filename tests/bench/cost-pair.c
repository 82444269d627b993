// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages through pairs of ends, and connections made and closed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cost.h"
#include "pair.h"

enum { MOST = 16 };

/* How often in a batch: large messages are few. */
static unsigned int number_of(long bytes)
{
	return bytes > 8192 ? 20 : 100;
}

/* Each row with each size; those of one size take turns. */
static void messages(const char *table, const char *const *rows,
		     const long *sizes, int count)
{
	struct message message[MOST];
	struct pair pair[MOST];
	struct op ops[MOST];
	int i, n, used, err;

	for (n = 0; n < count; n++) {
		memset(ops, 0, sizeof(ops));
		for (i = used = 0; rows[i]; i++) {
			struct op *op = &ops[used];

			op->what = (struct record){ .table = table,
						    .row = rows[i],
						    .bytes = sizes[n] };
			err = pair_find(&pair[used], rows[i]);
			if (err)
				die("%s: no such row", rows[i]);
			err = pair_open(&pair[used]);
			if (err) {
				missing(&op->what, strerror(-err));
				pair_close(&pair[used]);
				continue;
			}
			message[used] = (struct message){ .pair = &pair[used],
							  .bytes = sizes[n] };
			op->once = message_once;
			op->arg = &message[used];
			op->number = number_of(sizes[n]);
			used++;
		}
		measure(ops, used);
		for (i = 0; i < used; i++)
			pair_close(&pair[i]);
	}
}

void cost_family(const long *sizes, int count)
{
	static const char *const rows[] = {
		"unix_stream",
		"unix_seqpacket",
		"unix_dgram",
		"myproto_stream",
		"myproto_seqpacket",
		"myproto_dgram",
		"pipe",
		"tcp",
		"vsock_stream",
		"vsock_seqpacket",
		NULL,
	};

	messages("family", rows, sizes, count);
}

void cost_tcp(const long *sizes, int count)
{
	static const char *const rows[] = { "tcp", "caesar", "ktls", NULL };

	messages("tcp", rows, sizes, count);
}

/* Where rules are: each connection then pays for the table's hooks. */
void cost_rule(const long *sizes, int count)
{
	static const char *const rows[] = { "tcp_rule", "xt_caesar", NULL };

	messages("tcp", rows, sizes, count);
}

static int connect_once(void *arg)
{
	struct pair *p = arg;

	p->fd[0] = pair_client(p);
	if (p->fd[0] < 0)
		return p->fd[0];
	p->fd[1] = pair_server(p);
	if (p->fd[1] < 0)
		return p->fd[1];
	close(p->fd[0]);
	close(p->fd[1]);
	p->fd[0] = p->fd[1] = -1;
	return 0;
}

void cost_connect(const long *sizes, int count)
{
	static const char *const rows[] = {
		"unix_stream",	  "unix_seqpacket",
		"myproto_stream", "myproto_seqpacket",
		"vsock_stream",	  "tcp",
		"caesar",	  "ktls",
	};
	enum { ROWS = sizeof(rows) / sizeof(*rows) };
	struct op ops[ROWS] = {};
	struct pair pair[ROWS];
	unsigned int i, used;
	int err;

	(void)sizes;
	(void)count;
	for (i = used = 0; i < ROWS; i++) {
		struct op *op = &ops[used];

		op->what =
			(struct record){ .table = "connect", .row = rows[i] };
		err = pair_find(&pair[used], rows[i]);
		if (err)
			die("%s: no such row", rows[i]);
		err = pair_listen(&pair[used]);
		if (err) {
			missing(&op->what, strerror(-err));
			pair_close(&pair[used]);
			continue;
		}
		op->once = connect_once;
		op->arg = &pair[used++];
		op->number = 30;
	}
	measure(ops, used);
}
