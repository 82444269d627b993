/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fuzz.c is made of: inputs, and what the kernel says that they reached. */
#ifndef TESTS_KERNEL_FUZZ_INPUT_H
#define TESTS_KERNEL_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before there are processes: room for what each of COUNT reaches. */
bool cover_share(unsigned int count);

/* Once in each process, before anything else: it is number ID. */
void input_open(uint64_t seed, unsigned int id);

/* Makes the next input: of those that were kept, or anew. */
void input_make(void);

/* Prints it as "# input ID HEX"; makes it what was printed so. */
void input_print(unsigned int id);
void input_take(const char *hex);

/* Is some of it left? */
bool input_left(void);

/* Keeps the input if it reached something new; says whether. */
bool input_judge(void);

/* The task's coverage is counted in between. */
void cover_begin(void);
void cover_end(void);

/* Places of the code that this process has reached so far. */
unsigned int cover_blocks(void);

/* Does the kernel know? */
bool cover_there(void);

/* Places that any process has reached. Prints functions that none has. */
unsigned int cover_all(const char *module);

#endif
