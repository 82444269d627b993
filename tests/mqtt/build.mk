# SPDX-License-Identifier: GPL-2.0-or-later
#
# nlbroker-mqtt with AddressSanitizer and UBSan, for tests/kernel/nlbroker-mqtt/hostile,
# which only trixie runs: where its compiler is. The sanitizers are linked in, as a
# guest hasn't got them.

MQTT_ASAN   := $(O)/tests/mqtt/nlbroker-mqtt-asan
MQTT_ASAN_C := $(sort $(wildcard tools/nlbroker-mqtt/*.c tools/lib/*.c))
MQTT_ASAN_FLAGS := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-static-libasan -static-libubsan

$(MQTT_ASAN): $(MQTT_ASAN_C) $(wildcard tools/nlbroker-mqtt/*.h tools/lib/*.h) $(LIBNLBROKER)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(TOOLS_CFLAGS) $(MQTT_ASAN_FLAGS) -pthread \
		$$($(PKG_CONFIG) --cflags $(nlbroker-mqtt-pkgs)) -o $@ $(MQTT_ASAN_C) $(LIBNLBROKER) \
		$$($(PKG_CONFIG) --libs $(nlbroker-mqtt-pkgs)) -lm

ifneq ($(wildcard /usr/lib/gcc/*/14/libasan.a),)
guest-tests: $(MQTT_ASAN)
endif

# The daemon without a kernel module: tests/mqtt/run.
MQTT_STUB := $(O)/tests/mqtt/stub/$(LIBNLBROKER_SO)

$(MQTT_STUB): tests/mqtt/stub.c tools/libnlbroker/topic.c tools/libnlbroker/libnlbroker.h \
		tools/libnlbroker/libnlbroker.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -shared -fPIC \
		$$($(PKG_CONFIG) --cflags $(libnlbroker-pkgs)) -Wl,-soname,$(LIBNLBROKER_SO) \
		-Wl,--version-script=tools/libnlbroker/libnlbroker.map -o $@ $(filter %.c,$^)

.PHONY: mqtt-stub
mqtt-stub: $(O)/bin/nlbroker $(O)/bin/nlbroker-mqtt $(MQTT_STUB) $(MQTT_ASAN)
