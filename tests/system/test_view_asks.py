"""What a view has to ask the engine beside an answer, from a stub engine: how many things of each sort are visible, and which
containers run. The answer waits for it, and what the engine does not say is as good as nothing."""

import json
import threading

import pytest
from support.client import Closed
from support.stub import reply

ALL = {"INFO": "1", "NETWORKS": "1", "CONTAINERS": "1", "SYSTEM": "1"}
TEAM = ALL | {"DOCKGATE_VISIBLE": "label=team=a"}
NAMED = ALL | {"DOCKGATE_VISIBLE": "label=team=a,name=web*"}
FILTER = "filters=%7B%22label%22%3A%5B%22team%3Da%22%5D%7D"
INFO = {"ID": "x", "Containers": 71, "ContainersRunning": 61, "ContainersPaused": 51, "ContainersStopped": 41, "Images": 31,
        "Name": "h"}
KEYS = ("Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images")


def container(number, team, state="running", name="x"):
    return {"Id": f"{number:064x}", "Names": [f"/{name}{number}"], "Labels": {"team": team}, "State": state}


CONTAINERS = [container(1, "a"), container(2, "b"), container(3, "a", "paused"), container(4, "a", "exited"),
              container(5, "b", "exited", "web")]
IMAGES = [{"Id": "sha256:1", "Labels": {"team": "a"}, "RepoTags": None}, {"Id": "sha256:2", "Labels": {}, "RepoTags": ["webs:1"]},
          {"Id": "sha256:3", "Labels": {}, "RepoTags": ["x:1"]}]


def network(name, *numbers, team="a"):
    return {"Name": name, "Id": "1" * 64, "Containers": {f"{n:064x}": {"Name": f"c{n}", "IPv4Address": "10.0.0.1"} for n in numbers},
            "Options": {}, "Labels": {"team": team}}


def routes(table):
    """A handler: answers by the target's path, bytes as they are, functions of the connection."""
    def handle(c):
        while True:
            found = table[c.request(timeout=60).target.split("?")[0]]
            if callable(found):
                found(c)
            else:
                c.send(found if isinstance(found, bytes) else reply(body=json.dumps(found).encode()))
    return handle


LISTS = {"/containers/json": CONTAINERS, "/images/json": IMAGES}


def counts_of(r):
    info = json.loads(r.body)
    assert info["Name"] == "h"
    return [info[key] for key in KEYS]


@pytest.mark.parametrize("env,counts,asked", [
    (TEAM, [3, 1, 1, 1, 1], [f"/containers/json?all=1&{FILTER}", f"/images/json?all=1&{FILTER}"]),
    (NAMED, [4, 1, 1, 2, 2], ["/containers/json?all=1", "/images/json?all=1"]),
], ids=["label", "names"])
def test_info_counts(gate, stub, env, counts, asked):
    engine = stub(routes({"/info": INFO, **LISTS}))
    g = gate(engine=engine, env=env)
    with g.client() as c:
        for _ in range(2):  # the connection goes on
            r = c.get("/info")
            assert (r.status, counts_of(r)) == (200, counts)
    assert [q.target for q in engine.requests] == ["/info", *asked] * 2


def test_nothing_is_asked_without_need(gate, stub):
    """Where all is visible, where there is nothing to narrow, and for other documents."""
    engine = stub(routes({"/info": INFO, "/networks/n": network("n"), "/networks": [network("n"), network("m", team="b")]}))
    g = gate(engine=engine, env=ALL | {"DOCKGATE_REDACT": "all"})
    assert counts_of(g.get("/info")) == [71, 61, 51, 41, 31]
    g = gate(engine=engine, env=TEAM)
    assert json.loads(g.get("/networks/n").body)["Containers"] == {}
    assert len(json.loads(g.get("/networks").body)) == 1
    assert [q.target for q in engine.requests] == ["/info", "/networks/n", "/networks"]


@pytest.mark.parametrize("wrong", [
    reply(500, b'{"message":"x"}', reason="Internal Server Error"), reply(body=b'{"message":"x"}'), reply(body=b"[{]"),
    reply(body=json.dumps(CONTAINERS).encode())[:-20], b"nonsense\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]",
], ids=["error", "no list", "no JSON", "cut", "no HTTP", "compressed"])
def test_what_the_engine_does_not_say(gate, stub, wrong):
    """Nothing is counted then, and nothing shown; nor what came before the list went wrong."""
    def broken(c):
        c.send(wrong)
        raise Closed

    g = gate(engine=stub(routes({"/info": INFO, "/networks/n": network("n", 1), **LISTS, "/containers/json": broken})), env=TEAM)
    assert counts_of(g.get("/info")) == [0, 0, 0, 0, 1]
    assert json.loads(g.get("/networks/n").body)["Containers"] == {}


@pytest.mark.parametrize("env,shown", [(TEAM, ["c1", "c3"]), (NAMED, ["c1", "c3", "c5"])], ids=["label", "names"])
def test_containers_of_a_network(gate, stub, env, shown):
    """By their ids; the names in the map are nobody's proof."""
    one = network("n", 1, 2, 3, 5, 9)
    one["Containers"]["0" * 63 + "2"]["Name"] = "web2"
    engine = stub(routes({"/networks/n": one, "/networks": [network("m"), one, network("k", 2, 1)], **LISTS}))
    g = gate(engine=engine, env=env)
    for _ in range(2):
        assert [c["Name"] for c in json.loads(g.get("/networks/n").body)["Containers"].values()] == shown
    asked = len(engine.requests)
    got = json.loads(g.get("/networks").body)
    assert [[c["Name"] for c in n["Containers"].values()] for n in got] == [[], shown, ["c1"]]
    assert len(engine.requests) == asked + 2  # once for all of them
    assert all("/containers/json?all=0" in q.target for q in engine.requests[asked + 1:])


def test_pieces(gate, stub):
    """However the engine cuts its answers."""
    def pieces(value):
        def send(c):
            c.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            text = json.dumps(value).encode()
            for at in range(0, len(text), 3):
                part = text[at:at + 3]
                c.send(b"%x\r\n%s\r\n" % (len(part), part))
            c.send(b"0\r\n\r\n")
        return send

    table = {"/info": INFO, "/networks/n": network("n", 1, 2, 3), **LISTS}
    g = gate(engine=stub(routes({path: pieces(value) for path, value in table.items()})), env=TEAM)
    assert counts_of(g.get("/info")) == [3, 1, 1, 1, 1]
    assert len(json.loads(g.get("/networks/n").body)["Containers"]) == 2
    with g.client() as c:
        c.send(b"GET /info HTTP/1.0\r\n\r\n")
        assert b'"Containers":3,' in c.read_to_end()


def test_while_it_is_asked(gate, stub):
    """Others are served; a client that leaves meanwhile takes its question with it; one that waits gets its answer."""
    here, go = threading.Semaphore(0), threading.Event()

    def slow(c):
        here.release()
        assert go.wait(30)
        c.try_send(reply(body=json.dumps(CONTAINERS).encode()))

    engine = stub(routes({"/info": INFO, "/images/json": IMAGES, "/containers/json": slow, "/networks/n": network("n")}))
    g = gate(engine=engine, env=TEAM | {"DOCKGATE_WORKERS": "1"})
    with g.client() as waits:
        with g.client() as leaves:
            for c in (leaves, waits):
                c.send(b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n")
                assert here.acquire(timeout=30)
            assert g.get("/networks/n").status == 200
            leaves.reset()
            g.wait_log(lambda lines: len(lines) >= 2)  # it is over
        go.set()
        assert counts_of(waits.response()) == [3, 1, 1, 1, 1]


def test_malformed_behind_a_question(gate, stub):
    """What follows in the answer while the engine is asked may be wrong: 502, and the question is forgotten."""
    here, go = threading.Event(), threading.Event()

    def broken(c):
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"Containers\":71\r\nxyz\r\n")

    def slow(c):
        here.set()
        assert go.wait(30)
        c.try_send(reply(body=b"[]"))

    g = gate(engine=stub(routes({"/info": broken, "/containers/json": slow, "/networks/n": network("n")})), env=TEAM)
    r = g.get("/info")
    assert r.status == 502 and b"malformed" in r.body
    go.set()
    assert g.get("/networks/n").status == 200
