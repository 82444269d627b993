// SPDX-License-Identifier: LGPL-2.1-or-later
/* What makes a connection a peer: topics it owns, patterns it wants. */
#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "connection.h"

/* A request with a name, and with room for more. */
static struct nl_msg *nlb_named(struct nlbroker *broker, enum nlbroker_cmd cmd,
				int type, const char *name, int *err)
{
	bool pattern = type == NLBROKER_A_PATTERN;
	struct nl_msg *msg;

	*err = 0;
	/* More than an attribute holds would be cut off. */
	if (strlen(name) > NLBROKER_TOPIC_MAX) {
		*err = nlb_fail(broker, -EINVAL,
				nlbroker_topic_fault(name, pattern));
		return NULL;
	}
	msg = nlb_request(cmd, NLM_F_ACK, NLBROKER_TOPIC_MAX + 64);
	if (msg && nla_put_string(msg, type, name)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	if (!msg)
		*err = nlb_fail(broker, -ENOMEM, NULL);
	return msg;
}

int nlbroker_advertise(struct nlbroker *broker, const char *topic, int mode,
		       unsigned int flags)
{
	struct nl_msg *msg;
	int err;

	msg = nlb_named(broker, NLBROKER_CMD_ADVERTISE, NLBROKER_A_TOPIC, topic,
			&err);
	if (!msg)
		return err;
	if (mode >= 0)
		nla_put_u32(msg, NLBROKER_A_MODE, (uint32_t)mode);
	if (flags & NLBROKER_RETAIN)
		nla_put_flag(msg, NLBROKER_A_RETAIN);
	return nlb_ask(broker, msg, NULL, NULL);
}

int nlbroker_withdraw(struct nlbroker *broker, const char *topic)
{
	struct nl_msg *msg;
	int err;

	msg = nlb_named(broker, NLBROKER_CMD_WITHDRAW, NLBROKER_A_TOPIC, topic,
			&err);
	return msg ? nlb_ask(broker, msg, NULL, NULL) : err;
}

int nlbroker_subscribe(struct nlbroker *broker, const char *pattern,
		       unsigned int flags)
{
	struct nl_msg *msg;
	int err;

	msg = nlb_named(broker, NLBROKER_CMD_SUBSCRIBE, NLBROKER_A_PATTERN,
			pattern, &err);
	if (!msg)
		return err;
	if (flags & NLBROKER_NO_LOCAL)
		nla_put_flag(msg, NLBROKER_A_NO_LOCAL);
	if (flags & NLBROKER_SEND_RETAINED)
		nla_put_flag(msg, NLBROKER_A_SEND_RETAINED);
	if (flags & NLBROKER_CREDS)
		nla_put_flag(msg, NLBROKER_A_CREDS);
	err = nlb_ask(broker, msg, NULL, NULL);
	/* From now on a queue isn't empty just because nobody asked. */
	if (!err)
		broker->subscribed = true;
	return err;
}

int nlbroker_unsubscribe(struct nlbroker *broker, const char *pattern)
{
	struct nl_msg *msg;
	int err;

	msg = nlb_named(broker, NLBROKER_CMD_UNSUBSCRIBE, NLBROKER_A_PATTERN,
			pattern, &err);
	return msg ? nlb_ask(broker, msg, NULL, NULL) : err;
}
