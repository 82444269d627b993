# SPDX-License-Identifier: GPL-2.0-or-later
"""What there is to measure: the tables of the page, in its order. README.md tells how
each is counted."""

from dataclasses import dataclass, field

COUNTING = "instructions, in a guest with one processor that counts them"
CLOCK = "wall time, in a guest with two processors, medians of five runs that take turns"
HERE = "wall time, on the machine itself"

SIZES = (64, 1024, 4096, 16384, 61440)
MANY = (1, 10, 100, 1000)


@dataclass
class Row:
    """Who does it; why it is where it is, for who wonders."""

    name: str
    label: str
    why: str = ""
    own: bool = False
    # It isn't there everywhere, and the figures may do without it.
    optional: bool = False


@dataclass
class Table:
    """A table: rows of one name, columns of "bytes" or "n", ratios to one row.

    Where fixed is set, only records of those bytes (or that number) are in it.
    """

    name: str
    title: str
    about: str
    where: str
    unit: str
    rows: list
    yardstick: str
    column: str = "bytes"
    columns: tuple = ()
    fixed: dict = field(default_factory=dict)
    records: str = ""
    record_unit: str = "ns"
    more_is_better: bool = False
    plot: str = ""
    log_y: bool = True
    scale: float = 1.0
    # Why another table is as it is: nobody is ahead in this one.
    explains: bool = False

    def source(self):
        return self.records or self.name


@dataclass
class Curve:
    """A curve of the table growth: what grows, at most how the cost does."""

    row: str
    label: str
    expected: str
    own: bool = True


PRIMITIVE_NETLINK = (
    "The primitive that nlbroker is built on: one group for all, no topics, no rights but root's to "
    "listen, no values kept, and who loses a message isn't told which."
)
PRIMITIVE_UNIX = (
    "A loop over all subscribers' sockets: the publisher has to know each of them, and waits for "
    "one that doesn't read."
)

NO_SHIFT = "Nothing is shifted: what xt_CAESAR adds is the difference to this."

BROKERS = [
    Row("nlbroker", "nlbroker", own=True),
    Row("netlink", "netlink multicast", PRIMITIVE_NETLINK),
    Row("unix", "AF_UNIX datagrams", PRIMITIVE_UNIX),
    Row("mosquitto", "mosquitto"),
    Row("dbus-daemon", "dbus-daemon"),
    Row("dbus-broker", "dbus-broker"),
    Row(
        "redis",
        "redis",
        "It answers what has come at once with one write to each subscriber.",
    ),
    Row(
        "zmq",
        "ZeroMQ (ipc)",
        "No broker: a thread of the publisher's process sends, and of a subscriber's receives, what "
        "has gathered meanwhile in one system call; most messages wake nobody. Nobody is told of a "
        "message that found no room, and whoever may open the socket may publish.",
    ),
    Row(
        "nng",
        "nng (ipc)",
        "No broker, as ZeroMQ; a message for a subscriber whose queue is full is gone.",
    ),
]

RELAYS = [
    Row("tcp", "TCP"),
    Row("caesar", "ulp_caesar", own=True),
    Row("socat", "socat, twice"),
    Row("stunnel", "stunnel, twice"),
]

STREAMS = [
    Row("tcp", "TCP"),
    Row("tcp_rule", "TCP, through a rule that does nothing"),
    Row("caesar", "ulp_caesar", own=True),
    Row("xt_caesar", "xt_CAESAR", own=True),
    Row("ktls", "TLS of the kernel (AES-128-GCM)"),
    Row("socat", "socat, twice, TLS between"),
    Row("stunnel", "stunnel, twice, TLS between"),
]


def fanout(size, label, plot=""):
    return Table(
        name=f"fanout-{size}",
        records="fanout",
        title=f"nlbroker: a message of {label} to each subscriber",
        about="Each of so many processes gets each message, published one by one with the library "
        "that a program would take. Per delivery, and of the whole machine: kernel, daemon, library, "
        "publisher and subscribers. Nobody loses any.",
        where=COUNTING,
        unit="instructions per delivery",
        rows=BROKERS,
        yardstick="nlbroker",
        column="n",
        columns=MANY,
        fixed={"bytes": size},
        plot=plot or "lines",
    )


TABLES = [
    Table(
        name="echo",
        title="genl_echo: a request and its reply",
        about="One round trip over an open socket, by client. GETFAMILY is the kernel's own "
        "request of the same protocol.",
        where=COUNTING,
        unit="instructions per round trip",
        rows=[
            Row("raw", "raw socket (C)", own=True),
            Row("libnl", "libnl (C)", "It clears what it sends in, and copies what came once more.", own=True),
            Row("neli", "neli (Rust)", "It receives 32 KiB at most.", own=True, optional=True),
            Row("pyroute2", "pyroute2 (Python)", own=True),
            Row(
                "getfamily",
                "GETFAMILY, raw socket",
                "It answers with the family's description, whatever the request's size.",
            ),
            Row(
                "unix_dgram",
                "AF_UNIX datagram",
                "One way, and not there and back: two of them are a round trip.",
            ),
            Row("pipe", "pipe", "One way, no messages, no addresses."),
            Row("getppid", "getppid()", "What any system call costs."),
        ],
        yardstick="unix_dgram",
        columns=SIZES,
        plot="lines",
    ),
    Table(
        name="reopen",
        title="genl_echo: a socket, the family looked up, one echo, closed",
        about="What the authors of the original example published as microseconds, on a machine of "
        "theirs: 8 for raw C, 12 for neli, 13 for libnl, an average of 100,000; ratios of 1, 1.5 "
        "and 1.6.",
        where=COUNTING,
        unit="instructions",
        rows=[
            Row("raw", "raw socket (C)", own=True),
            Row("libnl", "libnl (C)", own=True),
            Row("neli", "neli (Rust)", own=True, optional=True),
            Row("pyroute2", "pyroute2 (Python)", own=True),
        ],
        yardstick="raw",
        columns=(64,),
        plot="",
    ),
    Table(
        name="calls",
        records="reopen",
        record_unit="calls",
        title="genl_echo: system calls of a whole run",
        about="Counted by strace, with what a program and its libraries need to begin. The "
        "original's authors published 45 for raw C, 108 for neli, 89 for libnl.",
        where="system calls",
        unit="system calls",
        rows=[
            Row("raw.calls", "raw socket (C)", own=True),
            Row("libnl.calls", "libnl (C)", own=True),
            Row("neli.calls", "neli (Rust)", own=True, optional=True),
            Row("pyroute2.calls", "pyroute2 (Python)", own=True),
        ],
        yardstick="raw.calls",
        columns=(64,),
        plot="",
    ),
    fanout(64, "64 bytes"),
    fanout(1024, "1 KiB"),
    fanout(61440, "60 KiB"),
    Table(
        name="switches",
        records="fanout",
        record_unit="switches",
        explains=True,
        title="nlbroker: context switches for each delivery",
        about="Of the first of these tables, 64 bytes: how often another process or thread went on, "
        "which is most of what a small message costs. Below one, who was woken found several "
        "messages. In it are some of the process that counts what nobody else uses.",
        where="the kernel's own count, in the same guest",
        unit="context switches per delivery",
        rows=BROKERS,
        yardstick="nlbroker",
        column="n",
        columns=MANY,
        fixed={"bytes": 64},
        plot="",
    ),
    Table(
        name="batched",
        title="nlbroker: fifty messages at once, and the brokers' own commands",
        about="64 bytes, 10 subscribers. Handed over at once where the library has a way to, else "
        "one after the other; and published and printed by the commands that come with a broker. "
        "Per delivery, of the whole machine.",
        where=COUNTING,
        unit="instructions per delivery",
        rows=BROKERS
        + [
            Row("nlbroker.commands", "nlbroker pub, sub", own=True),
            Row("mosquitto.commands", "mosquitto_pub, _sub"),
            Row("dbus-daemon.commands", "dbus-daemon's commands"),
            Row("dbus-broker.commands", "dbus-broker's commands"),
            Row("redis.commands", "redis-cli"),
        ],
        yardstick="nlbroker",
        columns=(64,),
        fixed={"n": 10},
        plot="bars",
    ),
    Table(
        name="latency",
        title="nlbroker: how late messages come",
        about="A thousand messages of 64 bytes a second to 10 subscribers, measured from when each "
        "was to be sent. In the guest a microsecond is a thousand instructions.",
        where=COUNTING,
        unit="µs",
        scale=1e-3,
        rows=BROKERS,
        yardstick="nlbroker",
        column="quantile",
        columns=("p50", "p99", "p99.9"),
        plot="clusters",
    ),
    Table(
        name="stalled",
        title="nlbroker: beside a subscriber that reads nothing",
        about="64 bytes to 10 subscribers, and to one more that was stopped after the first hundred. "
        "What a delivery to the others then costs; the fan-out above has it without.",
        where=COUNTING,
        unit="instructions per delivery",
        rows=BROKERS,
        yardstick="nlbroker",
        columns=(64,),
        fixed={"n": 10},
        plot="",
    ),
    Table(
        name="throughput",
        title="nlbroker: messages a second of which none is lost",
        about="One publisher, 10 subscribers. The publisher goes on when all of them have the last "
        "hundred. In an emulated machine: only the ratios say something.",
        where=CLOCK,
        unit="deliveries per second",
        record_unit="messages/s",
        rows=BROKERS,
        yardstick="nlbroker",
        columns=(64, 1024),
        fixed={"n": 10},
        more_is_better=True,
        plot="",
    ),
    Table(
        name="publish",
        title="nlbroker: in one process",
        about="What a publish costs who publishes, and what one more subscriber adds to it, beside "
        "one more listener of a plain netlink multicast (nlbroker bench).",
        where=COUNTING,
        unit="instructions",
        rows=[
            Row("publish", "publish and receive", own=True),
            Row("publish_ack", "acknowledged", own=True),
            Row("publish_many", "64 at once, each", own=True),
            Row("publish_nobody", "publish, nobody subscribes", own=True),
            Row("one_more_subscriber", "one more subscriber", own=True),
            Row("one_more_listener", "one more listener of a multicast", PRIMITIVE_NETLINK),
            Row("unix_dgram", "AF_UNIX datagram, sent and received"),
        ],
        yardstick="unix_dgram",
        columns=(64,),
        plot="",
    ),
    Table(
        name="tcp",
        title="ulp_caesar, xt_CAESAR: a message over TCP",
        about="Sent and received over loopback. The second row is plain TCP where iptables has a "
        "rule that does nothing, which is what xt_CAESAR is to be compared with.",
        where=COUNTING,
        unit="instructions per message",
        rows=[
            Row("tcp", "TCP"),
            Row("tcp_rule", "TCP, through a rule that does nothing", NO_SHIFT),
            Row("caesar", "ulp_caesar", own=True),
            Row("xt_caesar", "xt_CAESAR", own=True),
            Row("ktls", "TLS of the kernel (AES-128-GCM)"),
        ],
        yardstick="tcp",
        columns=(64, 4096),
        plot="",
    ),
    Table(
        name="relay",
        title="ulp_caesar, or relays with TLS: 64 bytes there and back",
        about="A relay in user space beside each program, with TLS between them, is what keeps "
        "programs as they are without a module. Of the whole machine.",
        where=COUNTING,
        unit="instructions per round trip",
        rows=RELAYS,
        yardstick="tcp",
        columns=(64,),
        plot="bars",
    ),
    Table(
        name="relay-connect",
        title="ulp_caesar, or relays: a connection that is made, used once and closed",
        about="With a TLS handshake, where there is TLS. socat has a process for each connection.",
        where=COUNTING,
        unit="instructions per connection",
        rows=RELAYS,
        yardstick="tcp",
        columns=(64,),
        plot="",
    ),
    Table(
        name="stream",
        title="ulp_caesar, xt_CAESAR: bulk",
        about="64 KiB at a time from one process to another. AES is emulated here, which charges TLS "
        "more than a real processor does.",
        where=CLOCK,
        unit="MB per second",
        record_unit="bytes/s",
        scale=1e-6,
        rows=STREAMS,
        yardstick="tcp",
        column="",
        more_is_better=True,
        plot="bars",
    ),
    Table(
        name="stream-cpu",
        records="stream",
        record_unit="ns/byte",
        title="ulp_caesar, xt_CAESAR: bulk, processor time for each byte",
        about="Of the whole machine, both processors.",
        where=CLOCK,
        unit="ns per byte",
        rows=STREAMS,
        yardstick="tcp",
        column="",
        plot="",
    ),
    Table(
        name="copies",
        title="ulp_caesar: copying in memory",
        about="64 KiB in a cache. The kernel has no vectors at hand, and its copy is the last row.",
        where=HERE,
        unit="GB per second",
        record_unit="bytes/s",
        scale=1e-9,
        rows=[
            Row("memcpy", "memcpy()"),
            Row("shift", "copied and shifted, as a program does it", own=True),
            Row(
                "shift_scalar",
                "copied and shifted, as the kernel does it",
                "Without vectors; a real stream misses the cache, where that isn't what it waits for.",
                own=True,
            ),
        ],
        yardstick="memcpy",
        columns=(65536,),
        more_is_better=True,
        plot="",
    ),
    Table(
        name="family",
        title="af_myproto: a message through a local socket",
        about="Sent and received in one process.",
        where=COUNTING,
        unit="instructions per message",
        rows=[
            Row("myproto_stream", "myproto stream", own=True),
            Row("myproto_seqpacket", "myproto seqpacket", own=True),
            Row("myproto_dgram", "myproto dgram", own=True),
            Row("unix_stream", "AF_UNIX stream"),
            Row("unix_seqpacket", "AF_UNIX seqpacket"),
            Row("unix_dgram", "AF_UNIX dgram"),
            Row("pipe", "pipe", "No addresses, no messages, one direction, nobody connects to it."),
            Row("tcp", "TCP, loopback"),
            Row("vsock_stream", "vsock stream, loopback"),
            Row("vsock_seqpacket", "vsock seqpacket, loopback"),
        ],
        yardstick="unix_stream",
        columns=SIZES,
        plot="lines",
    ),
    Table(
        name="connect",
        title="af_myproto, ulp_caesar: a connection made and closed",
        about="socket(), connect(), accept(), close() of both. TLS has no handshake here: see the relays.",
        where=COUNTING,
        unit="instructions per connection",
        rows=[
            Row("myproto_stream", "myproto stream", own=True),
            Row("myproto_seqpacket", "myproto seqpacket", own=True),
            Row("unix_stream", "AF_UNIX stream"),
            Row("unix_seqpacket", "AF_UNIX seqpacket"),
            Row("vsock_stream", "vsock stream, loopback"),
            Row("tcp", "TCP, loopback"),
            Row("caesar", "TCP with ulp_caesar", own=True),
            Row("ktls", "TCP with TLS of the kernel"),
        ],
        yardstick="unix_stream",
        column="",
        plot="",
    ),
    Table(
        name="family-stream",
        title="af_myproto: bulk",
        about="64 KiB at a time from one process to another.",
        where=CLOCK,
        unit="MB per second",
        record_unit="bytes/s",
        scale=1e-6,
        rows=[
            Row("myproto_stream", "myproto stream", own=True),
            Row("unix_stream", "AF_UNIX stream"),
            Row("pipe", "pipe"),
            Row("tcp", "TCP, loopback"),
            Row("vsock_stream", "vsock stream, loopback"),
        ],
        yardstick="unix_stream",
        column="",
        more_is_better=True,
        plot="bars",
    ),
]

CURVES = [
    Curve("subscribers", "nlbroker: a publish, to so many subscribers", "linear"),
    Curve("listeners", "netlink: a multicast, to so many listeners", "linear", own=False),
    Curve("topics", "nlbroker: publish and receive, among so many topics", "constant"),
    Curve("patterns", "nlbroker: the same, among so many patterns", "constant"),
    Curve("sockets", "genl_echo: an echo, among so many sockets", "constant"),
    Curve("channels", "af_myproto: a datagram, among so many bound channels", "constant"),
    Curve("names", "AF_UNIX: a datagram, among so many bound names", "logarithmic", own=False),
    Curve("caesar", "ulp_caesar: a message, among so many connections", "constant"),
    Curve("tcp", "TCP: a message, among so many connections", "constant", own=False),
]
