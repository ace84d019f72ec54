"""What connections cost while nothing happens on them: bytes of the gate's memory (PSS), and at rest; and the file."""

import resource
import threading
from pathlib import Path

import pytest
from support.gate import ROOT, binary, is_sanitized
from support.stub import answer

pytestmark = pytest.mark.skipif(is_sanitized(), reason="sanitizers have a memory of their own")

ONE = {"DOCKGATE_WORKERS": "1"}
MANY = 2000


@pytest.fixture(autouse=True)
def descriptors():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most < 5 * MANY:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def test_file():
    """The static binary, stripped: at most 1.5 MB without TLS (docs/performance.md says what is in it)."""
    if Path(binary()) != ROOT / "build/dockgate":
        pytest.skip("another binary than the release build's")
    assert Path(binary()).stat().st_size <= 1_500_000


def test_at_rest(gate, stub):
    """Below a mebibyte, also when it has served some requests."""
    g = gate(engine=stub(answer()), env=ONE)
    assert g.pss() < 1024
    with g.client() as c:
        for _ in range(100):
            assert c.get("/version").status == 200
            assert c.get("/images/json").status == 403
    assert g.pss() < 1024


def test_idle_connection(gate, stub):
    """A kept-alive connection between two requests: below 400 bytes."""
    g = gate(engine=stub(answer()), env=ONE)
    assert g.get("/version").status == 200
    before = g.anonymous()
    some = [g.client(g.unix, timeout=60) for _ in range(MANY)]
    for c in some:
        assert c.get("/version").status == 200
    assert (g.anonymous() - before) * 1024 / MANY < 400
    for c in some:
        c.close()


def test_silent_stream(gate, stub):
    """Events that don't happen: below a kibibyte for both sides together."""
    go = threading.Event()

    def serve(c):
        c.request(timeout=120)
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        go.wait(120)
        c.send(b"0\r\n\r\n")

    g = gate(engine=stub(serve), env=ONE)
    before = g.anonymous()
    some = [g.client(g.unix, timeout=120) for _ in range(MANY)]
    for c in some:
        c.request("GET", "/events")
    heads = [c.response_head() for c in some]
    assert (g.anonymous() - before) * 1024 / MANY < 1024
    go.set()
    for c, head in zip(some, heads):
        assert c.read_body(head).body == b""
        c.close()
