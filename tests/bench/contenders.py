"""The proxies that are compared, and the stand on which they run: the stub engine behind them, their listeners on
TCP and a unix socket, a drained pipe for their access logs, one core for the proxy and one for everything else."""

import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
# Connections that a proxy can hold at once, each with one to the engine, within its descriptors.
MOST = min(10000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 100)
PROGRAMS = ("floor", "engine", "load", "bulk", "hold", "first")


class Broken(Exception):
    """A contender or a tool does not do what was asked of it."""


def wait_until(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Broken(f"{what} did not come up")
        time.sleep(0.005)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Contender:
    """A running proxy: its process and where it listens."""

    def __init__(self, name, process, drain, addresses):
        self.name = name
        self.process = process
        self.drain = drain
        self.pid = process.pid if process else None
        self.addresses = addresses
        self.errors = None  # the file with what it said

    def stop(self):
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.drain:
            self.drain.wait(10)


def dockgate(stand, _folder, port, path, policy=None, **settings):
    """Strict parsing, policy, access log in JSON. Other settings come as DOCKGATE_… variables; POLICY: the variables
    of another policy."""
    binary = os.environ.get("DOCKGATE_BINARY", ROOT / "build/dockgate")
    options = policy or {"CONTAINERS": 1, "CONTAINERS_ARCHIVE": 1, "CONTAINERS_ARCHIVE_PUT": 1, "CONTAINERS_ATTACH": 1}
    variables = {"DOCKGATE_LISTEN": f"tcp://127.0.0.1:{port},unix://{path}", "DOCKGATE_LOG_FORMAT": "json",
                 "DOCKGATE_ENGINE": stand.engine.replace("unix:", "unix://"), "DOCKGATE_WORKERS": 1,
                 "DOCKGATE_MAX_CONNECTIONS": 100000, "DOCKGATE_MAX_PER_ADDRESS": 100000}
    return [binary, "serve"], {**options, **variables, **settings}


def other(*arguments, **settings):
    """The same of another build, which DOCKGATE_OTHER names: two builds are compared in one run or not at all."""
    command, variables = dockgate(*arguments, **settings)
    return [os.environ["DOCKGATE_OTHER"], *command[1:]], variables


def floor(stand, _folder, port, path):
    return [stand.folder / "floor", stand.engine, f"tcp:{port}", f"unix:{path}"], {}


def filled(stand, template, folder, port, path):
    """A configuration from its template, which names folder, engine and listeners, and all options of the gate."""
    text = (HERE / template).read_text()
    lists, allowed = rules.haproxy_lists()
    words = {
        "@DIR@": folder, "@ENGINE@": stand.engine.removeprefix("unix:"), "@PORT@": port, "@SOCKET@": path,
        "@MOST@": MOST, "@CONNECTIONS@": 2 * MOST + 100,
        "@ACLS@": lists, "@ALLOWED@": allowed, "@RULES@": rules.haproxy_rules(),
        "@LOCATIONS@": rules.nginx_locations("~*" if "shipped" in template else "~"),
    }
    for word, value in words.items():
        text = text.replace(word, str(value))
    made = folder / template.removesuffix(".in")
    made.write_text(text)
    return made


def nginx(template):
    return lambda stand, folder, port, path: (
        ["nginx", "-c", filled(stand, template, folder, port, path), "-p", folder], {})


def haproxy(template):
    return lambda stand, folder, port, path: (
        ["haproxy", "-db", "-f", filled(stand, template, folder, port, path)], rules.environment())


# Name, how its command line and environment are made. The first is what the others are measured by.
COMMANDS = {
    "floor": floor,
    "dockgate": dockgate,
    "other": other,
    "nginx": nginx("nginx.conf.in"),
    "haproxy": haproxy("haproxy.cfg.in"),
    "nginx as shipped": nginx("nginx-shipped.conf.in"),
    "haproxy as shipped": haproxy("haproxy-shipped.cfg.in"),
}
TUNED = ("floor", "dockgate", "other", "nginx", "haproxy")


class Stand:
    """Everything that a measurement needs, in a folder of its own that goes with it."""

    def __init__(self):
        # The gate and nginx change to other users, which must be able to reach the engine's socket.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dockgate-bench-"))
        self.folder.chmod(0o755)
        self.cores = sorted(os.sched_getaffinity(0))
        self.count = 0
        self.running = []
        self.engine = f"unix:{self.folder}/engine.sock"
        self.stub = self.engine
        self.process = None

    def __enter__(self):
        try:
            for name in PROGRAMS:
                subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", self.folder / name, HERE / f"{name}.c",
                                HERE / "wire.c"], check=True)
            self.start_engine()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for contender in self.running:
            contender.stop()
        self.running.clear()
        self.stop_engine()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_engine(self):
        self.process = subprocess.Popen(self.beside([self.folder / "engine", self.stub]), stdin=subprocess.DEVNULL)
        wait_until(pathlib.Path(self.stub.removeprefix("unix:")).exists, "the stub engine")

    def stop_engine(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            pathlib.Path(self.stub.removeprefix("unix:")).unlink(missing_ok=True)

    def pinned(self, command, core=None):
        """A command on the proxies' core, or on those that are named."""
        return ["taskset", "-c", str(self.cores[0] if core is None else core), *map(str, command)]

    def beside(self, command):
        """A command on the core of the engine and the load."""
        return self.pinned(command, self.cores[-1])

    def prepare(self, name, **settings):
        """A contender's command line, environment and addresses, in a folder of its own."""
        self.count += 1
        folder = self.folder / f"{self.count}-{name.replace(' ', '-')}"
        folder.mkdir()
        port, path = free_port(), folder / "gate.sock"
        command, variables = COMMANDS[name](self, folder, port, path, **settings)
        if not shutil.which(str(command[0]), path=PATH):
            raise Broken(f"no {command[0]} here")
        environment = {"PATH": PATH, **{key: str(value) for key, value in variables.items()}}
        return folder, command, environment, port, path

    def start(self, name, core=None, **settings):
        """Starts a contender of its own; SETTINGS go to its environment."""
        folder, command, environment, port, path = self.prepare(name, **settings)
        drain = subprocess.Popen(self.beside(["cat"]), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        with open(folder / "errors", "wb") as errors:
            process = subprocess.Popen(self.pinned(command, core), stdin=subprocess.DEVNULL, stdout=drain.stdin,
                                       stderr=errors, env=environment)
        drain.stdin.close()
        contender = Contender(name, process, drain, {"tcp": f"tcp:{port}", "unix": f"unix:{path}"})
        contender.errors = folder / "errors"
        self.running.append(contender)
        try:
            wait_until(lambda: process.poll() is not None or (accepts(port) and path.exists()), name)
        except Broken as broken:
            raise Broken(f"{broken}: {(folder / 'errors').read_text(errors='replace')[-500:]}") from None
        if process.poll() is not None:
            raise Broken(f"{name} ended: {(folder / 'errors').read_text(errors='replace')[-500:]}")
        return contender

    def straight(self):
        """The engine itself in a contender's place: what it takes without a proxy."""
        return Contender("no proxy", None, None, {"tcp": self.engine, "unix": self.engine})

    def stop(self, contender):
        self.running.remove(contender)
        contender.stop()

    def names(self, wanted=None):
        """The contenders that can run here."""
        known = [name for name in COMMANDS if (name != "other" if wanted is None else name in wanted)]
        return [name for name in known
                if re.match("floor|dockgate|other", name) or shutil.which(name.split()[0], path=PATH)]
