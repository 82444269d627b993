/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers share. Each has LLVMFuzzerTestOneInput(), in which it feeds
 * bytes to what it tests, and says with FUZZ_CHECK() what has to hold for all
 * inputs. What is said on standard output and standard error goes to files, where
 * it can be looked at; libFuzzer and the sanitizers still write to the real one.
 */
#ifndef SOCKMODS_FUZZ_H
#define SOCKMODS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program as a finding, with what was wrong. */
#define FUZZ_CHECK(what)                                        \
	do {                                                    \
		if (!(what))                                    \
			fuzz_failed(__FILE__, __LINE__, #what); \
	} while (0)

void fuzz_failed(const char *file, int line, const char *what)
	__attribute__((noreturn));

/* A block of exactly that size, so that a read behind it is seen; for free(). */
void *fuzz_copy(const void *bytes, size_t len);

/* The same with a NUL behind it: bytes up to the first NUL. */
char *fuzz_string(const void *bytes, size_t len);

/* Takes the first line of an input, without its newline; for free(). */
char *fuzz_line(const uint8_t **data, size_t *size);

/* Reads all of it, so that the sanitizer sees what can't be. */
void fuzz_read(const void *bytes, size_t len);

/* From here on, what the program prints is kept. */
void fuzz_capture(void);

/**
 * struct fuzz_output - what was printed since fuzz_capture()
 * @text: the bytes, with a NUL behind them; until the next fuzz_output()
 * @len: how many
 */
struct fuzz_output {
	const char *text;
	size_t len;
};

/* FD: 1 or 2. */
struct fuzz_output fuzz_output(int fd);

/* Nothing in it that a terminal obeys, but newlines. */
void fuzz_harmless(struct fuzz_output out);

/* Every line is a JSON object, strictly. */
void fuzz_json_lines(struct fuzz_output out);

#endif
