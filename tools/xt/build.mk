# SPDX-License-Identifier: GPL-2.0-or-later
#
# libxt_CAESAR: the extension of iptables and ip6tables, legacy and nft, which open
# it as they open their own. Not a library: nothing is linked with it.

xt-pkgs := xtables

# Where they look for it; the answer of pkg-config is that of the machine.
XTLIBDIR ?= $(shell $(PKG_CONFIG) --variable=xtlibdir xtables)

XT_EXTENSION := $(O)/xtables/libxt_CAESAR.so

$(O)/tools/xt/%.o: TOOLS_CFLAGS += -fPIC

$(XT_EXTENSION): $(O)/tools/xt/libxt_CAESAR.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(CFLAGS) $(TOOLS_LDFLAGS) -Wl,--no-undefined $(LDFLAGS) \
		-o $@ $^ $$($(PKG_CONFIG) --libs $(xt-pkgs))

tools: $(XT_EXTENSION)

install-tools: install-xt

.PHONY: install-xt
install-xt: $(XT_EXTENSION) # part of install-tools
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(XTLIBDIR) $(XT_EXTENSION)
