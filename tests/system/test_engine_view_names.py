"""A client that sees some things only (`visible`) on a real engine: by each spelling of a name it works with what it
sees, as if there were no gate, and what it does not see answers as what was never there."""

import json
import shutil

import pytest

from engine import IMAGE, ended, wait_for
from support.gate import Gate, all_options, open_dir
from test_engine_own import ON_CONTAINERS, Tenant, create, tar_of

OPTIONS = ", ".join(f'"{name}"' for name in all_options() if name != "DESCRIPTIVE_ERRORS")
CONFIG = """
engine: unix://{engine}
listeners:
  - {{name: plain, address: "unix://{dir}/plain.sock", mode: 0666}}
  - {{name: bodies, address: "unix://{dir}/bodies.sock", mode: 0666}}
  - {{name: number, address: "unix://{dir}/number.sock", mode: 0666}}
  - {{name: observing, address: "unix://{dir}/observing.sock", mode: 0666}}
clients:
  - {{listener: plain, policy: plain}}
  - {{listener: bodies, policy: bodies}}
  - {{listener: number, policy: number}}
  - {{listener: observing, policy: observing}}
policies:
  plain:
    allow: [{options}]
    answers: {{visible: [label=vn=a, "name=vn-named*", "name=busybox:*", "name=none"]}}
  bodies:
    allow: [{options}]
    answers: {{visible: label=vn=a}}
    requests: {{profile: safe, namespaces: [pid:container, ipc:container], volumes-from: true, unchecked: true,
      networks: ["*", container, host], set: {{labels: [vn=a]}}}}
  number:
    allow: [{options}]
    answers: {{visible: "name={number}*"}}
  observing:
    mode: observe
    allow: [{options}]
    answers: {{visible: label=vn=a}}
"""

pytestmark = pytest.mark.xdist_group("view-names")


@pytest.fixture(scope="module")
def things(engine):
    """What bears the label, what has a name that is visible, and the same that neither sees."""
    for name, label in (("vn-mine", "vn=a"), ("vn-named-1", "vn=c"), ("vn-other", "vn=b")):
        engine.docker("volume", "create", "--label", label, f"{name}-vol")
        engine.docker("network", "create", "--label", label, f"{name}-net")
        engine.docker("run", "-d", "--name", name, "--network", "none", "-l", label, "-v", f"{name}-vol:/data", IMAGE, "sh",
                      "-c", "echo secret; echo secret >/data/file; trap exit TERM; while true; do sleep 0.1; done")
        engine.docker("commit", "-c", f"LABEL {label}", name, f"{name}:1")
    found = {"plain": Engine(engine)}
    for name in ("vn-mine", "vn-named-1", "vn-other"):
        number = json.loads(engine.docker("inspect", name))[0]["Id"]
        net = json.loads(engine.docker("network", "inspect", f"{name}-net"))[0]["Id"]
        status, text = found["plain"].request("POST", f"/containers/{number}/exec", {"Cmd": ["true"]})
        assert status == 201, text
        found[name] = {"id": number, "net": net, "exec": json.loads(text)["Id"]}
    yield found
    for name in ("vn-mine", "vn-named-1", "vn-other"):
        engine.docker("rm", "-f", "-v", name, check=False)
        engine.docker("volume", "rm", f"{name}-vol", check=False)
        engine.docker("network", "rm", f"{name}-net", check=False)
        engine.docker("rmi", "-f", f"{name}:1", check=False)


class Engine(Tenant):
    """The engine itself, asked in the same way."""

    def __init__(self, engine):
        super().__init__(engine, engine.socket)


@pytest.fixture(scope="module")
def gates(engine, things):
    folder = open_dir()
    config = f"{folder}/dockgate.yaml"
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG.format(engine=engine.socket, dir=folder, options=OPTIONS, number=things["vn-other"]["id"][:3]))
    try:
        with ended(Gate(env={"DOCKGATE_CONFIG": config, "DOCKGATE_LISTEN": ""})):
            yield {name: Tenant(engine, f"{folder}/{name}.sock") for name in ("plain", "bodies", "number", "observing")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def spellings(name, number):
    """Each way to say the same container in a path, and what it is decoded."""
    return [(name, name), (number, number), (number[:9], number[:9]), ("".join(f"%{ord(c):02x}" for c in name), name),
            (name.replace("-", "%2D"), name)]


@pytest.mark.parametrize("method,target,body", ON_CONTAINERS, ids=lambda v: str(v).replace("/", "-")[:40])
def test_what_is_not_seen_is_absent(gates, things, method, target, body):
    """Nothing tells it from what was never there; and that is said in the engine's own words."""
    def ask(client, name):
        path = version + target.format(name)
        return client.send(method, path, tar_of("x", 1)) if method == "PUT" else client.request(method, path, body)

    for version in ("", "/v1.41"):
        told = ask(things["plain"], "absent")
        # The engine says it in plain text to those who would attach, and nothing at all by a websocket.
        kill = "Cannot kill container: absent: " if target.endswith("/kill") else ""
        said = "" if method == "HEAD" else '{"message":"%sNo such container: absent"}\n' % kill
        if "/attach" not in target:
            assert told == (404, said)
        assert ask(gates["plain"], "absent") == (404, said)
        for name, decoded in spellings("vn-other", things["vn-other"]["id"]):
            assert ask(gates["plain"], name) == (404, said.replace("absent", decoded)), name
        for name in ("/vn-other", "%2fvn-other", "x/../vn-other", "./vn-other"):
            assert ask(gates["plain"], name)[0] == 400  # the engine would look for another path


def test_it_goes_on(things):
    state = json.loads(things["plain"].docker("inspect", "vn-other"))[0]
    assert state["State"]["Running"] and state["Name"] == "/vn-other" and not state["State"]["Paused"]
    assert state["RestartCount"] == 0 and state["HostConfig"]["Memory"] == 0
    assert state["State"]["StartedAt"] < state["State"]["FinishedAt"] or state["State"]["FinishedAt"].startswith("0001")


# What leaves a container as it was, and what the engine says to it.
HARMLESS = [
    ("GET", "/containers/{}/json", None, 200), ("GET", "/containers/{}/logs?stdout=1", None, 200),
    ("GET", "/containers/{}/top", None, 200), ("GET", "/containers/{}/stats?stream=0", None, 200),
    ("GET", "/containers/{}/changes", None, 200), ("GET", "/containers/{}/export", None, 200),
    ("GET", "/containers/{}/archive?path=/data/file", None, 200), ("HEAD", "/containers/{}/archive?path=/data/file", None, 200),
    ("POST", "/containers/{}/exec", {"Cmd": ["id"]}, 201), ("POST", "/containers/{}/kill?signal=CONT", None, 204),
    ("POST", "/containers/{}/pause", None, 204), ("POST", "/containers/{}/unpause", None, 204),
    ("POST", "/containers/{}/update", {"CpuShares": 512}, 200), ("POST", "/containers/{}/restart?t=5", None, 204),
    ("POST", "/containers/{}/resize?h=1&w=1", None, 200), ("POST", "/containers/{}/stop?t=5", None, 204),
    ("POST", "/containers/{}/wait", None, 200), ("POST", "/containers/{}/start", None, 204),
]


@pytest.mark.parametrize("name", ["vn-mine", "vn-named-1"])
def test_what_is_seen_is_as_before(gates, things, name):
    """By its label or by its name, which is the one that the engine says, whatever the client has said."""
    number = things[name]["id"]
    for spelling, _ in spellings(name, number):
        for method, target, body, wanted in HARMLESS:
            answer = gates["plain"].request(method, target.format(spelling), body)
            assert answer[0] == wanted, (method, target, spelling, answer)
    assert gates["plain"].send("PUT", f"/containers/{name}/archive?path=/tmp", tar_of("x", 5))[0] == 200
    assert gates["plain"].docker("exec", name, "wc", "-c", "/tmp/x").split()[0] == "5"
    assert gates["plain"].docker("exec", name, "cat", "/data/file") == "secret"
    wait_for(lambda: "secret" in gates["plain"].docker("logs", name), "log")
    assert gates["plain"].docker("rename", name, name + "x") == ""
    if name == "vn-mine":
        assert gates["plain"].docker("rename", name + "x", name) == ""
    else:
        assert gates["plain"].request("GET", f"/containers/{number}/json")[0] == 200  # vn-named-1x is seen as well
        gates["plain"].docker("rename", number, name)


def test_a_name_that_is_only_said(gates, things):
    """A glob that the beginning of an id has is no name: the container of that id is called otherwise."""
    number = things["vn-other"]["id"]
    for method, target, body in (("GET", "/containers/{}/logs?stdout=1", None), ("POST", "/containers/{}/stop", None),
                                 ("GET", "/containers/{}/json", None), ("POST", "/containers/{}/exec", {"Cmd": ["id"]})):
        for name in (number, number[:12], number[:3]):
            assert gates["number"].request(method, target.format(name), body) == (
                404, json.dumps({"message": f"No such container: {name}"}, separators=(",", ":")) + "\n")


def test_exec_belongs_to_its_container(gates, things):
    other = things["vn-other"]["exec"]
    status, answer = gates["plain"].request("POST", "/containers/vn-mine/exec", {"Cmd": ["true"]})
    assert status == 201
    mine = json.loads(answer)["Id"]
    assert json.loads(gates["plain"].request("GET", f"/exec/{mine}/json")[1])["ContainerID"] == things["vn-mine"]["id"]
    assert gates["plain"].request("POST", f"/exec/{mine}/start", {"Detach": True})[0] == 200
    for method, target, body in (("GET", "/exec/{}/json", None), ("POST", "/exec/{}/resize?h=1&w=1", None),
                                 ("POST", "/exec/{}/start", {"Detach": True})):
        answer = gates["plain"].request(method, target.format(other), body)
        told = things["plain"].request(method, target.format("absent"), body)
        assert answer == (told[0], told[1].replace("absent", other)) and answer[0] == 404
    assert not json.loads(things["plain"].request("GET", f"/exec/{other}/json")[1])["Running"]


ON_OTHERS = [
    ("GET", "/networks/{}", "net"), ("DELETE", "/networks/{}", "net"), ("GET", "/volumes/{}", "vol"),
    ("DELETE", "/volumes/{}", "vol"),
    ("GET", "/images/{}/json", "image"), ("GET", "/images/{}/history", "image"), ("GET", "/images/{}/get", "image"),
    ("GET", "/images/get?names={}", "image"), ("POST", "/images/{}/tag?repo=vn-new", "image"),
    ("DELETE", "/images/{}", "image"), ("POST", "/commit?container={}", "container"),
]


@pytest.mark.parametrize("method,target,kind", ON_OTHERS)
def test_other_things_are_absent_as_well(gates, things, method, target, kind):
    names = {"net": ["vn-other-net", things["vn-other"]["net"], things["vn-other"]["net"][:9]], "vol": ["vn-other-vol"],
             "image": ["vn-other:1"], "container": ["vn-other", things["vn-other"]["id"][:8]]}[kind]
    for name in names:
        absent = "absent:1" if kind == "image" else "absent"
        answer = gates["plain"].request(method, "/v1.41" + target.format(name))
        told = things["plain"].request(method, "/v1.41" + target.format(absent))
        assert (answer[0], answer[1].replace(name, absent)) == told, (answer, told)
        assert gates["plain"].request(method, "/v1.41" + target.format(absent)) == told
    assert things["plain"].docker("volume", "ls", "-q", "--filter", "name=vn-other-vol") == "vn-other-vol"
    assert things["plain"].docker("network", "ls", "--format", "{{.Name}}", "--filter", "name=vn-other-net") == "vn-other-net"


def test_other_things_that_are_seen(gates, things):
    plain = gates["plain"]
    for name in ("vn-mine", "vn-named-1"):
        net = things[name]["net"]
        for spelling in (f"{name}-net", net, net[:9]):
            assert json.loads(plain.request("GET", f"/networks/{spelling}")[1])["Id"] == net
        assert plain.request("GET", f"/volumes/{name}-vol")[0] == 200
        assert plain.request("DELETE", f"/volumes/{name}-vol")[0] == 409  # it is in use
        assert plain.request("GET", f"/images/{name}:1/history")[0] == 200
        assert plain.request("GET", f"/images/get?names={name}:1")[0] == 200
        assert plain.request("GET", f"/images/get?names={name}:1&names=vn-other:1")[0] == 404
        assert plain.request("POST", f"/images/{name}:1/tag?repo={name}&tag=2")[0] == 201
        assert plain.request("DELETE", f"/images/{name}:2")[0] == 200
        # A name that another image has is not given away, neither to what is seen.
        status, answer = plain.request("POST", f"/images/{name}:1/tag?repo=vn-other&tag=1")
        assert status == 409 and "already exists" in answer


BODIES = [
    ("POST", "/containers/create", {"Image": IMAGE}), ("POST", "/networks/vn-mine-net/connect", {"Container": "vn-other"}),
    ("POST", "/networks/vn-mine-net/disconnect", {"Container": "vn-other"}), ("POST", "/networks/create", {"Name": "vn-x"}),
    ("POST", "/volumes/create", {"Name": "vn-other-vol"}), ("POST", "/services/create", {"Name": "vn-x"}),
    ("POST", "/v1.20/containers/vn-mine/start", {"VolumesFrom": ["vn-other"]}), ("POST", "/build", {}),
]


@pytest.mark.parametrize("method,target,body", BODIES)
def test_bodies_that_nobody_reads(gates, things, method, target, body):
    """What they name can't be told without requests, and the answer says so."""
    status, answer = gates["plain"].request(method, target, body)
    assert status == 403 and "only where the policy has requests" in answer, answer


def test_forms_take_no_names(gates, things):
    """The engine reads them before the query."""
    status, answer = gates["plain"].exchange("POST", "/commit?container=vn-mine", "container=vn-other&repo=vn-stolen",
                                             {"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 415 and b"forms are not accepted" in answer


# Bodies that refer to what is not seen; {} is each of its names.
REFERRING = [
    create(VolumesFrom=["{}"]), create(VolumesFrom=["{}:ro"]), create(Links=["{}:x"]), create(Links=["/{}:x"]),
    create(NetworkMode="container:{}"), create(PidMode="container:{}"), create(IpcMode="container:{}"),
]


@pytest.mark.parametrize("body", REFERRING, ids=lambda body: json.dumps(body["HostConfig"])[:60])
def test_what_is_not_seen_is_not_referred_to(gates, things, body):
    body = body | {"Image": "vn-mine:1"}
    for name in ("vn-other", things["vn-other"]["id"], things["vn-other"]["id"][:9]):
        text = json.loads(json.dumps(body).replace("{}", name))
        status, answer = gates["bodies"].request("POST", "/containers/create", text)
        assert status == 404 and "No such container" in answer, (text, answer)
    if "Links" not in body["HostConfig"]:
        text = json.loads(json.dumps(body).replace("{}", "vn-mine"))
        status, answer = gates["bodies"].request("POST", "/containers/create", text)
        assert status == 201, answer
        # `set` makes it one of those that are seen.
        assert gates["bodies"].request("DELETE", f"/containers/{json.loads(answer)['Id']}")[0] == 204


def test_bodies_that_are_read(gates, things):
    bodies = gates["bodies"]
    for host, message in (({"Binds": ["vn-other-vol:/x"]}, "get vn-other-vol: no such volume"),
                          ({"NetworkMode": "vn-other-net"}, "network vn-other-net not found"),
                          ({"NetworkMode": things["vn-other"]["net"]}, "not found"),
                          ({"Mounts": [{"Type": "volume", "Source": "vn-other-vol", "Target": "/x"}]}, "no such volume")):
        status, answer = bodies.request("POST", "/containers/create", create(**host) | {"Image": "vn-mine:1"})
        assert status == 404 and message in answer, answer
    status, answer = bodies.request("POST", "/containers/create", create())  # an image that is not seen
    assert status == 404 and json.loads(answer)["message"].startswith("no such image"), answer
    for what in ("connect", "disconnect"):
        assert bodies.request("POST", f"/networks/vn-other-net/{what}", {"Container": "vn-mine"})[0] == 404
        status, answer = bodies.request("POST", f"/networks/vn-mine-net/{what}", {"Container": "vn-other"})
        assert (status, json.loads(answer)["message"]) == (404, "No such container: vn-other")
    for target, name in (("/volumes/create", "vn-other-vol"), ("/networks/create", "vn-other-net")):
        status, answer = bodies.request("POST", target, {"Name": name})
        assert status == 409 and "Mountpoint" not in answer, answer
    assert bodies.request("POST", "/volumes/create", {"Name": "vn-mine-vol"})[0] == 201
    assert bodies.docker("run", "--rm", "-v", "vn-mine-vol:/d", "--network", "none", "vn-mine:1", "cat", "/d/file") == "secret"


def test_prune_takes_what_is_seen(engine, gates, things):
    for label in ("vn=a", "vn=b"):
        engine.docker("volume", "create", "--label", label, f"vn-pruned-{label[-1]}")
        engine.docker("create", "--name", f"vn-pruned-{label[-1]}", "--network", "none", "-l", label, IMAGE)
    try:
        status, answer = gates["plain"].request("POST", "/containers/prune")
        assert status == 403 and "one label" in answer
        assert gates["bodies"].request("POST", "/containers/prune")[0] == 200
        assert gates["bodies"].request("POST", "/volumes/prune?filters=%7B%22label%22%3A%5B%22vn%3Db%22%5D%7D")[0] == 200
        assert gates["bodies"].request("POST", "/volumes/prune")[0] == 200
        assert engine.docker("ps", "-a", "--filter", "name=vn-pruned", "--format", "{{.Names}}").strip() == "vn-pruned-b"
        assert engine.docker("volume", "ls", "-q", "--filter", "name=vn-pruned").strip() == "vn-pruned-b"
        assert engine.docker("volume", "ls", "-q", "--filter", "name=vn-other-vol").strip() == "vn-other-vol"
    finally:
        engine.docker("rm", "-f", "vn-pruned-a", "vn-pruned-b", check=False)
        engine.docker("volume", "rm", "-f", "vn-pruned-a", "vn-pruned-b", check=False)


@pytest.mark.parametrize("what,name", [("containers", "vn-other"), ("images", "vn-other:1")])
def test_filters_name_what_is_seen(gates, things, what, name):
    for which in ("before", "since"):
        target = "/v1.41/%s/json?filters=%%7B%%22%s%%22%%3A%%5B%%22{}%%22%%5D%%7D" % (what, which)
        absent = name.replace("vn-other", "absent")
        told = things["plain"].request("GET", target.format(absent))
        said = gates["plain"].request("GET", target.format(absent))
        assert said == told or (what == "containers" and told[0] == 500)  # 20.10 takes it for an error of its own
        assert gates["plain"].request("GET", target.format(name)) == (404, said[1].replace(absent, name))
        assert gates["plain"].request("GET", target.format(name.replace("other", "mine")))[0] == 200


def test_observing(gates, things):
    """Nothing is held back by its name, as nothing else is."""
    observing = gates["observing"]
    assert observing.request("GET", "/containers/vn-other/logs?stdout=1")[0] == 200
    assert observing.request("POST", "/containers/vn-other/kill?signal=CONT")[0] == 204
    assert observing.request("GET", "/containers/absent/logs?stdout=1")[0] == 404
    assert observing.request("GET", "/containers/vn-other/json")[0] == 404  # what passes is narrowed all the same
