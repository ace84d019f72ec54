#!/usr/bin/python3
"""Whether the gate stays what it was: long mixed load, and what is left of it afterwards.

--minutes: cycles of mixed load (requests on kept and on new connections, streams opened and closed, uploads cut
half-way, tunnels, connection storms past the limit, engine restarts) against the stub engine and, for the last
quarter of the time, against a real one where one can be started. After each cycle all load ends, and descriptors and
memory are looked at. --requests: so many plain requests, and the memory at their start, middle and end. --reloads:
the policies are read again so many times under load and beside open streams; memory likewise.

Exit status 0: nothing was lost, no descriptor was left, memory did not grow. A request is lost when its connection
ends, or 20 s pass, without a whole answer; a 502 while the engine is away is an answer.
"""

import argparse
import collections
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import dockerd
import machine
import measures
from contenders import Broken, Stand, wait_until

LIMIT = 3000
SHORT = 100000
AT_ONCE = 2000
STORM = 4000
PATIENCE = 20
# What mixed load may add to the heap from the middle to the end. Each kind of load by itself, with one worker, adds
# less than 20 KiB after its third cycle; two workers and the mixture added 280 KiB within five minutes.
GROWTH_ALLOWED = 512 * 1024
# Requests after which the pages of the log's queue are all there (seen: 180,000), before memory is compared.
WARM_UP = 300000
# Reloads after which memory is compared, and what it may differ by between two moments of rest: 1,000 reloads had 0 to
# 124 KiB more in their second half, 3,000 had 16. A leak of 512 bytes a reload would be more.
RELOADS_FIRST = 500
RELOADS_ALLOWED = 256 * 1024
AWAY = {"502", "503", "504"}  # answers of a gate without an engine, or at its limit


class Tally:
    """What happened, counted by all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.wrong = []

    def add(self, **counts):
        with self.lock:
            self.counts.update(counts)

    def complain(self, text):
        with self.lock:
            self.counts["wrong"] += 1
            if len(self.wrong) < 20:
                self.wrong.append(text)

    def load(self, seen, may_fail, what):
        """Takes what the load generator saw."""
        self.add(requests=seen["requests"], answered=seen["answered"], lost=seen["lost"], refused=seen["refused"])
        for status, count in seen["statuses"].items():
            self.add(**{f"status {status}": count})
            if status != "200" and not (may_fail and status in AWAY):
                self.complain(f"{what}: {count} answers were {status}")
        if seen["lost"] or seen["refused"]:
            self.complain(f"{what}: {seen['lost']} requests lost, {seen['refused']} connections refused")


def load_start(stand, gate, *options, target=measures.LIST, address="tcp"):
    return subprocess.Popen(stand.beside([stand.folder / "load", *options, gate.addresses[address], target]),
                            stdout=subprocess.PIPE, text=True)


def load_run(stand, gate, *options, **more):
    said = load_start(stand, gate, *options, **more).communicate()[0]
    if not said:
        raise Broken("the load generator ended early")
    return json.loads(said)


class Client:
    """One connection of the mixed load; no more than it needs."""

    def __init__(self, gate, rng):
        if rng.random() < 0.5:
            self.sock = socket.create_connection(("127.0.0.1", int(gate.addresses["tcp"][4:])), PATIENCE)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(PATIENCE)
            self.sock.connect(gate.addresses["unix"][5:])

    def ask(self, line, *fields):
        head = "\r\n".join([line + " HTTP/1.1", "Host: docker", *fields, "", ""])
        self.sock.sendall(head.encode())

    def head(self):
        """The status of the answer and what came behind its head."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("no answer")
            data += piece
        return data[9:12].decode(), data.split(b"\r\n\r\n", 1)[1]

    def close(self, rng):
        """Orderly, or by a reset."""
        if rng.random() < 0.3:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def stream(gate, rng, tally):
    """Events: opened, silent for a moment, closed."""
    client = Client(gate, rng)
    client.ask("GET /v1.41/events")
    status, _ = client.head()
    tally.add(streams=1)
    if status != "200" and status not in AWAY:
        tally.complain(f"a stream was answered with {status}")
    time.sleep(rng.random() * 0.5)
    client.close(rng)


def cut_upload(gate, rng, tally):
    """A body that ends somewhere in the middle."""
    client = Client(gate, rng)
    chunked = rng.random() < 0.5
    framing = "Transfer-Encoding: chunked" if chunked else "Content-Length: 10000000"
    client.ask("PUT /v1.41/containers/c0/archive?path=/tmp", "Content-Type: application/x-tar", framing)
    piece = bytes(rng.randrange(1, 60000))
    try:
        for _ in range(rng.randrange(20)):
            client.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
    except OSError:
        pass  # the engine is away, and the gate has answered already
    tally.add(uploads=1)
    client.close(rng)


def tunnel(gate, rng, tally):
    """An echo through an upgraded connection; each byte has to come back."""
    client = Client(gate, rng)
    client.ask("POST /v1.41/containers/c0/attach?stream=1&do=echo", "Connection: Upgrade", "Upgrade: tcp",
               "Content-Length: 0")
    status, rest = client.head()
    tally.add(tunnels=1)
    if status == "101":
        sent = rng.randbytes(rng.randrange(1, 20000))
        client.sock.sendall(sent)
        while len(rest) < len(sent):
            piece = client.sock.recv(65536)
            if not piece:
                tally.add(cut=1)  # by an engine that is restarted; never answered wrongly
                break
            rest += piece
        if rest != sent[:len(rest)]:
            tally.complain("a tunnel brought back other bytes than it was given")
    elif status not in AWAY:
        tally.complain(f"an upgrade was answered with {status}")
    client.close(rng)


def actor(kind, gate, seed, until, tally, may_fail):
    """One thread that does one kind of thing again and again."""
    rng = random.Random(seed)
    while time.monotonic() < until:
        try:
            kind(gate, rng, tally)
        except OSError as why:
            if may_fail():
                tally.add(cut=1)
            else:
                tally.complain(f"{kind.__name__}: {why}")
        time.sleep(rng.random() * 0.02)


class Restarts:
    """An engine that ends and comes back; `lately` says whether that may be noticed now."""

    def __init__(self, stop, start):
        self.stop, self.start = stop, start
        self.noticed_until = 0.0

    def lately(self):
        return time.monotonic() < self.noticed_until

    def once(self, pause):
        self.noticed_until = float("inf")
        self.stop()
        time.sleep(pause)
        self.start()
        self.noticed_until = time.monotonic() + 2


def cycle(stand, gate, seconds, restarts, tally, kinds, seed, rate):
    """Mixed load for some seconds with one restart of the engine in the middle."""
    until = time.monotonic() + seconds
    loads = [load_start(stand, gate, "-c", 64, "-r", rate, "-s", seconds),
             load_start(stand, gate, "-c", 16, "-r", rate // 4, "-s", seconds, address="unix"),
             load_start(stand, gate, "-1", "-a", 8, "-c", 32, "-r", rate // 8, "-s", seconds)]
    threads = [threading.Thread(target=actor, args=(kind, gate, seed * 100 + number, until, tally, restarts.lately))
               for number, kind in enumerate(kinds)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    restarts.once(0.5)
    tally.add(restarts=1)
    for thread in threads:
        thread.join()
    for process in loads:
        said = process.communicate()[0]
        if not said:
            raise Broken("the load generator ended early")
        tally.load(json.loads(said), True, "mixed load")


def storms(stand, gate, tally):
    """Many at once within the limit, many more than the limit, and then all is well again."""
    with measures.held(stand, gate, AT_ONCE):
        tally.add(**{"held at once": AT_ONCE})
    tally.load(load_run(stand, gate, "-1", "-a", 8, "-c", STORM, "-s", 2), True, "storm past the limit")
    wait_until(lambda: load_run(stand, gate, "-n", 10)["statuses"] == {"200": 10}, "recovery from the storm", 30)


class Quiet:
    """Descriptors and memory of a gate that has nothing to do."""

    def __init__(self, gate, descriptors=None):
        """Waits until there are as many descriptors as before, or 15 s have passed."""
        end = time.monotonic() + 15
        while descriptors is not None and machine.descriptors(gate.pid) > descriptors and time.monotonic() < end:
            time.sleep(0.05)
        measures.settled(gate.pid)
        self.descriptors = machine.descriptors(gate.pid)
        self.heap = machine.pss_bytes(gate.pid, "Pss_Anon:")
        self.pss = machine.pss_bytes(gate.pid)

    def __str__(self):
        return f"{self.descriptors} descriptors, {self.heap // 1024} KiB of its own, {self.pss // 1024} KiB PSS"


def quiet(gate, restarts, descriptors=None):
    """Without the engine for a moment, so that no pooled connection is counted."""
    restarts.stop()
    seen = Quiet(gate, descriptors)
    restarts.start()
    return seen


def mixed(stand, name, seconds, restarts, kinds, rate):
    """All cycles against one engine. Returns whether it was clean."""
    tally, seen = Tally(), []
    gate = stand.start("dockgate", f"{stand.cores[0]},{stand.cores[-1]}", DOCKGATE_MAX_CONNECTIONS=LIMIT,
                       DOCKGATE_MAX_PER_ADDRESS=LIMIT, DOCKGATE_WORKERS=2)
    tally.load(load_run(stand, gate, "-n", 1000), False, "warm-up")
    first = quiet(gate, restarts)
    print(f"{name}, begin: {first}", flush=True)
    if name == "stub":
        tally.load(load_run(stand, gate, "-1", "-a", 8, "-n", SHORT), False, f"{SHORT:,} connections in turn")
    end = time.monotonic() + seconds
    length = min(30, max(5, seconds / 6))
    while not seen or time.monotonic() + length < end:
        try:
            cycle(stand, gate, length, restarts, tally, kinds, len(seen), rate)
            storms(stand, gate, tally)
        except Broken as why:
            raise Broken(f"{why}; the gate's status is {gate.process.poll()}, and it said last:\n"
                         + gate.errors.read_text(errors="replace")[-2000:]) from None
        seen.append(quiet(gate, restarts, first.descriptors))
        print(f"{name}, cycle {len(seen)}: {seen[-1]}; lost {tally.counts['lost']}", flush=True)
    last, middle = seen[-1], seen[(len(seen) - 1) // 2]
    growth = last.heap - middle.heap
    print(f"{name}: " + ", ".join(f"{key} {count:,}" for key, count in sorted(tally.counts.items())))
    print(f"{name}, memory of its own: begin {first.heap // 1024}, first cycle {seen[0].heap // 1024},"
          f" middle {middle.heap // 1024}, end {last.heap // 1024} KiB; descriptors: begin {first.descriptors},"
          f" end {last.descriptors}; lost requests: {tally.counts['lost']}")
    for text in tally.wrong:
        print(f"{name}: {text}")
    clean = not tally.counts["wrong"] and last.descriptors <= first.descriptors and growth <= GROWTH_ALLOWED
    alive = gate.process.poll() is None
    stand.stop(gate)
    return clean and alive


def soak_stub(stand, minutes):
    return mixed(stand, "stub", minutes * 60, Restarts(stand.stop_engine, stand.start_engine),
                 [stream] * 4 + [cut_upload] * 3 + [tunnel] * 3, 2000)


def soak_dockerd(stand, minutes):
    with dockerd.running() as engine:
        stand.engine = f"unix:{engine.socket}"

        def start():
            engine.start()
            engine.socket.chmod(0o666)

        return mixed(stand, "dockerd", minutes * 60, Restarts(engine.stop, start), [stream] * 3 + [cut_upload] * 2,
                     200)


def soak(stand, minutes, only):
    """The stub for three quarters of the time, then the real engine."""
    missing = dockerd.missing()
    if missing and only != "stub":
        print(f"no real engine: {missing}")
    clean = True
    if only != "dockerd":
        clean = soak_stub(stand, minutes if only or missing else minutes * 0.75)
    if only != "stub" and not missing:
        clean = soak_dockerd(stand, minutes if only else minutes * 0.25) and clean
    return clean


def age(stand, requests):
    """Memory at the start, the middle and the end of many plain requests."""
    gate = stand.start("dockgate")
    tally = Tally()
    tally.load(load_run(stand, gate, "-c", 64, "-n", max(requests // 100, WARM_UP)), False, "warm-up")
    seen = [Quiet(gate)]
    for _ in range(2):
        tally.load(load_run(stand, gate, "-c", 64, "-n", requests // 2), False, "requests")
        seen.append(Quiet(gate))
    for name, one in zip(("start", "middle", "end"), seen):
        print(f"{name}: {one}")
    print(f"requests answered: {tally.counts['answered']:,}, lost: {tally.counts['lost']}")
    for text in tally.wrong:
        print(text)
    stand.stop(gate)
    return not tally.counts["wrong"] and seen[2].heap <= seen[1].heap and seen[2].descriptors <= seen[0].descriptors


def policies(number):
    """A file that allows local clients the same, whichever it is; the rest has another length each time."""
    others = [f"  - {{cidr: 192.0.2.{n}/32, policy: other}}\n" for n in range(number % 50)]
    return ("policies:\n"
            "  local: {allow: [PING, EVENTS, CONTAINERS, 'POST /containers/web-*/restart']}\n"
            "  other: {allow: [INFO, 'GET /containers/a*/logs', 'POST /containers/b-*/start']}\n"
            "clients:\n  - {cidr: 127.0.0.0/8, policy: local}\n" + "".join(others))


def read_again(gate, path, numbers):
    """Replaces the file and says so to the gate, for each number, when it has read the one before."""
    said = gate.errors.read_text().count("was read again")
    for number in numbers:
        beside = path.with_suffix(".new")
        beside.write_text(policies(number))
        beside.chmod(0o644)
        beside.replace(path)
        gate.process.send_signal(signal.SIGHUP)
        said += 1
        wait_until(lambda want=said: gate.errors.read_text().count("was read again") >= want, "a reload")


def under_load(stand, gate, tally, work):
    """Runs WORK while kept and new connections send requests without a pause."""
    over = threading.Event()

    def ask(*options):
        while not over.is_set():
            tally.load(load_run(stand, gate, *options, "-s", 0.5), False, "requests")

    threads = [threading.Thread(target=ask, args=options) for options in (("-c", 64), ("-1", "-a", 8, "-c", 8))]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        over.set()
        for thread in threads:
            thread.join()


def connected(gate):
    """Clients' connections over TCP that neither side has ended."""
    remote = f":{int(gate.addresses['tcp'][4:]):04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    return sum(row[2].endswith(remote) and row[3] == "01" for row in rows)


def reloads(stand, count):
    """Policies read again under load: what is lost, and the memory at the start, the middle and the end."""
    path = stand.folder / "dockgate.yaml"
    path.write_text(policies(0))
    path.chmod(0o644)
    gate = stand.start("dockgate", f"{stand.cores[0]},{stand.cores[-1]}", policy={"DOCKGATE_CONFIG": path},
                       DOCKGATE_WORKERS=2)
    tally, seen = Tally(), []
    with measures.held(stand, gate, 100, measures.EVENTS, "head"):
        tally.load(load_run(stand, gate, "-c", 64, "-n", WARM_UP), False, "warm-up")
        under_load(stand, gate, tally, lambda: read_again(gate, path, range(RELOADS_FIRST)))
        seen.append(Quiet(gate))
        for part in (range(count // 2), range(count // 2, count)):
            under_load(stand, gate, tally, lambda numbers=part: read_again(gate, path, numbers))
            seen.append(Quiet(gate))
        streams = connected(gate)
    for name, one in zip(("start", "middle", "end"), seen):
        print(f"{name}: {one}")
    print(f"reloads: {count + RELOADS_FIRST:,}, requests answered: {tally.counts['answered']:,}, lost: {tally.counts['lost']},"
          f" refused: {tally.counts['refused']}, streams open all the time: {streams} of 100")
    for text in tally.wrong:
        print(text)
    stand.stop(gate)
    return not tally.counts["wrong"] and streams == 100 and seen[2].heap <= seen[1].heap + RELOADS_ALLOWED


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=30, help="of mixed load (30)")
    parser.add_argument("--engine", choices=("stub", "dockerd"), help="only against this one")
    parser.add_argument("--requests", type=int, help="instead: so many plain requests, and the memory they leave")
    parser.add_argument("--reloads", type=int, help="instead: so many reloads of the policies under load")
    arguments = parser.parse_args()
    with Stand() as stand:
        os.sched_setaffinity(0, {stand.cores[-1]})
        if arguments.reloads:
            clean = reloads(stand, arguments.reloads)
        elif arguments.requests:
            clean = age(stand, arguments.requests)
        else:
            clean = soak(stand, arguments.minutes, arguments.engine)
    print("clean" if clean else "NOT clean")
    return 0 if clean else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as why:
        sys.exit(f"soak: {why}")
