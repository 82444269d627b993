# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands: every folder tools/NAME with a main.c is the program NAME. The
# pkg-config packages that it needs are one line in its build.mk:
#
#   NAME-pkgs := libnl-genl-3.0 json-c libkmod
# A program that isn't installed with the others is in TOOLS_APART, too.
#
# tools/lib is an archive, so a program links (and needs) only what it uses.
# tools/libnlbroker is a library of its own, for everybody; see its build.mk.

PKG_CONFIG ?= pkg-config
INSTALL    ?= install
CFLAGS     ?= -O2 -g

# What holds for every build, whatever CFLAGS a distribution sets.
TOOLS_CPPFLAGS := -D_GNU_SOURCE -Iinclude/uapi -Iinclude -Itools/lib -Itools \
	-Itools/libnlbroker
TOOLS_CFLAGS   := -std=gnu11 -Wall -Wextra -Wstrict-prototypes \
	-Wmissing-prototypes -Wshadow -Wvla
TOOLS_LDFLAGS  := -Wl,--as-needed

tools-lib-pkgs := json-c libkmod

TOOLS        := $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c))
TOOLS_PROGS  := $(TOOLS:%=$(O)/bin/%)
TOOLS_BASH   := $(TOOLS:%=$(O)/completions/%)
TOOLS_ZSH    := $(TOOLS:%=$(O)/completions/_%)
TOOLS_LIB    := $(O)/tools/lib.a
TOOLS_LIB_O  := $(patsubst tools/%.c,$(O)/tools/%.o,$(sort $(wildcard tools/lib/*.c)))

include tools/libnlbroker/build.mk
include tools/xt/build.mk
-include $(TOOLS:%=tools/%/build.mk)

.PHONY: install-tools install-dev install-dkms

tools: $(LIBNLBROKER) $(TOOLS_PROGS) $(TOOLS_BASH) $(TOOLS_ZSH) ## the commands and their completions, into O

# Objects of one folder: its packages' flags, then whatever the caller wants.
# $(1): folder below tools/
define tools-objects
$(O)/tools/$(1)/%.o: tools/$(1)/%.c $(wildcard tools/$(1)/build.mk)
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(TOOLS_CPPFLAGS) $$(CPPFLAGS) $$(TOOLS_CFLAGS) $$(CFLAGS) \
		$$$$($$(PKG_CONFIG) --cflags $$(or $$($(1)-pkgs),$$(tools-$(1)-pkgs))) \
		-MMD -MP -c -o $$@ $$<
endef

# $(1): program
define tools-program
$(O)/bin/$(1): $(patsubst tools/%.c,$(O)/tools/%.o,$(sort $(wildcard tools/$(1)/*.c))) \
		$(TOOLS_LIB)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $$(TOOLS_LDFLAGS) $$(LDFLAGS) -o $$@ $$^ \
		$$$$($$(PKG_CONFIG) --libs $$($(1)-pkgs)) -lm
endef

$(foreach d,lib libnlbroker xt $(TOOLS),$(eval $(call tools-objects,$(d))))
$(foreach p,$(TOOLS),$(eval $(call tools-program,$(p))))

$(TOOLS_LIB): $(TOOLS_LIB_O)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# A program knows its own options.
$(TOOLS_BASH) $(TOOLS_ZSH): export LD_LIBRARY_PATH := $(abspath $(O)/lib)

$(TOOLS_BASH): $(O)/completions/%: $(O)/bin/%
	$(call say,COMPL,$@)
	@mkdir -p $(@D)
	$(Q)$< --print-completion bash > $@

$(TOOLS_ZSH): $(O)/completions/_%: $(O)/bin/%
	$(call say,COMPL,$@)
	@mkdir -p $(@D)
	$(Q)$< --print-completion zsh > $@

# The examples in the man pages are built for the tests in the guest, which run
# them; tests/unit/man.t only sees that they compile.
MAN_EXAMPLES := $(patsubst man/%,$(O)/tests/man-example/%.stamp,$(shell \
	grep -ls '^[.]\\" example-begin' man/*))

$(O)/tests/man-example/%.stamp: man/% tests/unit/man-example include/uapi/sockmods/*.h \
		$(LIBNLBROKER) $(LIBNLBROKER_UNINSTALLED)
	$(call say,CC,$(@D))
	$(Q)CC='$(CC)' PKG_CONFIG_PATH='$(O)/pkgconfig' tests/unit/man-example $< $(@D)
	@touch $@

guest-tests: $(MAN_EXAMPLES)

# A page NAME.conf is NAME's.
MAN_PAGES := $(filter-out $(foreach t,$(TOOLS_APART),$(wildcard man/$(t).*)),$(wildcard man/*.[1-8]))

# $(1): program, or a variable of the shell
define install-program
$(INSTALL) -D -m 755 $(O)/bin/$(1) $(DESTDIR)$(BINDIR)/$(1) && \
	$(INSTALL) -D -m 644 $(O)/completions/$(1) $(DESTDIR)$(BASHCOMPDIR)/$(1) && \
	$(INSTALL) -D -m 644 $(O)/completions/_$(1) $(DESTDIR)$(ZSHCOMPDIR)/_$(1)
endef

install-tools: tools ## commands, man pages and completions, into DESTDIR
	$(Q)for p in $(filter-out $(TOOLS_APART),$(TOOLS)); do \
		$(call install-program,$$p) || exit 1; \
	done
	$(Q)for m in $(MAN_PAGES); do \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${m##*.} $$m || exit 1; \
	done

# The specs aren't headers, and the kernel's ynl takes a spec by its path, so
# there is no directory that it would search: a data directory of our own.
install-dev: ## headers and netlink specs, into DESTDIR
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(INCDIR)/sockmods include/uapi/sockmods/*.h
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/sockmods/specs include/netlink/specs/*.yaml

# Sources only: a tree in which somebody has built modules has more than that.
install-dkms: ## what DKMS builds the modules from, into DESTDIR
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(SRCDIR) dkms.conf
	$(Q)find src include/uapi include/sockmods include/compat -type f \
		\( -name '*.[ch]' -o -name Kbuild \) ! -name '*.mod.c' ! -name '.*' | \
		while read -r f; do \
			$(INSTALL) -D -m 644 "$$f" "$(DESTDIR)$(SRCDIR)/$$f" || exit 1; \
		done

-include $(patsubst %.o,%.d,$(TOOLS_LIB_O)) \
	$(patsubst tools/%.c,$(O)/tools/%.d,$(wildcard $(TOOLS:%=tools/%/*.c) tools/libnlbroker/*.c))
