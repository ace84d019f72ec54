"""What the kernel says of a process: /proc/PID/status by names, its children, and small launchers.

    status(pid)["CapEff"]        children(pid)        launch("code", [argv…])        wait_accepts(path, process)
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


def status(pid):
    """The lines of /proc/PID/status as a dictionary."""
    pairs = (line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: value.strip() for name, value in pairs}


def threads(pid):
    """The status of each thread."""
    return [status(f"{pid}/task/{t}") for t in os.listdir(f"/proc/{pid}/task")]


def children(pid):
    """Pids of the direct children."""
    found = set()
    for task in os.listdir(f"/proc/{pid}/task"):
        found.update(int(p) for p in Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return sorted(found)


def becoming(code):
    """The text of a Python program that runs `code` and then becomes its arguments."""
    return f"import os, sys\n{code}\nos.execv(sys.argv[1], sys.argv[1:])\n"


def launch(code, argv, **kwargs):
    """A Python process that runs `code` and then becomes argv: for what must be set before exec."""
    return subprocess.Popen([sys.executable, "-c", becoming(code), *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **kwargs)


def wait_accepts(path, process, timeout=10):
    """Waits until somebody accepts on that unix socket; `process` is the one that must not have ended."""
    deadline = time.monotonic() + timeout
    while True:
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(path)
                return
            except OSError:
                assert process.poll() is None, process.returncode
                assert time.monotonic() < deadline, f"nobody accepts on {path}"
        time.sleep(0.01)
