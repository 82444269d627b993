// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of myproto, for ../options.c. */
int myproto_main(int argc, char **argv);

#define main myproto_main
#define opt_main options_main

#include "../../../../tools/myproto/main.c"
