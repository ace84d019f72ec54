"""Where the gate listens: unix sockets with mode and owner, stale and live files, both IP versions, sockets that a
service manager passes."""

import grp
import os
import socket
import stat
import subprocess

import pytest

from support.client import Client
from support.gate import binary, free_port
from support.proc import children, launch
from support.stub import answer

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def start(env, **kwargs):
    return subprocess.Popen([binary(), "serve"], env={"PATH": "/usr/bin:/bin", **env}, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **kwargs)


def test_several_at_once(gate, stub):
    ports = [free_port(), free_port()]
    g = gate(engine=stub(answer()),
             listen=[f"tcp://127.0.0.1:{ports[0]}", "unix://{dir}/a.sock", f"tcp://127.0.0.1:{ports[1]}", "unix://{dir}/b.sock"])
    for address in (("127.0.0.1", ports[0]), ("127.0.0.1", ports[1]), f"{g.dir}/a.sock", f"{g.dir}/b.sock"):
        with g.client(address) as c:
            assert c.get("/_ping").status == 200


MODES = [({}, 0o660), ({"DOCKGATE_SOCKET_MODE": "0600"}, 0o600), ({"DOCKGATE_SOCKET_MODE": "666"}, 0o666)]


@pytest.mark.parametrize("env,mode", MODES, ids=[oct(m) for _, m in MODES])
def test_mode(gate, stub, env, mode):
    g = gate(engine=stub(), env=env)
    assert stat.S_IMODE(os.stat(g.unix).st_mode) == mode


OWNERS = [
    ({"DOCKGATE_SOCKET_USER": "1234"}, 1234, 0),
    ({"DOCKGATE_SOCKET_GROUP": "4321"}, 0, 4321),
    ({"DOCKGATE_SOCKET_USER": "daemon", "DOCKGATE_SOCKET_GROUP": "tty"}, 1, grp.getgrnam("tty").gr_gid),
]


@root
@pytest.mark.parametrize("env,uid,gid", OWNERS)
def test_owner(gate, stub, env, uid, gid):
    g = gate(engine=stub(), env=env)
    st = os.stat(g.unix)
    assert (st.st_uid, st.st_gid) == (uid, gid)
    g.stop()
    assert not os.path.exists(g.unix)


@root
def test_group_and_mode_of_a_file(gate, stub, workdir):
    """What a listener of dockgate.yaml says counts for it alone, before the variables, and says who may connect."""
    config = workdir / "dockgate.yaml"
    config.write_text(f"""
engine: unix://{stub(answer()).path}
listeners:
  - {{address: "unix://{workdir}/number.sock", group: "4321", mode: 0660}}
  - {{address: "unix://{workdir}/name.sock", group: tty, mode: 0606}}
  - {{address: "unix://{workdir}/neither.sock"}}
policies: {{p: {{allow: [PING]}}}}
""")
    gate(env={"DOCKGATE_CONFIG": str(config), "DOCKGATE_LISTEN": None, "DOCKGATE_SOCKET_GROUP": "1234", "DOCKGATE_SOCKET_MODE": "0600"})
    seen = {}
    for name in ("number", "name", "neither"):
        st = os.stat(workdir / f"{name}.sock")
        seen[name] = (st.st_gid, stat.S_IMODE(st.st_mode))
    assert seen == {"number": (4321, 0o660), "name": (grp.getgrnam("tty").gr_gid, 0o606), "neither": (1234, 0o600)}
    # A client of another user, by its group.
    for name, gid, status in (("number", 4321, "200"), ("number", 65534, "000"), ("name", 65534, "200"), ("neither", 1234, "000")):
        done = subprocess.run(["setpriv", "--reuid=65534", f"--regid={gid}", "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w",
                               "%{http_code}", "--unix-socket", workdir / f"{name}.sock", "http://d/_ping"],
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.stdout == status, (name, gid)


def test_stale_file_is_replaced(gate, stub, workdir):
    path = str(workdir / "stale.sock")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
    g = gate(engine=stub(answer()), listen=[f"unix://{path}"])
    with g.client(path) as c:
        assert c.get("/_ping").status == 200


def test_live_socket_is_refused(gate, stub):
    g = gate(engine=stub(answer()))
    other = start({"DOCKGATE_LISTEN": f"unix://{g.unix}", "DOCKGATE_ENGINE": "unix:///none.sock"})
    _, err = other.communicate(timeout=20)
    assert other.returncode == 2 and "something else accepts connections on this socket" in err
    with g.client(g.unix) as c:
        assert c.get("/_ping").status == 200


def test_other_file_is_left_alone(workdir):
    path = workdir / "precious"
    path.write_text("data")
    other = start({"DOCKGATE_LISTEN": f"unix://{path}", "DOCKGATE_ENGINE": "unix:///none.sock"})
    _, err = other.communicate(timeout=20)
    assert other.returncode == 2 and "no socket" in err
    assert path.read_text() == "data"


def test_port_in_use(gate, stub):
    g = gate(engine=stub())
    other = start({"DOCKGATE_LISTEN": f"unix://{g.dir}/second.sock tcp://127.0.0.1:{g.port}", "DOCKGATE_ENGINE": "unix:///none.sock"})
    _, err = other.communicate(timeout=20)
    assert other.returncode == 2 and "something else does: Address already in use" in err
    assert not os.path.exists(f"{g.dir}/second.sock")


@root
@pytest.mark.parametrize("mode,sticky", [(0o755, False), (0o1777, True)], ids=["root's folder", "sticky folder"])
def test_removed_at_exit_where_the_user_may_not(gate, stub, mode, sticky):
    """The gate is another user by then: the janitor does it, and ends."""
    g = gate(engine=stub(answer()))
    os.chmod(g.dir, mode)
    assert os.stat(g.dir).st_uid == 0
    if sticky:
        g = gate(engine=stub(answer()), listen=[f"unix://{g.dir}/sticky.sock"])
    janitors = children(g.pid)
    assert len(janitors) == 1
    g.stop()
    assert not os.path.exists(g.unix) and not os.path.exists(f"{g.dir}/sticky.sock")
    assert not os.path.exists(f"/proc/{janitors[0]}")


@root
def test_removed_after_kill(gate, stub):
    """Even a gate that is killed leaves no socket file behind, where there is a janitor."""
    import signal
    import time

    g = gate(engine=stub(answer()))
    g.signal(signal.SIGKILL)
    assert g.wait() == -signal.SIGKILL
    g._stopped = True  # pylint: disable=protected-access
    deadline = time.monotonic() + 5
    while os.path.exists(g.unix):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@root
def test_no_janitor_where_none_is_needed(gate, stub):
    g = gate(engine=stub(answer()), user=False)
    assert children(g.pid) == []
    g.stop()
    assert not os.path.exists(g.unix)
    tcp = gate(engine=stub(answer()), listen=["tcp://127.0.0.1:{port}"])
    assert children(tcp.pid) == []


def test_foreign_file_stays_at_exit(gate, stub):
    """Somebody took the file away and put another there: that one is not ours."""
    g = gate(engine=stub(answer()))
    os.unlink(g.unix)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(g.unix)
        g.stop()
        assert os.path.exists(g.unix)


def test_dual_stack(gate, stub):
    g = gate(engine=stub(answer()), listen=["tcp://:{port}"], wait=False)
    g.wait_stderr("listening on tcp://:")
    for host in ("127.0.0.1", "::1"):
        with Client((host, g.port)) as c:
            assert c.get("/_ping").status == 200
    g.wait_log(lambda lines: len(lines) >= 2)
    assert '"127.0.0.1:' in g.stdout() or "127.0.0.1" in g.stdout()


def test_ipv6_alone(gate, stub):
    g = gate(engine=stub(answer()), listen=["tcp://[::1]:{port}"], wait=False)
    g.wait_stderr("listening on")
    with Client(("::1", g.port)) as c:
        assert c.get("/_ping").status == 200
    with pytest.raises(OSError):
        Client(("127.0.0.1", g.port), timeout=2).close()


# Ways in which a kernel has no IPv6; in a network namespace of its own, whose loopback is brought up.
WITHOUT_IPV6 = {
    "disabled by sysctl": "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6;",
}


@root
@pytest.mark.parametrize("way", WITHOUT_IPV6)
def test_fallback_to_ipv4(workdir, stub, way):
    engine = stub(answer())
    port = free_port()
    script = f"{WITHOUT_IPV6[way]} ip link set lo up; exec {binary()} serve"
    process = subprocess.Popen(["unshare", "-n", "sh", "-ec", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True,
                               env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DOCKGATE_LISTEN": f"tcp://:{port}", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
    try:
        lines = []
        while not any("at most" in line for line in lines):
            line = process.stderr.readline()
            assert line, lines
            lines.append(line)
        got = subprocess.run(["nsenter", "-n", "-t", str(process.pid), "curl", "-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}",
                              f"http://127.0.0.1:{port}/_ping"], capture_output=True, text=True, timeout=20, check=False)
        assert got.stdout == "200", got.stderr
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_fallback_where_the_family_is_missing(stub):
    """socket(AF_INET6) fails as in a kernel without the module: a seccomp filter answers EAFNOSUPPORT."""
    from support.seccomp import deny

    engine = stub(answer())
    port = free_port()
    process = launch(deny("socket", error=97, argument=(0, socket.AF_INET6)), [binary(), "serve"],
                     env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"tcp://:{port}", "DOCKGATE_ENGINE": f"unix://{engine.path}"})
    try:
        while "listening on" not in (line := process.stderr.readline()):
            assert line
        assert "IPv4 alone: no IPv6 here" in line
        with Client(("127.0.0.1", port)) as c:
            assert c.get("/_ping").status == 200
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


def passed(sockets, env, extra=""):
    """The gate with sockets passed as systemd does it."""
    code = "import fcntl\n"
    # Away from where they are to stand, then into place.
    for i, s in enumerate(sockets):
        code += f"os.dup2({s.fileno()}, {50 + i})\n"
    for i in range(len(sockets)):
        code += f"os.dup2({50 + i}, {3 + i})\n"
    code += f"os.environ['LISTEN_PID'] = str(os.getpid()); os.environ['LISTEN_FDS'] = '{len(sockets)}'\n{extra}"
    return launch(code, [binary(), "serve"], env={"PATH": "/usr/bin:/bin", **env},
                  pass_fds=[s.fileno() for s in sockets])


def test_passed_by_service_manager(workdir, stub):
    """Two sockets, TCP and unix; the default listener is not opened besides, readiness is told."""
    engine = stub(answer())
    tcp = socket.socket()
    tcp.bind(("127.0.0.1", 0))
    tcp.listen()
    unix = socket.socket(socket.AF_UNIX)
    path = str(workdir / "passed.sock")
    unix.bind(path)
    unix.listen()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(workdir / "notify"))
    manager.settimeout(10)
    process = passed([tcp, unix], {"DOCKGATE_ENGINE": f"unix://{engine.path}", "NOTIFY_SOCKET": str(workdir / "notify")})
    try:
        assert manager.recv(100) == b"READY=1"
        for address in (tcp.getsockname(), path):
            with Client(address) as c:
                assert c.get("/_ping").status == 200
        process.terminate()
        assert manager.recv(100) == b"STOPPING=1"
    finally:
        process.terminate()
        _, err = process.communicate(timeout=20)
        for s in (tcp, unix, manager):
            s.close()
    assert process.returncode == 0
    assert err.count("listening on") == 2 and ":2375" not in err
    assert os.path.exists(path)  # it belongs to the service manager


def test_passed_socket_that_is_none(workdir):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        process = passed([s], {"DOCKGATE_ENGINE": f"unix://{workdir}/none"})
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2 and "descriptor 3, passed by the service manager, is no listening stream socket" in err


def test_sockets_meant_for_another_process(workdir, stub):
    """LISTEN_PID of somebody else: what stands at descriptor 3 is not taken."""
    engine = stub(answer())
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        path = str(workdir / "own.sock")
        process = passed([s], {"DOCKGATE_ENGINE": f"unix://{engine.path}", "DOCKGATE_LISTEN": f"unix://{path}"},
                         extra="os.environ['LISTEN_PID'] = '1'\n")
        try:
            while "listening on" not in (line := process.stderr.readline()):
                assert line
            assert f"listening on unix://{path}" in line
        finally:
            process.terminate()
            _, err = process.communicate(timeout=20)
    assert "tcp://" not in err
