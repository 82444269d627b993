// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "errname.h"
#include "num.h"

/* Highest error number there can be: the kernel's MAX_ERRNO. */
#define ERRNAME_MAX 4095

struct errname {
	int error;
	const char *name;
};

/*
 * Every architecture numbers them its own way. At the end, second names of a
 * number: errname() finds the first.
 */
/* clang-format off */
#define E(name) { name, #name }
static const struct errname errnames[] = {
	E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG),
	E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES),
	E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV),
	E(ENOTDIR), E(EISDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY),
	E(ETXTBSY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK),
	E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG), E(ENOLCK),
	E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENOMSG), E(EIDRM), E(ECHRNG),
	E(EL2NSYNC), E(EL3HLT), E(EL3RST), E(ELNRNG), E(EUNATCH), E(ENOCSI),
	E(EL2HLT), E(EBADE), E(EBADR), E(EXFULL), E(ENOANO), E(EBADRQC),
	E(EBADSLT), E(EBFONT), E(ENOSTR), E(ENODATA), E(ETIME), E(ENOSR),
	E(ENONET), E(ENOPKG), E(EREMOTE), E(ENOLINK), E(EADV), E(ESRMNT),
	E(ECOMM), E(EPROTO), E(EMULTIHOP), E(EDOTDOT), E(EBADMSG),
	E(EOVERFLOW), E(ENOTUNIQ), E(EBADFD), E(EREMCHG), E(ELIBACC),
	E(ELIBBAD), E(ELIBSCN), E(ELIBMAX), E(ELIBEXEC), E(EILSEQ),
	E(ERESTART), E(ESTRPIPE), E(EUSERS), E(ENOTSOCK), E(EDESTADDRREQ),
	E(EMSGSIZE), E(EPROTOTYPE), E(ENOPROTOOPT), E(EPROTONOSUPPORT),
	E(ESOCKTNOSUPPORT), E(EOPNOTSUPP), E(EPFNOSUPPORT), E(EAFNOSUPPORT),
	E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH),
	E(ENETRESET), E(ECONNABORTED), E(ECONNRESET), E(ENOBUFS), E(EISCONN),
	E(ENOTCONN), E(ESHUTDOWN), E(ETOOMANYREFS), E(ETIMEDOUT),
	E(ECONNREFUSED), E(EHOSTDOWN), E(EHOSTUNREACH), E(EALREADY),
	E(EINPROGRESS), E(ESTALE), E(EUCLEAN), E(ENOTNAM), E(ENAVAIL),
	E(EISNAM), E(EREMOTEIO), E(EDQUOT), E(ENOMEDIUM), E(EMEDIUMTYPE),
	E(ECANCELED), E(ENOKEY), E(EKEYEXPIRED), E(EKEYREVOKED),
	E(EKEYREJECTED), E(EOWNERDEAD), E(ENOTRECOVERABLE), E(ERFKILL),
	E(EHWPOISON), E(EWOULDBLOCK), E(ENOTSUP), E(EDEADLOCK),
};
/* clang-format on */
#undef E

#define ERRNAMES (sizeof(errnames) / sizeof(errnames[0]))

const char *errname(int error)
{
	size_t i;

	for (i = 0; i < ERRNAMES; i++)
		if (errnames[i].error == error)
			return errnames[i].name;
	return NULL;
}

int errname_parse(const char *text, uint32_t *error)
{
	uint64_t number;
	size_t i;
	int err;

	for (i = 0; i < ERRNAMES; i++) {
		if (!strcasecmp(errnames[i].name, text)) {
			*error = (uint32_t)errnames[i].error;
			return 0;
		}
	}
	err = num_u64(text, &number);
	if (err)
		return err;
	if (number < 1 || number > ERRNAME_MAX)
		return -ERANGE;
	*error = (uint32_t)number;
	return 0;
}

const char *errname_at(size_t i)
{
	return i < ERRNAMES ? errnames[i].name : NULL;
}

const char *errname_text(int error, char *buf, size_t size)
{
	const char *name = errname(error);

	if (name)
		snprintf(buf, size, "%s (%s)", strerror(error), name);
	else
		snprintf(buf, size, "error %d", error);
	return buf;
}
