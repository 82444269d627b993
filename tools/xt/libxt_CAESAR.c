// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libxt_CAESAR: what iptables and ip6tables, legacy and nft, know of the target
 * CAESAR. They load it when a rule names it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <sockmods/xt_CAESAR.h>
#include <xtables.h>

enum {
	O_ENCRYPT,
	O_DECRYPT,
	O_KEY,
	F_ENCRYPT = 1 << O_ENCRYPT,
	F_DECRYPT = 1 << O_DECRYPT,
};

/* clang-format off */
static const struct xt_option_entry options[] = {
	{ .name = "encrypt", .id = O_ENCRYPT, .type = XTTYPE_NONE,
	  .excl = F_DECRYPT },
	{ .name = "decrypt", .id = O_DECRYPT, .type = XTTYPE_NONE,
	  .excl = F_ENCRYPT },
	{ .name = "key", .id = O_KEY, .type = XTTYPE_STRING,
	  .flags = XTOPT_MAND },
	XTOPT_TABLEEND,
};
/* clang-format on */

static void help(void)
{
	printf("CAESAR target options:\n"
	       "  --encrypt       add the key to each byte of TCP's payload\n"
	       "  --decrypt       subtract it\n"
	       "  --key NUMBER    the key; of it the low eight bits count\n"
	       "One of --encrypt and --decrypt, and --key, must be given; table mangle, -p tcp.\n"
	       "It obfuscates, and protects nothing.\n");
}

/* xtables knows unsigned numbers only. */
static int key_of(const char *text)
{
	char *end;
	long key;

	errno = 0;
	key = strtol(text, &end, 0);
	if (end == text || *end)
		xtables_error(PARAMETER_PROBLEM,
			      "CAESAR: --key must be a number: \"%s\"", text);
	if (errno || key < INT_MIN || key > INT_MAX)
		xtables_error(PARAMETER_PROBLEM,
			      "CAESAR: --key must be from %d to %d: \"%s\"",
			      INT_MIN, INT_MAX, text);
	return key;
}

static void parse(struct xt_option_call *cb)
{
	struct xt_caesar_info *info = cb->data;

	xtables_option_parse(cb);
	switch (cb->entry->id) {
	case O_ENCRYPT:
		info->mode = XT_CAESAR_ENCRYPT;
		break;
	case O_DECRYPT:
		info->mode = XT_CAESAR_DECRYPT;
		break;
	case O_KEY:
		info->key = key_of(cb->arg);
		break;
	}
}

static void check(struct xt_fcheck_call *cb)
{
	if (!(cb->xflags & (F_ENCRYPT | F_DECRYPT)))
		xtables_error(PARAMETER_PROBLEM,
			      "CAESAR: --encrypt or --decrypt must be given");
}

/* A mode that a later revision may have isn't shown as one of these two. */
static const char *mode_of(const struct xt_caesar_info *info)
{
	switch (info->mode) {
	case XT_CAESAR_ENCRYPT:
		return "encrypt";
	case XT_CAESAR_DECRYPT:
		return "decrypt";
	default:
		return "unknown";
	}
}

static void print(const void *ip, const struct xt_entry_target *target,
		  int numeric)
{
	const struct xt_caesar_info *info = (const void *)target->data;

	(void)ip, (void)numeric;
	printf(" CAESAR %s key %d", mode_of(info), info->key);
}

static void save(const void *ip, const struct xt_entry_target *target)
{
	const struct xt_caesar_info *info = (const void *)target->data;

	(void)ip;
	printf(" --%s --key %d", mode_of(info), info->key);
}

static struct xtables_target caesar = {
	.name = XT_CAESAR_NAME,
	.revision = 0,
	.version = XTABLES_VERSION,
	.family = NFPROTO_UNSPEC,
	.size = XT_ALIGN(sizeof(struct xt_caesar_info)),
	.userspacesize = XT_ALIGN(sizeof(struct xt_caesar_info)),
	.help = help,
	.x6_parse = parse,
	.x6_fcheck = check,
	.x6_options = options,
	.print = print,
	.save = save,
};

/* The name that xtables.h gives to an extension's constructor. */
void libxt_CAESAR_init(void);

__attribute__((constructor)) void libxt_CAESAR_init(void)
{
	xtables_register_target(&caesar);
}
