// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What doctor finds, on root trees made of a few files: each state with its
 * level, its place, its words and the commands that mend it. Real trees and
 * kernels are in tests/kernel/sockmods.
 * sources: tools/sockmods/doctor.c tools/sockmods/dpkg.c tools/sockmods/loaded.c tools/sockmods/machine.c tools/sockmods/packages.c tools/sockmods/report.c tools/sockmods/uses.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli-sockmods-doctor.h"

static const struct row rows[] = {
	{ "healthy", { KERNEL(R), SOURCES, HEADERS(R), BUILT(R) }, {} },
	{ "healthy, loaded, two kernels, another package half there",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R), BUILT(OTHER),
	    "/sys/module/alpha/version=0.2.0\n",
	    "/sys/module/alpha/srcversion=A\n",
	    "/var/lib/dpkg/status=" DPKG("sockmods-dkms", "installed", "")
		    DPKG("foo", "half-configured", "") },
	  {} },
	{ "old kernel",
	  { RUNS "5.4.0-1-amd64", SOURCES, KERNEL("5.4.0-1-amd64"),
	    BUILT("5.4.0-1-amd64") },
	  { { "error old-kernel", "(5.4.0-1-amd64) is older than 5.10",
	      "sudo apt install linux-image-$(dpkg --print-architecture)\n"
	      "sudo reboot" } } },
	{ "the minimum is dkms.conf's",
	  { "/usr/src/sockmods-0.2.0/dkms.conf=BUILD_EXCLUSIVE_KERNEL_MIN=\"6.13\"",
	    KERNEL(R), "/etc/arch-release" },
	  { { "error old-kernel", "older than 6.13",
	      "sudo pacman -S linux\nsudo reboot" } } },
	{ "gone",
	  { SOURCES, KERNEL(OTHER), BUILT(OTHER) },
	  { { "error modules-gone", "(" R ") are gone from /lib/modules",
	      "sudo reboot" } } },
	{ "gone, while loaded",
	  { SOURCES, KERNEL(OTHER), BUILT(OTHER),
	    "/sys/module/alpha/version=0.2.0\n",
	    "/sys/module/beta/version=0.2.0\n" },
	  { { "warning modules-gone", "works until it is unloaded",
	      "sudo reboot" } } },
	{ "gone, and not installed",
	  { KERNEL(OTHER) },
	  { { "error modules-gone", "", "sudo reboot" },
	    { "warning not-installed", "",
	      "sudo apt install sockmods-dkms" } } },
	{ "not installed",
	  { KERNEL(R), KERNEL(OTHER), HEADERS(R) },
	  { { "error not-installed",
	      "alpha, beta are not here: the package sockmods-dkms",
	      "sudo apt install sockmods-dkms" } } },
	{ "not installed, Arch",
	  { KERNEL(R), "/etc/arch-release" },
	  { { "error not-installed", "", "sudo pacman -S sockmods-dkms" } } },
	{ "not installed, one loaded",
	  { KERNEL(R), "/sys/module/beta/refcnt=0\n" },
	  { { "error not-installed", "alpha is not here", NULL },
	    { "warning not-installed", "beta is not here", NULL } } },
	{ "excluded",
	  { KERNEL(R), SOURCES,
	    "/boot/config-" R "=# CONFIG_INET is not set\nCONFIG_NETDEV=y\n" },
	  { { "error excluded",
	      "alpha, beta are not built for this kernel (" R
	      "), which DKMS skips: it was configured without CONFIG_NET CONFIG_INET",
	      "sudo apt install linux-image-$(dpkg --print-architecture)\n"
	      "sudo reboot" } } },
	{ "a module is as good as built in; the headers' configuration counts",
	  { KERNEL(R), SOURCES, "/boot/config-" R "=\n",
	    "/lib/modules/" R "/build/.config=CONFIG_NET=y\nCONFIG_INET=m\n" },
	  { { "error no-headers", "", NULL } } },
	{ "another kernel is excluded, by its own configuration",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R),
	    "/lib/modules/" OTHER "/config=CONFIG_NET=y\n" },
	  { { "warning excluded",
	      "not built for kernel " OTHER
	      ", which DKMS skips: it was configured without CONFIG_INET",
	      "" } } },
	{ "another kernel is too old",
	  { KERNEL(R), KERNEL("4.19.0-1-amd64"), SOURCES, BUILT(R) },
	  { { "warning old-kernel", "kernel 4.19.0-1-amd64 is older than 5.10",
	      "" } } },
	{ "no headers",
	  { KERNEL(R), SOURCES },
	  { { "error no-headers", "the package linux-headers-" R " is not",
	      "sudo apt install linux-headers-" R } } },
	{ "no headers, Arch",
	  { KERNEL(R), SOURCES, "/usr/lib/modules/" R "/pkgbase=linux-lts\n" },
	  { { "error no-headers", "linux-lts-headers",
	      "sudo pacman -S linux-lts-headers" } } },
	{ "no headers for another kernel, nor for the next",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R),
	    "/var/lib/dpkg/status=" META("6.12.1-1") },
	  { { "warning no-headers-meta",
	      "the package linux-headers-cloud-amd64 is not installed: the next kernel that linux-image-cloud-amd64 brings",
	      "sudo apt install linux-headers-cloud-amd64" },
	    { "warning no-headers",
	      "alpha, beta are not built for kernel " OTHER,
	      "sudo apt install linux-headers-" OTHER } } },
	{ "no headers, nor for the next",
	  { KERNEL(R), SOURCES,
	    "/var/lib/dpkg/status=" META("7.2.1-1~bpo13+1")
		    DPKG("linux-headers-cloud-amd64", "config-files", ""),
	    "/etc/os-release=ID=debian\nVERSION_CODENAME=trixie\n" },
	  { { "error no-headers", "", "sudo apt install linux-headers-" R },
	    { "warning no-headers-meta", "",
	      "sudo apt install -t trixie-backports linux-headers-cloud-amd64" } } },
	{ "the headers' package is there; one of a given kernel is no such",
	  { KERNEL(R), SOURCES, BUILT(R),
	    "/var/lib/dpkg/status=" META("6.12.1-1")
		    DPKG("linux-headers-cloud-amd64", "installed", "")
			    DPKG("linux-image-" R, "installed",
				 "Depends: kmod, linux-image-6.12\n") },
	  {} },
	{ "not built",
	  { KERNEL(R), SOURCES, HEADERS(R) },
	  { { "error not-built", "DKMS has not run, or failed", INSTALL R } } },
	{ "not built, as told",
	  { KERNEL(R), SOURCES, HEADERS(R), "/etc/dkms/no-autoinstall" },
	  { { "error not-built", "/etc/dkms/no-autoinstall keeps",
	      INSTALL R } } },
	{ "not built, one of them",
	  { KERNEL(R), SOURCES, HEADERS(R),
	    MODULE(R, "beta") "@version=0.2.0" },
	  { { "error not-built", "alpha is not built", INSTALL R } } },
	{ "built by DKMS, and gone",
	  { KERNEL(R), SOURCES, HEADERS(R), MODULE(R, "beta") "@version=0.2.0",
	    "/var/lib/dkms/sockmods/0.2.0/" R "/x86_64/module/alpha.ko.xz" },
	  { { "error not-built", "its file is gone from /lib/modules",
	      FORCE R } } },
	{ "not built, another kernel's log",
	  { KERNEL(R), SOURCES, HEADERS(R), FAILED(OTHER) },
	  { { "error not-built",
	      "(" LOG " is stale: it is about kernel " OTHER
	      "; its first error: " ERROR ")",
	      INSTALL R } } },
	{ "not built, the log of another version",
	  { KERNEL(R), SOURCES, HEADERS(R), FAILED_AS(OLD_LOG, R) },
	  { { "error not-built",
	      "(" OLD_LOG " is stale: it is about version 0.1.0"
	      "; its first error: " ERROR ")",
	      INSTALL R } } },
	{ "not built, a log older than the sources",
	  { KERNEL(R), SOURCES, HEADERS(R), FAILED(R), OLDER LOG,
	    OLDER "/usr/src/sockmods-0.2.0/dkms.conf",
	    "/usr/src/sockmods-0.2.0/include/compat/net/some.h" },
	  { { "error not-built",
	      "(" LOG " is stale: the sources have changed since"
	      "; its first error: " ERROR ")",
	      INSTALL R } } },
	{ "build failed",
	  { KERNEL(R), SOURCES, HEADERS(R), FAILED(R) },
	  { { "error build-failed",
	      "DKMS has failed; the first error in " LOG ": " ERROR,
	      "less " LOG "\n" INSTALL R } } },
	{ "build failed for another kernel",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R), HEADERS(OTHER),
	    FAILED(OTHER) },
	  { { "warning build-failed", "not built for kernel " OTHER,
	      "less " LOG "\n" INSTALL OTHER } } },
	{ "build failed after it was built",
	  { KERNEL(R), SOURCES, HEADERS(R), BUILT(R), FAILED(R),
	    OLDER "/lib/modules/" R "/updates/dkms/*.ko" },
	  { { "warning build-failed", "failed to build them again",
	      "less " LOG "\n" FORCE R } } },
	{ "stale log, older than the sources",
	  { KERNEL(R), SOURCES, HEADERS(R), BUILT(R), FAILED(R), OLDER LOG },
	  { { "note stale-log",
	      LOG " has an error, and is stale: the sources have changed",
	      "" } } },
	{ "stale log, older than the modules",
	  { KERNEL(R), SOURCES, HEADERS(R), BUILT(R), FAILED(R), OLDER LOG,
	    OLDER "/usr/src/sockmods-0.2.0/dkms.conf" },
	  { { "note stale-log",
	      LOG " has an error, and is stale: the modules for kernel " R
		  " were built after it",
	      "" } } },
	{ "stale log, of another version",
	  { KERNEL(R), SOURCES, HEADERS(R), BUILT(R), FAILED_AS(OLD_LOG, R) },
	  { { "note stale-log", "is stale: it is about version 0.1.0", "" } } },
	{ "the log of a good build",
	  { KERNEL(R), SOURCES, HEADERS(R), BUILT(R),
	    "/var/lib/dkms/sockmods/0.2.0/" R
	    "/x86_64/log/make.log=DKMS make.log for sockmods-0.2.0 for kernel " R
	    " (x86_64)\n  CC [M] main.o\n" },
	  {} },
	{ "no depmod",
	  { KERNEL(R), SOURCES, "/lib/modules/" R "/updates/dkms/alpha.ko.xz",
	    "/lib/modules/" R "/updates/dkms/beta.ko.zst" },
	  { { "error not-indexed", "depmod has not run", "sudo depmod " R } } },
	{ "no depmod at all, for a kernel and another",
	  { "/lib/modules/" R "/modules.builtin",
	    "/lib/modules/" OTHER "/modules.builtin", SOURCES },
	  { { "error not-indexed", "this kernel (" R ") has no modules.dep",
	      "sudo depmod " R },
	    { "warning not-indexed", "kernel " OTHER " has no modules.dep",
	      "sudo depmod " OTHER } } },
	{ "damaged",
	  { KERNEL(R), SOURCES, HEADERS(R), MODULE(R, "alpha") "=rubbish",
	    MODULE(R, "beta") "@version=0.2.0" },
	  { { "error failed", "alpha can not be loaded: Exec format error",
	      FORCE R } } },
	{ "forbidden",
	  { KERNEL(R), SOURCES, BUILT(R),
	    "/etc/modprobe.d/a.conf=# install alpha\n\n install\talpha /bin/false\n" },
	  { { "error forbidden",
	      "alpha can not be loaded: modprobe.d has an 'install alpha' line, which replaces loading it (/etc/modprobe.d/a.conf:3)",
	      "sudo sed -i '3s/^/# /' /etc/modprobe.d/a.conf" } } },
	{ "blacklisted, both, in different places",
	  { KERNEL(R), SOURCES, BUILT(R),
	    "/etc/modprobe.d/a.conf=blacklist beta\n",
	    "/usr/lib/modprobe.d/b.conf=options x y\nblacklist alpha\n" },
	  { { "error blacklisted", "(/usr/lib/modprobe.d/b.conf:2)",
	      "sudo sed -i '2s/^/# /' /usr/lib/modprobe.d/b.conf" },
	    { "error blacklisted", "(/etc/modprobe.d/a.conf:1)",
	      "sudo sed -i '1s/^/# /' /etc/modprobe.d/a.conf" } } },
	{ "forbidden, and loaded nevertheless",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R), BUILT(OTHER),
	    "/sys/module/alpha/version=0.2.0\n",
	    "/etc/modprobe.d/a.conf=install alpha /bin/false\n" },
	  { { "warning forbidden", "(what is loaded works until", NULL } } },
	{ "an old version is built, for two kernels",
	  { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R),
	    MODULE(OTHER, "alpha") "@version=0.1.0",
	    MODULE(OTHER, "beta") "@version=0.2.0" },
	  { { "warning other-version-built",
	      "alpha for kernel " OTHER
	      " is version 0.1.0, and the package has 0.2.0",
	      FORCE OTHER } } },
	{ "a file of somebody else hides DKMS's",
	  { KERNEL(R), SOURCES, MODULE(R, "beta") "@version=0.2.0",
	    "/lib/modules/" R "/extra/alpha.ko@version=0.2.0",
	    "/lib/modules/" R "/updates/dkms/alpha.ko.xz" },
	  { { "warning not-from-dkms",
	      "alpha for kernel " R " is /lib/modules/" R
	      "/extra/alpha.ko, which DKMS has not built: it hides DKMS's",
	      "sudo rm /lib/modules/" R "/extra/alpha.ko\nsudo depmod " R } } },
	{ "a file of somebody else",
	  { KERNEL(R), SOURCES, MODULE(R, "beta") "@version=0.2.0",
	    "/lib/modules/" R "/extra/alpha.ko@version=0.2.0" },
	  { { "warning not-from-dkms", "will not be there for the next kernel",
	      "sudo rm /lib/modules/" R "/extra/alpha.ko\n" FORCE R } } },
	{ "half configured, as nothing could be built",
	  { KERNEL(R), SOURCES, HEADERS(R), FAILED(R),
	    "/var/lib/dpkg/status=" DPKG("sockmods-dkms", "half-configured",
					 "") },
	  { { "error build-failed", "", NULL },
	    { "warning half-configured", "has it as 'half-configured'",
	      "sudo dpkg --configure -a" } } },
	{ "unpacked, so that nothing was built",
	  { KERNEL(R), SOURCES, HEADERS(R),
	    "/var/lib/dpkg/status=" DPKG("foo", "installed", "")
		    DPKG("sockmods-dkms", "unpacked", "") },
	  { { "warning half-configured", "", "sudo dpkg --configure -a" },
	    { "error not-built", "", NULL } } },
	{ "half installed",
	  { KERNEL(R), SOURCES, BUILT(R),
	    "/var/lib/dpkg/status=Package: sockmods-dkms\n"
	    "Status: install reinstreq half-installed\n" },
	  { { "warning half-configured", "",
	      "sudo apt install --reinstall sockmods-dkms" } } },
	{ "removed, its configuration kept",
	  { KERNEL(R),
	    "/var/lib/dpkg/status=" DPKG("sockmods-dkms", "config-files", "") },
	  { { "error not-installed", "", NULL } } },
	{ "left behind in /lib/modules",
	  { KERNEL(R), SOURCES, BUILT(R),
	    "/lib/modules/6.1.2-amd64/updates/dkms/foo.ko",
	    "/lib/modules/6.1.3-amd64/build/Makefile" },
	  {} },
};

static void test_rows(void **state)
{
	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(*rows));
}

/* -k: a kernel that doesn't run is judged as if it did. */
static void test_kernel(void **state)
{
	static const struct row tree = {
		.files = { KERNEL(R), KERNEL(OTHER), SOURCES, BUILT(R),
			   "/sys/module/alpha/version=0.1.0\n" },
	};
	struct findings all;
	struct machine *m;

	(void)state;
	make_tree(&tree);
	m = look(R, OTHER, &all);
	assert_non_null(m);
	assert_int_equal(all.count, 1);
	assert_string_equal(all.finding[0].id, "no-headers");
	assert_int_equal(all.finding[0].level, FINDING_ERROR);
	assert_string_equal(all.finding[0].fix,
			    "sudo apt install linux-headers-" OTHER);
	assert_non_null(strstr(all.finding[0].text, "for kernel " OTHER ":"));
	findings_free(&all);
	machine_free(m);

	m = look(OTHER, R, &all);
	assert_non_null(m);
	assert_int_equal(all.count, 0);
	machine_free(m);

	assert_null(look(R, "6.99", &all));
	assert_null(look(R, "", &all));
	assert_null(look(R, "../modules/" OTHER, &all));
	assert_null(look(R, "*", &all));
	assert_null(look(R, "6.[1]*", &all));
}

/* Root sees all, and isn't told of what others can't see. */
static void test_privileged(void **state)
{
	static const struct row tree = {
		.files = { KERNEL(R), SOURCES, SIGNED(R), ENFORCED, KEY },
	};
	struct machine *m;
	struct findings all = {};

	(void)state;
	make_tree(&tree);
	m = machine_look(root, R, NULL, drivers);
	m->privileged = true;
	doctor_look(m, &all);
	assert_int_equal(all.count, 1);
	findings_free(&all);
	m->privileged = false;
	snprintf(m->denied, sizeof(m->denied), "/some/file");
	doctor_look(m, &all);
	assert_int_equal(all.count, 2);
	assert_non_null(strstr(all.finding[1].text, "/some/file"));
	findings_free(&all);
	machine_free(m);
}

static void text_of(const struct row *tree, char **text)
{
	struct findings all;
	struct machine *m;
	size_t len;
	FILE *out;

	make_tree(tree);
	m = look(R, NULL, &all);
	out = open_memstream(text, &len);
	doctor_text(out, m, &all);
	fclose(out);
	findings_free(&all);
	machine_free(m);
}

static void test_text(void **state)
{
	static const struct row healthy = {
		.files = { KERNEL(R), SOURCES, BUILT(R) },
	};
	static const struct row wrong = {
		.files = { KERNEL(R), SOURCES, BUILT(R), ENFORCED,
			   "/etc/dkms/sign_helper.sh" },
	};
	char *text;

	(void)state;
	text_of(&healthy, &text);
	assert_string_equal(text,
			    "nothing is wrong: sockmods 0.2.0 is built for " R
			    "; drivers load when a program asks for them\n");
	free(text);
	text_of(&wrong, &text);
	assert_string_equal(
		text,
		"error: alpha, beta can not be loaded: this kernel takes signed modules only (Secure Boot or module.sig_enforce), and the module has no signature\n"
		"    zless /usr/share/doc/sockmods-dkms/README.Debian*\n"
		"note: the kernel's list of keys (/proc/keys) can be read by root only: root may be told more\n"
		"    sudo sockmods doctor\n");
	free(text);
}

/* Drivers that aren't loaded for anyone, and what holds them. */
static void test_uses(void **state)
{
	static const char *const names[] = { "genl_echo", "ulp_caesar",
					     "xt_CAESAR", "af_myproto", NULL };
	static const struct row tree = {
		.files = { KERNEL(R), SOURCES,
			   MODULE(R, "genl_echo") "@version=0.2.0",
			   MODULE(R, "ulp_caesar") "@version=0.2.0",
			   MODULE(R, "xt_CAESAR") "@version=0.2.0",
			   MODULE(R, "af_myproto") "@version=0.2.0" },
	};
	struct findings all = {};
	struct machine *m;
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	make_tree(&tree);
	m = machine_look(root, R, NULL, names);
	out = open_memstream(&text, &len);
	doctor_text(out, m, &all);
	fclose(out);
	machine_free(m);
	assert_string_equal(
		text,
		"nothing is wrong: sockmods 0.2.0 is built for " R
		"; drivers load when a program asks for them"
		"; ulp_caesar for CAP_NET_ADMIN, xt_CAESAR for iptables\n");
	free(text);

	root_file("/sys/module/ulp_caesar/version=0.1.0\n");
	root_file("/sys/module/ulp_caesar/refcnt=3\n");
	root_file("/sys/module/xt_CAESAR/version=0.1.0\n");
	root_file("/sys/module/xt_CAESAR/refcnt=0\n");
	root_file("/sys/module/af_myproto/version=0.1.0\n");
	root_file("/sys/module/af_myproto/refcnt=2\n");
	m = machine_look(root, R, NULL, names);
	doctor_loaded(m, &all);
	assert_int_equal(all.count, 3);
	assert_non_null(strstr(
		all.finding[0].text,
		"it is in use (3, by connections, also those closed in the last minute: ulp-caesar show), so"));
	assert_non_null(strstr(all.finding[1].text, "nothing holds it"));
	assert_non_null(
		strstr(all.finding[2].text,
		       "it is in use (2, by open sockets: myproto show), so"));
	findings_free(&all);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_privileged),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_uses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
