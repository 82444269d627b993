// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of ulp-caesar, for ../options.c. */
int ulp_caesar_main(int argc, char **argv);

#define main ulp_caesar_main
#define opt_main options_main

#include "../../../../tools/ulp-caesar/main.c"
