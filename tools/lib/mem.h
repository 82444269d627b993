/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for programs that can do nothing without it: they end. */
#ifndef SOCKMODS_MEM_H
#define SOCKMODS_MEM_H

#include <stddef.h>

/**
 * mem_resize() - realloc() that doesn't fail
 * @old: what to make longer, or NULL
 * @size: bytes
 *
 * Return: memory for free(); contents as realloc() has them.
 */
void *mem_resize(void *old, size_t size);

/**
 * mem_zero() - calloc() that doesn't fail
 * @count: how many
 * @size: bytes of each
 *
 * Return: memory for free(), all zero.
 */
void *mem_zero(size_t count, size_t size);

/**
 * mem_string() - strdup() that doesn't fail
 * @text: the text
 *
 * Return: a string for free().
 */
char *mem_string(const char *text);

#endif
