# SPDX-License-Identifier: GPL-2.0-or-later
ulp-caesar-pkgs := libnl-3.0 json-c libkmod

# What `run` preloads: an object that programs find by its path alone, in a folder
# of the package's own. Beside the programs as they are built, too, so that they
# run here.
CAESAR_PRELOAD     := $(O)/lib/sockmods/caesar-preload.so
CAESAR_PRELOAD_DIR := $(LIBDIR)/sockmods

$(O)/tools/ulp-caesar/run.o: TOOLS_CPPFLAGS += \
	-DCAESAR_PRELOAD='"$(CAESAR_PRELOAD_DIR)/caesar-preload.so"'

$(CAESAR_PRELOAD): tools/caesar-preload/preload.c tools/ulp-caesar/settings.c \
		tools/ulp-caesar/settings.h include/uapi/sockmods/ulp_caesar.h \
		tools/ulp-caesar/build.mk
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -fPIC \
		-fvisibility=hidden -shared $(TOOLS_LDFLAGS) -Wl,--no-undefined \
		$(LDFLAGS) -o $@ $(filter %.c,$^) -ldl

.PHONY: install-preload

tools: $(CAESAR_PRELOAD)

install-preload: $(CAESAR_PRELOAD)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(CAESAR_PRELOAD_DIR) $<

install-tools: install-preload
