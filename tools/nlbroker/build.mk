# SPDX-License-Identifier: GPL-2.0-or-later
nlbroker-pkgs := json-c libkmod

$(O)/bin/nlbroker: $(LIBNLBROKER)
