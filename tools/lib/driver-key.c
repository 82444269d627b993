// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver-key.h"
#include "mem.h"

/* A firmware's variables are some bytes of flash; a file that isn't one. */
#define KEY_FILE_MAX 1048576

/* Names of firmware variables: shim's, and the firmware's own. */
#define EFIVARS "/sys/firmware/efi/efivars/"
#define SHIM_GUID "605dab50-e046-4300-abb6-3dd810dd8b23"
#define EFI_GUID "8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Returns the file to be freed with free(), or NULL. */
static void *slurp(const struct driver_query *query, const char *path,
		   size_t *len)
{
	FILE *f = driver_open(query, "%s", path);
	char *bytes;

	if (!f)
		return NULL;
	bytes = mem_resize(NULL, KEY_FILE_MAX);
	*len = fread(bytes, 1, KEY_FILE_MAX, f);
	fclose(f);
	return bytes;
}

/*
 * Is the certificate in a list of the firmware's? They hold certificates as they
 * are, and long ones are split into several variables between certificates.
 */
static bool listed(const struct driver_query *query, const void *cert,
		   size_t cert_len, const char *pattern)
{
	bool found = false;
	size_t i, len;
	void *list;
	glob_t g;

	if (!driver_glob(query, &g, "%s", pattern))
		return false;
	for (i = 0; i < g.gl_pathc && !found; i++) {
		list = slurp(query, g.gl_pathv[i] + strlen(query->root), &len);
		found = list && memmem(list, len, cert, cert_len);
		free(list);
	}
	globfree(&g);
	return found;
}

/*
 * Is there a key of that name among the kernel's? What enrolled it, and whether
 * by the firmware or another way, doesn't matter then. Others than root see
 * their own keys only.
 */
static bool in_keyring(const struct driver_query *query, const char *signer)
{
	bool found = false;
	char line[512], *p;
	FILE *f;

	if (!*signer)
		return false;
	f = driver_open(query, "/proc/keys");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		p = strstr(line, " asym");
		found = p && strstr(p, signer);
	}
	fclose(f);
	return found;
}

static void read_setting(const struct driver_query *query, const char *path,
			 const char *release, struct driver_key *key)
{
	static const char name[] = "mok_certificate=";
	char line[512], *value, *var;
	FILE *f = driver_open(query, "%s", path);

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		value = line + strspn(line, " \t");
		if (strncmp(value, name, strlen(name)))
			continue;
		value += strlen(name);
		value += *value == '"' || *value == '\'';
		value[strcspn(value, "\"'#\n")] = 0;
		/* The one variable that dkms promises there. */
		var = strstr(value, "$kernelver");
		if (var) {
			*var = 0;
			snprintf(key->certificate, sizeof(key->certificate),
				 "%s%s%s", value, release,
				 var + strlen("$kernelver"));
		} else {
			snprintf(key->certificate, sizeof(key->certificate),
				 "%s", value);
		}
	}
	fclose(f);
}

/* Where DKMS has the certificate: said by its configuration, or as it was made. */
static void find_certificate(const struct driver_query *query,
			     const char *release, struct driver_key *key)
{
	static const char usual[] = "/var/lib/dkms/mok.pub";
	static const char ubuntu[] = "/var/lib/shim-signed/mok/MOK.der";
	size_t i;
	glob_t g;

	snprintf(key->certificate, sizeof(key->certificate), "%s",
		 !driver_there(query, usual) && driver_there(query, ubuntu) ?
			 ubuntu :
			 usual);
	read_setting(query, "/etc/dkms/framework.conf", release, key);
	if (!driver_glob(query, &g, "/etc/dkms/framework.conf.d/*.conf"))
		return;
	for (i = 0; i < g.gl_pathc; i++)
		read_setting(query, g.gl_pathv[i] + strlen(query->root),
			     release, key);
	globfree(&g);
}

/* Does the kernel refuse modules whose signature it doesn't know? */
static bool signatures_enforced(const struct driver_query *query)
{
	char word[128];

	driver_read(query, word, sizeof(word),
		    "/sys/module/module/parameters/sig_enforce");
	if (*word == 'Y')
		return true;
	/* "[none] integrity confidentiality": what holds is in brackets. */
	driver_read(query, word, sizeof(word), "/sys/kernel/security/lockdown");
	return *word && !strstr(word, "[none]");
}

/* The word on the command line that has the kernel enforce signatures. */
static void find_option(const struct driver_query *query, char *option,
			size_t size)
{
	char line[4096], *word, *rest = NULL;

	*option = 0;
	driver_read(query, line, sizeof(line), "/proc/cmdline");
	for (word = strtok_r(line, " ", &rest); word && !*option;
	     word = strtok_r(NULL, " ", &rest))
		if (!strncmp(word, "module.sig_enforce", 18) ||
		    !strncmp(word, "lockdown=", 9))
			snprintf(option, size, "%s", word);
}

void driver_key(const struct driver_query *query, const char *release,
		const char *signer, struct driver_key *key)
{
	size_t len = 0, cert_len = 0;
	char *state;
	void *cert;

	memset(key, 0, sizeof(*key));
	key->enforced = signatures_enforced(query);
	key->uefi = driver_there(query, "/sys/firmware/efi");
	/* Four bytes of attributes, then the value. */
	state = slurp(query, EFIVARS "SecureBoot-" EFI_GUID, &len);
	key->secure_boot = state && len >= 5 && state[4] == 1;
	free(state);
	find_option(query, key->option, sizeof(key->option));
	find_certificate(query, release, key);
	key->there = driver_there(query, "%s", key->certificate);
	key->known = in_keyring(query, signer);
	cert = slurp(query, key->certificate, &cert_len);
	if (cert && cert_len) {
		key->known |= listed(query, cert, cert_len,
				     EFIVARS "MokListRT*-" SHIM_GUID);
		key->asked = listed(query, cert, cert_len,
				    EFIVARS "MokNew*-" SHIM_GUID);
	}
	free(cert);
}
