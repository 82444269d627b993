// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lists of sockets that myproto and ulp-caesar show, behind a kernel that says
 * what it likes: of the first line "m" or "u" is the command and "j" JSON, the rest
 * is the kernel's script (lib/script.h).
 * sources: tools/myproto/show.c tools/ulp-caesar/show.c tools/lib/jsonl.c tools/lib/mem.c
 * sources: tools/lib/say.c tools/lib/text.c tests/fuzz/user/lib/kernel.c
 * sources: tests/fuzz/user/lib/script.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../../tools/myproto/myproto.h"
#include "../../../tools/ulp-caesar/ulp-caesar.h"
#include "exitcode.h"
#include "family.h"
#include "lib/fuzz.h"
#include "lib/kernel.h"
#include "say.h"

struct myproto_options myproto_options;
struct ulp_caesar_options ulp_caesar_options;

/* The drivers are there. */
int session_socket(int *code)
{
	(void)code;
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

int session_driver(void)
{
	return EXIT_OK;
}

int session_attach(int fd, const struct caesar_key *key)
{
	(void)fd;
	(void)key;
	return -ENOENT;
}

int family_find(void)
{
	return 45;
}

int session_failed(const char *what)
{
	say_error("%s: %s", what, strerror(errno));
	return EXIT_REFUSED;
}

int session_end(int code)
{
	return say_flush() ? EXIT_REFUSED : code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *letters = fuzz_line(&data, &size);
	bool json = strchr(letters, 'j');
	char *none[] = { NULL };
	int code;

	myproto_options.json = json;
	ulp_caesar_options.json = json;
	kernel_begin(data, size);
	fuzz_capture();
	code = *letters == 'u' ? cmd_show(none, 0) : show_run(none, 0);
	free(letters);
	FUZZ_CHECK(code == EXIT_OK || code == EXIT_REFUSED);
	FUZZ_CHECK(code == EXIT_OK || fuzz_output(2).len);
	fuzz_harmless(fuzz_output(1));
	fuzz_harmless(fuzz_output(2));
	if (json)
		fuzz_json_lines(fuzz_output(1));
	return 0;
}
