# SPDX-License-Identifier: GPL-2.0-or-later
genl-echo-pkgs := libnl-genl-3.0 json-c libkmod
