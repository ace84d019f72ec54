"""The end: exit status, files, the log's last lines, signals at odd times, healthcheck."""

import os
import signal
import subprocess
import time

import pytest

from support.gate import binary
from support.proc import wait_accepts
from support.stub import answer, reply


def run(*argv, env):
    return subprocess.run([binary(), *argv], env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True,
                          timeout=20, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_order(gate, stub, number):
    g = gate(engine=stub(answer()))
    assert g.get("/_ping").status == 200
    g.signal(number)
    assert g.wait() == 0
    assert not os.path.exists(g.unix)
    assert len(g.log_lines()) == 1  # written before the end


def test_last_log_lines_are_written(gate, stub):
    g = gate(engine=stub(answer()))
    with g.client() as c:
        for _ in range(200):
            assert c.get("/_ping").status == 200
    g.stop()
    assert len(g.log_lines()) == 200


@pytest.mark.parametrize("together", [False, True], ids=["standard output alone", "both in one pipe"])
def test_ends_while_nobody_reads_the_log(stub, workdir, together):
    """Standard output is a full pipe: the end must not wait for its reader, nor what the gate says of itself."""
    engine = stub(answer())
    path = str(workdir / "g.sock")
    read, write = os.pipe()
    process = subprocess.Popen([binary(), "serve"], stdin=subprocess.DEVNULL, stdout=write, text=True,
                               stderr=write if together else subprocess.PIPE,
                               env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"unix://{path}", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
    from support.client import Client

    wait_accepts(path, process)
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 65536)
    except BlockingIOError:
        os.set_blocking(write, True)
    os.close(write)
    with Client(path) as c:
        assert c.get("/_ping").status == 200
    process.terminate()
    process.communicate(timeout=10)
    os.close(read)
    assert process.returncode == 0


def test_signal_during_the_start(stub, workdir):
    """At whatever moment it comes, no socket file stays behind."""
    engine = stub(answer())
    for i in range(20):
        path = str(workdir / f"{i}.sock")
        process = subprocess.Popen([binary(), "serve"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"unix://{path}", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
        deadline = time.monotonic() + 10
        while not os.path.exists(path):
            assert time.monotonic() < deadline
        process.terminate()  # the file has just appeared: the ceremony goes on
        assert process.wait(20) == 0
        assert not os.path.exists(path)


def test_healthcheck_fine(gate, stub):
    g = gate(engine=stub(answer()))
    for listen in (f"tcp://127.0.0.1:{g.port}", f"unix://{g.unix}", f"tcp://:{g.port}", f"tcp://0.0.0.0:{g.port} unix:///none"):
        got = run("healthcheck", env={"DOCKGATE_LISTEN": listen, "DOCKGATE_ENGINE": "unix:///no/such.sock"})
        assert (got.returncode, got.stdout, got.stderr) == (0, "", ""), listen
    assert run("healthcheck", f"--listen=unix://{g.unix}", env={}).returncode == 0


def test_healthcheck_policy_denies_ping(gate, stub):
    """Then the engine is asked directly."""
    engine = stub(answer())
    g = gate(engine=engine, env={"PING": "0"})
    env = {"DOCKGATE_LISTEN": f"unix://{g.unix}", "DOCKGATE_ENGINE": f"unix://{engine.path}", "PING": "0"}
    assert run("healthcheck", env=env).returncode == 0
    assert engine.lines == ["GET /_ping"]
    env["DOCKGATE_ENGINE"] = "unix:///no/such.sock"
    got = run("healthcheck", env=env)
    assert got.returncode == 1
    assert "the engine (unix:///no/such.sock): No such file or directory" in got.stderr


def test_healthcheck_no_gate(workdir):
    got = run("healthcheck", env={"DOCKGATE_LISTEN": f"unix://{workdir}/g.sock"})
    assert got.returncode == 1
    assert got.stderr == f"dockgate: healthcheck: the gate (unix://{workdir}/g.sock): No such file or directory\n"


def test_healthcheck_no_engine(gate, workdir):
    g = gate(engine=workdir / "none.sock", expect=["dockgate: .*"])
    got = run("healthcheck", env={"DOCKGATE_LISTEN": f"unix://{g.unix}"})
    assert got.returncode == 1
    assert "the engine behind the gate does not answer (status 502)" in got.stderr


# What the engine says to /_ping, and what healthcheck says then.
ANSWERS = [
    (reply(status=500, reason="Internal Server Error"), "answers /_ping with status 500"),
    (b"nonsense\r\n\r\n", "does not answer (status 502)"),
]


@pytest.mark.parametrize("raw,says", ANSWERS, ids=["500", "nonsense"])
def test_healthcheck_engine_unwell(gate, stub, raw, says):
    g = gate(engine=stub(answer(raw)), expect=["dockgate: .*"])
    got = run("healthcheck", env={"DOCKGATE_LISTEN": f"unix://{g.unix}"})
    assert got.returncode == 1 and says in got.stderr


def test_healthcheck_silent_gate(stub):
    """Five seconds, and no more."""
    engine = stub(lambda c: c.request(timeout=30) and c.expect_close(timeout=30))
    before = time.monotonic()
    got = run("healthcheck", env={"DOCKGATE_LISTEN": f"unix://{engine.path}"})
    assert got.returncode == 1 and "no answer within 5 seconds" in got.stderr
    assert 4.5 < time.monotonic() - before < 12


def test_healthcheck_wrong_setting():
    got = run("healthcheck", env={"DOCKGATE_LISTEN": "nowhere"})
    assert got.returncode in (1, 2) and "DOCKGATE_LISTEN" in got.stderr
