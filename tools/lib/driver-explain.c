// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a driver, in words, and the command that mends it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"

static const char *const state_names[] = {
	[DRIVER_OLD_KERNEL] = "old-kernel",
	[DRIVER_OTHER_NAME] = "other-name",
	[DRIVER_LOADED] = "loaded",
	[DRIVER_MODULES_GONE] = "modules-gone",
	[DRIVER_NOT_INSTALLED] = "not-installed",
	[DRIVER_NO_HEADERS] = "no-headers",
	[DRIVER_NOT_BUILT] = "not-built",
	[DRIVER_FORBIDDEN] = "forbidden",
	[DRIVER_BLACKLISTED] = "blacklisted",
	[DRIVER_SIGNATURE] = "signature-rejected",
	[DRIVER_FAILED] = "failed",
	[DRIVER_NOT_LOADED] = "not-loaded",
	[DRIVER_STARTED] = "started",
};

const char *driver_state_name(enum driver_state state)
{
	return state_names[state];
}

static void text(struct driver *driver, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void text(struct driver *driver, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(driver->text, sizeof(driver->text), fmt, ap);
	va_end(ap);
}

static void hint(struct driver *driver, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void hint(struct driver *driver, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(driver->hint, sizeof(driver->hint), fmt, ap);
	va_end(ap);
}

/*
 * Arch's kernels have the name of their package beside their modules. Fails
 * where that isn't so.
 */
static bool arch_kernel(const struct driver_query *query,
			const struct driver *driver, char *pkgbase, int size)
{
	driver_read(query, pkgbase, size, "/usr/lib/modules/%s/pkgbase",
		    driver->release);
	return *pkgbase;
}

static void explain_no_headers(const struct driver_query *query,
			       struct driver *driver)
{
	char pkgbase[128];

	if (arch_kernel(query, driver, pkgbase, sizeof(pkgbase))) {
		text(driver,
		     "%s is not built for this kernel (%s): the package %s-headers is not installed",
		     query->module, driver->release, pkgbase);
		hint(driver, "pacman -S %s-headers", pkgbase);
		return;
	}
	text(driver,
	     "%s is not built for this kernel (%s): the package linux-headers-%s is not installed",
	     query->module, driver->release, driver->release);
	hint(driver, "apt install linux-headers-%s", driver->release);
}

static void explain_not_built(const struct driver_query *query,
			      struct driver *driver)
{
	char log[256];
	bool found;

	/* Where DKMS leaves the compiler's words: at once, and afterwards. */
	found = driver_find(query, log, sizeof(log),
			    "/var/lib/dkms/sockmods/*/build/make.log") ||
		driver_find(query, log, sizeof(log),
			    "/var/lib/dkms/sockmods/*/%s/*/log/make.log",
			    driver->release);
	text(driver,
	     "%s is not built for this kernel (%s), though its headers are here: DKMS has not run, or failed%s%s",
	     query->module, driver->release, found ? "; see " : "",
	     found ? log : "");
	hint(driver, "dkms autoinstall -k %s", driver->release);
}

static void explain_not_installed(const struct driver_query *query,
				  struct driver *driver)
{
	text(driver,
	     "%s is not here: the package sockmods-dkms is not installed",
	     query->module);
	if (driver_there(query, "/etc/arch-release"))
		hint(driver, "pacman -S sockmods-dkms");
	else
		hint(driver, "apt install sockmods-dkms");
}

static void explain_signature(const struct driver_query *query,
			      struct driver *driver)
{
	static const char key[] = "/var/lib/dkms/mok.pub";

	if (driver->error == ENODATA || !driver_there(query, "%s", key)) {
		text(driver,
		     "%s is not loaded: this kernel takes signed modules only (Secure Boot or module.sig_enforce), and the module has no signature",
		     query->module);
		hint(driver, "README.Debian of sockmods-dkms: Secure Boot");
		if (!driver_there(query, "%s", key))
			return;
	} else if (driver->error) {
		text(driver,
		     "%s is not loaded: the kernel rejected its signature (%s): it does not know the key that DKMS signs with, or the module has none",
		     query->module, strerror(driver->error));
	} else {
		text(driver,
		     "%s is not loaded: this kernel takes signed modules only (Secure Boot or module.sig_enforce) and seems not to know the key of this signature",
		     query->module);
	}
	hint(driver, "mokutil --import %s, then reboot and enrol the key", key);
}

static void explain_not_loaded(const struct driver_query *query,
			       struct driver *driver)
{
	text(driver, "%s is not loaded", query->module);
	if (query->param && strcmp(query->want, query->usual))
		hint(driver, "modprobe %s %s=%s", query->module, query->param,
		     query->want);
	else
		hint(driver, "modprobe %s", query->module);
}

static void explain_modprobe(const struct driver_query *query,
			     struct driver *driver)
{
	static const char where[] =
		"/etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d";

	if (driver->state == DRIVER_FORBIDDEN) {
		text(driver,
		     "%s is not loaded: modprobe.d has an 'install %s' line, which replaces loading it",
		     query->module, query->module);
		hint(driver, "grep -rsw %s %s, and remove that line",
		     query->module, where);
	} else {
		text(driver,
		     "%s is not loaded: modprobe.d has a 'blacklist %s' line, so it is not loaded by itself",
		     query->module, query->module);
		hint(driver, "modprobe %s, or remove the line: grep -rsw %s %s",
		     query->module, query->module, where);
	}
}

void driver_explain(const struct driver_query *query, struct driver *driver)
{
	switch (driver->state) {
	case DRIVER_OLD_KERNEL:
		text(driver,
		     "this kernel (%s) is older than 5.10, the oldest that sockmods supports",
		     driver->release);
		hint(driver, "boot a newer kernel");
		break;
	case DRIVER_OTHER_NAME:
		text(driver, "%s is loaded, under the name '%s'", query->module,
		     driver->has);
		hint(driver, "--%s %s", query->param, driver->has);
		break;
	case DRIVER_LOADED:
		text(driver,
		     "%s is loaded, but does not answer to '%s'; it may have been loaded just now",
		     query->module, query->want);
		hint(driver, "try again");
		break;
	case DRIVER_MODULES_GONE:
		text(driver,
		     "the modules of the running kernel (%s) are gone from /lib/modules, as after an upgrade of the kernel",
		     driver->release);
		hint(driver, "reboot");
		break;
	case DRIVER_NOT_INSTALLED:
		explain_not_installed(query, driver);
		break;
	case DRIVER_NO_HEADERS:
		explain_no_headers(query, driver);
		break;
	case DRIVER_NOT_BUILT:
		explain_not_built(query, driver);
		break;
	case DRIVER_FORBIDDEN:
	case DRIVER_BLACKLISTED:
		explain_modprobe(query, driver);
		break;
	case DRIVER_SIGNATURE:
		explain_signature(query, driver);
		break;
	case DRIVER_FAILED:
		text(driver, "%s can not be loaded: %s", query->module,
		     strerror(driver->error));
		hint(driver, "dmesg | tail");
		break;
	case DRIVER_NOT_LOADED:
		explain_not_loaded(query, driver);
		break;
	case DRIVER_STARTED:
		text(driver, "%s was not loaded; it is now", query->module);
		break;
	}
}
