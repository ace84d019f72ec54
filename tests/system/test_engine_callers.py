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
  - {label: role=part, within: parts}
policies:
  parts: {allow: [VERSION, CONTAINERS_LIST, CONTAINERS_RESTART]}
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


def test_what_a_containers_label_grants(engine, inside):
    def part(name, label):
        inside.container(name, "--label", "role=part", *(["--label", f"dockgate.allow={label}"] if label else []))

    part("part-1", "ContainerList,INFO")
    part("part-2", "CONTAINERS_LIST,VERSIONS")
    part("part-3", None)
    assert inside.ask("part-1", "/containers/json", "/version", "/info") == ["200", "403", "403"]
    assert inside.ask("part-2", "/containers/json", "/version", "/info") == ["403", "403", "403"]
    assert inside.ask("part-3", "/containers/json", "/version", "/info") == ["403", "403", "403"]

    def says(name, target):
        return json.loads(engine.docker("exec", name, "curl", "-s", "--unix-socket", "/gate/gate.sock", f"http://d{target}"))["message"]

    assert says("part-1", "/version").endswith("add VERSION to the label dockgate.allow of the client's container.")
    assert says("part-1", "/info").endswith("turn on the INFO option.")  # the policy's own word
    assert 'names "VERSIONS", which is no option or operationId; the nearest is VERSION' in says("part-2", "/version")
    assert "turn on the VERSION option" in says("part-3", "/version")
    assert inside.log.read_text().count("the label dockgate.allow of the container part-2 names") == 1
    # What a label grants goes with its container, and comes with the next one of that name.
    engine.docker("rm", "-f", "part-1")
    part("part-1", "VERSION,CONTAINERS_RESTART")
    assert inside.ask("part-1", "/containers/json", "/version", "/info") == ["403", "200", "403"]


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
