#!/usr/bin/python3
"""First process of a user-mode Linux whose root is this machine's, read-only: loads DCTCP, brings up vec0 with the address of the
environment (kernel parameters name=value end there), runs a program of goodput_peer.py and powers off. Arguments travel as
PEER=word,word,... because init's own are the kernel's."""
import ctypes
import os
import subprocess
import sys

SYS_finit_module = 313
os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
libc = ctypes.CDLL(None, use_errno=True)


def run(*words):
    subprocess.run(words, check=True)


def power_off():
    os.sync()
    libc.reboot(ctypes.c_int(0x4321FEDC))


try:
    run("mount", "-t", "proc", "proc", "/proc")
    run("mount", "-t", "tmpfs", "tmp", "/run")
    module = f"/usr/lib/uml/modules/{os.uname().release}/kernel/net/ipv4/tcp_dctcp.ko"
    with open(module, "rb") as file:
        if libc.syscall(SYS_finit_module, file.fileno(), b"", 0) != 0:
            raise OSError(ctypes.get_errno(), f"finit_module {module}")
    run("sysctl", "-q", "-w", "net.ipv4.tcp_congestion_control=dctcp", "net.ipv4.tcp_no_metrics_save=1",
        "net.ipv4.tcp_rmem=4096 131072 6291456", "net.ipv4.tcp_wmem=4096 16384 4194304")
    run("ip", "addr", "add", os.environ["ADDRESS"], "dev", "vec0")
    run("ip", "link", "set", "vec0", "up")
    run("python3", os.environ["SCRIPT"], *os.environ["PEER"].split(","))
except Exception as error:  # whatever it is, the machine must end
    print(f"uml: {error!r}", flush=True)
finally:
    sys.stdout.flush()
    power_off()
