"""A TCP program of the host's kernel: `recv PORT SECONDS` counts and checks what arrives for so long from the first byte's
connection and prints one line of JSON; `send ADDRESS PORT SECONDS ALGORITHM` writes the pattern until the other side has gone."""
import json
import socket
import sys
import time

PERIOD = 65537
PATTERN = bytes((i * 2654435761 & 0xFFFFFFFF) >> 24 for i in range(PERIOD))
TWICE = PATTERN + PATTERN
SLACK_SECONDS = 20


def receive(port, seconds):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen(1)
    listener.settimeout(SLACK_SECONDS)
    print("ready", flush=True)
    connection, _ = listener.accept()
    deadline = time.monotonic() + seconds
    total, intact = 0, True
    buffer = bytearray(PERIOD)
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            got = connection.recv_into(buffer)
        except socket.timeout:
            break
        if got == 0:
            break
        at = total % PERIOD
        intact = intact and buffer[:got] == TWICE[at:at + got]
        total += got
    print(json.dumps({"bytes": total, "intact": intact}), flush=True)


def send(address, port, seconds, algorithm):
    connection = socket.socket()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, algorithm.encode())
    connection.settimeout(SLACK_SECONDS)
    connection.connect((address, port))
    connection.settimeout(seconds + SLACK_SECONDS)
    total = 0
    try:
        while True:
            at = total % PERIOD
            total += connection.send(TWICE[at:at + PERIOD])
    except OSError:
        pass


if sys.argv[1] == "recv":
    receive(int(sys.argv[2]), float(sys.argv[3]))
else:
    send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
