"""Timers: slow heads, idle connections, and the order of the end (SIGTERM)."""

import signal
import time

import pytest
from support.client import JSON, UPGRADE, request
from support.stub import UPGRADED, answer

SHORT = {"DOCKGATE_HEAD_TIMEOUT": "1", "DOCKGATE_IDLE_TIMEOUT": "2"}


@pytest.mark.parametrize("begin", [b"G", b"GET /version HTTP/1.1\r\n", b"GET /version HTTP/1.1\r\nHost: d\r\nX: y\r\n\r"])
def test_slow_head(gate, stub, begin):
    engine = stub(answer())
    g = gate(engine=engine, env=SHORT)
    with g.client() as c:
        c.send(begin)
        began = time.monotonic()
        r = c.response()
        assert r.status == 408 and 0.7 < time.monotonic() - began < 10
        c.expect_close()


def test_slow_head_of_a_dripping_client(gate, stub):
    """A byte now and then does not win time."""
    engine = stub(answer())
    g = gate(engine=engine, env=SHORT)
    with g.client() as c:
        began = time.monotonic()
        head = request("GET", "/version", (("X", "y" * 1000),))
        for i in range(len(head)):
            if not c.try_send(head[i:i + 1]):
                break
            c.sock.settimeout(0.02)
            try:
                if c.sock.recv(1, 2):  # MSG_PEEK
                    break
            except TimeoutError:
                pass
        assert c.response().status == 408
        assert time.monotonic() - began < 10


def test_second_head_has_the_same_time(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env={"DOCKGATE_HEAD_TIMEOUT": "3"})
    with g.client() as c:
        assert c.get("/version").status == 200
        time.sleep(1.6)
        c.send(b"GET /ver")
        time.sleep(1.6)
        c.send(b"sion HTTP/1.1\r\nHost: d\r\n\r\n")
        assert c.response().status == 200


@pytest.mark.parametrize("first", [False, True], ids=["never asked", "after a request"])
def test_idle_connection_is_closed(gate, stub, first):
    engine = stub(answer())
    g = gate(engine=engine, env=SHORT)
    with g.client() as c:
        began = time.monotonic()
        if first:
            assert c.get("/version").status == 200
        c.expect_close(timeout=6)
        assert time.monotonic() - began > 1.5


def test_slow_body_is_not_timed(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env=SHORT, allow="all")
    with g.client() as c:
        c.send(request("POST", "/build", (("Content-Length", "3"),)))
        for _ in range(3):
            time.sleep(0.9)
            c.send(b"x")
        assert c.response().status == 200


# -- the end

def test_term_when_idle(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env={"DOCKGATE_GRACE": "30"})
    c = g.client()
    assert c.get("/version").status == 200
    began = time.monotonic()
    g.stop()
    assert time.monotonic() - began < 10
    c.expect_close()


def test_term_lets_requests_finish(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"DOCKGATE_GRACE": "20"})
    c = g.client()
    c.request("GET", "/version")
    e = engine.accept()
    e.request()
    g.signal()
    g.wait_stderr("stopping")
    for address in (g.tcp, g.unix):  # nobody new is let in, nor left waiting
        with pytest.raises(ConnectionRefusedError):
            g.client(address)
    c.expect_quiet(0.3)
    e.reply(body=b"done")
    r = c.response()
    assert (r.body, r.get("connection")) == (b"done", "close")
    c.expect_close()
    assert g.wait(10) == 0
    g.stop()


def test_term_closes_streams_after_the_grace(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"DOCKGATE_GRACE": "1"}, allow="all")
    c, t = g.client(), g.client()
    c.request("GET", "/events")
    e = engine.accept()
    e.request()
    e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    c.response_head()
    t.send(request("POST", "/exec/x/start", UPGRADE + JSON, b"{}"))
    f = engine.accept()
    f.request()
    f.send(UPGRADED)
    t.response_head()
    began = time.monotonic()
    g.signal()
    assert g.wait(10) == 0
    assert time.monotonic() - began > 0.7
    for s in (c, t, e, f):
        s.expect_close()
    g.stop()


def test_second_term_ends_at_once(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"DOCKGATE_GRACE": "60"}, allow="all")
    c = g.client()
    c.request("GET", "/events")
    e = engine.accept()
    e.request()
    e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    c.response_head()
    g.signal()
    g.wait_stderr("stopping")
    c.expect_quiet(0.3)
    g.signal(signal.SIGTERM)
    assert g.wait(10) == 0
    g.stop()
