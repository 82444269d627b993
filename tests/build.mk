# SPDX-License-Identifier: GPL-2.0-or-later
#
# Test programs: tests/unit (run where they are built) and tests/kernel (run in
# a guest). A C file is a program; "sources: FILES" in a comment at its top
# names what it tests besides tools/lib; "packages: NAMES" are what
# pkg-config is asked for; a test in a guest that uses some isn't linked with
# tests/kernel/lib, whose nl_send() would be taken for libnl's.

TEST_CPPFLAGS := -Iinclude/uapi -Iinclude -Itools/lib -Itools/libnlbroker \
	-Itests/kernel/lib -D_GNU_SOURCE
TEST_CFLAGS   := -std=gnu11 -O2 -g -Wall -Wextra -Werror
UNIT_PKGS     := cmocka json-c libkmod libmosquitto libnl-genl-3.0
KERNEL_PKGS   := cmocka

UNIT_C   := $(wildcard tests/unit/*.c)
UNIT_T   := $(wildcard tests/unit/*.t)
KERNEL_C := $(filter-out tests/kernel/lib/%,$(wildcard tests/kernel/*/*.c))
KERNEL_LIB := $(wildcard tests/kernel/lib/*.c)
KERNEL_OBJS := $(KERNEL_LIB:tests/kernel/lib/%.c=$(O)/kernel-lib/%.o)
KERNEL_H := $(wildcard tests/kernel/lib/*.h include/uapi/sockmods/*.h include/sockmods/*.h)

UNIT_H := $(wildcard tests/unit/*.h)
UNIT_OBJS    := $(patsubst tools/lib/%.c,$(O)/unit-lib/%.o,$(wildcard tools/lib/*.c))
UNIT_PROGS   := $(UNIT_C:tests/%.c=$(O)/tests/%)
KERNEL_PROGS := $(KERNEL_C:tests/%.c=$(O)/tests/%)

# The files that a test's "sources:" line names.
sources = $(shell sed -n '1,15s@.*sources: *\([^*]*\).*@\1@p' $(1))

packages = $(shell sed -n '1,15s@.*packages: *\([^*]*\).*@\1@p' $(1))

.SECONDEXPANSION:

# What tests share is compiled once: for those in a guest tests/kernel/lib, here tools/lib.
$(UNIT_OBJS): $(O)/unit-lib/%.o: tools/lib/%.c $(wildcard tools/lib/*.h)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) $(UNIT_CFLAGS) \
		$$(pkg-config --cflags $(UNIT_PKGS)) -c -o $@ $<

$(O)/unit-lib/lib.a: $(UNIT_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(UNIT_PROGS): $(O)/tests/unit/%: tests/unit/%.c $$(call sources,tests/unit/$$*.c) \
		$(O)/unit-lib/lib.a $(wildcard tools/lib/*.h) $(UNIT_H)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) $(UNIT_CFLAGS) \
		$$(pkg-config --cflags $(UNIT_PKGS)) -o $@ $(filter %.c %.a,$^) \
		$$(pkg-config --libs $(UNIT_PKGS)) -lm

$(KERNEL_OBJS): $(O)/kernel-lib/%.o: tests/kernel/lib/%.c $(KERNEL_H) \
		tools/libnlbroker/libnlbroker.h
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) -c -o $@ $<

$(O)/kernel-lib/lib.a: $(KERNEL_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(KERNEL_PROGS): $(O)/tests/kernel/%: tests/kernel/%.c $(O)/kernel-lib/lib.a $(KERNEL_H) \
		tools/libnlbroker/libnlbroker.h $(LIBNLBROKER_UNINSTALLED) | $(LIBNLBROKER)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) -o $@ \
		$(filter %.c $(if $(call packages,tests/kernel/$*.c),,%.a),$^) \
		$$(PKG_CONFIG_PATH='$(O)/pkgconfig' pkg-config --libs $(KERNEL_PKGS) \
			$(call packages,tests/kernel/$*.c)) -lpthread

.PHONY: guest-tests unit
guest-tests: $(KERNEL_PROGS)

unit: tools $(UNIT_PROGS) ## the unit tests, on this machine (what packages run when they are built)
	$(Q)O='$(O)' tests/unit/run $(UNIT_PROGS) $(UNIT_T)
