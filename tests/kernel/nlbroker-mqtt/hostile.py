#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An MQTT broker that means ill: each connection gets the next kind of malice.

usage: hostile.py PORT

Prints a line for each kind when its connection is over; after the last one it is a
good broker that sends one message to the topic 'in/end' and stays.
"""
import random
import socket
import struct
import sys
import time

CONNACK_OK = b"\x20\x03\x00\x00\x00"


def varint(n):
    out = b""
    while True:
        out += bytes([n % 128 | (128 if n > 127 else 0)])
        n //= 128
        if not n:
            return out


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


def text(t):
    t = t if isinstance(t, bytes) else t.encode()
    return struct.pack(">H", len(t)) + t


def publish(topic, payload=b"x", qos=0, mid=1, properties=b"", retain=0):
    body = text(topic)
    if qos:
        body += struct.pack(">H", mid)
    return packet(0x30 | qos << 1 | retain, body + varint(len(properties)) + properties + payload)


def user(name, value):
    return b"\x26" + text(name) + text(value)


def read_some(c, seconds=0.3):
    c.settimeout(seconds)
    try:
        return c.recv(65536)
    except socket.timeout:
        return b""
    except OSError:
        return None


def until_closed(c, seconds):
    """Reads until the client has had enough of it; False when it stays."""
    end = time.time() + seconds
    while time.time() < end:
        if read_some(c) in (None, b"") and closed(c):
            return True
    return False


def closed(c):
    try:
        c.setblocking(False)
        return c.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def hello(c):
    read_some(c, 5)
    c.sendall(CONNACK_OK)


def packets(data):
    """What a client has sent, taken apart: (first byte, body), and what is left."""
    out = []
    while len(data) > 1:
        length, shift, at = 0, 0, 1
        while at < len(data):
            length |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128:
                break
        else:
            break
        if len(data) < at + length:
            break
        out.append((data[0], data[at:at + length]))
        data = data[at + length:]
    return out, data


def answer(c, first, body):
    """As a broker does. True for a SUBSCRIBE."""
    if first & 0xF6 == 0x32:
        at = 2 + struct.unpack(">H", body[:2])[0]
        c.sendall(packet(0x40, body[at:at + 2] + b"\x00\x00"))
    elif first == 0xC0:
        c.sendall(b"\xd0\x00")
    elif first == 0x82:
        c.sendall(packet(0x90, body[:2] + b"\x00\x00"))
    return first == 0x82


def serve(c, seconds, done=lambda subscribed: False):
    """A good broker, as far as it goes."""
    end, data = time.time() + seconds, b""
    while time.time() < end:
        got = read_some(c)
        if got is None or got == b"" and closed(c):
            return
        several, data = packets(data + got)
        if done(any([answer(c, *p) for p in several])):
            return


def subscribed(c):
    """Greets, and acknowledges all until something was subscribed to."""
    hello(c)
    serve(c, 15, lambda subscribed: subscribed)


def garbage(c):
    c.sendall(random.randbytes(5000))


def silence(c):
    read_some(c, 2)


def refusal(c):
    read_some(c, 5)
    c.sendall(b"\x20\x03\x00\x87\x00")


def torn(c):
    hello(c)
    c.sendall(publish("in/a", b"y" * 500)[:200])


def endless_length(c):
    hello(c)
    c.sendall(b"\x30\xff\xff\xff\xff\xff\xff\xff")


def oversized(c):
    """Ten times as long as was allowed, and more, if it is let."""
    subscribed(c)
    c.sendall(b"\x30" + varint(200 << 20) + text("in/long") + b"\x00")
    for _ in range(200):
        c.sendall(b"z" * (1 << 20))


def long_payload(c):
    """Allowed, and too long for nlbroker."""
    subscribed(c)
    c.sendall(publish("in/long", b"z" * 70000))
    time.sleep(0.5)


def bad_utf8(c):
    subscribed(c)
    c.sendall(publish(b"in/\xff\xfe"))


def nul(c):
    subscribed(c)
    c.sendall(publish(b"in/a\x00b"))


def wildcard(c):
    subscribed(c)
    c.sendall(publish("in/#"))


def empty_topic(c):
    subscribed(c)
    c.sendall(publish(""))


def deep(c):
    subscribed(c)
    c.sendall(publish("in/" + "a/" * 40))
    c.sendall(publish("in/" + "a" * 300))
    c.sendall(publish("in/" + "/" * 60000))
    time.sleep(0.5)


def unasked(c):
    subscribed(c)
    c.sendall(publish("other/topic") + publish("$SYS/x"))
    time.sleep(0.5)


def properties(c):
    subscribed(c)
    many = b"".join(user("nlbroker-hops", "9" * 50) for _ in range(50))
    c.sendall(publish("in/p", properties=many))
    c.sendall(publish("in/p", properties=user("nlbroker-hops", "-1")))
    c.sendall(publish("in/p", properties=user("nlbroker-origin", "x" * 5000)))
    time.sleep(0.3)
    c.sendall(publish("in/p", properties=b"\xfe\x01"))
    time.sleep(0.3)


def acknowledgements(c):
    subscribed(c)
    for kind in (0x40, 0x50, 0x62, 0x70, 0x90, 0xb0):
        for mid in (0, 1, 77, 65535):
            c.sendall(packet(kind, struct.pack(">H", mid) + b"\x00"))


def every_type(c):
    hello(c)
    for kind in range(256):
        c.sendall(packet(kind, random.randbytes(random.randrange(20))))


def qos2(c):
    """Never asked for, never completed."""
    subscribed(c)
    for mid in range(1, 3000):
        c.sendall(publish("in/two", b"q" * 1000, qos=2, mid=mid))


def flood(c):
    subscribed(c)
    block = publish("in/flood", b"f" * 20) * 1000
    for _ in range(30):
        c.sendall(block)


def goodbye(c):
    subscribed(c)
    c.sendall(b"\xe0\x02\x8b\x00")


KINDS = [
    garbage, silence, refusal, torn, endless_length, oversized, long_payload, bad_utf8, nul,
    wildcard, empty_topic, deep, unasked, properties, acknowledgements, every_type, qos2, flood,
    goodbye,
]


def main():
    random.seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(sys.argv[1])))
    s.listen()
    for kind in KINDS:
        c, _ = s.accept()
        start = time.time()
        try:
            kind(c)
            until_closed(c, 3)
            word = "over"
        except OSError as e:
            word = f"ended by the client ({e.strerror})"
        c.close()
        print(f"{kind.__name__}: {word} after {time.time() - start:.1f} s", flush=True)
    c, _ = s.accept()
    subscribed(c)
    c.sendall(publish("in/end", b"the end"))
    print("good", flush=True)
    serve(c, 3600)


main()
