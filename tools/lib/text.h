/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that came from elsewhere, made fit for a terminal or for JSON. */
#ifndef SOCKMODS_TEXT_H
#define SOCKMODS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * text_utf8() - how long is the UTF-8 sequence that begins here?
 * @bytes: the text
 * @len: bytes of it
 *
 * Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * Return: 1 to 4, or 0 when @bytes doesn't begin with a valid sequence.
 */
size_t text_utf8(const void *bytes, size_t len);

/**
 * text_valid() - is all of it UTF-8?
 * @bytes: the text
 * @len: bytes of it
 *
 * Return: true if it is.
 */
bool text_valid(const void *bytes, size_t len);

/**
 * text_escape() - make text safe to show
 * @bytes: the text
 * @len: bytes of it
 *
 * Control characters (C0, DEL, C1) and bytes that aren't UTF-8 become \n, \t or
 * \xNN, a backslash becomes \\: what comes through a socket can't move the
 * cursor, and two different texts don't look the same.
 *
 * Return: a string to be freed with free().
 */
char *text_escape(const void *bytes, size_t len);

/**
 * text_repair() - replace what isn't UTF-8
 * @bytes: the text
 * @len: bytes of it
 *
 * Return: a string to be freed with free(), in which U+FFFD stands for each byte
 * that isn't part of a valid sequence.
 */
char *text_repair(const void *bytes, size_t len);

/**
 * text_hex() - two hexadecimal digits a byte
 * @bytes: the bytes
 * @len: how many
 *
 * Return: a string to be freed with free().
 */
char *text_hex(const void *bytes, size_t len);

#endif
