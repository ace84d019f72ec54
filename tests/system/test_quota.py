"""DOCKGATE_LIMITS: what all clients together may ask for, and how a client is told."""

import datetime
import json
import threading

import pytest
from support.client import Client, Closed
from support.stub import answer, reply

READS = {"CONTAINERS": "1", "IMAGES_BUILD": "1", "CONTAINERS_CREATE": "1"}


def limited(gate, engine, limits, expect=(), **variables):
    return gate(engine=engine, env=READS | {"DOCKGATE_LIMITS": limits, "DOCKGATE_WORKERS": "2"} | variables,
                expect=expect)


def logged(g, n):
    """The access log once it has n lines: (target, status, verdict, what decided)."""
    lines = g.wait_log(lambda lines: len(lines) >= n and lines)
    entries = [json.loads(line) for line in lines]
    return [(e["target"], e["status"], e["verdict"], e["option"]) for e in entries]


def message(response):
    return json.loads(response.body)["message"]


def test_rate(gate, stub):
    """The burst passes, the next is told when to come again; what is denied anyway takes no place."""
    engine = stub(answer())
    g = limited(gate, engine, "rate=1,burst=3")
    with g.client() as c:
        for _ in range(5):
            assert c.get("/images/json").status == 403
        seen = [c.get("/version") for _ in range(4)]
        assert [r.status for r in seen] == [200, 200, 200, 429]
        assert seen[3].get("retry-after") == "1" and seen[3].reason == "Too Many Requests"
        assert message(seen[3]) == "429 Too Many Requests: limits.rate allows 1 a second."
        assert c.get("/images/json").status == 403  # the connection goes on
    assert len(engine.lines) == 3
    assert ("/version", 429, "deny", "limits.rate") in logged(g, 10)


def test_requests_at_once(gate, stub):
    """A second request waits for nobody: it is refused while the first is under way, and passes when that is over."""
    asked, go = threading.Event(), threading.Event()

    def script(peer):
        while True:
            peer.request()
            asked.set()
            assert go.wait(20)
            peer.reply()

    g = limited(gate, stub(script), "requests=1")
    with g.client() as first, g.client() as second:
        first.request("GET", "/version")
        assert asked.wait(10)
        r = second.get("/version")
        assert r.status == 429 and r.get("retry-after") == "1"
        assert message(r) == "429 Too Many Requests: limits.requests allows 1 at the same time."
        go.set()
        assert first.response().status == 200
        logged(g, 2)  # its place is free a moment after its last byte is out
        assert second.get("/version").status == 200


def test_streams_at_once(gate, stub):
    """A stream holds its place until it ends, by whichever side; plain requests don't need one."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"

    def script(peer):
        while True:
            request = peer.request()
            if request.target.startswith("/events"):
                peer.send(head)
                peer.expect_close(30)
                return
            peer.reply()

    g = limited(gate, stub(script), "streams=1")
    with g.client() as stream, g.client() as other:
        stream.request("GET", "/events")
        assert stream.response_head().status == 200
        assert other.get("/version").status == 200
        assert other.get("/events").status == 429
        stream.close()
        g.wait_log(lambda lines: sum('"/events"' in line and '"event":"end"' in line for line in lines) == 2)
        with g.client() as again:
            again.request("GET", "/events")
            assert again.response_head().status == 200


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("target", ["/containers/create", "/build"])
def test_body(gate, stub, chunked, target):
    """A body of the limit passes, one byte more does not reach the engine whole."""
    whole = []

    def script(peer):
        while True:
            whole.append(len(peer.request().body))
            peer.reply()

    g = limited(gate, stub(script), "body=100K")
    with g.client() as c:
        assert c.post(target, b"x" * 102400, [("Content-Type", "application/json")], chunked=chunked).status == 200
    with g.client() as c:
        r = c.post(target, b"x" * 102401, [("Content-Type", "application/json")], chunked=chunked)
        assert r.status == 413
        assert message(r) == "413 Content Too Large: limits.body allows 102400 bytes."
    assert whole == [102400]
    assert (target, 413, "deny", "limits.body") in logged(g, 2)


ANSWERS = {
    "counted": (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", b""),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", b"\r\n0\r\n\r\n"),
    "until close": (b"HTTP/1.1 200 OK\r\n\r\n", b""),
}


@pytest.mark.parametrize("how", ANSWERS)
@pytest.mark.parametrize("viewed", [False, True])
def test_answer(gate, stub, how, viewed):
    """An answer of the limit passes; of one more byte the client can't believe that it has it whole."""
    before, after = ANSWERS[how]

    def script(peer):
        while True:
            size = int(peer.request().target.rsplit("=", 1)[1])
            peer.send((before % size if b"%" in before else before) + b"[" + b" " * (size - 2) + b"]" + after)
            if how == "until close":
                return

    g = limited(gate, stub(script), "answer=100K", **({"DOCKGATE_REDACT": "env"} if viewed else {}))
    with g.client() as c:
        r = c.get("/containers/json?size=102400")
        assert r.status == 200 and len(r.body) == 102400
    with g.client() as c:
        c.request("GET", "/containers/json?size=102401")
        try:
            r = c.response()
        except Closed:
            pass  # cut within its body
        else:
            assert r.status == 502 and message(r) == "502 Bad Gateway: the answer is larger than limits.answer allows."
    assert ("deny", "limits.answer") in [line[2:] for line in logged(g, 2)]


def test_date(gate, stub):
    """What is denied only on its way is logged with the time at which it came, also where that is all that is logged."""
    g = limited(gate, stub(answer()), "answer=1", DOCKGATE_LOG="denied")
    before = datetime.datetime.now(datetime.timezone.utc)
    with g.client() as c:
        assert c.get("/containers/json").status == 502
    line = json.loads(g.wait_log(lambda lines: lines)[0])
    assert line["option"] == "limits.answer"
    assert abs(datetime.datetime.fromisoformat(line["time"]) - before) < datetime.timedelta(minutes=1)


def test_body_of_an_upgrade(gate, stub):
    """A body over the limit on a request for a tunnel: refused, and what stands behind it is the next request."""
    engine = stub(answer())
    g = limited(gate, engine, "body=10", EXEC="1", EXEC_START="1")
    with g.client() as c:
        c.send(b"POST /exec/x/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 20\r\n\r\n"
               b'{"Tty": true       }' b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert c.response("POST").status == 413
        assert c.response().status == 200
    assert engine.lines == ["GET /version"]


@pytest.mark.parametrize("size, whole", [(102400, True), (102401, False)])
def test_answer_to_http_1_0(gate, stub, size, whole):
    """Where the connection's end is the answer's, one that is too large is cut by a reset: it can't be taken for whole."""
    g = limited(gate, stub(answer(reply(body=b"[" + b" " * (size - 2) + b"]"))), "answer=100K", DOCKGATE_REDACT="env")
    with g.client() as c:
        c.send(b"GET /containers/json HTTP/1.0\r\n\r\n")
        try:
            status, _, body = c.read_to_end().partition(b"\r\n\r\n")
        except ConnectionResetError:
            assert not whole
        else:
            assert (b" 200 " in status, len(body)) == (True, size) if whole else b" 502 " in status


def test_streams_have_no_size(gate, stub):
    line = b'{"Type":"container"}\n' * 1000
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(line), line)
    g = limited(gate, stub(answer(body)), "answer=1K")
    with g.client() as c:
        assert len(c.get("/events").body) == len(line)


def test_observe_lets_through(gate, stub):
    engine = stub(answer())
    g = limited(gate, engine, "rate=1,burst=1,body=10", expect=["NOTHING IS PROTECTED"], DOCKGATE_MODE="observe")
    with g.client() as c:
        assert [c.get("/version").status for _ in range(3)] == [200, 200, 200]
        assert c.post("/containers/create", b"x" * 100).status == 200
    assert len(engine.lines) == 4
    would = sorted(line[3] for line in logged(g, 4) if line[2] == "would-deny")
    assert would == ["limits.body", "limits.rate", "limits.rate"]


def test_places_come_back(gate, stub):
    """However requests end, their places are free again: a thousand through one place, many of them cut."""
    engine = stub(answer())
    g = limited(gate, engine, "requests=1,streams=1")
    for n in range(300):
        with Client(g.tcp) as c:
            if n % 3 == 0:
                c.send(b"POST /build HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
                c.reset()
            else:
                c.get("/version")
    with g.client() as c:
        g.wait_log(lambda lines: len(lines) >= 300)
        assert c.get("/version").status == 200
