// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of sockmods, for ../options.c. */
int sockmods_main(int argc, char **argv);

#define main sockmods_main
#define opt_main options_main

#include "../../../../tools/sockmods/main.c"
