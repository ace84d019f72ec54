"""What a process costs, read from /proc: CPU time, memory, descriptors; and what machine this is."""

import os
import pathlib
import platform
import subprocess

TICK = os.sysconf("SC_CLK_TCK")


def family(pid):
    """A process and its children (nginx's worker is one)."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_seconds(pid):
    """User and system time of all threads of the family (0 for none), to the nanosecond where the scheduler counts it.
    Exact when the process sleeps, which a proxy without requests does."""
    total = 0.0
    for one in family(pid) if pid else ():
        for task in pathlib.Path(f"/proc/{one}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0]) / 1e9
            except (OSError, IndexError):
                fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def pss_bytes(pid, row="Pss:"):
    """Memory that belongs to the family alone or in part (PSS). Row `Pss_Anon:` is only what it allocated itself,
    which no other process and no file changes."""
    total = 0
    for one in family(pid):
        for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith(row):
                total += int(line.split()[1]) * 1024
    return total


def descriptors(pid):
    return sum(len(os.listdir(f"/proc/{one}/fd")) for one in family(pid))


def traced(pid):
    """Is a tracer at every thread of the family?"""
    status = [task / "status" for one in family(pid) for task in pathlib.Path(f"/proc/{one}/task").iterdir()]
    return all("TracerPid:\t0\n" not in path.read_text() for path in status)


def first_line(*command):
    """What a program says about its version."""
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said else ""


def describe():
    """Cores, processor and kernel; no names."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{os.cpu_count()} cores ({model}, {platform.machine()}), Linux {platform.release().split('-')[0]}"
