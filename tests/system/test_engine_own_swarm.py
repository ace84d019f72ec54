"""Two clients with `own: true` on one swarm of one node: secrets and configs, services and their tasks, overlay networks
belong to who made them, and nobody else finds, changes or refers to them."""

import base64
import json
import shutil

import pytest

from engine import ended, wait_for
from support.gate import Gate, open_dir
from test_engine_own import CONFIG, OPTIONS, POLICY, Tenant

# One swarm and one pair of tenants for all.
pytestmark = pytest.mark.xdist_group("own-swarm")

TEXT = "made by alice"
DATA = base64.b64encode(TEXT.encode()).decode()


@pytest.fixture(scope="module")
def tenants(engine):
    folder = open_dir()
    config = f"{folder}/dockgate.yaml"
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG.format(engine=engine.socket, dir=folder, policy=POLICY.format(options=OPTIONS)))
    engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        with ended(Gate(env={"DOCKGATE_CONFIG": config, "DOCKGATE_LISTEN": ""})):
            yield Tenant(engine, f"{folder}/alice.sock"), Tenant(engine, f"{folder}/bob.sock")
    finally:
        engine.docker("swarm", "leave", "--force", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def inspect(engine, kind, name):
    """What is stored, asked straight at the engine."""
    return json.loads(engine.docker(kind, "inspect", name))[0]


@pytest.fixture(scope="module")
def stored(engine, tenants):
    """A secret and a config of alice's, by number."""
    alice, _ = tenants
    return {kind: alice.docker(kind, "create", "-l", "a=b", f"swarm-{kind}", "-", stdin=TEXT.encode())
            for kind in ("secret", "config")}


KINDS = pytest.mark.parametrize("kind", ["secret", "config"])


@KINDS
def test_what_is_stored_is_stamped(engine, tenants, stored, kind):
    alice, bob = tenants
    assert inspect(engine, kind, stored[kind])["Spec"]["Labels"] == {"a": "b", "dockgate.owner": "alice"}
    assert alice.docker(kind, "ls", "--format", "{{.Name}}") == f"swarm-{kind}"
    assert bob.docker(kind, "ls", "-q") == ""
    for name in (f"swarm-{kind}", stored[kind], stored[kind][:9]):
        assert json.loads(alice.docker(kind, "inspect", name))[0]["ID"] == stored[kind]
    for filters in ('{"name":["swarm"]}', '{"label":["dockgate.owner=alice"]}', '{"id":["%s"]}' % stored[kind]):
        status, answer = bob.request("GET", f"/{kind}s?filters=" + filters.replace('"', "%22"))
        assert (status, json.loads(answer)) == (200, [])


@KINDS
def test_the_others_is_absent(engine, tenants, stored, kind):
    _, bob = tenants
    index = inspect(engine, kind, stored[kind])["Version"]["Index"]
    body = {"Name": f"swarm-{kind}", "Data": DATA, "Labels": {}}
    for name in (f"swarm-{kind}", stored[kind], stored[kind][:9], "absent"):
        for method, target, text in (("GET", f"/{kind}s/{name}", None), ("DELETE", f"/{kind}s/{name}", None),
                                     ("POST", f"/{kind}s/{name}/update?version={index}", body)):
            status, answer = bob.request(method, target, text)
            assert (status, json.loads(answer)["message"]) == (404, f"{kind} {name} not found"), (method, name)
    assert f"No such {kind}: swarm-{kind}" in bob.fails(kind, "rm", f"swarm-{kind}")
    assert inspect(engine, kind, stored[kind])["Version"]["Index"] == index
    # A name is everybody's: whoever comes second is told, by the engine, and no more than that.
    status, answer = bob.request("POST", f"/{kind}s/create", body)
    assert status == 409 and "already exists" in answer and stored[kind] not in answer


@KINDS
def test_an_update_keeps_the_owner(engine, tenants, stored, kind):
    """An update takes the place of all labels."""
    alice, _ = tenants
    for labels, kept in (({"c": "d"}, {"c": "d"}), (None, {}), ({"dockgate.owner": "alice", "a": "b"}, {"a": "b"})):
        index = inspect(engine, kind, stored[kind])["Version"]["Index"]
        target = f"/{kind}s/swarm-{kind}/update?version={index}"
        body = {"Name": f"swarm-{kind}", "Data": DATA, "Labels": labels}
        assert alice.request("POST", target, body) == (200, "")
        assert inspect(engine, kind, stored[kind])["Spec"]["Labels"] == kept | {"dockgate.owner": "alice"}
    for labels in ({"dockgate.owner": "bob"}, {"dockgate.owner": ""}):
        status, answer = alice.request("POST", target, body | {"Labels": labels})
        assert status == 403 and "dockgate.owner may only be alice" in answer


@KINDS
def test_what_is_stored_is_removed_by_its_owner(engine, tenants, kind):
    _, bob = tenants
    number = bob.docker(kind, "create", "swarm-bob", "-", stdin=b"x")
    assert bob.docker(kind, "rm", "swarm-bob") == "swarm-bob"
    assert number not in engine.docker(kind, "ls", "-q")
    status, answer = bob.request("POST", f"/{kind}s/create", {"Name": "x", "Data": DATA, "Labels": {"dockgate.owner": "alice"}})
    assert status == 403 and "dockgate.owner may only be bob" in answer
