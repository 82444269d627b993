// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of nlbroker, for ../options.c. */
int nlbroker_main(int argc, char **argv);

#define main nlbroker_main
#define opt_main options_main

#include "../../../../tools/nlbroker/main.c"
