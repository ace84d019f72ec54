"""Request and response framing through the running gate: the recorded attacks, and rows of our own beside them."""

import json

import pytest
from support import vectors
from support.client import request
from support.stub import UPGRADED, reply

# Policy of the corpus: everything but these two.
NOT_ALLOWED = {"SESSION": "0", "GRPC": "0"}

# Rows whose `upstream_never` is about bytes that skip the policy. Held bytes of a refused upgrade are the next
# request by contract, so here they must have been decided, which the access log shows.
DECIDED = {"http-155": "DELETE"}

VICTIM = b"DELETE /containers/victim?force=1 HTTP/1.1\r\nHost: d\r\n\r\n"


def scripted(row):
    """The engine of one row: reads each request whole, answers as the row says."""
    raw = vectors.joined(row, "upstream_reply") if "upstream_reply_b64" in row else None

    def handle(c):
        while True:
            q = c.request(timeout=30)
            if raw is None:
                c.reply(body=b'{"from":"engine"}', head_only=q.method == "HEAD")
                continue
            c.send(raw)
            if row["must"] == "upgrade":
                c.send(b"echo:" + c.read_exact(4))  # what the client sends into the tunnel comes back
            c.half_close()
            c.read_to_end()
            return

    return handle


def outcome(data, closed):
    """What the client saw, in the words of the corpus."""
    if not data:
        return "reject-silent" if closed else "nothing"
    final = data
    while final.startswith(b"HTTP/1.1 1") and not final.startswith(b"HTTP/1.1 101"):
        final = final.split(b"\r\n\r\n", 1)[1]
    status = int(final.split(b" ")[1])
    if status == 101 or b"raw-stream" in final.split(b"\r\n\r\n")[0]:
        return "upgrade"
    if status < 400:
        return "forward"
    if not closed:
        return f"{status} and left open"
    return "reject-400" if status == 400 else "reject-other"


@pytest.mark.parametrize("row", vectors.rows("attacks/http-framing.jsonl"), ids=lambda r: r["id"])
def test_recorded(gate, stub, row):
    engine = stub(scripted(row))
    g = gate(engine=engine, allow="all", env=NOT_ALLOWED)
    pieces = [vectors.joined(row, "request")] if "pieces_b64" not in row else vectors.pieces(row)
    with g.client() as c:
        for piece in pieces:
            if isinstance(piece, float):
                c.read_until_quiet(piece)
            elif not c.try_send(piece):
                break
        if row["must"] == "upgrade":
            head = c.read_until(b"\r\n\r\n")
            c.send(b"ping")
            data, closed = c.read_until_quiet(1.0)
            assert data.endswith(b"echo:ping"), data
            data = head + data
        else:
            data, closed = c.read_until_quiet(1.0)
    got = outcome(data, closed)
    if got == "nothing" and "forward" in row["accept"]:
        got = "forward"  # a body that never came whole: the request waits for it
    assert got in row["accept"], f"{row['name']}: {row['why']}: {data[:300]!r}"
    if got == "reject-other" and "status" in row and not set(row["accept"]) & {"forward"}:
        assert int(data.split(b" ")[1]) in row["status"], data[:300]
    if got == "forward" and "upstream_requests" in row and row["id"] not in DECIDED:
        assert engine.lines == row["upstream_requests"]
    never = row.get("upstream_never")
    if never and row["id"] in DECIDED:
        g.wait_log(lambda lines: any(json.loads(x)["method"] == DECIDED[row["id"]] for x in lines))
    elif never and "upstream_reply_b64" in row:
        assert never.encode() not in data, data
    elif never:
        assert not [x for x in engine.lines if never in x], engine.lines
    if "reject-400" == row["must"] and got == "reject-400" and not row["name"].startswith("chunk"):
        assert engine.lines == [], "a refused head must not reach the engine"


# name, bytes, status of the answer. Each is followed by a victim request which must never run.
HEAD = b"GET /_ping HTTP/1.1\r\nHost: d\r\n"
POST = b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
REFUSED = [
    ("two equal lengths", POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("two lengths", POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    ("length with plus", POST + b"Content-Length: +2\r\n\r\n{}", 400),
    ("length in hex", POST + b"Content-Length: 0x2\r\n\r\n{}", 400),
    ("length with inner space", POST + b"Content-Length: 1 2\r\n\r\n{}", 400),
    ("empty length", POST + b"Content-Length:\r\n\r\n{}", 400),
    ("length with trailing comma", POST + b"Content-Length: 2,\r\n\r\n{}", 400),
    ("length of 2^63", POST + b"Content-Length: 9223372036854775808\r\n\r\n{}", 400),
    ("length of twenty nines", POST + b"Content-Length: 99999999999999999999\r\n\r\n{}", 400),
    ("space before the colon", POST + b"Content-Length : 2\r\n\r\n{}", 400),
    ("coding twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("coding listed twice", POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    ("coding with empty element", POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 400),
    ("coding quoted", POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n', 400),
    ("coding then length", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("bare LF", HEAD.replace(b"\r\n", b"\n") + b"\n", 400),
    ("bare CR ends the line", b"GET /_ping HTTP/1.1\rHost: d\r\n\r\n", 400),
    ("folded value", HEAD + b"X: a\r\n b\r\n\r\n", 400),
    ("folded by tab", HEAD + b"X: a\r\n\tb\r\n\r\n", 400),
    ("tab in the request line", b"GET\t/_ping HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("space after the version", b"GET /_ping HTTP/1.1 \r\nHost: d\r\n\r\n", 400),
    ("leading space", b" GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("no method", b" /_ping HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("absolute form", b"GET http://d/_ping HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("authority", b"CONNECT d:80 HTTP/1.1\r\nHost: d\r\n\r\n", 400),
    ("byte 0x80 in the name", HEAD + b"X\x80: a\r\n\r\n", 400),
    ("control byte in a value", HEAD + b"X: a\x01b\r\n\r\n", 400),
    ("version 1.2", b"GET /_ping HTTP/1.2\r\nHost: d\r\n\r\n", 505),
    ("version 1.10", b"GET /_ping HTTP/1.10\r\nHost: d\r\n\r\n", (400, 505)),
    ("version 3.0", b"GET /_ping HTTP/3.0\r\nHost: d\r\n\r\n", 505),
    ("host with a slash", b"GET /_ping HTTP/1.1\r\nHost: d/e\r\n\r\n", 400),
    ("host with a user", b"GET /_ping HTTP/1.1\r\nHost: a@d\r\n\r\n", 400),
    ("host with a space", b"GET /_ping HTTP/1.1\r\nHost: a d\r\n\r\n", 400),
    ("host twice", HEAD + b"Host: d\r\n\r\n", 400),
    ("expectation unknown", POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", 417),
    ("chunk size missing", POST + b"Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n", 400),
    ("chunk size negative", POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", 400),
    ("chunk size 0x2", POST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 400),
    ("chunk size of 17 digits", POST + b"Transfer-Encoding: chunked\r\n\r\n00000000000000002\r\n{}\r\n0\r\n\r\n", 400),
    ("chunk line ends in LF", POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", 400),
    ("chunk space after the size", POST + b"Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n", 400),
    ("chunk data too long", POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n", 400),
    ("chunk LF in extension", POST + b"Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n", 400),
    ("trailer without colon", POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX\r\n\r\n", 400),
    ("trailer LF", POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: a\n\r\n", 400),
]


@pytest.mark.parametrize("name, data, status", REFUSED, ids=[r[0] for r in REFUSED])
def test_refused_and_closed(gate, stub, name, data, status):  # pylint: disable=unused-argument
    engine = stub(scripted({"must": "forward"}))
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(data + VICTIM)
        r = c.response()
        assert r.status in (status if isinstance(status, tuple) else (status,))
        assert list(json.loads(r.body)) == ["message"]
        assert r.get("content-type") == "application/json"
        c.expect_close()
    assert b"victim" not in engine.all_received()
    if b"Transfer-Encoding: chunked\r\n\r\n" not in data:
        assert engine.lines == []


@pytest.mark.parametrize("split", ["bytewise", "whole"])
def test_refused_once_seen(gate, stub, split):
    """A head that can't become valid is answered before its end has come."""
    g = gate(engine=stub())
    with g.client() as c:
        (c.send_bytewise if split == "bytewise" else c.send)(b"GET /_ping HTTP/1.1\r\nHost: d\r\nX y\r\n")
        assert c.response().status == 400
        c.expect_close()


def test_refused_behind_an_allowed_one(gate, stub):
    """The answer of the request before comes first, whole."""
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.send(request("GET", "/_ping") + b"GET  /version HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
        c.expect_quiet(0.2)
        e.reply(body=b"first")
        assert c.response().body == b"first"
        assert c.response().status == 400
        c.expect_close()


def test_session_not_asked_for(gate, stub):
    """A client can't make the gate believe in a tunnel by upgrading an ordinary request."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("GET", "/_ping", (("Connection", "Upgrade"), ("Upgrade", "tcp"))) + VICTIM)
        e = engine.accept()
        q = e.request()
        assert q.get("upgrade") is None and "upgrade" not in (q.get("connection") or "").lower()
        e.send(UPGRADED)
        assert c.response().status == 502


def test_reply_split_at_every_byte(gate, stub):
    """A response may come in any pieces."""
    answer = (b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nT: v\r\n\r\n")
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        e = None
        for at in range(0, len(answer), 3):
            c.request("GET", "/version")
            e = e or engine.accept()
            e.request()
            e.send(answer[:at])
            c.expect_quiet(0.01) if at < 20 else None  # pylint: disable=expression-not-assigned
            e.send(answer[at:])
            r = c.response()
            assert (r.status, r.body, r.trailers) == (200, b"hello!", [])
        assert len(engine.connections) == 1
        c.request("GET", "/version")
        e.request()
        e.send_bytewise(answer)
        assert c.response().body == b"hello!"


def test_extra_answer_is_dropped(gate, stub):
    """Bytes after an answer never become the next answer; the connection is not used again."""
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.request("GET", "/version")
        e = engine.accept()
        e.request()
        e.send(reply(body=b"one") + reply(body=b"EVIL"))
        assert c.response().body == b"one"
        c.request("GET", "/version")
        second = engine.accept()
        second.request()
        second.reply(body=b"two")
        assert c.response().body == b"two"
        e.expect_close()


def test_late_extra_answer_is_dropped(gate, stub):
    """The same when the extra bytes come while the connection waits in the pool."""
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.request("GET", "/version")
        e = engine.accept()
        e.request()
        e.reply(body=b"one")
        assert c.response().body == b"one"
        e.send(reply(body=b"EVIL"))
        e.expect_close()
        c.request("GET", "/version")
        second = engine.accept()
        second.request()
        second.reply(body=b"two")
        assert c.response().body == b"two"
