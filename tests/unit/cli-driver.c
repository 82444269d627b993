// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why a driver isn't there, on root trees made of a few files. What needs a
 * module (modprobe.d, signatures) is in cli-sockmods.c, and what needs a real
 * kernel in tests/kernel/genl_echo/cli.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli-sockmods-root.h"
#include "driver.h"

#define RELEASE "6.12.1-test"
#define MAX_FILES 8

/* What a tree has: "PATH", or "PATH=CONTENT", or "PATH>TARGET" of a link. */
static const struct row {
	const char *name;
	const char *release;
	const char *files[MAX_FILES];
	enum driver_state state;
	const char *text;
	const char *hint;
} rows[] = {
	{ "old",
	  "5.9.16",
	  { NULL },
	  DRIVER_OLD_KERNEL,
	  "5.9.16",
	  "newer kernel" },
	{ "older", "2.6.72-12", { NULL }, DRIVER_OLD_KERNEL, "5.10", "" },
	{ "just old enough", "5.10.0", { NULL }, DRIVER_MODULES_GONE, "", "" },
	{ "two digits", "10.0.0", { NULL }, DRIVER_MODULES_GONE, "", "reboot" },
	{ "upgraded",
	  RELEASE,
	  { "/lib/modules/6.12.2/modules.dep" },
	  DRIVER_MODULES_GONE,
	  RELEASE,
	  "reboot" },
	{ "leftovers",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/updates/dkms/other.ko" },
	  DRIVER_MODULES_GONE,
	  RELEASE,
	  "reboot" },
	{ "other name",
	  RELEASE,
	  { "/sys/module/drv/parameters/family=foo\n" },
	  DRIVER_OTHER_NAME,
	  "'foo'",
	  "--family foo" },
	{ "loaded",
	  RELEASE,
	  { "/sys/module/drv/parameters/family=drv\n" },
	  DRIVER_LOADED,
	  "loaded",
	  "again" },
	{ "not installed",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep" },
	  DRIVER_NOT_INSTALLED,
	  "sockmods-dkms",
	  "apt install sockmods-dkms" },
	{ "not installed, Arch",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep", "/etc/arch-release" },
	  DRIVER_NOT_INSTALLED,
	  "sockmods-dkms",
	  "pacman -S sockmods-dkms" },
	{ "no headers",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/src/sockmods-0.1.0/dkms.conf" },
	  DRIVER_NO_HEADERS,
	  "linux-headers-" RELEASE,
	  "apt install linux-headers-" RELEASE },
	{ "link that leads nowhere",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/src/sockmods-0.1.0/dkms.conf",
	    "/lib/modules/" RELEASE "/build>/nowhere" },
	  DRIVER_NO_HEADERS,
	  "linux-headers-" RELEASE,
	  "" },
	{ "no headers, Arch",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/lib/modules/" RELEASE "/pkgbase=linux-lts\n",
	    "/usr/src/sockmods-0.1.0/dkms.conf" },
	  DRIVER_NO_HEADERS,
	  "linux-lts-headers",
	  "pacman -S linux-lts-headers" },
	{ "not built",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/src/sockmods-0.1.0/dkms.conf",
	    "/lib/modules/" RELEASE "/build/Makefile" },
	  DRIVER_NOT_BUILT,
	  "has not run, or failed",
	  "dkms autoinstall -k " RELEASE },
	{ "not built, log",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/src/sockmods-0.1.0/dkms.conf",
	    "/lib/modules/" RELEASE "/build/Makefile",
	    "/var/lib/dkms/sockmods/0.1.0/build/make.log" },
	  DRIVER_NOT_BUILT,
	  "; see /var/lib/dkms/sockmods/0.1.0/build/make.log",
	  "dkms" },
	{ "another kernel's log",
	  RELEASE,
	  { "/lib/modules/" RELEASE "/modules.dep",
	    "/usr/src/sockmods-0.1.0/dkms.conf",
	    "/lib/modules/" RELEASE "/build/Makefile",
	    "/var/lib/dkms/sockmods/0.1.0/6.1.0/x86_64/log/make.log" },
	  DRIVER_NOT_BUILT,
	  "or failed",
	  "dkms" },
};

static void test_rows(void **state)
{
	struct driver_query query = {
		.module = "drv",
		.param = "family",
		.want = "drv",
		.usual = "drv",
		.root = root,
	};
	struct driver driver;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];

		new_root();
		for (j = 0; j < MAX_FILES && r->files[j]; j++)
			root_file(r->files[j]);
		query.release = r->release;
		driver_look(&query, &driver);
		if (driver.state != r->state || !strstr(driver.text, r->text) ||
		    !strstr(driver.hint, r->hint) || strchr(driver.text, '*') ||
		    (!strstr(r->text, "; see ") &&
		     strstr(driver.text, "; see ")))
			fail_msg("%s: %s; %s; %s", r->name,
				 driver_state_name(driver.state), driver.text,
				 driver.hint);
	}
}

/* Without a release it is about the running kernel. */
static void test_running(void **state)
{
	const struct driver_query query = {
		.module = "drv",
		.want = "drv",
		.usual = "drv",
		.root = root,
	};
	struct driver driver;

	(void)state;
	remove_root(NULL);
	driver_look(&query, &driver);
	assert_int_equal(driver.state, DRIVER_MODULES_GONE);
	assert_true(driver.release[0] >= '1' && driver.release[0] <= '9');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_running),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
