"""DOCKGATE_MODE=observe: what the policy denies is let through and said; what nobody understands stays refused."""

import json
import re
import subprocess

import pytest

from support.gate import binary
from support.stub import answer

OBSERVE = {"DOCKGATE_MODE": "observe", "DOCKGATE_WORKERS": "1"}  # log lines of several come in no order
WARNING = r"dockgate: warning: DOCKGATE_MODE=observe: NOTHING IS PROTECTED, .*"


def ask(g, line, body=b""):
    with g.client() as c:
        c.send(f"{line} HTTP/1.1\r\nHost: d\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return c.response().status


def test_denied_operations_reach_the_engine(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env=OBSERVE)
    assert ask(g, "GET /images/json") == 200
    assert ask(g, "POST /v1.41/containers/a/kill?signal=HUP", b"body") == 200
    assert ask(g, "GET /_ping") == 200
    assert engine.lines == ["GET /images/json", "POST /v1.41/containers/a/kill?signal=HUP", "GET /_ping"]
    entries = [json.loads(line) for line in g.wait_log(lambda lines: lines if len(lines) == 3 else None)]
    assert [(e["verdict"], e["option"], e["status"]) for e in entries] == [
        ("would-deny", "IMAGES", 200), ("would-deny", "CONTAINERS_KILL", 200), ("allow", "PING", 200)]
    assert re.search(WARNING, g.stderr())


def test_classic_line(gate, stub):
    g = gate(engine=stub(answer()), env=OBSERVE | {"DOCKGATE_LOG_FORMAT": "classic", "DOCKGATE_LOG": "denied"})
    ask(g, "GET /_ping")
    ask(g, "GET /images/json")
    g.stop()
    lines = g.log_lines()
    assert len(lines) == 1 and lines[0].endswith('"GET /images/json HTTP/1.1" 200 [Location: IMAGES (WOULD DENY)]')


@pytest.mark.parametrize("line, status", [
    ("GET /debug/pprof/cmdline", 403), ("GET /nothing", 403), ("DELETE /info", 403), ("OPTIONS /info", 403),
    ("GET /containers/../info", 400), ("GET /info%00", 400), ("PRI *", 400),
])
def test_what_is_no_operation_stays_refused(gate, stub, line, status):
    engine = stub(answer())
    g = gate(engine=engine, env=OBSERVE)
    assert ask(g, line) == status
    assert engine.lines == []
    assert json.loads(g.wait_log(lambda lines: lines)[0])["verdict"] in ("deny", "reject")


def test_malformed_bodies_stay_refused(gate, stub):
    engine = stub(answer())
    g = gate(engine=engine, env=OBSERVE)
    with g.client() as c:
        c.send(b"POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert c.response().status == 400
    assert engine.lines == []


def test_flag_and_default(gate, stub):
    g = gate(engine=stub(answer()), flags=["--mode=observe"])
    assert ask(g, "GET /images/json") == 200
    assert ask(gate(engine=stub(answer()), env={"DOCKGATE_MODE": ""}), "GET /images/json") == 403


def test_check_warns():
    done = subprocess.run([binary(), "check", "--mode=observe"], env={}, capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0
    assert re.fullmatch(WARNING + "\n", done.stderr)
    done = subprocess.run([binary(), "check"], env={"DOCKGATE_MODE": "watch"}, capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2
    assert "DOCKGATE_MODE=watch: accepted is enforce|observe" in done.stderr
