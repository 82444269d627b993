// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What doctor finds, continued: signatures and keys, and modules in memory.
 * sources: tools/sockmods/doctor.c tools/sockmods/dpkg.c tools/sockmods/loaded.c tools/sockmods/machine.c tools/sockmods/packages.c tools/sockmods/report.c tools/sockmods/uses.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli-sockmods-doctor.h"

static const struct row rows[] = {
	{ "signature, by Secure Boot",
	  { KERNEL(R), SOURCES, SIGNED(R), UEFI, KEY,
	    "/sys/kernel/security/lockdown=none [integrity] confidentiality\n",
	    "/usr/bin/mokutil" },
	  { { "error signature-rejected",
	      "alpha, beta can not be loaded: this kernel takes signed modules only",
	      "sudo mokutil --import /var/lib/dkms/mok.pub\nsudo reboot" },
	    { "note not-root", "/proc/keys", "sudo sockmods doctor" } } },
	{ "the same without mokutil, and with a key of one's own",
	  { KERNEL(R), SOURCES, SIGNED(R), UEFI, ENFORCED,
	    "/etc/dkms/framework.conf=# mok_certificate=/no\nmok_certificate=\"/k/$kernelver.der\"\n",
	    "/k/" R ".der#3082" },
	  { { "error signature-rejected", "Enroll MOK",
	      "sudo apt install mokutil\nsudo mokutil --import /k/" R
	      ".der\nsudo reboot" },
	    { "note not-root", "", NULL } } },
	{ "the key waits for being enrolled",
	  { KERNEL(R), SOURCES, SIGNED(R), UEFI, ENFORCED, KEY,
	    SHIM("MokNew") "#07000000aaaa3082abcdbb" },
	  { { "error signature-rejected", "waits for the next boot",
	      "sudo reboot" },
	    { "note not-root", "", NULL } } },
	{ "the firmware knows the key",
	  { KERNEL(R), SOURCES, SIGNED(R), UEFI, ENFORCED, KEY,
	    SHIM("MokListRT") "#07000000aaaa", SHIM("MokListRT1") "#3082abcd" },
	  {} },
	{ "the kernel knows the key",
	  { KERNEL(R), SOURCES, SIGNED(R), ENFORCED,
	    "/proc/keys=1f0 I------ 1 perm 1f0 0 0 asymm"
	    "etri DKMS key: 12: X509.rsa 12 []\n" },
	  {} },
	{ "it knows another",
	  { KERNEL(R), SOURCES, SIGNED(R), ENFORCED, KEY,
	    "/proc/cmdline=quiet module.sig_enforce=1\n",
	    "/proc/keys=1f0 I------ 1 perm 1f0 0 0 asymm"
	    "etri Debian: 12: X509.rsa 12 []\n" },
	  { { "error signature-rejected",
	      "without UEFI no key can be enrolled (with it: mokutil --import /var/lib/dkms/mok.pub): what enforces signatures has to go from the kernel's command line: module.sig_enforce=1",
	      "sudo -e /etc/default/grub\nsudo update-grub\nsudo reboot" },
	    { "note not-root", "", NULL } } },
	{ "no signature, and no key",
	  { KERNEL(R), SOURCES, BUILT(R), UEFI, ENFORCED },
	  { { "error signature-rejected", "the module has no signature",
	      "sudo apt install openssl\n"
	      "sudo dkms remove sockmods/0.2.0 -k " R "\n" INSTALL R
	      "\nsudo apt install mokutil\n"
	      "sudo mokutil --import /var/lib/dkms/mok.pub\nsudo reboot" },
	    { "note not-root", "", NULL } } },
	{ "no signature, though the key is known",
	  { KERNEL(R), SOURCES, BUILT(R), UEFI, ENFORCED, KEY,
	    SHIM("MokListRT") "#07000000aaaa3082abcd" },
	  { { "error signature-rejected", "the module has no signature",
	      "sudo dkms remove sockmods/0.2.0 -k " R "\n" INSTALL R },
	    { "note not-root", "", NULL } } },
	{ "no signature, by a DKMS that doesn't sign",
	  { KERNEL(R), SOURCES, BUILT(R), ENFORCED,
	    "/etc/dkms/sign_helper.sh" },
	  { { "error signature-rejected", "no signature",
	      "zless /usr/share/doc/sockmods-dkms/README.Debian*" },
	    { "note not-root", "", NULL } } },
	{ "enforced, and loaded: it was taken",
	  { KERNEL(R), SOURCES, SIGNED(R), ENFORCED,
	    "/sys/module/alpha/version=0.2.0\n",
	    "/sys/module/beta/version=0.2.0\n" },
	  {} },
	{ "Secure Boot, not enforced now",
	  { KERNEL(R), SOURCES, SIGNED(R), UEFI, KEY,
	    "/sys/kernel/security/lockdown=[none] integrity\n" },
	  { { "warning key-not-enrolled", "(/var/lib/dkms/mok.pub)",
	      "sudo mokutil --import /var/lib/dkms/mok.pub\nsudo reboot" } } },
	{ "another version is loaded, and free",
	  { KERNEL(R), SOURCES, BUILT(R), "/sys/module/alpha/version=0.1.0\n",
	    "/sys/module/alpha/refcnt=0\n" },
	  { { "warning other-version-loaded",
	      "alpha: version 0.1.0 is loaded, and 0.2.0 is on disk; nothing holds it, so it is safe to reload",
	      "sudo modprobe -r alpha && sudo modprobe alpha" } } },
	{ "another version is loaded, and in use",
	  { KERNEL(R), SOURCES, BUILT(R), "/sys/module/beta/version=0.1.0\n",
	    "/sys/module/beta/refcnt=3\n", "/sys/module/beta/holders/gamma" },
	  { { "warning other-version-loaded",
	      "it is in use (3, by gamma), so reload it when",
	      "sudo modprobe -r beta && sudo modprobe beta" } } },
	{ "another version is loaded for ever",
	  { KERNEL(R), SOURCES, BUILT(R), "/sys/module/beta/version=0.1.0\n" },
	  { { "warning other-version-loaded", "can not unload modules",
	      "sudo reboot" } } },
	{ "the same version of other sources is loaded",
	  { KERNEL(R), SOURCES, BUILT(R), "/sys/module/alpha/version=0.2.0\n",
	    "/sys/module/alpha/refcnt=0\n",
	    "/sys/module/alpha/srcversion=B\n" },
	  { { "warning other-version-loaded",
	      "made of other sources (A, not B)", NULL } } },
	{ "an old version is loaded, and the new one isn't built",
	  { KERNEL(R), SOURCES, HEADERS(R), "/sys/module/alpha/version=0.1.0\n",
	    "/sys/module/beta/version=0.1.0\n" },
	  { { "warning not-built", "alpha, beta are not built", INSTALL R } } },
};

static void test_rows(void **state)
{
	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(*rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
