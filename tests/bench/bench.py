#!/usr/bin/python3
"""Measures what a request and a gigabyte cost in each proxy, and writes docs/benchmarks.md.

usage: bench.py [--quick] [--seconds S] [--rounds N]

What counts is CPU time of the proxy's processes per request, not requests a second: the load generator and the
engine are on the same two cores, and CPU time is what somebody pays. The proxies run in turn within each round, so
that a machine which gets slower slows all of them, and the table has medians over the rounds. Each proxy has one
thread, pinned to the first core; engine and load share the last.
"""

import argparse
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
LIST = "/v1.41/containers/json"
DOWNLOAD = "/v1.41/containers/web/archive?path=/"
GIB = 1 << 30
LOADS = [("1 connection", 1), ("64 connections", 64)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"bench: {what} did not come up")
        time.sleep(0.01)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def family(pid):
    """A process and its children (nginx's worker is one)."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_seconds(pid):
    """User and system time of all threads of the family. Nanoseconds where the scheduler counts them."""
    total = 0.0
    for one in family(pid):
        for task in pathlib.Path(f"/proc/{one}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0]) / 1e9
            except (OSError, IndexError):
                fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def memory_kib(pid):
    """Memory that belongs to the family alone or in part (PSS)."""
    total = 0
    for one in family(pid):
        for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.cores = (0, os.cpu_count() - 1)
        self.processes = []
        self.engine = folder / "engine.sock"
        for name in ("floor", "engine", "load"):
            subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", folder / name, HERE / f"{name}.c"], check=True)
        self.start([folder / "engine", self.engine, str(GIB)], self.cores[1])
        wait_until(self.engine.exists, "the stub engine")
        # haproxy sends its access log to a socket; somebody has to take it off there.
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.bind(str(folder / "haproxy.log.sock"))
        threading.Thread(target=self.read_log, daemon=True).start()

    def read_log(self):
        while self.log.recv(65536):
            pass

    def start(self, command, core, **more):
        with open(self.folder / "output", "ab") as output:
            process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], stdout=output,
                                       stderr=output, stdin=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process.pid

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def filled(self, name, port):
        text = (HERE / name).read_text()
        for word, value in (("@DIR@", self.folder), ("@ENGINE@", self.engine), ("@PORT@", port)):
            text = text.replace(word, str(value))
        path = self.folder / name.removesuffix(".in")
        path.write_text(text)
        return path

    def proxies(self):
        """Starts every proxy that is here: name -> (pid, port)."""
        commands = {
            "floor": lambda port: [self.folder / "floor", port, self.engine],
            "dockgate": lambda port: [ROOT / "build/dockgate", "serve", f"--listen=tcp://127.0.0.1:{port}",
                                      f"--engine=unix://{self.engine}", "--containers=1"],
            "nginx": lambda port: ["nginx", "-c", self.filled("nginx.conf.in", port), "-p", self.folder],
            "haproxy": lambda port: ["haproxy", "-q", "-db", "-f", self.filled("haproxy.cfg.in", port)],
        }
        started = {}
        clean = {"PATH": os.environ["PATH"] + ":/usr/sbin"}
        for name, command in commands.items():
            if name in ("nginx", "haproxy") and not shutil.which(name, path=clean["PATH"]):
                print(f"bench: no {name} here, left out", file=sys.stderr)
                continue
            port = free_port()
            pid = self.start(command(port), self.cores[0], env=clean)
            wait_until(lambda port=port: accepts(port), name)
            started[name] = (pid, port)
        return started

    def load(self, port, connections, seconds, target):
        done = subprocess.run(["taskset", "-c", str(self.cores[1]), str(self.folder / "load"), str(port),
                               str(connections), str(seconds), target], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: the load generator says: {done.stderr}")
        requests, bad, elapsed, nbytes, p50, p99, _ = done.stdout.split()
        if int(bad):
            sys.exit(f"bench: {bad} of {requests} answers were not 200")
        return int(requests), float(elapsed), int(nbytes), int(p50), int(p99)


def measure(bench, rounds, seconds):
    """Rows: proxy -> list of values for each column."""
    proxies = bench.proxies()
    results = {name: {} for name in proxies}

    def note(name, column, value):
        results[name].setdefault(column, []).append(value)

    for name, (pid, port) in proxies.items():
        note(name, "rest", memory_kib(pid))
        bench.load(port, 8, 1, LIST)
    for _ in range(rounds):
        for label, connections in LOADS:
            for name, (pid, port) in proxies.items():
                before = cpu_seconds(pid)
                requests, elapsed, _, p50, p99 = bench.load(port, connections, seconds, LIST)
                note(name, label, (cpu_seconds(pid) - before) / requests * 1e6)
                note(name, label + " rate", requests / elapsed)
                note(name, label + " p50", p50)
                note(name, label + " p99", p99)
        for name, (pid, port) in proxies.items():
            before = cpu_seconds(pid)
            _, elapsed, nbytes, _, _ = bench.load(port, 1, 0, DOWNLOAD)
            assert nbytes == GIB
            note(name, "download", cpu_seconds(pid) - before)
            note(name, "download rate", nbytes / elapsed / (1 << 20))
    for name, (pid, _) in proxies.items():
        note(name, "after", memory_kib(pid))
    return {name: {column: statistics.median(values) for column, values in columns.items()}
            for name, columns in results.items()}


def version(*command):
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said else ""


def page(medians, rounds, seconds):
    floor = medians["floor"]
    lines = [
        "# Benchmarks",
        "",
        "<!-- Made by script/bench; run it again instead of editing. -->",
        "",
        f"CPU time that a proxy spends itself, medians of {rounds} rounds of {seconds} s, on {os.cpu_count()} cores"
        f" ({platform.machine()}, Linux {platform.release().split('-')[0]}). Every proxy has one thread on a core of"
        " its own and writes an access log; a stub engine and the load share the other core. A request is"
        f" `GET {LIST}` on a kept-alive connection with 300 bytes of answer. *floor* is a relay that copies bytes and"
        " looks at nothing: what a proxy costs more is what it costs to read and decide. In brackets: times the floor.",
        "",
        "| proxy | µs CPU a request, 1 connection | 64 connections | median latency, 1 connection"
        " | p99, 64 connections | s CPU for 1 GiB down | memory at rest | after the run |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in medians.items():
        cells = [name]
        for column, digits in (("1 connection", 1), ("64 connections", 1)):
            cells.append(f"{row[column]:.{digits}f} ({row[column] / floor[column]:.2f})")
        cells.append(f"{row['1 connection p50']:.0f} µs")
        cells.append(f"{row['64 connections p99']:.0f} µs")
        cells.append(f"{row['download']:.2f} ({row['download'] / floor['download']:.2f})")
        cells.append(f"{row['rest']:,.0f} KiB")
        cells.append(f"{row['after']:,.0f} KiB")
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "The configurations of nginx and haproxy are in `tests/bench`: a regex for each of the sections that one"
        " would turn on, nothing more. Memory is PSS.",
        "",
        f"Measured: {version(str(ROOT / 'build/dockgate'), '--version')}; {version('/usr/sbin/nginx', '-v')};"
        f" {version('/usr/sbin/haproxy', '-v')}.",
        "",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s: below three minutes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/benchmarks.md")
    arguments = parser.parse_args()
    rounds, seconds = (3, 1) if arguments.quick else (arguments.rounds, arguments.seconds)
    # The gate and nginx change to other users, which must be able to reach the engine's socket.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dockgate-bench-"))
    folder.chmod(0o755)
    bench = None
    try:
        bench = Bench(folder)
        text = page(measure(bench, rounds, seconds), rounds, seconds)
    finally:
        if bench:
            bench.stop()
        output = folder / "output"
        if sys.exc_info()[0] and output.exists():
            sys.stderr.write(output.read_text(errors="replace")[-2000:])
        shutil.rmtree(folder, ignore_errors=True)
    arguments.output.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
