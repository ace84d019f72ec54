"""What the running gate may still do, as the kernel tells it: ids, groups, capabilities, new privileges, the list of
system calls; what it becomes by the engine's socket; and that a step which is denied is said once, by name."""

import os
import signal
import subprocess
import time

import pytest

from support.gate import binary, is_sanitized
from support.proc import children, launch, status, threads, wait_accepts
from support.seccomp import deny
from support.stub import answer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

OWN = 65532


def engine_with(stub, mode, uid=0, gid=0):
    engine = stub(answer())
    os.chown(engine.path, uid, gid)
    os.chmod(engine.path, mode)
    return engine


def ids(pid):
    s = status(pid)
    return int(s["Uid"].split()[1]), int(s["Gid"].split()[1]), [int(g) for g in s["Groups"].split()]


# mode, owner and group of the engine's socket; DOCKGATE_USER; uid, gid, groups that the gate must have; what it says
BECOMES = [
    (0o660, 0, 4242, None, (OWN, 4242, []), None),
    (0o666, 0, 4242, None, (OWN, 4242, []), None),
    (0o660, 0, 4242, "1234", (1234, 4242, []), None),
    (0o660, 0, 4242, "1234:5678", (1234, 5678, [4242]), None),
    (0o660, 0, 4242, "1234:4242", (1234, 4242, []), None),
    (0o660, 0, 4242, "daemon", (1, 4242, []), None),
    (0o600, 1234, 1234, None, (1234, 1234, []), None),
    (0o600, 0, 4242, None, (0, 0, [0]), "stays root: the engine's socket admits nobody else"),
    (0o640, 0, 4242, None, (0, 0, [0]), "stays root: the engine's socket admits nobody else"),
    (0o660, 0, 4242, "root", (0, 0, [0]), None),
    (0o660, 0, 4242, "0", (0, 0, [0]), None),
    (0o646, 0, 4242, None, (OWN, OWN, []), None),
]


@pytest.mark.parametrize("mode,uid,gid,user,becomes,says", BECOMES,
                         ids=[f"{m:o} {u}:{g} user {d}" for m, u, g, d, _, _ in BECOMES])
def test_becomes(gate, stub, mode, uid, gid, user, becomes, says):
    os.setgroups([0])
    g = gate(engine=engine_with(stub, mode, uid, gid), env={"DOCKGATE_USER": user} if user else {},
             expect=["dockgate: stays root: .*"])
    assert ids(g.pid) == becomes
    assert g.get("/_ping").status == 200
    assert g.stderr().count("stays root") == (1 if says else 0)
    assert says is None or f"dockgate: {says}\n" in g.stderr()


def test_asked_user_that_is_not_admitted(gate, stub):
    """It is taken all the same; the log says what mends it, at the start and for the request."""
    g = gate(engine=engine_with(stub, 0o600), env={"DOCKGATE_USER": "1234"}, expect=["dockgate: .*"])
    assert ids(g.pid)[0] == 1234
    assert "does not admit user 1234, which DOCKGATE_USER asks for" in g.stderr()
    assert 'permission denied for uid 1234, gid 1234; to mend it, in compose: user: "0:0"' in g.stderr()
    assert g.get("/_ping").status == 502


def test_folder_on_the_way_counts(gate, stub, workdir):
    """The socket admits everybody, the folder that it is in does not."""
    engine = engine_with(stub, 0o666, 0, 4242)
    os.chmod(workdir, 0o700)
    g = gate(engine=engine, expect=["dockgate: stays root: .*"])
    assert ids(g.pid)[0] == 0
    assert g.get("/_ping").status == 200


def test_engine_absent_stays_root(gate, workdir):
    g = gate(engine=workdir / "none.sock", expect=["dockgate: stays root: .*"])
    assert ids(g.pid)[0] == 0
    assert "its group is unknown (DOCKGATE_USER=UID:GID settles it)" in g.stderr()


def test_engine_absent_user_asked(gate, workdir):
    g = gate(engine=workdir / "none.sock", env={"DOCKGATE_USER": "1234:5678"})
    assert ids(g.pid) == (1234, 5678, [])


def test_engine_on_tcp(gate):
    g = gate(engine="tcp://127.0.0.1:1", expect=["dockgate: .*"])
    assert ids(g.pid) == (OWN, OWN, [])


@pytest.mark.parametrize("user", [True, False], ids=["own user", "root"])
def test_rights_are_gone(gate, stub, user):
    """In every thread, also where the gate stays root."""
    g = gate(engine=stub(answer()), user=user, env={"DOCKGATE_WORKERS": "2"})
    assert g.get("/_ping").status == 200
    for s in threads(g.pid):
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(s[name], 16) == 0, (name, s)
        assert s["NoNewPrivs"] == "1" and s["Seccomp"] == "2"
    assert "sandbox" not in g.stderr()


def test_rights_of_the_janitor(gate, stub):
    g = gate(engine=stub(answer()))
    (janitor,) = children(g.pid)
    deadline = time.monotonic() + 5
    while (s := status(janitor))["Seccomp"] != "2":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert int(s["CapEff"], 16) == (1 << 1 | 1 << 3)  # DAC_OVERRIDE, FOWNER
    assert int(s["CapBnd"], 16) == 0 and s["NoNewPrivs"] == "1"
    assert os.listdir(f"/proc/{janitor}/fd") == ["0"]


def test_descriptors_of_the_log_writer(gate, stub):
    """It has what it needs: the log, its wake-up, standard error; clients, engine and listeners are not its business."""
    g = gate(engine=stub(answer()), env={"DOCKGATE_WORKERS": "1"})
    assert g.get("/_ping").status == 200
    (writer,) = (int(s["Pid"]) for s in threads(g.pid) if int(s["Pid"]) != g.pid)
    kept = {f: os.readlink(f"/proc/{g.pid}/task/{writer}/fd/{f}") for f in os.listdir(f"/proc/{g.pid}/task/{writer}/fd")}
    assert kept.keys() > {"1", "2"} and len(kept) == 3 and "anon_inode:[eventfd]" in kept.values(), kept
    assert g.fds() > len(kept)


def test_no_core_files(gate, stub):
    g = gate(engine=stub())
    with open(f"/proc/{g.pid}/limits", encoding="ascii") as f:
        (line,) = [line for line in f if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


@pytest.mark.skipif("is_sanitized()")
def test_no_debugger(gate, stub):
    """What clients send stands in the gate's memory: its own user may not read it."""
    g = gate(engine=engine_with(stub, 0o666), env={"DOCKGATE_USER": "1234:1234"})
    got = subprocess.run(["cat", f"/proc/{g.pid}/maps"], capture_output=True, check=False, user=1234, group=1234,
                         extra_groups=[])
    assert got.returncode != 0 and got.stdout == b""


def unprivileged(stub, workdir, mode, gid, expect):
    """Started as an ordinary user who isn't let in: the line that mends it, at the start."""
    engine = engine_with(stub, mode, 0, gid)
    os.chmod(workdir, 0o777)
    process = subprocess.Popen(
        [binary(), "serve"], user=1234, group=1234, extra_groups=[], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
        env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"unix://{workdir}/g.sock", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
    try:
        lines = []
        while not any("permission denied" in line for line in lines):
            lines.append(process.stderr.readline())
            assert lines[-1], lines
        assert expect in lines[-1]
        assert ids(process.pid) == (1234, 1234, [])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert not (workdir / "g.sock").exists()


@pytest.fixture
def reachable():
    """The binary as another user can start it."""
    import shutil
    import tempfile

    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    before = os.environ.get("DOCKGATE_BINARY")
    os.environ["DOCKGATE_BINARY"] = shutil.copy(binary(), f"{folder}/dockgate")
    yield
    if before is None:
        del os.environ["DOCKGATE_BINARY"]
    else:
        os.environ["DOCKGATE_BINARY"] = before
    shutil.rmtree(folder)


@pytest.mark.usefixtures("reachable")
def test_remedy_group(stub, workdir):
    unprivileged(stub, workdir, 0o660, 4242, 'in compose: group_add: ["4242"]; with docker run: --group-add 4242')


@pytest.mark.usefixtures("reachable")
def test_remedy_user(stub, workdir):
    unprivileged(stub, workdir, 0o600, 4242, 'in compose: user: "0:4242"; with docker run: --user 0:4242')


# What an older kernel or a container denies, and how the gate names it.
DENIED = [
    ("landlock_create_ruleset", 38, "sandbox: Landlock not available here: Function not implemented"),
    ("landlock_create_ruleset", 95, "sandbox: Landlock not available here: Operation not supported"),
    ("seccomp", 38, None),  # the filter can be set by prctl as well
    ("clone3", 38, None),  # calls newer than others that do the same
    ("close_range", 38, None),
    ("epoll_pwait2", 38, None),
    ("faccessat2", 38, None),
    ("rseq", 38, None),
    ("statx", 38, None),
    ("setgroups", 1, "cannot change the user here (denied by the kernel or the container): stays root"),
    ("capset", 1, "sandbox: dropping capabilities not available here: Operation not permitted"),
]


@pytest.mark.parametrize("call,error,says", DENIED, ids=[f"{c} {e}" for c, e, _ in DENIED])
def test_denied_steps_are_named_once(stub, workdir, call, error, says):
    """The gate starts all the same, and every other step is done."""
    engine = stub(answer())
    path = str(workdir / "g.sock")
    process = launch(deny(call, error=error), [binary(), "serve"],
                     env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"unix://{path}", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
    try:
        from support.client import Client

        wait_accepts(path, process)
        with Client(path) as c:
            assert c.get("/_ping").status == 200
        s = status(process.pid)
        if call != "seccomp":
            assert int(s["Seccomp_filters"]) == 2  # the launcher's and the gate's
        assert s["NoNewPrivs"] == "1"
        deadline = time.monotonic() + 10
        for janitor in children(process.pid):
            while os.listdir(f"/proc/{janitor}/fd") != ["0"]:
                assert time.monotonic() < deadline, "the janitor keeps sockets of the gate open"
                time.sleep(0.01)
    finally:
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    if says:
        assert err.count(says) == 1, err
