"""The dialects of rules as their users run them: the documented examples of wollomatic/socket-proxy and
hectorm/cetusguard, with the binary changed. Where they name a host that may connect, test_names.py runs them as they are."""

import json
import os
import re
import socket
import subprocess
import time

import pytest

from support.client import Client
from support.gate import binary, free_port
from support.stub import answer
from test_startup import run

# What the harness says otherwise; these tests say all of it as the originals' users do.
NOTHING = {"DOCKGATE_LISTEN": None, "DOCKGATE_ENGINE": None, "DOCKGATE_LOG_FORMAT": None, "DOCKGATE_GRACE": None}


def ask(address, method, target):
    with Client(address) as c:
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\n\r\n".encode())
        return c.response(method).status


def ask_all(address, cases):
    for case, status in cases.items():
        method, target = case.split(" ")
        assert ask(address, method, target) == status, case


# The command of the manual's example for Traefik, and of the two Compose files beside it.
TRAEFIK = ["-loglevel=info", "-allowGET=/v1\\..{1,2}/(version|containers/.*|events.*)", "-allowbindmountfrom=/var/log,/tmp",
           "-watchdoginterval=3600", "-stoponwatchdog", "-shutdowngracetime=5"]
DOZZLE = ["-loglevel=info", "-allowGET=/v1\\..{2}/(containers/.*|events)|/_ping", "-allowHEAD=/_ping", "-watchdoginterval=300",
          "-stoponwatchdog", "-shutdowngracetime=10"]
WATCHTOWER = ["-loglevel=info", "-shutdowngracetime=10", "-allowGET=/v1\\..{2}/(containers/.*|images/.*|info)",
              "-allowPOST=/v1\\..{2}/(containers/.*|images/.*|networks/.*)", "-allowDELETE=/v1\\..{2}/(containers/.*|images/.*)",
              "-allowHEAD=/_ping", "-watchdoginterval=3600", "-stoponwatchdog"]

EXAMPLES = {
    "traefik": (TRAEFIK, {
        "GET /v1.41/version": 200, "GET /v1.41/containers/json?all=1": 200, "GET /v1.41/containers/web/json": 200,
        "GET /v1.41/events?filters=%7B%7D": 200, "GET /v1.41/images/json": 403, "HEAD /_ping": 403,
        "POST /v1.41/containers/create": 403, "GET /v1.41/eventsource": 403}),
    "dozzle": (DOZZLE, {
        "GET /_ping": 200, "HEAD /_ping": 200, "GET /v1.41/containers/json": 200, "GET /v1.41/containers/web/logs?follow=0": 200,
        "GET /v1.41/events": 200, "GET /v1.41/info": 403, "GET /v1.41/_ping": 403}),
    "watchtower": (WATCHTOWER, {
        "HEAD /_ping": 200, "GET /_ping": 403, "GET /v1.41/info": 200, "POST /v1.41/containers/create?name=x": 200,
        "POST /v1.41/images/create?fromImage=x": 200, "DELETE /v1.41/containers/x": 200, "DELETE /v1.41/networks/x": 403,
        "POST /v1.41/containers/web/exec": 200, "POST /v1.41/exec/x/start": 403, "GET /v1.41/containers/a/b/c": 403}),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_wollomatic(name, gate, stub):
    command, cases = EXAMPLES[name]
    engine = stub(answer())
    port = free_port()
    g = gate(env=NOTHING, flags=["-listenip=0.0.0.0", f"-proxyport={port}", f"-socketpath={engine.path}", "-allowfrom=127.0.0.0/8",
                                 *command])
    ask_all(("127.0.0.1", port), cases)
    # as the original logs at this level: what is denied, and nothing else
    denied = sum(status == 403 for status in cases.values())
    assert len(g.wait_log(lambda lines: lines if len(lines) == denied else None)) == denied
    assert all("(BLOCKED)" in line for line in g.log_lines())
    assert all(f"{case} HTTP/1.1" in g.stdout() for case, status in cases.items() if status == 403)
    assert "dialect wollomatic, because SP_… is set" in g.stderr()


def test_wollomatic_environment(gate, stub):
    """The manual's variables, a unix socket instead of a port, the log as JSON."""
    engine = stub(answer())
    g = gate(env={**NOTHING, "SP_PROXYSOCKETENDPOINT": "{dir}/filtered.sock", "SP_SOCKETPATH": str(engine.path),
                  "SP_ALLOW_GET": "/version", "SP_ALLOW_GET_2": "/_ping", "SP_ALLOW_HEAD": ".*", "SP_LOGJSON": "true",
                  "SP_LOGLEVEL": "DEBUG"})
    path = os.path.join(g.dir, "filtered.sock")
    assert os.stat(path).st_mode & 0o777 == 0o600
    ask_all(path, {"GET /version": 200, "GET /_ping": 200, "HEAD /info": 200, "GET /info": 403})
    options = {line["target"]: line["option"] for line in
               map(json.loads, g.wait_log(lambda lines: lines if len(lines) == 4 else None)) if line["method"] == "GET"}
    assert options == {"/version": "SP_ALLOW_GET", "/_ping": "SP_ALLOW_GET_2", "/info": None}


def test_wollomatic_denies_strangers(gate, stub):
    """Nobody but 127.0.0.1 may connect unless somebody says so."""
    port = free_port()
    gate(env={**NOTHING, "SP_ALLOW_GET": ".*", "SP_LISTENIP": "0.0.0.0", "SP_PROXYPORT": str(port),
              "SP_SOCKETPATH": str(stub(answer()).path)}, expect=[r"dockgate: 127\.0\.0\.2 may not connect .*"])
    assert ask(("127.0.0.1", port), "GET", "/info") == 200
    with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0)) as s:
        assert s.recv(1) == b""


def test_wollomatic_health(gate, stub, workdir):
    """The image's ./healthcheck, which asks on port 55555."""
    link = workdir / "healthcheck"
    link.symlink_to(binary())
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", 55555))
        except OSError:
            pytest.skip("something else has port 55555")
    assert subprocess.run([link], env={}, capture_output=True, timeout=20, check=False).returncode == 1
    gate(env={**NOTHING, "SP_ALLOW_GET": "/version", "SP_PROXYPORT": str(free_port())},
         flags=["-allowhealthcheck", f"-socketpath={stub(answer()).path}"])
    assert subprocess.run([link], env={}, capture_output=True, timeout=20, check=False).returncode == 0


TRAEFIK_RULES = """! Monitor events
GET %API_PREFIX_EVENTS%
! List containers
GET %API_PREFIX_CONTAINERS%/json
! Inspect a container
GET %API_PREFIX_CONTAINERS%/%CONTAINER_ID_OR_NAME%/json
"""
RULES_LIST = "".join(f"GET,HEAD,POST,PUT,DELETE %API_PREFIX_{name}%(/.*)?\n"
                     for name in ("CONTAINERS", "IMAGES", "VOLUMES", "NETWORKS", "BUILD"))


def test_cetusguard_traefik(gate, stub):
    """The Compose file for Traefik: rules in a variable."""
    engine = stub(answer())
    port = free_port()
    g = gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": f"unix://{engine.path}", "CETUSGUARD_FRONTEND_ADDR": f"tcp://:{port}",
                  "CETUSGUARD_RULES": TRAEFIK_RULES.replace("{", "{{"), "CETUSGUARD_LOG_LEVEL": "7"})
    cases = {"GET /v1.41/events?filters=x": 200, "GET /v1.41/containers/json": 200, "GET /containers/web-1/json": 200,
             "GET /v1.41/version": 200, "HEAD /_ping": 200, "GET /info": 200, "GET /v1.41/containers/web/logs": 403,
             "POST /v1.41/containers/web/stop": 403, "HEAD /v1.41/containers/json": 403}
    ask_all(("127.0.0.1", port), cases)
    lines = g.wait_log(lambda lines: lines if len(lines) == len(cases) + 1 else None)  # a stream has two
    locations = {re.search('"(.*) HTTP/1.1"', line)[1]: line.split("[Location: ")[1] for line in lines}
    assert locations["GET /v1.41/events?filters=x"].startswith("CETUSGUARD_RULES line 2")
    assert locations["POST /v1.41/containers/web/stop"] == "Default (BLOCKED)]"
    assert "dialect cetusguard, because CETUSGUARD_… is set" in g.stderr()


MANUAL_RULES = """! Ping
GET,HEAD %API_PREFIX_PING%

! Get version
GET %API_PREFIX_VERSION%

! Get system information
GET %API_PREFIX_INFO%

! Get data usage information
GET %API_PREFIX_SYSTEM%/df

! Monitor events
GET %API_PREFIX_EVENTS%

! List containers
GET %API_PREFIX_CONTAINERS%/json

! Inspect a container\x20
GET %API_PREFIX_CONTAINERS%/%CONTAINER_ID_OR_NAME%/json
"""


def test_cetusguard_manual(gate, stub):
    """The manual's rules."""
    port = free_port()
    gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": stub(answer()).address, "CETUSGUARD_FRONTEND_ADDR": f"tcp://:{port}",
              "CETUSGUARD_RULES": MANUAL_RULES, "CETUSGUARD_NO_BUILTIN_RULES": "true"})
    ask_all(("127.0.0.1", port), {"GET /_ping": 200, "HEAD /v1.41/_ping": 200, "GET /v1.41/version": 200, "GET /info": 200,
                                  "GET /v1.41/system/df": 200, "GET /v1.41/events?since=1": 200, "GET /containers/json?all=1": 200,
                                  "GET /containers/web-1/json": 200, "GET /containers/0123456789ab/json": 200,
                                  "HEAD /version": 403, "GET /containers/web/logs": 403, "POST /containers/create": 403})


def test_cetusguard_podman_sockets(gate, stub):
    """The first Compose file for Podman, from socket to socket: everything is let through that is an operation."""
    engine = stub(answer())
    g = gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": f"unix://{engine.path}",
                  "CETUSGUARD_FRONTEND_ADDR": "unix://{dir}/cetusguard.sock", "CETUSGUARD_RULES": "GET,HEAD,POST,PUT,DELETE /.+",
                  "CETUSGUARD_NO_BUILTIN_RULES": "1", "CETUSGUARD_LOG_LEVEL": "7"}, expect=[r"dockgate: warning: .*"])
    ask_all(os.path.join(g.dir, "cetusguard.sock"), {
        "GET /_ping": 200, "GET /v4.0.0/libpod/info": 200, "GET /v4.9.4/libpod/containers/json?all=true": 200,
        "POST /v4.9.4/libpod/containers/create": 200, "DELETE /v4.9.4/libpod/containers/web": 200, "PUT /containers/x/archive?path=/": 200,
        "GET /debug/pprof/": 403, "OPTIONS /containers/json": 403})


def test_cetusguard_netdata(gate, stub):
    """The Compose file for Netdata: one rule."""
    engine = stub(answer())
    port = free_port()
    gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": f"unix://{engine.path}", "CETUSGUARD_FRONTEND_ADDR": f"tcp://:{port}",
              "CETUSGUARD_RULES": "! Inspect a container\nGET %API_PREFIX_CONTAINERS%/%CONTAINER_ID_OR_NAME%/json\n".replace("{", "{{"),
              "CETUSGUARD_LOG_LEVEL": "7"})
    ask_all(("127.0.0.1", port), {"GET /containers/web/json": 200, "GET /v1.41/containers/json": 403, "GET /events": 403,
                                  "GET /_ping": 200, "GET /version": 200, "GET /info": 200})


def test_wollomatic_examining(gate, stub):
    """The manual's flags for looking at what a client calls: methods that no operation has as well."""
    port = free_port()
    methods = "GET HEAD POST PUT PATCH DELETE CONNECT TRACE OPTIONS".split()
    g = gate(env=NOTHING, flags=["-loglevel=debug", f"-proxyport={port}", f"-socketpath={stub(answer()).path}",
                                 *(f"-allow{method}=.*" for method in methods)])
    ask_all(("127.0.0.1", port), {"GET /containers/json": 200, "POST /containers/create": 200, "PUT /containers/x/archive": 200,
                                  "DELETE /images/x": 200, "HEAD /_ping": 200, "OPTIONS /containers/json": 403})
    assert len(g.wait_log(lambda lines: lines if len(lines) == 6 else None)) == 6


def test_wollomatic_binds(gate, stub):
    """Its directories for mounts: other mounts don't reach the engine."""
    port = free_port()
    engine = stub(answer())
    gate(env={**NOTHING, "DOCKGATE_REQUESTS": "safe"},
         flags=[f"-proxyport={port}", f"-socketpath={engine.path}", "-allowPOST=/containers/create", "-allowbindmountfrom=/var/log,/srv"])
    for source, status in {"/var/log/x": 200, "/srv": 200, "/etc": 403, "/srv2": 403}.items():
        body = json.dumps({"Image": "i", "HostConfig": {"Binds": [f"{source}:/m"]}}).encode()
        with Client(("127.0.0.1", port)) as c:
            assert c.post("/containers/create", body, [("Content-Type", "application/json")]).status == status, source
    assert len(engine.lines) == 2


def test_cetusguard_sockets(gate, stub, workdir):
    """The Compose file from socket to socket: rules in a file."""
    engine = stub(answer())
    (workdir / "rules.list").write_text(RULES_LIST)
    g = gate(env={**NOTHING, "CETUSGUARD_BACKEND_ADDR": f"unix://{engine.path}",
                  "CETUSGUARD_FRONTEND_ADDR": "unix://{dir}/cetusguard.sock", "CETUSGUARD_RULES_FILE": f"{workdir}/rules.list",
                  "CETUSGUARD_LOG_LEVEL": "7"})
    ask_all(os.path.join(g.dir, "cetusguard.sock"), {
        "POST /v1.43/containers/create": 200, "GET /v1.43/containers/json": 200, "POST /v1.43/build?t=x": 200,
        "DELETE /v1.43/volumes/x": 200, "POST /v1.43/exec/x/start": 403, "GET /v1.43/swarm": 403})


def test_cetusguard_flags(gate, stub):
    """Flags in the original's spelling, repeated ones, several listeners."""
    engine = stub(answer())
    port = free_port()
    g = gate(env=NOTHING, flags=["-backend-addr", f"unix://{engine.path}", "-frontend-addr", f"tcp://127.0.0.1:{port}",
                                 "-frontend-addr", f"unix://{engine.path}.gate", "-no-builtin-rules", "-rules",
                                 "GET %API_PREFIX_PING%\nGET /version", "-rules=GET %API_PREFIX_SYSTEM%/df", "-log-level=4"])
    cases = {"GET /_ping": 200, "GET /version": 200, "GET /v1.41/system/df": 200, "GET /info": 403, "HEAD /_ping": 403}
    ask_all(("127.0.0.1", port), cases)
    ask_all(f"{engine.path}.gate", cases)
    assert len(g.wait_log(lambda lines: lines if len(lines) == 4 else None)) == 4


REFUSED = [
    ({"CETUSGUARD_FRONTEND_TLS_CERT": "/c.pem"}, [], "CETUSGUARD_FRONTEND_TLS_CERT: TLS settings come with a later version"),
    ({}, ["-backend-tls-key=/k.pem"], "CETUSGUARD_BACKEND_TLS_KEY: TLS settings come with a later version"),
    ({"SP_ALLOW_GET": "/x(?=y)"}, [], "SP_ALLOW_GET=/x(?=y): at byte 3 of the pattern: a lookahead, which RE2 does not have"),
    ({"SP_ALLOW_POST": ".*", "SP_ALLOWBINDMOUNTFROM": "/tmp"}, [], "SP_ALLOWBINDMOUNTFROM beside SP_ALLOW_POST"),
    ({"SP_PROXYCONTAINERNAME": "x"}, [], "SP_PROXYCONTAINERNAME"),
    ({"SP_ALLOW_GTE": "/x"}, [], "is no method; the nearest is GET"),
    ({"SP_ALOWFROM": "x"}, [], "SP_ALOWFROM is no setting of this dialect; the nearest is SP_ALLOWFROM"),
    ({"CETUSGUARD_RULES": "GET %API_PREFX%"}, [], "there is no variable %API_PREFX%; the nearest is %API_PREFIX%"),
    ({"SP_ALLOW_GET": "x", "CETUSGUARD_RULES": "GET /x"}, [], "words of different dialects"),
]


@pytest.mark.parametrize("env,argv,says", REFUSED, ids=[row[2][:40] for row in REFUSED])
def test_refused(env, argv, says, workdir):
    got = run(*argv, env={"DOCKGATE_LISTEN": f"unix://{workdir}/g.sock", **env})
    assert got.returncode == 2
    assert says in got.stderr


def test_match_limit(gate, stub):
    """A match that takes too long denies, and is said once and in each line of the access log."""
    g = gate(env={"SP_ALLOW_GET": "(/|[a-z]*)*x", "DOCKGATE_LOG_FORMAT": "classic"}, engine=stub(answer()),
             expect=[r"dockgate: a match with SP_ALLOW_GET takes too long .*"])
    slow = "/containers/" + "a" * 60 + "x/json"
    for _ in range(2):
        assert ask(g.unix, "GET", slow) == 403
    lines = g.wait_log(lambda lines: lines if len(lines) == 2 else None)
    assert all("[Location: SP_ALLOW_GET gave up (BLOCKED)]" in line for line in lines)
    assert g.stderr().count("takes too long") == 1
    started = time.monotonic()
    assert ask(g.unix, "GET", slow) == 403
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("method, target", [
    ("GET", "/v1.41/containers/json"), ("POST", "/containers/web/exec"), ("DELETE", "/v1.41/images/a/b:c"),
    ("HEAD", "/v1.41/containers/web/archive?path=/"), ("GET", "/v1.41/libpod/pods/json"),
])
@pytest.mark.parametrize("variable", ["SP_ALLOW_GET", "CETUSGUARD_RULES"])
def test_denial_names_the_missing_rule(gate, stub, variable, method, target):
    """A 403 says which rule is missing: added as it stands, it lets the same request through."""
    sown = {"SP_ALLOW_GET": "/version"} if variable == "SP_ALLOW_GET" else {variable: "GET /version"}
    engine = stub(answer())
    g = gate(engine=engine, env=sown)
    with g.client() as c:
        c.request(method, target)
        denied = c.response("HEAD" if method == "HEAD" else "GET")
        assert denied.status == 403
    if method == "HEAD":  # no body that could say it
        return
    says = json.loads(denied.body)["message"]
    rule = re.search(r" To enable this function add the rule (.*)$", says)[1]
    if variable == "SP_ALLOW_GET":
        name, value = rule.split("=", 1)
        added = sown | {name if name not in sown else name + "_2": value}
    else:
        added = {variable: sown[variable] + "\n" + rule}
    with gate(engine=engine, env=added).client() as c:
        assert c.get(target, method=method).status == 200
    with gate(engine=engine, env=sown | {"DESCRIPTIVE_ERRORS": "0"}).client() as c:
        assert "rule" not in json.loads(c.get(target, method=method).body)["message"]
