/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON for programs: one object a line, made with json-c. */
#ifndef SOCKMODS_JSONL_H
#define SOCKMODS_JSONL_H

#include <json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** JSONL_STYLE - how json-c is to write an object: on one line, not escaping /. */
#define JSONL_STYLE (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/**
 * jsonl_begin() - begin an object
 * @type: its member "type", by which readers tell objects apart
 *
 * Return: an object for jsonl_print().
 */
struct json_object *jsonl_begin(const char *type);

/**
 * jsonl_uint() - add a number
 * @object: where to
 * @key: member name
 * @value: its value
 */
void jsonl_uint(struct json_object *object, const char *key, uint64_t value);

/**
 * jsonl_double() - add a number with a fraction, three digits of it
 * @object: where to
 * @key: member name
 * @value: its value, finite
 */
void jsonl_double(struct json_object *object, const char *key, double value);

/**
 * jsonl_string() - add a string of our own, known to be UTF-8
 * @object: where to
 * @key: member name
 * @value: its value; NULL gives null
 */
void jsonl_string(struct json_object *object, const char *key,
		  const char *value);

/**
 * jsonl_text() - add bytes that should be text but come from elsewhere
 * @object: where to
 * @key: member name
 * @bytes: the text
 * @len: bytes of it
 *
 * JSON strings are Unicode. When @bytes isn't UTF-8, each wrong byte is shown as
 * U+FFFD, and a member KEY_hex is added which has all the bytes.
 */
void jsonl_text(struct json_object *object, const char *key, const void *bytes,
		size_t len);

/**
 * jsonl_list() - add an array of strings of our own, known to be UTF-8
 * @object: where to
 * @key: member name
 * @text: the strings, in one; when it is empty, so is the array
 * @between: characters that part them; they are in none of the strings
 */
void jsonl_list(struct json_object *object, const char *key, const char *text,
		const char *between);

/**
 * jsonl_bytes() - add binary data, in hexadecimal
 * @object: where to
 * @key: member name
 * @bytes: the data
 * @len: bytes of it
 */
void jsonl_bytes(struct json_object *object, const char *key, const void *bytes,
		 size_t len);

/**
 * jsonl_write() - write an object, without a newline
 * @out: where to
 * @object: the object
 *
 * No control character is in it: a terminal obeys nothing of what it shows.
 */
void jsonl_write(FILE *out, struct json_object *object);

/**
 * jsonl_print() - print an object as a line, and free it
 * @object: the object
 */
void jsonl_print(struct json_object *object);

#endif
