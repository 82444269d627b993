// SPDX-License-Identifier: GPL-2.0-or-later
/* What has to be found: tests/fuzz/user/run sees that it is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* Nobody has it then. */
extern char *volatile fault_lost;
char *volatile fault_lost;

static void fault(uint8_t which, const uint8_t *data, size_t size)
{
	volatile int most = INT32_MAX;
	char *copy;

	switch (which) {
	case 'r': /* a read behind a block's end */
		copy = fuzz_copy(data, size);
		fuzz_read(copy, size + 1);
		free(copy);
		break;
	case 'o': /* a sum that is too large */
		most = most + (int)size;
		break;
	case 'c': /* what a fuzzer itself looks at */
		FUZZ_CHECK(!size);
		break;
	case 'l': /* memory that nobody frees */
		fault_lost = malloc(size);
		fault_lost = NULL;
		break;
	case 'h': /* what doesn't end */
		for (;;)
			pause();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A step after the other, so that coverage leads there. */
	if (size < 5 || data[0] != 'b')
		return 0;
	if (data[1] != 'a')
		return 0;
	if (data[2] != 'd')
		return 0;
	fault(data[3], data, size);
	return 0;
}
