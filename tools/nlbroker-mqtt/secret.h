/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that others must not be able to read. */
#ifndef NLBROKER_MQTT_SECRET_H
#define NLBROKER_MQTT_SECRET_H

#include <stddef.h>

/** SECRET_MAX - longest password, in bytes. */
#define SECRET_MAX 1024

/**
 * secret_check() - is a file there, and private?
 * @path: of the file
 * @error: what is wrong, when it returns -1
 * @size: bytes there
 *
 * Return: 0 or -1.
 */
int secret_check(const char *path, char *error, size_t size);

/**
 * secret_read() - read the first line of a file that is private
 * @path: of the file
 * @secret: the line, SECRET_MAX + 1 bytes
 * @error: what is wrong, when it returns -1
 * @size: bytes there
 *
 * Return: 0 or -1.
 */
int secret_read(const char *path, char *secret, char *error, size_t size);

#endif
