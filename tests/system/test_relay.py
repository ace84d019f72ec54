"""Requests and answers as the relay passes them: framing both ways, order, fields, failures of the engine, pooling."""

import hashlib
import json
import random
import socket
import threading
import time

import pytest
from support.client import JSON, Closed, Malformed, Timeout, chunk, request
from support.stub import StubEngine, answer, reply

UPLOAD = "/build"  # an upload: its body flows
PLAIN = "/containers/create"


# -- bodies

BODIES = [
    ("counted", {}, b"x" * 1000),
    ("counted, empty", {}, b""),
    ("counted, 1 MiB", {}, bytes(range(256)) * 4096),
    ("chunked", {"chunked": True}, b"y" * 1000),
    ("chunked, empty", {"chunked": True}, b""),
    ("chunked, 1 MiB", {"chunked": True}, bytes(range(256)) * 4096),
]


@pytest.mark.parametrize("target", [UPLOAD, PLAIN])
@pytest.mark.parametrize("name, how, body", BODIES, ids=[b[0] for b in BODIES])
def test_request_body(gate, stub, target, name, how, body):  # pylint: disable=unused-argument
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        for _ in range(2):
            assert c.post(target, body, JSON, **how).status == 200
            assert engine.requests[-1].body == body


@pytest.mark.parametrize("method, target", [("GET", "/version"), ("DELETE", "/containers/x"), ("HEAD", "/_ping")])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_where_none_is_usual(gate, stub, method, target, chunked):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        for _ in range(2):
            r = c.get(target, JSON, method, body=b"{}", chunked=chunked)
            assert r.status == 200
        assert [q.body for q in engine.requests] == [b"{}", b"{}"]


@pytest.mark.parametrize("target", [UPLOAD, PLAIN])
def test_chunked_request_byte_by_byte(gate, stub, target):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    raw = request("POST", target, JSON, b"", chunked=True)[:-5]
    with g.client() as c:
        c.send_bytewise(raw + b"3\r\nabc\r\n00a;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n")
        assert c.response().status == 200
        assert engine.requests[0].body == b"abc0123456789"
        assert engine.requests[0].trailers == []
        assert b"T: v" not in engine.all_received()
        assert c.get("/_ping").status == 200


def test_progress_of_an_upload_is_passed_at_once(gate, stub):
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", UPLOAD, (), b"", chunked=True)[:-5])
        e = engine.accept()
        q = e.request_head()
        for word in (b"one", b"two", b"three"):
            c.send(chunk(word))
            assert e.read_chunk(q) == word
        c.send(b"0\r\n\r\n")
        assert e.read_chunk(q) == b""
        e.reply()
        assert c.response().status == 200


ANSWERS = [
    ("counted", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    ("counted, empty", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", True),
    ("chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello", True),
    ("extensions and trailers", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;a=b\r\nhel\r\n2;c\r\nlo\r\n"
     b"0;d\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n", b"hello", True),
    ("until close", b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello", False),
    ("until close, 1.0", b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello", False),
    ("counted, 1.0", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    ("announced close", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    ("no content", b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    ("not modified", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", b"", True),
    ("no reason", b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nOK", b"OK", True),
]


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name, raw, body, reusable", ANSWERS, ids=[a[0] for a in ANSWERS])
def test_answer_framing(gate, stub, name, raw, body, reusable, bytewise):  # pylint: disable=unused-argument
    def serve(c):
        c.request()
        (c.send_bytewise if bytewise else c.send)(raw)
        if b"\r\nContent-Length" not in raw and b"chunked" not in raw and b" 204 " not in raw:
            c.close()
        else:
            c.request(timeout=60)
            c.reply(body=b"next")

    g = gate(engine=stub(serve))
    with g.client() as c:
        c.request("GET", "/version")
        r = c.response()
        assert r.body == body
        assert f"{r.status}".encode() in raw
        if not reusable:
            c.expect_close()
            return
        assert (r.get("connection") or "").lower() != "close"
        assert c.get("/version").status in (200, 204, 304)


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
def test_chunks_as_they_came(gate, stub, bytewise):
    """An answer's framing is the engine's own, but for extensions and trailers, which are of one hop only."""
    # More runs than are sent in one call.
    chunks = b"03%b\r\nhel\r\n" * 300 + b"A%b\r\n0123456789\r\n00%b\r\n%b\r\n"

    def serve(c):
        c.request()
        (c.send_bytewise if bytewise else c.send)(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                                  + chunks % (*[b";x=y"] * 300, b";", b";z", b"X-Sum: 1\r\nY:\r\n"))

    engine = stub(serve)
    g = gate(engine=engine)
    with g.client() as c:
        c.send(request("GET", "/version", (("Connection", "close"),)))
        raw = c.read_to_end()
    assert raw.split(b"\r\n\r\n", 1)[1] == chunks % ((b"",) * 303)


def test_progress_of_an_answer_is_passed_at_once(gate, stub):
    """Head first, then each chunk, long before the end: docker run waits for the head of wait."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.request("POST", "/containers/x/wait")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        r = c.response_head()
        c.expect_quiet(0.1)
        for word in (b"one", b"two"):
            e.send(chunk(word))
            assert c.read_chunk(r) == word
        e.send(b"0\r\n\r\n")
        assert c.read_chunk(r) == b""


# -- order and pipelining

def test_pipelined_answers_come_in_order(gate, stub):
    """Denied ones, HEAD, 204 and 304 among them."""

    def serve(c):
        while True:
            q = c.request(timeout=60)
            status = {"/events?n=204": 204, "/version?n=304": 304}.get(q.target, 200)
            if status == 200:
                c.reply(body=q.target.encode(), head_only=q.method == "HEAD")
            else:
                c.send(b"HTTP/1.1 %d X\r\nApi-Version: 1.41\r\n\r\n" % status)

    engine = stub(serve)
    g = gate(engine=engine)
    wanted = [
        ("GET", "/version?1", 200), ("HEAD", "/_ping", 200), ("GET", "/images/json", 403), ("GET", "/version?n=304", 304),
        ("POST", "/containers/create", 403), ("GET", "/_ping?2", 200), ("DELETE", "/images/x", 403),
        ("HEAD", "/images/json", 403), ("GET", "/version?3", 200),
    ]
    with g.client() as c:
        c.send(b"".join(request(m, t, body=b"{}" if m == "POST" else b"") for m, t, _ in wanted))
        for method, target, status in wanted:
            r = c.response(method)
            assert r.status == status, target
            if status == 200 and method == "GET":
                assert r.body == target.encode()
        c.half_close()
        c.expect_close()
    assert engine.lines == [f"{m} {t}" for m, t, s in wanted if s != 403]


def test_pipelined_byte_by_byte(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send_bytewise(request("GET", "/_ping") + request("POST", PLAIN, JSON, b"{}", chunked=True)
                        + request("POST", UPLOAD, (), b"abc") + request("GET", "/version"))
        got = [json.loads(c.response().body) for _ in range(4)]
    assert [(x["path"], x["body"]) for x in got] == [("/_ping", 0), (PLAIN, 2), (UPLOAD, 3), ("/version", 0)]


def test_many_pipelined_are_bounded(gate, stub):
    """Two thousand requests at once: all are answered, in order."""
    engine = stub(answer())
    g = gate(engine=engine)
    n = 2000
    with g.client() as c:
        sender = threading.Thread(target=lambda: c.sock.sendall(
            b"".join(request("GET", f"/version?{i}") for i in range(n))), daemon=True)
        c.sock.settimeout(60)
        sender.start()
        for i in range(n):
            assert json.loads(c.response(timeout=30).body)["path"] == f"/version?{i}"
        sender.join(10)


def test_end_after_request_still_gets_the_answer(gate, stub):
    """A client that half-closes behind a plain request."""
    engine = stub(answer())
    g = gate(engine=engine)
    for target in ("/version", "/_ping"):
        with g.client() as c:
            c.request("GET", target)
            c.half_close()
            assert c.response().status == 200
            c.expect_close()


# -- versions, expectations, interim answers

@pytest.mark.parametrize("keep", [False, True])
def test_old_client(gate, stub, keep):
    engine = stub(answer())
    g = gate(engine=engine)
    fields = (("Connection", "keep-alive"),) if keep else ()
    with g.client() as c:
        r = c.get("/version", fields, minor=0)
        assert r.status == 200 and r.framing == "length"
        if keep:
            assert r.get("connection").lower() == "keep-alive"
            assert c.get("/_ping", fields, minor=0).status == 200
        else:
            c.expect_close()


def test_old_client_without_host(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        c.send(b"GET /_ping HTTP/1.0\r\n\r\n")
        assert c.response().status == 200
        c.expect_close()
    assert engine.requests[0].all("host")[0]


@pytest.mark.parametrize("keep", [False, True])
def test_chunked_answer_to_old_client(gate, stub, keep):
    """It knows no chunks: the body comes bare, and the end of the connection is its end."""
    engine = stub(answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    g = gate(engine=engine)
    with g.client() as c:
        r = c.get("/version", (("Connection", "keep-alive"),) if keep else (), minor=0)
        assert (r.framing, r.body, r.get("transfer-encoding")) == ("close", b"abcde", None)


@pytest.mark.parametrize("target", [UPLOAD, PLAIN])
@pytest.mark.parametrize("chunked", [False, True])
def test_expect_continue(gate, stub, target, chunked):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    raw = request("POST", target, JSON + (("Expect", "100-continue"),), b"{}", chunked)
    head, body = raw.split(b"\r\n\r\n", 1)
    with g.client() as c:
        c.send(head + b"\r\n\r\n")
        assert c.read_head(timeout=3).start == b"HTTP/1.1 100 Continue"
        c.send(body)
        assert c.response().status == 200
    assert engine.requests[0].body == b"{}"
    assert engine.requests[0].get("expect") is None


def test_expect_continue_not_waited_for(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        r = c.post(PLAIN, b"{}", JSON + (("Expect", "100-continue"),))
        assert r.status == 200 and len(r.interim) <= 1
        assert c.get("/_ping").status == 200


def test_expect_continue_denied(gate, stub):
    """No 100 for what is refused, and the body that may or may not follow is never a request."""
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        c.send(request("POST", PLAIN, JSON + (("Expect", "100-continue"),), b"{}").split(b"{}")[0])
        r = c.response()
        assert (r.status, r.interim) == (403, [])
        c.expect_close()
    assert engine.lines == []


def test_expect_continue_answered_early(gate, stub):
    """An engine that refuses on seeing the head: its answer counts."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", UPLOAD, (("Expect", "100-continue"), ("Content-Length", "1000000"))))
        e = engine.accept()
        e.request_head()
        e.reply(status=400, body=b"no")
        r = c.response()
        assert (r.status, r.body) == (400, b"no")


def test_interim_answers_pass(gate, stub):
    engine = stub(answer(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + reply(body=b"OK")))
    g = gate(engine=engine)
    with g.client() as c:
        r = c.get("/version")
        assert (r.status, r.body) == (200, b"OK")
        assert [i.status for i in r.interim] == [103, 102]
        assert r.interim[0].get("link") == "</x>"
        old = c.get("/version", (("Connection", "keep-alive"),), minor=0)
        assert (old.status, old.interim) == (200, [])


def test_endless_interim_answers(gate, stub):
    engine = stub(answer(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000))
    g = gate(engine=engine)
    assert g.get("/version").status == 502


# -- fields

def test_fields_pass_in_order_with_their_bytes(gate, stub):
    sent = [("X-b", "1"), ("x-A", "two  words"), ("X-B", "1"), ("Accept", "*/*"), ("X-Registry-Auth", "e30="),
            ("User-Agent", "Docker-Client/28 (linux)"), ("X-Empty", ""), ("Cookie", 'a="b"; c'), ("X-Text", "\xe9\xff")]
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.request("GET", "/version", sent)
        e = engine.accept()
        q = e.request()
        got = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in q.fields if k.lower() != b"host"]
        assert got == sent
        back = b"".join(f"{k}: {v}\r\n".encode("latin-1") for k, v in sent)
        e.send(b"HTTP/1.1 200 Fine so far\r\n" + back + b"Content-Length: 2\r\n\r\nOK")
        r = c.response()
        assert (r.status, r.reason) == (200, "Fine so far")
        got = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in r.fields if k.lower() != b"content-length"]
        assert got == sent


HOP = [("Connection", "X-Mine, close"), ("X-Mine", "secret"), ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"),
       ("TE", "trailers"), ("Trailer", "T"), ("Upgrade", "h2c")]


def test_hop_by_hop_fields_are_dropped_from_requests(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        assert c.get("/version", HOP + [("X-Kept", "1")]).status == 200
        c.expect_close()
    names = [n.lower() for n in engine.requests[0].names()]
    assert "x-kept" in names
    assert not {"x-mine", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"} & set(names)
    assert "close" not in (engine.requests[0].get("connection") or "")


def test_hop_by_hop_fields_are_dropped_from_answers(gate, stub):
    hop = b"".join(f"{k}: {v}\r\n".encode() for k, v in HOP)
    engine = stub(answer(b"HTTP/1.1 200 OK\r\n" + hop + b"X-Kept: 1\r\nContent-Length: 2\r\n\r\nOK"))
    g = gate(engine=engine)
    with g.client() as c:
        r = c.get("/version")
        names = [n.lower() for n in r.names()]
        assert "x-kept" in names
        assert not {"x-mine", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"} & set(names)
        assert c.get("/version").status == 200, "the engine's wish to close is not the client's"


@pytest.mark.parametrize("named", ["Content-Length", "Content-Type", "Host", "Transfer-Encoding"])
def test_connection_can_not_drop_framing(gate, stub, named):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        r = c.post(PLAIN, b"{}", JSON + (("Connection", named),))
        assert r.status in (200, 400)
    for q in engine.requests:
        assert (q.body, q.get("content-type")) == (b"{}", "application/json")


@pytest.mark.parametrize("host", ["Host:", "Host: ", "Host: d", "Host: localhost:2375", "Host: [::1]:80", "Host: %2Fx"])
def test_host(gate, stub, host):
    """Whatever valid one the client sends, the engine gets the same one."""
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        c.send(f"GET /_ping HTTP/1.1\r\n{host}\r\n\r\n".encode())
        assert c.response().status == 200
    assert engine.requests[0].all("host") == ["docker"]


@pytest.mark.parametrize("query", ['?filters={"label":["a=b"]}', "?a=%zz", "?a=%2", "?;", "??", "?a=b&a=c#", "?x=/../..//",
                                   "?" + "q" * 8000, "?%00", "?a='\"<>^`|\\"])
def test_query_passes_byte_for_byte(gate, stub, query):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        r = c.get("/containers/json" + query)
        assert r.status == 200, r.body
    assert engine.lines == ["GET /containers/json" + query]


# -- heads of any size

def _padded(fields, size):
    """A request whose head is exactly `size` bytes in `fields` fields, Host among them."""
    head = "GET /version HTTP/1.1\r\nHost: d\r\n" + "".join(f"X{i}: 1\r\n" for i in range(fields - 2))
    rest = size - len(head) - len("Y: \r\n\r\n")
    return (head + "Y: " + "z" * rest + "\r\n\r\n").encode()


@pytest.mark.parametrize("fields, size", [(128, 4096), (128, 60000), (3, 65000), (3, 65536)])
def test_large_heads_pass(gate, stub, fields, size):
    engine = stub(answer())
    g = gate(engine=engine)
    raw = _padded(fields, size)
    assert len(raw) == size
    with g.client() as c:
        for _ in range(2):
            c.send(raw[:size // 2], raw[size // 2:])
            assert c.response().status == 200
    assert len(engine.requests[0].fields) == fields


@pytest.mark.parametrize("fields, size", [(129, 4096), (3, 65537), (3, 200000), (3000, 60000)])
def test_too_large_heads(gate, stub, fields, size):
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        c.try_send(_padded(fields, size))
        assert c.response().status == 431
        c.expect_close()
    assert engine.lines == []


def test_long_target(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        assert c.get("/version?" + "a" * 30000).status == 200
        assert c.get("/version?" + "a" * 40000).status in (414, 431)


@pytest.mark.parametrize("size, status", [(60000, 200), (70000, 502), (500000, 502)])
def test_large_answer_heads(gate, stub, size, status):
    engine = stub(answer(b"HTTP/1.1 200 OK\r\nX: " + b"a" * size + b"\r\nContent-Length: 2\r\n\r\nOK"))
    g = gate(engine=engine)
    r = g.get("/version")
    assert r.status == status
    if status == 200:
        assert len(r.get("x")) == size


# -- the engine misbehaves

NONSENSE = [
    ("closes at once", b""),
    ("half a status line", b"HTTP/1.1 2"),
    ("half a head", b"HTTP/1.1 200 OK\r\nContent-Le"),
    ("no HTTP", b"hello\r\n\r\n"),
    ("status of two digits", b"HTTP/1.1 20 OK\r\n\r\n"),
    ("status of four digits", b"HTTP/1.1 2000 OK\r\n\r\n"),
    ("HTTP/2", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("version 1.9", b"HTTP/1.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("bare LF", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    ("folded field", b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nOK!"),
    ("length and chunks", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("unknown coding", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx"),
    ("control byte", b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 0\r\n\r\n"),
    ("unasked 101", b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nGET"),
    ("binary", bytes(range(256)) * 300),
]


@pytest.mark.parametrize("name, raw", NONSENSE, ids=[n[0] for n in NONSENSE])
def test_engine_talks_nonsense(gate, stub, name, raw):  # pylint: disable=unused-argument
    def serve(c):
        q = c.request()
        if q.target == "/version":
            c.send(raw)
            return
        c.reply()

    engine = stub(serve)
    g = gate(engine=engine)
    with g.client() as c:
        r = c.get("/version")
        assert r.status == 502
        assert r.get("content-type") == "application/json"
        assert json.loads(r.body)["message"].startswith("502 ")
        if (r.get("connection") or "") != "close":
            assert c.get("/_ping").status == 200
    assert g.get("/_ping").status == 200


CUT = [
    ("counted", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
    ("chunked, within a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello"),
    ("chunked, between chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ("chunked, before the last line", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
    ("chunked, nonsense", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"),
    ("chunked, overflow", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nffffffffffffffff\r\nx"),
]


@pytest.mark.parametrize("name, raw", CUT, ids=[n[0] for n in CUT])
@pytest.mark.parametrize("slow", [False, True], ids=["at once", "in two"])
def test_truncated_answer_never_looks_complete(gate, stub, name, raw, slow):  # pylint: disable=unused-argument
    def serve(c):
        c.request()
        if slow:
            at = raw.index(b"\r\n\r\n") + 4
            c.send(raw[:at])
            time.sleep(0.1)
            c.send(raw[at:])
        else:
            c.send(raw)

    g = gate(engine=stub(serve))
    with g.client() as c:
        c.request("GET", "/version")
        with pytest.raises((Closed, Malformed)):
            r = c.read_body(c.response_head())
            assert r.status == 502
            raise Closed("answered by the gate")
    with g.client() as c:  # where chunks are taken off, a reset is all that tells
        c.request("GET", "/version", minor=0)
        with pytest.raises((Closed, Malformed)):
            r = c.read_body(c.response_head())
            assert r.status == 502 or c.was_reset, "the cut body ended cleanly"
            raise Closed("reset")


def test_engine_silent(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"DOCKGATE_ENGINE_TIMEOUT": "1"}, allow=["CONTAINERS_WAIT", "EVENTS"])
    with g.client() as c, g.client() as stream:
        stream.request("GET", "/events")
        silent = engine.accept()
        silent.request()
        c.request("GET", "/version")
        e = engine.accept()
        e.request()
        began = time.monotonic()
        assert c.response().status == 504
        assert 0.5 < time.monotonic() - began < 10
        e.expect_close()
        stream.expect_quiet(0.5)  # a stream may be silent for ever
        silent.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        assert stream.response().body == b"OK"


def test_engine_timeout_off(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"DOCKGATE_ENGINE_TIMEOUT": "0"})
    with g.client() as c:
        c.request("GET", "/version")
        e = engine.accept()
        e.request()
        c.expect_quiet(0.6)
        e.reply(body=b"late")
        assert c.response().body == b"late"


def test_engine_answers_before_the_upload_ends(gate, stub):
    """The answer passes, the body stops, and the rest of it is never a request."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", UPLOAD, (("Content-Length", "100000000"),)) + b"x" * 1000)
        e = engine.accept()
        e.request_head()
        e.read_exact(1000)
        e.send(reply(status=413, body=b'{"message":"enough"}', fields=(("Connection", "close"),)))
        e.close()
        r = c.response()
        assert (r.status, r.body) == (413, b'{"message":"enough"}')
        assert r.get("connection") == "close"
        assert not c.try_send(b"x" * 30_000_000) or c.read_to_end() == b""


def test_upload_is_full_duplex(gate, stub):
    """The engine may begin its answer while the body still comes."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", UPLOAD, (), b"", chunked=True)[:-5] + chunk(b"one"))
        e = engine.accept()
        q = e.request_head()
        assert e.read_chunk(q) == b"one"
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"seen one"))
        r = c.response_head()
        assert c.read_chunk(r) == b"seen one"
        c.send(chunk(b"two") + b"0\r\n\r\n")
        assert e.read_chunk(q) == b"two"
        assert e.read_chunk(q) == b""
        e.send(chunk(b"seen two") + b"0\r\n\r\n")
        assert c.read_chunk(r) == b"seen two"
        assert c.read_chunk(r) == b""


@pytest.mark.parametrize("how, chunked", [
    ("close", False), ("half_close", False), ("reset", False),
    ("close", True), ("half_close", True), ("reset", True), ("nonsense", True),
])
def test_client_ends_within_its_body(gate, stub, how, chunked):
    """The engine must not take the body for complete."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    c = g.client()
    if chunked:
        c.send(request("POST", UPLOAD, (), b"", chunked=True)[:-5] + chunk(b"x" * 10))
    else:
        c.send(request("POST", UPLOAD, (("Content-Length", "100"),)) + b"x" * 10)
    e = engine.accept()
    q = e.request_head()
    with pytest.raises(Closed):
        if how == "nonsense":
            c.send(b"zz\r\n")
        else:
            getattr(c, how)()
        e.read_body(q)
    c.close()


# -- the pool

def test_connections_are_reused(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine)
    for _ in range(20):
        assert g.get("/version").status == 200
    assert len(engine.connections) <= 2


def test_stale_connection_is_retried_once(gate, stub):
    """The engine closes the kept-alive connection just when the next request arrives on it."""
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.request("GET", "/version")
        first = engine.accept()
        first.request()
        first.reply()
        assert c.response().status == 200
        c.request("GET", "/version?again")
        first.request()
        first.close()
        second = engine.accept()
        assert second.request().target == "/version?again"
        second.close()
        assert c.response().status == 502, "a second failure is not tried again"
        engine.expect_no_connection()


def test_stale_connection_noticed_in_the_pool(gate, stub):
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        for target in ("/version?1", "/version?2"):
            c.request("GET", target)
            e = engine.accept()
            assert e.request().target == target
            e.reply()
            assert c.response().status == 200
            e.close()


def test_post_is_never_doubled(gate, stub):
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.request("GET", "/version")
        first = engine.accept()
        first.request()
        first.reply()
        assert c.response().status == 200
        c.request("POST", "/containers/x/start")
        try:
            first.timeout = 0.5
            first.request()
            used = first
        except (Timeout, Closed):
            used = engine.accept()
            used.request()
        used.close()
        assert c.response().status == 502
        engine.expect_no_connection(0.5)
    assert engine.lines.count("POST /containers/x/start") == 1


def test_get_is_not_retried_once_bytes_came(gate, stub):
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.request("GET", "/version")
        e = engine.accept()
        e.request()
        e.reply()
        assert c.response().status == 200
        c.request("GET", "/version")
        e.request()
        e.send(b"HTTP/1.1 200")
        e.close()
        assert c.response().status == 502
        engine.expect_no_connection()


def test_engine_absent_and_back(gate, stub, workdir):
    """Absent at start, there, gone, and back under a new socket file: 502 meanwhile, and the next request works."""
    path = workdir / "late.sock"
    g = gate(engine=str(path))
    with g.client() as c:
        r = c.get("/version")
        assert r.status == 502 and "can't be reached" in json.loads(r.body)["message"]
        for _ in range(2):
            engine = StubEngine(path, answer())
            assert c.get("/version").status == 200
            engine.stop()
            assert c.get("/version").status == 502
            path.unlink()
            assert c.get("/version").status == 502
        engine = StubEngine(path, answer())
        assert c.get("/version").status == 200
        engine.stop()


def test_engine_with_full_backlog(gate, stub):
    """An engine slow to accept is waited for."""
    engine = stub()
    engine.stop()
    engine.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    import os  # pylint: disable=import-outside-toplevel
    os.unlink(engine.path)
    engine.listener.bind(engine.path)
    os.chmod(engine.path, 0o666)
    engine.listener.listen(0)
    g = gate(engine=engine)
    waiting = [g.client() for _ in range(6)]
    for c in waiting:
        c.request("GET", "/version")
    time.sleep(0.1)
    engine.handler = answer()
    engine._stopping = False  # pylint: disable=protected-access
    threading.Thread(target=engine._accept, args=(engine.listener,), daemon=True).start()  # pylint: disable=protected-access
    for c in waiting:
        assert c.response().status == 200
        c.close()


# -- nothing is ever mixed up

@pytest.mark.parametrize("workers", ["1", "3"])
def test_answers_of_many_clients_are_never_mixed(gate, stub, workers):
    """Random sizes and framings both ways, checked by hash."""

    def serve(c):
        while True:
            q = c.request(timeout=60)
            seed = q.target.split("?")[1]
            rng = random.Random(seed)
            body = rng.randbytes(rng.choice([0, 1, 100, 5000, 70000, 300000]))
            assert q.body == _body(seed), "a request's body was changed"
            if rng.random() < 0.5:
                c.reply(body=body, fields=(("X-Hash", hashlib.sha256(body).hexdigest()),))
            else:
                parts = [body[i:i + 9000] for i in range(0, len(body), 9000)]
                c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Hash: "
                       + hashlib.sha256(body).hexdigest().encode() + b"\r\n\r\n"
                       + b"".join(chunk(p) for p in parts) + b"0\r\n\r\n")
            if rng.random() < 0.1:
                return

    def _body(seed):
        rng = random.Random(seed + "up")
        return rng.randbytes(rng.choice([0, 0, 10, 3000, 200000]))

    engine = stub(serve)
    g = gate(engine=engine, allow="all", env={"DOCKGATE_WORKERS": workers})
    failures = []

    def run(number):
        try:
            rng = random.Random(number)
            c = g.client(g.unix if number % 2 else g.tcp, timeout=30)
            for i in range(25):
                seed = f"{number}.{i}"
                body = _body(seed)
                if body or rng.random() < 0.3:
                    c.request("POST", f"{UPLOAD}?{seed}", body=body, chunked=rng.random() < 0.5)
                else:
                    c.request("GET", f"/version?{seed}")
                r = c.response()
                want = random.Random(seed)
                want = want.randbytes(want.choice([0, 1, 100, 5000, 70000, 300000]))
                assert r.status == 200, r.body
                assert r.body == want and r.get("x-hash") == hashlib.sha256(want).hexdigest(), seed
            c.close()
        except Exception as e:  # pylint: disable=broad-except
            failures.append((number, repr(e)))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(24)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(100)
    assert not failures
    g.wait_fds(100)  # the pool does not keep what is not used
