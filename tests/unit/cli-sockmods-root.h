/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root trees made of a few files, for what is told of a machine: modules with the
 * sections and the index that libkmod reads, and all else as it comes.
 */
#ifndef CLI_SOCKMODS_ROOT_H
#define CLI_SOCKMODS_ROOT_H

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/cli-sockmods.XXXXXX";

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static inline void new_root(void)
{
	remove_root(NULL);
	assert_int_equal(mkdir(root, 0755), 0);
}

/* Opens a file for writing, in directories that are made on the way. */
static FILE *root_open(const char *name)
{
	char path[512], *p;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (p = path + sizeof(root); (p = strchr(p, '/')); p++) {
		*p = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			fail_msg("%s", path);
		*p = '/';
	}
	f = fopen(path, "w");
	if (!f)
		fail_msg("%s", path);
	return f;
}

static void put_u32(FILE *f, uint32_t value)
{
	value = htobe32(value);
	fwrite(&value, sizeof(value), 1, f);
}

/*
 * The index of a kernel's modules, as depmod makes it: a tree by letters. The
 * names here differ in the first one. @files: without "/lib/modules/RELEASE/".
 */
static inline void root_index(const char *release, const char *const *files)
{
	enum { PREFIX = 0x8u << 28, VALUES = 0x4u << 28, BELOW = 0x2u << 28 };
	uint32_t child['z' - 'a' + 1] = {}, at;
	char name[256];
	FILE *f;
	size_t i;

	snprintf(name, sizeof(name), "/lib/modules/%s/modules.dep.bin",
		 release);
	f = root_open(name);
	put_u32(f, 0xb007f457);
	put_u32(f, 0x00020001);
	put_u32(f, 0);
	for (; *files; files++) {
		const char *module = strrchr(*files, '/') + 1;

		child[*module - 'a'] = (uint32_t)ftell(f) |
				       (unsigned int)PREFIX | VALUES;
		fprintf(f, "%.*s%c", (int)strcspn(module, ".") - 1, module + 1,
			0);
		put_u32(f, 1);
		put_u32(f, 0);
		fprintf(f, "%s:%c", *files, 0);
	}
	at = (uint32_t)ftell(f) | BELOW;
	fputs("az", f);
	for (i = 0; i < sizeof(child) / sizeof(*child); i++)
		put_u32(f, child[i]);
	fseek(f, 8, SEEK_SET);
	put_u32(f, at);
	fclose(f);
}

/* A signature by SIGNER, in the form without a PKCS#7 message. */
static void put_signature(FILE *f, const char *signer)
{
	/* RSA, SHA-256, X.509 */
	const unsigned char kind[] = {
		1, 4, 1, (unsigned char)strlen(signer), 4, 0, 0, 0,
	};

	fputs(signer, f);
	fputs("key!signature", f);
	fwrite(kind, sizeof(kind), 1, f);
	put_u32(f, strlen("signature"));
	fputs("~Module signature appended~\n", f);
}

/* A module that says of itself what MODINFO has: "KEY=VALUE,..."; or "signer". */
static inline void root_module(const char *name, const char *modinfo)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	Elf64_Ehdr head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB :
							       ELFDATA2MSB,
			     EV_CURRENT },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(head),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
		.e_shstrndx = 2,
	};
	Elf64_Shdr section[3] = {
		{},
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC },
		{ .sh_name = 10, .sh_type = SHT_STRTAB },
	};
	char info[256], *signer, *p;
	size_t len;
	FILE *f;

	snprintf(info, sizeof(info), "%s", modinfo);
	signer = strstr(info, "signer=");
	if (signer) {
		signer[-1] = 0;
		signer += strlen("signer=");
	}
	len = strlen(info) + 1;
	for (p = info; (p = strchr(p, ',')); p++)
		*p = 0;
	section[1].sh_offset = sizeof(head);
	section[1].sh_size = len;
	section[2].sh_offset = sizeof(head) + len;
	section[2].sh_size = sizeof(names);
	head.e_shoff = sizeof(head) + len + sizeof(names);

	f = root_open(name);
	fwrite(&head, sizeof(head), 1, f);
	fwrite(info, len, 1, f);
	fwrite(names, sizeof(names), 1, f);
	fwrite(section, sizeof(section), 1, f);
	if (signer)
		put_signature(f, signer);
	fclose(f);
}

static void put_hex(FILE *f, const char *hex)
{
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		putc((int)byte, f);
}

/*
 * A file: "PATH"; "PATH=CONTENT"; "PATH#HEX"; "PATH>TARGET" of a link;
 * "PATH@MODINFO" of a module. A path has none of the characters that part them.
 */
static inline void root_file(const char *what)
{
	char path[512], rooted[768], kind;
	const char *content;
	FILE *f;

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(what, "=#>@"), what);
	kind = what[strlen(path)];
	content = kind ? what + strlen(path) + 1 : "";
	if (kind == '@') {
		root_module(path, content);
		return;
	}
	f = root_open(path);
	if (kind == '#')
		put_hex(f, content);
	else if (kind == '=')
		fputs(content, f);
	fclose(f);
	if (kind == '>') {
		snprintf(rooted, sizeof(rooted), "%s%s", root, path);
		unlink(rooted);
		assert_int_equal(symlink(content, rooted), 0);
	}
}

/* Makes a file older than what is made now. */
static inline void root_age(const char *name)
{
	const struct timespec then[2] = { { .tv_sec = 1000000000 },
					  { .tv_sec = 1000000000 } };
	char path[768];

	snprintf(path, sizeof(path), "%s%s", root, name);
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

#endif
