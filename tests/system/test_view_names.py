"""DOCKGATE_VISIBLE before a scripted engine: what is asked about names, what is sent on as what, and that nothing passes
where the engine does not say whether it is visible."""

import json
import re
import subprocess
import threading
from urllib.parse import quote, unquote

import pytest

from support.gate import binary
from support.stub import reply
from test_own import ID, NUMBER, OTHER, ask, scripted, tunnel

OPTIONS = ["CONTAINERS", "NETWORKS", "VOLUMES", "EXEC", "IMAGES", "PING", "CONTAINERS_CREATE", "CONTAINERS_STOP", "EVENTS",
           "CONTAINERS_EXEC", "CONTAINERS_ATTACH", "CONTAINERS_PRUNE", "EXEC_START", "NETWORKS_CONNECT", "CONTAINERS_START",
           "NETWORKS_CREATE", "VOLUMES_CREATE", "SERVICES", "COMMIT", "SECRETS", "CONFIGS", "CONFIGS_UPDATE", "SERVICES_CREATE",
           "TASKS", "NODES", "PLUGINS", "PLUGINS_DISABLE", "NODES_UPDATE", "IMAGES_TAG", "IMAGES_CREATE", "IMAGES_BUILD"]
SEEN = {"DOCKGATE_VISIBLE": "label=team=a,name=web*,name=img:*"}
A = {"team": "a"}
B = {"team": "b"}


def thing(name, labels, number=ID):
    return {"Id": number, "Name": f"/{name}", "Config": {"Labels": labels}}


def spec(name, labels):
    return {"ID": NUMBER, "Spec": {"Name": name, "Labels": labels}}


# What the engine says to look-ups; a name is only what was asked for, what it says is the thing's own.
THINGS = {
    "/containers/x/json": thing("x", A),
    "/containers/web/json": thing("web", {}),
    "/containers/webx/json": thing("other", {}, OTHER),  # the beginning of an id, perhaps
    "/containers/hidden/json": thing("hidden", B, OTHER),
    f"/containers/{ID}/json": thing("x", A),
    f"/containers/{OTHER}/json": thing("hidden", B, OTHER),
    "/exec/1/json": {"ID": "1", "ContainerID": ID},
    "/exec/2/json": {"ID": "2", "ContainerID": OTHER},
    "/networks/net": {"Id": OTHER, "Name": "net", "Labels": A},
    "/networks/hidden": {"Id": OTHER, "Name": "hidden", "Labels": {}},
    "/volumes/vol": {"Name": "vol", "Labels": A},
    "/volumes/hidden": {"Name": "hidden", "Labels": None},
    "/images/img%3A1/json": {"Id": "sha256:" + ID, "RepoTags": ["img:1"], "Config": None},
    "/images/hidden/json": {"Id": "sha256:" + ID, "RepoTags": ["hidden:latest"], "Config": {"Labels": {}}},
    "/images/hidden%3Alatest/json": {"Id": "sha256:" + ID, "RepoTags": ["hidden:latest"], "Config": {"Labels": {}}},
    "/services/svc": spec("svc", A), "/services/hidden": spec("hidden", B), "/secrets/sec": spec("sec", A),
    "/secrets/hidden": spec("hidden", {}), "/configs/conf": spec("conf", A), "/configs/hidden": spec("hidden", {}),
    "/tasks/task": {"ID": NUMBER, "Labels": {}, "Spec": {"ContainerSpec": {"Labels": A}}},
    "/tasks/hidden": {"ID": NUMBER, "Labels": {}, "Spec": {"ContainerSpec": {"Labels": B}}},
    "/nodes/node": {"ID": NUMBER, "Spec": {"Labels": A}, "Description": {"Hostname": "h"}},
    "/nodes/web1": {"ID": NUMBER, "Spec": {"Labels": {}}, "Description": {"Hostname": "web1"}},
    "/nodes/hidden": {"ID": NUMBER, "Spec": {"Labels": B}, "Description": {"Hostname": "h"}},
    "/plugins/web/json": {"Id": ID, "Name": "web:latest", "Settings": {}, "Config": {}},
    "/plugins/hidden/json": {"Id": ID, "Name": "hidden:latest", "Settings": {}, "Config": {}},
}


def known(**more):
    return scripted(THINGS | {name.replace("_", "/"): said for name, said in more.items()})


@pytest.fixture
def seen(gate):
    def make(engine, **env):
        return gate(engine=engine, allow=OPTIONS, env=SEEN | env)

    return make


@pytest.mark.parametrize("method,target,sent", [
    ("GET", "/v1.41/containers/x/logs?stdout=1", f"/v1.41/containers/{ID}/logs?stdout=1"),
    ("POST", "/containers/web/stop?t=%31", f"/containers/{ID}/stop?t=%31"),
    ("GET", "/containers/%77eb/stats?stream=0", f"/containers/{ID}/stats?stream=0"),
    ("GET", "/containers/x/resize?h=1", f"/containers/{ID}/resize?h=1"),
    ("GET", "/v1.41/images/img:1/history", "/v1.41/images/img:1/history"),
    ("GET", "/v1.41/services/svc/logs?stdout=1", f"/v1.41/services/{NUMBER}/logs?stdout=1"),
    ("GET", "/tasks/task/logs?stdout=1", f"/tasks/{NUMBER}/logs?stdout=1"),
    ("POST", "/configs/conf/update?version=1", f"/configs/{NUMBER}/update?version=1"),
    ("POST", "/nodes/node/update?version=1", f"/nodes/{NUMBER}/update?version=1"),
    ("POST", "/nodes/web1/update", f"/nodes/{NUMBER}/update"),
    ("POST", "/plugins/web/disable", f"/plugins/{ID}/disable"),
    ("HEAD", "/containers/x/archive?path=/x", f"/containers/{ID}/archive?path=/x"),
    ("POST", "/commit?repo=new&container=x", f"/commit?container={ID}&repo=new&tag=latest"),
    ("POST", "/images/img:1/tag?repo=new", f"/images/sha256:{ID}/tag?repo=new&tag=latest"),
])
def test_sent_on_as_what_was_found(seen, stub, method, target, sent):
    engine = stub(known())
    ask(seen(engine), method, target)
    assert engine.lines[-1] == f"{method} {sent}", engine.lines
    assert all(line.startswith("GET ") for line in engine.lines[:-1]) and len(engine.lines) <= 3


@pytest.mark.parametrize("method,target,status,message", [
    ("POST", "/containers/hidden/stop", 404, "No such container: hidden"),
    ("POST", "/containers/none/stop", 404, "No such container: none"),
    ("GET", "/containers/webx/logs", 404, "No such container: webx"),  # what it says is not what it is called
    ("GET", "/containers/" + "x" * 2000 + "/logs", 404, "No such container: xxx"),
    ("GET", "/exec/2/json", 404, "No such exec instance: 2"),
    ("GET", "/exec/3/json", 404, "No such exec instance: 3"),
    ("GET", "/images/hidden/history", 404, "No such image: hidden:latest"),
    ("GET", "/images/hidden/get", 404, "reference does not exist"),
    ("POST", "/images/img:1/tag?repo=hidden", 409, "image with name hidden:latest already exists"),
    ("POST", "/images/create?fromImage=hidden&tag=latest", 409, "image with name hidden:latest already exists"),
    ("POST", "/commit?container=hidden", 404, "No such container: hidden"),
    ("POST", "/commit?container=x&container=hidden", 400, "can't be read in one way"),
    ("GET", "/services/hidden/logs?stdout=1", 404, "service hidden not found"),
    ("GET", "/tasks/hidden/logs?stdout=1", 404, "task hidden not found"),
    ("POST", "/configs/hidden/update", 404, "config hidden not found"),
    ("POST", "/nodes/hidden/update", 404, "node hidden not found"),
    ("POST", "/plugins/hidden/disable", 404, 'plugin "hidden" not found'),
    ("POST", "/containers/prune", 403, "unless one label, and no name, says what is"),
    ("POST", "/build/prune", 403, "not allow access"),
])
def test_what_is_not_seen(seen, stub, method, target, status, message):
    """The engine sees look-ups and nothing else; the log says that it was denied by the view."""
    engine = stub(known())
    g = seen(engine, DOCKGATE_LOG="denied")
    response = ask(g, method, target)
    assert response.status == status and message in json.loads(response.body)["message"], response.body
    assert (response.body[-1:] == b"\n") == (status == 404)
    assert all(line.startswith("GET ") for line in engine.lines)
    line = json.loads(g.wait_log(lambda lines: lines and lines[-1]))
    assert line["verdict"] == "deny" and line["time"][:2] == "20" and not line["time"].startswith("1970")
    assert line["option"] == ("IMAGES_BUILD_PRUNE" if "build" in target else "view")


def test_inspects_need_no_look_up(seen, stub):
    engine = stub(known())
    g = seen(engine)
    assert ask(g, "GET", "/containers/x/json").status == 200
    assert ask(g, "GET", "/containers/hidden/json").status == 404
    assert ask(g, "GET", "/_ping").status == 200 and ask(g, "GET", "/containers/json?all=1").status == 200
    assert engine.lines == ["GET /containers/x/json", "GET /containers/hidden/json", "GET /_ping", "GET /containers/json?all=1"]


@pytest.mark.parametrize("target,body", [
    ("/containers/create", {"Image": "img:1"}), ("/networks/net/connect", {"Container": "hidden"}), ("/services/create", {"Name": "x"}),
    ("/volumes/create", {"Name": "hidden"}), ("/networks/create", {"Name": "x"}),
    ("/v1.20/containers/x/start", {"VolumesFrom": ["hidden"]}),
])
def test_bodies_that_nobody_reads(seen, stub, target, body):
    engine = stub(known())
    response = ask(seen(engine), "POST", target, body)
    assert response.status == 403 and b"only where the policy has requests" in response.body and engine.lines == []


def test_start_without_a_body(seen, stub):
    """That is what clients send: there is nothing to read in it."""
    engine = stub(known())
    assert ask(seen(engine), "POST", "/containers/x/start").status == 200
    assert engine.lines[-1] == f"POST /containers/{ID}/start"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_forms(seen, stub, kind):
    """Engines read them before the query: a name could stand there."""
    engine = stub(known())
    with seen(engine).client() as c:
        c.send(f"POST /commit?container=x HTTP/1.1\r\nHost: d\r\nContent-Type: {kind}\r\nContent-Length: 16\r\n\r\n"
               "container=hidden".encode())
        assert c.response().status == 415
    assert engine.lines == []


def test_bodies(seen, stub):
    """With requests each name is asked about, and ids stand in the place of names; nothing is stamped."""
    engine = stub(known())
    g = seen(engine, DOCKGATE_REQUESTS="safe")
    body = {"Image": "img:1", "Labels": {"a": "b"}, "HostConfig": {"NetworkMode": "net", "Binds": ["vol:/x"]}}
    assert ask(g, "POST", "/v1.41/containers/create?name=x", body).status == 201
    assert sorted(engine.lines[:-1]) == ["GET /images/img%3A1/json", "GET /networks/net", "GET /volumes/vol"]
    sent = json.loads(engine.requests[-1].body)
    assert sent["Labels"] == {"a": "b"} and sent["HostConfig"]["NetworkMode"] == OTHER
    for change, status in (({"Image": "hidden"}, 404), ({"Image": "none"}, 404), ({"HostConfig": {"NetworkMode": "hidden"}}, 404),
                           ({"HostConfig": {"Binds": ["hidden:/x"]}}, 404), ({"HostConfig": {"Binds": ["none:/x"]}}, 404)):
        n = len(engine.lines)
        assert ask(g, "POST", "/containers/create", body | change).status == status
        assert all(line.startswith("GET ") for line in engine.lines[n:])
    assert ask(g, "POST", "/networks/net/connect", {"Container": "hidden"}).status == 404
    assert ask(g, "POST", "/networks/net/connect", {"Container": "x"}).status == 200
    assert json.loads(engine.requests[-1].body) == {"Container": ID} and engine.lines[-1] == f"POST /networks/{OTHER}/connect"
    assert ask(g, "POST", "/volumes/create", {"Name": "hidden"}).status == 409
    assert ask(g, "POST", "/volumes/create", {"Name": "new"}).status == 201
    assert "Labels" not in json.loads(engine.requests[-1].body)
    response = ask(g, "POST", "/build")
    assert response.status == 403 and b"ImageBuild can't be checked" in response.body
    # A task begins later, when the name may be another image's: its label of today says nothing.
    for image, status in (("other:1", 403), ("img:1", 201)):
        response = ask(g, "POST", "/services/create", {"Name": "s", "TaskTemplate": {"ContainerSpec": {"Image": image}}})
        assert response.status == status, response.body


def test_renamed_meanwhile(seen, stub):
    """The name is another's when the request comes: it goes to the one that was judged."""
    names = {"x": ID}

    def handle(c):
        while True:
            q = c.request(timeout=60)
            if q.line == "GET /containers/x/json":
                number, names["x"] = names["x"], OTHER
                c.reply(body=json.dumps(thing("x", A if number == ID else B, number)).encode())
            else:
                c.reply(204)

    engine = stub(handle)
    g = seen(engine)
    assert ask(g, "POST", "/containers/x/stop").status == 204
    assert engine.lines[-1] == f"POST /containers/{ID}/stop"
    assert ask(g, "POST", "/containers/x/stop").status == 404


@pytest.mark.parametrize("said", [
    b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n",
    reply(body=b'{"Id":"' + b"x" * 600000 + b'"}'), reply(body=b"[" * 2000 + b"]" * 2000),
    reply(body=json.dumps(thing("x", A, "../../images")).encode()),
    reply(body=b'{"Id":"%s","Config":{"Labels":{"team":"b","team":"a"}}}' % ID.encode()),
    reply(body=b'{"Id":"%s","Config":{"Labels":{"team":"b"}},"config":{"Labels":{"team":"a"}}}' % ID.encode()),
    reply(body=b'{"Id":"%s","Config":{"Labels":["team=a"]}}' % ID.encode()),
    reply(body=b'{"Id":"%s","Pad":"%s","Config":{"Labels":{"team":"a"}}}' % (ID.encode(), b"x" * 140000)),
    reply(body=json.dumps(thing("x", A)).encode() + b"x"),
], ids=["500", "empty", "301", "nonsense", "long", "deep", "id", "twice", "spellings", "list", "larger than a view holds", "behind"])
def test_engine_that_does_not_say(seen, stub, said):
    """What can't be understood is visible to nobody."""
    engine = stub(scripted({"/containers/x/json": said}))
    response = ask(seen(engine), "POST", "/containers/x/stop")
    assert response.status == 502 and b"did not say whether x is visible" in response.body
    assert all("stop" not in line for line in engine.lines)


def test_no_engine(seen, workdir):
    assert ask(seen(workdir / "none.sock"), "POST", "/containers/x/stop").status == 502


def test_nobody_else_waits(seen, stub):
    """While one look-up hangs others are served, and a client that leaves ends its own."""
    hang = threading.Event()
    engine = stub(scripted(THINGS, wait={"/containers/x/json": hang}))
    g = seen(engine)
    with g.client(g.unix) as c, g.client(g.unix) as leaving:
        for one in (c, leaving):
            one.send(b"POST /containers/x/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
        engine.wait_requests(2)
        for _ in range(5):
            assert ask(g, "GET", "/containers/web/logs").status == 200
        leaving.close()
        g.wait_log(lambda lines: [one for one in lines if "/containers/x/stop" in one])
        hang.set()
        assert c.response().status == 200
    assert len([line for line in engine.lines if "stop" in line]) == 1


def test_tunnel(seen, stub):
    """Bytes behind a request that is looked up are the tunnel's, once there is one."""
    with seen(stub(tunnel(THINGS))).client() as c:
        c.send(b"POST /containers/x/attach?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
               b"Content-Length: 0\r\n\r\nearly")
        assert b"101" in c.read_head().start
        assert c.read_exact(4) == b"seen"


def test_prune(seen, stub):
    """One label, with a value or without, can be asked of the engine."""
    for visible, label in (("label=team=a", "team%3Da"), ("label=team", "team")):
        engine = stub(known())
        g = seen(engine, DOCKGATE_VISIBLE=visible)
        assert ask(g, "POST", "/containers/prune?filters={%22until%22:[%221h%22]}").status == 200
        assert engine.lines == [f"POST /containers/prune?filters=%7B%22label%22%3A%7B%22{label}%22%3Atrue%7D%2C%22until%22%3A%7B"
                                "%221h%22%3Atrue%7D%7D"]
    g = seen(stub(known()), DOCKGATE_VISIBLE="label=team=a,label=b")
    assert ask(g, "POST", "/containers/prune").status == 403


@pytest.mark.parametrize("target,names,kind,number,words", [
    ("/v1.41/containers/json", {"before": ["x"]}, "container", ID, "No such container: hidden"),
    ("/containers/json", {"since": {"web": True}}, "container", ID, "No such container: hidden"),
    ("/images/json", {"since": ["img:1"]}, "image", f"sha256:{ID}", "No such image: hidden:latest"),
    ("/tasks", {"service": ["svc"]}, "service", NUMBER, "service hidden not found"),
    ("/tasks", {"node": ["web1"]}, "node", NUMBER, "node hidden not found"),
])
def test_filters_that_name_things(seen, stub, target, names, kind, number, words):
    """Engines tell a name that nothing has from one that something hidden has; here both are absent."""
    engine = stub(known())
    g = seen(engine)
    ask(g, "GET", f"{target}?filters={quote(json.dumps(names))}&x=1")
    filter_name = list(names)[0]
    assert unquote(engine.lines[-1]) == 'GET %s?x=1&filters={"%s":{"%s":true}}' % (target, filter_name, number)
    for name in ("hidden", "none"):
        n = len(engine.lines)
        response = ask(g, "GET", f"{target}?filters={quote(json.dumps({filter_name: [name]}))}")
        assert response.status == 404 and words.replace("hidden", name) in json.loads(response.body)["message"], response.body
        assert len(engine.lines) == n + 1
    response = ask(g, "GET", f"{target}?filters=%7B%7D&filters=%7B%7D")
    assert response.status == 400


def test_observing(seen, stub):
    """What would be denied goes on with the name as it was said, and the log says so."""
    engine = stub(known())
    g = seen(engine, DOCKGATE_MODE="observe")
    for target, verdict in (("/containers/hidden/stop", "would-deny"), ("/containers/x/stop", "allow"),
                            ("/containers/none/stop", "would-deny")):
        ask(g, "POST", target)
        line = json.loads(g.wait_log(lambda lines, t=target: [one for one in lines if t in one])[-1])
        assert line["verdict"] == verdict, line
    assert [line for line in engine.lines if line.startswith("POST")] == [
        "POST /containers/hidden/stop", f"POST /containers/{ID}/stop", "POST /containers/none/stop"]


def test_explain_and_check():
    def run(*args, text=None):
        return subprocess.run([binary(), *args], input=text, text=True, capture_output=True, timeout=20, check=False,
                              env=SEEN | {name: "1" for name in OPTIONS})

    done = run("explain", "--batch", text="GET\t/containers/x/logs\nPOST\t/containers/create\nPOST\t/containers/prune\n"
               "POST\t/containers/x/start\nGET\t/containers/x/checkpoints\n")
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == [
        ["allow", "CONTAINERS"], ["deny", "view"], ["deny", "view"], ["allow", "CONTAINERS_START"], ["deny", "view"]], done
    assert "only where the policy has requests" in run("explain", "POST", "/containers/create").stdout
    text = run("check", "--all").stdout
    assert "\nAll this with what is visible to it alone: label=team=a, name=web*, name=img:*.\n" in text
    assert json.loads(run("check", "--json").stdout)["reaches"] == "visible"
    for verdict, operation in (("deny", "/containers/create"), ("allow", "/containers/{id}/stop"), ("deny", "/containers/prune")):
        assert re.search(rf"^{verdict} +POST +{re.escape(operation)} ", text, re.M), operation
