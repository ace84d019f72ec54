"""Tunnels: upgrades, the raw 200 of exec and attach, ends of each direction, back pressure, refusals, and plain streams."""

import threading
import time

import pytest
from support.client import JSON, UPGRADE, Closed, request
from support.gate import free_port
from support.stub import RAW_STREAM, UPGRADED, TcpEngine, answer

EXEC = "/exec/abc/start"
MJMCCANS = {"DOCKGATE_DIALECT": "mjmccans"}  # EXEC alone could be Tecnativa's, which lets nothing be started
WEBSOCKET = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"

# name, method, target, fields, body, answer of the engine
KINDS = [
    ("exec", "POST", EXEC, UPGRADE + JSON, b'{"Detach":false}', UPGRADED),
    ("exec, versioned", "POST", "/v1.41" + EXEC, UPGRADE + JSON, b'{"Detach":false}', UPGRADED),
    ("attach", "POST", "/containers/x/attach?stream=1", UPGRADE, b"", UPGRADED),
    ("raw exec", "POST", EXEC, JSON, b'{"Detach":false}', RAW_STREAM),
    ("raw attach", "POST", "/containers/x/attach?stream=1", (), b"", RAW_STREAM),
    ("websocket", "GET", "/containers/x/attach/ws", WEBSOCKET, b"",
     SWITCHING % b"websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("session", "POST", "/session", (("Connection", "Upgrade"), ("Upgrade", "h2c"),
     ("X-Docker-Expose-Session-Uuid", "u")), b"", SWITCHING % b"h2c"),
    ("grpc", "POST", "/grpc", (("Connection", "Upgrade"), ("Upgrade", "h2c")), b"", SWITCHING % b"h2c"),
]


@pytest.fixture
def tunnel(gate, stub, clients):
    """tunnel(kind=…, early=b"", env={}) -> (client, engine connection, gate) with the tunnel open."""

    def open_tunnel(kind=KINDS[0], early=b"", unix=False, env=None):
        _, method, target, fields, body, opened = kind
        engine = stub()
        g = gate(engine=engine, allow="all", env=env or {})
        c = clients(g.unix if unix else g.tcp)
        c.send(request(method, target, fields, body) + early)
        e = engine.accept()
        q = e.request()
        assert q.target == target and q.body == body
        if opened != RAW_STREAM:
            assert q.get("upgrade") == dict(fields)["Upgrade"] and q.get("connection").lower() == "upgrade"
        e.expect_quiet(0.05)
        e.send(opened)
        r = c.response_head()
        assert r.status == (200 if opened == RAW_STREAM else 101)
        if opened != RAW_STREAM:
            assert r.get("upgrade") and r.get("connection").lower() == "upgrade"
        assert r.get("transfer-encoding") is None and r.get("content-length") is None
        return c, e, g

    return open_tunnel


@pytest.mark.parametrize("kind", KINDS, ids=[k[0] for k in KINDS])
def test_bytes_pass_both_ways(tunnel, kind):
    c, e, _ = tunnel(kind)
    for i in range(3):
        c.send(b"GET /up HTTP/1.1\r\n\r\n%d" % i)
        assert e.read_exact(21) == b"GET /up HTTP/1.1\r\n\r\n%d" % i
        e.send(b"\x01\x00\x00\x00\x00\x00\x00\x02%d\n" % i)
        assert c.read_exact(10) == b"\x01\x00\x00\x00\x00\x00\x00\x02%d\n" % i


@pytest.mark.parametrize("kind", KINDS, ids=[k[0] for k in KINDS])
def test_early_bytes_are_held_until_the_answer(tunnel, kind):
    """The engine would lose them; the fixture looks that none came before."""
    c, e, _ = tunnel(kind, early=b"early bytes")
    assert e.read_exact(11) == b"early bytes"
    c.send(b", late bytes")
    assert e.read_exact(12) == b", late bytes"


def test_early_bytes_and_early_end(tunnel):
    """printf x | docker exec -i: bytes and end may both come before the answer."""
    engine_kind = KINDS[0]
    c, e, _ = tunnel(engine_kind, early=b"stdin")
    c.half_close()
    assert e.read_exact(5) == b"stdin"
    e.expect_close()
    e.send(b"output")
    e.close()
    assert c.read_to_end() == b"output"


def test_end_before_the_answer(gate, stub):
    """docker exec without -i sends its end at once; the output still arrives."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}"))
        c.half_close()
        e = engine.accept()
        e.request()
        time.sleep(0.05)
        e.send(UPGRADED)
        assert c.response_head().status == 101
        e.expect_close()
        e.send(b"output")
        e.close()
        assert c.read_to_end() == b"output"


def test_opening_bytes_come_with_the_head(gate, stub):
    """The engine's first output may stand right behind its head, and the head may come in pieces."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}"))
        e = engine.accept()
        e.request()
        e.send_bytewise(UPGRADED)
        e.send(b"hello")
        assert c.response_head().status == 101
        assert c.read_exact(5) == b"hello"


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[3]], ids=["upgraded", "raw"])
def test_client_ends_first(tunnel, kind, unix):
    """The engine's direction goes on for as long as it likes."""
    c, e, _ = tunnel(kind, unix=unix)
    c.send(b"last")
    c.half_close()
    assert e.read_exact(4) == b"last"
    e.expect_close()
    for _ in range(3):
        time.sleep(0.1)
        e.send(b"still here")
        assert c.read_exact(10) == b"still here"
    e.close()
    c.expect_close()


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
def test_engine_ends_first(tunnel, unix):
    """Its half-close passes; the client may still send."""
    c, e, _ = tunnel(unix=unix)
    e.send(b"last")
    e.half_close()
    assert c.read_exact(4) == b"last"
    c.expect_close()
    c.send(b"more stdin")
    assert e.read_exact(10) == b"more stdin"
    c.half_close()
    e.expect_close()


def test_engine_gone(tunnel):
    """Both directions at once: nobody waits for the client's end."""
    c, e, g = tunnel()
    e.send(b"bye")
    e.close()
    assert c.read_exact(3) == b"bye"
    c.expect_close()
    c.close()
    g.stop()


def test_client_gone(tunnel):
    c, e, _ = tunnel(unix=True)
    c.close()
    e.expect_close()
    # the gate has let go of both ends: writing to it fails in the end
    deadline = time.monotonic() + 5
    with pytest.raises(OSError):
        while time.monotonic() < deadline:
            e.sock.send(b"x")
            time.sleep(0.01)


def test_client_resets(tunnel):
    c, e, _ = tunnel()
    c.reset()
    assert e.read_to_end() == b""
    deadline = time.monotonic() + 5
    with pytest.raises(OSError):
        while time.monotonic() < deadline:
            e.sock.send(b"x")
            time.sleep(0.01)


def leave(client, unix):
    """A client that is gone in both directions."""
    if unix:
        client.close()
    else:
        client.reset()


WAYS = pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
SHORT = {"DOCKGATE_IDLE_TIMEOUT": "1"}


@WAYS
def test_client_gone_behind_its_end(tunnel, unix):
    """docker exec -i … </dev/null, and Ctrl-C: a silent engine doesn't keep what nobody reads."""
    c, e, g = tunnel(unix=unix)
    c.half_close()
    e.expect_close()
    before = g.fds()
    leave(c, unix)
    g.wait_fds(before - 2)


@WAYS
def test_client_gone_with_its_input_waiting(tunnel, unix):
    """yes | docker exec -i … sleep infinity, and Ctrl-C: the engine has its time to take it, and no more."""
    c, _, g = tunnel(unix=unix, env=SHORT)
    c.fill(quiet=0.3)
    before = g.fds()
    leave(c, unix)
    g.wait_fds(before - 2)


def test_input_of_a_client_that_is_gone(tunnel):
    """Who sends all and leaves has sent it."""
    c, e, _ = tunnel(unix=True)
    sent = c.fill(quiet=0.3)
    c.close()
    assert len(e.read_to_end()) == sent


@WAYS
def test_client_that_has_ended_is_not_gone(tunnel, unix):
    """Each has ended its direction, which looks like a client that is gone; a slow engine still gets all."""
    c, e, _ = tunnel(unix=unix, env=SHORT)
    e.half_close()
    c.expect_close()
    sent = c.fill(quiet=0.3)
    c.half_close()
    time.sleep(2)
    assert len(e.read_to_end()) == sent


@WAYS
@pytest.mark.parametrize("what", ["body", "byte behind it"])
def test_client_gone_before_the_answer(gate, stub, clients, unix, what):
    """An engine that takes no more of a body, or answers nothing, has its time."""
    engine = stub()
    g = gate(engine=engine, allow="all", env=SHORT)
    c = clients(g.unix if unix else g.tcp)
    if what == "body":
        c.send(b"POST /images/load HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        e = engine.accept()
        c.fill(quiet=0.3)
    else:
        c.send(request("POST", "/containers/x/stop") + b"G")
        e = engine.accept()
        e.request()
    before = g.fds()
    leave(c, unix)
    g.wait_fds(before - 2)


@WAYS
def test_engine_ends_on_unread_input(tunnel, unix):
    """A command that doesn't read its stdin: what it wrote is there to the last byte, for a slow reader too."""
    c, e, _ = tunnel(unix=unix)
    c.send(b"never read")
    e.read_exact(1)
    c.send(b"nor this")
    sent = e.fill(quiet=0.3)
    e.close()
    assert len(c.read_to_end()) == sent


def test_engine_resets(tunnel):
    """A unix socket is reset by closing it on unread bytes."""
    c, e, _ = tunnel()
    c.send(b"x" * 100)
    e.read_exact(1)
    c.send(b"never read")
    time.sleep(0.1)
    e.close()
    c.read_to_end()
    assert c.was_reset or c.eof


def test_engine_resets_over_tcp(gate, clients):
    """There may have been more: that is no end, and the client must not take it for one."""
    engine = TcpEngine("127.0.0.1", free_port())
    try:
        g = gate(engine=engine.address, allow="all")
        c = clients(g.tcp)
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}"))
        e = engine.accept()
        e.request()
        e.send(UPGRADED + b"part")
        assert c.response_head().status == 101
        assert c.read_exact(4) == b"part"
        e.reset()
        assert c.read_to_end() == b"" and c.was_reset
    finally:
        engine.stop()


def test_silence_does_not_end_a_tunnel(gate, stub, clients):
    """Every timer set to the shortest: a tunnel and a stream outlive them all."""
    engine = stub()
    g = gate(engine=engine, allow="all", env={
        "DOCKGATE_HEAD_TIMEOUT": "1", "DOCKGATE_IDLE_TIMEOUT": "1", "DOCKGATE_ENGINE_TIMEOUT": "1"})
    c, s, w = clients(g.tcp), clients(g.tcp), clients(g.tcp)
    c.send(request("POST", EXEC, UPGRADE + JSON, b"{}"))
    e = engine.accept()
    e.request()
    e.send(UPGRADED)
    assert c.response_head().status == 101
    s.request("GET", "/events")
    f = engine.accept()
    f.request()
    f.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    r = s.response_head()
    w.request("POST", "/containers/x/wait")
    h = engine.accept()
    h.request()
    time.sleep(3)
    e.send(b"down")
    assert c.read_exact(4) == b"down"
    c.send(b"up")
    assert e.read_exact(2) == b"up"
    f.send(b"2\r\n{}\r\n")
    assert s.read_chunk(r) == b"{}"
    h.reply(body=b"{}")
    assert w.response().status == 200


@pytest.mark.parametrize("direction", ["up", "down"])
def test_back_pressure(tunnel, direction):
    """A slow reader stops its writer, never the gate, and no byte is lost."""
    c, e, g = tunnel()
    writer, reader = (c, e) if direction == "up" else (e, c)
    before = g.rss()
    sent = writer.fill(b"0123456789abcdef" * 4096, quiet=0.3)
    assert sent < 64 << 20, "nobody reads, yet somebody takes everything"
    reader.record = False
    if direction == "up":
        e.send(b"other way")
        assert c.read_exact(9) == b"other way"
    writer.half_close()
    got = reader.read_to_end()
    assert len(got) == sent
    # A send that was cut short may leave a partial pattern at the cut; the total must match what was taken.
    assert g.rss() - before < 8192


def test_much_data_both_ways(tunnel):
    """64 MiB each way at once."""
    c, e, g = tunnel()
    size = 64 << 20
    block = bytes(range(256)) * 1024
    c.record = e.record = False
    errors = []

    def pump(s):
        try:
            for _ in range(size // len(block)):
                s.sock.sendall(block)
            s.half_close()
        except OSError as x:
            errors.append(x)

    def drain(s, out):
        n = 0
        while data := s.sock.recv(1 << 20):
            if data[0] != block[n % 256] or data[-1] != block[(n + len(data) - 1) % 256]:
                errors.append(f"wrong byte near {n}")
                return
            n += len(data)
        out.append(n)

    out = []
    for s in (c, e):
        s.sock.settimeout(60)
    threads = [threading.Thread(target=pump, args=(s,)) for s in (c, e)]
    threads += [threading.Thread(target=drain, args=(s, out)) for s in (c, e)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not errors and out == [size, size]
    assert g.rss() < 64 * 1024


# -- refused upgrades: what was held is the next request

def test_refused_upgrade_then_denied_request(gate, stub):
    engine = stub(answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"))
    g = gate(engine=engine, allow=["EXEC"], env=MJMCCANS)
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}") + request("DELETE", "/containers/victim?force=1"))
        assert c.response().status == 404
        assert c.response().status == 403
    assert engine.lines == [f"POST {EXEC}"]
    assert b"victim" not in engine.all_received()


@pytest.mark.parametrize("refusal", [
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",  # Detach: true
    b"HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
])
def test_refused_upgrade_then_allowed_request(gate, stub, refusal):
    def serve(c):
        while True:
            q = c.request(timeout=30)
            c.send(refusal) if q.target == EXEC else c.reply(body=b"after")  # pylint: disable=expression-not-assigned

    engine = stub(serve)
    g = gate(engine=engine, allow=["EXEC"], env=MJMCCANS)
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}") + request("GET", "/version"))
        assert c.response().status == int(refusal[9:12])
        assert c.response().body == b"after"
    assert engine.lines == [f"POST {EXEC}", "GET /version"]


def test_refused_upgrade_then_garbage(gate, stub):
    engine = stub(answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"))
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}") + b"ls -l\nexit\n")
        assert c.response().status == 404
        assert c.response().status == 400
        c.expect_close()
    assert b"ls -l" not in engine.all_received()


def test_refused_without_length(gate, stub):
    """Attach refuses with a raw text and closes; that is no tunnel."""

    def serve(c):
        c.request()
        c.send(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such container")

    engine = stub(serve)
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", "/containers/x/attach", UPGRADE) + b"secret stdin")
        r = c.response()
        assert (r.status, r.body) == (404, b"no such container")
        assert b"secret" not in engine.all_received()


def test_websocket_refused(gate, stub):
    """The engine's refusal of a websocket is a head without fields, then text."""

    def serve(c):
        c.request()
        c.send(b"HTTP/1.1 400 \r\n\r\nnot websocket protocol")

    g = gate(engine=stub(serve), allow="all")
    assert g.get("/containers/x/attach/ws").body == b"not websocket protocol"


def test_denied_upgrade(gate, stub):
    """A 403, and the bytes behind it are requests like any other."""
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}") + request("GET", "/version"))
        assert c.response().status == 403
        assert c.response().status == 200
    assert engine.lines == ["GET /version"]


def test_upgrade_after_other_requests(gate, stub):
    """The upgrade may be the n-th request of a kept-alive connection, with its body chunked."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.request("GET", "/_ping")
        e = engine.accept()
        e.request()
        e.reply()
        assert c.response().status == 200
        c.send(request("POST", EXEC, UPGRADE + JSON, b'{"Tty":true}', chunked=True))
        deadline = time.monotonic() + 5
        while len(engine.lines) < 2 and time.monotonic() < deadline:
            try:
                e = engine.accept(timeout=0.2)
            except AssertionError:
                pass
            try:
                q = e.request(timeout=0.2)
            except (AssertionError, Closed):
                continue
        assert q.body == b'{"Tty":true}'
        e.send(UPGRADED)
        assert c.response_head().status == 101
        c.send(b"x")
        assert e.read_exact(1) == b"x"


def test_old_client_upgrade(gate, stub):
    """The engine upgrades HTTP/1.0 requests as well; the gate may, or refuse, but must not misread the tunnel."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.send(request("POST", EXEC, UPGRADE + JSON, b"{}", minor=0))
        e = engine.accept()
        q = e.request()
        if q.get("upgrade"):
            e.send(UPGRADED)
            assert c.response_head().status == 101
        else:
            e.send(RAW_STREAM)
            assert c.response_head().status == 200
        c.send(b"x")
        assert e.read_exact(1) == b"x"


# -- plain streams: the client's end must reach the engine

STREAMS = [
    ("GET", "/events"), ("GET", "/containers/x/logs?follow=1&stdout=1"), ("POST", "/containers/x/wait"),
    ("GET", "/containers/x/stats"),
]


@pytest.mark.parametrize("method, target", STREAMS)
@pytest.mark.parametrize("how", ["close", "half_close", "reset"])
@pytest.mark.parametrize("begun", [False, True], ids=["before the head", "within the body"])
def test_client_end_reaches_the_engine(gate, stub, method, target, how, begun):
    engine = stub()
    g = gate(engine=engine, allow="all")
    c = g.client()
    c.request(method, target)
    e = engine.accept()
    e.request()
    if begun:
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        r = c.response_head()
        assert c.read_chunk(r) == b"{}"
    getattr(c, how)()
    began = time.monotonic()
    assert e.read_to_end() == b""
    assert time.monotonic() - began < 2
    if how == "half_close" and begun:
        # The engine ends the stream in order; that reaches the client.
        e.send(b"0\r\n\r\n")
        assert c.read_chunk(r) == b""
    e.close()
    c.close()


def test_orphan_does_not_stay(gate, stub):
    """Not even where the engine ignores the client's end."""
    engine = stub()
    g = gate(engine=engine, allow="all")
    before = g.fds()
    kept = []
    for _ in range(5):
        c = g.client()
        c.request("GET", "/events")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        kept.append(e)
        c.read_chunk(c.response_head())
        c.reset()
    g.wait_fds(before)


def test_engine_end_of_a_stream_reaches_the_client(gate, stub):
    engine = stub()
    g = gate(engine=engine, allow="all")
    with g.client() as c:
        c.request("GET", "/events")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        r = c.response_head()
        assert c.read_chunk(r) == b"{}"
        e.send(b"0\r\n\r\n")
        assert c.read_chunk(r) == b""
