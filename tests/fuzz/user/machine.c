// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sockmods tells of a machine whose files have anything in them: a file is a
 * letter, of paths[], and its content up to a form feed or the end. The modules
 * themselves are what they should be: libkmod reads them.
 * sources: tools/sockmods/status.c tools/sockmods/doctor.c tools/sockmods/dpkg.c
 * sources: tools/sockmods/loaded.c tools/sockmods/machine.c tools/sockmods/packages.c
 * sources: tools/sockmods/report.c tools/sockmods/uses.c tools/lib/colour.c tools/lib/driver.c
 * sources: tools/lib/driver-build.c tools/lib/driver-explain.c tools/lib/driver-key.c
 * sources: tools/lib/driver-log.c tools/lib/driver-modprobe.c tools/lib/jsonl.c tools/lib/mem.c
 * sources: tools/lib/say.c tools/lib/text.c
 */
#include <stdint.h>

#include "../../../tools/sockmods/findings.h"
#include "../../../tools/sockmods/sockmods.h"
#include "../../../tools/sockmods/status.h"
#include "jsonl.h"
#include "lib/fuzz.h"

#define fail_msg(...) FUZZ_CHECK(!"a file that can be made")
#define assert_int_equal(is, want) FUZZ_CHECK((is) == (want))

#include "../../unit/cli-sockmods-root.h"

#define RELEASE "6.12.1-cloud-amd64"
#define OTHER "6.1.9-cloud-amd64"

/* The command's own, and not used here. */
const char *const sockmods_drivers[] = { NULL };
struct sockmods_options sockmods_options;

static const char *const drivers[] = { "alpha", "beta", NULL };

static const struct {
	char letter;
	const char *path;
} paths[] = {
	{ 'a', "/sys/module/alpha/version" },
	{ 'b', "/etc/modprobe.d/local.conf" },
	{ 'c', "/usr/src/sockmods-0.2.0/dkms.conf" },
	{ 'd', "/var/lib/dpkg/status" },
	{ 'e', "/etc/os-release" },
	{ 'f', "/etc/dkms/framework.conf" },
	{ 'g', "/etc/dkms/framework.conf.d/local.conf" },
	{ 'h', "/sys/kernel/security/lockdown" },
	{ 'i', "/sys/module/module/parameters/sig_enforce" },
	{ 'k', "/proc/keys" },
	{ 'l', "/var/lib/dkms/sockmods/0.2.0/build/make.log" },
	{ 'm', "/var/lib/dkms/sockmods/0.1.0/build/make.log" },
	{ 'n', "/var/lib/dkms/mok.pub" },
	{ 'o', "/lib/modules/" RELEASE "/config" },
	{ 'p', "/proc/cmdline" },
	{ 'r', "/sys/module/alpha/refcnt" },
	{ 's', "/sys/module/alpha/srcversion" },
	{ 't', "/lib/modules/" RELEASE "/build/Makefile" },
	{ 'u',
	  "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c" },
	{ 'v',
	  "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23" },
	{ 'w',
	  "/sys/firmware/efi/efivars/MokNew-605dab50-e046-4300-abb6-3dd810dd8b23" },
	{ 'x', "/usr/bin/mokutil" },
	{ 'y', "/etc/arch-release" },
	{ 'z', "/etc/dkms/no-autoinstall" },
};

#define PATHS (sizeof(paths) / sizeof(*paths))

static void remove_at_exit(void)
{
	remove_root(NULL);
}

/* What is there always: two kernels, one of which has the driver alpha. */
static void make_machine(void)
{
	static const char *const files[] = { "updates/dkms/alpha.ko", NULL };

	if (make_root(NULL))
		abort();
	atexit(remove_at_exit);
	root_file("/lib/modules/" RELEASE "/modules.builtin");
	root_file("/lib/modules/" RELEASE "/modules.dep");
	root_file("/lib/modules/" OTHER "/modules.builtin");
	root_file("/lib/modules/" RELEASE
		  "/updates/dkms/alpha.ko@version=0.2.0,srcversion=A");
	root_index(RELEASE, files);
}

/* A file that isn't there has no folder either: some are looked for. */
static void remove_files(void)
{
	char path[512];
	size_t i;

	for (i = 0; i < PATHS; i++) {
		snprintf(path, sizeof(path), "%s%s", root, paths[i].path);
		if (unlink(path))
			continue;
		*strrchr(path, '/') = '\0';
		while (strlen(path) > strlen(root) && !rmdir(path))
			*strrchr(path, '/') = '\0';
	}
}

static void put_file(char letter, const uint8_t *bytes, size_t len)
{
	size_t i;
	FILE *f;

	for (i = 0; i < PATHS; i++) {
		if (paths[i].letter != letter)
			continue;
		f = root_open(paths[i].path);
		fwrite(bytes, 1, len, f);
		fclose(f);
	}
}

static void put_files(const uint8_t *data, size_t size)
{
	while (size) {
		const uint8_t *end = memchr(data, '\f', size);
		size_t len = end ? (size_t)(end - data) : size;

		if (len)
			put_file((char)data[0], data + 1, len - 1);
		len += end != NULL;
		data += len;
		size -= len;
	}
}

/* Nothing but what a person types. */
static bool plain(const uint8_t *data, size_t size)
{
	for (; size; data++, size--)
		if (*data != '\n' && *data != '\f' &&
		    (*data < ' ' || *data > '~'))
			return false;
	return true;
}

static void tell(struct machine *m, bool is_plain)
{
	struct findings all = { .count = 0 };
	size_t i;

	doctor_look(m, &all);
	FUZZ_CHECK(findings_worst(&all) >= 0);
	fuzz_capture();
	status_text(stdout, m);
	doctor_text(stdout, m, &all);
	FUZZ_CHECK(fuzz_output(1).len);
	if (is_plain)
		fuzz_harmless(fuzz_output(1));
	fuzz_capture();
	for (i = 0; i < m->drivers; i++)
		jsonl_print(status_json(m, &m->driver[i]));
	doctor_json(m, &all);
	if (is_plain)
		fuzz_json_lines(fuzz_output(1));
	findings_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool made;
	struct machine *m;

	if (!made)
		make_machine();
	made = true;
	remove_files();
	put_files(data, size);
	m = machine_look(root, RELEASE, NULL, drivers);
	FUZZ_CHECK(m);
	tell(m, plain(data, size));
	machine_free(m);
	return 0;
}
