// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module with the faults that the harness must notice, one for each value of
 * how=. Built and loaded by tests/vm/selftest only; never packaged.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "oops, warn, hang, leak or overrun");

static int *nowhere;

static int __init sockmods_bad_init(void)
{
	if (!strcmp(how, "oops"))
		WRITE_ONCE(*nowhere, 1);
	if (!strcmp(how, "warn"))
		WARN(1, "sockmods_bad was asked to warn\n");
	if (!strcmp(how, "hang"))
		for (;;)
			msleep(1000);
	if (!strcmp(how, "leak")) {
		int i;

		/* Enough that no stale copy of a pointer can hide them all. */
		for (i = 0; i < 32; i++) {
			nowhere = kmalloc(4000, GFP_KERNEL);
			OPTIMIZER_HIDE_VAR(nowhere);
		}
		nowhere = NULL;
	}
	if (!strcmp(how, "overrun")) {
		char *p = kmalloc(100, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
		if (p)
			WRITE_ONCE(p[104], 1);
		kfree(p);
	}
	return 0;
}

static void __exit sockmods_bad_exit(void)
{
}

module_init(sockmods_bad_init);
module_exit(sockmods_bad_exit);
MODULE_DESCRIPTION("Faults that the test harness must notice");
MODULE_LICENSE("GPL");
