"""Ordinary work under `DOCKGATE_REQUESTS=safe` on a real engine: what the docker CLI, docker-py and Compose ask for
on an ordinary day does what it does straight at the engine. What safe refuses is in test_engine_requests.py."""

import re
import shutil

import pytest

from building import build
from engine import IMAGE, normal
from support.gate import all_options

docker = pytest.importorskip("docker", reason="python3-docker is not installed")

# One CLI is enough: what another says differently is in the rows of test_engine_everyday.py.
pytestmark = pytest.mark.parametrize("client", ["debian"], indirect=True)

COMPOSE = """services:
  db:
    image: {image}
    command: ["sh", "-c", "echo ready; exec sleep 1000"]
    network_mode: none
    environment: {{MODE: "test", EMPTY: ""}}
    labels: {{tier: back}}
    volumes: ["data:/data", "{folder}:/host:ro"]
    tmpfs: /run
    restart: unless-stopped
    stop_grace_period: 0s
    mem_limit: 64m
    healthcheck: {{test: ["CMD", "true"], interval: 1h}}
  web:
    image: {image}
    command: ["sh", "-c", "echo up; exec sleep 1000"]
    network_mode: none
    depends_on: [db]
    hostname: web
    working_dir: /data
    user: "1000"
    read_only: true
    cap_drop: [ALL]
    stop_grace_period: 0s
    security_opt: ["no-new-privileges:true"]
    logging: {{driver: json-file, options: {{max-size: 1m}}}}
volumes:
  data:
"""

# A life of a project: what is done, and what must stand in its output.
COMPOSE_LINES = (
    ("$C up -d", "web"),
    ("$C ps", "web"),
    ("$C exec -T db sh -c 'echo $MODE >/data/kept; ls /host; cat /data/kept'", "test"),
    ("$C run --rm --no-deps -e X=1 db sh -c 'echo $X; cat /data/kept'", "test"),
    ("$C logs --no-color web", "up"),
    ("$C restart web", ""),
    ("$C up -d --force-recreate web", ""),
    ("$C pause web && $C unpause web", ""),
    ("$C stop && $C start", ""),
    ("$C down -v", ""),
)

# What people add to `docker run`.
RUN = (
    "-e A=1 -e B -w /data -u 1000:1000 -h box --label x=y $I sh -c 'echo $A; pwd; id -u; hostname'",
    "-v kept:/data -v $T/shared:/shared:ro --tmpfs /run:size=1m $I sh -c 'ls /shared; mount | grep -c /run'",
    "-v $T/shared:/shared $I sh -c 'echo said >/shared/file; cat /shared/file'",
    "--mount type=volume,src=kept,dst=/data --mount type=tmpfs,dst=/run $I sh -c 'mount | grep -c /data'",
    "--mount type=bind,src=$T/shared,dst=/shared,readonly $I ls /shared",
    "-m 64m --memory-swap 128m --cpus 0.5 --cpu-shares 512 --pids-limit 64 $I echo limited",
    "--read-only --cap-drop ALL --cap-add NET_BIND_SERVICE --security-opt no-new-privileges $I sh -c 'touch /x; echo $?'",
    "--restart no --stop-signal INT --stop-timeout 1 --init --shm-size 1m $I echo init",
    "--log-driver json-file --log-opt max-size=1m --log-opt max-file=2 $I echo logged",
    "--health-cmd true --health-interval 1h --entrypoint sh $I -c 'echo entered'",
    "--pull never --isolation default --ipc private --cgroupns private $I echo private",
)


@pytest.fixture(name="safe_ways")
def safe_ways_fixture(gate, engine, tmp_path):
    """Straight at the engine, and through a gate that grants everything and checks what it says."""
    (tmp_path / "shared").mkdir()
    g = gate(engine=engine.socket, allow=[name for name in all_options() if name != "DOCKGATE_STRICT"], user=False,
             env={"DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": str(tmp_path / "shared")}, expect=[".*"])
    yield {"engine": engine.host, "safe": f"unix://{g.unix}"}
    engine.docker("volume", "rm", "-f", "kept")


@pytest.mark.parametrize("options", RUN)
def test_run(safe_ways, client, options):
    status, _, err = client.compare(safe_ways, f"docker run --rm --name $N $NET {options}")
    assert status == 0, err


LIFE = """docker create -i --name $N $NET -v kept:/data --restart on-failure:3 $I cat
docker start $N && docker rename $N other && docker rename other $N
docker update -m 64m --memory-swap 64m --restart no $N
docker exec -e A=1 -w /data -u 1000 $N sh -c 'echo $A; pwd; id -u'
docker volume create --label x=y second && docker volume inspect -f '{{.Labels}}' second
echo typed | docker exec -i $N sh -c 'cat >/data/typed; cat /data/typed'
docker top $N -o pid,args >/dev/null && docker stats --no-stream --format '{{.Name}}' $N
docker pause $N && docker unpause $N && docker kill $N && docker wait $N
docker inspect -f '{{.HostConfig.Memory}} {{.State.Status}}' $N
docker rm -v $N && docker volume rm second"""


def test_life(safe_ways, client):
    """One container from its create to its end."""
    status, out, err = client.compare(safe_ways, f"set -e\n{LIFE}", after="docker rm -f -v $N; docker volume rm -f second")
    assert status == 0, err
    assert "typed" in out and "67108864 exited" in out


def test_build(safe_ways, client):
    """The classic builder: a file, arguments, labels, a target."""
    (client.folder / "Dockerfile").write_text(f"FROM {IMAGE} AS base\nARG WORD\nRUN echo $WORD >/word\nFROM base\nRUN false\n")
    status, out, err = client.compare(safe_ways, "DOCKER_BUILDKIT=0 docker build -q --network none --build-arg WORD=said "
                                      "--label a=b --target base -t built:1 . && docker run --rm $NET built:1 cat /word",
                                      after="docker rmi -f built:1")
    assert status == 0, err
    assert "said" in out


def settled(text):
    """Compose works side by side, draws as it goes and pads its tables."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\r", "\n", normal(text))
    text = re.sub(r"\.\.\. *|-{5,}", "", re.sub(r"_run_\w+", "_run", text))
    return "\n".join(sorted({line.strip() for line in text.split("\n") if line.strip()}))


@pytest.fixture(name="compose", params=["1", pytest.param("2", marks=[
    pytest.mark.clients, pytest.mark.xdist_group("clients")])])
def compose_fixture(request):
    """The command: Debian's docker-compose, or today's (script/test --clients)."""
    if request.param == "2":
        return build("compose", "github.com/docker/compose/v2/cmd") + " --progress plain"
    if shutil.which("docker-compose", path="/usr/bin") is None:
        pytest.skip("docker-compose is not installed")
    return "docker-compose"


@pytest.mark.timeout(900)  # twenty starts of a Python program, one after another
def test_compose(compose, safe_ways, client):
    """A project's life, output and all."""
    shared = client.folder / "shared"
    (shared / "file").write_text("")
    (client.folder / "docker-compose.yml").write_text(COMPOSE.format(image=IMAGE, folder=shared))
    client.variables |= {"COMPOSE_PROJECT_NAME": "safe", "C": compose}
    seen = {}
    for way, host in safe_ways.items():
        try:
            for line, word in COMPOSE_LINES:
                status, out, err = client.run(host, line)
                assert status == 0 and word in out + err, f"by {way}: {line}\n{out}\n{err}"
                seen.setdefault(line, {})[way] = settled(out), settled(err)
        finally:
            client.run(safe_ways["engine"], "$C down -v -t 0")
    for line, by_way in seen.items():
        assert by_way["safe"] == by_way["engine"], line


def by_docker_py(host, folder):
    """What docker-py sees of a container with most of what safe allows."""
    one = docker.DockerClient(base_url=host, timeout=30)
    try:
        one.volumes.create("py", labels={"a": "b"})
        box = one.containers.run(
            IMAGE, ["sh", "-c", "echo $WORD; cat"], name="py", detach=True, stdin_open=True, environment={"WORD": "said"},
            volumes={"py": {"bind": "/data", "mode": "rw"}, str(folder): {"bind": "/shared", "mode": "ro"}},
            network_mode="none", mem_limit="64m", nano_cpus=500000000, pids_limit=64, labels={"x": "y"}, init=True,
            restart_policy={"Name": "on-failure", "MaximumRetryCount": 2}, user="1000", working_dir="/data",
            mounts=[docker.types.Mount("/run", None, type="tmpfs", tmpfs_size=1 << 20)], hostname="box", cap_drop=["ALL"],
            ulimits=[docker.types.Ulimit(name="nofile", soft=1024, hard=1024)],
            healthcheck={"test": ["CMD", "true"], "interval": 3600 * 10**9})
        code, said = box.exec_run(["sh", "-c", "ulimit -n; ls /shared; echo $A"], environment={"A": "1"}, workdir="/")
        box.update(mem_limit="32m", memswap_limit="64m")
        box.reload()
        memory = box.attrs["HostConfig"]["Memory"]
        box.kill()
        status = box.wait()["StatusCode"]
        return code, said, memory, status, box.logs(), [c.name for c in one.containers.list(all=True, filters={"label": "x=y"})]
    finally:
        for container in one.containers.list(all=True, filters={"name": "^/py$"}):
            container.remove(force=True)
        for volume in one.volumes.list(filters={"name": "^py$"}):
            volume.remove(force=True)
        one.close()


def test_docker_py(safe_ways, client):
    seen = {way: by_docker_py(host, client.folder / "shared") for way, host in safe_ways.items()}
    assert seen["safe"] == seen["engine"]
    assert seen["engine"][0] == 0 and seen["engine"][2] == 32 << 20 and seen["engine"][4] == b"said\n"
