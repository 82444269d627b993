# SPDX-License-Identifier: GPL-2.0-or-later
myproto-pkgs := json-c libkmod

# What `run` preloads: an object that programs find by its path alone, in a folder
# of the package's own. Beside the programs as they are built, too, so that they
# run here.
MYPROTO_PRELOAD     := $(O)/lib/sockmods/myproto-preload.so
MYPROTO_PRELOAD_DIR := $(LIBDIR)/sockmods

# The command says which channel a name has with the object's own functions.
MYPROTO_SHARED := $(patsubst %,$(O)/tools/myproto/shared-%.o,address channel names settings)

$(O)/bin/myproto: $(MYPROTO_SHARED)

$(MYPROTO_SHARED): $(O)/tools/myproto/shared-%.o: tools/myproto-preload/%.c \
		$(wildcard tools/myproto-preload/*.h) include/uapi/sockmods/myproto.h \
		tools/myproto/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/tools/myproto/run.o: TOOLS_CPPFLAGS += \
	-DMYPROTO_PRELOAD='"$(MYPROTO_PRELOAD_DIR)/myproto-preload.so"'

$(MYPROTO_PRELOAD): $(sort $(wildcard tools/myproto-preload/*.c)) \
		$(wildcard tools/myproto-preload/*.h) include/uapi/sockmods/myproto.h \
		tools/myproto/build.mk
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -fPIC \
		-fvisibility=hidden -shared $(TOOLS_LDFLAGS) -Wl,--no-undefined \
		$(LDFLAGS) -o $@ $(filter %.c,$^) -ldl

.PHONY: install-myproto-preload

tools: $(MYPROTO_PRELOAD)

install-myproto-preload: $(MYPROTO_PRELOAD)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(MYPROTO_PRELOAD_DIR) $<

install-tools: install-myproto-preload
