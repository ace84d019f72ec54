"""Clients whose container's own label says what they get of a policy: `within`, and dockgate.allow. A stub stands for the
engine; what a real one does is in test_engine_callers.py."""

import json
import subprocess

import pytest

from support.client import Closed
from support.gate import binary
from test_callers import Containers, calling, connect, listed, status, wait_for  # noqa: F401 pylint: disable=unused-import
from test_configuration import reload

FILE = """
clients:
  - {name: parts, label: team=x, within: parts}
  - {label: team=x, policy: rest}
policies:
  parts:
    allow: [PING, CONTAINERS, CONTAINERS_START, "POST /containers/web-*/restart", EVENTS]
    deny: CONTAINERS_ARCHIVE
    query: {ContainerLogs: {tail: ["", "1"]}}
  rest: {allow: [PING, INFO]}
"""
TARGETS = ("/_ping", "/info", "/containers/json", "/containers/a/json", "/containers/a/archive?path=/", "/containers/a/logs",
           "/containers/a/logs?tail=all", "/volumes")


def labelled(name, address, text, **more):
    labels = {"team": "x", **more}
    if text is not None:
        labels["dockgate.allow"] = text
    return listed(name, address, labels)


def message(g, source, target, method="GET"):
    with connect(g, source) as c:
        c.request(method, target)
        answer = c.response()
        assert answer.status == 403, answer
        return json.loads(answer.body)["message"]


def settled(g, engine, source):
    """What the engine said is kept from now on: its events come in."""
    wait_for(lambda: engine.streams or status(g, source, "/_ping") == 0, "no events were asked for")
    wait_for(lambda: status(g, source, "/_ping") and (n := len(engine.asked)) and status(g, source, "/_ping") and
             n == len(engine.asked), "nothing is kept")


LABELS = [
    (None, ["/_ping", "/info"]),  # the next row
    ("PING", ["/_ping"]),
    ("CONTAINERS_LIST,PING", ["/_ping", "/containers/json"]),
    ("CONTAINERS", ["/containers/json", "/containers/a/json", "/containers/a/logs"]),
    ("ContainerLogs,ContainerArchive,INFO,VOLUMES", ["/containers/a/logs"]),  # never more than the policy
    ("", []),
    ("PING,PONG", []),
    ("PING, CONTAINERS", []),
    ("POST", []),
]


def test_what_labels_grant(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    engine = Containers(*[labelled(f"c{i}", f"127.0.0.{i + 2}", text) for i, (text, _) in enumerate(LABELS)])
    engine.details["a"] = {"Id": "a"}
    g = calling(FILE, engine)
    g.expect.append(".*the label dockgate.allow of the container c5 has a place for a name where there is none, so it grants "
                    "nothing; others like it are not named")
    for i, (text, allowed) in enumerate(LABELS):
        with connect(g, f"127.0.0.{i + 2}") as c:
            assert [t for t in TARGETS if c.get(t).status == 200] == allowed, text
    assert g.stderr().count("the label dockgate.allow") == 1
    wanted = {"/_ping", "/containers/json", "/containers/a/json", "/containers/a/logs"}
    denied = []

    def all_told(lines):
        denied[:] = [n for n in map(json.loads, lines) if n["option"] == "dockgate.allow"]
        return {n["target"] for n in denied} == wanted

    g.wait_log(all_told)
    assert {(n["verdict"], n["status"], n["policy"]) for n in denied} == {("deny", 403, "parts")}


def test_what_refusals_say(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    engine = Containers(labelled("a", "127.0.0.2", "CONTAINERS_LIST,CONTAINERS_LOGS"), labelled("b", "127.0.0.3", "CONTAINRES"),
                        labelled("c", "127.0.0.4", "x" * 5000), labelled("d", "127.0.0.5", 'a"\\\x01\u00e4'))
    g = calling(FILE, engine)
    g.expect.append(".*the label dockgate.allow of the container b names .*")
    assert message(g, "127.0.0.2", "/containers/a/start", "POST") == (
        "403 Forbidden: docker-socket-proxy is configured to not allow access to this function. To enable this function add "
        "CONTAINERS_START to the label dockgate.allow of the client's container.")
    assert message(g, "127.0.0.2", "/containers/web-1/restart", "POST").endswith(
        "add CONTAINERS_RESTART to the label dockgate.allow of the client's container.")
    # Where the policy is what denies, it says so itself.
    assert message(g, "127.0.0.2", "/volumes").endswith("turn on the VOLUMES_LIST option.")
    assert "the query's tail must be" in message(g, "127.0.0.2", "/containers/a/logs?tail=all")
    assert message(g, "127.0.0.3", "/containers/json").endswith(
        'The label dockgate.allow of the client\'s container names "CONTAINRES", which is no option or operationId; the nearest '
        "is CONTAINERS, so it grants nothing.")
    assert "has more than 4096 bytes" in message(g, "127.0.0.4", "/containers/json")
    assert 'names "a\\"\\\\\\x01\\xc3\\xa4", which is no option' in message(g, "127.0.0.5", "/containers/json")


def test_a_kept_connection_gets_what_the_next_container_has(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    first = labelled("a", "127.0.0.2", "PING,CONTAINERS_LIST")
    engine = Containers(first)
    engine.details["a"] = {"Id": "a"}
    g = calling(FILE, engine)
    settled(g, engine, "127.0.0.2")
    with connect(g, "127.0.0.2") as c:
        assert [c.get(t).status for t in ("/_ping", "/containers/json", "/containers/a/json")] == [200, 200, 403]
        engine.containers = [labelled("b", "127.0.0.2", "PING,CONTAINERS_INSPECT")]
        engine.event("die", first["Id"])
        wait_for(lambda: c.get("/containers/json").status == 403, "the label is trusted after its container's end")
        assert [c.get(t).status for t in ("/_ping", "/containers/json", "/containers/a/json")] == [200, 403, 200]
        engine.event("die", engine.containers[0]["Id"])
        engine.containers = [labelled("c", "127.0.0.2", None)]
        wait_for(lambda: c.get("/info").status == 200, "the next row does not fit")
        assert c.get("/containers/json").status == 403


def test_streams_and_reloads(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    """A stream goes on, but where `reopen` is said and what the label grants has no place for it any more."""
    engine = Containers(labelled("a", "127.0.0.2", "PING,EVENTS"), labelled("b", "127.0.0.3", "PING"))
    text = ("clients:\n  - {label: team=x, %s: parts}\n"
            "policies:\n  parts: {allow: [PING, EVENTS], limits: {reopen: true}}\n  other: {allow: [PING%s]}\n")
    g = calling(text % ("policy", ""), engine)
    settled(g, engine, "127.0.0.2")
    settled(g, engine, "127.0.0.3")
    with connect(g, "127.0.0.2") as keeps, connect(g, "127.0.0.3") as loses:
        for c in (keeps, loses):
            c.request("GET", "/events")
            assert c.response_head().status == 200
        reload(g, text % ("policy", ", INFO"))
        for stream in engine.clients:
            stream.send(b"2\r\nhi\r\n")
        keeps.read_until(b"hi")
        loses.read_until(b"hi")
        reload(g, text % ("within", ", INFO"))
        with pytest.raises(Closed):
            loses.read_until(b"never")
        engine.clients[0].send(b"2\r\nho\r\n")
        keeps.read_until(b"ho")
    assert [status(g, source, "/containers/json") for source in ("127.0.0.2", "127.0.0.3")] == [403, 403]


def test_a_reload_with_other_rows(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    """On a kept connection: from a label's part of a policy to all of it, by a row that asks for no container, and back."""
    engine = Containers(labelled("a", "127.0.0.2", "PING"))
    g = calling(FILE, engine)
    settled(g, engine, "127.0.0.2")
    with connect(g, "127.0.0.2") as c:
        assert [c.get(t).status for t in ("/_ping", "/containers/json")] == [200, 403]
        reload(g, FILE.replace("clients:\n", "clients:\n  - {cidr: 127.0.0.2, policy: parts}\n"))
        wait_for(lambda: c.get("/containers/json").status == 200, "the label narrows what is not within")
        reload(g, FILE)
        wait_for(lambda: c.get("/containers/json").status == 403, "the label is forgotten")
        reload(g, FILE.replace("within: parts", "policy: parts"))
        wait_for(lambda: c.get("/containers/json").status == 200, "the label narrows a whole policy")


def test_observed(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    engine = Containers(labelled("a", "127.0.0.2", "PING"))
    g = calling(FILE.replace("  parts:\n", "  parts:\n    mode: observe\n"), engine)
    assert status(g, "127.0.0.2", "/containers/json") == 200
    assert status(g, "127.0.0.2", "/_ping") == 200
    lines = [json.loads(n) for n in g.wait_log(lambda lines: len(lines) == 2 and lines)]
    assert [(n["option"], n["policy"], n["verdict"]) for n in lines] == [("dockgate.allow", "parts", "would-deny"),
                                                                       ("PING", "parts", "allow")]


def test_rows_that_need_no_answer_come_first(calling):  # noqa: F811 pylint: disable=redefined-outer-name
    engine = Containers(labelled("a", "127.0.0.2", "PING"))
    g = calling(FILE.replace("clients:\n", "clients:\n  - {cidr: 127.0.0.2, policy: rest}\n"), engine)
    assert [status(g, "127.0.0.2", t) for t in ("/_ping", "/info")] == [200, 200]
    assert engine.asked == []


# ---- commands ----

def run(*arguments):
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=20, env={}, check=False)


@pytest.fixture
def flag(workdir):
    path = workdir / "d.yaml"
    path.write_text(FILE)
    return f"--config={path}"


EXPLAINED = [
    ("PING,CONTAINERS", "GET", "/containers/json", 0, "allow: policy parts: CONTAINERS grants it"),
    ("PING", "GET", "/containers/json", 1, "deny: policy parts: the label dockgate.allow does not name CONTAINERS_LIST"),
    ("CONTAINERS", "GET", "/containers/a/archive", 1, "deny: policy parts: nothing in it allows that"),
    ("ContainerLogs", "GET", "/containers/a/logs?tail=9", 1, "the query's tail must be"),
    ("PONG", "GET", "/_ping", 1, 'the label dockgate.allow names "PONG", which is no option or operationId; the nearest is '
                                 "PING, so it grants nothing"),
    ("", "GET", "/_ping", 1, "has a place for a name where there is none"),
    ("PING", "GET", "/nothing", 1, "no operation of the Engine API"),
]


@pytest.mark.parametrize("label, method, target, code, words", EXPLAINED)
def test_explain(flag, label, method, target, code, words):
    done = run("explain", flag, "--as=parts", f"--label={label}", method, target)
    assert done.returncode == code and words in done.stdout, done
    done = run("explain", flag, "--as=parts", f"--label={label}", "--json", method, target)
    assert done.returncode == code and json.loads(done.stdout)["verdict"] == ("deny" if code else "allow")


def test_explain_asks_for_the_label(flag):
    assert "give that label's text with --label" in run("explain", flag, "--as=parts", "GET", "/_ping").stderr
    done = run("explain", flag, "--policy=parts", "--label=PING", "GET", "/_ping")
    assert done.returncode == 2 and "--label goes with --as and a client that has within" in done.stderr
    assert run("explain", "--label=PING", "GET", "/_ping").returncode == 2
    lines = "GET\t/_ping\nGET\t/containers/json\nGET\t/volumes\n"
    out = subprocess.run([binary(), "explain", flag, "--as=parts", "--label=PING", "--batch"], input=lines, env={},
                         capture_output=True, text=True, timeout=20, check=True).stdout
    assert out.splitlines() == ["allow\tPING\tSystemPing", "deny\tdockgate.allow\tContainerList", "deny\tVOLUMES_LIST\tVolumeList"]


def test_check_warns_of_who_chooses(flag, workdir):
    path = workdir / "c.yaml"
    text = ("clients: [{container: web, policy: web}]\npolicies:\n  web: {allow: INFO}\n  ci:\n    allow: ContainerRename\n"
            "    query: {ContainerRename: {name: %s}}\n")
    path.write_text(text % "'*'")
    done = run("check", f"--config={path}", "--strict")
    assert done.returncode == 1
    assert done.stderr == (f"dockgate: warning: {path}:4:3: a client under policy ci may choose names and labels of containers "
                           "(CONTAINERS_RENAME), and so one that gets policy web\n")
    path.write_text(text % "ci-*")
    done = run("check", f"--config={path}", "--strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_and_print(flag, workdir):
    out = run("check", flag, "--policy=parts").stdout
    assert ("within it: the client parts; its container's label dockgate.allow may grant up to what this policy allows\n"
            in out)
    assert "within it" not in run("check", flag, "--policy=rest").stdout
    found = json.loads(run("check", flag, "--policy=parts", "--json").stdout)["within"]
    assert found == [{"client": "parts", "line": 3}]
    assert json.loads(run("check", flag, "--policy=rest", "--json").stdout)["within"] == []
    printed = run("check", flag, "--print").stdout
    assert "within: parts" in printed
    again = workdir / "again.yaml"
    again.write_text(printed)
    assert run("check", f"--config={again}", "--print").stdout == printed
