#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes a good configuration, and looks whether the daemon says what is wrong.

usage: configs.py SEED DAEMON FILE

Prints how many changes were wrong.
"""
import random
import subprocess
import sys

COUNT = 200


def change(text):
    at = random.randrange(len(text))
    what = random.randrange(4)
    if what == 0:
        text[at] = random.randrange(256)
    elif what == 1:
        del text[at:at + random.randrange(20)]
    elif what == 2:
        text[at:at] = random.choice([b'"', b"\n", b"#", b"+", b"\0", b"\xff", b"9" * 30, b" "])
    else:
        lines = bytes(text).split(b"\n")
        lines.insert(random.randrange(len(lines)), random.choice(lines))
        text = bytearray(b"\n".join(lines))
    return text


def main():
    random.seed(int(sys.argv[1]))
    with open(sys.argv[3], "rb") as f:
        good = f.read()
    wrong = 0
    for i in range(COUNT):
        text = bytearray(good)
        for _ in range(random.randrange(1, 4)):
            text = change(text) if text else text
        with open("bad.conf", "wb") as f:
            f.write(text)
        p = subprocess.run([sys.argv[2], "-c", "bad.conf", "check"], capture_output=True, check=False)
        said = p.stderr.split(b"\n")
        if p.returncode not in (0, 1):
            sys.exit(f"change {i}: {p.returncode}: {p.stderr!r} {bytes(text)!r}")
        if p.returncode:
            wrong += 1
            parts = said[0].split(b":", 2)
            if len(parts) < 3 or parts[0] != b"bad.conf" or not parts[1].isdigit():
                sys.exit(f"no line: {said[0]!r} {bytes(text)!r}")
    print(wrong)
    if wrong < COUNT // 10:
        sys.exit("hardly any was wrong")


main()
