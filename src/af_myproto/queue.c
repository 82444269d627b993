// SPDX-License-Identifier: GPL-2.0-only
/*
 * A receive queue: what it may hold, putting something in, waiting for room and
 * for something to come. "The queue lock" is sk_receive_queue.lock.
 *
 * Nobody is woken in vain. A sender that finds no room sets .wanted under the
 * queue lock, and whoever reads wakes the senders only if that is set, and only
 * when a quarter of the room is free. A reader of a stream is woken when the queue
 * reaches what it waits for (SO_RCVLOWAT), or if it sleeps.
 */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "af_myproto.h"

/* The most that is allocated in one piece; more goes into pages. */
#define MYPROTO_LINEAR	(SKB_WITH_OVERHEAD(4096))

/*
 * How much memory a queue may take; one message may go beyond. Of SOCK_DGRAM
 * anybody may be the sender.
 */
static u32 myproto_queue_limit(const struct sock *to, const struct sock *from)
{
	u32 limit = READ_ONCE(to->sk_rcvbuf);

	if (myproto_is_dgram(to))
		return limit;
	return min_t(u32, limit, READ_ONCE(from->sk_sndbuf));
}

/**
 * __myproto_queue_full() - whether a message has to wait
 * @to: whose queue
 * @from: who sends it
 *
 * Context: queue lock.
 * Return: true if so.
 */
bool __myproto_queue_full(const struct sock *to, const struct sock *from)
{
	lockdep_assert_held(&to->sk_receive_queue.lock);
	return myproto_sk(to)->rmem >= myproto_queue_limit(to, from);
}

/**
 * __myproto_queue_roomy() - whether those who wait for room should be woken
 * @to: whose queue
 * @from: who may send to it, of a connection
 *
 * Context: queue lock.
 * Return: true if a quarter is free.
 */
bool __myproto_queue_roomy(const struct sock *to, const struct sock *from)
{
	u32 limit = myproto_queue_limit(to, from);

	lockdep_assert_held(&to->sk_receive_queue.lock);
	return myproto_sk(to)->rmem <= limit - limit / 4;
}

/**
 * __myproto_queue_want() - ask to be woken when there is room
 * @to: in whose queue
 * @from: who sends, whose own operation this is
 *
 * A reader that waits for more than the queue can hold (SO_RCVLOWAT) has to read
 * what there is: see myproto_readable().
 *
 * Context: queue lock.
 * Return: true if the reader is to be woken, without the lock.
 */
bool __myproto_queue_want(struct sock *to, struct sock *from)
{
	struct myproto_sock *mt = myproto_sk(to);
	bool wanted = mt->wanted;

	lockdep_assert_held(&to->sk_receive_queue.lock);
	WRITE_ONCE(mt->wanted, true);
	/* O_ASYNC: myproto_write_space() signals those only who have asked. */
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, from);
	return !wanted && to->sk_type == SOCK_STREAM &&
	       mt->inq < READ_ONCE(to->sk_rcvlowat);
}

/**
 * __myproto_queue_add() - put a buffer into a queue
 * @to: whose queue
 * @skb: the buffer
 *
 * Context: queue lock.
 */
void __myproto_queue_add(struct sock *to, struct sk_buff *skb)
{
	struct myproto_sock *mt = myproto_sk(to);

	lockdep_assert_held(&to->sk_receive_queue.lock);
	mt->rmem += skb->truesize;
	WRITE_ONCE(mt->inq, mt->inq + skb->len);
	mt->arrivals++;
	__skb_queue_tail(&to->sk_receive_queue, skb);
}

/**
 * myproto_deliver() - put a message into a queue, and wake its reader
 * @to: whose queue; there until this returns
 * @from: who sends it
 * @skb: the message; the queue's if this succeeds
 *
 * Context: any but an interrupt.
 * Return: 0; -EAGAIN when it has to wait, and then somebody will wake those who
 * do; -EPIPE when nothing is received any more; -ECONNREFUSED when closed.
 */
int myproto_deliver(struct sock *to, struct sock *from, struct sk_buff *skb)
{
	struct myproto_sock *mt = myproto_sk(to);
	int err = 0;

	spin_lock(&to->sk_receive_queue.lock);
	if (unlikely(mt->dead)) {
		err = -ECONNREFUSED;
	} else if (unlikely(to->sk_shutdown & RCV_SHUTDOWN)) {
		err = -EPIPE;
	} else if (unlikely(__myproto_queue_full(to, from))) {
		__myproto_queue_want(to, from);
		err = -EAGAIN;
	} else {
		__myproto_queue_add(to, skb);
	}
	spin_unlock(&to->sk_receive_queue.lock);

	if (likely(!err))
		to->sk_data_ready(to);
	return err;
}

/**
 * __myproto_queue_credit() - say that something was read
 * @sk: whose queue
 * @bytes: how much
 * @truesize: how much memory that took
 *
 * Context: queue lock.
 * Return: true if myproto_wake_writers() is to follow, without the lock.
 */
bool __myproto_queue_credit(struct sock *sk, u32 bytes, u32 truesize)
{
	struct myproto_sock *ms = myproto_sk(sk);

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	WRITE_ONCE(ms->inq, ms->inq - bytes);
	ms->rmem -= truesize;
	if (likely(!ms->wanted) || !__myproto_queue_roomy(sk, myproto_peer(sk)))
		return false;
	WRITE_ONCE(ms->wanted, false);
	return true;
}

/**
 * myproto_wake_writers() - wake those who wait for room in a queue
 * @sk: whose queue
 *
 * Context: process context.
 */
void myproto_wake_writers(struct sock *sk)
{
	struct sock *peer;

	if (myproto_is_dgram(sk)) {
		wake_up_interruptible_poll(&myproto_sk(sk)->room, EPOLLOUT |
					   EPOLLWRNORM | EPOLLWRBAND);
	} else {
		peer = myproto_peer(sk);
		peer->sk_write_space(peer);
	}
}

/**
 * myproto_write_space() - tell a socket that it may send
 * @sk: the socket
 *
 * Also called by the kernel when SO_SNDBUF was set.
 *
 * Context: any.
 */
void myproto_write_space(struct sock *sk)
{
	struct socket_wq *wq;

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_sync_poll(&wq->wait, EPOLLOUT |
						EPOLLWRNORM | EPOLLWRBAND);
	sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/**
 * myproto_wait_room() - sleep until a queue has room
 * @sk: who wants to send
 * @to: whose queue; held by the caller
 * @timeo: for so long at most, in jiffies
 *
 * Context: process context, sleeps.
 * Return: what is left of the time. The caller looks for signals and for room.
 */
long myproto_wait_room(struct sock *sk, struct sock *to, long timeo)
{
	struct myproto_sock *mt = myproto_sk(to);
	wait_queue_head_t *wq = myproto_is_dgram(sk) ? &mt->room : sk_sleep(sk);
	DECLARE_WAITQUEUE(own, current);
	DEFINE_WAIT(wait);
	bool full, tell = false;

	/* Of a shutdown of @sk itself .room says nothing. */
	if (wq != sk_sleep(sk))
		add_wait_queue(sk_sleep(sk), &own);
	prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE);
	spin_lock(&to->sk_receive_queue.lock);
	full = !mt->dead && !(to->sk_shutdown & RCV_SHUTDOWN) &&
	       __myproto_queue_full(to, sk);
	if (full)
		tell = __myproto_queue_want(to, sk);
	spin_unlock(&to->sk_receive_queue.lock);
	if (tell)
		to->sk_data_ready(to);
	if (full && !(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) &&
	    !READ_ONCE(sk->sk_err) && !signal_pending(current))
		timeo = schedule_timeout(timeo);
	finish_wait(wq, &wait);
	if (wq != sk_sleep(sk))
		remove_wait_queue(sk_sleep(sk), &own);
	return timeo;
}

/**
 * myproto_wait_data() - sleep until something comes
 * @sk: the reader's socket
 * @arrivals: how often something had come when the reader found nothing for it
 * @timeo: for so long at most, in jiffies
 *
 * Not how much there is: that can be the same again when others have read.
 *
 * Context: process context, sleeps. The caller doesn't have the reader mutex.
 * Return: what is left of the time. The caller looks for signals.
 */
long myproto_wait_data(struct sock *sk, u32 arrivals, long timeo)
{
	struct myproto_sock *ms = myproto_sk(sk);
	DEFINE_WAIT(wait);
	bool nothing;

	prepare_to_wait(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	spin_lock(&sk->sk_receive_queue.lock);
	ms->waiters++;
	nothing = ms->arrivals == arrivals && !sk->sk_err &&
		  !(sk->sk_shutdown & RCV_SHUTDOWN);
	spin_unlock(&sk->sk_receive_queue.lock);
	if (nothing && !signal_pending(current))
		timeo = schedule_timeout(timeo);
	finish_wait(sk_sleep(sk), &wait);

	spin_lock(&sk->sk_receive_queue.lock);
	ms->waiters--;
	spin_unlock(&sk->sk_receive_queue.lock);
	return timeo;
}

/**
 * myproto_skb_new() - a buffer with what is to be sent
 * @sk: the sender
 * @msg: where that comes from
 * @len: how much
 * @err: set to the reason of a failure
 *
 * Context: process context, may sleep.
 * Return: the buffer, without a sender's name; or NULL, and @err is -ENOBUFS or
 * -EFAULT.
 */
struct sk_buff *myproto_skb_new(struct sock *sk, struct msghdr *msg, size_t len,
				int *err)
{
	struct sk_buff *skb;
	size_t pages = 0;

	if (likely(len <= MYPROTO_LINEAR)) {
		skb = alloc_skb(len, sk->sk_allocation);
		if (unlikely(!skb))
			goto err_nobufs;
		if (likely(copy_from_iter_full(skb_put(skb, len), len,
					       &msg->msg_iter)))
			return skb;
		goto err_fault;
	}

	pages = PAGE_ALIGN(len - MYPROTO_LINEAR);
	pages = min(pages, len);
	skb = alloc_skb_with_frags(len - pages, pages, PAGE_ALLOC_COSTLY_ORDER,
				   err, sk->sk_allocation);
	if (unlikely(!skb && pages > MAX_SKB_FRAGS * PAGE_SIZE)) {
		/*
		 * More than a buffer has room for in single pages, which is how
		 * Linux 5.10 and 6.1 count, and what others come to when memory is
		 * in small pieces: the rest in one piece, which they try harder for.
		 */
		pages = MAX_SKB_FRAGS * PAGE_SIZE;
		skb = alloc_skb_with_frags(len - pages, pages,
					   PAGE_ALLOC_COSTLY_ORDER, err,
					   sk->sk_allocation);
	}
	if (unlikely(!skb))
		goto err_nobufs;
	skb_put(skb, len - pages);
	skb->data_len = pages;
	skb->len = len;
	if (likely(!skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, len)))
		return skb;

err_fault:
	kfree_skb(skb);
	*err = -EFAULT;
	return NULL;

err_nobufs:
	*err = -ENOBUFS;
	return NULL;
}

/**
 * myproto_skb_free() - free a buffer that names its sender
 * @skb: the buffer
 *
 * Context: any but an interrupt.
 */
void myproto_skb_free(struct sk_buff *skb)
{
	put_pid(myproto_cb(skb)->pid);
	consume_skb(skb);
}
