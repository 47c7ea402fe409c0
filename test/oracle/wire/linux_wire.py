"""Linux behind a TUN device in a private network namespace (unshare -n): one command a line of JSON, one answer a line.
Calls use non-blocking sockets; `packets` gathers what the kernel sends until it is quiet."""
import errno
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
QUIET_SECONDS = 0.06
DEVICE = "skwire0"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def open_tun():
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    with open("/proc/sys/net/ipv6/conf/%s/addr_gen_mode" % DEVICE, "w") as mode:
        mode.write("1")
    ip("link", "set", "lo", "up")
    ip("addr", "add", "198.18.0.1/24", "brd", "+", "dev", DEVICE)
    ip("-6", "addr", "add", "fd00:5eed::1/64", "dev", DEVICE, "nodad")
    ip("link", "set", DEVICE, "up")
    return tun


TUN = open_tun()
SOCKETS = {}
HELD = []


def gather(seconds=QUIET_SECONDS):
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([TUN], [], [], left)[0]:
            HELD.append(os.read(TUN, 65536).hex())
            until = max(until, time.monotonic() + QUIET_SECONDS)


def name_of(number):
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode[number]


def attempt(action):
    try:
        return action()
    except OSError as error:
        return name_of(error.errno)


def make(family, kind):
    made = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    SOCKETS[made.fileno()] = made
    return made.fileno()


COMMANDS = {
    "socket": lambda kind, family: make(socket.AF_INET6 if family == 6 else socket.AF_INET,
                                        socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM),
    "bind": lambda fd, address, port: attempt(lambda: SOCKETS[fd].bind((address, port)) or 0),
    "connect": lambda fd, address, port: attempt(lambda: SOCKETS[fd].connect((address, port)) or 0),
    "listen": lambda fd: attempt(lambda: SOCKETS[fd].listen(8) or 0),
    "error": lambda fd: (lambda number: name_of(number) if number else 0)(
        SOCKETS[fd].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)),
    "option": lambda fd, level, name, value: attempt(lambda: SOCKETS[fd].setsockopt(level, name, bytes.fromhex(value)) or 0),
    "send": lambda fd, text: attempt(lambda: SOCKETS[fd].send(text.encode())),
    "recv": lambda fd: attempt(lambda: (lambda data: "%d bytes %s" % (len(data), data[:16].hex()))(SOCKETS[fd].recv(65536))),
    "close": lambda fd: SOCKETS.pop(fd).close() or 0,
    "sysctl": lambda name, value: open("/proc/sys/" + name.replace(".", "/"), "w").write(value) and 0,
    "wait": lambda ms: gather(ms / 1000) or 0,
    "inject": lambda packet: attempt(lambda: os.write(TUN, bytes.fromhex(packet)) and 0),
    "packets": lambda: gather() or [HELD.pop(0) for _ in range(len(HELD))],
}

print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(COMMANDS[name](*arguments)), flush=True)
