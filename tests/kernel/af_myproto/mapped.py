# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that `myproto run` runs: AF_UNIX, as Python knows it.

Prints "ok NAME" or "not ok NAME: WHY" for each thing it looks at, then "end". Which
channel a name is it computes itself, and looks for that in /proc/net/myproto.

usage: mapped.py SCENARIO...
       mapped.py fails ERRNO
"""
import array
import asyncio
import ctypes
import errno
import multiprocessing.connection
import os
import socket
import socketserver
import stat
import struct
import subprocess
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
TYPES = {"stream": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET,
         "dgram": socket.SOCK_DGRAM}
# Two names of one channel.
COLLIDE = "\0c320686", "\0c427487"


def check(name, good, why=""):
    print(f"ok {name}" if good else f"not ok {name}: {why}", flush=True)


def fails(name, number, call):
    try:
        call()
        check(name, False, "no error")
    except OSError as e:
        check(name, e.errno == number, str(e))


def channel(name):
    """As myproto(1) says."""
    data = name.encode()
    if not data.startswith(b"\0"):
        data = os.path.realpath(name).encode()
    elif data.startswith(b"\0myproto/"):
        return int(data[9:])
    h = 0xcbf29ce484222325
    for b in data:
        h = (h ^ b) * 0x100000001b3 % 2**64
    return 65536 + h % 4294901759


def table():
    """The lines of /proc/net/myproto: type, state, channel, peer."""
    with open("/proc/net/myproto", encoding="ascii") as f:
        return [line.split()[:4] for line in f][1:]


def inode(s):
    return os.fstat(s.fileno()).st_ino


def used(name, s, of_type, at=None):
    """Is a socket of the family, and its channel that of the name?"""
    with open("/proc/net/myproto", encoding="ascii") as f:
        found = [line.split() for line in f if line.split()[-1] == str(inode(s))]
    good = len(found) == 1 and found[0][0] == of_type
    if at is not None:
        good = good and found[0][2] == str(channel(at))
    check(f"{name}: it is of the family", good, found)


def sock(of_type):
    return socket.socket(socket.AF_UNIX, TYPES[of_type])


def connected(of_type, at):
    """A listener, a client, and what was accepted."""
    listener, client = sock(of_type), sock(of_type)
    listener.bind(at)
    listener.listen(5)
    client.connect(at)
    peer, address = listener.accept()
    return listener, client, peer, address


def close(*sockets):
    for s in sockets:
        s.close()


def connection(of_type, at):
    name = f"{of_type} {at!r}"
    listener, a, b, address = connected(of_type, at)
    used(f"{name}, listener", listener, of_type, at)
    used(f"{name}, client", a, of_type)
    used(f"{name}, accepted", b, of_type, at)
    check(f"{name}: accept names nobody", address == "", address)
    at = at.encode() if at.startswith("\0") else at
    for s, want in ((listener, at), (b, at), (a, "")):
        check(f"{name}: getsockname", s.getsockname() == want, s.getsockname())
    check(f"{name}: getpeername", (a.getpeername(), b.getpeername()) == (at, ""),
          (a.getpeername(), b.getpeername()))
    a.sendall(b"there")
    got = b.recv(100)
    b.sendall(b"and back")
    check(f"{name}: there and back", (got, a.recv(100)) == (b"there", b"and back"), got)
    a.send(b"one")
    a.send(b"two")
    got = b.recv(100)
    check(f"{name}: bounds", got in (b"one", b"onetwo"[:6 if of_type == "stream" else 3]), got)
    a.close()
    check(f"{name}: the end", b.recv(100) in (b"two", b"") and b.recv(100) == b"")
    close(listener, b)


def scenario_connections():
    for of_type in ("stream", "seqpacket"):
        connection(of_type, f"{of_type}.sock")
        connection(of_type, f"\0{of_type}\0sock")
        # What is there no more doesn't keep the abstract name.
        connection(of_type, f"\0{of_type}\0sock")


def scenario_dgram():
    for kind in ("", "\0"):
        name = "path" if not kind else "abstract"
        here, there = f"{kind}here.sock", f"{kind}there.sock"
        want = there.encode() if kind else there
        a, b, nobody = sock("dgram"), sock("dgram"), sock("dgram")
        a.bind(here)
        b.bind(there)
        used(f"dgram, {name}", a, "dgram", here)
        used(f"dgram, {name}", b, "dgram", there)
        a.sendto(b"question", there)
        data, back = b.recvfrom(100)
        check(f"dgram, {name}: recvfrom names the sender",
              (data, back) == (b"question", here.encode() if kind else here), (data, back))
        b.sendto(b"answer", back)
        data, back = a.recvfrom(100)
        check(f"dgram, {name}: the answer", (data, back) == (b"answer", want), (data, back))
        nobody.sendto(b"anonymous", here)
        data, back = a.recvfrom(100)
        check(f"dgram, {name}: who has no name", (data, back) == (b"anonymous", None), back)
        nobody.sendmsg([b"by ", b"sendmsg"], [], 0, here)
        data, _, _, back = a.recvmsg(100)
        check(f"dgram, {name}: sendmsg, recvmsg", (data, back) == (b"by sendmsg", None), back)
        b.sendmsg([b"has one"], [], 0, here)
        data, _, flags, back = a.recvmsg(3)
        check(f"dgram, {name}: recvmsg names the sender",
              (data, back) == (b"has", want) and flags & socket.MSG_TRUNC, (data, back))
        nobody.connect(here)
        nobody.send(b"connected")
        check(f"dgram, {name}: a default peer", a.recv(100) == b"connected" and
              nobody.getpeername() == (here.encode() if kind else here))
        # AF_UNSPEC takes it away.
        check(f"dgram, {name}: none again",
              libc.connect(nobody.fileno(), bytes(16), 16) == 0)
        fails(f"dgram, {name}: then send has no peer", errno.ENOTCONN,
              lambda: nobody.send(b"x"))
        close(a, b, nobody)
    fails("dgram: nobody is there", errno.ECONNREFUSED,
          lambda: sock("dgram").sendto(b"x", "\0nobody"))
    fails("dgram: what is there is dead", errno.ECONNREFUSED,
          lambda: sock("dgram").sendto(b"x", "here.sock"))


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32),
                ("iov", ctypes.POINTER(Iovec)), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class Mmsghdr(ctypes.Structure):
    _fields_ = [("msg", Msghdr), ("count", ctypes.c_uint)]


def sockaddr(name):
    return struct.pack("=H", socket.AF_UNIX) + name


def messages(count, name=None):
    """For sendmmsg and recvmmsg; what keeps the memory."""
    keep = []
    headers = (Mmsghdr * count)()
    for i in range(count):
        data = ctypes.create_string_buffer(b"message %d" % i, 20)
        address = ctypes.create_string_buffer(name or b"", 110)
        iov = Iovec(ctypes.cast(data, ctypes.c_char_p), 20)
        headers[i].msg.name = ctypes.addressof(address)
        headers[i].msg.namelen = len(name) if name else 110
        headers[i].msg.iov = ctypes.pointer(iov)
        headers[i].msg.iovlen = 1
        keep += [data, address, iov]
    return headers, keep


def scenario_many():
    a, b = sock("dgram"), sock("dgram")
    a.bind("\0many-a")
    b.bind("\0many-b")
    out, keep = messages(5, sockaddr(b"\0many-b"))
    n = libc.sendmmsg(a.fileno(), out, 5, 0)
    check("sendmmsg", n == 5 and [m.count for m in out] == [20] * 5, n)
    got, keep2 = messages(7)
    n = libc.recvmmsg(b.fileno(), got, 7, socket.MSG_DONTWAIT, None)
    names = [keep2[3 * i + 1].raw[:got[i].msg.namelen] for i in range(5)]
    check("recvmmsg", n == 5 and [m.count for m in got[:5]] == [20] * 5, n)
    check("recvmmsg names the sender", names == [sockaddr(b"\0many-a")] * 5, names)
    out, keep = messages(3, sockaddr(b"\0nobody"))
    check("sendmmsg: nobody is there", libc.sendmmsg(a.fileno(), out, 3, 0) == -1 and
          ctypes.get_errno() == errno.ECONNREFUSED, ctypes.get_errno())
    check("they are kept until here", len(keep + keep2) == 30)
    close(a, b)


def scenario_files():
    old = os.umask(0o027)
    listener = sock("stream")
    listener.bind("file.sock")
    os.umask(old)
    st = os.stat("file.sock")
    check("the file is a socket", stat.S_ISSOCK(st.st_mode))
    check("of the mode that the umask leaves", stat.S_IMODE(st.st_mode) == 0o750, oct(st.st_mode))
    check("access", os.access("file.sock", os.W_OK))
    fails("the name is taken", errno.EADDRINUSE, lambda: sock("stream").bind("file.sock"))
    fails("bound twice", errno.EINVAL, lambda: listener.bind("second.sock"))
    check("which leaves no file", not os.path.exists("second.sock"))
    fails("nobody listens", errno.ECONNREFUSED, lambda: sock("stream").connect("file.sock"))
    fails("nothing is there", errno.ENOENT, lambda: sock("stream").connect("gone.sock"))
    fails("no such folder", errno.ENOENT, lambda: sock("stream").bind("gone/file.sock"))
    fails("another type", errno.EPROTOTYPE, lambda: sock("seqpacket").connect("file.sock"))
    open("plain", "w", encoding="ascii").close()
    fails("a file that is no socket", errno.ECONNREFUSED, lambda: sock("stream").connect("plain"))
    fails("a name that is no socket", errno.EADDRINUSE, lambda: sock("stream").bind("plain"))
    check("is left alone", os.path.exists("plain"))
    os.symlink("file.sock", "link.sock")
    fails("a link is a name that is taken", errno.EADDRINUSE,
          lambda: sock("stream").bind("link.sock"))

    # Those that aren't accepted stay, one for each connect.
    listener.listen(10)
    os.mkdir("folder")
    os.symlink("folder/..", "way")
    for path in (os.path.abspath("file.sock"), "./file.sock", "folder/../file.sock",
                 "way//file.sock", "link.sock"):
        s = sock("stream")
        s.connect(path)
        check(f"found as {path.replace(os.getcwd(), '...')}", s.getpeername() == "file.sock",
              s.getpeername())
        s.close()
    os.chdir("folder")
    s = sock("stream")
    s.connect("../file.sock")
    s.close()
    os.chdir("..")
    os.rename("file.sock", "renamed.sock")
    fails("renamed it is another name", errno.ECONNREFUSED,
          lambda: sock("stream").connect("renamed.sock"))
    os.rename("renamed.sock", "file.sock")

    listener.close()
    check("the file is still there", os.path.exists("file.sock"))
    fails("nobody any more", errno.ECONNREFUSED, lambda: sock("stream").connect("file.sock"))
    listener = sock("stream")
    fails("the file has to go first", errno.EADDRINUSE, lambda: listener.bind("file.sock"))
    os.unlink("file.sock")
    listener.bind("file.sock")
    listener.listen(1)
    used("unlinked and bound again", listener, "stream", "file.sock")
    s = sock("stream")
    s.connect("file.sock")
    os.unlink("file.sock")
    fails("unlinked", errno.ENOENT, lambda: sock("stream").connect("file.sock"))
    fails("unlinked, and who was bound is still there", errno.EADDRINUSE,
          lambda: sock("stream").bind("file.sock"))
    check("which leaves no file", not os.path.exists("file.sock"))
    close(s, listener)

    s = sock("stream")
    os.fchmod(s.fileno(), 0o600)
    s.bind("mode.sock")
    check("fchmod before bind", stat.S_IMODE(os.stat("mode.sock").st_mode) == 0o600)
    s.close()
    long = "x" * 108
    s = sock("stream")
    check("a path that fills the address", libc.bind(s.fileno(), sockaddr(long.encode()), 110) == 0
          and s.getsockname() == long, ctypes.get_errno())
    s.close()


def scenario_permission():
    """As a user who may not write to the socket denied.sock."""
    fails("connect, without the right", errno.EACCES, lambda: sock("stream").connect("denied.sock"))
    fails("sendto, without the right", errno.EACCES,
          lambda: sock("dgram").sendto(b"x", "denied.sock"))


def scenario_names():
    s = sock("stream")
    check("no name", s.getsockname() == "", s.getsockname())
    fails("no peer", errno.ENOTCONN, s.getpeername)
    check("bind of nothing", libc.bind(s.fileno(), sockaddr(b""), 2) == 0, ctypes.get_errno())
    name = s.getsockname()
    check("has the name of a number", name.startswith(b"\0myproto/"), name)
    used("bind of nothing", s, "stream", name.decode())
    s.listen(1)
    a = sock("stream")
    a.connect(name)
    check("which connects", a.getpeername() == name, a.getpeername())
    close(s, a)
    s = sock("stream")
    s.bind("\0myproto/4300")
    used("a number of one's own", s, "stream", "\0myproto/4300")
    s.close()
    for text in ("\0myproto/04300", "\0myproto/4300x", "\0myproto/", "\0myproto/4294967295"):
        s = sock("stream")
        s.bind(text)
        lines = [line[2] for line in table()]
        check(f"{text!r} isn't a number", "4300" not in lines and "4294967295" not in lines and
              s.getsockname() == text.encode(), lines)
        s.close()
    s = sock("stream")
    s.bind(COLLIDE[0])
    used("a name", s, "stream", COLLIDE[1])
    fails("another name of its channel", errno.EADDRINUSE, lambda: sock("stream").bind(COLLIDE[1]))
    s.listen(1)
    a = sock("stream")
    a.connect(COLLIDE[1])
    check("reaches it, and is told", a.getpeername() == COLLIDE[0].encode(), a.getpeername())
    close(s, a)

    s = sock("stream")
    room = ctypes.create_string_buffer(b"\xff" * 32, 32)
    s.bind("\0truncated")
    length = ctypes.c_uint32(6)
    libc.getsockname(s.fileno(), room, ctypes.byref(length))
    check("little room for a name: no byte too many", room.raw[6:] == b"\xff" * 26, room.raw)
    length = ctypes.c_uint32(9)
    libc.getsockname(s.fileno(), room, ctypes.byref(length))
    check("more room: the length is that of the name",
          length.value == 12 and room.raw[:10] == sockaddr(b"\0trunca") + b"\xff", room.raw)
    s.close()


def scenario_options():
    s = sock("stream")
    check("SO_DOMAIN", s.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_UNIX)
    check("SO_TYPE", s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    check("SO_PASSCRED", s.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED) == 1)
    other = socket.socket(fileno=os.dup(s.fileno()))
    check("a descriptor whose family is asked for", other.family == socket.AF_UNIX, other.family)
    close(s, other)
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_RAW)
    used("SOCK_RAW is SOCK_DGRAM", raw, "dgram")
    raw.close()
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 1)
    used("the protocol PF_UNIX", s, "stream")
    s.close()
    fails("another protocol", errno.EPROTONOSUPPORT,
          lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 6))
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    fails("SOCK_NONBLOCK", errno.EINVAL, s.accept)
    check("SOCK_CLOEXEC", not s.get_inheritable())
    s.close()

    listener, a, b, _ = connected("stream", "\0cred")
    pid, uid, gid = struct.unpack("3i", a.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    check("SO_PEERCRED", (pid, uid, gid) == (os.getpid(), os.getuid(), os.getgid()), pid)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
    fails("SCM_RIGHTS", errno.EINVAL, lambda: a.sendmsg([b"x"], rights))
    close(listener, a, b)

    s = sock("stream")
    ctypes.set_errno(77)
    results = (libc.bind(s.fileno(), sockaddr(b"\0errno"), 8), libc.listen(s.fileno(), 1))
    a = sock("stream")
    results += (libc.connect(a.fileno(), sockaddr(b"\0errno"), 8),)
    room, length = ctypes.create_string_buffer(110), ctypes.c_uint32(110)
    results += (libc.getsockname(a.fileno(), room, ctypes.byref(length)),)
    check("errno is left alone", results == (0, 0, 0, 0) and ctypes.get_errno() == 77,
          (results, ctypes.get_errno()))
    ctypes.set_errno(77)
    with open("errno.sock", "w", encoding="ascii"):
        os.unlink("errno.sock")
    d = sock("dgram")
    d.bind("errno.sock")
    rc = libc.sendto(d.fileno(), b"x", 1, 0, sockaddr(b"errno.sock\0"), 13)
    check("by a path, too", (rc, ctypes.get_errno()) == (1, 77), (rc, ctypes.get_errno()))
    close(s, a, d)
    for name, number, args in (
            ("no address", errno.EFAULT, (None, 110)),
            ("too long", errno.EINVAL, (sockaddr(b"x" * 200), 202)),
            ("no name", errno.EINVAL, (sockaddr(b""), 2)),
            ("half a family", errno.EINVAL, (sockaddr(b""), 1))):
        s = sock("stream")
        rc = libc.connect(s.fileno(), *args)
        check(f"connect: {name}", (rc, ctypes.get_errno()) == (-1, number), ctypes.get_errno())
        s.close()
    check("connect: no descriptor", libc.connect(9999, sockaddr(b"\0x"), 4) == -1 and
          ctypes.get_errno() == errno.EBADF)
    check("connect: no socket", libc.connect(0, sockaddr(b"\0x"), 4) == -1 and
          ctypes.get_errno() == errno.ENOTSOCK)


def scenario_pairs():
    for of_type, number in TYPES.items():
        a, b = socket.socketpair(socket.AF_UNIX, number)
        used(f"pair, {of_type}", a, of_type)
        used(f"pair, {of_type}", b, of_type)
        a.send(b"pair")
        check(f"pair, {of_type}", b.recv(100) == b"pair")
        close(a, b)


def scenario_no_pairs():
    """With -P."""
    before = len(table())
    a, b = socket.socketpair()
    check("a pair is AF_UNIX's", len(table()) == before, table())
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
    check("and passes descriptors", a.sendmsg([b"x"], rights) == 1 and
          len(b.recvmsg(1, 64)[1]) == 1)
    close(a, b)
    s = sock("stream")
    used("all others are mapped", s, "stream")
    s.close()


def scenario_except():
    """With -x PWD/kept -x @kept."""
    for at in (os.path.abspath("kept.sock"), "\0kept\0name"):
        listener = sock("stream")
        listener.settimeout(5)
        os.set_inheritable(listener.fileno(), True)
        listener.bind(at)
        listener.listen(1)
        a = sock("stream")
        a.connect(at)
        b = listener.accept()[0]
        a.sendall(b"kept")
        inodes = [inode(s) for s in (listener, a, b)]
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as f:
            lines = [int(line.split()[6]) for line in list(f)[1:]]
        check(f"{at!r} stays AF_UNIX", b.recv(9) == b"kept" and set(inodes) <= set(lines), inodes)
        check(f"{at!r}: what was set before",
              os.get_inheritable(listener.fileno()) and not os.get_inheritable(a.fileno()) and
              not os.get_blocking(listener.fileno()))
        close(listener, a, b)
    d, to = sock("dgram"), sock("dgram")
    to.bind("\0kept dgram")
    d.sendto(b"kept", "\0kept dgram")
    check("a datagram", to.recv(9) == b"kept")
    s = sock("dgram")
    s.bind("\0other")
    used("another name", s, "dgram", "\0other")
    fails("who has a name of the family can't", errno.EPERM, lambda: s.sendto(b"x", "\0kept dgram"))
    close(d, to, s)


def scenario_processes():
    listener = sock("stream")
    listener.bind("fork.sock")
    listener.listen(5)
    pid = os.fork()
    if pid == 0:
        s = sock("stream")
        s.connect("fork.sock")
        s.sendall(b"from a child, " + s.getpeername().encode())
        os._exit(0)
    b, _ = listener.accept()
    used("fork", b, "stream", "fork.sock")
    got = b.recv(100)
    os.waitpid(pid, 0)
    check("fork", got == b"from a child, fork.sock", got)
    b.close()

    client = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('fork.sock'); " \
        "s.sendall(b'from a program')"
    subprocess.run([sys.executable, "-c", client], check=True)
    b, _ = listener.accept()
    check("a program that was executed", b.recv(100) == b"from a program")
    b.close()

    # A descriptor that is inherited, as from a service manager.
    server = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); " \
        "assert s.family == socket.AF_UNIX, s.family; c, _ = s.accept(); c.sendall(b'inherited')"
    fd = os.dup(listener.fileno())
    os.set_inheritable(fd, True)
    with subprocess.Popen([sys.executable, "-c", server, str(fd)], close_fds=False) as p:
        s = sock("stream")
        s.connect("fork.sock")
        check("a listener that was inherited", s.recv(100) == b"inherited")
        check("ends well", p.wait() == 0, p.returncode)
    os.close(fd)
    close(s, listener)

    a, b = socket.socketpair()
    subprocess.run(["sh", "-c", "echo through a pair"], stdout=a.fileno(), check=True)
    check("a duplicate in a child", b.recv(100) == b"through a pair\n")
    close(a, b)


def scenario_threads():
    """Names of many threads at once: each is told its own, or a number's."""
    wrong = []

    def work(number):
        for i in range(200):
            name = f"\0thread {number} {i}"
            s = sock("dgram")
            s.bind(name)
            got = s.getsockname()
            if got not in (name.encode(), b"\0myproto/%d" % channel(name)):
                wrong.append((name, got))
            s.sendto(name.encode(), name)
            if s.recv(100) != name.encode():
                wrong.append(name)
            s.close()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("threads", not wrong, wrong[:3])


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


async def asynchronous():
    async def serve(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    # Of a file that is left over it looks whether it is a socket.
    server = await asyncio.start_unix_server(serve, "asyncio.sock")
    used("asyncio", server.sockets[0], "stream", "asyncio.sock")
    for i in range(10):
        reader, writer = await asyncio.open_unix_connection("asyncio.sock")
        writer.write(b"line %d\n" % i)
        check(f"asyncio, {i}", await reader.readline() == b"line %d\n" % i)
        writer.close()
    server.close()
    await server.wait_closed()


def scenario_library():
    """What Python has made of AF_UNIX."""
    with socketserver.ThreadingUnixStreamServer("server.sock", Upper) as server:
        used("socketserver", server.socket, "stream", "server.sock")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        s = sock("stream")
        s.connect("server.sock")
        s.sendall(b"hello\n")
        check("socketserver", s.recv(100) == b"HELLO\n")
        s.close()
        server.shutdown()
    with multiprocessing.connection.Listener("\0mp", "AF_UNIX", authkey=b"key") as listener:
        t = threading.Thread(target=lambda: listener.accept().send({"a": [1, 2, 3]}))
        t.start()
        with multiprocessing.connection.Client("\0mp", "AF_UNIX", authkey=b"key") as c:
            check("multiprocessing", c.recv() == {"a": [1, 2, 3]})
        t.join()
    for _ in range(2):
        asyncio.run(asynchronous())


def scenario_fails(number):
    for name, call in (("socket", lambda: sock("stream")), ("socketpair", socket.socketpair)):
        fails(name, number, call)
    try:
        socket.socket(socket.AF_INET).close()
        check("other families are as they were", True)
    except OSError as e:
        check("other families are as they were", False, e)


if sys.argv[1] == "fails":
    scenario_fails(getattr(errno, sys.argv[2]))
else:
    for scenario in sys.argv[1:]:
        globals()["scenario_" + scenario]()
print("end", flush=True)
