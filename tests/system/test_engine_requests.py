"""What a body can give away, on a real engine: the engine alone grants each of these, the gate with DOCKGATE_REQUESTS=safe
refuses it. And what people do every day works through that gate as it does without it."""
import json
import re
import subprocess

import pytest

from engine import IMAGE
from escapes import CREATE, JSON, OTHER, checking, container, encoded, refused, straight, through


def bind_volume(name=None):
    options = {"type": "none", "o": "bind", "device": "/etc"}
    return {"Name": name or "dockgate-escape", "Driver": "local", "DriverOpts": options}


# Name, path, body, what the gate says. By the table of fields that give the host away. ALLOWED is the directory that may be
# mounted. Not here, since this engine grants it to nobody: options for the storage driver (this one takes none), Capabilities
# (API 1.40 alone), runtimes that it doesn't have, annotations, and mounts of types that it doesn't know; the unit tests have
# them.
ESCAPES = [
    ("privileged", CREATE, container(Privileged=True), "HostConfig.Privileged: true is not allowed"),
    ("any spelling", CREATE, json.dumps(container(pRiViLeGeD=True)).replace("HostConfig", "hostCONFIG"),
     "HostConfig.Privileged: true is not allowed"),
    ("long s", CREATE, json.dumps(container(Privileged=True)).replace("HostConfig", "Ho\u017ftConfig"),
     r"Ho\xc5\xbftConfig: no field that is known here"),
    ("merged objects", CREATE, json.dumps(container(Privileged=True))[:-1] + ', "HostConfig": {"Memory": 8388608}}',
     "the body can't be taken: it has a name twice in one object"),
    ("at the top level", CREATE, {"Image": IMAGE, "Cmd": ["true"], "Privileged": True, "NetworkMode": "none"},
     "Privileged: no field that is known here"),
    ("capability", CREATE, container(CapAdd=["SYS_ADMIN"]), "HostConfig.CapAdd[0]: SYS_ADMIN is not allowed"),
    ("every capability", CREATE, container(CapAdd=["all"]), "HostConfig.CapAdd[0]: all is not allowed"),
    ("capability with a long s", CREATE, container(CapAdd=["sy\u017f_chroot"]),
     r"HostConfig.CapAdd[0]: sy\xc5\xbf_chroot is not allowed"),
    ("bind", CREATE, container(Binds=["/etc:/x"]), "HostConfig.Binds[0]: /etc is not below "),
    ("bind by dots", CREATE, container(Binds=["/data/../etc:/x"]), "HostConfig.Binds[0]: /data/../etc is no plain absolute path"),
    ("bind by two slashes", CREATE, container(Binds=["//etc:/x"]), "HostConfig.Binds[0]: //etc is no plain absolute path"),
    ("bind with a NUL", CREATE, container(Binds=["ALLOWED/x\0/../../../../../etc:/x"]),
     "HostConfig.Binds[0]: a control character"),
    ("bind that gives mounts", CREATE, container(Binds=["ALLOWED:/x:rshared"]), "HostConfig.Binds[0]: option rshared is not allowed"),
    ("bind that takes mounts", CREATE, container(Binds=["ALLOWED:/x:slave"]), "HostConfig.Binds[0]: option slave is not allowed"),
    ("mount", CREATE, container(Mounts=[{"Type": "bind", "Source": "/etc", "Target": "/x"}]),
     "HostConfig.Mounts[0]: /etc is not below "),
    ("mount that gives mounts", CREATE, container(Mounts=[{"Type": "bind", "Source": "ALLOWED", "Target": "/x",
                                                           "BindOptions": {"Propagation": "shared"}}]),
     "HostConfig.Mounts[0]: propagation shared is not allowed"),
    ("mount that takes mounts", CREATE, container(Mounts=[{"Type": "bind", "Source": "ALLOWED", "Target": "/x",
                                                           "BindOptions": {"Propagation": "rslave"}}]),
     "HostConfig.Mounts[0]: propagation rslave is not allowed"),
    ("volume that is a bind", CREATE, container(Mounts=[{"Type": "volume", "Target": "/x", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "/etc"}}}}]),
     "HostConfig.Mounts[0].VolumeOptions.DriverConfig.Options: may not be given"),
    ("volume driver", "/v1.41/volumes/create", bind_volume(), "DriverOpts: may not be given"),
    ("volume plugin", CREATE, container(VolumeDriver="evil"), "HostConfig.VolumeDriver: evil is not allowed"),
    ("volumes of another", CREATE, container(VolumesFrom=[OTHER]), "HostConfig.VolumesFrom: may not be given"),
    ("tmpfs that is what was there", CREATE, container(Tmpfs={"/sys/": "remount"}),
     "HostConfig.Tmpfs./sys/: option remount is not allowed"),
    ("device", CREATE, container(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}]),
     "HostConfig.Devices[0]: /dev/null is not allowed"),
    ("every device", CREATE, container(Devices=[{"PathOnHost": "/dev", "PathInContainer": "/x", "CgroupPermissions": "rwm"}]),
     "HostConfig.Devices[0]: /dev is not allowed"),
    ("device rules", CREATE, container(DeviceCgroupRules=["a *:* rwm"]), "HostConfig.DeviceCgroupRules: may not be given"),
    ("device requests", CREATE, container(DeviceRequests=[{"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}]),
     "HostConfig.DeviceRequests: may not be given"),
    ("pid namespace", CREATE, container(PidMode="host"), "HostConfig.PidMode: host is not allowed"),
    ("pid namespace of another", CREATE, container(PidMode=f"container:{OTHER}"),
     f"HostConfig.PidMode: container:{OTHER} is not allowed"),
    ("ipc namespace", CREATE, container(IpcMode="host"), "HostConfig.IpcMode: host is not allowed"),
    ("ipc namespace of another", CREATE, container(IpcMode=f"container:{OTHER}"),
     f"HostConfig.IpcMode: container:{OTHER} is not allowed"),
    ("uts namespace", CREATE, container(UTSMode="host"), "HostConfig.UTSMode: host is not allowed"),
    ("user namespace", CREATE, container(UsernsMode="host"), "HostConfig.UsernsMode: host is not allowed"),
    ("cgroup namespace", CREATE, container(CgroupnsMode="host"), "HostConfig.CgroupnsMode: host is not allowed"),
    ("host network", CREATE, container(NetworkMode="host"), "HostConfig.NetworkMode: network host is not allowed"),
    ("network of another", CREATE, container(NetworkMode=f"container:{OTHER}"),
     f"HostConfig.NetworkMode: network container:{OTHER} is not allowed"),
    ("host network as an endpoint", CREATE, container() | {"NetworkingConfig": {"EndpointsConfig": {"host": {}}}},
     "NetworkingConfig.EndpointsConfig: network host is not allowed"),
    ("seccomp", CREATE, container(SecurityOpt=["seccomp=unconfined"]),
     "HostConfig.SecurityOpt[0]: seccomp=unconfined is not allowed"),
    ("seccomp of one's own", CREATE, container(SecurityOpt=['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']),
     "HostConfig.SecurityOpt[0]: seccomp={"),
    ("apparmor", CREATE, container(SecurityOpt=["apparmor:unconfined"]),
     "HostConfig.SecurityOpt[0]: apparmor:unconfined is not allowed"),
    ("label", CREATE, container(SecurityOpt=["label=disable"]), "HostConfig.SecurityOpt[0]: label=disable is not allowed"),
    ("new privileges", CREATE, container(SecurityOpt=["no-new-privileges=false"]),
     "HostConfig.SecurityOpt[0]: no-new-privileges=false is not allowed"),
    ("masked paths", CREATE, container(MaskedPaths=[]), "HostConfig.MaskedPaths: may not be given, not even empty"),
    ("read-only paths", CREATE, container(ReadonlyPaths=[]), "HostConfig.ReadonlyPaths: may not be given, not even empty"),
    ("sysctls", CREATE, container(Sysctls={"net.ipv4.ip_forward": "1"}), "HostConfig.Sysctls.net.ipv4.ip_forward: is not allowed"),
    ("runtime", CREATE, container(Runtime="io.containerd.runc.v2"), "HostConfig.Runtime: io.containerd.runc.v2 is not allowed"),
    ("cgroup parent", CREATE, container(CgroupParent="/"), "HostConfig.CgroupParent: / is not allowed"),
    ("cgroup of another", CREATE, container(Cgroup=f"container:{OTHER}"), f"HostConfig.Cgroup: container:{OTHER} is not allowed"),
    ("oom score", CREATE, container(OomScoreAdj=-500), "HostConfig.OomScoreAdj: -500 is not allowed"),
    ("oom killer", CREATE, container(OomKillDisable=True), "HostConfig.OomKillDisable: true is not allowed"),
    ("groups", CREATE, container(GroupAdd=["0"]), "HostConfig.GroupAdd: may not be given"),
    ("log driver", CREATE, container(LogConfig={"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1:9"}}),
     "HostConfig.LogConfig.Type: syslog is not allowed"),
    ("log template", CREATE, container(LogConfig={"Type": "json-file", "Config": {"tag": "{{pad .ID 1 9}}"}}),
     "HostConfig.LogConfig.Config.tag: only templates of one name"),
]

# What safe leaves to the user, and ci doesn't.
CI = [
    ("all addresses", container(PortBindings={"80/tcp": [{"HostPort": "8080"}]}),
     "HostConfig.PortBindings.80/tcp[0].HostIp: all addresses are not allowed"),
    ("low port", container(PortBindings={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "80"}]}),
     "HostConfig.PortBindings.80/tcp[0].HostPort: port 80 is not allowed"),
    ("any port", container(PublishAllPorts=True), "HostConfig.PublishAllPorts: true is not allowed"),
    ("restart", container(RestartPolicy={"Name": "always"}), "HostConfig.RestartPolicy.Name: always is not allowed"),
]

# Of an update the engine takes the same settings at the top level. What it makes of these differs from version to version;
# this one says 200 to all of them.
UPDATES = [
    ("device", {"Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}]},
     "Devices[0]: /dev/null is not allowed"),
    ("device rules", {"DeviceCgroupRules": ["a *:* rwm"]}, "DeviceCgroupRules: may not be given"),
    ("device requests", {"DeviceRequests": [{"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}]},
     "DeviceRequests: may not be given"),
    ("cgroup parent", {"CgroupParent": "/"}, "CgroupParent: / is not allowed"),
    ("oom killer", {"OomKillDisable": True}, "OomKillDisable: true is not allowed"),
    ("weight", {"BlkioWeight": 500}, "BlkioWeight: 500 is not allowed"),
    ("weights", {"BlkioWeightDevice": [{"Path": "/dev/null", "Weight": 500}]}, "BlkioWeightDevice: may not be given"),
    ("rates", {"BlkioDeviceReadBps": [{"Path": "/dev/null", "Rate": 1}]}, "BlkioDeviceReadBps: may not be given"),
    ("what is none", {"Privileged": True}, "Privileged: no field that is known here"),
    ("host settings", {"HostConfig": {"Privileged": True}}, "HostConfig: no field that is known here"),
]


def rows(table, names):
    return pytest.mark.parametrize(f"name, {names}", table, ids=[row[0] for row in table])


def names(engine):
    """What containers and volumes there are."""
    containers = json.loads(engine.request("GET", "/containers/json?all=1")[1])
    volumes = json.loads(engine.request("GET", "/volumes")[1])["Volumes"] or []
    return {one["Id"] for one in containers}, {one["Name"] for one in volumes}


def inspect(engine, number):
    return json.loads(engine.request("GET", f"/containers/{number}/json")[1])


def setting(engine, number, says):
    """What the engine keeps of what a refusal names; all that it doesn't name are privileged containers."""
    kept = inspect(engine, number)
    if "EndpointsConfig" in says:
        return kept["NetworkSettings"]["Networks"]
    named = re.match(r"HostConfig\.(\w+)", says)
    return kept["HostConfig"].get(named[1] if named else "Privileged")


def escapes(g, engine, target, body, says):
    """The engine grants it; through the gate it is refused, and nothing was made."""
    status, answer = straight(engine, target, body)
    assert status == 201, answer
    made = json.loads(answer)
    try:
        if "Id" in made:
            # With control groups of version 1 the host's are what a container gets.
            kept = setting(engine, made["Id"], says)
            assert kept != setting(engine, OTHER, says) or kept == "host"
    finally:
        engine.request("DELETE", f"/containers/{made['Id']}?force=1&v=1" if "Id" in made else f"/volumes/{made['Name']}")
    before = names(engine)
    refused(through(g, "POST", target, body), says)
    assert names(engine) == before


@rows(ESCAPES, "target, body, says")
def test_escape(safe, engine, other, tmp_path, name, target, body, says):
    assert other == OTHER and name
    escapes(safe, engine, target, encoded(body)[0].decode().replace("ALLOWED", str(tmp_path)), says)


@rows(CI, "body, says")
def test_escape_from_ci(gate, engine, other, tmp_path, name, body, says):
    assert other == OTHER and name
    escapes(checking(gate, engine, tmp_path, "ci"), engine, CREATE, body, says)


@rows(UPDATES, "body, says")
def test_update(safe, engine, other, name, body, says):
    assert name
    before = inspect(engine, other)["HostConfig"]
    refused(through(safe, "POST", f"/v1.41/containers/{other}/update", body), says)
    assert inspect(engine, other)["HostConfig"] == before
    status, answer = straight(engine, f"/v1.41/containers/{other}/update", body)
    assert status == 200, answer


def test_a_start_that_brings_a_host_config(safe, engine):
    """Before API 1.24 a container's start took its host settings; the engine still does."""
    made = json.loads(straight(engine, CREATE, container())[1])["Id"]
    try:
        refused(through(safe, "POST", f"/v1.23/containers/{made}/start", {"Privileged": True}), "Privileged: no field that is known")
        engine.request("POST", f"/v1.23/containers/{made}/start", json.dumps({"Privileged": True}).encode(), JSON)
        assert inspect(engine, made)["HostConfig"]["Privileged"]
    finally:
        engine.request("DELETE", f"/containers/{made}?force=1")


def test_a_network_of_somebody_elses_addresses(safe, engine):
    """The host sends to a network what is meant for its addresses."""
    target, name = "/v1.41/networks/create", "escape-subnet"
    body = {"Name": name, "IPAM": {"Config": [{"Subnet": "192.0.2.0/24"}]}}
    refused(through(safe, "POST", target, body), "IPAM.Config[0].Subnet: 192.0.2.0/24 is not allowed")
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
        refused(through(safe, "POST", target, body), "Privileged: true is not allowed")
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
