"""DOCKGATE_OWN before a scripted engine: what is asked about names, what is sent on, and who waits for whom."""

import json
import re
import subprocess
import threading
from urllib.parse import unquote

import pytest

from support.gate import binary
from support.stub import UPGRADED, answer, reply
from test_configuration import becomes, reload

ID = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4
NUMBER = "abcdefghij0123456789xyzwv"
OPTIONS = ["CONTAINERS", "NETWORKS", "VOLUMES", "EXEC", "IMAGES", "PING", "CONTAINERS_CREATE", "CONTAINERS_STOP",
           "CONTAINERS_EXEC", "CONTAINERS_ATTACH", "CONTAINERS_PRUNE", "EXEC_START", "NETWORKS_CONNECT",
           "NETWORKS_CREATE", "VOLUMES_CREATE", "VOLUMES_DELETE", "CONTAINERS_DELETE", "EVENTS", "SERVICES", "COMMIT", "SECRETS", "CONFIGS", "CONFIGS_UPDATE",
           "SERVICES_CREATE", "TASKS", "NODES", "IMAGES_BUILD", "IMAGES_TAG", "IMAGES_PUSH", "IMAGES_CREATE"]
OWN = {"DOCKGATE_OWN": "alice", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_OWN_SHARED": "busybox:*,common"}
MINE = {"dockgate.owner": "alice"}


def thing(name="web", labels=None, number=ID):
    return {"Id": number, "Name": f"/{name}", "Config": {"Labels": MINE if labels is None else labels}}


IMAGE = {"Id": "sha256:" + ID, "RepoTags": ["mine:1", "mine:latest"], "Config": {"Labels": MINE}}

# What the engine says to look-ups, by target; anything else gets the usual answer.
THINGS = {
    "/containers/web/json": thing(),
    "/containers/hers/json": thing("hers", {"dockgate.owner": "bob"}),
    "/containers/common/json": thing("common", {}),
    "/containers/common2/json": thing("common", {"dockgate.owner": "bob"}),  # a shared name does not share it
    f"/containers/{ID}/json": thing(),
    f"/containers/{OTHER}/json": thing("x", {}, OTHER),
    "/exec/1/json": {"ID": "1", "ContainerID": ID},
    "/exec/2/json": {"ID": "2", "ContainerID": OTHER},
    "/networks/net": {"Id": OTHER, "Name": "net", "Labels": MINE},
    "/volumes/vol": {"Name": "vol", "Labels": MINE},
    "/volumes/hers": {"Name": "hers", "Labels": {}},
    "/secrets/sec": {"ID": NUMBER, "Spec": {"Name": "sec", "Labels": MINE}},
    "/secrets/hers": {"ID": NUMBER, "Spec": {"Name": "hers", "Labels": {"dockgate.owner": "bob"}}},
    "/secrets/lost": reply(503, b'{"message":"This node is not a swarm manager."}'),
    "/services/svc": {"ID": NUMBER, "Spec": {"Name": "svc", "Labels": MINE}},
    "/services/hers": {"ID": NUMBER, "Spec": {"Name": "hers", "Labels": {"dockgate.owner": "bob"}, "TaskTemplate": {
        "ContainerSpec": {"Labels": MINE}}}},
    "/tasks/task": {"ID": NUMBER, "Labels": {}, "Spec": {"ContainerSpec": {"Labels": MINE}}},
    "/tasks/hers": {"ID": NUMBER, "Labels": MINE, "Spec": {"NetworkAttachmentSpec": {"ContainerID": ID}}},
    "/networks/common": {"Id": OTHER, "Name": "common", "Labels": {}},
    "/networks/common?scope=swarm": {"Id": NUMBER, "Name": "common", "Labels": {"com.docker.swarm.predefined": "true"}},
    "/configs/conf": {"ID": NUMBER, "Spec": {"Name": "conf", "Labels": MINE}},
    "/images/mine/json": IMAGE, "/images/mine%3Alatest/json": IMAGE, "/images/mine%3A1/json": IMAGE, "/images/cafe/json": IMAGE,
    "/images/busybox%3A2/json": {"Id": "sha256:" + ID, "RepoTags": ["busybox:2"], "Config": {"Labels": {"dockgate.owner": "bob"}}},
    "/images/busybox%3A1/json": {"Id": "sha256:" + ID, "RepoTags": ["busybox:1"], "Config": {"Labels": None}},
}


def scripted(things=None, wait=None):
    """Answers look-ups; `wait` by target: an event for which the answer waits."""
    known = THINGS if things is None else things

    def handle(c):
        while True:
            q = c.request(timeout=60)
            target = q.line.split(" ")[1]
            if wait is not None and target in wait:
                wait[target].wait(60)
            if q.line.startswith("GET ") and target in known:
                body = known[target]
                c.send(body if isinstance(body, bytes) else reply(body=json.dumps(body).encode()))
            elif q.line.startswith("GET ") and (
                    target.endswith("/json") or target.startswith(("/networks/", "/volumes/", "/secrets/", "/configs/", "/services/",
                                                                     "/tasks/", "/nodes/"))):
                c.reply(404, b'{"message":"?"}')
            elif any(listed in target for listed in ("/containers/json", "/images/json", "/tasks?")):
                c.reply(body=b"[]")
            else:
                c.reply(201 if "create" in target else 200, json.dumps({"Labels": MINE}).encode(), head_only=q.method == "HEAD")

    return handle


def tunnel(things):
    """Answers look-ups, then agrees to an upgrade, and has early bytes behind it."""
    def handle(c):
        q = c.request()
        while q.line.startswith("GET"):
            c.reply(body=json.dumps(things[q.line.split(" ")[1]]).encode())
            q = c.request()
        c.send(UPGRADED)
        assert c.read_exact(5) == b"early"
        c.send(b"seen")
        c.close()

    return handle


@pytest.fixture
def owned(gate):
    def make(engine, **env):
        return gate(engine=engine, allow=OPTIONS, env=OWN | env)

    make.gate = gate
    return make


def ask(g, method, target, body=None):
    with g.client() as c:
        data = b"" if body is None else json.dumps(body).encode()
        kind = "" if body is None else "Content-Type: application/json\r\n"
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\n{kind}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return c.response(method)


@pytest.mark.parametrize("method,target,sent", [
    ("GET", "/v1.41/containers/web/logs?stdout=1", f"/v1.41/containers/{ID}/logs?stdout=1"),
    ("POST", "/containers/web/stop?t=%31", f"/containers/{ID}/stop?t=%31"),
    ("GET", "/v1.41/networks/net/", None),
    ("GET", "/v1.41/volumes/vol", "/v1.41/volumes/vol"),
    ("GET", "/v1.41/images/busybox:1/history", "/v1.41/images/busybox:1/history"),
    ("GET", "/containers/common/logs?stdout=1", f"/containers/{ID}/logs?stdout=1"),
    ("GET", "/v1.41/secrets/sec", f"/v1.41/secrets/{NUMBER}"),
    ("GET", "/v1.41/services/svc/logs?stdout=1", f"/v1.41/services/{NUMBER}/logs?stdout=1"),
    ("GET", "/tasks/task", f"/tasks/{NUMBER}"),
    ("GET", "/v1.41/networks/common?verbose=1&scope=swarm", f"/v1.41/networks/{NUMBER}?verbose=1&scope=swarm"),
    ("GET", "/networks/common?%73cope=swarm", f"/networks/{OTHER}?%73cope=swarm"),
    ("HEAD", "/containers/web/archive?path=/x", f"/containers/{ID}/archive?path=/x"),
])
def test_sent_on_as_what_was_found(owned, stub, method, target, sent):
    engine = stub(scripted())
    g = owned(engine)
    status = ask(g, method, target).status
    if sent is None:
        assert status == 404 and len(engine.lines) <= 1
        return
    assert engine.lines[1:] == [f"{method} {sent}"], (status, engine.lines)
    assert engine.lines[0].split(" ")[0] == "GET" and len(engine.lines) == 2


LABELS = "labels=%7B%22dockgate.owner%22%3A%22alice%22%7D&nocache=1"
CHANGE = "changes=LABEL%20dockgate.owner%3Dalice"


@pytest.mark.parametrize("method,target,sent", [
    ("POST", "/v1.41/images/mine/tag?repo=new", f"/v1.41/images/sha256:{ID}/tag?repo=new&tag=latest"),
    ("POST", "/images/mine/push?tag=1", "/images/mine:1/push?tag=1"),
    ("GET", "/v1.41/images/mine/get", "/v1.41/images/mine:latest/get"),
    ("GET", "/images/cafe/get", f"/images/sha256:{ID}/get"),
    ("GET", "/images/get?names=mine&names=busybox:1", "/images/get?names=mine%3Alatest&names=busybox%3A1"),
    ("POST", "/commit?container=web&repo=mine&tag=1", f"/commit?container={ID}&{CHANGE}&repo=mine&tag=1"),
    ("POST", "/build?t=new&t=mine:1&networkmode=container:web", f"/build?t=new%3Alatest&t=mine%3A1&networkmode=container%3A{ID}&{LABELS}"),
    ("POST", "/build", f"/build?{LABELS}"),
    ("POST", "/images/create?fromSrc=-&repo=mine:1", f"/images/create?fromSrc=-&{CHANGE}&repo=mine&tag=1"),
    ("POST", "/images/create?fromImage=busybox&tag=1", "/images/create?fromImage=busybox&tag=1"),
    ("POST", "/images/create?fromImage=busybox&tag=3", "/images/create?fromImage=busybox&tag=3"),
])
def test_images_are_sent_on(owned, stub, tmp_path, method, target, sent):
    """What was looked up is what the engine reads; bodies pass."""
    engine = stub(scripted())
    path = tmp_path / "dockgate.yaml"
    path.write_text("policies: {alice: {allow: [%s], own: true, shared: ['busybox:*'], requests: {profile: safe, networks: [container, bridge], "
                    "unchecked: [ImageBuild, ImageCommit, ImageCreate]}}}" % ", ".join(OPTIONS + ["IMAGES_GET", "IMAGES_GET_ALL"]))
    g = owned.gate(engine=engine, env={"DOCKGATE_CONFIG": str(path)})
    with g.client() as c:
        body = b"a" * 100000
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
               + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        assert c.response(method).status in (200, 201), engine.lines
    assert engine.lines[-1] == f"{method} {sent}"
    assert all(line.startswith("GET ") for line in engine.lines[:-1])
    assert engine.requests[-1].body == body


@pytest.mark.parametrize("method,target,status,message", [
    ("POST", "/images/hers/tag?repo=new", 404, "No such image: hers:latest"),
    ("POST", "/images/busybox:1/tag?repo=new", 403, "busybox:1 is shared"),
    ("POST", "/images/mine/tag?repo=busybox&tag=1", 409, "image with name busybox:1 already exists"),
    ("POST", "/images/mine/push?tag=2", 404, "no such image: mine:2"),
    ("POST", "/images/create?fromImage=busybox&tag=2", 409, "image with name busybox:2 already exists"),
    ("POST", "/build", 403, "ImageBuild can't be checked"),
    ("POST", "/containers/hers/stop", 404, "No such container: hers"),
    ("POST", "/containers/none/stop", 404, "No such container: none"),
    ("GET", "/containers/hers/logs", 404, "No such container: hers"),
    ("POST", "/containers/common/stop", 403, "common is shared"),
    ("GET", "/containers/common2/logs", 404, "No such container: common2"),
    ("GET", "/volumes/hers", 404, "get hers: no such volume"),
    ("GET", "/exec/2/json", 404, "No such exec instance: 2"),
    ("GET", "/exec/3/json", 404, "No such exec instance: 3"),
    ("GET", "/images/other/json", 404, "no such image: other: No such image: other:latest"),
    ("GET", "/containers/" + "x" * 2000 + "/logs", 404, "No such container: xxx"),
    ("GET", "/secrets/hers", 404, "secret hers not found"),
    ("GET", "/secrets/none", 404, "secret none not found"),
    ("GET", "/secrets/lost", 503, "no manager of a swarm"),
    ("GET", "/services/hers", 404, "service hers not found"),
    ("GET", "/services/hers/logs?stdout=1", 404, "service hers not found"),
    ("GET", "/tasks/hers", 404, "task hers not found"),
    ("GET", "/networks/net?scope=global&scope=swarm", 404, "network net not found"),
    ("GET", "/nodes", 403, "nobody can say whose things this works on"),
    ("POST", "/commit?container=web", 403, "ImageCommit can't be checked"),
    ("POST", "/containers/prune?filters=%7B%7D&filters=%7B%7D", 400, "filters can't be read in one way"),
])
def test_what_is_not_its_own(owned, stub, method, target, status, message):
    """The engine sees look-ups and nothing else."""
    engine = stub(scripted())
    g = owned(engine)
    response = ask(g, method, target)
    assert response.status == status and message in json.loads(response.body)["message"], response.body
    assert all(re.match("GET /(.*/json|volumes/|secrets/|services/|tasks/|networks/)", line) for line in engine.lines)
    line = json.loads(g.wait_log(lambda lines: lines and lines[-1]))
    assert line["verdict"] == ("deny" if status < 500 else "allow")


@pytest.mark.parametrize("name", ["hers", "none"])
@pytest.mark.parametrize("query", ["force=1", "x=y&force=True"])
def test_what_is_removed_by_force(owned, stub, name, query):
    """As the engine has it, of what isn't there: an answer without a body, on a connection that goes on."""
    engine = stub(scripted())
    g = owned(engine)
    with g.client() as c:
        for _ in range(2):
            c.send(f"DELETE /v1.41/volumes/{name}?{query} HTTP/1.1\r\nHost: d\r\n\r\n".encode())
            got = c.response("DELETE")
            assert got.status == 204 and not got.body
            assert not {b"content-length", b"content-type", b"transfer-encoding"} & {name.lower() for name, _ in got.fields}
    assert all(line == f"GET /volumes/{name}" for line in engine.lines)
    assert ask(g, "DELETE", f"/volumes/{name}?force=0").status == 404
    assert ask(g, "DELETE", f"/containers/{name}?force=1").status == 404


def test_exec_belongs_to_its_container(owned, stub):
    engine = stub(scripted())
    assert ask(owned(engine), "GET", "/exec/1/json").status == 200
    assert engine.lines == ["GET /exec/1/json", f"GET /containers/{ID}/json", "GET /exec/1/json"]


def test_bodies(owned, stub):
    """Each name is asked about once, and ids stand in their place."""
    engine = stub(scripted())
    g = owned(engine)
    body = {"Image": "busybox:1", "Labels": {"a": "b"},
            "HostConfig": {"NetworkMode": "net", "Binds": ["vol:/x"]},
            "NetworkingConfig": {"EndpointsConfig": {"net": {"Aliases": ["w"]}}}}
    assert ask(g, "POST", "/v1.41/containers/create?name=x", body).status == 201
    assert sorted(engine.lines[:-1]) == ["GET /images/busybox%3A1/json", "GET /networks/net", "GET /volumes/vol"]
    assert engine.lines[-1] == "POST /v1.41/containers/create?name=x"
    sent = json.loads(engine.requests[-1].body)
    assert sent["Labels"] == {"a": "b"} | MINE and sent["Image"] == "busybox:1"
    assert sent["HostConfig"]["NetworkMode"] == OTHER and sent["HostConfig"]["Binds"] == ["vol:/x"]
    assert sent["NetworkingConfig"]["EndpointsConfig"] == {OTHER: {"Aliases": ["w"]}}
    # The path's name and the body's.
    assert ask(g, "POST", "/networks/net/connect", {"Container": "web"}).status == 200
    assert engine.lines[-1] == f"POST /networks/{OTHER}/connect"
    assert json.loads(engine.requests[-1].body) == {"Container": ID}
    for name, status in (("hers", 404), ("common", 403), ("none", 404)):
        n = len(engine.lines)
        assert ask(g, "POST", "/networks/net/connect", {"Container": name}).status == status
        assert [line.split(" ")[0] for line in engine.lines[n:]] == ["GET", "GET"]


def test_services(owned, stub):
    """What a service refers to is found in two ways, and sent on as one thing; what others could take its name is not."""
    engine = stub(scripted())
    g = owned(engine)
    spec = {"Image": "busybox:1", "Configs": [{"File": {"Name": "c"}, "ConfigID": "conf", "ConfigName": "conf"}],
            "Secrets": [{"SecretID": NUMBER, "SecretName": "sec"}]}
    body = {"Name": "w", "TaskTemplate": {"ContainerSpec": spec, "Networks": [{"Target": "net"}]}}
    assert ask(g, "POST", "/v1.41/services/create", body).status == 404  # nothing has that number
    del spec["Secrets"]
    n = len(engine.lines)
    assert ask(g, "POST", "/v1.41/services/create", body).status == 201
    assert sorted(engine.lines[n:-1]) == ["GET /configs/conf", "GET /images/busybox%3A1/json", "GET /networks/net"]
    sent = json.loads(engine.requests[-1].body)
    template = sent["TaskTemplate"]
    assert sent["Labels"] == MINE and template["ContainerSpec"]["Labels"] == MINE
    assert template["Networks"] == [{"Target": OTHER}]
    assert template["ContainerSpec"]["Configs"] == [{"File": {"Name": "c"}, "ConfigID": NUMBER, "ConfigName": "conf"}]
    spec["Configs"] = [{"ConfigID": "conf", "ConfigName": "another"}]
    spec["Mounts"] = [{"Type": "volume", "Source": "vol", "Target": "/v"}]
    n = len(engine.lines)
    response = ask(g, "POST", "/v1.41/services/create", body)
    assert response.status == 403 and b"may be another's where and when" in response.body and len(engine.lines) == n


def test_new_names(owned, stub):
    engine = stub(scripted())
    g = owned(engine)
    for name, status in (("new", 201), ("vol", 201), ("hers", 409)):
        assert ask(g, "POST", "/volumes/create", {"Name": name}).status == status
    assert [line for line in engine.lines if "create" in line] == ["POST /volumes/create"] * 2


def test_chunked_body_and_keep_alive(owned, stub):
    engine = stub(scripted())
    g = owned(engine)
    with g.client() as c:
        for name, status in (("hers", 409), ("new", 201), ("hers", 409)):
            body = json.dumps({"Name": name}).encode()
            c.send(b"POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                   b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            assert c.response().status == status
            c.send(b"POST /containers/hers/stop HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            assert c.response().status == 404
            c.send(b"POST /containers/web/stop HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            assert c.response().status == 200


def test_filters(owned, stub):
    engine = stub(scripted())
    g = owned(engine)
    assert ask(g, "POST", "/v1.41/containers/prune?filters=%7B%22until%22%3A%5B%221h%22%5D%7D").status == 200
    assert unquote(engine.lines[0]) == ('POST /v1.41/containers/prune?filters={"label":{"dockgate.owner=alice":true},'
                                        '"until":{"1h":true}}')
    # Containers may be shared by name here, so the list is narrowed by the view alone.
    assert ask(g, "GET", "/containers/json?all=1").status == 200
    assert engine.lines[1] == "GET /containers/json?all=1"
    # What a filter names is its own, or absent.
    assert ask(g, "GET", "/containers/json?filters=%7B%22before%22%3A%5B%22web%22%5D%7D").status == 200
    assert unquote(engine.lines[-1]) == 'GET /containers/json?filters={"before":{"%s":true}}' % ID
    for target, name, words in (("containers/json?filters=%7B%22since%22", "hers", "No such container: hers"),
                                ("tasks?filters=%7B%22service%22", "hers", "service hers not found")):
        response = ask(g, "GET", f"/{target}%3A%5B%22{name}%22%5D%7D")
        assert response.status == 404 and words in json.loads(response.body)["message"], response.body


@pytest.mark.parametrize("said", [
    b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n",
    reply(body=b'{"Id":"' + b"x" * 600000 + b'"}'), reply(body=b"[" * 2000 + b"]" * 2000),
], ids=["500", "empty", "301", "nonsense", "long", "deep"])
def test_engine_that_does_not_say(owned, stub, said):
    engine = stub(scripted({"/containers/web/json": said}))
    response = ask(owned(engine), "POST", "/containers/web/stop")
    assert response.status == 502 and b"did not say whose web is" in response.body
    assert all("stop" not in line for line in engine.lines)


def test_no_engine(owned, workdir):
    assert ask(owned(workdir / "none.sock"), "POST", "/containers/web/stop").status == 502


def test_nobody_else_waits(owned, stub):
    """While one look-up hangs others are served; what the client sent ahead comes after it."""
    hang = threading.Event()
    engine = stub(scripted(wait={"/containers/web/json": hang}))
    g = owned(engine)
    with g.client() as c:
        c.send(b"POST /containers/web/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n"
               b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
        engine.wait_requests(1)
        for _ in range(5):
            assert ask(g, "GET", "/containers/common/json").status in (200, 404)
        assert all("_ping" not in line and "stop" not in line for line in engine.lines)
        hang.set()
        assert c.response().status == 200 and c.response().status == 200
    order = [line for line in engine.lines if "stop" in line or "_ping" in line]
    assert order == [f"POST /containers/{ID}/stop", "GET /_ping"]


def test_client_that_leaves(owned, stub):
    """A client that is gone needs no answer: its look-up ends, and nothing is sent on."""
    hang = threading.Event()
    engine = stub(scripted(wait={"/containers/web/json": hang}))
    g = owned(engine)
    ask(g, "GET", "/_ping")
    fds = g.fds()
    clients = [g.client(g.unix) for _ in range(20)]
    for c in clients:
        c.send(b"POST /containers/web/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
    engine.wait_requests(21)
    for c in clients:
        c.close()
    g.wait_fds(fds)
    hang.set()
    assert ask(g, "GET", "/_ping").status == 200
    assert all("stop" not in line for line in engine.lines)


OWNERS = ("policies:\n  one: {own: %s, shared: [common], allow: [CONTAINERS, CONTAINERS_STOP, VOLUMES_CREATE], requests: "
          "{profile: safe}}\n")


def test_reload_changes_the_owner(gate, stub, workdir):
    """The next request on a kept connection is the new owner's; one that is being looked up goes on as it was decided."""
    hang = threading.Event()
    path = workdir / "dockgate.yaml"
    path.write_text(OWNERS % "alice")
    engine = stub(scripted(wait={"/containers/common/json": hang}))
    g = gate(engine=engine, env={"DOCKGATE_CONFIG": str(path)})
    g.config = path
    with g.client() as kept, g.client() as waiting:
        assert kept.get("/containers/web/logs").status == 200
        waiting.send(b"GET /containers/common/logs HTTP/1.1\r\nHost: d\r\n\r\n")
        engine.wait_requests(3)
        reload(g, OWNERS % "bob")
        becomes(lambda: kept.get("/containers/web/logs").status, 404)
        assert kept.get("/containers/hers/logs").status == 200
        body = json.dumps({"Name": "new"})
        kept.send(f"POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
                  f"\r\n\r\n{body}".encode())
        assert kept.response().status == 404  # the stub says that it is alice's
        assert json.loads(engine.requests[-1].body)["Labels"] == {"dockgate.owner": "bob"}
        reload(g, OWNERS % "carol")
        hang.set()
        assert waiting.response().status == 200


def test_tunnel(owned, stub):
    """Bytes behind a request that is looked up are the tunnel's, once there is one."""
    engine = stub(tunnel(THINGS))
    with owned(engine).client() as c:
        c.send(b"POST /containers/web/attach?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
               b"Content-Length: 0\r\n\r\nearly")
        head = c.read_head()
        assert b"101" in head.start
        assert c.read_exact(4) == b"seen"


def test_effective_configuration(tmp_path):
    """What check --print writes is the same gate."""
    env = OWN | {"CONTAINERS": "1", "DOCKGATE_LISTEN": "tcp://127.0.0.1:1", "DOCKGATE_ENGINE": "unix:///e"}
    done = subprocess.run([binary(), "check", "--print"], text=True, capture_output=True, env=env, timeout=20, check=False)
    assert re.search(r"own: alice\n", done.stdout) and re.search(r"shared:.*busybox", done.stdout, re.S), done
    path = tmp_path / "dockgate.yaml"
    path.write_text(done.stdout)
    done = subprocess.run([binary(), "explain", "--batch", "--config", str(path)], input="GET\t/services\nGET\t/containers/x/logs\n",
                          text=True, capture_output=True, env={}, timeout=20, check=False)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["deny", "allow"], done


def test_explain():
    """It says what ownership closes; what a name means only the engine knows."""
    for target, says in (("/nodes", "deny\town\tNodeList"), ("/containers/x/logs", "allow\tCONTAINERS\tContainerLogs")):
        done = subprocess.run([binary(), "explain", "--batch"], input=f"GET\t{target}\n", text=True, capture_output=True,
                              env=OWN | {"CONTAINERS": "1", "NODES": "1"}, timeout=20, check=False)
        assert done.stdout == says + "\n", done
    done = subprocess.run([binary(), "check"], text=True, capture_output=True, env=OWN | {"CONTAINERS": "1"}, timeout=20, check=False)
    assert "\nAll this with what alice owns, and some of it with what is shared: busybox:*, common.\n" in done.stdout


@pytest.mark.parametrize("env,says", [
    ({"DOCKGATE_OWN": "a b", "DOCKGATE_REQUESTS": "safe"}, "can't be an owner's name"),
    ({"DOCKGATE_OWN": "yes", "DOCKGATE_REQUESTS": "safe"}, "can't be an owner's name"),
    ({"DOCKGATE_OWN": "a"}, "own goes with DOCKGATE_REQUESTS=safe or another profile"),
    ({"DOCKGATE_OWN": "a", "DOCKGATE_REQUESTS": "none"}, "own goes with DOCKGATE_REQUESTS=safe or another profile"),
    ({"DOCKGATE_OWN": "a", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_MODE": "observe"}, "does not go with observing"),
    ({"DOCKGATE_OWN": "a", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_VISIBLE": "label=x"}, "what is visible is what is owned"),
    ({"DOCKGATE_OWN_SHARED": "a"}, "goes with DOCKGATE_OWN"),
    ({"DOCKGATE_OWN": "a", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_OWN_SHARED": "a,,b"}, "an empty name"),
])
def test_settings_that_can_not_be(gate, stub, env, says):
    with pytest.raises(AssertionError, match=says):
        gate(engine=stub(answer()), env=env)
