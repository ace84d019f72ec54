"""An engine that is known by its host's name: `tcp://podmand:2375`. Looked up at a name server of the test's own, which
the gate finds in a resolv.conf that only it sees (a mount namespace); the engine is a stub on an address of 127.0.0.0/8."""

import os
import random
import re
import socket
import subprocess
import time

import pytest

from support.gate import binary, free_port
from support.names import NameServer, around
from support.stub import TcpEngine, answer
from test_rules import NOTHING, RULES_LIST, ask_all

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a mount namespace and port 53")

NO_NAME = r"dockgate: engine tcp://podmand:\d+: .*; requests are answered with 502 until it has an address"
AGAIN = r"dockgate: engine tcp://podmand:\d+: has an address again"


class Place:
    """A name server, a port, and engines on it."""

    def __init__(self, workdir):
        self.port = free_port()
        self.server = NameServer({})
        self.engines = []
        self.workdir = workdir
        self.hosts = ""

    def address(self):
        return f"127.{random.randint(64, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"

    def engine(self, host=None, handler=None):
        """One more engine, at that address."""
        while True:
            try:
                self.engines.append(TcpEngine(host or self.address(), self.port, handler or answer()))
                return self.engines[-1]
            except OSError:  # taken by another test
                if host:
                    raise

    def says(self, *engines):
        """What the name server says from now on: engines or addresses."""
        self.server.records["podmand"] = [e if isinstance(e, str) else e.at[0] for e in engines]

    @property
    def name(self):
        return f"tcp://podmand:{self.port}"

    def around(self):
        return around(self.workdir, [self.server.address], self.hosts)

    def stop(self):
        self.server.stop()
        for e in self.engines:
            e.stop()


@pytest.fixture
def place(workdir):
    p = Place(workdir)
    yield p
    p.stop()


@pytest.fixture
def named(gate, place):
    """Starts a gate whose engine is `podmand`: named(env={…}, …) -> the gate."""
    def make(env=None, expect=(), **kwargs):
        return gate(env={"DOCKGATE_ENGINE": place.name, "CONTAINERS": "1", **(env or {})}, around=place.around(),
                    expect=[NO_NAME, AGAIN, *expect], **kwargs)
    return make


def get(g, target="/_ping"):
    with g.client() as c:
        c.send(f"GET {target} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n".encode())
        return c.response("GET", timeout=30)


def why(response):
    assert response.status == 502
    return re.search(rb"can't be reached at tcp://podmand:\d+: (.*)\.\"", response.body)[1].decode()


# Each connection carries one request, so that each request dials.
def once(c):
    c.request()
    c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def test_it_is_looked_up(named, place):
    engine = place.engine()
    place.says(engine)
    g = named()
    assert get(g).status == 200
    assert get(g, "/images/json").status == 403
    assert engine.lines == ["GET /_ping"]
    assert f"engine {place.name}, as uid" in g.stderr()


def test_connections_that_are_kept_need_no_look_up(named, place):
    place.says(place.engine())
    g = named()
    for _ in range(20):
        assert get(g).status == 200
    # Two questions, and more where these took so long that they were asked again; 40 if each request had some.
    assert len(place.server.asked) < 20, place.server.asked
    assert len(place.engines[0].connections) < 10  # one a worker


def test_answers_are_kept_for_a_while(named, place):
    """The name server's ten minutes are ten seconds here, and a second is one."""
    place.says(place.engine(handler=once))
    g = named()
    start = time.monotonic()
    for _ in range(20):
        assert get(g).status == 200
    assert len(place.server.asked) < 20 + 4 * int((time.monotonic() - start) / 9), place.server.asked  # as above


def test_another_address_is_found(named, place):
    """The engine is made anew: at its old address nobody is any more."""
    old = place.engine(handler=once)
    place.says(old)
    g = named()
    assert get(g).status == 200
    new = place.engine(handler=once)
    place.says(new)
    old.stop()
    assert get(g).status == 200
    assert new.lines == ["GET /_ping"]
    assert get(g, "/containers/json").status == 200


def test_another_address_is_found_in_time(named, place):
    """Nothing fails: the old address answers still, and the name server's second is over."""
    old, new = place.engine(handler=once), place.engine(handler=once)
    place.server.ttl = 0
    place.says(old)
    g = named()
    assert get(g).status == 200
    place.says(new)
    deadline = time.monotonic() + 30
    while not new.lines:
        assert time.monotonic() < deadline
        assert get(g).status == 200


def test_there_is_no_such_name(named, place):
    g = named()
    g.wait_stderr("podmand:.*: Domain name not found; requests are answered with 502")
    assert why(get(g)) == "Domain name not found"
    place.says(place.engine())
    assert get(g).status == 200
    g.wait_stderr("has an address again")
    assert g.stderr().count("Domain name not found") == 1


def test_nobody_answers_for_the_name(named, place):
    """The request that needs it waits, nobody else does, and the next one asks again."""
    place.says(place.engine())
    place.server.silent = True
    g = named(env={"DOCKGATE_WORKERS": "1"})
    waiting = g.client()
    start = time.monotonic()
    waiting.send(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
    for _ in range(20):
        assert get(g, "/images/json").status == 403
    assert why(waiting.response("GET", timeout=30)) in ("no answer from name servers", "Timeout while contacting DNS servers")
    assert time.monotonic() - start > 1
    place.server.silent = False
    waiting.send(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
    assert waiting.response("GET", timeout=30).status == 200
    waiting.close()


def test_the_address_that_answers_is_found(named, place):
    """Of two, one refuses: it costs nobody his answer, whichever comes first."""
    engine = place.engine(handler=once)
    g = named()
    for answers in ([place.address(), engine], [engine, place.address()], [place.address(), place.address(), engine]):
        place.says(*answers)
        assert get(g).status == 200
    with g.client() as c:
        assert c.post("/containers/create", b"{}").status == 403


def test_a_body_goes_to_the_address_that_answers(named, place):
    engine = place.engine()
    place.says(place.address(), engine)
    g = named(env={"CONTAINERS_CREATE": "1"})
    body = b'{"Image":"busybox"}'
    with g.client() as c:
        assert c.post("/containers/create", body, [("Content-Type", "application/json")]).status == 200
    assert engine.requests[0].body == body


def test_none_of_them_answers(named, place):
    place.says(place.address(), place.address())
    g = named()
    assert why(get(g)) == "Connection refused"
    place.says(place.engine())
    assert get(g).status == 200


@pytest.mark.slow
def test_an_address_that_says_nothing(named, place):
    """It is given up after three seconds, and is not the first one to be tried from then on."""
    engine = place.engine(handler=once)
    while True:
        full = socket.socket()
        try:
            full.bind((place.address(), place.port))
            break
        except OSError:
            full.close()
    full.listen(0)
    queued = [socket.socket() for _ in range(3)]
    for s in queued:  # more than its backlog: what comes now gets no answer
        s.setblocking(False)
        s.connect_ex(full.getsockname())
    place.says(full.getsockname()[0], engine)
    g = named(env={"DOCKGATE_WORKERS": "1"})
    assert get(g).status == 200
    dialled = len(engine.connections)
    start = time.monotonic()
    for _ in range(20):
        assert get(g).status == 200
    assert time.monotonic() - start < 20 * 3
    assert len(engine.connections) == dialled + 20
    for s in (full, *queued):
        s.close()


@pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="no IPv6 here")
def test_both_families(named, place):
    """IPv4 is tried before IPv6."""
    six = place.engine("::1", once)
    place.says("::1", place.address())
    g = named()
    assert get(g).status == 200
    four = place.engine(handler=once)
    place.says("::1")
    assert get(g).status == 200
    six.stop()
    place.says("::1", four)
    assert get(g).status == 200
    assert len(six.lines) == 2 and len(four.lines) == 1


def test_the_file_of_hosts(named, place):
    """A name that it has is not looked up; all of its lines count."""
    engine = place.engine()
    place.hosts = f"{place.address()} podmand\n{engine.at[0]} other podmand\n"
    g = named()
    assert get(g).status == 200
    engine.stop()
    assert why(get(g)) == "Connection refused"
    assert place.server.asked == []


def test_with_names_that_may_connect(named, place):
    """Two look-ups beside each other."""
    place.says(place.engine())
    place.server.records["app"] = ["127.0.0.1"]
    g = named(env={"DOCKGATE_ALLOW_FROM": "app"})
    assert get(g).status == 200


def test_file_of_policies(named, place):
    """`engine:` in dockgate.yaml, and a reload afterwards."""
    place.says(place.engine(handler=once))
    config = place.workdir / "dockgate.yaml"
    config.write_text(f"engine: {place.name}\npolicies:\n  p: {{allow: [PING]}}\nclients: [{{cidr: 0.0.0.0/0, policy: p}}]\n")
    os.chmod(config, 0o644)
    g = named(env={"CONTAINERS": None, "DOCKGATE_ENGINE": None, "DOCKGATE_CONFIG": str(config)})
    assert get(g).status == 200
    os.kill(g.pid, 1)
    g.wait_stderr("was read again")
    assert get(g).status == 200
    assert get(g, "/version").status == 403


def test_learn(named, place):
    place.says(place.engine(handler=once))
    g = named(env={"CONTAINERS": None}, command="learn", flags=["--state", str(place.workdir / "state")])
    assert get(g, "/containers/json").status == 200


def test_own(named, place):
    """What the gate itself asks the engine goes the same way."""
    def handler(c):
        q = c.request()
        body = b'{"Id":"%s","Config":{"Labels":{}}}' % (b"a" * 64) if b"/containers/" in q.head else b"{}"
        c.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))

    engine = place.engine(handler=handler)
    place.says(place.address(), engine)
    g = named(env={"DOCKGATE_OWN": "me", "DOCKGATE_REQUESTS": "safe"})
    assert get(g, "/containers/web/json").status == 404  # it is not mine, which only the engine can tell
    assert any("/containers/" in line for line in engine.lines)


def health(place, **env):
    return subprocess.run([*place.around(), binary(), "healthcheck"], capture_output=True, text=True, timeout=30, check=False,
                          env={"PATH": os.environ["PATH"], "DOCKGATE_ENGINE": place.name, **env})


def test_healthcheck(named, place):
    """Where the gate may not ask, the engine is asked at its name."""
    g = named(env={"PING": "0"})
    listen = {"DOCKGATE_LISTEN": f"tcp://127.0.0.1:{g.port}", "PING": "0"}
    got = health(place, **listen)
    assert got.returncode == 1 and f"the engine ({place.name}): Domain name not found" in got.stderr
    place.says(place.address(), place.engine())
    assert health(place, **listen).returncode == 0
    place.server.records.clear()
    place.hosts = f"{place.engines[0].at[0]} podmand\n"
    assert health(place, **listen).returncode == 0


def test_watch(named, place):
    port = free_port()
    g = named(env={"DOCKGATE_HEALTH_LISTEN": f"tcp://127.0.0.1:{port}"}, expect=[r"dockgate: health: engine .*"])

    def ask_health():
        with g.client(("127.0.0.1", port)) as c:
            c.send(b"GET /health HTTP/1.1\r\nHost: d\r\n\r\n")
            return c.response("GET", timeout=30).status

    assert ask_health() == 503
    g.wait_stderr(r"health: engine .*: Domain name not found")
    place.says(place.address())
    assert ask_health() == 503
    g.wait_stderr(r"health: engine .*: Connection refused")
    place.says(place.address(), place.engine())
    assert ask_health() == 200


def test_ends_while_a_request_waits(named, place):
    place.says(place.engine())
    place.server.silent = True
    g = named()
    with g.client() as c:
        c.send(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
        place_asked(place)
        g.stop()


def place_asked(place):
    deadline = time.monotonic() + 20
    while "silent" not in place.server.asked:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_cetusguard_podman(gate, place):
    """cetusguard's Compose file for Podman, with only the image changed; the port is another one than 2375, since the tests
    share their machine."""
    engine = place.engine()
    place.says(engine)
    (place.workdir / "rules.list").write_text(RULES_LIST)
    os.chmod(place.workdir / "rules.list", 0o644)
    port = free_port()
    g = gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": place.name, "CETUSGUARD_FRONTEND_ADDR": f"tcp://:{port}",
                  "CETUSGUARD_RULES_FILE": f"{place.workdir}/rules.list", "CETUSGUARD_LOG_LEVEL": "7"}, around=place.around())
    ask_all(("127.0.0.1", port), {
        "GET /_ping": 200, "HEAD /v4.0.0/_ping": 200, "GET /v1.40/info": 200, "GET /v1.40/containers/json?all=true": 200,
        "POST /v1.40/containers/create": 200, "DELETE /v1.40/containers/web": 200, "POST /v1.40/build?t=x": 200,
        "POST /v1.40/exec/x/start": 403, "GET /v1.40/secrets": 403, "GET /v4.9.4/libpod/containers/json": 403})
    assert "dialect cetusguard, because CETUSGUARD_… is set" in g.stderr()
    assert "DELETE /v1.40/containers/web" in engine.lines
