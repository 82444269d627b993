// SPDX-License-Identifier: GPL-2.0-or-later
/* The first error in logs of DKMS, and the lines of modprobe.d. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli-sockmods-root.h"
#include "driver-build.h"
#include "driver-log.h"
#include "driver-modprobe.h"

/* What DKMS writes before and make after. */
#define HEAD                                                                  \
	"DKMS (dkms-3.2.2) make.log for sockmods/0.2.0 for kernel 6.12 (x)\n" \
	"Sat Nov 21 07:18:34 UTC 2026\n\nBuilding module(s)\n"                \
	"# command: make -j2 KERNELRELEASE=6.12 -C /lib/modules/6.12/build\n" \
	"make: Entering directory '/usr/src/linux-headers-6.12'\n"
#define TAIL                                                             \
	"make[2]: *** [/usr/src/x/Makefile.build:287: main.o] Error 1\n" \
	"make: *** [/usr/src/x/Makefile:236: __sub-make] Error 2\n"      \
	"\n# exit code: 2\n"

static const struct {
	const char *log, *error;
} logs[] = {
	{ "", "" },
	{ HEAD "  CC [M]  src/main.o\n# exit code: 0\n", "" },
	{ HEAD "src/errors.c: In function 'error':\n"
	       "src/a.c:1:2: warning: error: not one\n"
	       "  CC [M]  src/error.o\n",
	  "" },
	{ HEAD "src/a.c:1:2: warning: unused variable 'x'\n"
	       "src/a.c:7:2: error: too few arguments to function 'f'\n"
	       "src/a.c:9:2: error: another\n" TAIL,
	  "src/a.c:7:2: error: too few arguments to function 'f'" },
	{ HEAD
	  "src/a.c:3:10: fatal error: linux/gone.h: No such file or directory\n" TAIL,
	  "src/a.c:3:10: fatal error: linux/gone.h: No such file or directory" },
	{ HEAD "ERROR: modpost: \"genl_foo\" [src/a.ko] undefined!\n" TAIL,
	  "ERROR: modpost: \"genl_foo\" [src/a.ko] undefined!" },
	{ HEAD "/bin/sh: 1: gcc-14: not found\n" TAIL,
	  "/bin/sh: 1: gcc-14: not found" },
	{ HEAD "sh: line 1: gcc-14: command not found\n" TAIL,
	  "sh: line 1: gcc-14: command not found" },
	{ HEAD "gcc: fatal error: Killed signal terminated program cc1\n" TAIL,
	  "gcc: fatal error: Killed signal terminated program cc1" },
	{ HEAD "cp: error writing 'a.o': No space left on device\n" TAIL,
	  "cp: error writing 'a.o': No space left on device" },
	/* Nobody says why: at least that it has failed. */
	{ HEAD "  CC [M] a.o\n" TAIL,
	  "make[2]: *** [/usr/src/x/Makefile.build:287: main.o] Error 1" },
	/* make's own complaint comes first, and isn't the reason. */
	{ "make[3]: *** waiting for jobs\na.c:1:1: error: the reason\n",
	  "a.c:1:1: error: the reason" },
	/* What a terminal would obey isn't shown, nor the end of lines. */
	{ "a.c:1:1: error: \033[31mred\r\n", "a.c:1:1: error: \\x1b[31mred" },
};

static void test_logs(void **state)
{
	char error[256];
	size_t i;
	FILE *f;

	(void)state;
	for (i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		f = tmpfile();
		fputs(logs[i].log, f);
		rewind(f);
		driver_log_error(f, error, sizeof(error));
		fclose(f);
		assert_string_equal(error, logs[i].error);
	}
}

/* Longer than there is room for, in a line and in what is kept of it. */
static void test_long(void **state)
{
	char error[64];
	FILE *f = tmpfile();
	int i;

	(void)state;
	fputs("a.c:1:1: error: ", f);
	for (i = 0; i < 5000; i++)
		putc('x', f);
	rewind(f);
	driver_log_error(f, error, sizeof(error));
	assert_int_equal(strlen(error), sizeof(error) - 1);
	fclose(f);
}

#define DKMS "/var/lib/dkms/sockmods/0.2.0/"
#define ABOUT(kernel) \
	"=DKMS make.log for sockmods-0.2.0 for kernel " kernel " (x86_64)\n"

/* Which of the logs: the last one, of this kernel before all others. */
static void test_which(void **state)
{
	static const struct {
		const char *files[3];
		const char *path, *kernel, *stale; /* NULL: none */
	} rows[] = {
		{ { DKMS "log/make.log" }, NULL, "", "" },
		{ { DKMS "build/make.log" }, DKMS "build/make.log", "", "" },
		{ { DKMS "build/make.log" ABOUT("6.12") },
		  DKMS "build/make.log",
		  "6.12",
		  "" },
		{ { DKMS "build/make.log" ABOUT("6.1") },
		  DKMS "build/make.log",
		  "6.1",
		  "it is about kernel 6.1" },
		{ { DKMS "6.12/x86_64/log/make.log" ABOUT("6.12") },
		  DKMS "6.12/x86_64/log/make.log",
		  "6.12",
		  "" },
		{ { DKMS "6.1/x86_64/log/make.log" ABOUT("6.1") },
		  NULL,
		  "",
		  "" },
		{ { DKMS "build/make.log" ABOUT("6.1"),
		    DKMS "6.12/x86_64/log/make.log" ABOUT("6.12") },
		  DKMS "6.12/x86_64/log/make.log",
		  "6.12",
		  "" },
		{ { DKMS "build/make.log" ABOUT("6.12"),
		    DKMS "6.12/x86_64/log/make.log" ABOUT("6.12") },
		  DKMS "build/make.log",
		  "6.12",
		  "" },
		/* Another version's, which never comes before one of this. */
		{ { "/var/lib/dkms/sockmods/0.1.0/build/make.log" },
		  "/var/lib/dkms/sockmods/0.1.0/build/make.log",
		  "",
		  "it is about version 0.1.0" },
		{ { "/var/lib/dkms/sockmods/0.2.0.1/build/make.log",
		    DKMS "build/make.log" ABOUT("6.1") },
		  DKMS "build/make.log",
		  "6.1",
		  "it is about kernel 6.1" },
		{ { "/var/lib/dkms/sockmods/0.2.0.1/build/make.log" },
		  "/var/lib/dkms/sockmods/0.2.0.1/build/make.log",
		  "",
		  "it is about version 0.2.0.1" },
	};
	const struct driver_query query = { .root = root };
	struct driver_log log;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool found;

		new_root();
		for (j = 0; j < 3 && rows[i].files[j]; j++)
			root_file(rows[i].files[j]);
		found = driver_log(&query, "0.2.0", "6.12", &log);
		assert_int_equal(found, rows[i].path != NULL);
		if (!found)
			continue;
		assert_string_equal(log.path, rows[i].path);
		assert_string_equal(log.kernel, rows[i].kernel);
		assert_string_equal(log.stale, rows[i].stale);
	}
}

/* Of several other versions' the last one; sources that have changed since. */
static void test_when(void **state)
{
	static const char new[] = "/var/lib/dkms/sockmods/0.1.0/build/make.log",
			  old[] = "/var/lib/dkms/sockmods/0.1.1/build/make.log",
			  source[] = "/usr/src/sockmods-0.2.0/src/a/main.c";
	const struct driver_query query = { .root = root };
	struct driver_log log;

	(void)state;
	new_root();
	root_file(new);
	root_file(old);
	root_age(old);
	assert_true(driver_log(&query, "0.2.0", "6.12", &log));
	assert_string_equal(log.path, new);

	root_file(DKMS "build/make.log");
	root_file(source);
	root_age(DKMS "build/make.log");
	assert_true(driver_log(&query, "0.2.0", "6.12", &log));
	assert_string_equal(log.path, DKMS "build/make.log");
	assert_string_equal(log.stale, "the sources have changed since");
	root_age(source);
	assert_true(driver_log(&query, "0.2.0", "6.12", &log));
	assert_string_equal(log.stale, "");
}

static void test_modprobe(void **state)
{
	static const struct {
		const char *file;
		int line;
	} rows[] = {
		{ "/etc/modprobe.d/x.conf=install my_mod /bin/false\n", 1 },
		{ "/run/modprobe.d/x.conf=\n\tinstall  my-mod\t/bin/true", 2 },
		{ "/lib/modprobe.d/x.conf=#install my_mod\ninstall my_mod2 x",
		  0 },
		{ "/usr/lib/modprobe.d/x.conf=install my_mo\ninstall\nremove my_mod x",
		  0 },
		{ "/etc/modprobe.d/x.conf.old=install my_mod /bin/false\n", 0 },
	};
	const struct driver_query query = { .root = root, .module = "my_mod" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		new_root();
		root_file(rows[i].file);
		assert_int_equal(driver_modprobe(&query, "install", path,
						 sizeof(path)),
				 rows[i].line);
		if (rows[i].line)
			assert_int_equal(
				strncmp(path, rows[i].file, strlen(path)), 0);
		assert_int_equal(driver_modprobe(&query, "blacklist", path,
						 sizeof(path)),
				 0);
	}
}

/* The newest sources, by the order of versions. */
static void test_conf(void **state)
{
	const struct driver_query query = { .root = root };
	struct driver_conf conf;

	(void)state;
	new_root();
	driver_conf(&query, &conf);
	assert_string_equal(conf.package, "");
	root_file("/usr/src/sockmods-0.9.0/dkms.conf=\n");
	root_file("/usr/src/sockmods-0.10.0/dkms.conf="
		  "# BUILD_EXCLUSIVE_KERNEL_MIN=\"1.1\"\n"
		  "BUILD_EXCLUSIVE_KERNEL=\"^5[.]\"\n"
		  " BUILD_EXCLUSIVE_KERNEL_MIN='6.2'  # why\n"
		  "BUILD_EXCLUSIVE_CONFIG=\"CONFIG_A !CONFIG_B\"\n");
	root_file("/usr/src/sockmods-tools/dkms.conf=\n");
	driver_conf(&query, &conf);
	assert_string_equal(conf.package, "0.10.0");
	assert_int_equal(conf.major, 6);
	assert_int_equal(conf.minor, 2);
	assert_string_equal(conf.options, "CONFIG_A !CONFIG_B");
	assert_true(driver_too_old(&conf, "6.1.0-1"));
	assert_false(driver_too_old(&conf, "6.2.0"));
	assert_false(driver_too_old(&conf, "10.0"));
	assert_false(driver_too_old(&conf, "what"));
}

static void test_options(void **state)
{
	static const struct {
		const char *config, *missing;
	} rows[] = {
		{ "CONFIG_A=y\n", "" },
		{ "CONFIG_A=m\n", "" },
		{ "# CONFIG_A is not set\n", "CONFIG_A" },
		{ "CONFIG_AB=y\n", "CONFIG_A" },
		{ "CONFIG_A=n\n", "CONFIG_A" },
		{ "CONFIG_A=y\nCONFIG_B=y\n", "!CONFIG_B" },
		{ "CONFIG_B=m\n", "CONFIG_A !CONFIG_B" },
	};
	const struct driver_query query = { .root = root };
	const struct driver_conf conf = { .options = "CONFIG_A !CONFIG_B" };
	char missing[64], file[128];
	size_t i;

	(void)state;
	new_root();
	assert_false(
		driver_lacks(&query, &conf, "6.1", missing, sizeof(missing)));
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(file, sizeof(file), "/boot/config-6.1=%s",
			 rows[i].config);
		root_file(file);
		assert_int_equal(driver_lacks(&query, &conf, "6.1", missing,
					      sizeof(missing)),
				 *rows[i].missing != 0);
		assert_string_equal(missing, rows[i].missing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs),	 cmocka_unit_test(test_long),
		cmocka_unit_test(test_which),	 cmocka_unit_test(test_when),
		cmocka_unit_test(test_modprobe), cmocka_unit_test(test_conf),
		cmocka_unit_test(test_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
