"""Limits: connections, addresses, memory, descriptors; and what denied requests look like on the wire."""

import json
import os
import resource
import threading
import time

import pytest
from support.client import JSON, Client, request
from support.gate import is_sanitized
from support.stub import answer

DENIED = ("403 Forbidden: docker-socket-proxy is configured to not allow access to this function. "
          "To enable this function turn on the {} option.")
MEBI = 1 << 20
GIBI = 1 << 30


# -- denied requests

@pytest.mark.parametrize("method, target, option", [
    ("GET", "/images/json", "IMAGES"),
    ("GET", "/v1.41/images/json?all=1", "IMAGES"),
    ("POST", "/volumes/create", "VOLUMES_CREATE"),
    ("DELETE", "/containers/x", "CONTAINERS_DELETE"),
])
def test_denied_text(gate, stub, method, target, option):
    g = gate(engine=stub())
    with g.client() as c:
        r = c.get(target, method=method)
        assert (r.status, r.reason) == (403, "Forbidden")
        assert r.body == json.dumps({"message": DENIED.format(option)}, separators=(",", ":")).encode()
        assert r.get("content-type") == "application/json"


@pytest.mark.parametrize("on", ["0", "1"])
def test_denied_text_without_option(gate, stub, on):
    g = gate(engine=stub(), env={"DESCRIPTIVE_ERRORS": on})
    wanted = DENIED.split(" To enable")[0]
    with g.client() as c:
        assert json.loads(c.get("/nonsense").body)["message"] == wanted
        got = json.loads(c.get("/images/json").body)["message"]
        assert got == (wanted if on == "0" else DENIED.format("IMAGES"))


@pytest.mark.parametrize("how", [{}, {"chunked": True}])
@pytest.mark.parametrize("size", [0, 10, 100_000])
def test_denied_with_small_body_keeps_the_connection(gate, stub, size, how):
    """The body is drained, and is never a request."""
    engine = stub(answer())
    g = gate(engine=engine)
    smuggled = request("DELETE", "/containers/victim")
    with g.client() as c:
        for _ in range(3):
            c.request("POST", "/containers/create", JSON, (smuggled * (size // len(smuggled) + 1))[:size], **how)
            c.request("GET", "/version")
            assert c.response().status == 403
            assert c.response().status == 200
    assert set(engine.lines) == {"GET /version"}


@pytest.mark.parametrize("chunked", [False, True])
def test_denied_with_large_body(gate, stub, chunked):
    """Not read to the end; the answer still arrives."""
    engine = stub(answer())
    g = gate(engine=engine)
    with g.client() as c:
        if chunked:
            c.send(request("POST", "/build", (), b"", chunked=True)[:-5])
        else:
            c.send(request("POST", "/build", (("Content-Length", str(GIBI)),)))
        r = c.response()
        assert r.status == 403
        piece = b"%x\r\n%s\r\n" % (MEBI, b"x" * MEBI) if chunked else b"x" * MEBI
        began = time.monotonic()
        while c.try_send(piece):  # it is read for a moment, so that the answer is not destroyed by a reset
            assert time.monotonic() - began < 5, "the gate reads an endless body of a denied request"
    assert engine.lines == []


# -- connections

def test_connection_limit(gate, stub):
    """Beyond the limit: 503 or a wait; once places are free, all is well again."""
    engine = stub(answer())
    g = gate(engine=engine, env={"DOCKGATE_MAX_CONNECTIONS": "20", "DOCKGATE_MAX_PER_ADDRESS": "20"})
    held = [g.client() for _ in range(20)]
    for c in held:
        assert c.get("/version").status == 200
    more = [g.client() for _ in range(10)]
    for c in more:
        c.try_send(request("GET", "/version"))
    for c in more:
        data, closed = c.read_until_quiet(0.5)
        assert (data.startswith(b"HTTP/1.1 503 ") and closed) or (data == b"" and not closed), data
    for c in held:
        assert c.get("/version").status == 200
    for c in held + more:
        c.close()
    deadline = time.monotonic() + 5
    while True:
        with g.client() as c:
            c.try_send(request("GET", "/version"))
            if c.response().status == 200:
                break
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_address_can_not_take_all(gate, stub):
    """127.0.0.1 holds what it may; 127.0.0.2 and the unix socket still get through."""
    import socket  # pylint: disable=import-outside-toplevel

    engine = stub(answer())
    g = gate(engine=engine, env={"DOCKGATE_MAX_CONNECTIONS": "20"})
    greedy = []
    for _ in range(40):
        greedy.append(g.client())
        greedy[-1].try_send(request("GET", "/version"))
    answered = sum(c.read_until_quiet(0.1)[0].startswith(b"HTTP/1.1 200") for c in greedy)
    assert 10 <= answered <= 16
    other = socket.create_connection(g.tcp, timeout=5, source_address=("127.0.0.2", 0))
    other.sendall(request("GET", "/version"))
    assert other.recv(100).startswith(b"HTTP/1.1 200")
    with g.client(g.unix) as c:
        assert c.get("/version").status == 200
    other.close()
    for c in greedy:
        c.close()


def test_two_thousand_connections(gate, stub):
    """All open at once, all served; memory stays small and every descriptor comes back."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 10000:
        pytest.skip("too few descriptors")
    n = 2000
    engine = stub(answer())
    g = gate(engine=engine)
    before = g.fds()
    idle = g.rss()
    some = [g.client(timeout=30) for _ in range(n)]
    for c in some:
        c.request("GET", "/version")
    for c in some:
        assert c.response().status == 200
    for c in some[::7]:
        assert c.get("/version").status == 200
    if not is_sanitized():
        assert (g.rss() - idle) / n < 16, "KiB for a connection"
    for c in some:
        c.close()
    g.wait_fds(before + 512)  # those in the pool
    engine.stop()
    g.wait_fds(before)


def test_two_thousand_streams(gate, stub):
    """Each with a connection of its own to the engine; events reach everybody."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 20000:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    n = 2000
    go = threading.Event()

    def serve(c):
        c.request(timeout=60)
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        go.wait(60)
        c.send(b"2\r\n{}\r\n0\r\n\r\n")

    engine = stub(serve)
    g = gate(engine=engine)
    before = g.fds()
    some = [g.client(timeout=60) for _ in range(n)]
    for c in some:
        c.request("GET", "/events")
    heads = [c.response_head() for c in some]
    go.set()
    for c, r in zip(some, heads):
        assert c.read_body(r).body == b"{}"
        c.close()
    g.wait_fds(before + 3)


def test_storm_of_short_connections(gate, stub):
    """Connections that come and go, half of them rude; nothing is left behind."""
    engine = stub(answer())
    g = gate(engine=engine)
    before = g.fds()
    failures = []

    def storm(number):
        try:
            for i in range(150):
                c = Client(g.unix if i % 5 == 4 else g.tcp)
                kind = (i + number) % 6
                if kind == 0:
                    c.reset()
                    continue
                if kind == 1:
                    c.send(b"GET /ver")
                elif kind == 2:
                    c.send(request("GET", "/version"))  # leaves before the answer
                elif kind == 3:
                    c.send(b"nonsense\r\n\r\n")
                    assert c.response().status == 400
                elif kind == 4:
                    assert c.get("/images/json").status == 403
                else:
                    assert c.get("/version").status == 200
                c.close()
        except Exception as e:  # pylint: disable=broad-except
            failures.append(repr(e))

    threads = [threading.Thread(target=storm, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not failures
    engine.stop()
    g.wait_fds(before)


def test_few_descriptors(gate, stub):
    """With hardly any descriptors the gate refuses or waits, and goes on afterwards."""
    engine = stub(answer())
    g = gate(engine=engine, limits={resource.RLIMIT_NOFILE: 64}, expect=[r".*"])
    some = [g.client() for _ in range(120)]
    for c in some:
        c.try_send(request("GET", "/version"))
    time.sleep(0.3)
    assert g.process.poll() is None
    for c in some:
        c.close()
    deadline = time.monotonic() + 8
    while True:
        try:
            if g.get("/version").status == 200:
                break
        except (AssertionError, OSError):
            pass
        assert time.monotonic() < deadline, g.stderr()
        time.sleep(0.05)


# -- memory: 1 GiB each way through 64 MiB

SMALL = {resource.RLIMIT_AS: 64 * MEBI}


def _limits():
    return None if is_sanitized() else SMALL  # the sanitizer maps terabytes


def _send_gibi(stream, chunked, total=GIBI):
    block = b"z" * MEBI
    if chunked:
        block = b"%x\r\n%s\r\n" % (MEBI, block)
    stream.sock.settimeout(60)
    for _ in range(total // MEBI):
        stream.sock.sendall(block)
    if chunked:
        stream.sock.sendall(b"0\r\n\r\n")


def _count_payload(stream, message, slow):
    """Reads a body without keeping it; returns its length."""
    stream.record = False
    n = 0
    if message.framing == "chunked":
        while part := stream.read_chunk(message, 60):
            n += len(part)
            if slow and n % (32 * MEBI) < len(part):
                time.sleep(0.01)
        return n
    left = int(message.get("content-length")) - len(stream.buffer)
    n = len(stream.buffer)
    stream.buffer.clear()
    memory = bytearray(MEBI)
    stream.sock.settimeout(60)
    while left > 0:
        got = stream.sock.recv_into(memory, min(MEBI, left))
        assert got > 0, f"ended {left} bytes early"
        n += got
        left -= got
        if slow and n % (32 * MEBI) < got:
            time.sleep(0.01)
    return n


@pytest.mark.parametrize("chunked", [False, True], ids=["counted", "chunked"])
def test_gibibyte_up(gate, stub, chunked):
    got = []

    def serve(c):
        q = c.request_head()
        got.append(_count_payload(c, q, slow=True))
        c.reply()

    engine = stub(serve)
    g = gate(engine=engine, allow="all", limits=_limits())
    with g.client() as c:
        if chunked:
            c.send(request("POST", "/images/load", (), b"", chunked=True)[:-5])
        else:
            c.send(request("POST", "/images/load", (("Content-Length", str(GIBI)),)))
        _send_gibi(c, chunked)
        assert c.response(timeout=60).status == 200
    assert got == [GIBI]
    assert is_sanitized() or g.rss() < 32 * 1024


@pytest.mark.parametrize("chunked", [False, True], ids=["counted", "chunked"])
def test_gibibyte_down(gate, stub, chunked):
    def serve(c):
        c.request()
        c.send(b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % GIBI)
               + b"\r\n\r\n")
        _send_gibi(c, chunked)

    engine = stub(serve)
    g = gate(engine=engine, allow="all", limits=_limits())
    with g.client() as c:
        c.request("GET", "/images/x/get")
        assert _count_payload(c, c.response_head(), slow=True) == GIBI
    assert is_sanitized() or g.rss() < 32 * 1024


def test_slow_reader_delays_nobody_else(gate, stub):
    """A download that nobody reads stops its own sender; others are served; nothing piles up in the gate."""
    sent = []

    def serve(c):
        q = c.request()
        if q.target == "/version":
            c.reply()
            return
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent.append(c.fill(b"100000\r\n" + b"x" * MEBI + b"\r\n", quiet=1.0))

    engine = stub(serve)
    g = gate(engine=engine, allow="all")
    slow = g.client()
    slow.request("GET", "/containers/x/export")
    slow.response_head()
    deadline = time.monotonic() + 10
    while not sent:
        assert time.monotonic() < deadline
        began = time.monotonic()
        assert g.get("/version").status == 200
        assert time.monotonic() - began < 5
    assert sent[0] < 64 * MEBI
    slow.close()


def _watched(g):
    """How many descriptors each event loop of the gate watches."""
    counts = []
    for fd in os.listdir(f"/proc/{g.pid}/fdinfo"):
        with open(f"/proc/{g.pid}/fdinfo/{fd}", encoding="ascii") as f:
            if os.readlink(f"/proc/{g.pid}/fd/{fd}") == "anon_inode:[eventpoll]":
                counts.append(sum(line.startswith("tfd:") for line in f))
    return counts


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_workers_share_connections_evenly(gate, stub, way):
    """Connections that come at once do not stay with the worker that was woken first; those that are closed make
    place for others."""
    g = gate(engine=stub(), env={"DOCKGATE_WORKERS": "4"})
    empty = _watched(g)
    assert len(empty) == 4
    some = [g.client(getattr(g, way)) for _ in range(64)]
    for c in some:
        assert c.get("/images/json").status == 403  # so it has been taken
    assert max(_watched(g)) - min(_watched(g)) <= 8  # two that look at the same moment choose the same
    for c in some[::2]:
        c.close()
    some = some[1::2] + [g.client(getattr(g, way)) for _ in range(32)]
    for c in some:
        assert c.get("/images/json").status == 403
    assert max(_watched(g)) - min(_watched(g)) <= 16
    for c in some:
        c.close()


def test_end_with_connections_on_their_way(gate, stub):
    """Told to stop while connections come in and change hands: none is forgotten, and it ends."""
    g = gate(engine=stub(answer()), env={"DOCKGATE_WORKERS": "4"})
    over = threading.Event()

    def knock():
        while not over.is_set():
            try:
                with Client(g.tcp) as c:
                    c.get("/version")
            except (AssertionError, OSError):
                pass

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for t in threads:
        t.start()
    for _ in range(20):
        assert g.get("/_ping").status == 200
    g.stop()
    over.set()
    for t in threads:
        t.join(30)
        assert not t.is_alive()
