/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that people type, read strictly: all of the text or nothing. */
#ifndef SOCKMODS_NUM_H
#define SOCKMODS_NUM_H

#include <stdint.h>

#define NUM_NS_PER_S 1000000000ULL

/**
 * num_u64() - read a decimal number
 * @text: digits only: no sign, no blank, no other base
 * @value: the number, when 0 is returned
 *
 * Return: 0; -EINVAL when @text isn't a number; -ERANGE when it is too large.
 */
int num_u64(const char *text, uint64_t *value);

/**
 * num_seconds() - read seconds with an optional decimal fraction, as ns
 * @text: "2", "0.25", ".5"; digits after the ninth of a fraction are refused
 * @ns: nanoseconds, when 0 is returned
 *
 * Return: 0; -EINVAL when @text isn't a number; -ERANGE when it is too large.
 */
int num_seconds(const char *text, uint64_t *ns);

#endif
