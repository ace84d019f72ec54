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


@pytest.mark.parametrize("images,wrong", [
    (1, reply(500, b'{"message":"x"}', reason="Internal Server Error")), (0, reply(body=b'{"message":"x"}')), (0, reply(body=b"[{]")),
    (0, reply(body=json.dumps(CONTAINERS).encode())[:-20]), (0, b"nonsense\r\n\r\n"),
    (0, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]"),
], ids=["error", "no list", "no JSON", "cut", "no HTTP", "compressed"])
def test_what_the_engine_does_not_say(gate, stub, images, wrong):
    """Nothing is counted then, and nothing shown; nor what came before the list went wrong. Where it makes no sense it is not asked
    for more."""
    def broken(c):
        c.send(wrong)
        raise Closed

    g = gate(engine=stub(routes({"/info": INFO, "/networks/n": network("n", 1), **LISTS, "/containers/json": broken})), env=TEAM)
    assert counts_of(g.get("/info")) == [0, 0, 0, 0, images]
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


def event(kind, action, number, **attributes):
    return {"Type": kind, "Action": action, "Actor": {"ID": number, "Attributes": attributes}, "time": 1}


def chunk(value):
    text = json.dumps(value).encode() + b"\n"
    return b"%x\r\n%s\r\n" % (len(text), text)


class Events:
    """An engine whose events come when the test says so, and whose things are what it says at that moment."""

    def __init__(self, **things):
        self.things = {f"/{path.replace('_', '/')}": value for path, value in things.items()}
        self.asked = []
        self.streams = []
        self.begun = threading.Semaphore(0)
        self.listed = threading.Semaphore(0)
        self.slow = None

    def __call__(self, c):
        while True:
            target = c.request(timeout=60).target
            path = target.split("?")[0]
            if path == "/events":
                c.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                self.streams.append(c)
                self.begun.release()
                c.expect_close(timeout=60)
                return
            self.asked.append(path)
            if self.slow is not None:
                assert self.slow.wait(30)
            found = self.things.get(path)
            c.send(reply(404, b'{"message":"no"}', reason="Not Found") if found is None else
                   found if isinstance(found, bytes) else reply(body=json.dumps(found).encode()))
            if path == "/configs":
                self.listed.release()

    def send(self, *events):
        for c in self.streams:
            c.send(b"".join(chunk(one) for one in events))


def labelled(team, **more):
    return {"Labels": {"team": team}, **more}


EMPTY = {"networks": [], "volumes": {"Volumes": []}, "services": [], "secrets": [], "configs": []}
LAST = event("container", "start", "c9", team="a")


def follow(g, engine):
    c = g.client()
    c.send(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    c.read_until(b"\r\n\r\n")
    assert engine.begun.acquire(timeout=30)
    return c


def seen(c):
    """What came until LAST, as kind, action and id."""
    text = c.read_until(b'"c9"')
    text += c.read_until(b"\n")
    lines = [json.loads(line) for line in text.decode().splitlines() if line.startswith("{")]
    assert lines.pop()["Actor"]["ID"] == "c9"
    return [(one["Type"], one["Action"], one["Actor"]["ID"]) for one in lines]


def test_events_of_things(gate, stub):
    """What is visible is told of from its beginning to its end, also what was there before; nothing of others."""
    engine = Events(**EMPTY | {"volumes": {"Volumes": [labelled("a", Name="old"), labelled("b", Name="other")]}},
                    volumes_mine=labelled("a", Name="mine"), volumes_other=labelled("b", Name="other"),
                    networks_n1=labelled("a", Id="n1", Name="n"), networks_n2=labelled("b", Id="n2", Name="m"))
    g = gate(engine=stub(engine), env=TEAM)
    with follow(g, engine) as c:
        assert engine.listed.acquire(timeout=30)  # before anything happens
        engine.things["/volumes"] = EMPTY["volumes"]
        engine.send(event("volume", "create", "mine"), event("volume", "create", "other"), event("network", "create", "n1"),
                    event("network", "create", "n2"), event("volume", "destroy", "old"), event("volume", "destroy", "gone"),
                    event("network", "destroy", "n1"), event("network", "destroy", "n2"), event("secret", "create", "s1"), LAST)
        assert seen(c) == [("volume", "create", "mine"), ("network", "create", "n1"), ("volume", "destroy", "old"),
                           ("network", "destroy", "n1")]
        assert engine.asked[5:] == ["/volumes/mine", "/volumes/other", "/networks/n1", "/networks/n2", "/volumes/old",
                                    "/volumes/gone", "/secrets/s1"]
        assert engine.asked[:5] == ["/networks", "/volumes", "/services", "/secrets", "/configs"]
        # A name that somebody else has by now.
        engine.things["/volumes/mine"] = labelled("b", Name="mine")
        engine.send(event("volume", "create", "mine"), event("volume", "mount", "mine"), LAST)
        assert seen(c) == []
        del engine.things["/volumes/mine"]
        engine.send(event("volume", "destroy", "mine"), LAST)
        assert seen(c) == []


def test_events_of_connections(gate, stub):
    """A container that is not visible is not told of by the network that it joins, nor by a volume that it mounts."""
    engine = Events(**EMPTY, networks_n1=labelled("a", Id="n1", Name="n"), volumes_v=labelled("a", Name="v"),
                    containers_c2_json={"Id": "c2", "Config": labelled("b")}, containers_c3_json={"Id": "c3", "Config": labelled("a")})
    g = gate(engine=stub(engine), env=TEAM)
    with follow(g, engine) as c:
        engine.send(event("container", "create", "c1", team="a"), *(
            event(kind, action, number, container=container) for container in ("c1", "c2", "c3", "c4")
            for kind, action, number in (("network", "connect", "n1"), ("volume", "mount", "v"))), LAST)
        told = [("network", "connect", "n1"), ("volume", "mount", "v")]
        assert seen(c) == [("container", "create", "c1"), *told, *told]
        assert [path for path in engine.asked if path.startswith("/containers")] == [
            "/containers/c2/json", "/containers/c3/json", "/containers/c4/json", "/containers/c4/json"]


@pytest.mark.parametrize("wrong", [reply(500, b"{}", reason="x"), reply(body=b"[]"), reply(body=b"{"), b"nonsense\r\n\r\n"],
                         ids=["error", "a list", "cut", "no HTTP"])
def test_events_that_nobody_explains(gate, stub, wrong):
    engine = Events(**dict.fromkeys(EMPTY, wrong), volumes_v=wrong)
    g = gate(engine=stub(engine), env=TEAM)
    with follow(g, engine) as c:
        engine.send(event("volume", "create", "v"), LAST, event("volume", "mount", "v"), LAST)
        assert (seen(c), seen(c)) == ([], [])


def test_events_by_name(gate, stub):
    """A name is enough: nothing is asked but what was there before."""
    engine = Events(**EMPTY)
    g = gate(engine=stub(engine), env=NAMED)
    with follow(g, engine) as c:
        engine.send(event("volume", "create", "web1"), event("network", "create", "n1", name="web"),
                    event("volume", "destroy", "web1"), LAST)
        assert len(seen(c)) == 3
    assert len(engine.asked) == 5


def test_events_wait_for_an_answer(gate, stub):
    """In their order, however many came meanwhile; others are served; a client may leave."""
    engine = Events(**EMPTY, volumes_v=labelled("a", Name="v"))
    listening = stub(engine)
    g = gate(engine=listening, env=TEAM | {"DOCKGATE_WORKERS": "1"})
    engine.slow = threading.Event()
    with follow(g, engine) as c, follow(g, engine) as leaves:
        several = [event("container", "start", f"c{n}", team="a") for n in range(9)]
        engine.send(event("volume", "create", "v"), *several, event("volume", "mount", "v"), LAST)
        c.expect_quiet()
        leaves.reset()
        engine.slow.set()
        assert [one[2] for one in seen(c)] == ["v", *(f"c{n}" for n in range(9)), "v"]


def test_an_end_of_events(gate, stub):
    """`until`: what comes last may have to be asked about."""
    def bounded(c):
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(event("volume", "create", "v")) + b"0\r\n\r\n")

    def none(c):
        c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    lists = {f"/{path}": value for path, value in EMPTY.items()}
    g = gate(engine=stub(routes({"/events": bounded, **lists, "/volumes/v": labelled("a", Name="v")})), env=TEAM)
    with g.client() as c:
        for _ in range(2):
            assert json.loads(c.get("/events?until=1").body)["Actor"]["ID"] == "v"
    g = gate(engine=stub(routes({"/events": none, **lists})), env=TEAM)
    assert g.get("/events?until=1").body == b""
