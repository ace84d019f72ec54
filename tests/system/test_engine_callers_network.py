"""Two tenants known by the container that they come from, on a real network of a real engine: the gate listens beside the
engine, on the network's own address of the host, and each container calls it from its own address."""

import shutil
import subprocess

import pytest

from engine import DEBIAN_CLI, IMAGE, client_environment, wait_for
from support.gate import binary, open_dir
from tenants import POLICY
from test_engine_callers import TOOLS

NET = "10.98.0"
FILE = """
engine: {engine}
listeners: [{{address: "tcp://{net}.1:2375"}}]
clients:
  - {{container: alice-*, policy: alice}}
  - {{label: tenant=bob, policy: bob}}
policies:
  alice:{policy}
  bob:{policy}
"""


class Network:
    """A network with a gate on it, and containers that call it."""

    def __init__(self, engine):
        self.engine = engine
        self.names = []
        self.dir = open_dir()
        self.log = engine.dir / "gate-network.log"
        with open(f"{self.dir}/dockgate.yaml", "w", encoding="ascii") as f:
            f.write(FILE.format(engine=engine.host, net=NET, policy=POLICY))

    def start(self):
        self.engine.docker("network", "create", "--subnet", f"{NET}.0/24", "--gateway", f"{NET}.1", "tenants")
        self.engine.run_daemon("gate-network", ["env", "-i", binary(), f"--config={self.dir}/dockgate.yaml"])
        wait_for(lambda: self.log.exists() and "listening on" in self.log.read_text(), "gate on the network")

    def container(self, name, address, *options):
        self.names.append(name)
        self.engine.docker("run", "-d", "--name", name, "--network", "tenants", "--ip", f"{NET}.{address}", *TOOLS, *options,
                           IMAGE, "sleep", "1000")

    def run(self, name, line):
        """What the docker CLI in that container says by way of the gate: exit status and all its words."""
        done = subprocess.run([DEBIAN_CLI, "--host", self.engine.host, "exec", "-e", f"DOCKER_HOST=tcp://{NET}.1:2375", "-e",
                               "HOME=/tmp", name, "sh", "-c", line], env=client_environment(self.engine.dir),
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    def ps(self, name):
        return self.run(name, "docker ps --format '{{.Names}}'")

    def close(self):
        self.engine._order("stop", "gate-network")  # pylint: disable=protected-access
        for name in self.names:
            self.engine.docker("rm", "-f", name, check=False)
        self.engine.docker("network", "rm", "tenants", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


@pytest.fixture
def network(engine):
    made = Network(engine)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_containers_by_their_addresses(engine, network):
    network.container("alice-1", 11)
    network.container("bob-1", 12, "--label", "tenant=bob")
    network.container("carol-1", 13, "--label", "tenant=carol")
    network.names += ["alice-job", "bob-job"]
    for name in ("alice", "bob"):
        status, said = network.run(f"{name}-1", f"docker run -d --name {name}-job --network none {IMAGE} sleep 1000")
        assert status == 0, said
        assert network.ps(f"{name}-1") == (0, f"{name}-job")
    for line in ("docker stop alice-job", "docker exec alice-job true", "docker rm -f alice-job | grep .",
                 f"docker create --pull never --volumes-from alice-job {IMAGE}"):
        status, said = network.run("bob-1", line)
        assert status != 0 and "No such container: alice-job" in said, (line, said)
    assert "403 Forbidden" in network.ps("carol-1")[1]
    # Another container with the address that was alice's: its own policy counts, and so on.
    engine.docker("rm", "-f", "alice-1")
    network.container("bob-2", 11, "--label", "tenant=bob")
    wait_for(lambda: network.ps("bob-2") == (0, "bob-job"), "bob's policy")
    engine.docker("network", "disconnect", "tenants", "bob-2")
    engine.docker("network", "disconnect", "tenants", "carol-1")
    engine.docker("network", "connect", "--ip", f"{NET}.11", "tenants", "carol-1")
    wait_for(lambda: "403 Forbidden" in network.ps("carol-1")[1], "no policy")
    network.names.append("alice-2")
    engine.docker("rename", "carol-1", "alice-2")
    wait_for(lambda: network.ps("alice-2") == (0, "alice-job"), "alice's policy")
    engine.docker("stop", "-t", "0", "alice-2")
    network.container("carol-2", 11)
    wait_for(lambda: "403 Forbidden" in network.ps("carol-2")[1], "no policy")
    assert engine.docker("ps", "--filter", "name=-job", "--format", "{{.Names}}").split() == ["bob-job", "alice-job"]
