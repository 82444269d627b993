// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of genl-echo, for ../options.c. */
int genl_echo_main(int argc, char **argv);

#define main genl_echo_main
#define opt_main options_main

#include "../../../../tools/genl-echo/main.c"
