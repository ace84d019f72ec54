"""Clients from other languages' registries (script/test --clients): docker-py of today, dockerode, and the engine's own
Go client. Each does its rounds (the programs in clients/) by each way to the engine, one of them through a gate that
checks bodies, and must print the same."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from engine import IMAGE, client_environment

HERE = Path(__file__).parent / "clients"

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600), pytest.mark.xdist_group("clients")]


def run(argv, env=None, cwd=None, timeout=120):
    done = subprocess.run(argv, env={**os.environ, **(env or {})}, cwd=cwd, stdin=subprocess.DEVNULL, timeout=timeout,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} here")


@pytest.fixture
def docker_py(tmp_path):
    need("pip", "python3")
    run(["pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(tmp_path), "docker==7.1.0"], timeout=300)
    return ["python3", str(HERE / "docker_py.py")], {"PYTHONPATH": str(tmp_path)}


@pytest.fixture
def dockerode(tmp_path):
    need("npm", "node")
    run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(tmp_path), "dockerode@4.0.2"], timeout=300)
    shutil.copy(HERE / "dockerode.js", tmp_path)
    return ["node", str(tmp_path / "dockerode.js")], {}


@pytest.fixture
def go_client(tmp_path):
    need("go")
    binary = tmp_path / "client"
    run(["go", "build", "-o", str(binary), "."], cwd=HERE / "go", env={"CGO_ENABLED": "0"}, timeout=500)
    return [str(binary)], {}


# What they do, and bodies as `safe` has them; archives are files, which nobody can check.
SAFE = """
policies:
  clients:
    allow: [PING, VERSION, EVENTS, CONTAINERS, CONTAINERS_ATTACH, CONTAINERS_CREATE, CONTAINERS_START, CONTAINERS_WAIT,
      CONTAINERS_EXEC, CONTAINERS_DELETE, CONTAINERS_ARCHIVE_PUT, EXEC, IMAGES]
    requests: {profile: safe, unchecked: PutContainerArchive}
"""

# client, words that must stand in what it prints (so that equal failures don't pass)
CLIENTS = [
    ("docker_py", ["list ['client']", "exec (3, (b'out\\n', b'err\\n'))", "stdin b'2097152\\n'", "get True",
                   "attach b'got typed\\n'", "logs b'got typed\\n'", "wait 0", "'exec_start: wc -c'", "'die'"]),
    ("dockerode", ['list [["/client"]]', 'stdin "2097152\\n"', "exit 0", 'exec "hi\\n"', 'attach "got typed\\n"',
                   'logs "got typed\\n"', "wait 0", 'run [3,"once\\r\\n"]', '"exec_start: wc -c"', '"die"']),
    ("go_client", ["list [/client]", 'stdin "2097152\\n"', "exit 0", "archive true", 'attach "got typed\\n"',
                   'logs "got typed\\n" <nil>', "wait 0", "exec_start: wc -c", "[archive-path attach create die"]),
]


@pytest.mark.parametrize("name, words", CLIENTS, ids=[name for name, _ in CLIENTS])
def test_client(request, engine, ways, gate, tmp_path, name, words):
    argv, env = request.getfixturevalue(name)
    (tmp_path / "dockgate.yaml").write_text(SAFE)
    safe = gate(engine=engine.socket, env={"DOCKGATE_CONFIG": str(tmp_path / "dockgate.yaml")})
    ways = {**ways, "safe": f"tcp://127.0.0.1:{safe.port}"}
    printed = {way: run([*argv, IMAGE], {**client_environment(engine.dir, host), "PATH": os.environ["PATH"], **env})
               for way, host in ways.items()}
    for word in words:
        assert word in printed["engine"], printed["engine"]
    for way, text in printed.items():
        assert text == printed["engine"], way
