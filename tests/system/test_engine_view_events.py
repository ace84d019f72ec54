"""Events of a real engine, under owners and views: networks, volumes, services, secrets and configs tell of themselves by id
alone, and their owner sees them all, from the first to the last; nobody else sees any."""

import contextlib
import json
import subprocess
import threading

import pytest

from engine import DEBIAN_CLI, IMAGE, client_environment, wait_for
from test_engine_view_counts import clients  # pylint: disable=unused-import

# One engine for all.
pytestmark = pytest.mark.xdist_group("own")


HEARD = "counts-b-heard"


class Stream:
    """`docker events` of one client, as kind, action and name."""

    def __init__(self, engine, host, *args):
        self.seen = []
        self.lines = []
        self.process = subprocess.Popen([DEBIAN_CLI, "events", "--format", "{{json .}}", *args], text=True,
                                        env=client_environment(engine.dir, host), stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            one = json.loads(line)
            name = one["Actor"]["Attributes"].get("name", one["Actor"]["ID"])
            self.seen.append((one["Type"], one["Action"], name))
            if name != HEARD:
                self.lines.append(line)

    def of(self, kinds):
        return [one for one in self.seen if one[0] in kinds and one[2] != HEARD]

    def lines_of(self, kinds):
        return [line for line in self.lines if json.loads(line)["Type"] in kinds]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(30)
        self.process.stdout.close()


@contextlib.contextmanager
def streams(engine, hosts):
    made = {name: Stream(engine, host) for name, host in hosts.items()}
    try:
        # Each is heard from before anything counts.
        def heard():
            engine.docker("tag", IMAGE, "busybox:heard")
            engine.docker("rmi", "busybox:heard")
            engine.docker("volume", "create", "--label", "team=x", HEARD)
            engine.docker("volume", "rm", HEARD)
            return all(one.seen for one in made.values())
        wait_for(heard, "events")
        yield made
    finally:
        for one in made.values():
            one.close()


def hosts(engine, clients):  # pylint: disable=redefined-outer-name
    return {"engine": engine.host, **{name: f"unix://{clients[name].path}" for name in ("alice", "bob")}}


def until(streams_, name, event):
    wait_for(lambda: event in streams_[name].seen, f"{event} for {name}")


def make(client, seen, name):
    """A volume, a network and a container, made, used and removed; each is waited for before the next."""
    def step(event, *args):
        client.docker(*args)
        until(seen, client.name, event)

    step(("volume", "create", f"{name}-v"), "volume", "create", f"{name}-v")
    # A name that is shared does not make it everybody's.
    step(("volume", "create", f"common-{name}"), "volume", "create", f"common-{name}")
    step(("volume", "destroy", f"common-{name}"), "volume", "rm", f"common-{name}")
    step(("network", "create", f"{name}-n"), "network", "create", f"{name}-n")
    step(("container", "start", f"{name}-c"), "run", "-d", "--name", f"{name}-c", "--network", "none", "-v", f"{name}-v:/v", IMAGE,
         "sleep", "1000")
    step(("container", "destroy", f"{name}-c"), "rm", "-f", f"{name}-c")
    step(("volume", "destroy", f"{name}-v"), "volume", "rm", f"{name}-v")
    step(("network", "destroy", f"{name}-n"), "network", "rm", f"{name}-n")


MINE = [("volume", "create", "{}-v"), ("volume", "create", "common-{}"), ("volume", "destroy", "common-{}"),
        ("network", "create", "{}-n"), ("volume", "mount", "{}-v"), ("network", "connect", "none"),
        ("network", "disconnect", "none"), ("volume", "unmount", "{}-v"), ("volume", "destroy", "{}-v"), ("network", "destroy", "{}-n")]


def test_things_of_two_owners(engine, clients):  # pylint: disable=redefined-outer-name
    """Both at once; together they see what the engine says."""
    for name in ("alice", "bob"):
        clients[name].name = name
        clients[name].docker("volume", "create", f"{name}-before")
    engine.docker("volume", "create", "nobody")
    with streams(engine, hosts(engine, clients)) as seen:
        threads = [threading.Thread(target=make, args=(clients[name], seen, name)) for name in ("alice", "bob")]
        for one in threads:
            one.start()
        for one in threads:
            one.join(120)
        engine.docker("volume", "rm", "nobody")
        for name in ("alice", "bob"):
            clients[name].docker("volume", "rm", f"{name}-before")
            until(seen, name, ("volume", "destroy", f"{name}-before"))
            until(seen, "engine", ("volume", "destroy", f"{name}-before"))
    for name, other in (("alice", "bob"), ("bob", "alice")):
        got = seen[name].of({"volume", "network"})
        assert {(kind, action, thing.format(name)) for kind, action, thing in MINE} | {("volume", "destroy", f"{name}-before")} == set(got)
        assert got[0] == ("volume", "create", f"{name}-v")
        assert not any(other in line for line in seen[name].lines)
    kinds = {"volume", "network"}
    whole = [line for line in seen["engine"].lines_of(kinds) if '"nobody"' not in line]
    assert sorted(whole) == sorted(seen["alice"].lines_of(kinds) + seen["bob"].lines_of(kinds))


def test_things_of_a_swarm(engine, clients):  # pylint: disable=redefined-outer-name
    """Services, secrets and configs, an update among them."""
    alice, bob = clients["alice"], clients["bob"]
    engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        with streams(engine, hosts(engine, clients)) as seen:
            for kind, *args in (("secret", "alice-s", "-"), ("config", "alice-s", "-")):
                alice.docker(kind, "create", *args, stdin=b"x")
                until(seen, "alice", (kind, "create", "alice-s"))
            alice.docker("service", "create", "-d", "--name", "alice-s", "--replicas", "0", IMAGE)
            until(seen, "alice", ("service", "create", "alice-s"))
            alice.docker("service", "update", "-d", "--label-add", "x=y", "alice-s")
            until(seen, "alice", ("service", "update", "alice-s"))
            for kind in ("service", "secret", "config"):
                alice.docker(kind, "rm", "alice-s")
                until(seen, "alice", (kind, "remove", "alice-s"))
            bob.docker("secret", "create", "bob-s", "-", stdin=b"x")
            until(seen, "bob", ("secret", "create", "bob-s"))
            bob.docker("secret", "rm", "bob-s")
            until(seen, "bob", ("secret", "remove", "bob-s"))
        assert seen["bob"].of({"service", "secret", "config"}) == [("secret", "create", "bob-s"), ("secret", "remove", "bob-s")]
        assert not any("alice" in line for line in seen["bob"].lines)
        assert not any("bob" in line for line in seen["alice"].lines)
    finally:
        engine.docker("service", "rm", "alice-s", check=False)
        for kind in ("secret", "config"):
            engine.docker(kind, "rm", "alice-s", "bob-s", check=False)
        engine.leave_swarm()


def test_by_label(engine, clients):  # pylint: disable=redefined-outer-name
    """A view sees what bears its label, and by name what has it."""
    hosts_ = {"engine": engine.host, **{name: f"unix://{clients[name].path}" for name in ("label", "name")}}
    with streams(engine, hosts_) as seen:
        for name, *args in (("counts-x", "--label", "team=x"), ("counts-bv",), ("counts-y", "--label", "team=y")):
            engine.docker("volume", "create", *args, name)
            until(seen, "engine", ("volume", "create", name))
        until(seen, "label", ("volume", "create", "counts-x"))
        until(seen, "name", ("volume", "create", "counts-bv"))
        engine.docker("volume", "rm", "counts-y", "counts-bv", "counts-x")
        until(seen, "label", ("volume", "destroy", "counts-x"))
        until(seen, "name", ("volume", "destroy", "counts-bv"))
    assert seen["label"].of({"volume"}) == [("volume", action, "counts-x") for action in ("create", "destroy")]
    assert seen["name"].of({"volume"}) == [("volume", action, "counts-bv") for action in ("create", "destroy")]


def test_docker_py(engine, clients):  # pylint: disable=redefined-outer-name
    docker = pytest.importorskip("docker", reason="python3-docker is not installed")
    client = docker.DockerClient(base_url=f"unix://{clients['alice'].path}", timeout=30)
    stream = client.events(decode=True, filters={"type": "volume"})
    try:
        engine.docker("volume", "create", "nobody")
        volume = client.volumes.create("alice-py")
        first = next(stream)
        volume.remove()
        second = next(stream)
        assert [(one["Action"], one["Actor"]["ID"]) for one in (first, second)] == [("create", "alice-py"), ("destroy", "alice-py")]
    finally:
        stream.close()
        client.close()
        engine.docker("volume", "rm", "nobody")
        engine.docker("volume", "rm", "alice-py", check=False)
