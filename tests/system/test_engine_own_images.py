"""Images of two owners on one real engine: builds, commits, imports, names, pushes and saves."""

import io
import json
import tarfile
from urllib.parse import quote, urlencode

import pytest

from engine import IMAGE, busybox_tar
from test_engine_own import tenants as tenants_of_own

tenants = tenants_of_own
# The engine and the worker of test_engine_own.
pytestmark = [pytest.mark.xdist_group("own"), pytest.mark.usefixtures("no_images_left")]

MINE = {"dockgate.owner": "alice"}
HERS = {"dockgate.owner": "bob"}


def context(dockerfile):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(dockerfile)
        tar.addfile(info, io.BytesIO(dockerfile.encode()))
    return out.getvalue()


def build(tenant, dockerfile, **query):
    return tenant.send("POST", "/build?" + urlencode({"networkmode": "none"} | query, doseq=True), context(dockerfile))


def built(tenant, dockerfile, **query):
    status, text = build(tenant, dockerfile, **query)
    assert status == 200 and "Successfully built" in text, text
    return text


def labels(engine, name):
    """What an image bears; None: there is no such image."""
    status, body = engine.request("GET", f"/images/{quote(name)}/json")
    assert status in (200, 404), body
    return (json.loads(body)["Config"]["Labels"] or {}) if status == 200 else None


def saved(body):
    """The names of the images in a tar."""
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return sorted(name for one in json.load(tar.extractfile("manifest.json")) for name in one["RepoTags"] or [])


@pytest.fixture(scope="module")
def images(engine, tenants):
    """Each has an image with the same repository, and alice a container."""
    alice, bob = tenants
    built(alice, f"FROM {IMAGE}\n", t="owni-app:1")
    built(bob, f"FROM {IMAGE}\n", t="owni-app:2")
    alice.docker("create", "--name", "owni-web", "--network", "none", "owni-app:1", "true")
    yield
    engine.docker("rm", "-f", "owni-web", check=False)


FORGED = f"FROM {IMAGE} AS first\nLABEL dockgate.owner=bob\nFROM scratch\nLABEL dockgate.owner=bob \\\n"


@pytest.mark.parametrize("dockerfile,query", [
    (FORGED, {"target": "first"}), (FORGED, {"labels": json.dumps({"c": "d"} | MINE)}), ("FROM owni-onbuild\n", {}),
], ids=str)
def test_what_is_built_bears_its_owner(engine, tenants, dockerfile, query):
    alice, bob = tenants
    if "onbuild" in dockerfile:
        built(alice, "FROM scratch\nONBUILD LABEL dockgate.owner=bob\n", t="owni-onbuild")
    built(alice, dockerfile, t=["owni-built", "owni-two:1"], **query)
    for name in ("owni-built", "owni-two:1"):
        assert labels(engine, name)["dockgate.owner"] == "alice"
        assert "c" not in query.get("labels", "") or labels(engine, name)["c"] == "d"
    assert "owni-built" in alice.docker("images", "--format", "{{.Repository}}")
    assert "owni-built" not in bob.docker("images", "-a", "--format", "{{.Repository}}")


def test_docker_build(engine, tenants, tmp_path):
    """The CLI's own way, with a context and a container of what it made."""
    alice, bob = tenants
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY file /file\n")
    (tmp_path / "file").write_text("said")
    alice.docker("build", "-q", "--network", "none", "-t", "owni-cli", "--label", "x=y", str(tmp_path))
    assert labels(engine, "owni-cli") == MINE | {"x": "y"}
    assert alice.docker("run", "--rm", "--network", "none", "owni-cli", "cat", "/file") == "said"
    assert "No such image" in bob.fails("run", "--rm", "--network", "none", "--pull", "never", "owni-cli")
    alice.docker("rmi", "owni-cli")
    assert labels(engine, "owni-cli") is None


@pytest.mark.parametrize("query,status,says", [
    ({"labels": json.dumps(HERS)}, 403, "dockgate.owner may only be alice"),
    ({"t": "owni-app:2"}, 409, "already exists"), ({"t": ["owni-x", "docker.io/library/owni-app:2"]}, 409, "already exists"),
    ({"t": IMAGE}, 409, "already exists"), ({"cachefrom": '["owni-app:2"]'}, 404, "No such image"),
    ({"pull": "1"}, 403, "may not take names"), ({"version": "2"}, 403, "2 is not allowed"),
    ({"networkmode": "container:owni-none"}, 404, "No such container"),
], ids=str)
def test_builds_that_touch_others(engine, tenants, images, query, status, says):
    alice, _ = tenants
    before = labels(engine, "owni-app:2")
    answer = build(alice, f"FROM {IMAGE}\n", **query)
    assert answer[0] == status and says in answer[1], answer
    assert labels(engine, "owni-app:2") == before == HERS and labels(engine, "owni-x") is None


def test_steps_come_from_own_images_alone(engine, tenants, images):
    """The engine's cache has steps of everybody, and takes one for another where only their results differ."""
    alice, bob = tenants
    dockerfile = f"FROM {IMAGE}\nRUN grep -c evil /etc/hosts >/said || true\n"
    built(alice, dockerfile, t="owni-evil", extrahosts="evil:10.0.0.1")
    status, text = engine.request("POST", "/build?t=owni-plain&networkmode=none", context(dockerfile))
    assert status == 200 and b"Using cache" in text, text  # what the gate is for
    assert "Using cache" not in built(bob, dockerfile, t="owni-good", nocache="0")
    assert "Using cache" in built(bob, dockerfile, t="owni-good", cachefrom='["owni-good"]')
    assert bob.docker("run", "--rm", "--network", "none", "owni-good", "cat", "/said") == "0"


def test_builds_need_a_word(engine, gate):
    """Without `unchecked` nothing is built: a Dockerfile names any image, and nobody reads it."""
    g = gate(engine=engine.socket, allow=["IMAGES_BUILD"],
             env={"DOCKGATE_OWN": "alice", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_OWN_SHARED": "busybox:*"})
    with g.client() as c:
        c.send(b"POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
        response = c.response()
    assert response.status == 403 and b"ImageBuild can't be checked" in response.body


@pytest.mark.parametrize("query,body", [
    ({}, None), ({}, {"Labels": HERS}), ({"changes": "LABEL dockgate.owner=bob"}, {"Labels": {}}),
    ({"changes": ["LABEL dockgate.owner=bob", 'CMD ["x"]', "ONBUILD LABEL dockgate.owner=bob"]}, None),
], ids=str)
def test_what_is_committed_bears_its_owner(engine, tenants, images, query, body):
    alice, _ = tenants
    target = "/commit?" + urlencode({"container": "owni-web", "repo": "owni-c", "tag": "1"} | query, doseq=True)
    status, answer = alice.request("POST", target, body)
    assert status == 201, answer
    assert labels(engine, "owni-c:1")["dockgate.owner"] == "alice"


def test_docker_commit(engine, tenants, images):
    alice, bob = tenants
    alice.docker("commit", "-m", "x", "-c", "CMD true", "owni-web", "owni-d")
    assert labels(engine, "owni-d") == MINE
    for target in ("container=owni-web&repo=owni-e", "container=owni-none&repo=owni-e"):
        status, answer = bob.request("POST", "/commit?" + target)
        assert status == 404 and "No such container" in answer
    for query, status in (("repo=owni-app&tag=2", 409), ("repo=owni-app:2", 409), ("changes=CMD%20a%20%5C", 400),
                          ("changes=CMD%20a%20%60&changes=CMD%20b", 400), ("changes=CMD%20a%0aLABEL%20b=c", 400)):
        assert alice.request("POST", f"/commit?container=owni-web&{query}")[0] == status, query
    assert labels(engine, "owni-app:2") == HERS and labels(engine, "owni-e") is None


def test_what_is_imported_bears_its_owner(engine, tenants):
    alice, _ = tenants
    query = urlencode({"fromSrc": "-", "repo": "owni-i", "changes": "LABEL dockgate.owner=bob"})
    status, answer = alice.send("POST", f"/images/create?{query}", busybox_tar())
    assert status == 200 and "error" not in answer, answer
    assert labels(engine, "owni-i") == MINE
    status, answer = alice.send("POST", f"/images/create?fromSrc=-&repo={IMAGE}", busybox_tar())
    assert status == 409, answer
    assert "403" in alice.fails("load", "-i", "/dev/null")


def test_names(engine, tenants, images):
    alice, bob = tenants
    alice.docker("tag", "owni-app:1", "owni-t")
    assert labels(engine, "owni-t:latest") == MINE
    alice.docker("tag", "owni-t", "localhost:5000/owni-t:2")
    number = json.loads(alice.docker("inspect", "owni-t"))[0]["Id"]
    for source, target, says in (
            ("owni-app:2", "owni-u", "No such image"), (number, "owni-app:2", "already exists"), (IMAGE, "owni-u", "is shared"),
            ("owni-t", IMAGE, "already exists"), ("owni-t", "docker.io/library/owni-app:2", "already exists")):
        assert says in alice.fails("tag", source, target), (source, target)
    for source in ("owni-t", number, number[7:19], "localhost:5000/owni-t:2"):
        assert "No such image" in bob.fails("tag", source, "owni-u")
    assert labels(engine, "owni-app:2") == HERS and labels(engine, "owni-u") is None
    # What its owner gives up is anybody's to take.
    alice.docker("rmi", "owni-t")
    bob.docker("tag", "owni-app:2", "owni-t")
    assert labels(engine, "owni-t") == HERS
    assert "already exists" in alice.fails("tag", "owni-app:1", "owni-t")


def test_saves(engine, tenants, images):
    """Engines save all tags of a name without one."""
    alice, bob = tenants
    alice.docker("tag", "owni-app:1", "owni-app")
    assert saved(engine.request("GET", "/images/owni-app/get")[1]) == ["owni-app:1", "owni-app:2", "owni-app:latest"]
    for target in ("/images/owni-app/get", "/images/get?names=owni-app"):
        assert saved(alice.fetch(target)) == ["owni-app:latest"]
        assert bob.request("GET", target)[0] == 404
    assert saved(alice.fetch(f"/images/get?names=owni-app:1&names={IMAGE}")) == [IMAGE, "owni-app:1"]
    number = json.loads(alice.docker("inspect", "owni-app"))[0]["Id"]
    for name in (number, number[7:], number[7:19]):
        assert saved(alice.fetch(f"/images/{name}/get")) == []
        for target in (f"/images/{name}/get", f"/images/get?names=owni-app:2&names={name}"):
            assert bob.request("GET", target)[0] == 404
    assert alice.request("GET", "/images/get?names=owni-app:1&names=owni-app:2")[0] == 404
    assert alice.request("GET", "/images/get")[0] == 400


def test_pushes(engine, tenants, images, registry):
    """Engines push all tags of a name without one, and a tag in the query instead of the name's."""
    alice, bob = tenants
    name = f"{registry}/owni-app"
    alice.docker("tag", "owni-app:1", name + ":1")
    bob.docker("tag", "owni-app:2", name + ":2")
    assert "No such image" in alice.fails("push", name + ":2") and "No such image" in alice.fails("push", name)
    for target in (f"{name}/push", f"{name}/push?tag=2", f"{name}:1/push?tag=2"):
        status, answer = alice.request("POST", f"/images/{target}")
        assert status == 404, answer
    assert "digest" in alice.docker("push", name + ":1")
    for tag, there in (("1", True), ("2", False)):
        status, answer = engine.request("POST", f"/images/create?fromImage={name}&tag={tag}")
        assert (status == 200 and b"error" not in answer) == there, answer


def test_lists_and_prune(engine, tenants, images):
    """What has lost its name is still its owner's."""
    alice, bob = tenants
    built(alice, "FROM scratch\nENV a=1\n", t="owni-p")
    built(alice, "FROM scratch\nENV a=2\n", t="owni-p")
    old = alice.docker("images", "-q", "--no-trunc", "--filter", "dangling=true").split()
    assert len(old) >= 1 and not set(old) & set(bob.docker("images", "-aq", "--no-trunc").split())
    bob.docker("image", "prune", "-f")
    assert all(labels(engine, number)["dockgate.owner"] == "alice" for number in old)
    usage = json.loads(bob.request("GET", "/v1.41/system/df")[1])
    assert not {one["Id"] for one in usage["Images"]} & set(old)
    for number in old:
        assert number in alice.docker("image", "prune", "-f") or labels(engine, number) is None
    assert labels(engine, "owni-p")["dockgate.owner"] == "alice"


def test_labels_of_an_image_are_not_the_containers(engine, tenants):
    """An image says labels that its containers get, but not whose they are."""
    alice, bob = tenants
    status, _ = engine.request("POST", "/images/create?fromSrc=-&repo=busybox&tag=owni&changes=LABEL%20a=b",
                               context("nothing"), {"Content-Type": "application/x-tar"})
    assert status == 200
    built(alice, "FROM busybox:owni\n", t="owni-l")
    for tenant, image in ((alice, "owni-l"), (bob, "busybox:owni")):
        status, text = tenant.request("POST", "/containers/create", {"Image": image, "Cmd": ["x"]})
        assert status == 201, text
        number = json.loads(text)["Id"]
        found = json.loads(tenant.docker("inspect", "-f", "{{json .Config.Labels}}", number))
        assert found == {"a": "b", "dockgate.owner": "alice" if tenant is alice else "bob"}
        tenant.docker("rm", number)
