"""Two tenants of one real engine with projects of the same name, under the docker CLI, Compose and docker-py, told apart by
their users on one unix socket and by their addresses in network namespaces: neither sees, stops, executes in, mounts from
or prunes what is the other's. See test_engine_own.py for every operation and every spelling of a name."""

import json
import re
import shutil
from pathlib import Path

import pytest

from building import build
from engine import IMAGE, ended
from support.gate import ROOT, Gate, open_dir
from tenants import UIDS, Tenant, make, two_tenants

pytest.importorskip("docker", reason="python3-docker is not installed")

# The same project and the same services for both, and names of containers that say whose they are: an engine has one space
# for these. `extra` is in one of the files alone, so that the other's `down` would take it for an orphan.
PROJECT = """services:
  db:
    image: {image}
    container_name: ${{TENANT}}-db
    command: ["sh", "-c", "echo $TENANT >/data/whose; echo ready $TENANT; exec sleep 1000"]
    network_mode: none
    stop_grace_period: 0s
    volumes: ["data:/data"]
  {web}:
    image: {image}
    container_name: ${{TENANT}}-web
    command: ["sh", "-c", "echo up $TENANT; exec sleep 1000"]
    network_mode: host
    stop_grace_period: 0s
    depends_on: [db]
volumes:
  data: {{name: "${{TENANT}}-data"}}
"""
SERVICE = """services:
  taker:
    image: {image}
    command: ["cat", "/data/whose"]
    {line}
    {network}
"""
NONE = "network_mode: none"
# What of alice's a service of bob's refers to, what network it wants, and what is said then.
REFERRING = (
    ('volumes_from: ["container:alice-db"]', NONE, "No such container: alice-db|not the name of a service or container"),
    ("network_mode: container:alice-db", "", "No such container: alice-db|'alice-db' which does not exist"),
    ("container_name: alice-web", NONE, "already in use"),
    ('volumes: ["theirs:/data"]', NONE + '\nvolumes:\n  theirs: {external: true, name: alice-data}', "could not be found|not found"),
)


@pytest.fixture(scope="module", name="tenants")
def tenants_fixture(engine):
    with two_tenants(engine) as ways:
        yield ways


@pytest.fixture(params=["uid", "address"])
def pair(request, tenants):
    return tenants[request.param]


@pytest.fixture
def clean(engine):
    """Nothing of theirs stays."""
    yield
    boxes = engine.docker("ps", "-aq", "--filter", "label=dockgate.owner").split()
    if boxes:
        engine.docker("rm", "-f", "-v", *boxes)
    for kind in ("volume", "network"):
        made = engine.docker(kind, "ls", "-q", "--filter", "label=dockgate.owner").split()
        if made:
            engine.docker(kind, "rm", *made)


def today_compose(folder):
    """Compose of today, built once and copied to where every user may run it."""
    copy = Path(folder) / "compose"
    if not copy.exists():
        shutil.copy(build("compose", "github.com/docker/compose/v2/cmd"), copy)
        copy.chmod(0o755)
    return f"{copy} --progress plain"


@pytest.fixture(params=["1", pytest.param("2", marks=[pytest.mark.clients, pytest.mark.xdist_group("clients")])])
def compose(request, tenants):
    """The command: Debian's docker-compose, or today's (script/test --clients), where both can run it."""
    if request.param == "1":
        if shutil.which("docker-compose", path="/usr/bin") is None:
            pytest.skip("docker-compose is not installed")
        return "docker-compose"
    return today_compose(tenants["uid"][0].folder.parent)


def state(engine, *names):
    """What a stop, a start, a removal or a change by somebody else would alter."""
    found = json.loads(engine.docker("container", "inspect", *names))
    return [(one["Id"], one["Name"], one["State"]["StartedAt"], one["State"]["Running"], one["State"]["Paused"],
             one["RestartCount"], one["HostConfig"]["Memory"]) for one in found]


@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(900)  # a dozen starts of a Python program, one after another
def test_compose(compose, engine, pair):
    alice, bob = pair
    for tenant, web in ((alice, "extra"), (bob, "web")):
        (tenant.folder / "docker-compose.yml").write_text(PROJECT.format(image=IMAGE, web=web))
        tenant.says(f"{compose} up -d")
    # For the engine it is one project.
    assert len(engine.docker("ps", "-q", "--filter", "label=com.docker.compose.project=shop").split()) == 4
    before = state(engine, "alice-db", "alice-web")
    assert all(one[3] for one in before)
    seen = bob.says(f"{compose} ps -a")
    assert "bob-db" in seen and "bob-web" in seen and "alice" not in seen
    seen = bob.says(f"{compose} logs --no-color")
    assert "ready bob" in seen and "up bob" in seen and "alice" not in seen
    assert bob.says(f"{compose} exec -T db cat /data/whose") == "bob"
    # Each of these is a start of Compose: the older one tries every other by either way.
    for line, network, says in REFERRING if "progress" in compose else REFERRING[bob.way == "address"::2]:
        (bob.folder / "theirs.yml").write_text(SERVICE.format(image=IMAGE, line=line, network=network))
        assert re.search(says, bob.fails(f"{compose} -f theirs.yml up --no-deps taker"))
    bob.says(f"{compose} stop")
    assert state(engine, "alice-db", "alice-web") == before
    bob.says(f"{compose} down -v --remove-orphans")
    assert engine.docker("ps", "-a", "--filter", "label=com.docker.compose.project=shop", "--format",
                         "{{.Names}}").split() == ["alice-web", "alice-db"]
    assert state(engine, "alice-db", "alice-web") == before
    assert alice.says(f"{compose} exec -T db cat /data/whose") == "alice"
    alice.says(f"{compose} down -v --remove-orphans")
    assert engine.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=shop") == ""
    assert engine.docker("volume", "ls", "-q", "--filter", "label=dockgate.owner") == ""


@pytest.mark.usefixtures("clean")
@pytest.mark.clients
@pytest.mark.xdist_group("clients")
def test_the_file_of_the_page(engine):
    """docs/policy.md, Two tenants: but for its paths the very file, with Compose; a socket is for its group alone."""
    page = (ROOT / "docs/policy.md").read_text(encoding="utf-8").split("\n## Two tenants\n")[1]
    block = re.search(r"(?:^    .*\n)+", page[page.index("    engine:"):], re.M)[0]
    project = PROJECT.replace("network_mode: host", "network_mode: none")
    top = Path(open_dir())
    try:
        compose = today_compose(top)
        config = top / "dockgate.yaml"
        config.write_text(re.sub("^    ", "", block, flags=re.M).replace("unix:///var/run/docker.sock", engine.host)
                          .replace("/run/dockgate", str(top)))
        with ended(Gate(env={"DOCKGATE_CONFIG": str(config), "DOCKGATE_LISTEN": ""})):
            alice, bob = (make(top, "page", name, f"unix://{top}/{name}.sock",
                               ["setpriv", f"--reuid={UIDS[name]}", f"--regid={group}", "--clear-groups"])
                          for name, group in (("alice", 2001), ("bob", 2002)))
            for tenant, web in ((alice, "extra"), (bob, "web")):
                (tenant.folder / "docker-compose.yml").write_text(project.format(image=IMAGE, web=web))
                tenant.says(f"{compose} up -d")
            before = state(engine, "alice-db", "alice-web")
            assert "bob-db" in (seen := bob.says(f"{compose} ps -a")) and "alice" not in seen
            assert "No such container: alice-db" in bob.fails("docker stop alice-db")
            assert "No such volume: alice-data" in bob.fails("docker volume rm alice-data")
            assert "permission denied" in bob.fails(f"docker --host unix://{top}/alice.sock ps")
            bob.says(f"{compose} down -v --remove-orphans")
            assert state(engine, "alice-db", "alice-web") == before
            alice.says(f"{compose} down -v --remove-orphans")
    finally:
        shutil.rmtree(top)
    assert engine.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=shop") == ""


# What bob tries on alice's container, with the CLI, and what is said (of volumes by the engine: "no such volume").
TRIED = (
    "docker logs {}", "docker inspect {}", "docker stop {}", "docker kill {}", "docker restart {}", "docker rm -f {} | grep .",
    "docker exec {} cat /data/whose", "docker cp {}:/data/whose .", "docker attach --no-stdin {}", "docker rename {} taken",
    "docker create --pull never --volumes-from {} $I true", "docker create --pull never --network container:{} $I true",
    "docker create --pull never --pid container:{} $I true", "docker create --pull never --link {}:x $I true",
    "docker create --pull never -v alice-data:/x --network none $I true", "docker volume inspect alice-data", "docker volume rm alice-data",
    "docker create --pull never --mount type=volume,src=alice-data,dst=/x --network none $I true",
)


@pytest.mark.usefixtures("clean")
def test_docker_cli(engine, pair):
    alice, bob = pair
    for tenant in pair:
        tenant.env["I"] = IMAGE
        tenant.says("docker volume create $TENANT-data && docker volume create $TENANT-unused && docker network create $TENANT-net"
                    " && docker create --pull never --name $TENANT-ended --network none $I true"
                    " && docker run -d --name $TENANT-db --network none -v $TENANT-data:/data $I"
                    " sh -c 'echo '$TENANT' >/data/whose; exec sleep 1000'")
    before = state(engine, "alice-db", "alice-ended")
    assert bob.says("docker ps -a --format '{{.Names}}' | sort; docker volume ls -q; docker network ls --format '{{.Name}}'; "
                    "docker exec bob-db cat /data/whose").split() == [
                        "bob-db", "bob-ended", "bob-data", "bob-unused", "bob-net", "bob"]
    number = before[0][0]
    lines = [line.format("alice-db" if bob.way == "uid" else number[:12]) for line in TRIED]
    lines += ["docker network inspect alice-net", "docker network rm alice-net", "docker network connect alice-net bob-db",
              "docker create --pull never --network alice-net $I true"]
    # All in one shell: what works is told.
    assert bob.says("\n".join(f"{line} 2>&1 && echo WORKED: {line!r}" for line in lines) + "\ntrue").count("WORKED") == 0
    said = bob.says("docker container prune -f; docker volume prune -f; docker network prune -f; docker image prune -af")
    assert "bob-unused" in said and "bob-net" in said and "alice" not in said and before[1][0] not in said
    assert state(engine, "alice-db", "alice-ended") == before
    assert alice.says("docker volume ls -q; docker network ls --format '{{.Name}}'; docker exec alice-db cat /data/whose"
                      ).split() == ["alice-data", "alice-unused", "alice-net", "alice"]


@pytest.mark.usefixtures("clean")
def test_docker_py(engine, pair):
    def run(tenant, what, *more):
        words = " ".join(f"'{word}'" for word in (what, tenant.name, IMAGE, *more))
        return json.loads(tenant.says(f"/usr/bin/python3 {script} {words}"))

    script = shutil.copy(Path(__file__).with_name("clients") / "tenant_py.py", pair[0].folder.parent)
    made = {tenant.name: run(tenant, "make") for tenant in pair}
    before = state(engine, "alice-py", "bob-py")
    for tenant, other in zip(pair, reversed(pair)):
        name = tenant.name
        saw = run(tenant, "pry", json.dumps(made[other.name]))
        boxes = [f"{name}-py", f"{name}-py-ended"]
        assert saw["sees"] == {"containers": boxes, "by project": boxes, "networks": [f"{name}-py"],
                               "volumes": [f"{name}-py", f"{name}-py-unused"], "images": [IMAGE],
                               "df": ["/" + box for box in boxes] + [f"{name}-py", f"{name}-py-unused"]}
        assert saw["own"] == [f"{name}\n", f"said {name}\n"]
        reached = {what: answers for what, answers in saw["tried"].items() if any(a != 404 for a in answers)}
        assert not reached and len(saw["tried"]) > 30
        assert saw["pruned"] == [[made[name]["ended"]], [f"{name}-py-unused"], [f"{name}-py"], None]
        assert f"{name}-py" in saw["told"]
        theirs = made[other.name]
        assert not [told for told in saw["told"] if other.name in told or told in (theirs["id"], theirs["network"])]
    assert state(engine, "alice-py", "bob-py") == before


@pytest.mark.usefixtures("clean")
def test_names_that_are_taken(engine, tenants):
    """An engine has one space of names. Whoever comes second is told what the engine tells anybody, and no more."""
    alice, bob = tenants["uid"]
    alice.says(f"docker create --pull never --name taken --network none {IMAGE}; docker volume create taken; docker network create taken")
    body = json.dumps({"Image": IMAGE, "HostConfig": {"NetworkMode": "none"}})
    said = bob.says(f"curl -s --unix-socket ../gate.sock -H 'Content-Type: application/json' -d '{body}' "
                    "http://d/containers/create?name=taken")
    status, straight = engine.request("POST", "/containers/create?name=taken", body, {"Content-Type": "application/json"})
    assert status == 409 and json.loads(said) == json.loads(straight) and "alice" not in said
    for kind in ("volume", "network"):
        said = bob.fails(f"docker {kind} create taken")
        assert "already exists" in said and "alice" not in said


def test_somebody_else(tenants):
    """Another user of the socket has no policy, the super-user neither."""
    alice, bob = tenants["uid"]
    assert alice.says("docker ps -q") == bob.says("docker ps -q") == ""
    for around in (["setpriv", "--reuid=61003", f"--regid={UIDS['alice']}", f"--groups={UIDS['bob']}"], []):
        other = Tenant("other", "uid", alice.folder, alice.env["DOCKER_HOST"], around)
        assert "403 Forbidden" in other.fails("docker ps")
