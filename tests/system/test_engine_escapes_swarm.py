"""What services, secrets and configs can give away, and what makes or changes a swarm, on a real engine of one node: the engine
alone grants each of these, the gate with DOCKGATE_REQUESTS=safe refuses it."""
import base64
import json

import pytest

from engine import IMAGE, wait_for
from escapes import checking, refused, straight, through

# One swarm for all.
pytestmark = pytest.mark.xdist_group("escapes-swarm")

CREATE = "/v1.41/services/create"
INIT = {"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"}
BIND = {"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/x"}]}
DATA = base64.b64encode(b"x").decode()


@pytest.fixture(scope="module", autouse=True)
def swarm(engine):
    """Made by a request that the gate refuses."""
    status, answer = straight(engine, "/v1.41/swarm/init", INIT)
    assert status == 200, answer
    yield json.loads(answer)
    engine.leave_swarm()


def service(spec=None, **template):
    """A service's body; without tasks."""
    return {"Name": "escape", "Mode": {"Replicated": {"Replicas": 0}},
            "TaskTemplate": {"ContainerSpec": {"Image": IMAGE} | (spec or {})} | template}


# Name, body, what the gate says. Not here, since this engine grants them to nobody: plugins as services, which it takes in
# experimental mode alone, and what it doesn't know yet, as seccomp and AppArmor of services and their OOM score.
SERVICES = [
    ("bind", service(BIND), "TaskTemplate.ContainerSpec.Mounts[0]: /etc is not below "),
    ("bind by a template", service({"Mounts": [{"Type": "bind", "Source": "/{{1}}", "Target": "/x"}]}),
     "TaskTemplate.ContainerSpec.Mounts[0]: /{{1}} is a template"),
    ("volume that is a bind", service({"Mounts": [{"Type": "volume", "Source": "escape", "Target": "/x", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "/etc"}}}}]}),
     "TaskTemplate.ContainerSpec.Mounts[0].VolumeOptions.DriverConfig.Options: may not be given"),
    ("capability", service({"CapabilityAdd": ["CAP_SYS_ADMIN"]}),
     "TaskTemplate.ContainerSpec.CapabilityAdd[0]: CAP_SYS_ADMIN is not allowed"),
    ("sysctls", service({"Sysctls": {"net.ipv4.ip_forward": "1"}}),
     "TaskTemplate.ContainerSpec.Sysctls.net.ipv4.ip_forward: is not allowed"),
    ("SELinux", service({"Privileges": {"SELinuxContext": {"Disable": True}}}),
     "TaskTemplate.ContainerSpec.Privileges.SELinuxContext: may not be given"),
    ("credentials", service({"Privileges": {"CredentialSpec": {"Registry": "x"}}}),
     "TaskTemplate.ContainerSpec.Privileges.CredentialSpec: may not be given"),
    ("groups", service({"Groups": ["0"]}), "TaskTemplate.ContainerSpec.Groups: may not be given"),
    ("variable by a template", service({"Env": ['A={{printf "%d" 1}}']}),
     "TaskTemplate.ContainerSpec.Env[0]: only templates of one name"),
    ("host network", service(Networks=[{"Target": "host"}]), "TaskTemplate.Networks[0].Target: network host is not allowed"),
    ("host network at the top level", service() | {"Networks": [{"Target": "host"}]},
     "Networks[0].Target: network host is not allowed"),
    ("log driver", service(LogDriver={"Name": "syslog", "Options": {"syslog-address": "udp://127.0.0.1:9"}}),
     "TaskTemplate.LogDriver.Name: syslog is not allowed"),
]
PORTS = service() | {"EndpointSpec": {"Ports": [{"TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"}]}}


def spec_of(engine, name="escape"):
    status, answer = engine.request("GET", f"/v1.41/services/{name}")
    assert status == 200, answer
    return json.loads(answer)["Spec"]


def escapes(g, engine, body, says):
    """The engine grants it, and keeps what it was told; through the gate it is refused, and nothing was made."""
    kept = []
    for one in (service(), body):
        status, answer = straight(engine, CREATE, one)
        assert status == 201, answer
        kept.append(spec_of(engine))
        engine.docker("service", "rm", "escape")
    assert kept[0] != kept[1]
    refused(through(g, "POST", CREATE, body), says)
    assert json.loads(engine.request("GET", "/services")[1]) == []


@pytest.mark.parametrize("name, body, says", SERVICES, ids=[row[0] for row in SERVICES])
def test_service(safe, engine, name, body, says):
    assert name
    escapes(safe, engine, body, says)


def test_ports_of_the_host(gate, engine, tmp_path):
    """Which safe leaves to the user, and ci doesn't."""
    escapes(checking(gate, engine, tmp_path, "ci"), engine, PORTS,
            "EndpointSpec.Ports[0].PublishedPort: port 8080 is not allowed on all addresses")


def update(engine, body, query=""):
    """Straight at the engine, which refuses while it writes what became of the update before."""
    def once():
        index = json.loads(engine.request("GET", "/v1.41/services/escape")[1])["Version"]["Index"]
        return straight(engine, f"/v1.41/services/escape/update?version={index}{query}", body)[0] == 200
    wait_for(once, "update")


def test_an_update(safe, engine):
    """What it brings itself, and what an earlier one brought past the gate."""
    assert straight(engine, CREATE, service())[0] == 201
    try:
        before = spec_of(engine)
        index = json.loads(engine.request("GET", "/v1.41/services/escape")[1])["Version"]["Index"]
        target = f"/v1.41/services/escape/update?version={index}"
        refused(through(safe, "POST", target, service(BIND)), "TaskTemplate.ContainerSpec.Mounts[0]: /etc is not below ")
        assert spec_of(engine) == before
        update(engine, service(BIND))
        assert "Mounts" in spec_of(engine)["TaskTemplate"]["ContainerSpec"]
        update(engine, service())
        refused(through(safe, "POST", target + "&rollback=previous", service()), "query rollback: previous is not allowed")
        assert "Mounts" not in spec_of(engine)["TaskTemplate"]["ContainerSpec"]
        update(engine, service(), "&rollback=previous")
        assert "Mounts" in spec_of(engine)["TaskTemplate"]["ContainerSpec"]
    finally:
        engine.docker("service", "rm", "escape")


# Kind, body, what the gate says: templates read what stands elsewhere. Drivers of secrets are programs that this engine would
# have to have; the unit tests have them.
STORED = [
    ("secrets", {"Name": "escape", "Data": DATA, "Templating": {"Name": "golang"}}, "Templating: may not be given"),
    ("configs", {"Name": "escape", "Data": DATA, "Templating": {"Name": "golang"}}, "Templating: may not be given"),
]


@pytest.mark.parametrize("kind, body, says", STORED, ids=["secret", "config"])
def test_what_is_stored(safe, engine, kind, body, says):
    refused(through(safe, "POST", f"/v1.41/{kind}/create", body), says)
    assert json.loads(engine.request("GET", f"/{kind}")[1]) == []
    status, answer = straight(engine, f"/v1.41/{kind}/create", body)
    assert status == 201, answer
    engine.request("DELETE", f"/{kind}/{json.loads(answer)['ID']}")


# What the swarm itself does. The engine takes up all of it: that which fails does so since there is a swarm, with its manager
# here and not locked. That init is granted the fixture has shown.
CLOSED = [
    ("init", INIT, "SwarmInit"),
    ("join", INIT | {"RemoteAddrs": ["127.0.0.1:9"], "JoinToken": "x"}, "SwarmJoin"),
    ("unlock", {"UnlockKey": "x"}, "SwarmUnlock"),
    ("leave", None, "SwarmLeave"),
]


@pytest.mark.parametrize("what, body, operation", CLOSED, ids=[row[0] for row in CLOSED])
def test_the_swarm(safe, engine, what, body, operation):
    refused(through(safe, "POST", f"/v1.41/swarm/{what}", body), f"{operation} can't be checked (policy safe, requests.unchecked)")
    status, answer = straight(engine, f"/v1.41/swarm/{what}", body)
    assert status not in (200, 403, 404), answer


@pytest.mark.parametrize("what", ["swarm", "node"])
def test_an_update_of_the_swarm(safe, engine, swarm, what):
    """Another label on it, granted by the engine at once."""
    target = "/v1.41/swarm" if what == "swarm" else f"/v1.41/nodes/{swarm}"

    def ask():
        answer = json.loads(engine.request("GET", target)[1])
        return answer["Version"]["Index"], answer["Spec"]

    def send(send_it):
        index, spec = ask()
        return send_it(f"{target}/update?version={index}", spec | {"Labels": {"escape": "x"}})

    refused(send(lambda to, body: through(safe, "POST", to, body)),
            f"{what.title()}Update can't be checked (policy safe, requests.unchecked)")
    assert "escape" not in (ask()[1]["Labels"] or {})
    wait_for(lambda: send(lambda to, body: straight(engine, to, body))[0] == 200, "update")
    assert ask()[1]["Labels"] == {"escape": "x"}
