"""What is no container's body and gives the host away all the same, on a real engine: queries of builds and imports, and the
operations that nobody can check. The engine does what they ask, or tries to; the gate with DOCKGATE_REQUESTS=safe refuses."""
import io
import json
import os
import subprocess
import tarfile
from urllib.parse import quote

import pytest

from engine import IMAGE
from escapes import CREATE, OTHER, container, refused, straight, through


def tar_of(files):
    """A tar of texts by name; a name that ends in a slash is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            info.size = len(text)
            if name.endswith("/"):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def images(engine):
    return {one["Id"] for one in json.loads(engine.request("GET", "/images/json?all=1")[1])}


def namespace(engine):
    """The network namespace of the engine, as a link names it."""
    children = subprocess.run(["pgrep", "-P", str(engine.init.pid)], capture_output=True, text=True, check=True).stdout.split()
    return os.readlink(f"/proc/{children[0]}/ns/net")


def namespace_of(engine, name):
    return engine.docker("exec", name, "readlink", "/proc/self/ns/net").strip()


BUILT = "Successfully built"

# Name, query, what is built, whether the engine's output shows that it was granted, what the gate says. Not here: securityopt
# and isolation, which this engine grants to nobody, and what goes with BuildKit alone.
BUILDS = [
    ("host network", "networkmode=host", "RUN readlink /proc/self/ns/net",
     lambda engine, out: BUILT in out and namespace(engine) in out,
     "query networkmode: host is not allowed (requests.build)"),
    ("network of another", f"networkmode=container:{OTHER}", "RUN readlink /proc/self/ns/net",
     lambda engine, out: BUILT in out and namespace_of(engine, OTHER) in out,
     f"query networkmode: container:{OTHER} is not allowed (requests.networks)"),
    ("cgroup parent", "cgroupparent=/&networkmode=none", "RUN cat /proc/self/cgroup",
     lambda engine, out: BUILT in out and engine.cgroup not in out, "query cgroupparent: / is not allowed"),
    ("BuildKit", "version=2", "LABEL a=b", lambda engine, out: "moby.buildkit.trace" in out and "moby.image.id" in out,
     "query version: 2 is not allowed (requests.build)"),
]


@pytest.mark.parametrize("name, query, step, granted, says", BUILDS, ids=[row[0] for row in BUILDS])
def test_build(safe, engine, other, name, query, step, granted, says):
    assert other == OTHER and name
    before = images(engine)
    context = tar_of({"Dockerfile": f"FROM {IMAGE}\n{step}\n"})
    refused(through(safe, "POST", f"/v1.41/build?t=escape:1&{query}", context), says)
    assert images(engine) == before
    try:
        answer = straight(engine, f"/v1.41/build?t=escape:1&{query}", context)[1].decode()
        assert granted(engine, answer), answer
        usual = straight(engine, "/v1.41/build?t=escape:1&nocache=1&networkmode=none", context)[1].decode()
        assert BUILT in usual and not granted(engine, usual), usual
    finally:
        engine.docker("image", "rm", "-f", "escape:1", check=False)
        for left in images(engine) - before:
            engine.request("DELETE", f"/images/{left}?force=1")
        engine.docker("builder", "prune", "-af")


# Name, target, what the gate says. The engine connects to where it is told to, from its own network.
FETCHES = [
    ("context", "/v1.41/build?remote=http://127.0.0.1:9/x.tar",
     "query remote: http://127.0.0.1:9/x.tar is not allowed (requests.build)"),
    ("image", "/v1.41/images/create?fromSrc=http://127.0.0.1:9/x.tar&repo=escape",
     "query fromSrc: this is not allowed (requests.unchecked)"),
]


@pytest.mark.parametrize("name, target, says", FETCHES, ids=[row[0] for row in FETCHES])
def test_fetch(safe, engine, name, target, says):
    assert name
    refused(through(safe, "POST", target), says)
    assert b"connection refused" in straight(engine, target)[1]


PLUGIN = "escape-plugin:1"
PLUGIN_CONFIG = {"description": "", "documentation": "", "entrypoint": ["/none"], "workdir": "/", "network": {"type": "host"},
                 "interface": {"types": ["docker.dummy/1.0"], "socket": "x.sock"}, "linux": {"capabilities": ["CAP_SYS_ADMIN"]},
                 "env": [{"name": "A", "settable": ["value"], "value": ""}], "mounts": [], "args": {"name": "args"}}

UPGRADE = {"Connection": "Upgrade", "Upgrade": "h2c"}

# Method, target, body, further fields, what the gate says. In the words of `unchecked`.
CLOSED = [
    ("POST", "/plugins/pull?remote=127.0.0.1:9/escape:1", [], {}, "PluginPull can't be checked"),
    ("POST", f"/plugins/{PLUGIN}/set", ["A=b"], {}, "PluginSet can't be checked"),
    ("POST", f"/plugins/{PLUGIN}/upgrade?remote=127.0.0.1:9/escape:1", [], {}, "PluginUpgrade can't be checked"),
    ("POST", f"/plugins/{PLUGIN}/enable?timeout=1", None, {}, "PluginEnable can't be checked"),
    ("POST", "/images/load", tar_of({"repositories": "{}"}), {}, "ImageLoad can't be checked"),
    ("POST", "/auth", {"username": "a", "password": "b", "serveraddress": "http://127.0.0.1:9"}, {}, "SystemAuth can't be checked"),
    ("POST", f"/containers/{OTHER}/checkpoints", {"CheckpointID": "escape"}, {}, "CONTAINERS_CHECKPOINTS_CREATE can't be checked"),
    ("POST", "/session", None, UPGRADE | {"X-Docker-Expose-Session-Uuid": "escape"}, "Session can't be checked"),
    ("POST", "/grpc", None, UPGRADE, "GRPC can't be checked"),
]


@pytest.fixture(scope="module")
def plugin(engine):
    """A plugin that would be root in the host's network, made but never run."""
    tar = tar_of({"config.json": json.dumps(PLUGIN_CONFIG), "rootfs/": "", "rootfs/file": "x"})
    yield PLUGIN, tar, straight(engine, f"/plugins/create?name={PLUGIN}", tar)
    engine.request("DELETE", f"/plugins/{PLUGIN}?force=1")


@pytest.mark.parametrize("method, target, body, fields, says", CLOSED, ids=[row[1].partition("?")[0] for row in CLOSED])
def test_what_is_closed(safe, engine, other, plugin, method, target, body, fields, says):
    """The engine takes it up: that which fails here does so behind every check of who may ask for it."""
    assert other == OTHER and plugin[0] == PLUGIN
    refused(through(safe, method, target, body, fields), says + " (policy safe, requests.unchecked)")
    status, answer = straight(engine, target, body, method, fields)
    assert status not in (403, 404), answer


def test_a_plugin(safe, engine, plugin):
    name, tar, made = plugin
    assert made[0] == 204, made
    refused(through(safe, "POST", "/plugins/create?name=escape-plugin:2", tar),
            "PluginCreate can't be checked (policy safe, requests.unchecked)")
    assert [one["Name"] for one in json.loads(engine.request("GET", "/plugins")[1])] == [name]


def test_debug(safe, engine):
    """No operation of the API, so nothing grants it."""
    for target in ("/debug/vars", "/debug/pprof/cmdline"):
        assert engine.request("GET", target)[0] == 200
        assert safe.get(target).status == 403


def test_an_image_out_of_bytes(safe, engine):
    target, tar = "/v1.41/images/create?fromSrc=-&repo=escape&tag=import&changes=USER%20root", tar_of({"file": "x"})
    before = images(engine)
    refused(through(safe, "POST", target, tar), "query fromSrc: this is not allowed (requests.unchecked)")
    assert images(engine) == before
    try:
        assert straight(engine, target, tar)[0] == 200 and images(engine) != before
    finally:
        engine.request("DELETE", "/images/escape:import")


def test_an_image_out_of_a_container(safe, engine, other):
    target = f"/v1.41/commit?container={other}&repo=escape&tag=commit&changes=USER%20root"
    before = images(engine)
    refused(through(safe, "POST", target), "ImageCommit can't be checked (policy safe, requests.unchecked)")
    assert images(engine) == before
    try:
        assert straight(engine, target)[0] == 201 and images(engine) != before
    finally:
        engine.request("DELETE", "/images/escape:commit")


def test_files_of_the_host_through_a_bind(safe, engine, tmp_path):
    """What a container has mounted is written to by whoever may write its files."""
    target, tar = "/v1.41/containers/escape-archive/archive?path=/host", tar_of({"file": "x"})
    assert straight(engine, f"{CREATE}?name=escape-archive", container(Binds=[f"{tmp_path}:/host"]))[0] == 201
    try:
        refused(through(safe, "PUT", target, tar), "PutContainerArchive can't be checked (policy safe, requests.unchecked)")
        assert not (tmp_path / "file").exists()
        assert straight(engine, target, tar, "PUT")[0] == 200
        assert (tmp_path / "file").read_text() == "x"
    finally:
        engine.request("DELETE", "/containers/escape-archive?force=1")


PRUNES = {"containers": "ContainerPrune", "volumes": "VolumePrune", "networks": "NetworkPrune", "images": "ImagePrune",
          "build": "BuildPrune"}


def test_prune(safe, engine):
    """Through the gate nothing goes; straight at the engine only what is labelled here, for others use it as well."""
    label = {"escape-prune": "x"}
    for target, body in ((f"{CREATE}?name=escape-prune", container() | {"Labels": label}),
                         ("/v1.41/volumes/create", {"Name": "escape-prune", "Labels": label}),
                         ("/v1.41/networks/create", {"Name": "escape-prune", "Labels": label})):
        assert straight(engine, target, body)[0] == 201
    before = engine.holds()
    filters = quote(json.dumps({"label": ["escape-prune"]}))
    try:
        for kind, operation in PRUNES.items():
            refused(through(safe, "POST", f"/v1.41/{kind}/prune"), f"{operation} can't be checked (policy safe, requests.unchecked)")
        assert engine.holds() == before
        for kind in ("containers", "volumes", "networks"):
            assert straight(engine, f"/v1.41/{kind}/prune?filters={filters}")[0] == 200
        assert before - engine.holds() == {"container /escape-prune", "volume escape-prune", "network escape-prune"}
    finally:
        for target in ("containers", "volumes", "networks"):
            engine.request("DELETE", f"/{target}/escape-prune")
