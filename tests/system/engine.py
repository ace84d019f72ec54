"""A real engine for the tests: dockerd in network, process and mount namespaces of its own, with the images that
the tests use, and a registry beside it. Needs root and Debian's docker.io; without them the tests are skipped.

    engine        fixture, one for each worker process: .socket, .docker("ps", "-a"), .stop(), .start(), …
    ways          fixture: {"engine": DOCKER_HOST straight, "unix": …, "tcp": … through a gate with all options on}
    registry      fixture: "127.0.0.1:5000", a registry in the engine's network
    client        fixture, run with each docker CLI: client.compare(ways, "docker ps") runs a shell line by each
                  way and expects the same output and exit status

Nothing here talks to anything outside this machine: the engine's network has a loopback and nothing else.
"""
import contextlib
import difflib
import http.client
import io
import json
import os
import random
import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import pytest

from support.gate import Gate

IMAGE = "busybox:test"
DEBIAN_CLI = "/usr/bin/docker"
DEADLINE = 30
BIG_SIZE = 6 * 1024 * 1024


def why_no_engine():
    """Why no engine can be started here, or None."""
    if os.geteuid() != 0:
        return "starting an engine needs root"
    for tool in ("dockerd", "containerd", "runc", "unshare", DEBIAN_CLI, "busybox"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            return f"{tool} is not installed (Debian: docker.io busybox-static)"
    return None


def wait_for(condition, what, deadline=DEADLINE):
    """The first true answer of `condition`, asked until the deadline."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"no {what} after {deadline} s"
        time.sleep(0.02)


class UnixConnection(http.client.HTTPConnection):
    """http.client over a unix socket."""

    def __init__(self, path, timeout=DEADLINE):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def busybox_tar():
    """A root file system: busybox, a link for each of its commands, users."""
    applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        # also bin and etc: the engine makes folders that are only implied for root alone
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("root", 0o700), ("data", 0o755)):
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, mode
            tar.addfile(info)
        tar.add(os.path.realpath(shutil.which("busybox")), "bin/busybox")
        for applet in applets:
            if applet != "busybox":
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname, link.mode = tarfile.SYMTYPE, "busybox", 0o777
                tar.addfile(link)
        for name, text in (("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("etc/group", "root:x:0:\n")):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text), 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


class Engine:
    """One dockerd with everything that belongs to it, below one folder."""

    def __init__(self):
        # Not pytest's own folder: a socket's path may have 107 bytes at most.
        self.dir = Path(tempfile.mkdtemp(prefix="dockgate-engine-"))
        self.dir.chmod(0o755)
        self.socket = self.dir / "engine.sock"
        self.host = f"unix://{self.socket}"
        self.log = self.dir / "dockerd.log"
        self.cgroup = f"dockgate-{self.dir.name}"
        (self.dir / "daemon.json").write_text("{}")
        self.init = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
             "/usr/bin/python3", str(Path(__file__).with_name("engine_init.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        answer = self.init.stdout.readline()
        if answer != "ready\n":
            self.close()
            pytest.skip("no namespaces for an engine on this machine")

    def _order(self, *words):
        self.init.stdin.write(json.dumps(words) + "\n")
        self.init.stdin.flush()
        return self.init.stdout.readline().strip()

    def run_daemon(self, name, argv):
        """Starts a daemon beside the engine, in its network; its output goes to NAME.log."""
        self._order("start", name, str(self.dir / f"{name}.log"), *argv)

    def start(self):
        """Starts dockerd and waits until it answers."""
        self.run_daemon("dockerd", [
            "dockerd", "--config-file", str(self.dir / "daemon.json"), "--data-root", str(self.dir / "data"),
            "--exec-root", str(self.dir / "exec"), "--pidfile", str(self.dir / "pid"), "--host", self.host,
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs",
            "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{self.cgroup}",
            "--shutdown-timeout", "2", "--max-download-attempts", "1"])
        wait_for(self.answers, "answer of dockerd")

    def stop(self):
        """Ends dockerd as a restart of its service would; what it has stored stays."""
        self._order("stop", "dockerd")

    def answers(self):
        try:
            return self.request("GET", "/_ping")[0] == 200
        except OSError:
            return False

    def request(self, method, target, body=None, headers=None):
        """One request straight at the engine: status and body."""
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def docker(self, *args, check=True, stdin=None):
        """Debian's CLI straight at the engine: standard output as text."""
        done = subprocess.run([DEBIAN_CLI, "--host", self.host, *args], env=client_environment(self.dir),
                              input=stdin, capture_output=True, timeout=120, check=False)
        assert not check or done.returncode == 0, (args, done.stderr.decode())
        return done.stdout.decode(errors="replace")

    def import_image(self, name, tar):
        repo, tag = name.rsplit(":", 1)
        status, body = self.request("POST", f"/images/create?fromSrc=-&repo={repo}&tag={tag}"
                                    "&changes=CMD%20%5B%22sh%22%5D", tar, {"Content-Type": "application/x-tar"})
        assert status == 200 and b"error" not in body, body

    def leave_swarm(self):
        """Ends a swarm of this engine, with what the engine itself may leave of one. Where a node was updated soon after the
        swarm began, its ingress network stays, which only a swarm can remove: another one is made, and left."""
        for _ in range(5):
            self.docker("swarm", "leave", "--force", check=False)
            for number in self.docker("ps", "-aq", "--filter", "label=com.docker.swarm.task.id").split():
                self.docker("rm", "-f", "-v", number, check=False)
            self.docker("network", "rm", "docker_gwbridge", check=False)
            if "ingress" not in self.docker("network", "ls", "--format", "{{.Name}}").split():
                return
            self.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        raise AssertionError("the ingress network stays")

    def holds(self):
        """What is in it, as words that name each thing."""
        def listed(target):
            status, body = self.request("GET", target)
            return (json.loads(body) or []) if status == 200 else []  # else: there is no swarm

        return {
            *(f"container {one['Names'][0]}" for one in listed("/containers/json?all=1")),
            *(f"image {name} {one['Id']}" for one in listed("/images/json") for name in one["RepoTags"] or [""]),
            *(f"volume {one['Name']}" for one in listed("/volumes")["Volumes"] or []),
            *(f"network {one['Name']}" for one in listed("/networks")),
            *(f"{kind} {one['Spec']['Name']}" for kind in ("services", "secrets", "configs") for one in listed("/" + kind)),
        }

    def close(self):
        """Ends the daemons and everything that they started; removes what they stored."""
        self.init.stdin.close()
        try:
            self.init.wait(30)
        except subprocess.TimeoutExpired:
            self.init.kill()  # unshare's --kill-child takes the namespace with it
            self.init.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
        remove_cgroups(self.cgroup)


def remove_cgroups(name):
    """Control groups outlive the processes; empty ones go with rmdir, innermost first."""
    for top in Path("/sys/fs/cgroup").glob(f"**/{name}") if Path("/sys/fs/cgroup").is_dir() else ():
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass


def client_environment(folder, host=None):
    """What a client sees: nothing of the machine's own docker settings."""
    env = {"PATH": f"{folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
           "DOCKER_CONFIG": f"{folder}/client", "DOCKER_CLI_HINTS": "false", "BUILDKIT_PROGRESS": "plain"}
    if host:
        env["DOCKER_HOST"] = host
    return env


@pytest.fixture(scope="session")
def engine():
    """A running engine with IMAGE in it."""
    reason = why_no_engine()
    if reason:
        pytest.skip(reason)
    instance = Engine()
    try:
        instance.start()
        instance.import_image(IMAGE, busybox_tar())
        started.append((instance, instance.holds()))
        yield instance
    finally:
        started.clear()
        instance.close()


# The engine of this run with what was in it at first, once a test has asked for it.
started = []


@pytest.fixture(scope="module", autouse=True)
def leaves_nothing():
    """What a file's tests make, they remove: those of other files count what there is."""
    before = started[0][0].holds() if started else None
    yield
    if started and started[0][0].answers():
        left = started[0][0].holds() - (started[0][1] if before is None else before)
        assert not left, f"left in the engine: {sorted(left)}"


@pytest.fixture(scope="module")
def no_images_left(engine):
    """For files that make many images: removes them all at the end."""
    def there():
        return {one["Id"] for one in json.loads(engine.request("GET", "/images/json")[1])}

    before = there()
    yield
    left = there() - before
    while left:
        for number in left:
            engine.request("DELETE", f"/images/{number}?force=1")
        # An image that others were built from goes after them.
        left, last = there() - before, left
        assert left != last, f"images that nothing removes: {left}"


REGISTRY_CONFIG = """version: 0.1
storage:
  filesystem:
    rootdirectory: {folder}
http:
  addr: 127.0.0.1:5000
"""


@pytest.fixture(scope="session")
def registry(engine):
    """A registry on the loopback of the engine's own network."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    config = engine.dir / "registry.yml"
    config.write_text(REGISTRY_CONFIG.format(folder=engine.dir / "registry"))
    engine.run_daemon("registry", ["docker-registry", "serve", str(config)])
    address = "127.0.0.1:5000"
    # Only the engine can reach it, so the engine is asked: a registry that answers says that the image isn't there.
    wait_for(lambda: b"connection refused" not in
             engine.request("POST", f"/images/create?fromImage={address}/none&tag=none")[1], "registry")
    return address


@contextlib.contextmanager
def ended(g):
    """A gate that lives as long as the block: stopped, and looked at, where that went well; gone in any case."""
    try:
        yield g
        g.stop()
    finally:
        if g.process.poll() is None:
            g.process.kill()
            g.process.wait()
        g.dispose()


@pytest.fixture(scope="module")
def ways(engine):
    """The ways to the engine, as DOCKER_HOST has them: straight, and through a gate that allows everything. The
    gate is one for all tests of a file: what one exchange spoils, the next one shows."""
    with ended(Gate(engine=engine.socket, allow="all")) as g:
        yield {"engine": engine.host, "unix": f"unix://{g.unix}", "tcp": f"tcp://127.0.0.1:{g.port}"}


@pytest.fixture(scope="session")
def clis():
    """The docker CLIs of this machine: Debian's, and the one on PATH where that is another."""
    found = {"debian": DEBIAN_CLI}
    other = shutil.which("docker")
    if other and os.path.realpath(other) != os.path.realpath(DEBIAN_CLI):
        found["path"] = other
    return found


# What differs between two runs by nature: ids, times, sizes of running things. Each row is a pattern and its word.
NORMAL = tuple((re.compile(pattern, re.MULTILINE), word) for pattern, word in (
    (r"sha256:[0-9a-f]{12,64}", "DIGEST"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b", "ID"),
    (r"\b[0-9]{12}\b", "ID"),
    (r"\b[a-z0-9]{25}\b", "ID"),
    (r"\b[a-z0-9]{12}\b(?= )", "ID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.0-9]*(Z| ?[+-]\d\d:?\d\d( \w+)?)?", "TIME"),
    (r"(About (a|an)|Less than a|\d+) (second|minute|hour)s?", "A WHILE"),
    (r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC"),
    (r'("Pid": )\d+', r"\1PID"),
))


def normal(text):
    """`text` with the words for what differs by nature."""
    for pattern, word in NORMAL:
        text = pattern.sub(word, text)
    return re.sub(r"[ \t]+", " ", text)


def difference(expected, got):
    """The lines in which two results (status, output, error) differ."""
    lines = [f"{status}\n{out}\n{err}".splitlines() for status, out, err in (expected, got)]
    return "\n".join(difflib.unified_diff(*lines, "engine", "gate", lineterm="", n=1))


class Client:
    """Runs shell lines in which `docker` is one CLI, by one way to the engine."""

    def __init__(self, engine, cli, folder, name):
        self.engine = engine
        self.folder = folder
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / "docker").symlink_to(cli)
        self.variables = {"N": name, "I": IMAGE, "NET": "--network=none", "T": str(folder)}

    def environment(self, host):
        return client_environment(self.folder, host) | self.variables

    def run(self, host, line, deadline=60):
        """Exit status, standard output and error of one shell line."""
        done = subprocess.run(["sh", "-c", line], env=self.environment(host), cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline, check=False)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def compare(self, ways, line, before="", after="", normalise=normal, deadline=60):
        """Runs `line` by each way, with `before` and `after` straight at the engine, and expects the same each
        time. Returns what it printed, normalised."""
        seen = {}
        for way, host in ways.items():
            if before:
                status, _, err = self.run(ways["engine"], f"set -e; {before}", deadline)
                assert status == 0, f"before: {err}"
            status, out, err = self.run(host, line, deadline)
            if after:
                self.run(ways["engine"], after, deadline)
            seen[way] = (status, normalise(out), normalise(err).replace(normalise(host), "HOST"))
        for way, result in seen.items():
            assert result == seen["engine"], f"by {way}: {line}\n{difference(seen['engine'], result)}"
        return seen["engine"]


def pytest_generate_tests(metafunc):
    """A test that asks for `client` runs with Debian's CLI, and with the one on PATH where that is another."""
    marked = {name for mark in metafunc.definition.iter_markers("parametrize") for name in mark.args[0].split(",")}
    if "client" in metafunc.fixturenames and "client" not in marked:
        metafunc.parametrize("client", ["debian", "path"], indirect=True)


@pytest.fixture
def client(request, engine, clis, tmp_path):
    """A Client with one of the CLIs."""
    if request.param not in clis:
        pytest.skip("no other docker CLI than Debian's on PATH")
    return Client(engine, clis[request.param], tmp_path, "c1")


@pytest.fixture(scope="session")
def big(engine):
    """A file of 6 MiB that compresses badly."""
    path = engine.dir / "big"
    path.write_bytes(random.Random(6).randbytes(BIG_SIZE))
    return path
