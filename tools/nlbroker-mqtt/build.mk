# SPDX-License-Identifier: GPL-2.0-or-later
nlbroker-mqtt-pkgs := libmosquitto json-c libkmod

$(O)/bin/nlbroker-mqtt: $(LIBNLBROKER)

# Connections are threads.
$(O)/tools/nlbroker-mqtt/%.o: TOOLS_CFLAGS += -pthread
$(O)/bin/nlbroker-mqtt: TOOLS_LDFLAGS += -pthread

# A package of its own: most who have nlbroker need no MQTT.
TOOLS_APART += nlbroker-mqtt

# Where systemd looks; nothing, and these files aren't installed.
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

.PHONY: install-mqtt

install-mqtt: tools ## the bridge to MQTT: daemon, man pages, completions, systemd's files, into DESTDIR
	$(Q)$(call install-program,nlbroker-mqtt)
	$(Q)for m in man/nlbroker-mqtt*.[58]; do \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${m##*.} $$m || exit 1; \
	done
ifneq ($(UNITDIR),)
	$(Q)$(INSTALL) -D -m 644 -t $(DESTDIR)$(UNITDIR) tools/nlbroker-mqtt/nlbroker-mqtt.service
endif
ifneq ($(SYSUSERSDIR),)
	$(Q)$(INSTALL) -D -m 644 tools/nlbroker-mqtt/sysusers.conf \
		$(DESTDIR)$(SYSUSERSDIR)/nlbroker-mqtt.conf
endif
