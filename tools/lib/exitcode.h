/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SOCKMODS_EXITCODE_H
#define SOCKMODS_EXITCODE_H

/**
 * enum exitcode - what every command of sockmods ends with
 * @EXIT_OK: all went as asked
 * @EXIT_REFUSED: the kernel refused, or something was lost
 * @EXIT_USAGE: the command line made no sense
 * @EXIT_NO_DRIVER: the driver isn't there; standard error says why
 */
enum exitcode {
	EXIT_OK,
	EXIT_REFUSED,
	EXIT_USAGE,
	EXIT_NO_DRIVER,
};

#endif
