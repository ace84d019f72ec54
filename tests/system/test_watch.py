"""Who may connect, and the watch on the engine: the watchdog, and the port on which it is asked."""

import os
import socket

import pytest

from support.client import Client
from support.gate import free_port
from support.stub import answer

HEAD = b"HEAD /health HTTP/1.1\r\nHost: d\r\n\r\n"


def ask(port, request=HEAD):
    """The whole answer to a request on the port for askers."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(request)
        got = b""
        while chunk := s.recv(4096):
            got += chunk
    return got


def test_allow_from_denies(gate, stub):
    """Over TCP only who is in the list is let in; the socket file has its own rights."""
    engine = stub(answer())
    g = gate(env={"DOCKGATE_ALLOW_FROM": "10.255.0.0/16, ::1"}, engine=engine,
             expect=[r"dockgate: 127\.0\.0\.1 may not connect \(DOCKGATE_ALLOW_FROM\); others like it are not named"])
    for _ in range(2):
        with socket.create_connection(g.tcp, timeout=10) as s:
            assert s.recv(10) == b""
    assert g.client(g.unix).get("/_ping").status == 200
    assert g.stderr().count("may not connect") == 1


def test_allow_from_allows(gate, stub):
    g = gate(env={"DOCKGATE_ALLOW_FROM": "127.0.0.0/8"}, engine=stub(answer()))
    assert g.client().get("/_ping").status == 200


def test_health(gate, stub):
    engine = stub(answer())
    port = free_port()
    g = gate(env={"DOCKGATE_HEALTH_LISTEN": f"tcp://127.0.0.1:{port}"}, engine=engine,
             expect=[r"dockgate: health: engine .*: (Connection refused|No such file or directory)"])
    assert ask(port).startswith(b"HTTP/1.1 200 OK\r\n")
    assert ask(port, b"GET /health HTTP/1.1\r\nHost: d\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
    assert ask(port, b"POST /health HTTP/1.1\r\nHost: d\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert ask(port, b"HEAD /info HTTP/1.1\r\nHost: d\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert ask(port, b"nonsense\r\n\r\n") == b""
    os.unlink(engine.path)
    assert ask(port).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert engine.lines == []  # nothing is asked of the engine but whether it is there
    assert g.client().get("/nothing").status == 403


def test_watchdog_says(gate, stub):
    engine = stub(answer())
    g = gate(env={"DOCKGATE_WATCHDOG": "50ms"}, engine=engine, expect=[r"dockgate: watchdog: .*"])
    assert g.client().get("/_ping").status == 200
    moved = f"{engine.path}.moved"
    os.rename(engine.path, moved)
    g.wait_stderr("No such file or directory")
    os.rename(moved, engine.path)
    g.wait_stderr("is there again")
    assert g.client().get("/_ping").status == 200


def test_watchdog_stops(gate, stub):
    engine = stub(answer())
    g = gate(env={"DOCKGATE_WATCHDOG": "50ms", "DOCKGATE_WATCHDOG_STOP": "1"}, engine=engine,
             expect=[r"dockgate: watchdog: .*"])
    assert g.client().get("/_ping").status == 200
    os.unlink(engine.path)
    assert g.wait() == 10
    g.stop(status=10)
    assert "No such file or directory; stopping" in g.stderr()
    assert not os.path.exists(g.unix)


@pytest.mark.parametrize("value, says", [
    ("trae fik", "\"trae fik\": separate several by commas"),
    ("10.0.0.0/99", "from 0 to 32"),
])
def test_allow_from_errors(value, says, workdir):
    from test_startup import run
    got = run(env={"DOCKGATE_LISTEN": f"unix://{workdir}/g.sock", "DOCKGATE_ALLOW_FROM": value})
    assert got.returncode == 2
    assert says in got.stderr
