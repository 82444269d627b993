/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM af_myproto

#if !defined(_AF_MYPROTO_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _AF_MYPROTO_TRACE_H

#include <linux/tracepoint.h>

#ifndef _AF_MYPROTO_TRACE_ONCE
#define _AF_MYPROTO_TRACE_ONCE
#include "af_myproto.h"

/* Why a message was dropped. */
enum myproto_drop {
	MYPROTO_DROP_CLOSED,
	MYPROTO_DROP_FAULT,
	MYPROTO_DROP_FILTER,
};
#endif

TRACE_DEFINE_ENUM(MYPROTO_DROP_CLOSED);
TRACE_DEFINE_ENUM(MYPROTO_DROP_FAULT);
TRACE_DEFINE_ENUM(MYPROTO_DROP_FILTER);

#define MYPROTO_SHOW_TYPE(type)					\
	__print_symbolic(type,						\
	{ SOCK_STREAM,		"stream" },			\
	{ SOCK_DGRAM,		"dgram" },			\
	{ SOCK_SEQPACKET,	"seqpacket" })

DECLARE_EVENT_CLASS(myproto_addr,
		    TP_PROTO(const struct sock *sk, u32 channel, int err),
		    TP_ARGS(sk, channel, err),
		    TP_STRUCT__entry(__field(u64, id)
				     __field(u32, channel)
				     __field(int, err)
				     __field(u16, type)),
		    TP_fast_assign(__entry->id = myproto_sk(sk)->id;
				   __entry->channel = channel;
				   __entry->err = err;
				   __entry->type = sk->sk_type;),
		    TP_printk("socket=%llu type=%s channel=%u err=%d",
			      __entry->id, MYPROTO_SHOW_TYPE(__entry->type),
			      __entry->channel, __entry->err)
);

/* @channel: what was asked for */
DEFINE_EVENT(myproto_addr, myproto_bind,
	     TP_PROTO(const struct sock *sk, u32 channel, int err),
	     TP_ARGS(sk, channel, err)
);

DEFINE_EVENT(myproto_addr, myproto_connect,
	     TP_PROTO(const struct sock *sk, u32 channel, int err),
	     TP_ARGS(sk, channel, err)
);

/* @to: the peer of a connection, or NULL */
TRACE_EVENT(myproto_send,
	    TP_PROTO(const struct sock *sk, const struct sock *to, size_t len,
		     int err),
	    TP_ARGS(sk, to, len, err),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, to)
			     __field(size_t, len)
			     __field(int, err)
			     __field(u16, type)),
	    TP_fast_assign(__entry->id = myproto_sk(sk)->id;
			   __entry->to = to ? myproto_sk(to)->id : 0;
			   __entry->len = len;
			   __entry->err = err;
			   __entry->type = sk->sk_type;),
	    TP_printk("socket=%llu type=%s to=%llu len=%zu err=%d",
		      __entry->id, MYPROTO_SHOW_TYPE(__entry->type),
		      __entry->to, __entry->len, __entry->err)
);

TRACE_EVENT(myproto_drop,
	    TP_PROTO(const struct sock *sk, u32 len, enum myproto_drop why),
	    TP_ARGS(sk, len, why),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u32, len)
			     __field(int, why)
			     __field(u16, type)),
	    TP_fast_assign(__entry->id = myproto_sk(sk)->id;
			   __entry->len = len;
			   __entry->why = why;
			   __entry->type = sk->sk_type;),
	    TP_printk("socket=%llu type=%s len=%u why=%s",
		      __entry->id, MYPROTO_SHOW_TYPE(__entry->type),
		      __entry->len,
		      __print_symbolic(__entry->why,
				       { MYPROTO_DROP_CLOSED,	"closed" },
				       { MYPROTO_DROP_FAULT,	"fault" },
				       { MYPROTO_DROP_FILTER,	"filter" }))
);

#endif /* _AF_MYPROTO_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
