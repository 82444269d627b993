# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libnlbroker: a shared library. Its name has what it is compatible with, and the
# newest node of libnlbroker.map.

libnlbroker-pkgs := libnl-genl-3.0

LIBNLBROKER_SO     := libnlbroker.so.0
LIBNLBROKER_FILE   := $(LIBNLBROKER_SO).1
LIBNLBROKER        := $(O)/lib/libnlbroker.so
LIBNLBROKER_O      := $(patsubst tools/%.c,$(O)/tools/%.o,$(sort $(wildcard tools/libnlbroker/*.c)))
# pkg-config prefers a package with this name to the installed one: for what is
# built in this tree and uses the library.
LIBNLBROKER_UNINSTALLED := $(O)/pkgconfig/libnlbroker-uninstalled.pc

$(O)/tools/libnlbroker/%.o: TOOLS_CFLAGS += -fPIC

# The links as they are installed, so that programs run here, too, with
# LD_LIBRARY_PATH.
$(LIBNLBROKER): $(LIBNLBROKER_O) tools/libnlbroker/libnlbroker.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(CFLAGS) $(TOOLS_LDFLAGS) -Wl,--no-undefined \
		-Wl,-soname,$(LIBNLBROKER_SO) \
		-Wl,--version-script=tools/libnlbroker/libnlbroker.map $(LDFLAGS) \
		-o $(@D)/$(LIBNLBROKER_FILE) $(LIBNLBROKER_O) \
		$$($(PKG_CONFIG) --libs $(libnlbroker-pkgs))
	$(Q)ln -sf $(LIBNLBROKER_FILE) $(@D)/$(LIBNLBROKER_SO)
	$(Q)ln -sf $(LIBNLBROKER_SO) $@
	@touch $(@D)/$(LIBNLBROKER_FILE)

# $(1): directory of the library; $(2): flags for the compiler
libnlbroker-pc = sed -e 's|@VERSION@|$(VERSION)|' -e 's|@PREFIX@|$(PREFIX)|' \
	-e 's|@LIBDIR@|$(1)|' -e 's|@CFLAGS@|$(2)|' tools/libnlbroker/libnlbroker.pc.in

$(LIBNLBROKER_UNINSTALLED): tools/libnlbroker/libnlbroker.pc.in tools/libnlbroker/build.mk
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(call libnlbroker-pc,$(abspath $(O)/lib),-I$(CURDIR)/tools/libnlbroker -I$(CURDIR)/include/uapi) > $@

tools: $(LIBNLBROKER_UNINSTALLED)

# Its page is nlbroker(3), which can be asked for by the name of each function.
install-lib: $(LIBNLBROKER) ## the library, its header and its pkg-config file, into DESTDIR
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(LIBDIR) $(O)/lib/$(LIBNLBROKER_FILE)
	$(Q)ln -sf $(LIBNLBROKER_FILE) $(DESTDIR)$(LIBDIR)/$(LIBNLBROKER_SO)
	$(Q)ln -sf $(LIBNLBROKER_SO) $(DESTDIR)$(LIBDIR)/libnlbroker.so
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(INCDIR) tools/libnlbroker/libnlbroker.h
	$(Q)$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(MANDIR)/man3
	$(Q)$(call libnlbroker-pc,$(LIBDIR),-I$(INCDIR)) > $(DESTDIR)$(LIBDIR)/pkgconfig/libnlbroker.pc
	$(Q)$(INSTALL) -m 644 -t $(DESTDIR)$(MANDIR)/man3 man/nlbroker.3
	$(Q)for f in $$(LC_ALL=C sed -n 's/^	\(nlbroker_[a-z_]*\);/\1/p' tools/libnlbroker/libnlbroker.map); do \
		ln -sf nlbroker.3 $(DESTDIR)$(MANDIR)/man3/$$f.3 || exit 1; \
	done
