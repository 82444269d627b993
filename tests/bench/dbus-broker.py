#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: dbus-broker.py SOCKET

Runs dbus-broker as a session's bus, where there is no systemd: it is given a socket
that listens, wants to know the machine, and to write to the journal."""
import os
import socket
import sys

JOURNAL = "/run/systemd/journal/socket"
LISTEN_FD = 3

# There, but empty, where systemd was installed and never ran.
with open("/etc/machine-id", "w") as f:
    f.write("0123456789abcdef" * 2 + "\n")
os.makedirs(os.path.dirname(JOURNAL), exist_ok=True)
if os.path.exists(JOURNAL):
    os.unlink(JOURNAL)
bus = socket.socket(socket.AF_UNIX)
bus.bind(sys.argv[1])
bus.listen(1024)
# Nobody reads what it writes there; it doesn't wait for that.
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind(JOURNAL)
journal.set_inheritable(True)
os.dup2(bus.fileno(), LISTEN_FD)
os.set_inheritable(LISTEN_FD, True)
os.environ.update(
    LISTEN_FDS="1",
    LISTEN_PID=str(os.getpid()),
    XDG_RUNTIME_DIR=os.path.dirname(sys.argv[1]),
    # The launcher is a client, too.
    DBUS_SESSION_BUS_ADDRESS="unix:path=" + sys.argv[1],
)
os.execvp("dbus-broker-launch", ["dbus-broker-launch", "--scope", "user"])
