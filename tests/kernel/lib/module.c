// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "module.h"

bool module_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int module_unload_soon(const char *name)
{
	int i, err = 0;

	for (i = 0; i < 500; i++) {
		err = module_unload(name);
		if (err != -EWOULDBLOCK && err != -EBUSY)
			break;
		usleep(10000);
	}
	return err;
}

int run_command(const char *command, char *out, size_t size)
{
	char line[512];
	FILE *p;
	size_t n;
	int rc;

	snprintf(line, sizeof(line), "%s 2>&1", command);
	p = popen(line, "r");
	assert_non_null(p);
	n = fread(out, 1, size - 1, p);
	out[n] = '\0';
	rc = pclose(p);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

void must(const char *command)
{
	char out[1024];

	if (run_command(command, out, sizeof(out)))
		fail_msg("%s: %s", command, out);
}
