"""What is measured: a case each, run for each contender in each round, so that a machine that slows down slows all of
them. A case returns its values by name; CPU times are those of the proxy's processes, in microseconds for requests
and in seconds for a GiB."""

import contextlib
import dataclasses
import json
import re
import shutil
import signal
import subprocess
import time
import typing

import machine
import rules
from contenders import HERE, MOST, TUNED, Broken, wait_until

LIST = "/v1.41/containers/json"
EVENTS = "/v1.41/events"
DENIED = "/v1.41/images/json"
CREATE = "/v1.41/containers/create"
LISTED = 1000
RULED = "/v1.41/containers/db-500/json"
# What Kubernetes puts into the environment of a pod beside two hundred services, and what is none of the gate's.
FOREIGN = {f"MY_SERVICE_{n}_{name}": value for n in range(200) for name, value in (
    ("SERVICE_HOST", "10.0.0.1"), ("SERVICE_PORT", "80"), ("PORT", "tcp://10.0.0.1:80"), ("PORT_80_TCP", "tcp://10.0.0.1:80"),
    ("PORT_80_TCP_PROTO", "tcp"), ("PORT_80_TCP_PORT", "80"), ("PORT_80_TCP_ADDR", "10.0.0.1"))}
MIB = 1 << 20
GIB = 1 << 30


# Share, seconds, microseconds a call, calls, errors where there were any, name.
STRACE_ROW = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w*)$", re.MULTILINE)


@dataclasses.dataclass
class Scale:
    """How long things take: the full run, or --quick."""
    # Many short rounds: a machine whose other guests come and go spoils a long one as well as a short one, and the
    # median of many is the surer one.
    rounds: int = 60
    seconds: float = 0.15
    rate_seconds: float = 2.0
    mib: int = 128
    budget: float = 0  # seconds; 0: as long as it takes
    quick: bool = False
    exact: bool = False  # as many rounds of everything


SOME = 20  # rounds of what takes longer
FEW = 5  # of what takes longest
FULL = Scale()
QUICK = Scale(rounds=5, seconds=0.15, rate_seconds=0.6, budget=110, quick=True)


@dataclasses.dataclass
class Case:
    """One thing to measure: RUN(stand, contender, scale) -> values. ONLY: the contenders for which it makes sense."""
    group: str
    label: str
    run: typing.Callable
    only: typing.Optional[tuple] = None
    rounds: int = 0  # how many are enough, where it is fewer than all
    quick: typing.Optional[tuple] = None  # the contenders of --quick, where they are fewer

    def wants(self, name, quick):
        return all(some is None or name in some for some in (self.only, self.quick if quick else None))


def load(stand, contender, *options, target=LIST, address="tcp"):
    """Runs the load generator on warm connections; what it saw, and the CPU time that the proxy took meanwhile."""
    command = stand.beside([stand.folder / "load", "-w", *options, contender.addresses[address], target])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline() != "ready\n":
            raise Broken(f"{contender.name}: the load generator did not get ready")
        before = machine.cpu_seconds(contender.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        said = process.stdout.readline()
        seen = json.loads(said) if said else {}
        cpu = machine.cpu_seconds(contender.pid) - before
        process.stdin.close()
    if not seen or seen["lost"] or seen["refused"] or seen["unexpected"]:
        raise Broken(f"{contender.name}: not every request was answered as expected: {said}")
    return {"cpu": cpu / seen["answered"] * 1e6, "rate": seen["answered"] / seen["seconds"],
            "generator": seen["cpu"] / seen["seconds"], "bytes": seen["bytes"] / seen["answered"], **{name: seen[name] for name in ("p50", "p99", "p999")}}


def requests(connections):
    return lambda stand, contender, scale: load(stand, contender, "-c", connections, "-s", scale.seconds)


def denied(stand, contender, scale):
    return load(stand, contender, "-c", 64, "-s", scale.seconds, "-x", 403, target=DENIED)


def fixed_rate(rate):
    return lambda stand, contender, scale: load(stand, contender, "-c", 64, "-r", rate, "-s", scale.rate_seconds)


def bulk(way, framing, address):
    """CPU seconds per GiB of one big body."""
    def run(stand, contender, scale):
        before = machine.cpu_seconds(contender.pid)
        done = subprocess.run(stand.beside([stand.folder / "bulk", contender.addresses[address], way, framing,
                                            scale.mib * MIB]), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Broken(f"{contender.name}: {way} {framing} over {address}: {done.stderr.strip()}")
        seen = json.loads(done.stdout)
        return {"cpu": (machine.cpu_seconds(contender.pid) - before) * GIB / seen["bytes"],
                "rate": seen["bytes"] / seen["seconds"] / MIB, "generator": seen["cpu"] / seen["seconds"]}
    return run


@contextlib.contextmanager
def held(stand, contender, count, target=LIST, until="whole"):
    """COUNT open connections beside whatever is done meanwhile."""
    command = stand.beside([stand.folder / "hold", contender.addresses["tcp"], count, target, until])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline() != "ready\n":
            raise Broken(f"{contender.name}: {count} connections could not be held")
        try:
            yield
        finally:
            process.stdin.close()


@contextlib.contextmanager
def fresh(stand, name, core=None, **settings):
    """A contender of its own, without a past."""
    contender = stand.start(name, core, **settings)
    try:
        yield contender
    finally:
        stand.stop(contender)


def beside_idle(count):
    def run(stand, contender, scale):
        with held(stand, contender, count):
            return load(stand, contender, "-c", 64, "-s", scale.seconds)
    return run


def settled(pid):
    """Memory when it does not change any more."""
    before = 0
    for _ in range(50):
        now = machine.pss_bytes(pid)
        if now == before:
            break
        before = now
        time.sleep(0.02)
    return now


def memory_of(count, target, until):
    """Bytes for one of COUNT connections, and of the whole process with them."""
    def run(stand, contender, _scale):
        with fresh(stand, contender.name) as one:
            load(stand, one, "-n", 100)
            rest = settled(one.pid)
            with held(stand, one, count, target, until):
                full = settled(one.pid)
        return {"bytes": (full - rest) / count, "all": full}
    return run


def memory_at_rest(stand, contender, _scale):
    with fresh(stand, contender.name) as one:
        load(stand, one, "-n", 100)
        return {"bytes": settled(one.pid)}


def slow_reader(stand, contender, scale):
    """The most that a connection takes whose client reads 64 KiB every 5 ms of a body of 10 GiB."""
    with fresh(stand, contender.name) as one:
        load(stand, one, "-n", 100)
        rest = most = settled(one.pid)
        command = stand.beside([stand.folder / "bulk", one.addresses["tcp"], "down", "counted", 10 * GIB, 5000])
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as reader:
            end = time.monotonic() + (1 if scale.quick else 3)
            while time.monotonic() < end:
                most = max(most, machine.pss_bytes(one.pid))
                time.sleep(0.02)
            ended = reader.poll()
            reader.kill()
        if ended is not None:
            raise Broken(f"{contender.name}: the slow reader's download ended early")
    return {"bytes": most - rest}


def first_answer(**variables):
    """Milliseconds from the start to the first answered request."""
    return lambda stand, contender, scale: _first_answer(stand, contender, variables)


def _first_answer(stand, contender, variables):
    _, command, environment, port, _ = stand.prepare(contender.name, **variables)
    done = subprocess.run(["taskset", "-c", f"{stand.cores[0]},{stand.cores[-1]}",
                           *map(str, [stand.folder / "first", f"tcp:{port}", LIST, *command])],
                          env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{contender.name}: {done.stderr.strip()}")
    return {"ms": float(done.stdout)}


def system_calls(connections):
    """Calls for one request, all and by name. A run of its own: being traced takes time."""
    def run(stand, contender, scale):
        if not shutil.which("strace"):
            raise Broken("no strace here")
        listing = stand.folder / "strace"
        pids = [word for pid in machine.family(contender.pid) for word in ("-p", str(pid))]
        count = 1000 if scale.quick else 5000
        with subprocess.Popen(["strace", "-c", "-f", "-o", listing, *pids], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as tracer:
            wait_until(lambda: tracer.poll() is not None or machine.traced(contender.pid), "strace")
            try:
                load(stand, contender, "-c", connections, "-n", count)
            finally:
                tracer.send_signal(signal.SIGINT)
        rows = STRACE_ROW.findall(listing.read_text())
        # The warm-up's requests, one on each connection, are in the listing too.
        calls = {name: int(number) / (count + connections) for number, name in rows if name != "total"}
        return {"all": sum(calls.values()), **{name: value for name, value in calls.items() if value >= 0.005}}
    return run


def with_workers(count):
    """One or two workers that may use both cores, with engine and load on the second."""
    def run(stand, contender, scale):
        cores = f"{stand.cores[0]},{stand.cores[-1]}"
        with fresh(stand, contender.name, cores, DOCKGATE_WORKERS=count) as one:
            return load(stand, one, "-c", 64, "-s", scale.seconds)
    return run


def with_rules(count):
    """A gate with so many rules (0: with options), asked for what one in their midst allows."""
    def run(stand, contender, scale):
        with fresh(stand, contender.name, policy=rules.dockgate_patterns(count)) as one:
            return load(stand, one, "-c", 64, "-s", scale.seconds, target=RULED)
    return run


def with_names(count):
    """A gate whose file grants so many names, and one in their midst that is asked for."""
    def run(stand, contender, scale):
        file = stand.folder / "names.yaml"
        file.write_text("policies:\n  some:\n    allow:\n" + "".join(
            f"      - GET /containers/db-{number}/json\n" for number in range(count)))
        with fresh(stand, contender.name, policy={"DOCKGATE_CONFIG": file}) as one:
            return load(stand, one, "-c", 64, "-s", scale.seconds, target=RULED)
    return run


def with_bodies(**settings):
    """A gate that lets containers be created, asked to do it as the docker CLI asks."""
    def run(stand, contender, scale):
        with fresh(stand, contender.name, policy={"CONTAINERS_CREATE": 1}, **settings) as one:
            return load(stand, one, "-c", 64, "-s", scale.seconds, "-m", "POST", "-b", HERE / "create.json",
                        target=CREATE)
    return run


def with_view(**settings):
    """A long list of containers, under a view."""
    def run(stand, contender, scale):
        with fresh(stand, contender.name, **settings) as one:
            return load(stand, one, "-c", 4, "-s", scale.seconds, target=f"{LIST}?containers={LISTED}")
    return run


def real_list(connections):
    return lambda stand, contender, scale: load(
        stand, contender, "-c", connections, "-s", scale.seconds, target=LIST + "?all=1")


BULK = [("download", "down", "counted"), ("download", "down", "chunked"), ("download", "down", "close"),
        ("upload", "up", "counted"), ("upload", "up", "chunked"), ("tunnel", "in", "-"), ("tunnel", "out", "-")]
WORDS = {"counted": "content-length", "chunked": "chunked", "close": "until close", "in": "to the engine",
         "out": "from the engine"}

GATE = ("floor", "dockgate")
PROXIES = ("dockgate", "other", "nginx", "haproxy", "nginx as shipped", "haproxy as shipped")
HELD = [("an idle connection", LIST, "whole"), ("a silent stream", EVENTS, "head")]
IDLE = [(64, None), (1000, ()), (MOST, None)]


def count_of(number, word):
    return f"{number:,} {word}{'s' if number > 1 else ''}"


def bulk_case(group, way, framing, address):
    often = address == "tcp" and framing != "close"
    return Case(group, f"{WORDS.get(framing) or WORDS[way]}, {address}", bulk(way, framing, address), TUNED,
                rounds=SOME, quick=None if often else GATE)


CASES = [
    *[Case("requests", count_of(n, "connection"), requests(n)) for n in (1, 512, 64)],
    Case("denied", "64 connections", denied, PROXIES),  # beside what it is compared with
    *[Case("rate", f"{rate:,} a second", fixed_rate(rate), TUNED, rounds=FEW) for rate in (2000, 10000)],
    *[bulk_case(group, way, framing, address) for address in ("tcp", "unix") for group, way, framing in BULK],
    *[Case("idle", f"{n:,} idle", beside_idle(n), GATE, rounds=SOME, quick=quick) for n, quick in IDLE],
    Case("memory", "at rest", memory_at_rest, TUNED, rounds=3),
    *[Case("memory", label, memory_of(MOST, target, until), TUNED, rounds=1, quick=GATE)
      for label, target, until in HELD],
    Case("memory", "a slow reader of 10 GiB", slow_reader, TUNED, rounds=1, quick=GATE),
    Case("start", "first answer", first_answer(), rounds=SOME, quick=TUNED),
    Case("start", f"{len(FOREIGN):,} variables", first_answer(**FOREIGN), ("dockgate", "other"), rounds=SOME),
    *[Case("calls", count_of(n, "connection"), system_calls(n), TUNED, rounds=1) for n in (1, 64)],
    *[Case("workers", count_of(n, "worker"), with_workers(n), ("dockgate",), rounds=SOME) for n in (1, 2)],
    *[Case("rules", f"{n:,} rules" if n else "no rules", with_rules(n), ("dockgate",), rounds=SOME) for n in (0, 1000)],
    Case("rules", "1,000 names in a file", with_names(1000), ("dockgate",), rounds=SOME),
]

# What a view does to the list; the floor and a gate without a view pass all of it.
VIEWS = {"all of it": {}, "secrets masked": {"DOCKGATE_REDACT": "all"},
         "narrowed to all": {"DOCKGATE_VISIBLE": "label=com.docker.compose.project=project"},
         "narrowed to nothing": {"DOCKGATE_VISIBLE": "label=com.docker.compose.project=other"}}
CASES += [
    Case("bodies", "passed on", with_bodies(), ("dockgate",), rounds=SOME),
    Case("bodies", "checked", with_bodies(DOCKGATE_REQUESTS="safe"), ("dockgate",), rounds=SOME),
    *[Case("views", label, with_view(**settings), ("dockgate",) if settings else GATE, rounds=SOME)
      for label, settings in VIEWS.items()],
]

# These run with the real engine behind the contenders.
REAL_CASES = [Case("dockerd", count_of(n, "connection"), real_list(n), rounds=3, quick=("no proxy", *TUNED))
              for n in (1, 16)]
