# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that `ulp-caesar run` runs: which of its sockets have the protocol?

Prints "ok NAME" or "not ok NAME: WHY" for each thing it looks at, then "end". The
other end of each connection is its own, made by raw system calls, which the
preload object doesn't see. The key is TX:RX, 3:3 but where said otherwise.

usage: preloaded.py SCENARIO...
       preloaded.py fails ERRNO
"""
import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys
import threading
import time

SOL_TCP, TCP_ULP, TCP_CAESAR_KEY = 6, 31, 100
SYS_CONNECT, SYS_ACCEPT, SYS_LISTEN = 42, 43, 50
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def check(name, good, why=""):
    print(f"ok {name}" if good else f"not ok {name}: {why}", flush=True)


def ulp(s):
    """The name of a socket's protocol; '' when it has none."""
    try:
        return s.getsockopt(SOL_TCP, TCP_ULP, 16).split(b"\0")[0].decode()
    except OSError as e:
        return e.strerror


def key(s):
    k = s.getsockopt(SOL_TCP, TCP_CAESAR_KEY, 8)
    return int.from_bytes(k[:4], "little"), int.from_bytes(k[4:], "little")


def raw(number, *args):
    n = libc.syscall(ctypes.c_long(number), *args)
    if n < 0:
        raise OSError(ctypes.get_errno(), "system call %d" % number)
    return n


def raw_listener(family=socket.AF_INET):
    s = socket.socket(family)
    s.bind(("", 0))
    raw(SYS_LISTEN, s.fileno(), 5)
    return s


def raw_accept(s):
    return socket.socket(fileno=raw(SYS_ACCEPT, s.fileno(), 0, 0))


def sockaddr(port):
    return (socket.AF_INET.to_bytes(2, "little") + port.to_bytes(2, "big") +
            socket.inet_aton("127.0.0.1") + bytes(8))


def sendmmsg(s, data, flags, to):
    """One message, by the C library's function, which Python hasn't."""
    name, text = ctypes.create_string_buffer(to), ctypes.create_string_buffer(data)
    iov = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(text), len(data)))
    msg = ctypes.create_string_buffer(struct.pack(
        "PIPNPNi12x", ctypes.addressof(name), len(to), ctypes.addressof(iov), 1, 0, 0, 0))
    return libc.sendmmsg(s.fileno(), msg, 1, flags)


def raw_connect(port):
    s = socket.socket()
    raw(SYS_CONNECT, s.fileno(), sockaddr(port), 16)
    return s


def listener(port=0, family=socket.AF_INET):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    s.listen(5)
    return s


def port_of(s):
    return s.getsockname()[1]


def accept(s):
    return s.accept()[0]


def end(*sockets):
    """With RST: what is in TIME-WAIT holds the module."""
    for s in sockets:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.close()


def shifted(data, by=3):
    return bytes((b + by) & 255 for b in data)


def exchange(name, a, b, shift=3):
    """a has the protocol, or not (shift 0), and b hasn't."""
    data = bytes(range(256)) * 8
    a.sendall(data)
    got = b.recv(len(data), socket.MSG_WAITALL)
    check(f"{name}: what is sent", got == shifted(data, shift), got[:8])
    b.sendall(shifted(data, shift))
    got = a.recv(len(data), socket.MSG_WAITALL)
    check(f"{name}: what is received", got == data, got[:8])


def fails(name, number, call):
    try:
        call()
        check(name, False, "no error")
    except OSError as e:
        check(name, e.errno == number, str(e))


def client(name, port, want):
    """A connection to a listener on a port: has it the protocol?"""
    s = socket.create_connection(("127.0.0.1", port))
    check(name, ulp(s) == want, ulp(s))
    return s


def scenario_client():
    for family, where in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"),
                          (socket.AF_INET6, "::ffff:127.0.0.1")):
        at = raw_listener(socket.AF_INET if "." in where else family)
        s = socket.socket(family)
        s.connect((where, port_of(at)))
        b = raw_accept(at)
        check(f"connect to {where}", ulp(s) == "caesar" and key(s) == (3, 3), ulp(s))
        exchange(f"connect to {where}", s, b)
        end(s, b, at)

    at = raw_listener()
    s = socket.socket()
    s.setblocking(False)
    first = s.connect_ex(("127.0.0.1", port_of(at)))
    b = raw_accept(at)
    time.sleep(0.05)
    second = s.connect_ex(("127.0.0.1", port_of(at)))
    third = s.connect_ex(("127.0.0.1", port_of(at)))
    check("a connect that does not block", first in (0, errno.EINPROGRESS) and
          second in (0, errno.EISCONN) and third == errno.EISCONN, (first, second, third))
    s.setblocking(True)
    exchange("a connect that does not block", s, b)

    s2 = s.dup()
    exchange("a duplicate", s2, b)
    pid = os.fork()
    if pid == 0:
        s2.sendall(b"from a child")
        os._exit(0)
    os.waitpid(pid, 0)
    check("a child", b.recv(100) == shifted(b"from a child"))
    subprocess.run(["sh", "-c", "echo from a program"], stdout=s2.fileno(), check=True)
    check("a program that was executed", b.recv(100) == shifted(b"from a program\n"))
    end(s, s2, b)

    s = socket.socket()
    ctypes.set_errno(77)
    rc = libc.connect(s.fileno(), sockaddr(port_of(at)), 16)
    before = ctypes.get_errno()
    b = raw_accept(at)
    check("connect leaves errno alone", (rc, before) == (0, 77), (rc, before))
    end(s, b)
    s = socket.socket()
    rc = libc.__connect(s.fileno(), sockaddr(port_of(at)), 16)
    b = raw_accept(at)
    check("__connect", rc == 0 and ulp(s) == "caesar", ulp(s))
    end(s, b, at)
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    fails("a connection that is refused", errno.ECONNREFUSED,
          lambda: socket.create_connection(("127.0.0.1", port_of(nobody))))
    s = socket.socket()
    check("connect: no descriptor", libc.connect(9999, sockaddr(1), 16) == -1 and
          ctypes.get_errno() == errno.EBADF)
    check("connect: no socket", libc.connect(0, sockaddr(1), 16) == -1 and
          ctypes.get_errno() == errno.ENOTSOCK)
    check("connect: no address", libc.connect(s.fileno(), None, 16) == -1 and
          ctypes.get_errno() == errno.EFAULT)
    check("connect: half an address", libc.connect(s.fileno(), sockaddr(1), 3) == -1 and
          ctypes.get_errno() == errno.EINVAL)

    # Fast Open: what connects is the first send.
    at = raw_listener()
    at.setsockopt(SOL_TCP, 23, 5)
    for how in ("sendto", "sendmsg", "sendmmsg"):
        s = socket.socket()
        to = ("127.0.0.1", port_of(at))
        if how == "sendto":
            s.sendto(b"fast", socket.MSG_FASTOPEN, to)
        elif how == "sendmsg":
            s.sendmsg([b"fast"], [], socket.MSG_FASTOPEN, to)
        else:
            sendmmsg(s, b"fast", socket.MSG_FASTOPEN, sockaddr(port_of(at)))
        b = raw_accept(at)
        got = b.recv(100)
        check(f"{how} with MSG_FASTOPEN", ulp(s) == "caesar" and got == shifted(b"fast"),
              (ulp(s), got))
        end(s, b)
    end(at)


def scenario_server():
    for family in (socket.AF_INET, socket.AF_INET6):
        at = listener(0, family)
        check(f"listen, {family.name}", ulp(at) == "caesar" and key(at) == (3, 3), ulp(at))
        a = raw_connect(port_of(at))
        s = accept(at)
        check(f"accept, {family.name}", ulp(s) == "caesar" and key(s) == (3, 3), ulp(s))
        exchange(f"accept, {family.name}", s, a)
        end(a, s, at)

    at = raw_listener()
    a = raw_connect(port_of(at))
    s = accept(at)
    check("accept on a listener that has it not", ulp(s) == "caesar" and ulp(at) == "", ulp(s))
    exchange("accept on a listener that has it not", s, a)
    end(a, s)
    a = raw_connect(port_of(at))
    ctypes.set_errno(77)
    s = socket.socket(fileno=libc.accept(at.fileno(), None, None))
    check("accept leaves errno alone", ulp(s) == "caesar" and ctypes.get_errno() == 77, ulp(s))
    end(a, s, at)

    s = socket.socket()
    ctypes.set_errno(77)
    check("listen leaves errno alone", libc.listen(s.fileno(), 1) == 0 and
          ctypes.get_errno() == 77)
    check("listen on no port in particular", ulp(s) == "caesar", ulp(s))
    s.listen(3)
    check("listen twice", ulp(s) == "caesar", ulp(s))
    end(s)
    check("listen: no descriptor", libc.listen(9999, 1) == -1 and
          ctypes.get_errno() == errno.EBADF)
    s = socket.socket()
    fails("accept: no listener", errno.EINVAL, s.accept)
    end(s)

    # A key that the program has chosen itself is left alone.
    at = socket.socket()
    at.setsockopt(SOL_TCP, TCP_ULP, b"Caesar cipher")
    at.setsockopt(SOL_TCP, TCP_CAESAR_KEY, 9)
    at.listen(1)
    a = raw_connect(port_of(at))
    s = accept(at)
    check("a program's own key", key(s) == (9, 9), key(s))
    end(a, s, at)


def scenario_others():
    """Sockets that aren't TCP's, or aren't streams of it."""
    u = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    u[1].bind(("127.0.0.1", 0))
    u[0].connect(u[1].getsockname())
    u[0].send(b"datagram")
    check("UDP", u[1].recv(100) == b"datagram")
    at = socket.socket(socket.AF_UNIX)
    at.bind("\0preloaded")
    at.listen(1)
    s = socket.socket(socket.AF_UNIX)
    s.connect("\0preloaded")
    b = accept(at)
    s.sendall(b"unix")
    check("AF_UNIX", b.recv(100) == b"unix")
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    s.connect(("127.0.0.1", 1))
    check("a raw socket of TCP's number", s.getpeername()[0] == "127.0.0.1")
    try:
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 6)
        s.connect((0, 0))
        check("NETLINK_XFRM, which has TCP's number", True)
    except OSError as e:
        # A kernel that hasn't it can't connect to it.
        check("NETLINK_XFRM, which has TCP's number", e.errno == errno.EPROTONOSUPPORT, e)
    try:
        at = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    except OSError as e:
        check("MPTCP", e.errno in (errno.EPROTONOSUPPORT, errno.ENOPROTOOPT), e)
        return
    at.bind(("127.0.0.1", 0))
    at.listen(1)
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    s.connect(at.getsockname())
    b = accept(at)
    s.sendall(b"multipath")
    check("MPTCP", b.recv(100) == b"multipath")


def scenario_client_only():
    at = raw_listener()
    s = client("client-only: connect has it", port_of(at), "caesar")
    end(s, at)
    at = listener()
    check("client-only: listen has it not", ulp(at) == "", ulp(at))
    a = raw_connect(port_of(at))
    s = accept(at)
    check("client-only: accept has it not", ulp(s) == "", ulp(s))
    exchange("client-only: accept", s, a, 0)
    end(a, s, at)


def scenario_server_only():
    at = raw_listener()
    s = client("server-only: connect has it not", port_of(at), "")
    b = raw_accept(at)
    exchange("server-only: connect", s, b, 0)
    end(s, b)
    a = raw_connect(port_of(at))
    s = accept(at)
    check("server-only: accept has it", ulp(s) == "caesar", ulp(s))
    end(a, s, at)
    at = listener()
    check("server-only: listen has it", ulp(at) == "caesar", ulp(at))
    end(at)


def scenario_ports():
    """With -p 4300 -p 4310-4312,4320."""
    for port in (4300, 4301, 4309, 4310, 4312, 4313, 4320):
        want = "caesar" if port in (4300, 4310, 4312, 4320) else ""
        at = listener(port)
        check(f"listen on {port}", ulp(at) == want, ulp(at))
        s = client(f"connect to {port}", port, want)
        b = accept(at)
        check(f"accept on {port}", ulp(b) == want, ulp(b))
        end(s, b, at)


def scenario_any_port():
    """With -p 1-65535: a listener that gets its port from listen()."""
    at = socket.socket()
    at.listen(1)
    a = raw_connect(port_of(at))
    s = accept(at)
    check("accept on a port that only the kernel knew", ulp(s) == "caesar", ulp(s))
    end(a, s, at)


def scenario_threads():
    """Many at once, each with what it has sent itself."""
    at = listener()
    good = []

    def serve():
        while True:
            s = accept(at)
            data = s.recv(4096, socket.MSG_WAITALL)
            if not data:
                return
            s.sendall(data)
            try:
                s.recv(1)
            except ConnectionResetError:
                pass
            s.close()

    def use(i):
        for j in range(4):
            s = socket.create_connection(("127.0.0.1", port_of(at)))
            data = bytes([i, j]) * 2048
            s.sendall(data)
            if s.recv(4096, socket.MSG_WAITALL) == data and ulp(s) == "caesar":
                good.append((i, j))
            end(s)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    users = [threading.Thread(target=use, args=(i,)) for i in range(8)]
    for t in users:
        t.start()
    for t in users:
        t.join()
    check("8 threads", len(good) == 8 * 4, good)


def scenario_fails(number):
    """Nothing can be attached: every call fails, and nothing goes out."""
    at = raw_listener()
    fails(f"connect fails with {errno.errorcode[number]}", number,
          lambda: socket.create_connection(("127.0.0.1", port_of(at))))
    fails(f"listen fails with {errno.errorcode[number]}", number, listener)
    a = raw_connect(port_of(at))
    a.settimeout(10)
    fails("accept fails with ECONNABORTED", errno.ECONNABORTED, at.accept)
    check("its peer is told", a.recv(1) == b"")
    s = socket.socket()
    fails("MSG_FASTOPEN fails", number,
          lambda: s.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", port_of(at))))
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.connect(("127.0.0.1", 1))
    check("UDP does not fail", True)


if sys.argv[1] == "fails":
    scenario_fails(getattr(errno, sys.argv[2]))
else:
    for what in sys.argv[1:]:
        globals()[f"scenario_{what}"]()
print("end")
