# SPDX-License-Identifier: GPL-2.0-or-later
"""The two netlink families as a program of Python sees them, which knows generic
netlink from pyroute2: it only has the names and types of their attributes. Prints
TAP."""

import errno
import os
import sys
import traceback

from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST, genlmsg
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.generic import GenericNetlinkSocket

SOL_NETLINK = 270
NETLINK_EXT_ACK = 11


class echo_message(genlmsg):
    """Of include/uapi/sockmods/genl_echo.h."""

    nla_map = (
        ("UNSPEC", "none"),
        ("MSG", "asciiz"),
        ("DATA", "cdata"),
        ("COUNT", "uint32"),
        ("INDEX", "uint32"),
        ("ERRNO", "uint32"),
        ("ANNOUNCE", "flag"),
        ("PORTID", "uint32"),
        ("PAD", "none"),
        ("STAT_ECHOES", "uint64"),
        ("STAT_ECHO_BYTES", "uint64"),
        ("STAT_DUMPS", "uint64"),
        ("STAT_DUMP_MESSAGES", "uint64"),
        ("STAT_FAILS", "uint64"),
        ("STAT_EVENTS", "uint64"),
        ("STAT_REFUSED", "uint64"),
        ("STAT_OVERRUNS", "uint64"),
    )


ECHO, FAIL, GET_STATS, EVENT = 1, 2, 3, 4


class broker_message(genlmsg):
    """Of include/uapi/sockmods/nlbroker.h; what this client uses, in its order."""

    nla_map = (
        ("UNSPEC", "none"),
        ("TOPIC", "asciiz"),
        ("PAYLOAD", "cdata"),
        ("RETAIN", "flag"),
        ("HOLD", "flag"),
        ("ONLY", "cdata"),
        ("PATTERN", "asciiz"),
        ("NO_LOCAL", "flag"),
        ("SEND_RETAINED", "flag"),
        ("CREDS", "flag"),
        ("MODE", "uint32"),
        ("PORTID", "uint32"),
        ("LIMIT_PEERS", "uint64"),
        ("LIMIT_SUBSCRIPTIONS", "uint64"),
        ("LIMIT_TOPICS", "uint64"),
        ("LIMIT_RETAINED_BYTES", "uint64"),
        ("LIMIT_QUEUE_SHARE", "uint64"),
        ("PAD", "none"),
        ("SEQ", "uint64"),
        ("RETAINED", "flag"),
        ("TIME", "uint64"),
        ("PID", "uint32"),
        ("UID", "uint32"),
        ("GID", "uint32"),
        ("DELIVERED", "uint64"),
        ("FULL", "uint64"),
        ("FULL_PORTIDS", "cdata"),
        ("COUNT", "uint64"),
        ("FIRST_SEQ", "uint64"),
        ("LAST_SEQ", "uint64"),
        ("SUBSCRIPTIONS", "uint32"),
        ("ADVERTISED", "uint32"),
        ("LOST", "uint64"),
        ("QUEUED", "uint32"),
        ("QUEUE_SIZE", "uint32"),
        ("RAW", "flag"),
        ("SUBSCRIBERS", "uint32"),
        ("RETAINED_LEN", "uint32"),
    )


SUBSCRIBE, PUBLISH, GET_PEER, GET_TOPIC, GET_RETAINED = 3, 5, 6, 7, 8
MESSAGE, TOPIC_ADD = 11, 15


class Client(GenericNetlinkSocket):
    """A socket that is bound to a family."""

    def __init__(self, family, message):
        super().__init__()
        self.message = message
        self.bind(family, message)
        self.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)

    def ask(self, cmd, flags=0, **attributes):
        """What a request is answered with, as a list; NetlinkError for a refusal."""
        msg = self.message()
        msg["cmd"] = cmd
        msg["version"] = 1
        for name, value in attributes.items():
            values = value if isinstance(value, list) else [value]
            msg["attrs"].extend([name, v] for v in values)
        return list(
            self.nlm_request(msg, msg_type=self.prid, msg_flags=NLM_F_REQUEST | flags)
        )


number = 0
failed = False


def test(name):
    """Runs the function that it decorates; what raises has failed."""

    def run(function):
        global number, failed
        number += 1
        try:
            function()
            print(f"ok {number} - pyroute2 {name}", flush=True)
        except Exception:
            failed = True
            print(f"not ok {number} - pyroute2 {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)

    return run


def same(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


def refused(code, text, function, *args, **kwargs):
    try:
        got = function(*args, **kwargs)
    except NetlinkError as e:
        same(e.code, code)
        assert text in str(e), str(e)
        return
    raise AssertionError(f"not refused: {got}")


echo = Client("genl_echo", echo_message)


@test("echoes a string")
def _():
    (got,) = echo.ask(ECHO, MSG="schön, Python")
    same(got.get_attr("MSG"), "schön, Python")


@test("echoes 60 KiB")
def _():
    data = bytes((i * 7 + i // 256) % 256 for i in range(61440))
    (got,) = echo.ask(ECHO, DATA=data)
    same(got.get_attr("DATA"), data)


@test("dumps three messages")
def _():
    got = echo.ask(ECHO, NLM_F_DUMP, MSG="again")
    same([(m.get_attr("INDEX"), m.get_attr("MSG")) for m in got],
         [(i, "again") for i in range(3)])


@test("dumps 500 messages")
def _():
    got = echo.ask(ECHO, NLM_F_DUMP, COUNT=500)
    same([m.get_attr("INDEX") for m in got], list(range(500)))


@test("is refused with the errno and the text it asked for")
def _():
    refused(errno.ENODEV, "no such thing", echo.ask, FAIL, NLM_F_ACK,
            ERRNO=errno.ENODEV, MSG="no such thing")


@test("is told that an echo needs something to say")
def _():
    refused(errno.EINVAL, "", echo.ask, ECHO, NLM_F_ACK)


@test("reads the counters")
def _():
    (got,) = echo.ask(GET_STATS)
    same({name: got.get_attr("STAT_" + name)
          for name in ("ECHOES", "DUMPS", "DUMP_MESSAGES", "FAILS")},
         {"ECHOES": 2, "DUMPS": 2, "DUMP_MESSAGES": 503, "FAILS": 1})


@test("hears an announced echo")
def _():
    with Client("genl_echo", echo_message) as other:
        other.add_membership("events")
        (got,) = echo.ask(ECHO, MSG="hear me", ANNOUNCE=True)
        same(got.get_attr("MSG"), "hear me")
        (event,) = other.get()
        same((event["cmd"], event.get_attr("MSG")), (EVENT, "hear me"))
        assert event.get_attr("PORTID") > 0


echo.close()
sub = Client("nlbroker", broker_message)
pub = Client("nlbroker", broker_message)
events = Client("nlbroker", broker_message)
events.add_membership("events")


@test("subscribes")
def _():
    sub.ask(SUBSCRIBE, NLM_F_ACK, PATTERN="py/+", CREDS=True)


@test("gets what another socket publishes, with its sender")
def _():
    (answer,) = pub.ask(PUBLISH, NLM_F_ECHO, TOPIC="py/1", PAYLOAD=b"\0\xff\x10", RETAIN=True)
    same((answer.get_attr("DELIVERED"), answer.get_attr("SEQ")), (1, 1))
    (got,) = sub.get()
    same((got["cmd"], got.get_attr("TOPIC"), got.get_attr("PAYLOAD"), got.get_attr("SEQ")),
         (MESSAGE, "py/1", b"\0\xff\x10", 1))
    same((got.get_attr("PID"), got.get_attr("UID")), (os.getpid(), 0))


@test("gets a hundred messages of one request, in their order")
def _():
    pub.ask(PUBLISH, NLM_F_ACK, TOPIC="py/2", PAYLOAD=[bytes([i]) for i in range(100)])
    got = []
    while len(got) < 100:
        got.extend(m.get_attr("PAYLOAD") for m in sub.get())
    same(got, [bytes([i]) for i in range(100)])


@test("reads what it is as a peer")
def _():
    (got,) = sub.ask(GET_PEER)
    same((got.get_attr("SUBSCRIPTIONS"), got.get_attr("DELIVERED"), got.get_attr("LOST")),
         (1, 101, 0))


@test("lists topics and the values that are kept")
def _():
    topics = pub.ask(GET_TOPIC, NLM_F_DUMP, PATTERN="py/#")
    same([(m.get_attr("TOPIC"), m.get_attr("MODE"), m.get_attr("RETAINED_LEN")) for m in topics],
         [("py/1", 0o666, 3)])
    kept = pub.ask(GET_RETAINED, NLM_F_DUMP)
    same([(m.get_attr("TOPIC"), m.get_attr("PAYLOAD")) for m in kept], [("py/1", b"\0\xff\x10")])


@test("is refused with the errno and the text")
def _():
    refused(errno.EINVAL, "wildcard", pub.ask, PUBLISH, NLM_F_ACK, TOPIC="py/+")


@test("hears that there is a topic")
def _():
    for _ in range(10):
        for m in events.get():
            if m["cmd"] == TOPIC_ADD and m.get_attr("TOPIC") == "py/1":
                return
    raise AssertionError("no such event")


print(f"1..{number}")
sys.exit(failed)
