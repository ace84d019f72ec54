"""Two tenants of one engine, alice and bob, behind one gate that gives each an owner's policy, and two ways by which it
tells them apart:

    uid        both come by one unix socket, as different users
    address    both come over TCP, each out of a network namespace of its own that a link joins to the gate's

    with two_tenants(engine) as ways:
        alice, bob = ways["uid"]
        alice.says("docker ps")     alice.fails("docker stop x")     alice.run("…")

Nothing here touches the network of the machine: links and addresses are made within the namespaces.
"""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engine import IMAGE, client_environment, ended
from support.gate import Gate, all_options, open_dir

UIDS = {"alice": 61001, "bob": 61002}
NETS = {"alice": "10.99.1", "bob": "10.99.2"}
PORT = 2375

OPTIONS = ", ".join(f'"{name}"' for name in all_options() if name != "DESCRIPTIVE_ERRORS")
# All operations are granted: it is ownership alone that keeps them apart.
POLICY = f"""
    allow: [{OPTIONS}]
    own: true
    shared: ["{IMAGE}"]
    requests: {{profile: safe, namespaces: [pid:container, ipc:container], volumes-from: true, unchecked: true,
      networks: ["*", container, host]}}
"""
CONFIG = """
engine: {engine}
listeners:
  - {{address: "unix://{dir}/gate.sock", mode: 0666}}
  - {{address: "tcp://:{port}"}}
clients:
  - {{uid: {uid[alice]}, policy: alice}}
  - {{uid: {uid[bob]}, policy: bob}}
  - {{cidr: {net[alice]}.0/30, policy: alice}}
  - {{cidr: {net[bob]}.0/30, policy: bob}}
policies:
  alice:{policy}
  bob:{policy}
"""


class Space:
    """A network namespace. It ends with its process, which ends with its standard input, however this one ends."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"\n":
            self.close()
            pytest.skip("no network namespaces on this machine")
        self.inside = ["nsenter", f"--net=/proc/{self.process.pid}/ns/net"]

    def ip(self, *lines):
        """Commands of ip(8), without its name."""
        done = subprocess.run([*self.inside, "ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True,
                              timeout=60, check=False)
        if "not supported" in done.stderr:
            pytest.skip(f"no such links on this machine: {done.stderr}")
        assert done.returncode == 0, (lines, done.stderr)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def join(hub, space, name):
    """A link between the two: the hub is .1 there, the space .2."""
    hub.ip(f"link add {name} type veth peer name eth0 netns {space.process.pid}", f"addr add {NETS[name]}.1/30 dev {name}",
           f"link set {name} up")
    space.ip("link set lo up", f"addr add {NETS[name]}.2/30 dev eth0", "link set eth0 up")


class Tenant:
    """Runs shell lines as one tenant, in a folder of its own."""

    def __init__(self, name, way, folder, host, around):
        self.name = name
        self.way = way
        self.folder = folder
        self.around = around
        self.env = client_environment(folder, host) | {"TENANT": name, "COMPOSE_PROJECT_NAME": "shop"}

    def run(self, line, deadline=120):
        """Exit status, standard output and error."""
        done = subprocess.run([*self.around, "sh", "-c", line], env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=deadline, check=False)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def says(self, line):
        """Its standard output, where it works."""
        status, out, err = self.run(line)
        assert status == 0, (self.name, line, out, err)
        return out.strip()

    def fails(self, line):
        """All that it says, where it does not work."""
        status, out, err = self.run(line)
        assert status != 0, (self.name, line, out, err)
        return (out + err).strip()


def make(top, way, name, host, around):
    folder = Path(top) / f"{way}-{name}"
    folder.mkdir()
    os.chown(folder, UIDS[name], UIDS[name])
    return Tenant(name, way, folder, host, around)


@contextlib.contextmanager
def two_tenants(engine):
    """The gate in a namespace of its own, and alice and bob by each way."""
    top = open_dir()
    spaces = []
    try:
        for _ in range(3):
            spaces.append(Space())
        hub, inner = spaces[0], dict(zip(UIDS, spaces[1:]))
        for name, space in inner.items():
            join(hub, space, name)
        config = Path(top) / "dockgate.yaml"
        config.write_text(CONFIG.format(engine=engine.host, dir=top, port=PORT, uid=UIDS, net=NETS, policy=POLICY))
        with ended(Gate(env={"DOCKGATE_CONFIG": str(config), "DOCKGATE_LISTEN": ""}, around=hub.inside)):
            yield {
                "uid": [make(top, "uid", name, f"unix://{top}/gate.sock",
                             ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"])
                        for name, uid in UIDS.items()],
                "address": [make(top, "address", name, f"tcp://{NETS[name]}.1:{PORT}", space.inside)
                            for name, space in inner.items()],
            }
    finally:
        for space in spaces:
            space.close()
        shutil.rmtree(top, ignore_errors=True)
