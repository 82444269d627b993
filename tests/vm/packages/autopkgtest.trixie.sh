# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# autopkgtest-pkg-dkms depends on linux-doc, of which only the version is of any
# use to it; its 200 MB stay out.
echo 'path-exclude=/usr/share/doc/linux-doc*' > /etc/dpkg/dpkg.cfg.d/linux-doc
apt-get -qq install -y --no-install-recommends linux-doc
