"""dockgate demo: the gate in front of its sample engine, tried with the real docker CLI as its own text says."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from engine import client_environment
from support.client import Client
from support.gate import NEVER, binary, free_port

CLIS = [c for c in dict.fromkeys(["/usr/bin/docker", shutil.which("docker")]) if c and os.access(c, os.X_OK)]


class Demo:
    """A running demo; `host` is where docker connects, as the demo printed it."""

    def __init__(self, folder, env=None, flags=(), listen=True):
        self.folder = folder
        self.out = open(folder / "stdout", "wb")
        self.err = open(folder / "stderr", "wb")
        variables = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "DOCKGATE_GRACE": "1"}
        variables.update({name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")})
        if listen:
            variables["DOCKGATE_LISTEN"] = f"tcp://127.0.0.1:{free_port()}"
        variables.update(env or {})
        self.process = subprocess.Popen([binary(), "demo", *flags], env=variables, stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=self.err)
        self.host = self._wait()

    def _wait(self):
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"docker -H (\S+) ", self.stderr())
            if found and self._accepts(found[1]):
                return found[1]
            time.sleep(0.01)
        raise AssertionError(f"the demo does not run ({self.process.poll()}):\n{self.stderr()}")

    @staticmethod
    def _accepts(host):
        address = host[len("unix://"):] if host.startswith("unix://") else \
            ("127.0.0.1", int(host.rpartition(":")[2]))
        try:
            Client(address).close()
            return True
        except OSError:
            return False

    def stderr(self):
        return (self.folder / "stderr").read_text()

    def stdout(self):
        return (self.folder / "stdout").read_text()

    def docker(self, cli, *args, stdin=b""):
        """Status, output, error of the CLI through the gate."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run([cli, "-H", self.host, *args], env=client_environment(home), input=stdin,
                              capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def engine_folders(self):
        return list(self.folder.glob("dockgate-demo-*"))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(15)
        assert not NEVER.search(self.stderr()), self.stderr()
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()


@pytest.fixture
def demo(workdir):
    made = []

    def make(**kwargs):
        made.append(Demo(workdir, **kwargs))
        return made[-1]

    yield make
    for d in made:
        d.close()


needs_cli = pytest.mark.skipif(not CLIS, reason="no docker CLI")
each_cli = pytest.mark.parametrize("cli", CLIS)


@needs_cli
@each_cli
def test_docker_cli(demo, cli):
    d = demo()
    # command line, exit status, words of standard output, words of standard error
    rows = [
        ("version", 0, "20.10.24-sample", ""),
        ("info", 0, "dockgate's sample engine", ""),
        ("ps", 0, "nginx:1.25", ""),
        ("ps -a", 0, "backup", ""),
        ("logs web", 0, "sample: ready for start up\n", ""),
        ("inspect web", 0, '"Name": "/web"', ""),
        ("inspect --type container none", 1, "", "No such container: none"),
        ("top web", 0, "sample", ""),
        ("images", 1, "", "To enable this function turn on the IMAGES option."),
        ("image ls", 1, "", "403 Forbidden: docker-socket-proxy is configured to not allow access to this function."),
        ("exec web ls", 1, "", "turn on the CONTAINERS_EXEC option."),
        ("start web", 1, "", "turn on the CONTAINERS_START option."),
        ("volume ls", 1, "", "turn on the VOLUMES option."),
    ]
    for line, status, out, err in rows:
        got = d.docker(cli, *line.split())
        assert got[0] == status and out in got[1] and err in got[2], (line, got)
    assert d.stop() == 0
    assert "[Location: IMAGES (BLOCKED)]" in d.stdout()


@needs_cli
@each_cli
def test_docker_cli_with_more_options(demo, cli):
    d = demo(env={"CONTAINERS": "1", "IMAGES": "1", "NETWORKS": "1", "VOLUMES": "1", "CONTAINERS_EXEC": "1",
                  "EXEC": "1", "CONTAINERS_START": "1"})
    rows = [
        ("images", b"", "postgres"), ("network ls", b"", "bridge"), ("volume ls", b"", "db-data"),
        ("start web", b"", "web"), ("exec web ls", b"", "The sample engine runs nothing; the tunnel is real.\n"),
        ("exec -i web cat", b"echoed\n", "The sample engine runs nothing; the tunnel is real.\nechoed\n"),
    ]
    for line, stdin, out in rows:
        got = d.docker(cli, *line.split(), stdin=stdin)
        assert got[0] == 0 and out in got[1], (line, got)
    status, _, err = d.docker(cli, "info")
    assert "turn on the INFO option" in err + _, (status, err)  # options of one's own replace the demo's
    assert d.stop() == 0


def test_default_address(demo):
    """Port 2375, or the next free one where that is taken."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", 2375))
            s.listen()
        except OSError:
            pass  # somebody else has it, which is as good
        d = demo(listen=False)
        assert re.fullmatch(r"tcp://127\.0\.0\.1:\d+", d.host)
        assert 2375 < int(d.host.rpartition(":")[2]) < 2475
        assert d.stop() == 0


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_leaves_nothing_behind(demo, end):
    d = demo()
    (folder,) = d.engine_folders()
    assert oct(folder.stat().st_mode & 0o007) == "0o0"
    if end == "stop":
        assert d.stop() == 0
        assert not d.engine_folders()
    else:
        d.process.kill()
        d.process.wait()
        deadline = time.monotonic() + 10
        while d.engine_folders():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_listens_where_told(demo, workdir):
    d = demo(env={"DOCKGATE_LISTEN": f"unix://{workdir}/gate.sock"})
    assert d.host == f"unix://{workdir}/gate.sock"
    with Client(str(workdir / "gate.sock")) as c:
        assert c.get("/_ping").body == b"OK"
        assert c.get("/images/json").status == 403
    assert f"curl --unix-socket {workdir}/gate.sock http://docker/images/json" in d.stderr()
    assert d.stop() == 0


def test_sample_engine_speaks_http(demo):
    d = demo(env={"CONTAINERS": "1", "CONTAINERS_RENAME": "1"})
    with Client(("127.0.0.1", int(d.host.rpartition(":")[2]))) as c:
        ping = c.get("/_ping")
        assert (ping.status, ping.get("Api-Version"), ping.body) == (200, "1.41", b"OK")
        assert c.get("/v1.41/containers/json?all=0").body.count(b'"Id"') == 2
        assert c.get("/v1.41/containers/json?all=1").body.count(b'"Id"') == 3
        c.send(b"POST /containers/aaa/rename?name=x HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"3\r\nabc\r\n0\r\n\r\n")
        assert c.response().status == 204
        assert c.get("/containers/nope/json").status == 404
        assert c.get("/containers/aaa/changes").status == 404
    assert d.stop() == 0


def test_help():
    done = subprocess.run([binary(), "demo", "--help"], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0 and done.stdout.startswith("Usage: dockgate demo")


def test_refuses_another_engine():
    done = subprocess.run([binary(), "demo", "--engine", "unix:///x"], capture_output=True, text=True, timeout=10,
                          env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 2 and "--engine" in done.stderr


def test_folder_falls_back(demo, workdir):
    """A TMPDIR that is none, or none that the gate's own user may enter, is not used."""
    private = workdir / "private"
    private.mkdir(mode=0o700)
    before = set(Path("/tmp").glob("dockgate-demo-*"))
    d = demo(env={"TMPDIR": str(private if os.geteuid() == 0 else private / "none")})
    with Client(("127.0.0.1", int(d.host.rpartition(":")[2]))) as c:
        assert c.get("/_ping").status == 200
    assert set(Path("/tmp").glob("dockgate-demo-*")) - before
    assert d.stop() == 0
