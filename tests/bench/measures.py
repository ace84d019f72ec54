"""What is measured: a case each, run for each contender in each round, so that a machine that slows down slows all of
them. A case returns its values by name; CPU times are those of the proxy's processes."""

import dataclasses
import json
import subprocess
import typing

import machine
from contenders import TUNED, Broken

LIST = "/v1.41/containers/json"
DENIED = "/v1.41/images/json"
MIB = 1 << 20
GIB = 1 << 30


@dataclasses.dataclass
class Scale:
    """How long things take: the full run, or --quick."""
    rounds: int = 5
    seconds: float = 1.0
    mib: int = 512
    quick: bool = False


@dataclasses.dataclass
class Case:
    """One thing to measure: RUN(stand, contender, scale) -> values. ONLY: the contenders for which it makes sense."""
    group: str
    label: str
    run: typing.Callable
    only: typing.Optional[tuple] = None
    slow: bool = False  # left out by --quick


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
            "generator": seen["cpu"] / seen["seconds"], **{name: seen[name] for name in ("p50", "p99", "p999")}}


def requests(connections):
    return lambda stand, contender, scale: load(stand, contender, "-c", connections, "-s", scale.seconds)


def denied(stand, contender, scale):
    return load(stand, contender, "-c", 64, "-s", scale.seconds, "-x", 403, target=DENIED)


def fixed_rate(rate):
    return lambda stand, contender, scale: load(stand, contender, "-c", 64, "-r", rate, "-s", 2 * scale.seconds)


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


BULK = [("download", "down", "counted"), ("download", "down", "chunked"), ("download", "down", "close"),
        ("upload", "up", "counted"), ("upload", "up", "chunked"), ("tunnel", "in", "-"), ("tunnel", "out", "-")]
WORDS = {"counted": "content-length", "chunked": "chunked", "close": "until close", "in": "to the engine",
         "out": "from the engine"}

CASES = [
    *[Case("requests", f"{n} connection{'s' if n > 1 else ''}", requests(n)) for n in (1, 64, 512)],
    Case("denied", "64 connections", denied, tuple(set(TUNED) - {"floor"}) + ("nginx as shipped", "haproxy as shipped")),
    *[Case("rate", f"{rate:,} a second", fixed_rate(rate), TUNED) for rate in (2000, 10000)],
    *[Case(group, f"{WORDS.get(framing) or WORDS[way]}, {address}", bulk(way, framing, address), TUNED)
      for group, way, framing in BULK for address in ("tcp", "unix")],
]
