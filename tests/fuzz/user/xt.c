// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The options of iptables' target CAESAR: the first byte, of "ed", is which way, the
 * rest the key. What save() prints of a rule makes the same rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/xt/libxt_CAESAR.c"
#include "lib/fuzz.h"

static struct xtables_target *registered;
static jmp_buf refused;

static void refuse(enum xtables_exittype status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

static void refuse(enum xtables_exittype status, const char *format, ...)
{
	va_list ap;

	FUZZ_CHECK(status == PARAMETER_PROBLEM);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	longjmp(refused, 1);
}

/* iptables' own. */
static struct xtables_globals globals = { .exit_err = refuse };
struct xtables_globals *xt_params = &globals;

void xtables_register_target(struct xtables_target *target)
{
	registered = target;
}

void xtables_option_parse(struct xt_option_call *cb)
{
	cb->xflags |= 1U << cb->entry->id;
}

/* What its own parser calls for each option. */
static void give(struct xt_caesar_info *info, unsigned int *flags,
		 unsigned int id, const char *arg)
{
	struct xt_option_call cb = {
		.entry = &registered->x6_options[id],
		.arg = arg,
		.data = info,
		.xflags = *flags,
	};

	FUZZ_CHECK(cb.entry->id == id);
	registered->x6_parse(&cb);
	*flags = cb.xflags;
}

/* True: it is a rule. */
static bool rule(struct xt_caesar_info *info, char way, const char *key)
{
	struct xt_fcheck_call check;
	unsigned int flags = 0;

	memset(info, 0, sizeof(*info));
	if (setjmp(refused))
		return false;
	give(info, &flags, O_KEY, key);
	if (way == 'e')
		give(info, &flags, O_ENCRYPT, NULL);
	else if (way == 'd')
		give(info, &flags, O_DECRYPT, NULL);
	check = (struct xt_fcheck_call){ .xflags = flags };
	registered->x6_fcheck(&check);
	return true;
}

static void check_saved(const struct xt_caesar_info *info)
{
	/* A target is in a block of its own, with a header. */
	struct xt_entry_target *target =
		calloc(1, registered->size + sizeof(*target));
	struct xt_caesar_info again;
	char word[16], key[16];

	memcpy(target->data, info, sizeof(*info));
	fuzz_capture();
	registered->save(NULL, target);
	FUZZ_CHECK(sscanf(fuzz_output(1).text, " --%15s --key %15s", word,
			  key) == 2);
	FUZZ_CHECK(rule(&again, word[0], key));
	FUZZ_CHECK(!memcmp(info, &again, sizeof(again)));
	registered->print(NULL, target, 0);
	fuzz_harmless(fuzz_output(1));
	free(target);
}

/* A decimal number: its digits say whether it is a key. */
static bool decimal(const char *text, long long *value)
{
	size_t digits;

	*value = 0;
	text += *text == '-';
	digits = strspn(text, "0123456789");
	if (!digits || digits > 17 || text[digits] ||
	    (*text == '0' && digits > 1))
		return false;
	for (; *text; text++)
		*value = *value * 10 + (*text - '0');
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xt_caesar_info info;
	long long value;
	char *key;
	bool right;

	if (!size)
		return 0;
	key = fuzz_string(data + 1, size - 1);
	fuzz_capture();
	right = rule(&info, (char)data[0], key);
	FUZZ_CHECK(right == !fuzz_output(2).len);
	if (data[0] != 'e' && data[0] != 'd')
		FUZZ_CHECK(!right);
	if (decimal(key, &value) && (data[0] == 'e' || data[0] == 'd')) {
		value = *key == '-' ? -value : value;
		FUZZ_CHECK(right == (value >= INT_MIN && value <= INT_MAX));
		FUZZ_CHECK(!right || info.key == value);
	}
	if (right) {
		FUZZ_CHECK(info.mode == (data[0] == 'e' ? XT_CAESAR_ENCRYPT :
							  XT_CAESAR_DECRYPT));
		check_saved(&info);
	}
	free(key);
	return 0;
}
