// SPDX-License-Identifier: GPL-2.0-only
/* /proc/net/myproto: a line for each socket of the namespace. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "af_myproto.h"

/**
 * struct myproto_seq - where a reader is
 * @net: the namespace; first, as seq_file_net() expects it
 * @bucket: of the socket that comes next
 * @id: of that, or a larger one
 */
struct myproto_seq {
	struct seq_net_private	net;
	unsigned int		bucket;
	u64			id;
};

static void *myproto_seq_at(struct seq_file *seq, struct myproto_sock *ms, u64 below)
{
	struct myproto_net *mn = myproto_net(seq_file_net(seq));
	struct myproto_seq *at = seq->private;

	while (at->bucket < MYPROTO_BUCKETS) {
		ms = myproto_walk(mn, at->bucket, ms, below);
		if (ms) {
			at->id = ms->id;
			break;
		}
		at->bucket++;
		below = U64_MAX;
	}
	return ms;
}

static void *myproto_seq_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct myproto_seq *at = seq->private;

	rcu_read_lock();
	if (!*pos) {
		at->bucket = 0;
		at->id = U64_MAX - 1;
		return SEQ_START_TOKEN;
	}
	return myproto_seq_at(seq, NULL, at->id + 1);
}

static void *myproto_seq_next(struct seq_file *seq, void *v, loff_t *pos)
{
	(*pos)++;
	return myproto_seq_at(seq, v == SEQ_START_TOKEN ? NULL : v, U64_MAX);
}

static void myproto_seq_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void myproto_seq_channel(struct seq_file *seq, const struct sock *sk)
{
	u32 channel = sk ? READ_ONCE(myproto_sk(sk)->channel) : MYPROTO_CHANNEL_ANY;

	if (channel == MYPROTO_CHANNEL_ANY)
		seq_puts(seq, "          *");
	else
		seq_printf(seq, " %10u", channel);
}

static const char *myproto_type_name(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return "stream";
	case SOCK_DGRAM:
		return "dgram";
	default:
		return "seqpacket";
	}
}

static const char *myproto_state_name(int state)
{
	switch (state) {
	case TCP_ESTABLISHED:
		return "connected";
	case TCP_LISTEN:
		return "listen";
	default:
		return "-";
	}
}

static int myproto_seq_show(struct seq_file *seq, void *v)
{
	struct myproto_sock *ms = v;
	struct sock *sk = &ms->sk;
	u8 state;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Type      State        Channel       Peer     Recv-Q     Send-Q    Uid      Inode\n");
		return 0;
	}
	state = READ_ONCE(sk->sk_state);
	seq_printf(seq, "%-9s %-9s", myproto_type_name(sk->sk_type),
		   myproto_state_name(state));
	myproto_seq_channel(seq, sk);
	myproto_seq_channel(seq, rcu_dereference(ms->peer));
	if (state == TCP_LISTEN)
		seq_printf(seq, " %10u %10u", READ_ONCE(sk->sk_ack_backlog),
			   READ_ONCE(sk->sk_max_ack_backlog));
	else
		seq_printf(seq, " %10u %10u", READ_ONCE(ms->inq), myproto_outq(sk));
	seq_printf(seq, " %6u %10lu\n",
		   from_kuid_munged(seq_user_ns(seq), sockmods_sk_uid(sk)),
		   (unsigned long)sock_i_ino(sk));
	return 0;
}

static const struct seq_operations myproto_seq_ops = {
	.start	= myproto_seq_start,
	.next	= myproto_seq_next,
	.stop	= myproto_seq_stop,
	.show	= myproto_seq_show,
};

/**
 * myproto_proc_init() - make the file
 * @net: the namespace
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int __net_init myproto_proc_init(struct net *net)
{
	if (!IS_ENABLED(CONFIG_PROC_FS))
		return 0;
	return proc_create_net("myproto", 0444, net->proc_net, &myproto_seq_ops,
			       sizeof(struct myproto_seq)) ? 0 : -ENOMEM;
}

/**
 * myproto_proc_exit() - take it away
 * @net: the namespace
 *
 * Context: process context, may sleep.
 */
void __net_exit myproto_proc_exit(struct net *net)
{
	remove_proc_entry("myproto", net->proc_net);
}
