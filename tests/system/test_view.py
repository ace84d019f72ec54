"""Answers under a view, from a stub engine that says exactly what the test scripts: masked, narrowed, framed anew,
live, in bounded memory; and what can't be understood is not passed."""

import json
import re
import socket
import subprocess
import threading

import pytest
from support.gate import binary, is_sanitized
from support.stub import answer, reply

ALL = {"CONTAINERS": "1", "INFO": "1", "NETWORKS": "1", "DOCKGATE_REDACT": "all"}
TEAM = {"CONTAINERS": "1", "DOCKGATE_VISIBLE": "label=team=a,name=web*"}
SECRET = {"Id": "1", "Name": "/x", "Config": {"Env": ["A=s3cr3t"], "Labels": {"team": "b"}}}


def summary(number, team, **more):
    return {"Id": f"{number:064x}", "Names": [f"/c{number}"], "Labels": {"team": team}, **more}


def chunked(*parts, end=True):
    out = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    out += b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts)
    return out + (b"0\r\n\r\n" if end else b"")


def test_masked_and_framed_anew(gate, stub):
    engine = stub(answer(reply(body=json.dumps(SECRET).encode(), fields=(("X-Other", "kept"),))))
    g = gate(engine=engine, env=ALL)
    with g.client() as c:
        for _ in range(2):  # the connection goes on
            r = c.get("/containers/x/json", fields=[("Accept-Encoding", "gzip"), ("X-Mine", "1")])
            assert (r.status, json.loads(r.body)["Config"]["Env"]) == (200, ["A=<redacted>"])
            assert r.get("content-length") is None and r.get("transfer-encoding") == "chunked"
            assert r.get("x-other") == "kept"
    assert len(engine.connections) == 1
    assert engine.requests[0].get("accept-encoding") is None and engine.requests[0].get("x-mine") == "1"


def test_without_a_view_nothing_changes(gate, stub):
    engine = stub(answer(reply(body=b'{"Id":"1"}')))
    g = gate(engine=engine, env={"CONTAINERS": "1"})
    r = g.get("/containers/x/json", fields=[("Accept-Encoding", "gzip")])
    assert (r.body, r.get("content-length")) == (b'{"Id":"1"}', "10")
    assert engine.requests[0].get("accept-encoding") == "gzip"


def test_http_1_0_client(gate, stub):
    g = gate(engine=stub(answer(reply(body=json.dumps(SECRET).encode()))), env=ALL)
    with g.client() as c:
        c.send(b"GET /containers/x/json HTTP/1.0\r\n\r\n")
        text = c.read_to_end()
    head, body = text.split(b"\r\n\r\n", 1)
    assert b"chunked" not in head and b"Content-Length" not in head
    assert json.loads(body)["Config"]["Env"] == ["A=<redacted>"]


@pytest.mark.parametrize("raw", [
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    reply(body=b"not JSON s3cr3t"),
    reply(body=b'{"Config":{"Env":["A=s3cr3t"]},"config":{}}'),
    reply(body=b'{"Config":{"Env":["A=s3cr3t"]'),
    reply(body=b'{"Config":{"Labels":"s3cr3t"}}'),
], ids=["compressed", "not JSON", "twice", "cut", "another type"])
def test_what_is_not_understood_is_not_passed(gate, stub, raw):
    g = gate(engine=stub(answer(raw)), env=ALL | {"DOCKGATE_VISIBLE": "name=*"},
             expect=["dockgate: an answer to GET /containers/{id}/json is not understood.*"])
    r = g.get("/containers/x/json")
    assert r.status == 502 and b"s3cr3t" not in r.body


def test_cut_within_a_list(gate, stub):
    """What was sent before is out, but the client can't take it for complete."""
    seen = threading.Event()

    def serve(c):
        c.request()
        c.send(chunked(b"[" + json.dumps(summary(1, "a")).encode(), end=False))
        assert seen.wait(30)
        c.try_send(b"3\r\n,{]\r\n0\r\n\r\n")

    g = gate(engine=stub(serve), env=TEAM, expect=["dockgate: an answer to GET /containers/json is not understood.*"])
    with g.client() as c:
        c.send(b"GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n")
        c.read_until(b"/c1")
        seen.set()
        assert b"0\r\n\r\n" not in c.read_to_end()


def test_narrowed(gate, stub):
    body = json.dumps([summary(1, "a"), summary(2, "b"), {"Names": ["/web1"]}, {"Names": ["/xweb"]}]).encode()
    g = gate(engine=stub(answer(reply(body=body))), env=TEAM)
    r = g.get("/containers/json")
    assert [one["Names"] for one in json.loads(r.body)] == [["/c1"], ["/web1"]]


def test_hidden_is_absent(gate, stub):
    """The same bytes as for something that isn't there, but for the time."""
    absent = reply(404, b'{"message":"No such container: x"}\n', reason="Not Found")
    texts = []
    for raw in (reply(body=json.dumps(SECRET).encode()), chunked(json.dumps(SECRET).encode()), absent):
        g = gate(engine=stub(answer(raw)), env=TEAM)
        with g.client() as c:
            c.send(b"GET /v1.41/containers/x/json HTTP/1.1\r\nHost: x\r\n\r\n")
            texts.append(c.read_until(b"x\"}\n"))
            assert c.get("/containers/x/json").status == 404  # the connection goes on
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("method,target,env,word", [
    ("GET", "/containers/x/logs?stdout=1", ALL, b"raw content"),
    ("GET", "/containers/x/archive?path=/", ALL, b"raw content"),
    ("GET", "/containers/x/top?ps_args=e", ALL, b"ps_args"),
    ("GET", "/containers/x/checkpoints", TEAM, b"can't be told"),
    ("POST", "/build/prune", TEAM | {"IMAGES_BUILD_PRUNE": "1"}, b"can't be told"),
    ("POST", "/containers/prune", TEAM | {"CONTAINERS_PRUNE": "1"}, b"unless one label, and no name, says what is"),
    ("POST", "/build", TEAM | {"IMAGES_BUILD": "1"}, b"only where the policy has requests"),
    ("GET", "/containers/x/logs?stdout=1", TEAM | {"DOCKGATE_REDACT": "env"}, b"raw content"),
])
def test_refused(gate, stub, method, target, env, word):
    engine = stub(answer())
    g = gate(engine=engine, env=env)
    with g.client() as c:
        more = "Content-Length: 2\r\n\r\n{}" if method == "POST" else "\r\n"
        c.send(f"{method} {target} HTTP/1.1\r\nHost: x\r\n{more}".encode())
        r = c.read_until(b'"}')
    assert b" 403 " in r and word in r, r
    assert engine.requests == []
    line = json.loads(g.wait_log(lambda lines: lines)[0])
    assert (line["verdict"], line["option"]) == ("deny", "view")


def test_raw_content_by_its_own_option(gate, stub):
    g = gate(engine=stub(answer()), env=ALL | {"CONTAINERS_LOGS": "1"})
    assert g.get("/containers/x/logs").status == 200
    assert g.get("/containers/x/export").status == 403


def test_first_element_before_the_last(gate, stub):
    """The engine goes on only when the client has the first."""
    seen = threading.Event()

    def serve(c):
        c.request()
        c.send(chunked(b"[" + json.dumps(summary(1, "a")).encode() + b",", end=False))
        assert seen.wait(30)
        last = json.dumps(summary(2, "a")).encode() + b"]\n"
        c.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(last), last))

    g = gate(engine=stub(serve), env=TEAM)
    with g.client() as c:
        c.send(b"GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n")
        text = c.read_until(b"/c1")
        assert b"/c2" not in text
        seen.set()
        c.read_until(b"/c2")
        c.read_until(b"0\r\n\r\n")


def test_events_live(gate, stub):
    """The head at once, each event at once, nothing of those that are hidden."""
    steps = [threading.Event() for _ in range(3)]

    def event(team):
        return json.dumps({"Type": "container", "Action": "exec_start: s3cr3t",
                           "Actor": {"ID": "1", "Attributes": {"team": team}}}).encode() + b"\n"

    def serve(c):
        while c.request(timeout=60).target != "/events":
            c.reply(body=b"[]")  # lists that the view asks for
        c.send(chunked(end=False))
        for step, team in zip(steps, ("a", "b", "a")):
            assert step.wait(30)
            one = event(team)
            c.send(b"%x\r\n" % len(one) + one[:9])
            c.send(one[9:] + b"\r\n")
        c.expect_close(timeout=60)

    g = gate(engine=stub(serve), env={"DOCKGATE_VISIBLE": "label=team=a", "DOCKGATE_REDACT": "commands"})
    with g.client() as c:
        c.send(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        c.read_until(b"\r\n\r\n")
        steps[0].set()
        text = c.read_until(b"}\n\r\n")
        assert b"exec_start: <redacted>" in text
        steps[1].set()
        steps[2].set()
        text = c.read_until(b"}\n\r\n")
        assert b'"team":"b"' not in text and text.count(b"Actor") == 1


@pytest.mark.skipif(is_sanitized(), reason="sanitizers have a memory of their own")
def test_ten_thousand_containers(gate, stub):
    """60 MB are narrowed with less than 256 KiB held at any moment, beside the read buffer that a worker has anyway."""
    count = 10000
    parts = [json.dumps(summary(n, "a" if n % 2 else "b", Status="x" * 5900)).encode() for n in range(count)]

    def serve(c):
        while True:
            target = c.request(timeout=60).target
            if target == "/version":
                c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + bytes(4 << 20))
                continue
            c.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            for n, part in enumerate(parts[:4] if target.endswith("all=1") else parts):
                text = (b"," if n else b"[") + part
                c.send(b"%x\r\n%s\r\n" % (len(text), text))
            c.send(b"3\r\n]\n \r\n0\r\n\r\n")

    g = gate(engine=stub(serve), env=TEAM | {"DOCKGATE_WORKERS": "1"})
    with g.client(timeout=120) as c:
        assert len(c.get("/version").body) == 4 << 20  # the read buffer's pages are there now
        assert len(json.loads(c.get("/containers/json?all=1").body)) == 2  # and the code's
        before = g.rss()
        r = c.get("/containers/json")
        got = json.loads(r.body)
        assert [int(one["Id"], 16) for one in got] == list(range(1, count, 2))
        assert g.rss() - before < 256


@pytest.mark.parametrize("setting,words", [
    ("DOCKGATE_REDACT=envs", ['DOCKGATE_REDACT: "envs": the nearest is env;']),
    ("DOCKGATE_REDACT=labels:", ["a value must follow"]),
    ("DOCKGATE_REDACT=commands,keep:PATH", ["keep:PATH", "without env"]),
    ("DOCKGATE_VISIBLE=team=a", ['DOCKGATE_VISIBLE: "team=a": accepted are label=KEY', "several with commas\n"]),
    ("DOCKGATE_VISIBLE=" + ",".join(f"label=l{n}" for n in range(65)), ["more than 64"]),
])
@pytest.mark.parametrize("command", ["check", "serve"])
def test_bad_settings(setting, words, command):
    name, _, value = setting.partition("=")
    done = subprocess.run([binary(), command], env={"CONTAINERS": "1", name: value}, capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words), done.stderr


def test_explain_says_what_the_gate_does():
    def explain(target, **env):
        return subprocess.run([binary(), "explain", "GET", target], env=env,
                              capture_output=True, text=True, timeout=20, check=False)

    section = {"CONTAINERS": "1"}
    rules = {"SP_ALLOW_GET": ".*"}
    assert explain("/containers/x/logs", **section).returncode == 0
    assert explain("/containers/x/logs", **rules).returncode == 0
    for granted in (section, rules):
        hidden = granted | {"DOCKGATE_REDACT": "env"}
        assert "in raw content nothing can be hidden" in explain("/containers/x/logs", **hidden).stdout
        assert explain("/containers/x/logs", **hidden).returncode == 1
        assert explain("/containers/x/top?ps_args=e", **hidden).returncode == 1
        assert explain("/containers/x/top?ps_args=aux", **hidden).returncode == 0
        assert explain("/containers/x/json", **hidden).returncode == 0
        assert explain("/containers/x/stats", DOCKGATE_VISIBLE="label=a", **granted).returncode == 0
        assert explain("/containers/x/checkpoints", DOCKGATE_VISIBLE="label=a", **granted).returncode == 1
        done = subprocess.run([binary(), "check", "--all"], env=hidden, capture_output=True, text=True, timeout=20, check=False)
        assert re.search(r"^deny +GET +/containers/\{id\}/logs ", done.stdout, re.M), done.stdout
        assert re.search(r"^allow +GET +/containers/\{id\}/json ", done.stdout, re.M)
    assert explain("/containers/x/logs", DOCKGATE_REDACT="env", CONTAINERS_LOGS="1").returncode == 0


@pytest.mark.skipif(is_sanitized(), reason="sanitizers have a memory of their own")
def test_a_client_that_does_not_read(gate, stub):
    """It stops the engine: what the gate holds for it stays bounded. Others are served meanwhile."""
    sent = []

    def serve(c):
        q = c.request(timeout=60)
        if q.target != "/containers/json":
            c.reply(body=b"[]")
            return
        c.record = False
        c.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n")
        part = json.dumps(summary(1, "a", Status="x" * 5900)).encode() + b","
        text = b"%x\r\n%s\r\n" % (len(part), part)
        c.sock.settimeout(0.5)
        total = 0
        try:
            while total < 64 << 20:
                total += c.sock.send(text[total % len(text):])
        except socket.timeout:
            sent.append(total)

    g = gate(engine=stub(serve), env=TEAM | {"DOCKGATE_WORKERS": "1"})
    with g.client(g.unix) as slow:
        before = g.anonymous()
        slow.send(b"GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n")
        while not sent:
            assert json.loads(g.get("/containers/json?all=1").body) == []
        assert 0 < sent[0] < 16 << 20
        assert g.anonymous() - before < 512
