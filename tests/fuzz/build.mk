# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fuzzers of tests/fuzz/user: a C file is a program, which libFuzzer drives;
# "sources:" as for the tests, in its first 15 lines. lib/fuzz.c is in all of them;
# lib/fault.c is one that has faults. tests/fuzz/user/run builds and runs them, in a
# root tree with clang.

FUZZ_CC     ?= clang
FUZZ_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror \
	-fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
FUZZ_PKGS   := json-c libkmod libmosquitto libnl-genl-3.0

FUZZ_C     := $(wildcard tests/fuzz/user/*.c)
FUZZ_PROGS := $(FUZZ_C:tests/fuzz/user/%.c=$(O)/fuzz/%) $(O)/fuzz/lib/fault
FUZZ_H     := $(wildcard tests/fuzz/user/lib/*.h tests/unit/*.h tools/*/*.h \
	include/sockmods/*.h include/uapi/sockmods/*.h)

# What some of them include, and don't compile by itself.
FUZZ_INCLUDED := $(wildcard tools/*/main.c) tools/genl-echo/ping.c \
	tools/genl-echo/transport_libnl.c tools/xt/libxt_CAESAR.c

$(O)/fuzz/included: $(FUZZ_INCLUDED)
	@mkdir -p $(@D)
	@touch $@

$(FUZZ_PROGS): $(O)/fuzz/%: tests/fuzz/user/%.c tests/fuzz/user/lib/fuzz.c \
		$$(call sources,tests/fuzz/user/$$*.c) $(FUZZ_H) $(O)/fuzz/included
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(TEST_CPPFLAGS) -Itools $(FUZZ_CFLAGS) \
		$$(pkg-config --cflags $(FUZZ_PKGS)) -o $@ $(filter %.c,$^) \
		-Wl,--as-needed $$(pkg-config --libs $(FUZZ_PKGS)) -lm

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_PROGS)

fuzz: ## libFuzzer on all that reads bytes in user space; FUZZ_SECONDS=N each (10)
	$(Q)tests/vm/fuzz-user
