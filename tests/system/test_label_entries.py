"""Entries like `GET /containers/{label:app=shop}/logs` before a scripted engine: what is asked about names, what is sent on,
and that nothing passes before its label is known."""

import json
import subprocess
import threading

import pytest

from support.gate import binary
from support.stub import answer, reply
from test_configuration import becomes, configured, reload  # pylint: disable=unused-import
from test_own import ID, NUMBER, OTHER, ask, scripted, tunnel

SHOP = {"app": "shop", "tier": ""}
MINE = {"dockgate.owner": "alice"}


def thing(name, labels, number=ID):
    return {"Id": number, "Name": f"/{name}", "Config": {"Labels": labels}}


def spec(labels):
    return {"ID": NUMBER, "Spec": {"Name": "x", "Labels": labels}}


IMAGE = {"Id": "sha256:" + ID, "RepoTags": ["img:1"], "Config": {"Labels": SHOP}}

# What the engine says to look-ups.
THINGS = {
    "/containers/web/json": thing("web", SHOP), "/containers/0123/json": thing("web", SHOP),
    f"/containers/{ID}/json": thing("web", SHOP),
    "/containers/db/json": thing("db", {"app": "shop2", "shop": "app"}, OTHER), f"/containers/{OTHER}/json": thing("db", {}, OTHER),
    "/containers/other/json": thing("other", None, OTHER), "/containers/free/json": thing("free", {}, OTHER),
    "/containers/many/json": reply(400, b'{"message":"Multiple IDs found"}'),
    "/containers/mine/json": thing("mine", MINE | SHOP), "/containers/mine2/json": thing("mine2", MINE),
    "/containers/hers/json": thing("hers", {"dockgate.owner": "bob"} | SHOP),
    "/exec/1/json": {"ID": "1", "ContainerID": ID, "Labels": {}}, "/exec/2/json": {"ID": "2", "ContainerID": OTHER, "Labels": SHOP},
    "/networks/mine": {"Id": OTHER, "Name": "mine", "Labels": MINE | SHOP}, "/networks/mine2": {"Id": OTHER, "Name": "m", "Labels": MINE},
    "/networks/net": {"Id": OTHER, "Name": "net", "Labels": SHOP}, "/networks/other": {"Id": OTHER, "Name": "other", "Labels": {}},
    "/volumes/vol": {"Name": "vol", "Labels": SHOP}, "/volumes/other": {"Name": "other", "Labels": None},
    "/images/img/json": IMAGE, "/images/img%3Alatest/json": IMAGE, "/images/img%3A1/json": IMAGE,
    "/images/img%3A2/json": IMAGE | {"Config": {"Labels": {"app": "x"}}}, "/images/bare/json": IMAGE | {"Config": None},
    "/services/svc": spec(SHOP), "/services/other": {"ID": NUMBER, "Labels": SHOP, "Spec": {"Labels": {}}},
    "/secrets/sec": spec(SHOP), "/secrets/other": spec(None), "/configs/conf": spec(SHOP), "/configs/other": spec({}),
    "/tasks/task": {"ID": NUMBER, "Labels": {}, "Spec": {"ContainerSpec": {"Labels": SHOP}}},
    "/tasks/other": {"ID": NUMBER, "Labels": SHOP, "Spec": {"ContainerSpec": {}}},
    "/nodes/self": spec(SHOP), "/nodes/other": spec({}), "/secrets/lost": reply(503, b'{"message":"no swarm"}'),
}

OPERATIONS = ["GET /containers/{}/logs", "GET /containers/{}/json", "POST /containers/{}/stop", "POST /containers/{}/exec",
              "POST /containers/{}/attach", "HEAD /containers/{}/archive", "PUT /containers/{}/archive", "GET /containers/{}/resize",
              "DELETE /containers/{}", "GET /exec/{}/json", "POST /exec/{}/start", "GET /networks/{}", "POST /networks/{}/connect",
              "GET /volumes/{}", "DELETE /volumes/{}", "GET /images/{}/json", "GET /images/{}/history", "POST /images/{}/tag",
              "POST /images/{}/push", "GET /images/{}/get", "DELETE /images/{}", "GET /services/{}", "POST /services/{}/update",
              "GET /secrets/{}", "GET /configs/{}", "GET /tasks/{}/logs", "GET /nodes/{}", "POST /nodes/{}/update"]
ENTRIES = [operation.replace("{}", "{label:app=shop}") for operation in OPERATIONS]
POLICY = {"allow": ["PING"] + ENTRIES}


def policy(**more):
    """A file, which JSON is as well."""
    return json.dumps({"policies": {"p": POLICY | more}})


@pytest.mark.parametrize("method,target,sent", [
    ("GET", "/v1.41/containers/web/logs?stdout=1&tail=%35", f"/v1.41/containers/{ID}/logs?stdout=1&tail=%35"),
    ("GET", "/containers/%77eb/json?size=1", f"/containers/{ID}/json?size=1"),
    ("HEAD", "/containers/web/json", f"/containers/{ID}/json"),
    ("GET", "/containers/0123/logs", f"/containers/{ID}/logs"),
    ("GET", f"/containers/{ID}/logs", f"/containers/{ID}/logs"),
    ("POST", "/containers/web/stop?t=1", f"/containers/{ID}/stop?t=1"),
    ("HEAD", "/containers/web/archive?path=/x", f"/containers/{ID}/archive?path=/x"),
    ("GET", "/containers/web/resize?h=1", f"/containers/{ID}/resize?h=1"),
    ("DELETE", "/v1.41/containers/web?force=1", f"/v1.41/containers/{ID}?force=1"),
    ("GET", "/v1.41/networks/net?scope=local", f"/v1.41/networks/{OTHER}?scope=local"),
    ("GET", "/volumes/vol", "/volumes/vol"),
    ("DELETE", "/volumes/vol?force=1", "/volumes/vol?force=1"),
    ("GET", "/v1.41/images/img:1/json", f"/v1.41/images/sha256:{ID}/json"),
    ("GET", "/images/img/history", f"/images/sha256:{ID}/history"),
    ("POST", "/images/img:1/tag?repo=other&tag=x", f"/images/sha256:{ID}/tag?repo=other&tag=x"),
    ("POST", "/images/img/push?tag=1", "/images/img:1/push?tag=1"),
    ("POST", "/images/img/push", "/images/img:latest/push?tag=latest"),
    ("GET", "/images/img/get", "/images/img:latest/get"),
    ("DELETE", "/images/img:1?force=1", "/images/img:1?force=1"),
    ("GET", "/services/svc", f"/services/{NUMBER}"),
    ("POST", "/services/svc/update?version=1", f"/services/{NUMBER}/update?version=1"),
    ("GET", "/secrets/sec", f"/secrets/{NUMBER}"),
    ("GET", "/configs/conf", f"/configs/{NUMBER}"),
    ("GET", "/tasks/task/logs?stdout=1", f"/tasks/{NUMBER}/logs?stdout=1"),
    ("GET", "/nodes/self", f"/nodes/{NUMBER}"),
    ("POST", "/nodes/self/update?version=1", f"/nodes/{NUMBER}/update?version=1"),
])
def test_sent_on_as_what_was_found(configured, stub, method, target, sent):
    """One question for a name; then by its id, so that nobody can put another thing under the name."""
    engine = stub(scripted(THINGS))
    g = configured(policy(), engine=engine)
    ask(g, method, target)
    assert engine.lines[1:] == [f"{method} {sent}"] and engine.lines[0].startswith("GET "), engine.lines
    line = json.loads(g.wait_log(lambda lines: lines and lines[-1]))
    path = "/archive" if "/archive" in target else None
    assert line["verdict"] == "allow" and line["option"] in ENTRIES and (path is None or path in line["option"]), line
    assert "{label:app=shop}" in line["option"] and line["target"] == target


def test_exec_is_its_containers(configured, stub):
    engine = stub(scripted(THINGS))
    g = configured(policy(), engine=engine)
    assert ask(g, "GET", "/exec/1/json").status == 200
    assert engine.lines == ["GET /exec/1/json", f"GET /containers/{ID}/json", "GET /exec/1/json"]
    # What the instance itself says of labels is nothing.
    assert ask(g, "POST", "/exec/2/start", {"Detach": True}).status == 403
    assert engine.lines[3:] == ["GET /exec/2/json", f"GET /containers/{OTHER}/json"]


@pytest.mark.parametrize("method,target,status,message", [
    ("GET", "/containers/db/logs", 403, "403 Forbidden: GET /containers/{id}/logs is allowed for what bears label app=shop (policy p)"),
    ("POST", "/containers/other/stop", 403, "POST /containers/{id}/stop is allowed for what bears label app=shop (policy p)"),
    ("GET", "/networks/other", 403, "is allowed for what bears label app=shop"),
    ("GET", "/volumes/other", 403, "is allowed for what bears label app=shop"),
    ("DELETE", "/images/img:2", 403, "is allowed for what bears label app=shop"),
    ("POST", "/images/img/push?tag=2", 403, "is allowed for what bears label app=shop"),
    ("GET", "/images/bare/json", 403, "is allowed for what bears label app=shop"),
    ("GET", "/services/other", 403, "is allowed for what bears label app=shop"),
    ("GET", "/secrets/other", 403, "is allowed for what bears label app=shop"),
    ("GET", "/configs/other", 403, "is allowed for what bears label app=shop"),
    ("GET", "/tasks/other/logs", 403, "is allowed for what bears label app=shop"),
    ("GET", "/nodes/other", 403, "is allowed for what bears label app=shop"),
    ("GET", "/containers/none/logs", 404, "No such container: none"),
    ("GET", "/containers/many/logs", 404, "No such container: many"),
    ("GET", "/containers/" + "x" * 2000 + "/logs", 404, "No such container: xxx"),
    ("GET", "/exec/3/json", 404, "No such exec instance: 3"),
    ("GET", "/networks/none", 404, "network none not found"),
    ("GET", "/volumes/none", 404, "get none: no such volume"),
    ("GET", "/images/none/json", 404, "no such image: none: No such image: none:latest"),
    ("DELETE", "/images/none", 404, "No such image: none:latest"),
    ("GET", "/services/none", 404, "service none not found"),
    ("GET", "/nodes/none", 404, "node none not found"),
    ("GET", "/secrets/lost", 503, "no manager of a swarm"),
    ("GET", "/containers/web/top", 403, "turn on the CONTAINERS_TOP option"),
    ("POST", "/images/img/push?tag=1&tag=2", 400, "can't be read in one way only"),
])
def test_what_does_not_bear_it(configured, stub, method, target, status, message):
    """The engine sees look-ups and nothing else; what is absent is so in its own words."""
    engine = stub(scripted(THINGS))
    g = configured(policy(), engine=engine)
    response = ask(g, method, target)
    assert response.status == status and message in json.loads(response.body)["message"], response.body
    assert len(engine.lines) <= 1 and all(line.startswith("GET ") for line in engine.lines)
    line = json.loads(g.wait_log(lambda lines: lines and lines[-1]))
    assert line["verdict"] == "deny" and ("{label:app=shop}" in line["option"]) == ("/top" not in target), line


@pytest.mark.parametrize("said", [
    b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"nonsense\r\n\r\n", reply(body=b'{"Id":"' + b"x" * 600000 + b'"}'),
    reply(body=json.dumps({"Id": ID, "Config": {"Labels": ["app=shop"]}}).encode()),
    reply(body=b'{"Id":"%s","Config":{"Labels":{"app":"x","app":"shop"}}}' % ID.encode()),
], ids=["500", "empty", "nonsense", "long", "list", "twice"])
def test_engine_that_does_not_say(configured, stub, said):
    engine = stub(scripted({"/containers/web/json": said}))
    response = ask(configured(policy(), engine=engine), "POST", "/containers/web/stop")
    assert response.status == 502 and b"did not say which labels web has" in response.body
    assert all("stop" not in line for line in engine.lines)


def test_no_engine(configured, workdir):
    assert ask(configured(policy(), engine=workdir / "none.sock"), "POST", "/containers/web/stop").status == 502


def test_what_else_allows_it_costs_nothing(configured, stub):
    """Globs, options and other entries decide before any label does, wherever they stand."""
    engine = stub(scripted(THINGS))
    g = configured(policy(allow=ENTRIES + ["POST /containers/d*y/stop", "POST /containers/db/stop", "CONTAINERS_LOGS"],
                          query={"ContainerStop": {"t": ["", "1"]}}), engine=engine)
    assert ask(g, "POST", "/containers/db/stop").status == 200
    assert ask(g, "GET", "/containers/other/logs").status == 200
    assert engine.lines == ["POST /containers/db/stop", "GET /containers/other/logs"]
    assert ask(g, "POST", "/containers/web/stop?t=1").status == 200
    assert ask(g, "POST", "/containers/web/stop?t=9").status == 403  # without a question
    assert engine.lines[2:] == ["GET /containers/web/json", f"POST /containers/{ID}/stop?t=1"]


def test_any_of_several_labels(configured, stub):
    engine = stub(scripted(THINGS))
    entries = ["POST /containers/{label:%s}/stop" % label for label in ("app=none", "shop", "tier=", "app=other")]
    g = configured(policy(allow=entries), engine=engine)
    for name, status, entry in (("web", 200, 2), ("db", 200, 1), ("other", 403, 0)):
        assert ask(g, "POST", f"/containers/{name}/stop").status == status
        line = json.loads(g.wait_log(lambda lines, name=name: [li for li in lines if f"/{name}/" in li])[-1])
        assert line["option"] == entries[entry] and line["verdict"] == ("allow" if status == 200 else "deny")
    message = json.loads(ask(g, "POST", "/containers/other/stop").body)["message"]
    assert message.endswith("is allowed for what bears label app=none or label shop or label tier= or label app=other (policy p)")


def test_observe(configured, stub):
    """What would be denied passes as it came, and is logged so; what bears the label is allowed."""
    engine = stub(scripted(THINGS))
    g = configured(policy(mode="observe", requests={"profile": "safe"}), engine=engine, expect=[".*NOTHING IS PROTECTED.*"])
    for name, sent, verdict in (("db", "db", "would-deny"), ("none", "none", "would-deny"), ("web", ID, "allow")):
        n = len(engine.lines)
        assert ask(g, "POST", f"/containers/{name}/stop").status == 200
        assert engine.lines[n:] == [f"GET /containers/{name}/json", f"POST /containers/{sent}/stop"]
        line = json.loads(g.wait_log(lambda lines, name=name: [li for li in lines if f"/{name}/" in li])[-1])
        assert line["verdict"] == verdict and line["option"] == "POST /containers/{label:app=shop}/stop"
    # What a body says stays what would be denied, whatever the label.
    assert ask(g, "POST", "/containers/web/exec", {"Cmd": ["id"], "Privileged": True}).status == 200
    assert engine.lines[-1] == f"POST /containers/{ID}/exec"
    line = json.loads(g.wait_log(lambda lines: [li for li in lines if "/exec" in li])[-1])
    assert line["verdict"] == "would-deny" and line["option"].startswith("requests"), line


def test_own(configured, stub):
    """Both must hold, by one question; another owner's thing stays absent, whatever it bears."""
    engine = stub(scripted(THINGS))
    g = configured(policy(own="alice", requests={"profile": "safe"}, shared=["free"]), engine=engine)
    for method, target, status, says in (
            ("POST", "/containers/mine/stop", 200, b""), ("POST", "/containers/mine2/stop", 403, b"for what bears label app=shop"),
            ("POST", "/containers/hers/stop", 404, b"No such container: hers"), ("GET", "/containers/hers/json", 404, b"No such"),
            ("POST", "/containers/web/stop", 404, b"No such container: web"), ("POST", "/containers/free/stop", 403, b"is shared"),
            ("GET", "/containers/free/json", 403, b"for what bears label app=shop"), ("GET", "/nodes/self", 403, b"nobody can say")):
        n = len(engine.lines)
        response = ask(g, method, target)
        assert response.status == status and says in response.body, (target, response.body)
        assert len(engine.lines) - n == (2 if status == 200 else 0 if "nodes" in target else 1), engine.lines[n:]
    assert f"POST /containers/{ID}/stop" in engine.lines
    # A label is asked of what the path names alone.
    for network, status in (("mine", 200), ("mine2", 403)):
        assert ask(g, "POST", f"/networks/{network}/connect", {"Container": "mine2"}).status == status


def test_visible(configured, stub):
    engine = stub(scripted(THINGS))
    g = configured(policy(answers={"visible": ["label=app", "name=free"]}), engine=engine)
    for method, target, status in (("POST", "/containers/web/stop", 200), ("GET", "/containers/web/json", 200),
                                   ("POST", "/containers/db/stop", 403), ("GET", "/containers/db/json", 403),
                                   ("GET", "/containers/other/json", 404), ("GET", "/containers/free/json", 403),
                                   ("GET", "/exec/1/json", 200)):
        n = len(engine.lines)
        assert ask(g, method, target).status == status, target
        assert len(engine.lines) - n == {200: 2, 403: 1, 404: 1}[status] + ("exec" in target), engine.lines[n:]


def test_bodies(configured, stub):
    """What bodies say is checked as ever; what they name is not asked about."""
    engine = stub(scripted(THINGS))
    g = configured(policy(requests={"profile": "safe"}), engine=engine)
    body = {"Cmd": ["id"], "Privileged": True}
    response = ask(g, "POST", "/containers/web/exec", body)
    assert response.status == 403 and b"Privileged" in response.body and not engine.lines
    assert ask(g, "POST", "/containers/web/exec", {"Cmd": ["id"]}).status == 200
    assert engine.lines == ["GET /containers/web/json", f"POST /containers/{ID}/exec"]
    assert json.loads(engine.requests[-1].body) == {"Cmd": ["id"]}
    assert ask(g, "POST", "/containers/db/exec", {"Cmd": ["id"]}).status == 403
    n = len(engine.lines)
    assert ask(g, "POST", "/networks/net/connect", {"Container": "db"}).status == 200
    assert engine.lines[n:] == ["GET /networks/net", f"POST /networks/{OTHER}/connect"]
    assert json.loads(engine.requests[-1].body) == {"Container": "db"}


def test_chunked_bodies_uploads_and_forms(configured, stub):
    engine = stub(scripted(THINGS))
    g = configured(policy(), engine=engine)
    with g.client() as c:
        for method, name, status in (("POST", "db", 403), ("POST", "web", 200), ("PUT", "other", 403), ("PUT", "web", 200)):
            target = "stop" if method == "POST" else "archive?path=/"
            c.send(f"{method} /containers/{name}/{target} HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "5\r\nabcde\r\n0\r\n\r\n".encode())
            assert c.response(method).status == status
            assert status == 403 or engine.requests[-1].body == b"abcde"
        c.send(b"POST /images/img/push?tag=1 HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-www-form-urlencoded\r\n"
               b"Content-Length: 5\r\n\r\ntag=2")
        assert c.response().status == 415
    assert [line.split("?")[0] for line in engine.lines if not line.startswith("GET")] == [
        f"POST /containers/{ID}/stop", f"PUT /containers/{ID}/archive"]


def test_tunnel(configured, stub):
    """Bytes behind a request that is looked up are the tunnel's once there is one, else the next request."""
    engine = stub(tunnel(THINGS))
    g = configured(policy(), engine=engine)
    start = ("POST /%s HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n")
    for refused, allowed in (("containers/db/attach", "containers/web/attach"), ("exec/2/start", "exec/1/start")):
        with g.client() as c:
            c.send((start % refused + start % allowed).encode() + b"early")
            assert c.response().status == 403
            assert b"101" in c.read_head().start
            assert c.read_exact(4) == b"seen"


def test_client_that_leaves(configured, stub):
    """What nobody has decided yet is logged as denied, and is never sent on."""
    hang = threading.Event()
    engine = stub(scripted(THINGS, wait={"/containers/web/json": hang}))
    g = configured(policy(), engine=engine)
    with g.client(g.unix) as c:
        c.send(b"POST /containers/web/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
        engine.wait_requests(1)
        assert ask(g, "GET", "/containers/other/logs").status == 403  # nobody waits for another
    line = json.loads(g.wait_log(lambda lines: [li for li in lines if "/stop" in li])[-1])
    assert line["verdict"] == "deny" and line["option"] == "POST /containers/{label:app=shop}/stop"
    hang.set()
    assert ask(g, "GET", "/_ping").status == 200
    assert all("stop" not in line for line in engine.lines)


def test_reload(configured, stub):
    """The next request is decided by the new labels; one that waits goes on as it was decided."""
    hang = threading.Event()
    engine = stub(scripted(THINGS, wait={f"/containers/{ID}/json": hang}))
    g = configured(policy(), engine=engine)
    with g.client() as kept, g.client() as waiting:
        assert kept.get("/containers/web/logs").status == 200
        waiting.send(f"GET /containers/{ID}/logs HTTP/1.1\r\nHost: d\r\n\r\n".encode())
        engine.wait_requests(3)
        for label, status in (("app=shop2", 403), ("tier", 200)):
            reload(g, policy(allow=["GET /containers/{label:%s}/logs" % label]))
            becomes(lambda: kept.get("/containers/web/logs").status, status)
        reload(g, policy(allow="PING"))
        hang.set()
        assert waiting.response().status == 200


def test_quota(configured, stub):
    """A place is given back when the label denies."""
    engine = stub(scripted(THINGS))
    g = configured(policy(limits={"requests": 1}), engine=engine)
    with g.client() as c:
        for name, status in (("db", 403), ("web", 200), ("none", 404), ("web", 200)):
            assert c.get(f"/containers/{name}/json").status == status


def test_rate(configured, stub):
    engine = stub(scripted(THINGS))
    g = configured(policy(limits={"rate": 1, "burst": 1}), engine=engine)
    with g.client() as c:
        assert c.get("/containers/db/json").status == 403
        assert c.get("/containers/web/json").status == 429
    assert engine.lines == ["GET /containers/db/json"]
    # Observed, it stays what would be too much although the label is there.
    g = configured(policy(limits={"rate": 1, "burst": 1}, mode="observe"), engine=engine, expect=[".*NOTHING IS PROTECTED.*"])
    with g.client() as c:
        assert [c.get(f"/containers/web/json?n={n}").status for n in (1, 2)] == [200, 200]
    told = [json.loads(line) for line in g.wait_log(lambda lines: len(lines) == 2 and lines)]
    assert [line["verdict"] for line in told] == ["allow", "would-deny"] and told[1]["option"] == "limits.rate"


def test_what_a_view_refuses(configured, stub):
    """Raw content can't be masked, whatever the container bears; nobody needs to be asked."""
    engine = stub(scripted(THINGS))
    g = configured(policy(answers={"redact": "env"}), engine=engine)
    assert ask(g, "GET", "/images/img/get").status == 403 and not engine.lines
    line = json.loads(g.wait_log(lambda lines: lines and lines[-1]))
    assert line["verdict"] == "deny" and line["option"] == "view"
    done = subprocess.run([binary(), "explain", "--batch", "--config", str(g.config)], text=True, capture_output=True, env={},
                          timeout=20, check=False, input="GET\t/images/img/get\nGET\t/images/img/json\n")
    assert done.stdout == "deny\tview\tImageGet\nallow\tGET /images/{label:app=shop}/json\tImageInspect\n", done


def test_what_requests_close(configured, stub):
    """What can't be checked is refused whatever the container bears, and explain says so."""
    engine = stub(scripted(THINGS))
    g = configured(policy(requests={"profile": "safe"}), engine=engine)
    assert ask(g, "PUT", "/containers/web/archive?path=/").status == 403 and not engine.lines
    done = subprocess.run([binary(), "explain", "--batch", "--config", str(g.config)], text=True, capture_output=True, env={},
                          timeout=20, check=False, input="PUT\t/containers/web/archive\nPOST\t/containers/web/exec\n")
    assert done.stdout == ("deny\trequests\tPutContainerArchive\n"
                           "allow\tPOST /containers/{label:app=shop}/exec\tContainerExec\n"), done


def test_malformed(configured, stub):
    engine = stub(scripted(THINGS))
    with configured(policy(), engine=engine).client() as c:
        c.send(b"PUT /containers/web/archive?path=/ HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert c.response("PUT").status == 400
    assert not engine.lines


def test_explain_check_and_print(tmp_path):
    """It is told as allowed for what bears the label; written, it is the same again."""
    path = tmp_path / "dockgate.yaml"
    path.write_text('policies: {p: {allow: ["POST /containers/{label:app=shop}/exec", "POST /exec/{label:app}/start", '
                    '"POST /containers/{label:tier=a: b}/exec"]}}')
    asked = "POST\t/containers/web/exec\nPOST\t/containers/web/start\nPOST\t/exec/1/start\n"

    def dockgate(*words, **more):
        return subprocess.run([binary(), words[0], "--config", str(path), *words[1:]], text=True, capture_output=True, env={},
                              timeout=20, check=False, **more)

    told = ("allow\tPOST /containers/{label:app=shop}/exec\tContainerExec\ndeny\tCONTAINERS_START\tContainerStart\n"
            "allow\tPOST /exec/{label:app}/start\tExecStart\n")
    assert dockgate("explain", "--batch", input=asked).stdout == told
    done = dockgate("explain", "POST", "/containers/web/exec")
    assert done.returncode == 0 and ("verdict     allow: policy p: POST /containers/{label:app=shop}/exec grants it for what bears "
                                     "label app=shop or label tier=a: b, which the gate asks the engine about\n") in done.stdout
    done = dockgate("explain", "--json", "POST", "/containers/web/exec")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["verdict"] == "allow" and found["labels"] == ["app=shop", "tier=a: b"]
    assert "labels" not in json.loads(dockgate("explain", "--json", "POST", "/containers/web/start").stdout)
    done = dockgate("check")
    assert "POST /containers/{label:app=shop}/exec" in done.stdout and "Grade: root-equivalent" in done.stdout, done.stdout
    printed = dockgate("check", "--print").stdout
    path.write_text(printed)
    assert dockgate("check", "--print").stdout == printed and "{label:tier=a: b}" in printed
    assert dockgate("explain", "--batch", input=asked).stdout == told


def test_it_is_not_asked_for_nothing(configured, stub):
    """Other operations of a policy with labels cost what they did."""
    engine = stub(answer())
    g = configured(policy(), engine=engine)
    assert ask(g, "GET", "/_ping").status == 200
    assert engine.lines == ["GET /_ping"]
