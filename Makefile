# SPDX-License-Identifier: GPL-2.0-or-later
#
# Userland, packages and tests. The modules' own build is src/Kbuild, and only
# `make modules` goes there: nothing in this file depends on KERNELRELEASE,
# which DKMS sets in every make it starts.

VERSION := $(shell sed -n 's/.*SOCKMODS_VERSION "\(.*\)"/\1/p' include/sockmods/version.h)
O       ?= build
KVER    ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KVER)/build
SUITE   ?= trixie

PREFIX  ?= /usr
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
MANDIR  ?= $(PREFIX)/share/man
INCDIR  ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR  ?= $(DATADIR)/zsh/vendor-completions
SRCDIR  ?= $(PREFIX)/src/sockmods-$(VERSION)

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif
ifneq ($(filter 1 yes,$(V)),)
say = @:
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

include tools/build.mk
include tests/build.mk
include tests/fuzz/build.mk
include tests/mqtt/build.mk

.PHONY: help all modules tools install install-tools install-mqtt install-lib install-dev install-dkms \
	check unit demo matrix debug bench deb arch dist clean

help: ## this list
	@printf 'sockmods %s. Targets:\n\n' '$(VERSION)'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		while IFS="$$(printf '\t')" read -r t d; do \
			printf '  make %-13s %s\n' "$$t" "$$d"; done
	@printf '\nVariables: SUITE=%s (bullseye, bookworm, trixie, trixie-backports), KVER=%s,\n' '$(SUITE)' '$(KVER)'
	@printf '  O=%s (where everything is built), DESTDIR, PREFIX, V=1 (show the commands).\n' '$(O)'

all: modules tools ## modules for KVER, and the commands

modules: ## the kernel modules, for KVER, against its headers
	$(call say,KBUILD,$(KDIR))
	$(Q)test -e $(KDIR)/Makefile || { \
		echo "no kernel headers at $(KDIR): install linux-headers-$(KVER)" >&2; exit 1; }
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules

install: install-tools install-mqtt install-lib install-dev install-dkms ## commands, library, man pages, headers, sources for DKMS

check: ## the tests, in QEMU, on Debian's 6.1 and 6.12 (sets itself up)
	$(Q)tests/vm/check

demo: ## packages built, installed in a Debian tree, booted, used (sets itself up)
	$(Q)tests/vm/demo

matrix: ## the tests on every kernel: 5.10, 6.1, 6.12, backports; a table at the end
	$(Q)HAVE='$(HAVE)' tests/vm/check bullseye bookworm trixie trixie-backports

debug: ## the tests in a kernel with KASAN, lockdep, UBSAN, kmemleak (builds it once: 15 minutes)
	$(Q)tests/vm/run --suite debug --tap build/tap/debug/guest

bench: ## what it costs beside what people would use instead: a page, build/bench/report.html
	$(Q)SUITE='$(SUITE)' tests/vm/bench

deb: ## Debian packages for SUITE, into build/SUITE/
	$(Q)tests/vm/deb $(SUITE)

arch: ## Arch packages, into build/arch/
	$(Q)tests/vm/arch

dist: ## the release tarball, build/sockmods-VERSION.tar.xz
	$(Q)tests/vm/dist

clean: ## remove what was built (the cache of root trees stays: tests/vm/tree --help)
	$(Q)rm -rf $(O) build
	$(Q)find src -name '*.ko' -o -name '*.o' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name modules.order -o -name Module.symvers \
		-o -name '.*.o.d' -o -name '.module-common.o' | xargs -r rm -f
