"""Who may connect by a name: looked up at a name server of the test's own, which the gate finds in a resolv.conf that
only it sees (a mount namespace)."""

import os
import socket
import time

import pytest
import test_rules
from support.gate import free_port

from support.names import NameServer, around
from support.stub import answer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a mount namespace and port 53")

# As clients see it whose connection is closed without a word.
CLOSED = "closed"


@pytest.fixture
def named(gate, stub, workdir):
    """Starts a gate that believes the name server: named({"app": […]}, env={…}) -> the gate, the server."""
    made = []

    def make(records, allow="app", hosts=None, with_silent=False, ttl=600, expect=(), env=None, flags=()):
        server = NameServer(records, ttl)
        made.append(server)
        servers = [server.address]
        if with_silent:
            made.append(NameServer({}))
            made[-1].silent = True
            servers.insert(0, made[-1].address)
        variables = {"DOCKGATE_ALLOW_FROM": allow, "CONTAINERS": "1", **(env or {})}
        g = gate(env=variables, engine=stub(answer()), flags=flags, expect=expect,
                 around=around(workdir, servers, hosts))
        return g, server

    yield make
    for server in made:
        server.stop()


def wait_for(predicate, what, timeout=20):
    deadline = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def knock(g, source="127.0.0.9", line="GET /_ping", timeout=20):
    """What a client from that address gets: the status, or CLOSED."""
    with socket.socket() as s:
        s.settimeout(timeout)
        s.bind((source, 0))
        s.connect(g.tcp)
        try:
            s.sendall(f"{line} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n".encode())
            got = b""
            while chunk := s.recv(4096):
                got += chunk
        except ConnectionResetError:
            got = b""
        return int(got[9:12]) if got else CLOSED


STRANGER = r"dockgate: 127\.0\.0\.\d+ may not connect \(DOCKGATE_ALLOW_FROM\); others like it are not named"


def test_name_lets_in_its_addresses(named):
    g, _ = named({"app": ["127.0.0.9", "fd00::1", "127.0.0.10"]}, expect=[STRANGER])
    assert knock(g) == 200
    assert knock(g, "127.0.0.10") == 200
    assert knock(g, "127.0.0.11") == CLOSED
    assert g.client(g.unix).get("/_ping").status == 200
    assert g.stderr().count("may not connect") == 1


def test_names_beside_networks(named):
    """Who is in a network does not wait for a name server."""
    g, server = named({}, allow="127.0.0.12/30, app , other.example", expect=[r"dockgate: host .*"])
    server.silent = True
    assert knock(g, "127.0.0.13") == 200


def test_as_wollomatic_says_it(named):
    g, _ = named({"traefik": ["127.0.0.9"], "dozzle": ["127.0.0.10"]}, allow="", expect=[STRANGER],
                 env={"DOCKGATE_ALLOW_FROM": None, "CONTAINERS": None, "SP_ALLOWFROM": "traefik,dozzle", "SP_ALLOW_GET": ".*",
                      "DOCKGATE_DIALECT": "wollomatic"})
    assert knock(g) == 200
    assert knock(g, "127.0.0.10") == 200
    assert knock(g, "127.0.0.11") == CLOSED


@pytest.mark.parametrize("name", test_rules.EXAMPLES)
def test_wollomatics_examples(named, name):
    """Its manual's and its Compose files' commands as they are, but for the port and the engine."""
    command, cases = test_rules.EXAMPLES[name]
    port = free_port()
    g, _ = named({name: ["127.0.0.9"]}, expect=[STRANGER], env=dict.fromkeys(("DOCKGATE_ALLOW_FROM", "CONTAINERS", "DOCKGATE_LISTEN"), None),
                 flags=["-listenip=0.0.0.0", f"-proxyport={port}", f"-allowfrom={name}", *command])
    g.tcp = ("127.0.0.1", port)
    for case, status in cases.items():
        assert knock(g, line=case) == status, case
    assert knock(g, "127.0.0.10") == CLOSED


def test_a_new_address_is_seen_at_once(named):
    """Docker's name server says ten minutes, and a container that is made anew has another address."""
    g, server = named({"app": ["127.0.0.9"]}, expect=[STRANGER])
    assert knock(g) == 200
    server.records["app"] = ["127.0.0.10"]
    assert knock(g, "127.0.0.10") == 200


def test_an_old_address_is_forgotten(named):
    g, server = named({"app": ["127.0.0.9"]}, ttl=0, expect=[STRANGER])
    assert knock(g) == 200
    server.records["app"] = ["127.0.0.10"]
    wait_for(lambda: knock(g) == CLOSED, "the old address is not let in", timeout=30)
    server.records["app"] = ["127.0.0.9"]
    assert knock(g) == 200


def test_answers_are_kept_for_a_while(named):
    g, server = named({"app": ["127.0.0.9"]})
    start = time.monotonic()
    for _ in range(20):
        assert knock(g) == 200
    # Two questions a look-up: one at the start, one more where these took longer than the ten seconds.
    assert len(server.asked) <= 4 + 2 * int((time.monotonic() - start) / 9), server.asked


def test_strangers_do_not_make_more_questions(named):
    """However many knock, names are looked up five times a second at most."""
    g, server = named({"app": ["127.0.0.9"]}, expect=[STRANGER])
    start = time.monotonic()
    sockets = []
    for _ in range(60):
        s = socket.create_connection(g.tcp, source_address=("127.0.0.11", 0), timeout=20)
        sockets.append(s)
    for s in sockets:
        assert s.recv(1) == b""
        s.close()
    assert len(server.asked) <= 6 + 10 * (time.monotonic() - start), server.asked


def test_a_name_that_is_none(named):
    g, server = named({}, expect=[STRANGER, r"dockgate: host app: Domain name not found; it may not connect \(DOCKGATE_ALLOW_FROM\)",
                                  r"dockgate: host app: has an address again"])
    g.wait_stderr("host app: Domain name not found")
    assert knock(g) == CLOSED
    server.records["app"] = ["127.0.0.9"]
    assert knock(g) == 200
    g.wait_stderr("host app: has an address again")


def test_a_silent_name_server(named):
    """A client is held for a while, others are not, and the name server may come back."""
    g, server = named({"app": ["127.0.0.9"]}, expect=[STRANGER, r"dockgate: host app: .*"])
    g.wait_stderr("at most")
    wait_for(lambda: len(server.asked) >= 2, "it asks at the start")
    server.silent = True
    start = time.monotonic()
    assert knock(g, "127.0.0.11") == CLOSED
    assert time.monotonic() - start > 1.5
    server.silent = False
    assert knock(g) == 200


def test_the_second_name_server(named):
    """The first one says nothing."""
    g, server = named({"app": ["127.0.0.9"]}, with_silent=True)
    assert knock(g) == 200
    assert server.asked


def test_answers_that_are_cut(named):
    """What is too long for a datagram is asked for over TCP, which Landlock lets through to that port alone."""
    g, server = named({"app": [f"127.0.1.{i}" for i in range(1, 100)] + ["127.0.0.9"]})
    server.cut = True
    assert knock(g) == 200
    assert server.tcp_asked > 0


def test_the_file_of_hosts(named):
    """A name that it has is not looked up, and all of its lines count."""
    g, server = named({}, hosts="127.0.0.9 app other\n127.0.0.10\tapp # and\n::1 localhost app\n", expect=[STRANGER])
    assert knock(g) == 200
    assert knock(g, "127.0.0.10") == 200
    assert knock(g, "127.0.0.11") == CLOSED
    assert server.asked == []


def test_kept_connections_are_not_asked_again(named):
    """A connection is let in once; nobody is looked up a request."""
    g, server = named({"app": ["127.0.0.9"]})
    s = socket.socket()
    s.bind(("127.0.0.9", 0))
    s.connect(g.tcp)
    s.settimeout(20)
    for _ in range(3):
        s.sendall(b"HEAD /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
        assert s.recv(4096).startswith(b"HTTP/1.1 200")
    s.close()


def test_ends_while_clients_wait(named):
    g, server = named({}, expect=[STRANGER, r"dockgate: host app: .*"])
    wait_for(lambda: len(server.asked) >= 2, "it asks at the start")
    server.silent = True
    with socket.create_connection(g.tcp, source_address=("127.0.0.11", 0), timeout=20) as s:
        wait_for(lambda: "silent" in server.asked, "it asks again")
        g.stop()
        assert s.recv(1) == b""


def test_with_a_file_of_policies(named, workdir):
    """Names and reloads together: both widen the list of system calls."""
    config = workdir / "dockgate.yaml"
    config.write_text("clients: [{cidr: 0.0.0.0/0, policy: p}]\npolicies:\n  p: {allow: [PING]}\n")
    os.chmod(config, 0o644)
    g, _ = named({"app": ["127.0.0.9"]}, env={"CONTAINERS": None, "DOCKGATE_CONFIG": str(config)})
    assert knock(g) == 200
    os.kill(g.pid, 1)
    g.wait_stderr("was read again")
    assert knock(g) == 200
