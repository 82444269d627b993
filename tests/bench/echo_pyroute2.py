# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: echo_pyroute2.py [BYTES]...

What an echo costs a program that uses pyroute2: the least of some batches. Without
a size it is one echo, and nothing is measured."""

import sys
import time

from pyroute2.netlink import NLM_F_REQUEST, genlmsg
from pyroute2.netlink.generic import GenericNetlinkSocket

BATCHES = 14
ECHO = 1
BYTES = 64


class message(genlmsg):
    """Of include/uapi/sockmods/genl_echo.h."""

    nla_map = (("UNSPEC", "none"), ("MSG", "asciiz"), ("DATA", "cdata"))


def connect():
    sock = GenericNetlinkSocket()
    sock.bind("genl_echo", message)
    return sock


def echo(sock, data):
    msg = message()
    msg["cmd"] = ECHO
    msg["version"] = 1
    msg["attrs"].append(["DATA", data])
    (got,) = sock.nlm_request(msg, msg_type=sock.prid, msg_flags=NLM_F_REQUEST)
    if got.get_attr("DATA") != data:
        raise SystemExit("something else came back")


def reopen(data):
    sock = connect()
    echo(sock, data)
    sock.close()


def least(number, once):
    """Nanoseconds of one, in the cheapest of the batches after one to warm up."""
    best = None
    for batch in range(BATCHES + 1):
        began = time.monotonic_ns()
        for _ in range(number):
            once()
        took = (time.monotonic_ns() - began) / number
        if batch and (best is None or took < best):
            best = took
    return best


def record(table, size, value):
    print(
        f'# @json {{"table": "{table}", "row": "pyroute2", "bytes": {size}, '
        f'"value": {value:.0f}, "unit": "ns"}}',
        flush=True,
    )


def main(sizes):
    if not sizes:
        reopen(b"Z" * BYTES)
        return
    sock = connect()
    for size in sizes:
        data = b"Z" * size
        record("echo", size, least(10, lambda: echo(sock, data)))
    data = b"Z" * BYTES
    record("reopen", BYTES, least(3, lambda: reopen(data)))


main([int(size) for size in sys.argv[1:]])
