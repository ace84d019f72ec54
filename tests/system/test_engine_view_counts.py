"""What tells of things by number or id alone, on a real engine, under owners and views: each client sees its own numbers, which
together are the engine's, and in a network its own containers."""

import json
import shutil

import pytest

from engine import IMAGE, ended
from support.gate import Gate, all_options, open_dir
from test_engine_own import Tenant

OPTIONS = ", ".join(f'"{name}"' for name in all_options() if name != "DESCRIPTIVE_ERRORS")
OWN = f"""{{allow: [{OPTIONS}], own: true, shared: ["busybox:*", "none", "common*"], requests: {{profile: safe}}}}"""
VIEWS = {
    "label": ["label=team=x"],
    "name": ["name=counts-b*", "name=none"],
    "both": ["label=team=x", "name=counts-b?", "name=none"],
}
LISTENER = '  - {{name: {name}, address: "unix://{dir}/{name}.sock", mode: 0666}}\n'
KEYS = ("Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images")

# One engine for all.
pytestmark = pytest.mark.xdist_group("own")


def configuration(engine, folder):
    names = ["alice", "bob", *VIEWS]
    text = f"engine: unix://{engine.socket}\nlisteners:\n"
    text += "".join(LISTENER.format(name=name, dir=folder) for name in names)
    text += "clients:\n" + "".join(f"  - {{listener: {name}, policy: {name}}}\n" for name in names)
    text += f"policies:\n  alice: {OWN}\n  bob: {OWN}\n"
    for name, visible in VIEWS.items():
        text += f"  {name}: {{allow: [CONTAINERS, IMAGES, INFO, NETWORKS, SYSTEM, EVENTS], answers: {{visible: {json.dumps(visible)}}}}}\n"
    return text


@pytest.fixture(scope="module")
def clients(engine):
    folder = open_dir()
    path = f"{folder}/dockgate.yaml"
    with open(path, "w", encoding="utf-8") as f:
        f.write(configuration(engine, folder))
    with ended(Gate(env={"DOCKGATE_CONFIG": path, "DOCKGATE_LISTEN": ""})):
        yield {name: Tenant(engine, f"{folder}/{name}.sock") for name in ("alice", "bob", *VIEWS)}
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def ids(engine, clients):
    """Names of containers with their ids: alice's run, are paused, have ended; bob's run; one is nobody's."""
    def run(client, name, *args, command=("sleep", "1000")):
        return client.docker("run", "-d", "--name", name, "--network", "none", *args, IMAGE, *command).strip()

    alice, bob = clients["alice"], clients["bob"]
    made = {
        "counts-a1": run(alice, "counts-a1", "-l", "team=x"), "counts-a2": run(alice, "counts-a2"),
        "counts-a3": run(alice, "counts-a3"),
        "counts-b1": run(bob, "counts-b1"), "counts-b2": run(bob, "counts-b2", "-l", "team=x"),
        # A name that is shared does not make it alice's.
        "common-b": run(bob, "common-b"),
        "counts-n": run(engine, "counts-n"),
    }
    alice.docker("pause", "counts-a3")
    run(alice, "counts-a4", command=("true",))
    alice.docker("wait", "counts-a4")
    alice.docker("create", "--name", "counts-a5", "--network", "none", IMAGE)
    engine.docker("build", "-q", "-t", "counts-image", "--label", "dockgate.owner=alice", "-", stdin=f"FROM {IMAGE}\n".encode())
    yield made
    engine.docker("rm", "-f", "-v", *(name for name in (*made, "counts-a4", "counts-a5")))
    engine.docker("rmi", "counts-image")


def counts(client, target="/info"):
    status, text = client.request("GET", target)
    text = text if isinstance(text, str) else text.decode()
    assert status == 200, text
    info = json.loads(text)
    return [info[key] for key in KEYS]


def listed(engine, *filters):
    """The same numbers by the engine's own lists."""
    def number(*args):
        more = [word for one in filters for word in ("--filter", one)]
        return len(engine.docker("ps", "-aq", *args, *more).split())

    state = [number("--filter", f"status={one}") for one in ("running", "paused")]
    return [number(), *state, number() - sum(state)]


def test_info(engine, clients, ids):
    alice, bob = counts(clients["alice"]), counts(clients["bob"])
    assert alice[:4] == listed(engine, "label=dockgate.owner=alice") == [5, 2, 1, 2]
    assert bob[:4] == listed(engine, "label=dockgate.owner=bob") == [3, 3, 0, 0]
    whole = counts(engine)
    nobody = [all_ - a - b for all_, a, b in zip(whole, alice, bob)]
    assert nobody[:4] == [1, 1, 0, 0]  # counts-n
    assert whole[4] == 2 and alice[4] == 2 and bob[4] == 1  # the shared image is both's
    assert counts(clients["label"]) == [2, 2, 0, 0, 0]
    assert counts(clients["name"]) == [2, 2, 0, 0, 0]
    assert counts(clients["both"], "/v1.41/info") == [3, 3, 0, 0, 0]


def test_info_by_the_cli(clients, ids):
    lines = [line.strip() for line in clients["alice"].docker("info").splitlines()]
    at = lines.index("Containers: 5")
    assert lines[at:at + 5] == ["Containers: 5", "Running: 2", "Paused: 1", "Stopped: 2", "Images: 2"]


def test_containers_of_a_network(engine, clients, ids):
    whole = json.loads(engine.docker("network", "inspect", "none"))[0]["Containers"]
    assert set(ids.values()) <= set(whole)
    for client, names in (("alice", ("counts-a1", "counts-a2", "counts-a3")), ("bob", ("counts-b1", "counts-b2", "common-b")),
                          ("name", ("counts-b1", "counts-b2")), ("both", ("counts-a1", "counts-b1", "counts-b2"))):
        seen = json.loads(clients[client].docker("network", "inspect", "none"))[0]["Containers"]
        assert seen == {ids[name]: whole[ids[name]] for name in names}, client


def test_containers_in_a_list_of_networks(engine, clients, ids):
    """Engines fill it for old clients."""
    status, text = engine.request("GET", "/v1.24/networks")
    whole = {one["Name"]: one for one in json.loads(text)}["none"]["Containers"]
    assert status == 200 and len(whole) == len(ids)
    status, text = clients["alice"].request("GET", "/v1.24/networks")
    seen = {one["Name"]: one for one in json.loads(text)}
    assert status == 200 and seen["none"]["Containers"] == {ids[n]: whole[ids[n]] for n in ("counts-a1", "counts-a2", "counts-a3")}


def test_docker_py(clients, ids):
    docker = pytest.importorskip("docker", reason="python3-docker is not installed")
    client = docker.DockerClient(base_url=f"unix://{clients['alice'].path}", timeout=30)
    try:
        assert [client.info()[key] for key in KEYS] == [5, 2, 1, 2, 2]
        network = client.networks.get("none")
        assert {one.name for one in network.containers} == {"counts-a1", "counts-a2", "counts-a3"}
    finally:
        client.close()
