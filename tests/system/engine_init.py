"""Process 1 of the namespaces in which a test's engine lives: starts the daemons it is told to, collects the
orphans that containers leave, and ends everything when its standard input ends. Since it is process 1, its end
is the end of each process and each mount that the engine made: nothing is left behind, however a test run ends.

Commands on standard input, a line each, answered by a line: `start NAME ARGUMENT…` (JSON list) starts a daemon,
`stop NAME` ends it by SIGTERM and waits for it. Called by engine.py only.
"""
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41
CGROUP_ROOT = "/sys/fs/cgroup"


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP_RUNNING, b""))


def mount(source, target, fstype, data=""):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), fstype.encode(), 0, data.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {fstype} on {target}")


def mount_cgroups():
    """Control groups, where the machine has none mounted (a bare virtual machine)."""
    if os.path.ismount(CGROUP_ROOT):
        return
    mount("tmpfs", CGROUP_ROOT, "tmpfs")
    with open("/proc/cgroups", encoding="ascii") as lines:
        names = [line.split()[0] for line in lines if not line.startswith("#")]
    for name in names:
        os.makedirs(f"{CGROUP_ROOT}/{name}", exist_ok=True)
        try:
            mount("cgroup", f"{CGROUP_ROOT}/{name}", "cgroup", name)
        except OSError:  # a controller of the unified hierarchy
            os.rmdir(f"{CGROUP_ROOT}/{name}")


class Daemons:
    """The daemons by name. Only the main thread waits for children; the others wait for its word."""

    def __init__(self):
        self.pids = {}
        self.changed = threading.Condition()

    def start(self, name, log, argv):
        with open(log, "ab") as out:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        with self.changed:
            self.pids[name] = process.pid
            self.changed.notify_all()
        process.returncode = 0  # the main thread collects it, not subprocess
        return process.pid

    def stop(self, name):
        with self.changed:
            if name in self.pids:
                os.kill(self.pids[name], signal.SIGTERM)
            return self.changed.wait_for(lambda: name not in self.pids, timeout=20)

    def collected(self, pid):
        with self.changed:
            self.pids = {name: known for name, known in self.pids.items() if known != pid}
            self.changed.notify_all()


def obey(daemons):
    for line in sys.stdin:
        command, name, *rest = json.loads(line)
        if command == "start":
            print(daemons.start(name, rest[0], rest[1:]), flush=True)
        else:
            print(daemons.stop(name), flush=True)
    for name in list(daemons.pids):
        daemons.stop(name)
    os._exit(0)


def main():
    raise_loopback()
    mount_cgroups()
    if os.path.isdir("/etc/docker"):  # the daemon writes a key there
        mount("tmpfs", "/etc/docker", "tmpfs")
    daemons = Daemons()
    # A child that stays for ever, so that there is always something to wait for.
    anchor = subprocess.Popen(["sleep", "infinity"], stdin=subprocess.DEVNULL)
    anchor.returncode = 0
    threading.Thread(target=obey, args=(daemons,), daemon=True).start()
    print("ready", flush=True)
    while True:
        pid, _ = os.wait()
        daemons.collected(pid)


main()
