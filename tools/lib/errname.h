/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of error numbers. glibc has strerrorname_np() only since 2.32, and no
 * function for the other way.
 */
#ifndef SOCKMODS_ERRNAME_H
#define SOCKMODS_ERRNAME_H

#include <stddef.h>
#include <stdint.h>

/**
 * errname() - name of an error number
 * @error: positive errno
 *
 * Return: "ENODEV", or NULL for a number that has no name here.
 */
const char *errname(int error);

/**
 * errname_parse() - error number from what a person types
 * @text: a name in upper or lower case, or a decimal number
 * @error: the number, when 0 is returned
 *
 * Return: 0; -EINVAL when there is no such name; -ERANGE when the number isn't
 * one that the kernel can return (1 to 4095).
 */
int errname_parse(const char *text, uint32_t *error);

/**
 * errname_at() - the names one by one, for completion
 * @i: from 0
 *
 * Return: a name, or NULL after the last.
 */
const char *errname_at(size_t i);

/**
 * errname_text() - an error as people read it
 * @error: positive errno
 * @buf: where to write
 * @size: bytes there
 *
 * Return: @buf, "No such device (ENODEV)" or "error 1234".
 */
const char *errname_text(int error, char *buf, size_t size);

#endif
