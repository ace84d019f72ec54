"""DOCKGATE_REQUESTS: bodies are checked before the engine sees any of them, and sent on as they were read."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from support.gate import binary
from support.stub import answer

SAFE = {"DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": "/data,/srv:ro"}
WRITES = {"CONTAINERS": "1", "CONTAINERS_CREATE": "1", "CONTAINERS_START": "1", "CONTAINERS_KILL": "1", "CONTAINERS_EXEC": "1",
          "EXEC": "1", "CONTAINERS_UPDATE": "1", "VOLUMES_CREATE": "1", "NETWORKS_CREATE": "1", "SERVICES_CREATE": "1",
          "IMAGES_BUILD": "1", "PLUGINS_PULL": "1"}
CREATE = "/v1.41/containers/create"
STATUS = {403: "deny", 400: "reject-400", 200: "allow"}


def attacks():
    shared = os.environ.get("DOCKGATE_SHARED")
    name = Path("attacks/json-bodies.jsonl")
    path = Path(shared) / "vectors" / name if shared else None
    if path is None or not path.exists():
        path = Path(__file__).parent.parent / "data" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def chunks(body, size):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def request(target, body=b"", fields="Content-Type: application/json\r\n", framing=None, method="POST"):
    """The bytes of a request; `framing` as in the vectors."""
    head = f"{method} {target} HTTP/1.1\r\nHost: d\r\n{fields}"
    if framing and framing.startswith("chunked"):
        head += "Transfer-Encoding: chunked\r\n" + ("Content-Length: 0\r\n" if framing == "chunked+cl0" else "")
        body = chunks(body, 1 if framing == "chunked-1" else 32)
    else:
        head += ("Content-Encoding: gzip\r\n" if framing == "ce-gzip" else "") + f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def post(g, target, body, **more):
    with g.client() as c:
        c.send(request(target, body if isinstance(body, bytes) else json.dumps(body).encode(), **more))
        return c.response()


def message(response):
    return json.loads(response.body)["message"]


def test_recorded_attacks(gate, stub):
    """Each gets the answer that it must get, and what is refused never reaches the engine."""
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE)
    wrong, passed = [], 0
    for row in attacks():
        body = b"".join(base64.b64decode(part) * n for part, n in row["body_parts"]) if "body_parts" in row \
            else base64.b64decode(row["body_b64"])
        fields = f"Content-Type: {row['content_type']}\r\n" if row["content_type"] else ""
        method, target = row["endpoint"].split(" ")
        before = len(engine.lines)
        with g.client() as c:
            c.send(request(target, body, fields, row.get("framing"), method))
            status = c.response().status
        got = STATUS.get(status, "reject-other")
        passed += got == "allow"
        if got not in row["accept"] or (got == "allow") != (len(engine.lines) == before + 1):
            wrong.append((row["id"], row["why"], got, row["accept"]))
    assert not wrong
    assert passed > 14


def test_what_is_sent_is_what_was_read(gate, stub):
    """One form for all spellings and framings, with a length of our own; a directory that may only be read is so."""
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE)
    body = b' {"hostconfig":{"binds":["/srv/a:/a","/data:/d"]},\r\n"Image":"a\\u0062", "Cmd":null}\n'
    for framing in (None, "chunked", "chunked-1"):
        assert post(g, CREATE, body, framing=framing).status == 200
    with g.client() as c:
        for part in (request(CREATE, body)[i:i + 7] for i in range(0, len(request(CREATE, body)), 7)):
            c.send(part)
        assert c.response().status == 200
    assert len(engine.lines) == 4
    received = bytes(engine.all_received())
    wanted = b'{"Image":"ab","HostConfig":{"Binds":["/srv/a:/a:ro","/data:/d"]}}'
    assert received.count(b"Content-Length: %d\r\n\r\n" % len(wanted) + wanted) == 4
    assert b"hunked" not in received


def test_refusals_name_field_and_rule(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE)
    with g.client() as c:
        c.send(request(CREATE, b'{"HostConfig":{"Binds":["/etc:/x"]}}'))
        r = c.response()
        assert r.status == 403
        assert message(r) == ("403 Forbidden: HostConfig.Binds[0]: /etc is not below /data, nor another allowed directory "
                              "(policy safe, requests.binds)")
        c.send(request(CREATE, b'{"A":1,"A":2}'))
        r = c.response()
        assert (r.status, message(r)) == (400, "400 Bad Request: the body can't be taken: it has a name twice in one object")
        c.send(request(CREATE, b"Image=x", "Content-Type: application/x-www-form-urlencoded\r\n"))
        r = c.response()
        assert r.status == 415 and r.reason == "Unsupported Media Type" and "forms are not accepted" in message(r)
        c.send(request("/plugins/pull?remote=x", b"[]"))
        r = c.response()
        assert r.status == 403 and "PluginPull can't be checked (policy safe, requests.unchecked)" in message(r)
        c.send(request("/build?remote=http://x", b"tar", "Content-Type: application/x-tar\r\n"))
        r = c.response()
        assert r.status == 403 and "query remote: http://x is not allowed (requests.build)" in message(r)
        c.send(request(CREATE, b'{"Image":"a"}'))  # the connection goes on
        assert c.response().status == 200
    assert engine.lines == [f"POST {CREATE}"]
    entries = [json.loads(line) for line in g.wait_log(lambda lines: lines if len(lines) == 6 else None)]
    assert [(e["verdict"], e["option"], e["status"]) for e in entries] == [
        ("deny", "requests.binds", 403), ("reject", None, 400), ("reject", None, 415), ("deny", "requests.unchecked", 403),
        ("deny", "requests", 403), ("allow", "CONTAINERS_CREATE", 200)]


SERVICE = b'{"TaskTemplate":{"Networks":[{"Target":"none"}]}}'
TAR = "Content-Type: application/x-tar\r\n"


@pytest.mark.parametrize("target, body, fields, says", [
    ("/v1.41/services/create", SERVICE, None, None),
    ("/services/create", SERVICE, None, None),
    ("/v1.40/services/create", SERVICE, None, "in API 1.40 a service has no limit of processes, which is from 1.41 on"),
    ("/v1.41/services/create", b"{}", None, "Networks: network default is not allowed"),
    ("/containers/x/start", b"", None, None),
    ("/containers/x/start?checkpoint=../x", b"", None, "query checkpoint: ../x is not allowed"),
    ("/build?networkmode=none", b"tar", TAR, None),
    ("/build", b"tar", TAR, "query networkmode: default is not allowed"),
    ("/build?networkmode=none&dockerfile=../x", b"tar", TAR, "query dockerfile: ../x is no file of the context"),
])
def test_what_heads_say(gate, stub, target, body, fields, says):
    """Paths, versions and queries count as well, and what they leave out."""
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | {"DOCKGATE_REQUESTS": "sandbox"})
    r = post(g, target, body, **({"fields": fields} if fields else {}))
    assert r.status == (200 if says is None else 403), r.body
    assert says is None or says in message(r)
    assert len(engine.lines) == (1 if says is None else 0)


def test_continue_is_ours(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE)
    body = b'{"Image":"a"}'
    with g.client() as c:
        head, _ = request(CREATE, body, "Content-Type: application/json\r\nExpect: 100-continue\r\n").split(b"\r\n\r\n")
        c.send(head + b"\r\n\r\n")
        assert c.read_exact(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        c.send(body)
        assert c.response().status == 200
    assert b"Expect" not in bytes(engine.all_received())


@pytest.mark.parametrize("framing", [None, "chunked"])
def test_too_long(gate, stub, framing):
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE)
    body = b'{"Image":"' + b"a" * (1024 * 1024) + b'"}'
    with g.client() as c:
        head, _, rest = request(CREATE, body, framing=framing).partition(b"\r\n\r\n")
        if framing == "chunked":
            rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        c.send(head + b"\r\n\r\n")
        c.try_send(rest)  # it is refused before all of it is there
        assert c.response().status == 413
    assert engine.lines == []
    assert post(g, CREATE, {"Image": "a" * 60000}).status == 200


def test_observed(gate, stub):
    """What the policy denies is sent as it came, and said; what has two readings is refused all the same."""
    engine = stub(answer())
    g = gate(engine=engine, env=WRITES | SAFE | {"DOCKGATE_MODE": "observe"}, expect=[r".*NOTHING IS PROTECTED.*"])
    body = b'{ "hostconfig":{"Privileged":true}}'
    assert post(g, CREATE, body).status == 200
    assert post(g, "/plugins/pull", b"[ ]").status == 200
    assert post(g, CREATE, b'{"a":1,"a":1}').status == 400
    received = bytes(engine.all_received())
    assert received.count(b"\r\n\r\n" + body) == 1 and received.count(b"\r\n\r\n[ ]") == 1
    entries = [json.loads(line) for line in g.wait_log(lambda lines: lines if len(lines) == 4 else None)]
    assert {(e["verdict"], e["option"]) for e in entries if e["event"] == "end"} == {
        ("would-deny", "requests.privileged"), ("would-deny", "requests.unchecked"), ("reject", None)}


def test_a_body_has_to_come_in_time(gate, stub):
    g = gate(engine=stub(answer()), env=WRITES | SAFE | {"DOCKGATE_HEAD_TIMEOUT": "1s"})
    with g.client() as c:
        c.send(request(CREATE, b'{"Image":"a"}')[:-3])
        assert c.response().status == 408


def test_a_tunnel_begins_with_a_checked_body(gate, stub):
    """exec start: what the client sends behind its body waits for the engine's 101, and is the tunnel's."""

    def script(peer):
        r = peer.request()
        assert r.body == b'{"Detach":false,"Tty":false}'
        peer.send(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        peer.send(b"echo " + peer.read_exact(5))

    g = gate(engine=stub(script), env=WRITES | SAFE)
    with g.client() as c:
        c.send(request("/exec/a/start", b'{"Tty":false,"Detach":false}',
                       "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n") + b"hello")
        assert c.response_head().status == 101
        assert c.read_exact(10) == b"echo hello"


@pytest.mark.parametrize("variables, error", [
    ({"DOCKGATE_REQUESTS": "save"}, r"DOCKGATE_REQUESTS=save: accepted is none\|safe\|ci\|sandbox"),
    ({"DOCKGATE_BINDS": "/data"}, "DOCKGATE_BINDS goes with DOCKGATE_REQUESTS"),
    ({"DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": "/data:rw"}, "DOCKGATE_BINDS: requests.binds: /data:rw: accepted is an absolute path"),
    ({"DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": "data"}, "DOCKGATE_BINDS: requests.binds: data: accepted is an absolute path"),
])
def test_wrong_settings(variables, error):
    for command in ("check", "serve"):
        done = subprocess.run([binary(), command], env=variables, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and re.search(error, done.stderr), done.stderr
