"""Clients known by the container that they come from, on a real engine: a process in a container reaches the gate by a
unix socket that is mounted into it. The gate lives in the engine's PID namespace, as on an ordinary host."""

import json
import os
import shutil
import subprocess

import pytest

from engine import IMAGE, UnixConnection, wait_for
from support.gate import Gate, binary, open_dir

FILE = """
clients:
  - {container: web-*, policy: web}
  - {label: role=job, policy: jobs}
  - {service: chooses, by-label: [jobs]}
policies:
  web: {allow: [VERSION]}
  jobs: {allow: [INFO]}
"""
TOOLS = [part for path in ("/usr", "/lib", "/lib64", "/bin") if os.path.isdir(path)
         for part in ("-v", f"{path}:{path}:ro")]


class Inside:
    """A gate beside the engine's daemons, and containers that reach it."""

    def __init__(self, engine):
        self.engine = engine
        self.dir = open_dir()
        self.socket = f"{self.dir}/gate.sock"
        with open(f"{self.dir}/dockgate.yaml", "w", encoding="ascii") as f:
            f.write(FILE)
        self.log = engine.dir / "gate.log"
        # Without the variables of the test run, which the gate would take for its own.
        engine.run_daemon("gate", ["env", "-i", binary(), f"--config={self.dir}/dockgate.yaml", f"--listen=unix://{self.socket}",
                                   f"--engine={engine.host}", "--socket-mode=0666"])
        wait_for(self.answers, "answer of the gate")
        self.names = []

    def answers(self):
        try:
            connection = UnixConnection(self.socket)
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 503  # a process that it does not see
        except OSError:
            return False

    def container(self, name, *options):
        self.names.append(name)
        self.engine.docker("run", "-d", "--name", name, "--network", "none", "-v", f"{self.dir}:/gate", *TOOLS, *options,
                           IMAGE, "sleep", "1000")

    def ask(self, name, *targets):
        """The statuses that a process in the container gets, and the last answer's text."""
        urls = [word for t in targets for word in ("-o", "/dev/stderr", f"http://d{t}")]
        return self.engine.docker("exec", name, "curl", "-s", "-w", "%{http_code} ", "--unix-socket", "/gate/gate.sock",
                                  *urls).split()

    def close(self):
        for name in self.names:
            self.engine.docker("rm", "-f", name, check=False)
        self.engine._order("stop", "gate")  # pylint: disable=protected-access
        shutil.rmtree(self.dir, ignore_errors=True)


@pytest.fixture
def inside(engine):
    made = Inside(engine)
    try:
        yield made
    finally:
        made.close()


def test_containers_on_a_unix_socket(engine, inside):
    inside.container("web-1", "--label", "role=job")  # the first row that fits counts
    inside.container("job-1", "--label", "role=job")
    inside.container("free-1", "--label", "com.docker.compose.service=chooses", "--label", "dockgate.policy=jobs")
    assert inside.ask("web-1", "/version", "/info") == ["200", "403"]
    assert inside.ask("job-1", "/version", "/info") == ["403", "200"]
    assert inside.ask("free-1", "/version", "/info") == ["403", "200"]
    # What is kept of a container ends with what it was true of.
    engine.docker("rename", "web-1", "other")
    inside.names.append("other")
    wait_for(lambda: inside.ask("other", "/version", "/info") == ["403", "200"], "effect of the new name")
    engine.docker("restart", "-t", "0", "job-1")
    assert inside.ask("job-1", "/version", "/info") == ["403", "200"]
    assert "process is not visible here" in inside.log.read_text()


def test_a_gate_that_does_not_see_the_engines_processes(engine, workdir):
    """Another PID namespace than the engine's: nothing can be proved, so nothing is allowed."""
    path = workdir / "dockgate.yaml"
    path.write_text(FILE)
    g = Gate(engine=engine.socket, env={"DOCKGATE_CONFIG": str(path), "DOCKGATE_SOCKET_MODE": "0666"},
             expect=[".*a client is refused.*"])
    try:
        engine.docker("run", "-d", "--name", "web-9", "--network", "none", "-v", f"{g.dir}:/gate", *TOOLS, IMAGE, "sleep",
                      "1000")
        out = engine.docker("exec", "web-9", "curl", "-s", "--unix-socket", "/gate/gate.sock", "http://d/version")
        assert "who is calling can't be found out" in json.loads(out)["message"]
    finally:
        engine.docker("rm", "-f", "web-9", check=False)
        g.stop()
        g.dispose()
