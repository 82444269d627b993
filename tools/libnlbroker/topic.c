// SPDX-License-Identifier: LGPL-2.1-or-later
/* Topics and patterns: the kernel's own code. */
#include <string.h>

#include <sockmods/topic.h>

#include "libnlbroker.h"

const char *nlbroker_topic_fault(const char *text, bool pattern)
{
	enum nlb_topic_fault fault =
		nlb_topic_check(text, strlen(text), pattern);

	return fault ? nlb_topic_fault_text(fault) : NULL;
}

bool nlbroker_topic_matches(const char *pattern, const char *topic)
{
	return !nlbroker_topic_fault(pattern, true) &&
	       !nlbroker_topic_fault(topic, false) &&
	       nlb_topic_match(pattern, strlen(pattern), topic, strlen(topic));
}
