"""dockgate learn before a stub engine: what it lets through, shows, keeps and writes; and the same from access logs."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from support.gate import binary
from support.stub import answer


def ask(g, line):
    with g.client() as c:
        c.send(f"{line} HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n".encode())
        return c.response(line.split(" ", 1)[0]).status


def run(*args, env=None, stdin=""):
    return subprocess.run([binary(), "learn", *args], env=env or {}, input=stdin, capture_output=True, text=True,
                          timeout=20, check=False)


def result(g):
    """Ends a learning gate; what it wrote as JSON."""
    g.stop()
    return json.loads(g.stdout())


def counts(uses):
    return {f"{u['method']} {u['path']}": u["requests"] for u in uses}


def allowed(options):
    """What options come to, as `dockgate check` says it: METHOD TEMPLATE."""
    done = subprocess.run([binary(), "check"], env=options, capture_output=True, text=True, timeout=20, check=True)
    return {" ".join(line.split()[1:3]) for line in done.stdout.split("\n") if line.startswith("allow ")}


# -- what passes, and what is written

def test_reads_pass_and_the_rest_is_listed_apart(gate, stub):
    engine = stub(answer())
    g = gate(command="learn", engine=engine, flags=["--json"], allow=["IMAGES_BUILD"])
    assert ask(g, "GET /v1.41/containers/json") == 200
    assert ask(g, "GET /containers/a/json") == 200
    assert ask(g, "GET /containers/b/json") == 200
    assert ask(g, "HEAD /_ping") == 200
    assert ask(g, "POST /containers/a/start") == 403
    assert ask(g, "POST /build") == 403  # an option of the environment decides nothing
    assert ask(g, "GET /nothing") == 403
    assert ask(g, "GET /a//b") == 400
    assert len(engine.lines) == 4
    got = result(g)
    assert counts(got["used"]) == {"HEAD /_ping": 1, "GET /containers/json": 1, "GET /containers/{id}/json": 2}
    assert counts(got["denied"]) == {"POST /containers/{id}/start": 1, "POST /build": 1}
    assert (got["unknown"], got["malformed"]) == (1, 1)
    assert got["options"] == {"CONTAINERS_LIST": "1", "CONTAINERS_INSPECT": "1", "CONTAINERS_PS": "0", "EVENTS": "0",
                              "VERSION": "0"}
    assert got["configuration"] == {
        "policies": {"learned": {"allow": ["SystemPingHead", "ContainerList", "CONTAINERS_INSPECT"]}}}
    assert "GET /containers/{id}/logs" in {f"{o['method']} {o['path']}" for o in got["wider"]["CONTAINERS"]}
    assert allowed(got["options"]) == {"HEAD /_ping", "GET /_ping", "GET /containers/json",
                                       "GET /containers/{id}/json"}


def test_lines_and_text(gate, stub):
    g = gate(command="learn", engine=stub(answer()))
    for _ in range(3):
        ask(g, "GET /info")
    ask(g, "POST /containers/a/kill")
    g.wait_stderr(r"not within: ContainerKill \(POST /containers/\{id\}/kill\), CONTAINERS_KILL")
    g.stop()
    assert len(re.findall(r"learn: used: ", g.stderr())) == 1
    text = g.stdout()
    assert re.search(r"^ +3  \S+Z  \S+Z  INFO +GET /info$", text, re.M)
    assert re.search(r"^Also asked for, not within: 1 operation in 1 request$", text, re.M)
    assert "  INFO=1\n" in text and '      INFO: "1"\n' in text
    assert "warning: learn: within reads a client can " in g.stderr()


@pytest.mark.parametrize("within, line, passes", [
    ("all", "POST /containers/a/start", True),
    ("all", "GET /debug/pprof/cmdline", False),
    ("reads", "GET /containers/a/attach/ws", False),
    ("reads,CONTAINERS_START", "POST /containers/a/start", True),
    ("reads,CONTAINERS_START", "POST /containers/a/stop", False),
    ("containers-start", "POST /containers/a/start", True),
    ("containers-start", "GET /containers/json", False),
    ("CONTAINERS, IMAGES", "GET /images/json", True),
    ("diun", "GET /containers/json", True),
    ("diun", "POST /containers/a/stop", False),
    ("configured", "GET /volumes", True),
    ("configured", "GET /networks", False),
])
def test_within(gate, stub, within, line, passes):
    engine = stub(answer())
    g = gate(command="learn", engine=engine, flags=[f"--within={within}"], allow=["VOLUMES"])
    assert ask(g, line) == (200 if passes else 403)
    assert engine.lines == ([line] if passes else [])


def test_all_warns(gate, stub):
    g = gate(command="learn", engine=stub(answer()), flags=["--within", "all"])
    assert re.search(r"warning: learn: within all a client can become root on the host: ", g.stderr())


def test_strict_reads_give_nothing_away(gate, stub):
    g = gate(command="learn", engine=stub(answer()), env={"DOCKGATE_STRICT": "1", "DOCKGATE_MODE": "observe"})
    assert ask(g, "GET /containers/a/archive") == 403
    assert ask(g, "GET /containers/a/json") == 200
    assert "root" not in g.stderr()
    assert ask(g, "POST /containers/a/start") == 403  # nor does observing open anything


@pytest.mark.parametrize("args, says", [
    (["--within=readz"], '"readz" is neither reads, all, configured, an option nor a preset; the nearest is reads'),
    (["--within=CONTAINER_LIST"], "the nearest is CONTAINERS_LIST"),
    (["--within="], '"" is neither'),
    (["--for=soon"], "soon: no time above 0"),
    (["--until-idle=0"], "0: no time above 0"),
    (["--state=/nowhere/state"], "/nowhere/state: No such file or directory"),
    (["--state=/dev/null"], "/dev/null: no regular file"),
    (["--show"], "--show needs --state FILE"),
    (["--from=-", "--state=x"], "go with no flag that is for running"),
    (["--from=-", "--within=all"], "go with no flag that is for running"),
    (["--from=/nowhere/log"], "/nowhere/log: No such file or directory"),
    (["--form=x"], "--form"),
])
def test_wrong_flags(args, says):
    done = run(*args)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


# -- its end

@pytest.mark.parametrize("flag", ["--for=700ms", "--until-idle=300ms"])
def test_ends_by_itself(gate, stub, flag):
    g = gate(command="learn", engine=stub(answer()), flags=["--json", flag])
    ask(g, "GET /info")
    assert g.wait() == 0
    assert counts(result(g)["used"]) == {"GET /info": 1}


def test_idle_begins_with_the_first_request(gate, stub):
    g = gate(command="learn", engine=stub(answer()), flags=["--until-idle=1ms"])
    with pytest.raises(subprocess.TimeoutExpired):
        g.process.wait(0.7)
    ask(g, "GET /info")
    assert g.wait() == 0


def test_a_stream_does_not_hold_up_the_end(gate, stub):
    engine = stub()
    g = gate(command="learn", engine=engine, flags=["--json"], env={"DOCKGATE_GRACE": None})
    with g.client() as c:
        c.send(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        g.wait_stderr("used: SystemEvents")
        start = time.monotonic()
        got = result(g)
    assert time.monotonic() - start < 5
    assert counts(got["used"]) == {"GET /events": 1}


# -- the state

def test_state_goes_on_over_restarts(gate, stub, workdir):
    state = workdir / "state"
    engine = stub(answer())
    flags = ["--json", f"--state={state}"]
    g = gate(command="learn", engine=engine, flags=flags)
    ask(g, "GET /info")
    ask(g, "GET /a//b")
    first = result(g)
    assert state.stat().st_mode & 0o777 == 0o600
    g = gate(command="learn", engine=engine, flags=flags)
    ask(g, "GET /info")
    ask(g, "GET /version")
    ask(g, "POST /containers/prune")
    g.wait_stderr("ContainerPrune")
    shown = json.loads(run("--show", f"--state={state}", "--json").stdout)  # while the other one writes it
    assert counts(shown["denied"]) == {"POST /containers/prune": 1}
    second = result(g)
    assert counts(second["used"]) == {"GET /info": 2, "GET /version": 1}
    assert second["malformed"] == 1
    assert second["since"] == first["since"]
    assert second["used"][0]["first"] == first["used"][0]["first"]
    assert "used: SystemInfo" not in g.stderr()  # it is no news
    assert json.loads(run("--show", f"--state={state}", "--json").stdout) == second


def test_state_survives_a_kill(gate, stub, workdir):
    state = workdir / "state"
    g = gate(command="learn", engine=stub(answer()), flags=[f"--state={state}"])
    ask(g, "GET /info")
    g.wait_stderr("used: SystemInfo")
    deadline = time.monotonic() + 5
    while run("--show", f"--state={state}", "--json").returncode != 0 or \
            not json.loads(run("--show", f"--state={state}", "--json").stdout)["used"]:
        assert time.monotonic() < deadline
    g.signal(signal.SIGKILL)
    assert g.wait() == -signal.SIGKILL
    g._stopped = True  # pylint: disable=protected-access
    assert counts(json.loads(run("--show", f"--state={state}", "--json").stdout)["used"]) == {"GET /info": 1}


def test_half_written_text_leaves_the_one_before(gate, stub, workdir):
    state = workdir / "state"
    engine = stub(answer())
    for _ in range(2):
        g = gate(command="learn", engine=engine, flags=[f"--state={state}"])
        ask(g, "GET /info")
        g.stop()
    whole = state.read_bytes()
    places = [m.start() for m in re.finditer(rb"dockgate-learn 1 ", whole)]
    assert len(places) == 2
    newer = max(places, key=lambda at: int(whole[at + 17:].split(b"\n", 1)[0]))
    state.write_bytes(whole[:newer] + b"dockgate-learn 1 99\nwatch" + whole[newer + 25:])
    shown = json.loads(run("--show", f"--state={state}", "--json").stdout)
    assert counts(shown["used"])["GET /info"] in (1, 2)


def test_state_is_locked(gate, stub, workdir):
    state = workdir / "state"
    gate(command="learn", engine=stub(answer()), flags=[f"--state={state}"])
    done = run(f"--state={state}", "--listen=tcp://127.0.0.1:1")
    assert done.returncode == 2
    assert "another dockgate writes it" in done.stderr


def test_foreign_file_is_not_touched(workdir):
    other = workdir / "notes"
    other.write_text("keep me\n")
    done = run(f"--state={other}")
    assert done.returncode == 2
    assert "is no state of this version's learn, and is not touched" in done.stderr
    assert other.read_text() == "keep me\n"


# -- a terminal

def test_table_on_a_terminal(stub, workdir):
    engine = stub(answer())
    sock = workdir / "gate.sock"
    ours, theirs = pty.openpty()
    env = {"TERM": "xterm", "DOCKGATE_LISTEN": f"unix://{sock}", "DOCKGATE_ENGINE": engine.address,
           **{n: v for n, v in os.environ.items() if n.endswith("SAN_OPTIONS")}}
    process = subprocess.Popen([binary(), "learn", "--json"], env=env, stdin=theirs, stdout=subprocess.PIPE,
                               stderr=theirs, text=True)
    os.close(theirs)
    seen = b""
    try:
        from support.client import Client
        deadline = time.monotonic() + 20
        asked = False
        while b"INFO" not in seen or not re.search(rb"\x1b\[\d+A\r\x1b\[J", seen):  # it is drawn anew
            assert time.monotonic() < deadline, seen
            if not asked and sock.exists():
                with contextlib.suppress(ConnectionRefusedError), Client(str(sock)) as c:  # there, not yet listening
                    asked = c.get("/info").status == 200
            if select.select([ours], [], [], 0.05)[0]:
                seen += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=15)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert process.returncode == 0
    assert counts(json.loads(out)["used"]) == {"GET /info": 1}


# -- from logs

@pytest.mark.parametrize("form", ["classic", "json"])
def test_from_a_log(gate, stub, form):
    g = gate(engine=stub(answer()), env={"DOCKGATE_LOG_FORMAT": form, "DOCKGATE_MODE": "observe"})
    for line in ("GET /v1.41/info", "GET /info?a=\"b\\", "POST /containers/a/start", "GET /nothing", "GET /a//b"):
        ask(g, line)
    g.stop()
    lines = g.stdout().replace("\n", "\ngarbage \x00\n", 1)
    done = run("--from=-", "--json", stdin=lines)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert counts(got["used"]) == {"GET /info": 2, "POST /containers/{id}/start": 1}
    assert (got["lines_read"], got["lines_unread"], got["unknown"], got["malformed"]) == (5, 1, 1, 1)
    assert got["options"]["CONTAINERS_START"] == "1"
    name = os.path.join(g.dir, "stdout")
    assert run(f"--from={name}").stdout.startswith("Read 5 lines. They cover ")


def test_log_without_an_end_and_with_a_long_line(workdir):
    log = workdir / "log"
    line = '[25/Jan/2023:15:25:12 -0500] "GET /info HTTP/1.1" 200 [Location: INFO]'
    log.write_text(f"{line}\n{'x' * 3_000_000}\n{line}\n\n{line}")
    got = json.loads(run(f"--from={log}", "--json").stdout)
    assert (got["lines_read"], got["lines_unread"]) == (3, 2)
    assert counts(got["used"]) == {"GET /info": 3}


def test_no_log_at_all():
    done = run("--from=-", stdin="hello\n")
    assert done.returncode == 2
    assert "standard input: holds no line of an access log" in done.stderr
