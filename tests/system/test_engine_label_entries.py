"""A client whose operations are allowed for what bears a label, on a real engine: by each spelling of a name it works with
what bears it, as if there were no gate, and with nothing else."""

import json
import shutil

import pytest

from engine import IMAGE, ended, wait_for
from support.gate import Gate, open_dir
from support.stub import reply
from test_configuration import configured  # pylint: disable=unused-import
from test_engine_own import Tenant
from test_engine_view_names import Engine, spellings

OPERATIONS = [
    "GET /containers/{}/json", "GET /containers/{}/logs", "POST /containers/{}/restart", "POST /containers/{}/exec",
    "GET /containers/{}/top", "HEAD /containers/{}/archive", "GET /containers/{}/archive", "PUT /containers/{}/archive",
    "POST /containers/{}/rename", "POST /exec/{}/start", "GET /exec/{}/json", "POST /exec/{}/resize", "GET /networks/{}",
    "POST /networks/{}/connect", "POST /networks/{}/disconnect", "DELETE /networks/{}", "GET /volumes/{}", "DELETE /volumes/{}",
    "GET /images/{}/json", "GET /images/{}/history", "GET /images/{}/get", "POST /images/{}/tag", "DELETE /images/{}",
]
ENTRIES = ["PING", "VERSION"] + [operation.replace("{}", "{label:le=shop}") for operation in OPERATIONS]
POLICIES = {
    "labels": {"allow": ENTRIES},
    "observing": {"allow": ENTRIES, "mode": "observe"},
    "alice": {"allow": ENTRIES + ["CONTAINERS_CREATE"], "own": True, "requests": {"profile": "safe"}, "shared": ["busybox:*"]},
}
NOT_IT = "is allowed for what bears label le=shop (policy labels)"

pytestmark = pytest.mark.xdist_group("label-entries")


@pytest.fixture(scope="module")
def things(engine):
    """The same twice: with the label, and with another value of it."""
    found = {"plain": Engine(engine)}
    for name, label in (("le-web", "le=shop"), ("le-db", "le=db")):
        engine.docker("volume", "create", "--label", label, f"{name}-vol")
        engine.docker("network", "create", "--label", label, f"{name}-net")
        engine.docker("run", "-d", "--name", name, "--network", "none", "-l", label, IMAGE, "sh", "-c",
                      "echo said; trap exit TERM; while true; do sleep 0.1; done")
        engine.docker("commit", "-c", f"LABEL {label}", name, f"{name}:1")
        number = json.loads(engine.docker("inspect", name))[0]["Id"]
        status, text = found["plain"].request("POST", f"/containers/{number}/exec", {"Cmd": ["true"]})
        assert status == 201, text
        found[name] = {"id": number, "exec": json.loads(text)["Id"],
                       "net": json.loads(engine.docker("network", "inspect", f"{name}-net"))[0]["Id"]}
    yield found
    for name in ("le-web", "le-db"):
        engine.docker("rm", "-f", "-v", name, check=False)
        engine.docker("volume", "rm", f"{name}-vol", check=False)
        engine.docker("network", "rm", f"{name}-net", check=False)
        engine.docker("rmi", "-f", f"{name}:1", check=False)


@pytest.fixture(scope="module")
def gates(engine):
    folder = open_dir()
    config = {"engine": f"unix://{engine.socket}", "policies": POLICIES,
              "listeners": [{"name": name, "address": f"unix://{folder}/{name}.sock", "mode": "0666"} for name in POLICIES],
              "clients": [{"listener": name, "policy": name} for name in POLICIES]}
    path = f"{folder}/dockgate.yaml"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)
    try:
        with ended(Gate(env={"DOCKGATE_CONFIG": path, "DOCKGATE_LISTEN": ""}, expect=[".*NOTHING IS PROTECTED.*"])):
            yield {name: Tenant(engine, f"{folder}/{name}.sock") for name in POLICIES}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def started_at(things, name):
    return json.loads(things["plain"].docker("inspect", name))[0]["State"]["StartedAt"]


ON_CONTAINERS = [("GET", "/containers/{}/json", None, 200), ("GET", "/containers/{}/logs?stdout=1", None, 200),
                 ("GET", "/containers/{}/top", None, 200), ("HEAD", "/containers/{}/archive?path=/bin", None, 200),
                 ("POST", "/containers/{}/exec", {"Cmd": ["id"]}, 201), ("POST", "/containers/{}/restart?t=5", None, 204)]


def test_containers_by_each_spelling(gates, things):
    before = started_at(things, "le-db")
    for version in ("", "/v1.41"):
        for spelling, _ in spellings("le-web", things["le-web"]["id"]):
            for method, target, body, wanted in ON_CONTAINERS:
                answer = gates["labels"].request(method, version + target.format(spelling), body)
                assert answer[0] == wanted, (method, target, spelling, answer)
        for spelling, _ in spellings("le-db", things["le-db"]["id"]):
            for method, target, body, _ in ON_CONTAINERS:
                status, answer = gates["labels"].request(method, version + target.format(spelling), body)
                assert status == 403 and (method == "HEAD" or NOT_IT in answer), (method, target, spelling, answer)
    assert started_at(things, "le-db") == before


@pytest.mark.parametrize("method,target,name", [
    (method, target, "absent") for method, target, *_ in ON_CONTAINERS] + [
    ("GET", "/exec/{}/json", "absent"), ("POST", "/exec/{}/start", "absent"), ("GET", "/networks/{}", "absent"),
    ("DELETE", "/networks/{}", "absent"), ("GET", "/volumes/{}", "absent"), ("DELETE", "/volumes/{}", "absent"),
    ("GET", "/images/{}/json", "absent"), ("GET", "/images/{}/history", "absent"), ("POST", "/images/{}/tag?repo=le-x", "absent:1"),
    ("DELETE", "/images/{}", "absent:1")])
def test_what_is_absent_is_so_in_the_engines_words(gates, things, method, target, name):
    body = {"Cmd": ["id"]} if "exec" in target and method == "POST" else None
    assert gates["labels"].request(method, target.format(name), body) == things["plain"].request(method, target.format(name), body)


def test_exec_instances(gates, things):
    status, answer = gates["labels"].request("POST", "/containers/le-web/exec", {"Cmd": ["true"]})
    assert status == 201
    number = json.loads(answer)["Id"]
    assert gates["labels"].request("POST", f"/exec/{number}/start", {"Detach": True})[0] == 200
    wait_for(lambda: json.loads(gates["labels"].request("GET", f"/exec/{number}/json")[1])["ExitCode"] == 0, "exec")
    other = things["le-db"]["exec"]
    for method, target, body in (("GET", f"/exec/{other}/json", None), ("POST", f"/exec/{other}/start", {"Detach": True})):
        status, answer = gates["labels"].request(method, target, body)
        assert status == 403 and NOT_IT in answer
    assert not json.loads(things["plain"].request("GET", f"/exec/{other}/json")[1])["Running"]


def test_docker_cli(gates, things, tmp_path):
    """The CLI is the same for what bears the label, and says why for what does not."""
    labels = gates["labels"]
    wait_for(lambda: "said" in labels.docker("logs", "le-web"), "log")
    before = started_at(things, "le-web"), started_at(things, "le-db")
    assert labels.docker("restart", "-t", "5", "le-web") == "le-web"
    assert labels.docker("exec", "le-web", "echo", "hello") == "hello"
    assert labels.docker("exec", "-i", "le-web", "cat", stdin=b"through") == "through"
    (tmp_path / "file").write_text("copied")
    labels.docker("cp", str(tmp_path / "file"), "le-web:/tmp/file")
    assert labels.docker("exec", "le-web", "cat", "/tmp/file") == "copied"
    for words in (["logs", "le-db"], ["restart", "le-db"], ["exec", "le-db", "id"], ["inspect", "-f", "{{.Id}}", "--type", "container",
                                                                                     "le-db"], ["cp", "le-db:/bin/sh", "-"]):
        assert NOT_IT in labels.fails(*words) or words[0] == "cp", words
    assert "No such container: absent" in labels.fails("logs", "absent")
    assert started_at(things, "le-web") > before[0] and started_at(things, "le-db") == before[1]


def test_networks_volumes_and_images(gates, things):
    labels = gates["labels"]
    for net in ("le-web-net", things["le-web"]["net"], things["le-web"]["net"][:9]):
        assert json.loads(labels.request("GET", f"/networks/{net}")[1])["Id"] == things["le-web"]["net"]
    assert labels.request("GET", "/volumes/le-web-vol")[0] == 200
    found = json.loads(labels.request("GET", "/images/le-web:1/json")[1])
    assert found["RepoTags"] == ["le-web:1"]
    for image in ("le-web:1", found["Id"], found["Id"][7:19]):
        assert json.loads(labels.request("GET", f"/images/{image}/json")[1])["Id"] == found["Id"]
        assert labels.request("GET", f"/images/{image}/history")[0] == 200
    assert labels.request("POST", "/images/le-web:1/tag?repo=le-web&tag=2")[0] == 201
    assert b"le-web:2" in labels.fetch("/images/le-web:2/get")
    assert labels.request("DELETE", "/images/le-web:2")[0] == 200  # the name alone, since another is left
    assert labels.request("GET", "/images/le-web:1/json")[0] == 200
    image = json.loads(things["plain"].request("GET", "/images/le-db:1/json")[1])["Id"]
    for method, target in (("GET", "/networks/le-db-net"), ("GET", f"/networks/{things['le-db']['net'][:9]}"),
                           ("DELETE", "/networks/le-db-net"), ("GET", "/volumes/le-db-vol"), ("DELETE", "/volumes/le-db-vol"),
                           ("GET", "/images/le-db:1/json"), ("GET", f"/images/{image}/history"), ("GET", "/images/le-db:1/get"),
                           ("POST", "/images/le-db:1/tag?repo=le-x"), ("DELETE", "/images/le-db:1"),
                           ("GET", f"/images/{IMAGE}/json")):
        status, answer = labels.request(method, target)
        assert status == 403 and NOT_IT in answer, (target, answer)


def test_one_that_is_made_and_removed(engine, gates):
    """A volume and a network that bear it can be removed."""
    engine.docker("volume", "create", "--label", "le=shop", "le-gone")
    engine.docker("network", "create", "--label", "le=shop", "le-gone")
    try:
        assert gates["labels"].request("DELETE", "/volumes/le-gone")[0] == 204
        assert gates["labels"].request("DELETE", "/networks/le-gone")[0] == 204
    finally:
        engine.docker("volume", "rm", "-f", "le-gone", check=False)
        engine.docker("network", "rm", "le-gone", check=False)


def test_observing(gates, things):
    """Nothing is held back."""
    before = started_at(things, "le-db")
    assert gates["observing"].request("GET", "/containers/le-db/logs?stdout=1")[0] == 200
    assert gates["observing"].request("POST", "/containers/le-db/restart?t=5")[0] == 204
    assert started_at(things, "le-db") > before
    assert gates["observing"].request("GET", "/containers/absent/logs") == things["plain"].request("GET", "/containers/absent/logs")


def test_own_as_well(engine, gates):
    """Alice reaches what is hers and bears the label; what is another's is absent, whatever it bears."""
    alice = gates["alice"]
    try:
        for name, labels in (("le-hers", {"le": "shop"}), ("le-hers-2", {"le": "db"})):
            status, answer = alice.request("POST", f"/containers/create?name={name}", {"Image": IMAGE, "Labels": labels})
            assert status == 201, answer
        assert alice.request("GET", "/containers/le-hers/json")[0] == 200
        status, answer = alice.request("GET", "/containers/le-hers-2/json")
        assert status == 403 and "is allowed for what bears label le=shop (policy alice)" in answer
        for name in ("le-web", "le-db"):
            assert alice.request("GET", f"/containers/{name}/json") == (404, '{"message":"No such container: %s"}\n' % name)
    finally:
        engine.docker("rm", "-f", "le-hers", "le-hers-2", check=False)


def test_a_name_that_changes_hands(engine, configured, stub, things):
    """Between the question and the request another container takes the name: what was asked about is what is restarted."""
    def relay(c):
        while True:
            q = c.request(timeout=60)
            method, target = q.line.split(" ")
            status, body = engine.request(method, target)
            if method == "GET":
                engine.docker("rename", "le-web", "le-was-web")
                engine.docker("rename", "le-db", "le-web")
            c.send(b"HTTP/1.1 204 No Content\r\n\r\n" if status == 204 else reply(status, body))

    between = stub(relay)
    g = configured(json.dumps({"policies": {"labels": POLICIES["labels"]}}), engine=between)
    before = started_at(things, "le-web"), started_at(things, "le-db")
    try:
        with g.client() as c:
            assert c.post("/containers/le-web/restart?t=5", timeout=60).status == 204
        assert between.lines == ["GET /containers/le-web/json", f"POST /containers/{things['le-web']['id']}/restart?t=5"]
        assert started_at(things, "le-was-web") > before[0] and started_at(things, "le-web") == before[1]
    finally:
        engine.docker("rename", "le-web", "le-db", check=False)
        engine.docker("rename", "le-was-web", "le-web", check=False)
