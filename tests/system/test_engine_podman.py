"""Podman through the gate: its own client and the docker CLI behave as without it, every operation of the table below
/libpod is one of its router's or known to be of a later version, and linuxserver's sections hold. Run by
`script/test --clients`, which installs Podman: 14 MB to fetch, 80 MB, and a minute and a half altogether."""

import json

import pytest

from engine import IMAGE
from podman import podman, podman_client, podman_ways  # noqa: F401 pylint: disable=unused-import
from support.gate import ROOT

pytestmark = [pytest.mark.xdist_group("podman"), pytest.mark.clients]

RUN = "podman run -d --name $N $NET $I sleep 100"
RM = "podman rm -ft 0 $N"

# What is run, and what before and after it straight at the service.
LINES = {
    "version": ("podman version --format '{{.Server.Version}}'", "", ""),
    "info": ("podman info --format '{{.Store.GraphDriverName}}'", "", ""),
    "run": ("podman run --rm $NET $I sh -c 'echo out; echo err >&2; exit 3'", "", ""),
    "run with input": ("echo hello | podman run --rm -i $NET $I cat", "", ""),
    "ps": ("podman ps -a --format '{{.Names}} {{.Image}} {{.State}}'", RUN, RM),
    "exec": ("podman exec $N sh -c 'echo out; echo err >&2; exit 3'", RUN, RM),
    "exec with input": ("echo hello | podman exec -i $N cat", RUN, RM),
    "logs": ("podman logs $N", "podman run --name $N $NET $I sh -c 'echo out; echo err >&2' >/dev/null 2>&1", RM),
    "logs -f": ("podman logs -f $N", "podman run -d --name $N $NET $I sh -c 'for i in 1 2 3; do echo $i; done'", RM),
    "stop, rm": ("podman stop -t 0 $N; podman rm $N", RUN, ""),
    "cp": ("echo there >$T/f; podman cp $T/f $N:/data/f && podman cp $N:/data/f - | tar -xO", RUN, RM),
    "images": ("podman images --format '{{.Repository}}:{{.Tag}}'", "", ""),
    "inspect": ("podman inspect --format '{{.Config.Cmd}}' $I", "", ""),
    "tag, untag": ("podman tag $I other:tag && podman untag $I other:tag", "", ""),
    "save": ("podman save $I | tar -t | grep -c json", "", ""),
    "volume": ("podman volume create $N && podman volume ls -q && podman volume rm $N", "", ""),
    "network": ("podman network create $N && podman network ls -q && podman network inspect $N | grep -c '\"name\"'; "
                "podman network rm $N", "", ""),
    "pod": ("podman pod create --infra=false $N >/dev/null && podman pod ps --format '{{.Name}}'; podman pod rm $N >/dev/null", "", ""),
    "secret": ("echo x | podman secret create $N - >/dev/null && podman secret ls --format '{{.Name}}'; podman secret rm $N >/dev/null", "", ""),
    "manifest": ("podman manifest create $N >/dev/null && podman manifest inspect $N; podman manifest rm $N >/dev/null", "", ""),
    "kube": (f"{RUN} >/dev/null && podman generate kube $N | grep -c 'kind: Pod'", "", RM),
    "no such container": ("podman start nothing", "", ""),
    "docker ps": ("docker ps -a --format '{{.Names}} {{.Image}}'", RUN, RM),
    "docker run": ("docker run --rm $NET $I sh -c 'echo out; exit 3'", "", ""),
    "docker exec": ("docker exec $N sh -c 'echo out; echo err >&2; exit 3'", RUN, RM),
    "docker exec -i": ("echo hello | docker exec -i $N cat", RUN, RM),
    "docker logs": ("docker logs $N", "podman run --name $N $NET $I sh -c 'echo out; echo err >&2' >/dev/null 2>&1", RM),
    "docker images": ("docker images --format '{{.Repository}}:{{.Tag}}'", "", ""),
    "docker rm": ("docker kill $N && docker rm $N", RUN, ""),
}


@pytest.mark.parametrize("name", LINES)
def test_as_without_a_gate(podman_client, podman_ways, name):  # noqa: F811
    line, before, after = LINES[name]
    status, _, err = podman_client.compare(podman_ways, line, before, after)
    assert status in (0, 3) or name == "no such container", err


# Operations of the table that Podman 4.3 does not have yet: its versions 4.4 to 5 do.
LATER = {"/libpod/artifacts", "/libpod/quadlets", "/libpod/kube/apply", "/libpod/networks/{name}/update", "/libpod/secrets/{name}/exists",
         "/libpod/system/check", "/libpod/volumes/{name}/export", "/libpod/volumes/{name}/import",
         "/libpod/images/{name}/resolve"}

# Bodies and queries with which nothing happens where the operation itself would need none.
HARMLESS = {"/libpod/system/prune", "/libpod/networks/prune"}


def libpod_rows():
    text = (ROOT / "tests/data/vectors/libpod-operations.tsv").read_text()
    return [line.split("\t")[:2] for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("method, path", libpod_rows())
def test_podman_has_each_operation(podman, method, path):  # noqa: F811
    """Its router's own answers are known: plain text, Not Found or Method Not Allowed."""
    if path in HARMLESS or any(path.startswith(later) for later in LATER):
        return
    target = "/v4.0.0" + path.replace("{name}", "nothing").replace("{id}", "nothing")
    if path in ("/libpod/events", "/libpod/containers/stats"):
        target += "?stream=false"
    status, body = podman.request(method, target, "")
    assert body not in (b"Not Found\n", b"Method Not Allowed\n"), (status, target)


# How Podman's router reads a target, where a gate that believes otherwise could be walked around. The answer that its own
# handler gives tells: a JSON document; the router's own are plain text and redirects.
TARGETS = [
    ("GET", "/v4.0.0/libpod/containers/json", 200),
    ("GET", "/v4.3.1/libpod/containers/json", 200),
    ("GET", "/v1.41/libpod/containers/json", 200),
    ("GET", "/v4.0.0-rc1/libpod/containers/json", 200),
    ("GET", "/v4abc/containers/json", 200),
    ("GET", "/libpod/containers/json", 404),
    ("GET", "/V4.0.0/libpod/containers/json", 404),
    ("GET", "/v4.0.0/libpod/Containers/json", 404),
    ("GET", "/v4.0.0/libpod//containers/json", 301),
    ("GET", "/v4.0.0/libpod/./containers/json", 301),
    ("GET", "/v4.0.0/libpod/x/../containers/json", 301),
    ("GET", "/v4.0.0/libpod/%63ontainers/json", 404),
    ("GET", "/v4.0.0/libpod%2fcontainers/json", 404),
    ("GET", "/v4.0.0/libpod/containers/json/", 404),
    ("GET", "/v4.0.0/libpod/containers/json%3fall=1", 405),
    ("HEAD", "/v4.0.0/libpod/containers/json", 405),
    ("POST", "/v4.0.0/libpod/manifests/a/b/registry/", 400),
]


@pytest.mark.parametrize("method, target, status", TARGETS)
def test_how_podman_reads_targets(podman, gate, method, target, status):  # noqa: F811
    """As recorded; and through a gate that grants lists of containers alone, what is not that list is not given."""
    assert podman.request(method, target)[0] == status
    g = gate(env={"LIBPOD_CONTAINERS_LIST": "1"}, engine=podman.socket)
    with g.client() as c:
        got = c.get(target, method=method)
        assert got.status in (400, 403) or (got.status, target) in ((status, target),), got.status
        if got.status == 200:
            assert json.loads(got.body) == []


# linuxserver's sections and vetoes on the real Podman: environment, method, path, whether it lets it through.
LINUXSERVER = [
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/json", True),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/json", True),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/logs", False),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/top", False),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/export", False),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/changes", False),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/archive", False),
    ({"LIBPOD_CONTAINERS": "1", "ALLOW_LOGS": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/logs?stdout=true", True),
    ({"LIBPOD_CONTAINERS": "1", "ALLOW_TOP": "1"}, "GET", "/v4.0.0/libpod/containers/nothing/top?stream=false", True),
    ({"LIBPOD_CONTAINERS": "1"}, "POST", "/v4.0.0/libpod/containers/nothing/start", False),
    ({"LIBPOD_CONTAINERS": "1", "LIBPOD_ALLOW_START": "1"}, "POST", "/v4.0.0/libpod/containers/nothing/start", True),
    ({"LIBPOD_ALLOW_RESTARTS": "1"}, "POST", "/v4.0.0/libpod/containers/nothing/kill", True),
    ({"LIBPOD_CONTAINERS": "1", "LIBPOD_ALLOW_RESTARTS": "1"}, "DELETE", "/v4.0.0/libpod/containers/nothing", False),
    ({"LIBPOD_CONTAINERS": "1", "POST": "1"}, "DELETE", "/v4.0.0/libpod/containers/nothing", True),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v4.0.0/libpod/images/json", False),
    ({"LIBPOD_IMAGES": "1"}, "GET", "/v4.0.0/libpod/images/nothing/json", True),
    ({"LIBPOD_NETWORKS": "1"}, "GET", "/v4.0.0/libpod/networks/nothing", True),
    ({"LIBPOD_CONTAINERS": "1"}, "GET", "/v1.41/containers/json", False),
    ({"LIBPOD_PODS": "1"}, "GET", "/v4.0.0/libpod/pods/nothing/top", False),
    ({"LIBPOD_IMAGES": "1", "POST": "1"}, "POST", "/v4.0.0/libpod/build", False),
]


@pytest.mark.parametrize("env, method, target, allowed", LINUXSERVER)
def test_linuxserver(podman, gate, env, method, target, allowed):  # noqa: F811
    g = gate(env={"DOCKGATE_DIALECT": "linuxserver", **env}, engine=podman.socket)
    straight = podman.request(method, target)
    with g.client() as c:
        got = c.get(target, method=method)
    assert got.status == (straight[0] if allowed else 403)


# What Podman reads otherwise than Docker: a container's body, and what it comes to straight at the service.
ESCAPES = {
    "a source in Volumes": ({"Volumes": {"/etc:/mnt": {}}}, "/etc"),
    "a source behind a comma": ({"HostConfig": {"Mounts": [{"Type": "bind", "Source": "{dir}", "Target": "/x,source=/etc"}]}}, "/etc"),
    "another source behind a comma": (
        {"HostConfig": {"Mounts": [{"Type": "bind", "Source": "{dir}/x,source=/etc", "Target": "/x"}]}}, "/etc"),
    "a network by its path": ({"HostConfig": {"NetworkMode": "ns:/proc/1/ns/net"}}, "ns:/proc/1/ns/net"),
    "a log anywhere": ({"HostConfig": {"LogConfig": {"Type": "json-file", "Config": {"path": "{dir}/log"}}}}, "{dir}/log"),
    "variables of the service": ({"Env": ["*"]}, "CONTAINERS_CONF="),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_escape(podman, gate, tmp_path, name):  # noqa: F811
    """It works without the gate, and `safe` refuses it, whatever else it allows."""
    made, shows = (json.loads(json.dumps(part).replace("{dir}", str(tmp_path))) for part in ESCAPES[name])
    body = {"Image": IMAGE, "HostConfig": {}} | made
    body["HostConfig"] = {"NetworkMode": "none"} | body["HostConfig"]
    text, json_type = json.dumps(body), {"Content-Type": "application/json"}
    g = gate(env={"CONTAINERS_CREATE": "1", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": str(tmp_path)}, engine=podman.socket)
    with g.client() as c:
        refused = c.post("/v1.41/containers/create", text.encode(), json_type.items())
    assert refused.status == 403 and b"(policy safe, requests." in refused.body, refused.body
    status, answer = podman.request("POST", "/v1.41/containers/create", text, json_type)
    assert status == 201, answer
    made = json.loads(answer)["Id"]
    try:
        status, inspected = podman.request("GET", f"/v4.0.0/libpod/containers/{made}/json")
        assert status == 200 and shows in inspected.decode(), inspected
    finally:
        podman.request("DELETE", f"/v4.0.0/libpod/containers/{made}?force=true")
