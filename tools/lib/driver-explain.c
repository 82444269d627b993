// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a driver, in words, and the command that mends it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver-build.h"
#include "driver-key.h"
#include "driver-log.h"
#include "driver-modprobe.h"
#include "driver.h"

static const char *const state_names[] = {
	[DRIVER_OLD_KERNEL] = "old-kernel",
	[DRIVER_OTHER_NAME] = "other-name",
	[DRIVER_LOADED] = "loaded",
	[DRIVER_MODULES_GONE] = "modules-gone",
	[DRIVER_NOT_INSTALLED] = "not-installed",
	[DRIVER_EXCLUDED] = "excluded",
	[DRIVER_NO_HEADERS] = "no-headers",
	[DRIVER_BUILD_FAILED] = "build-failed",
	[DRIVER_NOT_BUILT] = "not-built",
	[DRIVER_NOT_INDEXED] = "not-indexed",
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

static void fix(struct driver *driver, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* One command more. */
static void fix(struct driver *driver, const char *fmt, ...)
{
	size_t len = strlen(driver->fix);
	va_list ap;

	if (len && len + 1 < sizeof(driver->fix))
		driver->fix[len++] = '\n';
	va_start(ap, fmt);
	vsnprintf(driver->fix + len, sizeof(driver->fix) - len, fmt, ap);
	va_end(ap);
}

static bool on_arch(const struct driver_query *query)
{
	return driver_there(query, "/etc/arch-release");
}

/* The subject of a sentence, and its verb. */
static const char *who(const struct driver_query *query)
{
	return query->who ? query->who : query->module;
}

static const char *is(const struct driver_query *query)
{
	return strchr(who(query), ',') ? "are" : "is";
}

/* The verb of what comes of it. */
static const char *not_loaded(const struct driver_query *query)
{
	if (query->disk)
		return "can not be loaded";
	return strchr(who(query), ',') ? "are not loaded" : "is not loaded";
}

/* Which kernel it is about. */
struct kernel {
	char name[96];
};

static struct kernel kernel(const struct driver_query *query,
			    const struct driver *driver)
{
	struct kernel k;

	snprintf(k.name, sizeof(k.name),
		 query->other ? "kernel %s" : "this kernel (%s)",
		 driver->release);
	return k;
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

static void explain_old(const struct driver_query *query, struct driver *driver)
{
	struct driver_conf conf;

	driver_conf(query, &conf);
	text(driver,
	     "%s is older than %u.%u, the oldest that sockmods supports",
	     kernel(query, driver).name, conf.major, conf.minor);
	hint(driver, "boot a newer kernel");
}

/* Another kernel than this one, when it is this one that is wrong. */
static void fix_kernel(const struct driver_query *query, struct driver *driver)
{
	if (query->other)
		return;
	if (on_arch(query))
		fix(driver, "sudo pacman -S linux");
	else
		fix(driver,
		    "sudo apt install linux-image-$(dpkg --print-architecture)");
	fix(driver, "sudo reboot");
}

static void explain_gone(struct driver *driver)
{
	text(driver,
	     "the modules of the running kernel (%s) are gone from /lib/modules, as after an upgrade of the kernel",
	     driver->release);
	hint(driver, "reboot");
	fix(driver, "sudo reboot");
}

static void explain_not_installed(const struct driver_query *query,
				  struct driver *driver)
{
	const char *command = on_arch(query) ? "pacman -S" : "apt install";

	text(driver,
	     "%s %s not here: the package sockmods-dkms is not installed",
	     who(query), is(query));
	hint(driver, "%s sockmods-dkms", command);
	fix(driver, "sudo %s sockmods-dkms", command);
}

static void explain_excluded(const struct driver_query *query,
			     struct driver *driver)
{
	text(driver,
	     "%s %s not built for %s, which DKMS skips: it was configured without %s",
	     who(query), is(query), kernel(query, driver).name, driver->has);
	hint(driver, "boot a kernel that has it");
	fix_kernel(query, driver);
}

static void explain_no_headers(const struct driver_query *query,
			       struct driver *driver)
{
	const char *command = "apt install";
	char pkgbase[128], package[256];

	if (arch_kernel(query, driver, pkgbase, sizeof(pkgbase))) {
		snprintf(package, sizeof(package), "%s-headers", pkgbase);
		command = "pacman -S";
	} else {
		snprintf(package, sizeof(package), "linux-headers-%s",
			 driver->release);
	}
	text(driver, "%s %s not built for %s: the package %s is not installed",
	     who(query), is(query), kernel(query, driver).name, package);
	hint(driver, "%s %s", command, package);
	fix(driver, "sudo %s %s", command, package);
}

static void explain_failed_build(const struct driver_query *query,
				 struct driver *driver)
{
	struct driver_log log;

	if (!driver_log(query, driver->package, driver->release, &log))
		memset(&log, 0, sizeof(log));
	text(driver,
	     "%s %s not built for %s, though its headers are here: DKMS has failed; the first error in %s: %s",
	     who(query), is(query), kernel(query, driver).name, log.path,
	     log.error);
	hint(driver, "dkms autoinstall -k %s", driver->release);
	fix(driver, "less %s", log.path);
	fix(driver, "sudo dkms install sockmods/%s -k %s", driver->package,
	    driver->release);
}

/* DKMS's own copy of what it has built, and put in place, or not yet. */
static bool has_copy(const struct driver_query *query,
		     const struct driver *driver)
{
	return driver_there(query,
			    "/var/lib/dkms/sockmods/%s/%s/*/module/%s.ko*",
			    driver->package, driver->release, query->module);
}

/* Where DKMS has left the compiler's words, and whether they can be trusted. */
static void say_log(const struct driver_query *query,
		    const struct driver *driver, char *more, size_t size)
{
	struct driver_log log;

	*more = 0;
	if (!driver_log(query, driver->package, driver->release, &log))
		return;
	if (*log.stale)
		snprintf(more, size, " (%s is stale: %s%s%s)", log.path,
			 log.stale, *log.error ? "; its first error: " : "",
			 log.error);
	else
		snprintf(more, size, "; see %s", log.path);
}

static void explain_not_built(const struct driver_query *query,
			      struct driver *driver)
{
	char more[768];

	if (has_copy(query, driver)) {
		text(driver,
		     "%s %s not built for %s, though its headers are here: DKMS has built it, but its file is gone from /lib/modules",
		     who(query), is(query), kernel(query, driver).name);
		hint(driver, "dkms autoinstall -k %s", driver->release);
		fix(driver, "sudo dkms install --force sockmods/%s -k %s",
		    driver->package, driver->release);
		return;
	}
	say_log(query, driver, more, sizeof(more));
	text(driver,
	     "%s %s not built for %s, though its headers are here: DKMS has not run, or failed%s%s",
	     who(query), is(query), kernel(query, driver).name,
	     driver_there(query, "/etc/dkms/no-autoinstall") ?
		     " (/etc/dkms/no-autoinstall keeps it from running by itself)" :
		     "",
	     more);
	hint(driver, "dkms autoinstall -k %s", driver->release);
	fix(driver, "sudo dkms install sockmods/%s -k %s", driver->package,
	    driver->release);
}

static void explain_not_indexed(const struct driver_query *query,
				struct driver *driver)
{
	if (driver_there(query, "/lib/modules/%s/modules.dep", driver->release))
		text(driver,
		     "%s %s built for %s, but modules.dep does not have it: depmod has not run since",
		     who(query), is(query), kernel(query, driver).name);
	else
		text(driver,
		     "%s has no modules.dep, without which no module is found: depmod has not run",
		     kernel(query, driver).name);
	hint(driver, "depmod %s", driver->release);
	fix(driver, "sudo depmod %s", driver->release);
}

/* Built anew, it is signed if it can be. */
static void fix_unsigned(const struct driver_query *query,
			 struct driver *driver, const struct driver_key *key)
{
	if (!key->there)
		fix(driver, on_arch(query) ? "sudo pacman -S --needed openssl" :
					     "sudo apt install openssl");
	fix(driver, "sudo dkms remove sockmods/%s -k %s", driver->package,
	    driver->release);
	fix(driver, "sudo dkms install sockmods/%s -k %s", driver->package,
	    driver->release);
}

static void fix_key(const struct driver_query *query, struct driver *driver,
		    const struct driver_key *key)
{
	if (!key->uefi) {
		if (on_arch(query))
			fix(driver,
			    "sudo -e /etc/default/grub\n"
			    "sudo grub-mkconfig -o /boot/grub/grub.cfg");
		else
			fix(driver, "sudo -e /etc/default/grub\n"
				    "sudo update-grub");
	} else if (!key->asked) {
		if (!driver_there(query, "/usr/bin/mokutil"))
			fix(driver, on_arch(query) ?
					    "sudo pacman -S mokutil" :
					    "sudo apt install mokutil");
		fix(driver, "sudo mokutil --import %s", key->certificate);
	}
	fix(driver, "sudo reboot");
}

/* Where the key could go, and what of that has been done. */
static void say_key(struct driver *driver, const struct driver_key *key)
{
	size_t len = strlen(driver->text);
	char *end = driver->text + len;
	size_t size = sizeof(driver->text) - len;

	if (!key->uefi)
		snprintf(
			end, size,
			"; without UEFI no key can be enrolled (with it: mokutil --import %s): what enforces signatures has to go from the kernel's command line%s%s",
			key->certificate, *key->option ? ": " : "",
			key->option);
	else if (key->asked)
		snprintf(
			end, size,
			"; the key waits for the next boot: choose 'Enroll MOK' there");
	else
		snprintf(
			end, size,
			"; mokutil asks for a password, and so does the next boot: choose 'Enroll MOK' there");
}

static void explain_signature(const struct driver_query *query,
			      struct driver *driver)
{
	struct driver_key key;

	driver_key(query, driver->release, driver->signer, &key);
	if (driver->error == ENODATA || !key.there) {
		text(driver,
		     "%s %s: this kernel takes signed modules only (Secure Boot or module.sig_enforce), and the module has no signature",
		     who(query), not_loaded(query));
		hint(driver, "README.Debian of sockmods-dkms: Secure Boot");
		/* The mark of a dkms that signs nothing by itself, 2.8.4. */
		if (driver_there(query, "/etc/dkms/sign_helper.sh")) {
			fix(driver,
			    "zless /usr/share/doc/sockmods-dkms/README.Debian*");
			return;
		}
		fix_unsigned(query, driver, &key);
		if (!key.known) {
			say_key(driver, &key);
			fix_key(query, driver, &key);
		}
		if (!key.there)
			return;
	} else {
		if (driver->error)
			text(driver,
			     "%s %s: the kernel rejected its signature (%s): it does not know the key that DKMS signs with, or the module has none",
			     who(query), not_loaded(query),
			     strerror(driver->error));
		else
			text(driver,
			     "%s %s: this kernel takes signed modules only (Secure Boot or module.sig_enforce) and seems not to know the key of this signature",
			     who(query), not_loaded(query));
		say_key(driver, &key);
		fix_key(query, driver, &key);
	}
	hint(driver, "mokutil --import %s, then reboot and enrol the key",
	     key.certificate);
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
	const bool forbidden = driver->state == DRIVER_FORBIDDEN;
	const char *word = forbidden ? "install" : "blacklist";
	char path[256], at[300] = "";
	int line;

	line = driver_modprobe(query, word, path, sizeof(path));
	if (line)
		snprintf(at, sizeof(at), " (%s:%d)", path, line);
	if (forbidden) {
		text(driver,
		     "%s %s: modprobe.d has an 'install %s' line, which replaces loading it%s",
		     query->module, not_loaded(query), query->module, at);
		hint(driver, "grep -rsw %s %s, and remove that line",
		     query->module, where);
	} else {
		text(driver,
		     "%s is not loaded%s: modprobe.d has a 'blacklist %s' line, so it is not loaded by itself%s",
		     query->module, query->disk ? " when it is asked for" : "",
		     query->module, at);
		hint(driver, "modprobe %s, or remove the line: grep -rsw %s %s",
		     query->module, query->module, where);
	}
	if (line)
		fix(driver, "sudo sed -i '%ds/^/# /' %s", line, path);
	else
		fix(driver, "grep -w %s /proc/cmdline", query->module);
}

static void explain_failed(const struct driver_query *query,
			   struct driver *driver)
{
	text(driver, "%s can not be loaded: %s", query->module,
	     strerror(driver->error));
	hint(driver, "dmesg | tail");
	if (driver->error == ENOEXEC && *driver->package)
		fix(driver, "sudo dkms install --force sockmods/%s -k %s",
		    driver->package, driver->release);
	else
		fix(driver, "sudo dmesg | tail");
}

void driver_explain(const struct driver_query *query, struct driver *driver)
{
	*driver->text = *driver->hint = *driver->fix = 0;
	switch (driver->state) {
	case DRIVER_OLD_KERNEL:
		explain_old(query, driver);
		fix_kernel(query, driver);
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
		explain_gone(driver);
		break;
	case DRIVER_NOT_INSTALLED:
		explain_not_installed(query, driver);
		break;
	case DRIVER_EXCLUDED:
		explain_excluded(query, driver);
		break;
	case DRIVER_NO_HEADERS:
		explain_no_headers(query, driver);
		break;
	case DRIVER_BUILD_FAILED:
		explain_failed_build(query, driver);
		break;
	case DRIVER_NOT_BUILT:
		explain_not_built(query, driver);
		break;
	case DRIVER_NOT_INDEXED:
		explain_not_indexed(query, driver);
		break;
	case DRIVER_FORBIDDEN:
	case DRIVER_BLACKLISTED:
		explain_modprobe(query, driver);
		break;
	case DRIVER_SIGNATURE:
		explain_signature(query, driver);
		break;
	case DRIVER_FAILED:
		explain_failed(query, driver);
		break;
	case DRIVER_NOT_LOADED:
		explain_not_loaded(query, driver);
		break;
	case DRIVER_STARTED:
		text(driver, "%s was not loaded; it is now", query->module);
		break;
	}
}
