"""The harness itself: the stub engine and the raw client agree with each other, and the plainest request passes."""

import pytest
from support.client import Client, Closed, Malformed, Timeout, chunk, parse_head, request
from support.stub import answer


def test_one_request_passes(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine)
    r = g.get("/_ping")
    assert (r.status, r.get("api-version")) == (200, "1.41")
    assert engine.lines == ["GET /_ping"]


def test_one_request_passes_on_unix(gate, stub):
    engine = stub()
    g = gate(engine=engine)
    with g.client(g.unix) as c:
        c.request("GET", "/version")
        e = engine.accept()
        assert e.request().line == "GET /version"
        e.reply(body=b'{"Version":"x"}')
        assert c.response().body == b'{"Version":"x"}'


def test_client_reads_what_stub_sends(stub):
    engine = stub()
    with Client(engine.path) as c:
        e = engine.accept()
        c.send(request("POST", "/x", body=b"hello", chunked=True))
        q = e.request()
        assert (q.line, q.body, q.chunks) == ("POST /x", b"hello", [5, 0])
        e.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
               chunk(b"one") + chunk(b"two") + b"0\r\nT: v\r\n\r\n")
        r = c.response()
        assert (r.status, r.body, r.trailers, len(r.interim)) == (200, b"onetwo", [b"T: v"], 1)
        with pytest.raises(Timeout):
            c.read_exact(1, timeout=0.05)
        c.expect_quiet(0.05)
        e.close()
        c.expect_close()
        with pytest.raises(Closed):
            c.read_exact(1)


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\nHost: d\r\n\r\n", b"GET / HTTP/1.1\r\nHost : d\r\n\r\n"])
def test_client_refuses_malformed(head):
    with pytest.raises(Malformed):
        parse_head(head)
