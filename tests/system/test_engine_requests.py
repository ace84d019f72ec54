"""What a body can give away, on a real engine: the engine alone grants each of these, the gate with DOCKGATE_REQUESTS=safe
refuses it. And what people do every day works through that gate as it does without it."""
import json
import subprocess

import pytest

from support.gate import all_options

IMAGE = "busybox:test"
CREATE = "/v1.41/containers/create"
JSON = {"Content-Type": "application/json"}


def container(**host):
    return {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"} | host}


def bind_volume(name=None):
    options = {"type": "none", "o": "bind", "device": "/etc"}
    return {"Name": name or "dockgate-escape", "Driver": "local", "DriverOpts": options}


# Name, path, body. By the table of fields that give the host away.
ESCAPES = [
    ("privileged", CREATE, container(Privileged=True)),
    ("any spelling", CREATE, json.dumps(container(pRiViLeGeD=True)).replace("HostConfig", "hostCONFIG")),
    ("long s", CREATE, json.dumps(container(Privileged=True)).replace("HostConfig", "Ho\u017ftConfig")),
    ("merged objects", CREATE, json.dumps(container(Privileged=True))[:-1] + ', "HostConfig": {"Memory": 8388608}}'),
    ("at the top level", CREATE, {"Image": IMAGE, "Cmd": ["true"], "NetworkMode": "none", "Privileged": True}),
    ("capability", CREATE, container(CapAdd=["SYS_ADMIN"])),
    ("capability with a long s", CREATE, container(CapAdd=["sy\u017f_chroot"])),
    ("bind", CREATE, container(Binds=["/etc:/x"])),
    ("bind by dots", CREATE, container(Binds=["/data/../etc:/x"])),
    ("mount", CREATE, container(Mounts=[{"Type": "bind", "Source": "/etc", "Target": "/x"}])),
    ("volume that is a bind", CREATE, container(Mounts=[{"Type": "volume", "Target": "/x", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "/etc"}}}}])),
    ("volume driver", "/v1.41/volumes/create", bind_volume()),
    ("tmpfs that is what was there", CREATE, container(Tmpfs={"/sys/": "remount"})),
    ("device", CREATE, container(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}])),
    ("device rules", CREATE, container(DeviceCgroupRules=["a *:* rwm"])),
    ("pid namespace", CREATE, container(PidMode="host")),
    ("ipc namespace", CREATE, container(IpcMode="host")),
    ("uts namespace", CREATE, container(UTSMode="host")),
    ("user namespace", CREATE, container(UsernsMode="host")),
    ("cgroup namespace", CREATE, container(CgroupnsMode="host")),
    ("host network", CREATE, container(NetworkMode="host")),
    ("seccomp", CREATE, container(SecurityOpt=["seccomp=unconfined"])),
    ("apparmor", CREATE, container(SecurityOpt=["apparmor:unconfined"])),
    ("masked paths", CREATE, container(MaskedPaths=[])),
    ("read-only paths", CREATE, container(ReadonlyPaths=[])),
    ("sysctls", CREATE, container(Sysctls={"net.ipv4.ip_forward": "1"})),
    ("cgroup parent", CREATE, container(CgroupParent="/")),
    ("oom score", CREATE, container(OomScoreAdj=-500)),
    ("groups", CREATE, container(GroupAdd=["0"])),
    ("log driver", CREATE, container(LogConfig={"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1:9"}})),
]


def through(g, method, target, body):
    data = body if isinstance(body, str) else json.dumps(body)
    with g.client() as c:
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(data.encode())}\r\n\r\n".encode() + data.encode())
        return c.response()


def straight(engine, target, body):
    """Status and answer of the engine itself."""
    data = body if isinstance(body, str) else json.dumps(body)
    status, answer = engine.request("POST", target, data.encode(), JSON)[:2]
    return status, answer


@pytest.fixture(name="safe")
def safe_fixture(gate, engine, tmp_path):
    """A gate that grants every operation, and checks what they say."""
    return gate(engine=engine.socket, allow=[name for name in all_options() if name != "DOCKGATE_STRICT"], user=False,
                env={"DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": str(tmp_path)}, expect=[".*"])


def names(engine):
    """What containers and volumes there are."""
    containers = json.loads(engine.request("GET", "/containers/json?all=1")[1])
    volumes = json.loads(engine.request("GET", "/volumes")[1])["Volumes"] or []
    return {one["Id"] for one in containers}, {one["Name"] for one in volumes}


@pytest.mark.parametrize("name, target, body", ESCAPES, ids=[row[0] for row in ESCAPES])
def test_escape(safe, engine, name, target, body):
    """The engine grants it; through the gate it is refused, and nothing was made."""
    status, answer = straight(engine, target, body)
    assert status == 201, answer
    made = json.loads(answer)
    what = f"/containers/{made['Id']}?force=1&v=1" if "Id" in made else f"/volumes/{made['Name']}"
    engine.request("DELETE", what)
    before = names(engine)
    r = through(safe, "POST", target, body)
    assert r.status in (400, 403), r.body
    assert names(engine) == before


def test_a_start_that_brings_a_host_config(safe, engine):
    """Before API 1.24 a container's start took its host settings; the engine still does."""
    made = json.loads(straight(engine, CREATE, container())[1])["Id"]
    try:
        assert through(safe, "POST", f"/v1.23/containers/{made}/start", {"Privileged": True}).status == 403
        engine.request("POST", f"/v1.23/containers/{made}/start", json.dumps({"Privileged": True}).encode(), JSON)
        assert json.loads(engine.request("GET", f"/containers/{made}/json")[1])["HostConfig"]["Privileged"]
    finally:
        engine.request("DELETE", f"/containers/{made}?force=1")


def test_a_network_of_somebody_elses_addresses(safe, engine):
    """The host sends to a network what is meant for its addresses."""
    target, name = "/v1.41/networks/create", "escape-subnet"
    body = {"Name": name, "IPAM": {"Config": [{"Subnet": "192.0.2.0/24"}]}}
    r = through(safe, "POST", target, body)
    assert r.status == 403 and b"IPAM.Config[0].Subnet: 192.0.2.0/24 is not allowed" in r.body
    try:
        assert straight(engine, target, body)[0] == 201
        # The engine's network is that of its namespaces' first process.
        children = subprocess.run(["pgrep", "-P", str(engine.init.pid)], capture_output=True, text=True, check=True).stdout.split()
        routes = subprocess.run(["nsenter", "-t", children[0], "--net", "ip", "route", "get", "192.0.2.53"], capture_output=True,
                                text=True, check=True).stdout
        assert "dev br-" in routes
        engine.request("DELETE", f"/networks/{name}")
        body["IPAM"]["Config"][0]["Subnet"] = "10.123.0.0/24"
        assert through(safe, "POST", target, body).status == 201
    finally:
        engine.request("DELETE", f"/networks/{name}")


def test_privileged_exec(safe, engine):
    engine.docker("run", "-d", "--name", "escape-exec", "--network=none", IMAGE, "sleep", "1000")
    try:
        target, body = "/v1.41/containers/escape-exec/exec", {"Cmd": ["id"], "Privileged": True}
        assert straight(engine, target, body)[0] == 201
        assert through(safe, "POST", target, body).status == 403
        assert through(safe, "POST", target, {"Cmd": ["id"]}).status == 201
    finally:
        engine.docker("rm", "-f", "escape-exec")


# What people do every day, and what it prints.
EVERYDAY = [
    ("docker run --rm $NET $I echo hello", "hello\n"),
    ("docker run --rm $NET -e A=b -e 'C=d\"e' $I sh -c 'echo $A $C'", 'b d"e\n'),
    ("printf 'one\\ntwo\\n' | docker run --rm -i $NET $I wc -l", "2\n"),
    ("mkdir -p $T/d && echo x >$T/d/f && docker run --rm $NET -v $T/d:/d $I cat /d/f", "x\n"),
    ("docker run --rm $NET -v v1:/v $I sh -c 'echo y >/v/f; cat /v/f'; docker volume rm v1 >/dev/null", "y\n"),
    ("docker run --rm $NET --tmpfs /t --memory 64m --pids-limit 50 --cap-drop MKNOD --cap-add CHOWN --read-only "
     "--security-opt no-new-privileges -w /t -l a=b $I pwd", "/t\n"),
    ("docker run -d --name e1 $NET $I sleep 1000 >/dev/null; docker exec e1 echo in; echo piped | docker exec -i e1 cat; "
     "docker exec -e A=1 e1 sh -c 'echo $A'; docker update --memory 32m --memory-swap 64m e1; docker rm -f e1", "in\npiped\n1\ne1\ne1\n"),
    ("docker create --name e2 $NET --restart on-failure:3 --log-driver local $I true >/dev/null; docker start -a e2; "
     "echo $?; docker rm e2", "0\ne2\n"),
    ("mkdir -p $T/b && printf 'FROM %s\\nRUN echo built\\n' $I >$T/b/Dockerfile && DOCKER_BUILDKIT=0 docker build $NET -q "
     "-t built:1 $T/b | cut -c1-7; docker image rm built:1 >/dev/null", "sha256:\n"),
    ("docker volume create --label a=b v2; docker volume rm v2", "v2\nv2\n"),
]


@pytest.mark.parametrize("line, printed", EVERYDAY, ids=range(len(EVERYDAY)))
def test_everyday(safe, client, line, printed):
    status, out, err = client.run(f"unix://{safe.unix}", line)
    assert (status, out) == (0, printed), err


@pytest.mark.parametrize("line, field", [
    ("docker run --rm $NET --privileged $I true", "HostConfig.Privileged: true is not allowed"),
    ("docker run --rm $NET -v /etc:/x $I true", "HostConfig.Binds[0]: /etc is not below"),
    ("docker run --rm --network host $I true", "network host is not allowed"),
])
def test_what_the_cli_says(safe, client, line, field):
    status, _, err = client.run(f"unix://{safe.unix}", f"export DOCKER_BUILDKIT=0; {line}")
    assert status != 0 and field in err, err
