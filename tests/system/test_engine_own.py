"""Two clients with `own: true` on one real engine: neither finds, changes or refers to what is the other's."""

import contextlib
import io
import json
import shutil
import subprocess
import tarfile

import pytest

from engine import DEBIAN_CLI, IMAGE, UnixConnection, client_environment, ended, wait_for
from support.gate import Gate, all_options, open_dir

OPTIONS = ", ".join(f'"{name}"' for name in all_options() if name != "DESCRIPTIVE_ERRORS")
POLICY = """
    allow: [{options}]
    own: true
    shared: ["busybox:*"]
    requests: {{profile: safe, namespaces: [pid:container, ipc:container], volumes-from: true, unchecked: true,
      networks: ["*", container, host]}}
"""
CONFIG = """
engine: unix://{engine}
listeners:
  - {{name: alice, address: "unix://{dir}/alice.sock", mode: 0666}}
  - {{name: bob, address: "unix://{dir}/bob.sock", mode: 0666}}
clients:
  - {{listener: alice, policy: alice}}
  - {{listener: bob, policy: bob}}
policies:
  alice:{policy}
  bob:{policy}
"""


def tar_of(name, size):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = size
        tar.addfile(info, io.BytesIO(bytes(size)))
    return out.getvalue()


# One engine and one pair of tenants for all.
pytestmark = pytest.mark.xdist_group("own")


class Tenant:
    """A client by its own listener."""

    def __init__(self, engine, path):
        self.path = str(path)
        self.env = client_environment(engine.dir, f"unix://{path}")

    def run(self, *args, stdin=None):
        done = subprocess.run([DEBIAN_CLI, *args], env=self.env, input=stdin, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def docker(self, *args, stdin=None):
        status, out, err = self.run(*args, stdin=stdin)
        assert status == 0, (args, out, err)
        return out.strip()

    def fails(self, *args):
        """What it says where it fails."""
        status, out, err = self.run(*args)
        assert status != 0, (args, out)
        return err.strip()

    def exchange(self, method, target, body=None, headers=None):
        connection = UnixConnection(self.path)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def request(self, method, target, body=None):
        status, answer = self.exchange(method, target, None if body is None else json.dumps(body),
                                       {"Content-Type": "application/json"} if body is not None else {})
        return status, answer.decode(errors="replace")

    def send(self, method, target, tar):
        status, answer = self.exchange(method, target, tar, {"Content-Type": "application/x-tar"})
        return status, answer.decode(errors="replace")

    def fetch(self, target):
        """The bytes that are there."""
        status, answer = self.exchange("GET", target)
        assert status == 200, answer
        return answer


@contextlib.contextmanager
def two_owners(engine, expect=()):
    """Alice and bob by listeners of their own; what else the gate may say."""
    folder = open_dir()
    config = f"{folder}/dockgate.yaml"
    policy = POLICY.format(options=OPTIONS)
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG.format(engine=engine.socket, dir=folder, policy=policy))
    try:
        with ended(Gate(env={"DOCKGATE_CONFIG": config, "DOCKGATE_LISTEN": ""}, expect=expect)):
            yield Tenant(engine, f"{folder}/alice.sock"), Tenant(engine, f"{folder}/bob.sock")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def tenants(engine):
    with two_owners(engine) as both:
        yield both


@pytest.fixture(scope="module")
def things(engine, tenants):
    """Alice's: a container that runs, a volume, a network, an exec instance, an image."""
    alice, bob = tenants
    volume = alice.docker("volume", "create", "own-volume")
    container = alice.docker("run", "-d", "--name", "own-web", "--network", "none", "-v", "own-volume:/data", IMAGE,
                             "sh", "-c", "echo secret; echo secret >/data/file; sleep 1000")
    alice.docker("network", "create", "own-net")
    bob.docker("run", "-d", "--name", "own-bob", "--network", "none", IMAGE, "sleep", "1000")
    status, text = alice.request("POST", f"/containers/{container}/exec", {"Cmd": ["sleep", "1000"]})
    assert status == 201, text
    yield {"container": container, "volume": volume, "exec": json.loads(text)["Id"]}
    engine.docker("rm", "-f", "-v", "own-web", "own-bob", check=False)
    engine.docker("volume", "rm", "own-volume", check=False)
    engine.docker("network", "rm", "own-net", check=False)


def test_everything_is_stamped(engine, things):
    for kind, name, path in (("container", "own-web", ".Config.Labels"), ("volume", "own-volume", ".Labels"),
                             ("network", "own-net", ".Labels")):
        labels = json.loads(engine.docker(kind, "inspect", "-f", "{{json %s}}" % path, name))
        assert labels["dockgate.owner"] == "alice", kind


def test_its_own_is_as_before(tenants, things):
    alice, _ = tenants
    assert alice.docker("ps", "--format", "{{.Names}} {{.Image}}") == f"own-web {IMAGE}"
    assert alice.docker("ps", "-q", "-n", "1") == things["container"][:12]
    for name in ("own-web", things["container"], things["container"][:7]):
        assert json.loads(alice.docker("inspect", name))[0]["Id"] == things["container"]
        assert alice.docker("exec", name, "cat", "/data/file") == "secret"
        wait_for(lambda n=name: alice.docker("logs", n) == "secret", "log")
    assert alice.docker("volume", "ls", "-q") == "own-volume"
    assert alice.docker("network", "ls", "--format", "{{.Name}}") == "own-net"
    assert alice.docker("run", "--rm", "-v", "own-volume:/d", "--network", "none", IMAGE, "cat", "/d/file") == "secret"
    assert alice.docker("run", "--rm", "--volumes-from", "own-web", "--network", "container:own-web", IMAGE, "cat",
                        "/data/file") == "secret"
    alice.docker("cp", "-", "own-web:/tmp", stdin=tar_of("copied", 1000000))
    assert alice.docker("exec", "own-web", "wc", "-c", "/tmp/copied").split()[0] == "1000000"
    assert alice.docker("images", "--format", "{{.Repository}}:{{.Tag}}") == IMAGE


NAMES = ("own-web", "/own-web", "{container}", "{short}")
# What bob tries on alice's container, by each of its names.
ON_CONTAINERS = [
    ("GET", "/containers/{}/json", None), ("GET", "/containers/{}/logs?stdout=1", None), ("GET", "/containers/{}/top", None),
    ("GET", "/containers/{}/stats?stream=0", None), ("GET", "/containers/{}/changes", None),
    ("GET", "/containers/{}/export", None), ("GET", "/containers/{}/archive?path=/data/file", None),
    ("HEAD", "/containers/{}/archive?path=/data/file", None), ("PUT", "/containers/{}/archive?path=/", None),
    ("GET", "/containers/{}/attach/ws", None), ("POST", "/containers/{}/attach?stream=1&stdout=1&logs=1", None),
    ("POST", "/containers/{}/exec", {"Cmd": ["id"]}), ("POST", "/containers/{}/kill", None),
    ("POST", "/containers/{}/pause", None), ("POST", "/containers/{}/rename?name=mine", None),
    ("POST", "/containers/{}/resize?h=1&w=1", None), ("POST", "/containers/{}/restart", None),
    ("POST", "/containers/{}/start", None), ("POST", "/containers/{}/stop", None), ("POST", "/containers/{}/unpause", None),
    ("POST", "/containers/{}/update", {"Memory": 6291456}), ("POST", "/containers/{}/wait", None),
    ("DELETE", "/containers/{}?force=1", None),
]


@pytest.mark.parametrize("method,target,body", ON_CONTAINERS, ids=lambda v: str(v).replace("/", "-")[:40])
def test_the_others_container_is_absent(tenants, things, method, target, body):
    _, bob = tenants
    for version in ("", "/v1.41"):
        for name in ("own-web", things["container"], things["container"][:9]):
            absent = bob.request(method, version + target.format("absent-" + name), body)
            answer = bob.request(method, version + target.format(name), body)
            assert answer[0] == 404, (name, answer)
            assert answer[1] == absent[1].replace("absent-" + name, name)
            if method != "HEAD":
                kill = f"Cannot kill container: {name}: " if "/kill" in target else ""
                assert json.loads(answer[1]) == {"message": f"{kill}No such container: {name}"}


def test_it_is_still_there(tenants, things):
    alice, _ = tenants
    state = json.loads(alice.docker("inspect", "own-web"))[0]
    assert state["State"]["Running"] and state["Name"] == "/own-web" and state["State"]["Pid"] > 0
    assert state["RestartCount"] == 0 and not state["State"]["Paused"] and state["HostConfig"]["Memory"] == 0


def test_the_others_exec_instance_is_absent(tenants, things):
    alice, bob = tenants
    instance = things["exec"]
    assert json.loads(alice.request("GET", f"/exec/{instance}/json")[1])["ContainerID"] == things["container"]
    for method, target, body in (("GET", f"/exec/{instance}/json", None), ("POST", f"/exec/{instance}/resize?h=1&w=1", None),
                                 ("POST", f"/exec/{instance}/start", {"Detach": True})):
        assert bob.request(method, target, body) == (404, json.dumps(
            {"message": f"No such exec instance: {instance}"}, separators=(",", ":")) + "\n")
    assert not json.loads(alice.request("GET", f"/exec/{instance}/json")[1])["Running"]
    assert bob.request("GET", "/exec/0123/json")[0] == 404


def create(**host):
    return {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"} | host}


# Bodies that refer to what is alice's; {} is each of its names.
REFERRING = [
    create(VolumesFrom=["{}"]), create(VolumesFrom=["{}:ro"]), create(Links=["{}:x"]), create(Links=["/{}:x"]),
    create(NetworkMode="container:{}"), create(PidMode="container:{}"), create(IpcMode="container:{}"),
]


@pytest.mark.parametrize("body", REFERRING, ids=lambda body: json.dumps(body["HostConfig"])[:60])
def test_the_others_container_is_not_referred_to(tenants, things, body):
    alice, bob = tenants
    for name in ("own-web", things["container"], things["container"][:9]):
        text = json.loads(json.dumps(body).replace("{}", name))
        status, answer = bob.request("POST", "/containers/create", text)
        assert status == 404 and "No such container" in answer, (text, answer)
        if name == "own-web" and "Links" not in body["HostConfig"]:
            status, answer = alice.request("POST", "/containers/create", text)
            assert status == 201, (text, answer)
            assert alice.request("DELETE", f"/containers/{json.loads(answer)['Id']}")[0] == 204


@pytest.mark.parametrize("host", [
    {"Binds": ["own-volume:/x"]}, {"Binds": ["own-volume:/x:ro"]},
    {"Mounts": [{"Type": "volume", "Source": "own-volume", "Target": "/x"}]},
], ids=str)
def test_the_others_volume_is_not_mounted(tenants, things, host):
    _, bob = tenants
    status, answer = bob.request("POST", "/containers/create", create(**host))
    assert (status, json.loads(answer)["message"]) == (404, "get own-volume: no such volume")
    text = json.loads(json.dumps(create(**host)).replace("own-volume", "absent"))
    assert bob.request("POST", "/containers/create", text)[1] == answer.replace("own-volume", "absent")


def test_the_others_volume_is_absent(engine, tenants, things):
    alice, bob = tenants
    for method in ("GET", "DELETE"):
        status, answer = bob.request(method, "/volumes/own-volume")
        assert (status, json.loads(answer)["message"]) == (404, "get own-volume: no such volume")
    # By force engines remove what isn't there, and say that they did.
    for name in ("own-volume", "own-none"):
        assert bob.request("DELETE", f"/volumes/{name}?force=1") == (204, "")
        assert bob.docker("volume", "rm", "-f", name) == name
    assert engine.request("DELETE", "/volumes/own-none?force=1")[0] == 204
    assert engine.docker("volume", "ls", "-q", "-f", "name=own-volume").strip() == "own-volume"
    # Whoever makes a volume that is there would get it.
    status, answer = bob.request("POST", "/volumes/create", {"Name": "own-volume"})
    assert status == 409 and "Mountpoint" not in answer, answer
    assert alice.request("POST", "/volumes/create", {"Name": "own-volume"})[0] == 201


def test_the_others_network_is_absent(engine, tenants, things):
    alice, bob = tenants
    number = json.loads(engine.docker("network", "inspect", "own-net"))[0]["Id"]
    mine = bob.docker("ps", "-q", "--no-trunc")
    for name in ("own-net", number, number[:9]):
        for method, target, body in (("GET", f"/networks/{name}", None), ("DELETE", f"/networks/{name}", None),
                                     ("POST", f"/networks/{name}/connect", {"Container": mine}),
                                     ("POST", f"/networks/{name}/disconnect", {"Container": mine, "Force": True})):
            status, answer = bob.request(method, target, body)
            assert (status, json.loads(answer)["message"]) == (404, f"network {name} not found")
        for host in ({"NetworkMode": name}, ):
            assert bob.request("POST", "/containers/create", create(**host))[0] == 404
        body = create() | {"NetworkingConfig": {"EndpointsConfig": {name: {}}}}
        assert bob.request("POST", "/containers/create", body)[0] == 404
        body = create() | {"NetworkingConfig": {"EndpointsConfig": {"none": {"NetworkID": number}}}}
        assert bob.request("POST", "/containers/create", body)[0] == 404
        # Nor does alice's network take bob's container in, nor let go of it.
        for what in ("connect", "disconnect"):
            status, answer = alice.request("POST", f"/networks/{name}/{what}", {"Container": mine})
            assert (status, json.loads(answer)["message"]) == (404, f"No such container: {mine}")
        assert json.loads(alice.request("GET", f"/networks/{name}")[1])["Id"] == number
    assert bob.request("POST", "/networks/create", {"Name": "own-net"})[0] == 409


def test_lists_are_narrow(tenants, things):
    _, bob = tenants
    assert bob.docker("ps", "-a", "--format", "{{.Names}}") == "own-bob"
    assert bob.docker("volume", "ls", "-q") == "" and bob.docker("network", "ls", "-q") == ""
    usage = json.loads(bob.request("GET", "/v1.41/system/df")[1])
    assert [one["Names"] for one in usage["Containers"]] == [["/own-bob"]] and usage["Volumes"] == []
    assert [one["RepoTags"] for one in usage["Images"]] == [[IMAGE]]
    for filters in ('{"name":["own"]}', '{"label":["dockgate.owner=alice"]}', '{"label":{"dockgate.owner":true}}'):
        status, answer = bob.request("GET", "/containers/json?all=1&filters=" + filters.replace('"', "%22"))
        assert status == 200 and things["container"] not in answer, answer
    assert bob.request("GET", "/containers/json?filters=%7B%7D&filters=%7B%7D")[0] == 400


def test_events_are_narrow(tenants, things):
    alice, bob = tenants
    stream = subprocess.Popen([DEBIAN_CLI, "events", "--format", "{{.Action}} {{.Actor.Attributes.name}}"], env=bob.env,
                              stdout=subprocess.PIPE, text=True)
    try:
        # The first event tells that the stream is there.
        seen = []
        while not seen:
            bob.docker("exec", "own-bob", "true")
            seen += [stream.stdout.readline()]
        alice.docker("exec", "own-web", "true")
        bob.docker("kill", "-s", "CONT", "own-bob")
        while "kill" not in seen[-1]:
            seen.append(stream.stdout.readline())
        assert all("own-bob" in line for line in seen), seen
    finally:
        stream.kill()
        stream.wait()
        stream.stdout.close()


def test_prune_takes_its_own_alone(engine, tenants, things):
    alice, bob = tenants
    for tenant, name in ((alice, "own-pruned-a"), (bob, "own-pruned-b")):
        tenant.docker("create", "--name", name, "--network", "none", "-l", "x=y", IMAGE)
        tenant.docker("volume", "create", name)
    assert "own-pruned-a" not in bob.docker("container", "prune", "-f", "--filter", "label=x=y")
    bob.docker("container", "prune", "-f", "--filter", "label=dockgate.owner=alice")
    assert bob.docker("volume", "prune", "-f").count("own-pruned") == 1
    bob.docker("network", "prune", "-f")
    bob.docker("image", "prune", "-a", "-f")
    assert "403" in bob.fails("builder", "prune", "-f") and "403" in bob.fails("system", "prune", "-f")
    assert engine.docker("ps", "-a", "--filter", "name=own-pruned", "--format", "{{.Names}}").split() == ["own-pruned-a"]
    assert engine.docker("volume", "ls", "-q", "--filter", "name=own-pruned").split() == ["own-pruned-a"]
    assert engine.docker("network", "ls", "-q", "--filter", "name=own-net")
    assert alice.docker("container", "prune", "-f", "--filter", "label=x=y")
    assert alice.docker("volume", "rm", "own-pruned-a") == "own-pruned-a"


def test_nobody_takes_the_others_label(engine, tenants, things):
    _, bob = tenants
    label = {"dockgate.owner": "alice"}
    mount = {"Type": "volume", "Target": "/x", "VolumeOptions": {"Labels": label}}
    for target, body in (("/containers/create", create() | {"Labels": label}), ("/volumes/create", {"Name": "x", "Labels": label}),
                         ("/networks/create", {"Name": "x", "Labels": label}), ("/containers/create", create(Mounts=[mount]))):
        status, answer = bob.request("POST", target, body)
        assert status == 403 and "dockgate.owner may only be bob" in answer, answer
    assert bob.request("POST", "/volumes/create", {"Name": "own-labels", "Labels": {"dockgate.owner": "bob"}})[0] == 201
    assert json.loads(engine.docker("volume", "inspect", "own-labels"))[0]["Labels"] == {"dockgate.owner": "bob"}
    bob.docker("volume", "rm", "own-labels")


def test_what_has_no_owner_is_closed(tenants, things):
    _, bob = tenants
    for method, target in (("POST", "/images/load"),
                           ("GET", "/nodes"), ("GET", "/swarm"), ("POST", "/swarm/init"), ("GET", "/plugins"),
                           ("POST", "/session"), ("POST", "/grpc"), ("POST", "/build/prune"),
                           ("POST", "/containers/own-web/copy"), ("GET", "/containers/own-web/checkpoints"),
                           ("GET", "/libpod/containers/json")):
        status, answer = bob.request(method, target)
        assert status == 403, (target, answer)


def test_shared_is_used_not_changed(tenants, things):
    _, bob = tenants
    assert bob.request("GET", f"/images/{IMAGE}/json")[0] == 200
    status, answer = bob.request("DELETE", f"/images/{IMAGE}")
    assert status == 403 and "is shared" in answer
    assert bob.request("POST", "/images/create?fromImage=other&tag=1")[0] == 403


def test_names_that_look_like_others(tenants, things):
    """A name comes before the beginning of an id, for the engine and so for the gate."""
    alice, bob = tenants
    short = things["container"][:12]
    bob.docker("create", "--name", short, "--network", "none", IMAGE)
    try:
        assert json.loads(bob.docker("inspect", short))[0]["Name"] == f"/{short}"
        status, answer = alice.request("GET", f"/containers/{short}/json")
        assert (status, json.loads(answer)["message"]) == (404, f"No such container: {short}")
        status, _ = bob.request("POST", "/containers/create", create(NetworkMode=f"container:{short}"))
        assert status == 201
        assert alice.request("GET", f"/containers/{things['container']}/json")[0] == 200
    finally:
        bob.docker("container", "prune", "-f")


@pytest.mark.parametrize("name", ["own-web/json", "own-web%2Fjson", "x/../own-web", "own-web/", "own-web%00", "", "%2e%2e"])
def test_names_with_a_shape_of_their_own(tenants, things, name):
    _, bob = tenants
    status, answer = bob.request("POST", f"/containers/{name}/kill")
    assert status in (400, 403, 404) and things["container"] not in answer
    for value in (f"container:{name}", f"container:../containers/{name}"):
        assert bob.request("POST", "/containers/create", create(NetworkMode=value))[0] in (400, 404)
