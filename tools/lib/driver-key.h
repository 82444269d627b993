/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of modules, and the keys that a kernel knows. */
#ifndef SOCKMODS_DRIVER_KEY_H
#define SOCKMODS_DRIVER_KEY_H

#include <stdbool.h>

#include "driver.h"

/**
 * struct driver_key - the key that DKMS signs with, and what is thought of it
 * @enforced: the kernel takes modules only when it knows their signature's key
 * @uefi: the machine was booted by UEFI, which can keep keys
 * @secure_boot: Secure Boot is on
 * @certificate: the key's certificate, where DKMS has it or would put it
 * @there: it exists
 * @known: the kernel or the firmware knows it
 * @asked: it waits for being enrolled at the next boot
 * @option: what on the kernel's command line enforces signatures, or empty
 */
struct driver_key {
	bool enforced;
	bool uefi;
	bool secure_boot;
	char certificate[256];
	bool there;
	bool known;
	bool asked;
	char option[64];
};

/**
 * driver_key() - look at the key
 * @query: has the root
 * @release: as uname -r, for a certificate of each kernel
 * @signer: name in a module's signature, to be looked up among the kernel's keys
 *	(which only root can); or empty
 * @key: what was found
 */
void driver_key(const struct driver_query *query, const char *release,
		const char *signer, struct driver_key *key);

#endif
