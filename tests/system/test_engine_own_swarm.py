"""Two clients with `own: true` on one swarm of one node: secrets and configs, services and their tasks, overlay networks
belong to who made them, and nobody else finds, changes or refers to them."""

import base64
import json
import shutil

import pytest

from engine import IMAGE, ended, wait_for
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
    # The CLI inspects the network that a service joins; the engine's own ones have to be shared for that. Alice's lists
    # are narrowed by the gate alone then, while those of bob, who shares images and nothing else, the engine filters.
    text = CONFIG.format(engine=engine.socket, dir=folder, policy=POLICY.format(options=OPTIONS))
    with open(config, "w", encoding="utf-8") as f:
        f.write(text.replace('["busybox:*"]', '["busybox:*", host, "common-*"]', 1))
    engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        with ended(Gate(env={"DOCKGATE_CONFIG": config, "DOCKGATE_LISTEN": ""})):
            yield Tenant(engine, f"{folder}/alice.sock"), Tenant(engine, f"{folder}/bob.sock")
    finally:
        engine.leave_swarm()
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


def service(name, spec=None, replicas=0, **template):
    """A service's body; on the host's network, since the engine has no other."""
    return {"Name": name, "Mode": {"Replicated": {"Replicas": replicas}},
            "TaskTemplate": {"ContainerSpec": {"Image": IMAGE} | (spec or {})} | template}


@pytest.fixture(scope="module")
def web(tenants, stored):
    """A service of alice's that runs, with her secret and her config."""
    alice, _ = tenants
    number = alice.docker("service", "create", "-d", "--name", "swarm-web", "--network", "host", "--label", "a=b",
                          "--stop-signal", "KILL", "--secret", "swarm-secret", "--config", "swarm-config", IMAGE,
                          "sh", "-c", "cat /run/secrets/swarm-secret /swarm-config; echo; exec sleep 1000").split()[0]
    wait_for(lambda: "Running" in alice.docker("service", "ps", "--format", "{{.CurrentState}}", "swarm-web"), "task", 60)
    return number


def test_a_service_is_stamped(engine, tenants, stored, web):
    alice, bob = tenants
    spec = inspect(engine, "service", web)["Spec"]
    container = spec["TaskTemplate"]["ContainerSpec"]
    assert spec["Labels"] == {"a": "b", "dockgate.owner": "alice"} and container["Labels"] == {"dockgate.owner": "alice"}
    assert container["Secrets"][0]["SecretID"] == stored["secret"] and container["Configs"][0]["ConfigID"] == stored["config"]
    # Its tasks' containers are alice's as well.
    names = alice.docker("ps", "--format", "{{.Names}}").split()
    assert len(names) == 1 and names[0].startswith("swarm-web.1.")
    assert alice.docker("exec", names[0], "cat", "/run/secrets/swarm-secret") == TEXT
    assert bob.docker("ps", "-aq") == "" and "No such container" in bob.fails("exec", names[0], "true")


def test_its_service_is_as_before(engine, tenants, web):
    alice, bob = tenants
    assert alice.docker("service", "ls", "--format", "{{.Name}} {{.Image}}") == f"swarm-web {IMAGE}"
    assert bob.docker("service", "ls", "-q") == ""
    for name in ("swarm-web", web, web[:9]):
        assert json.loads(alice.docker("service", "inspect", name))[0]["ID"] == web
    wait_for(lambda: TEXT * 2 in alice.docker("service", "logs", "--raw", "swarm-web"), "log")
    task = json.loads(alice.request("GET", "/tasks")[1])
    assert len(task) == 1 and task[0]["ServiceID"] == web and bob.request("GET", "/tasks") == (200, "[]\n")
    task = task[0]["ID"]
    assert json.loads(alice.request("GET", f"/tasks/{task[:9]}")[1])["ID"] == task
    assert alice.request("GET", f"/tasks/{task}/logs?stdout=1")[0] == 200
    for target in (f"/tasks/{task}", f"/tasks/{task[:9]}", f"/tasks/{task}/logs?stdout=1", "/tasks/absent"):
        status, answer = bob.request("GET", target)
        name = target.split("/")[2]
        assert (status, json.loads(answer)["message"]) == (404, f"task {name} not found")


def test_the_others_service_is_absent(engine, tenants, web):
    _, bob = tenants
    before = inspect(engine, "service", web)
    index = before["Version"]["Index"]
    for name in ("swarm-web", web, web[:9], "absent"):
        for method, target, body in (("GET", f"/services/{name}", None), ("DELETE", f"/services/{name}", None),
                                     ("GET", f"/services/{name}/logs?stdout=1", None),
                                     ("POST", f"/services/{name}/update?version={index}", service("swarm-web"))):
            status, answer = bob.request(method, target, body)
            assert (status, json.loads(answer)["message"]) == (404, f"service {name} not found"), (method, target)
    assert inspect(engine, "service", web)["Spec"] == before["Spec"]
    status, answer = bob.request("POST", "/services/create", service("swarm-web"))
    assert status == 409 and "already exists" in answer and web not in answer


def update(tenant, *args):
    """The engine refuses an update while it writes what became of the one before: "update out of sequence"."""
    wait_for(lambda: tenant.run(*args)[0] == 0, "update")


def test_an_update_keeps_the_service_its_owners(engine, tenants, web):
    alice, _ = tenants
    for args, labels in ((("--label-add", "c=d"), {"a": "b", "c": "d"}), (("--label-rm", "dockgate.owner"), {"a": "b", "c": "d"}),
                         (("--container-label-rm", "dockgate.owner", "--label-rm", "c"), {"a": "b"})):
        update(alice, "service", "update", "-d", *args, "swarm-web")
        spec = inspect(engine, "service", web)["Spec"]
        assert spec["Labels"] == labels | {"dockgate.owner": "alice"}
        assert spec["TaskTemplate"]["ContainerSpec"]["Labels"] == {"dockgate.owner": "alice"}
    assert "may only be alice" in alice.fails("service", "update", "-d", "--label-add", "dockgate.owner=bob", "swarm-web")
    assert "may only be alice" in alice.fails("service", "update", "-d", "--container-label-add", "dockgate.owner=bob", "swarm-web")
    index = inspect(engine, "service", web)["Version"]["Index"]
    status, answer = alice.request("POST", f"/services/swarm-web/update?version={index}&rollback=previous", service("swarm-web"))
    assert status == 403 and "query rollback" in answer


def secret_of(number, name):
    return {"Secrets": [{"File": {"Name": "x", "UID": "0", "GID": "0", "Mode": 292}, "SecretID": number, "SecretName": name}]}


def config_of(number, name):
    return {"Configs": [{"File": {"Name": "x", "UID": "0", "GID": "0", "Mode": 292}, "ConfigID": number, "ConfigName": name}]}


def test_the_others_is_not_referred_to(tenants, stored):
    """By id, by name, by its beginning, and by both where one is bob's own."""
    alice, bob = tenants
    alice.docker("network", "create", "-d", "overlay", "--attachable", "swarm-net")
    network = json.loads(alice.docker("network", "inspect", "swarm-net"))[0]["Id"]
    own = bob.docker("secret", "create", "swarm-own", "-", stdin=b"x")
    other = bob.docker("secret", "create", "swarm-other", "-", stdin=b"x")
    secret, config = stored["secret"], stored["config"]
    for spec in (secret_of(secret, "swarm-secret"), secret_of(own, "swarm-secret"), secret_of(secret, "swarm-own"),
                 secret_of(secret[:9], "swarm-own"), secret_of("swarm-secret", "swarm-own"), config_of(config, "swarm-config"),
                 config_of("swarm-config", "swarm-config")):
        status, answer = bob.request("POST", "/services/create", service("swarm-bob", spec))
        assert status == 404 and "not found" in answer, (spec, answer)
    for name in ("swarm-net", network, network[:9]):
        for body in (service("swarm-bob", Networks=[{"Target": name}]),
                     service("swarm-bob") | {"Networks": [{"Target": name}]}):
            status, answer = bob.request("POST", "/services/create", body)
            assert (status, json.loads(answer)["message"]) == (404, f"network {name} not found")
        assert bob.request("GET", f"/networks/{name}")[0] == 404
        assert bob.request("DELETE", f"/networks/{name}")[0] == 404
    status, answer = bob.request("POST", "/services/create", service("swarm-bob", secret_of(own, "swarm-other")))
    assert status == 400 and "of two things" in answer
    for spec in (secret_of(own, ""), secret_of("", "swarm-own")):
        assert bob.request("POST", "/services/create", service("swarm-bob", spec))[0] == 400
    # Its own, by any of its names, is what it is.
    status, answer = bob.request("POST", "/services/create", service("swarm-bob", secret_of(other[:9], "swarm-other")))
    assert status == 201, answer
    bob.docker("service", "rm", "swarm-bob")
    bob.docker("secret", "rm", "swarm-own", "swarm-other")
    assert "already exists" in bob.fails("network", "create", "-d", "overlay", "swarm-net")
    assert "swarm-net" not in bob.docker("network", "prune", "-f")
    assert alice.docker("network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}}") == "swarm-net"
    status, answer = alice.request("POST", "/services/create", service("swarm-2", Networks=[{"Target": "swarm-net"}]))
    assert status == 201, answer
    assert json.loads(alice.docker("service", "inspect", "swarm-2"))[0]["Spec"]["TaskTemplate"]["Networks"] == [{"Target": network}]
    alice.docker("service", "rm", "swarm-2")
    wait_for(lambda: alice.run("network", "rm", "swarm-net")[0] == 0, "network that is free")


@KINDS
def test_shared_is_used_not_changed(engine, tenants, kind):
    """What nobody owns and alice's policy shares by name; bob's does not."""
    alice, bob = tenants
    number = engine.docker(kind, "create", "common-one", "-", stdin=b"x").strip()
    assert alice.docker(kind, "inspect", "-f", "{{.ID}}", "common-one") == number
    spec = (secret_of if kind == "secret" else config_of)(number, "common-one")
    assert alice.request("POST", "/services/create", service("swarm-shared", spec))[0] == 201
    status, answer = bob.request("POST", "/services/create", service("swarm-shared-2", spec))
    assert (status, json.loads(answer)["message"]) == (404, f"{kind} {number} not found")
    status, answer = alice.request("DELETE", f"/{kind}s/common-one")
    assert status == 403 and "is shared: it may be used, not changed" in answer
    assert bob.request("DELETE", f"/{kind}s/common-one")[0] == 404
    alice.docker("service", "rm", "swarm-shared")
    engine.docker(kind, "rm", "common-one")


@pytest.mark.parametrize("spec,says", [
    ({"Mounts": [{"Type": "volume", "Source": "swarm-volume", "Target": "/x"}]}, "may be another's where and when a task begins"),
    ({"Image": "other:1"}, "is not among what is shared"),
    ({"Labels": {"dockgate.owner": "bob"}}, "may only be alice"),
    ({"Privileges": {"CredentialSpec": {"Config": "swarm-config"}}}, "may not be given"),
    ({"Mounts": [{"Type": "bind", "Source": "/{{1}}", "Target": "/x"}]}, "is a template"),
], ids=["volume", "image", "label", "credential", "template"])
def test_what_can_not_be_told_is_closed(tenants, stored, spec, says):
    alice, _ = tenants
    alice.docker("volume", "create", "swarm-volume")
    status, answer = alice.request("POST", "/services/create", service("swarm-closed", spec))
    alice.docker("volume", "rm", "swarm-volume")
    assert status == 403 and says in answer, answer


def test_the_swarm_itself_is_closed(tenants):
    alice, _ = tenants
    for method, target in (("GET", "/swarm"), ("POST", "/swarm/init"), ("POST", "/swarm/join"), ("POST", "/swarm/leave"),
                           ("POST", "/swarm/update"), ("POST", "/swarm/unlock"), ("GET", "/swarm/unlockkey"),
                           ("GET", "/nodes"), ("GET", "/nodes/self")):
        status, answer = alice.request(method, target)
        assert status == 403 and "closed to clients that have their own" in answer, target
    status, answer = alice.request("POST", "/networks/create", {"Name": "x", "Driver": "overlay", "Ingress": True})
    assert status == 403 and "everybody's" in answer


def test_events_tell_of_its_services_and_tasks(engine, tenants, web):
    """And its owner of them, nobody else, although events of services say a name and no label."""
    alice, bob = tenants
    before = len(alice.docker("ps", "-aq").split())
    since = engine.docker("info", "--format", "{{.SystemTime}}").strip()
    update(alice, "service", "update", "-d", "--force", web)
    wait_for(lambda: len(alice.docker("ps", "-aq").split()) > before, "another task")
    until = engine.docker("info", "--format", "{{.SystemTime}}").strip()
    form = ("events", "--since", since, "--until", until, "--format", "{{.Type}} {{.Actor.Attributes.name}}")
    assert "service swarm-web" in engine.docker(*form)
    # The network that the tasks join is one that alice shares by name.
    told = alice.docker(*form).splitlines()
    types = {line.split()[0] for line in told if line != "network host"}
    assert types == {"container", "service"} and "service swarm-web" in told and bob.docker(*form) == ""


STACK = """
version: "3.8"
services:
  web:
    image: {image}
    command: sleep 1000
    secrets: [key]
    configs: [page]
    networks: [front]
    deploy: {{replicas: 0}}
secrets:
  key: {{file: ./key}}
configs:
  page: {{file: ./key}}
networks:
  front:
"""


def test_stacks(engine, tenants, tmp_path):
    """Each deploys stacks of its own; the name of another's is taken, and that one stays as it is."""
    alice, bob = tenants
    (tmp_path / "key").write_text("x")
    (tmp_path / "stack.yml").write_text(STACK.format(image=IMAGE))
    (tmp_path / "net.yml").write_text(STACK.format(image=IMAGE).replace("secrets: [key]", "").replace("configs: [page]", ""))
    deploy = ("stack", "deploy", "--resolve-image", "never", "-c")
    alice.docker(*deploy, str(tmp_path / "stack.yml"), "shop")
    web = inspect(engine, "service", "shop_web")
    for kind, name in (("secret", "shop_key"), ("config", "shop_page"), ("service", "shop_web")):
        assert inspect(engine, kind, name)["Spec"]["Labels"]["dockgate.owner"] == "alice"
    assert inspect(engine, "network", "shop_front")["Labels"]["dockgate.owner"] == "alice"
    assert "already exists" in bob.fails(*deploy, str(tmp_path / "stack.yml"), "shop")
    said = bob.fails(*deploy, str(tmp_path / "net.yml"), "shop")
    assert "network with name shop_front already exists" in said
    bob.docker(*deploy, str(tmp_path / "stack.yml"), "shop2")
    update(alice, *deploy, str(tmp_path / "stack.yml"), "shop")
    for tenant, name in ((alice, "shop"), (bob, "shop2")):
        assert tenant.docker("stack", "ls", "--format", "{{.Name}}") == name
        assert tenant.docker("stack", "services", "--format", "{{.Name}}", name) == f"{name}_web"
    assert "Nothing found in stack" in bob.run("stack", "rm", "shop")[2]
    assert inspect(engine, "service", "shop_web")["ID"] == web["ID"]
    for tenant, name in ((alice, "shop"), (bob, "shop2")):
        tenant.docker("stack", "rm", name)
        assert tenant.docker("secret", "ls", "--format", "{{.Name}}", "--filter", f"name={name}") == ""
