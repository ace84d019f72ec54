"""Clients known by the container that they come from: what a real engine can't be made to do. See test_engine_callers.py
for what it can."""

import json
import os
import secrets
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support.client import Closed
from support.proc import becoming
from support.seccomp import deny
from test_configuration import reload

POLICIES = """
policies:
  web: {allow: [PING, VERSION]}
  jobs: {allow: [PING, INFO]}
  plain: {allow: [PING]}
"""
BY_NAME = "clients:\n  - {container: web-*, policy: web}\n  - {service: jobs, policy: jobs}\n" + POLICIES


def listed(name, address, labels=None, container=None):
    """One container as the engine lists it."""
    return {"Id": container or secrets.token_hex(32), "Names": [f"/{name}"], "Labels": labels or {},
            "NetworkSettings": {"Networks": {"some": {"IPAddress": address, "GlobalIPv6Address": ""}}}}


class Containers:
    """A handler of a stub engine: containers that tests change, and events that they send."""

    def __init__(self, *containers):
        self.containers = list(containers)
        self.details = {}
        self.streams = []
        self.clients = []  # streams of the gate's clients
        self.asked = []  # the questions of the gate, as lines
        self.hold = None  # an Event: the list is told when it is set
        self.events_answer = None  # raw bytes in place of a stream
        self.list_answer = None

    def __call__(self, c):
        while True:
            q = c.request(timeout=60)
            path = q.target.split("?")[0]
            if path == "/events" and "filters" not in q.target:
                self.clients.append(c)  # first: whoever has the head finds it there
                c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                try:
                    c.sock.recv(1)
                except OSError:
                    pass
                return
            if path == "/events":
                self.asked.append("events")
                if self.events_answer is not None:
                    c.send(self.events_answer)
                    return
                self.streams.append(c)
                c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                try:
                    while c.sock.recv(100):
                        pass
                except OSError:
                    pass  # cut off by the test
                return
            if path == "/containers/json":
                self.asked.append("list")
                if self.hold is not None:
                    self.hold.wait(30)
                if self.list_answer is not None:
                    c.send(self.list_answer)
                    return
                c.reply(body=json.dumps(self.containers).encode())
            elif path.startswith("/containers/") and path.endswith("/json"):
                container = path.split("/")[2]
                self.asked.append("inspect")
                if container in self.details:
                    c.reply(body=json.dumps(self.details[container]).encode())
                else:
                    c.reply(status=404, body=b'{"message":"No such container"}')
            else:
                c.reply(body=b'"OK"')

    def event(self, action, container, kind="container"):
        actor = container if kind == "container" else secrets.token_hex(32)
        event = {"Type": kind, "Action": action, "Actor": {"ID": actor, "Attributes": {"container": container}}}
        data = json.dumps(event).encode() + b"\n"
        for stream in self.streams:
            stream.send(b"%x\r\n%s\r\n" % (len(data), data))

    def cut(self):
        for stream in self.streams:
            stream.sock.shutdown(socket.SHUT_RDWR)
        self.streams.clear()


def wait_for(condition, what, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


@pytest.fixture
def calling(gate, stub, workdir):
    """calling(text, containers) -> Gate with one worker, .config and .engine."""

    def make(text, handler, **kwargs):
        path = workdir / "dockgate.yaml"
        path.write_text(text)
        g = gate(env={"DOCKGATE_CONFIG": str(path), "DOCKGATE_WORKERS": "1"}, engine=stub(handler), **kwargs)
        g.config = path
        g.expect.append(".*events can't be read.*")  # the stub ends before the gate
        return g

    return make


def connect(g, source):
    """A connection from that address of the loopback."""
    return g.client(source=source, timeout=20)


def status(g, source, target):
    with connect(g, source) as c:
        return c.get(target).status


def test_names_services_and_first_match(calling):
    engine = Containers(listed("web-1", "127.0.0.2"), listed("job", "127.0.0.3", {"com.docker.compose.service": "jobs"}),
                        listed("db", "127.0.0.4"))
    g = calling("clients:\n  - {cidr: 127.0.0.9, policy: jobs}\n" + BY_NAME.replace("clients:\n", ""), engine)
    assert status(g, "127.0.0.9", "/info") == 200
    assert engine.asked == []  # a row before those by container needs nothing
    assert [status(g, "127.0.0.2", t) for t in ("/version", "/info")] == [200, 403]
    assert [status(g, "127.0.0.3", t) for t in ("/version", "/info")] == [403, 200]
    assert [status(g, "127.0.0.4", t) for t in ("/version", "/_ping")] == [403, 403]
    assert [status(g, "127.0.0.5", t) for t in ("/version", "/_ping")] == [403, 403]


def test_labels_of_callers_and_their_choice(calling):
    engine = Containers(listed("a", "127.0.0.2", {"team": "x", "dockgate.policy": "jobs"}),
                        listed("b", "127.0.0.3", {"team": "x", "dockgate.policy": "web"}),
                        listed("c", "127.0.0.4", {"team": "x"}), listed("d", "127.0.0.5", {"team": "y"}),
                        listed("e", "127.0.0.6", {"team": "y", "dockgate.policy": "jobs"}))
    g = calling("clients:\n  - {label: team=x, by-label: [jobs, plain]}\n  - {label: [team=x], policy: plain}\n"
                "  - {label: [team], policy: web}\n" + POLICIES, engine)
    allowed = {source: [t for t in ("/_ping", "/version", "/info") if status(g, source, t) == 200]
               for source in ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6")}
    assert allowed == {"127.0.0.2": ["/_ping", "/info"], "127.0.0.3": ["/_ping"], "127.0.0.4": ["/_ping"],
                       "127.0.0.5": ["/_ping", "/version"], "127.0.0.6": ["/_ping", "/version"]}


def test_kept_until_an_event_says_otherwise(calling):
    web = listed("web-1", "127.0.0.2")
    engine = Containers(web)
    g = calling(BY_NAME, engine)
    assert status(g, "127.0.0.2", "/version") == 200
    wait_for(lambda: engine.streams, "no events were asked for")
    # What was asked for before the events came in is asked for once more, and then kept.
    wait_for(lambda: status(g, "127.0.0.2", "/version") == 200 and
             (n := len(engine.asked)) and status(g, "127.0.0.2", "/version") == 200 and n == len(engine.asked),
             "nothing is kept")
    with connect(g, "127.0.0.2") as c:
        assert c.get("/version").status == 200
        engine.event("exec_create: ls", web["Id"])
        assert c.get("/version").status == 200
        engine.containers = []
        engine.event("die", web["Id"])
        wait_for(lambda: c.get("/version").status == 403, "the container is trusted after its end")
    n = engine.asked.count("list")
    assert status(g, "127.0.0.2", "/version") == 403
    # That it is in none is kept as well, until something starts.
    assert status(g, "127.0.0.2", "/version") == 403
    assert engine.asked.count("list") <= n + 1
    engine.containers = [listed("web-2", "127.0.0.2")]
    engine.event("connect", engine.containers[0]["Id"], "network")
    wait_for(lambda: status(g, "127.0.0.2", "/version") == 200, "the new container stays unknown")
    # Taken from a network, it has no address any more.
    left = engine.containers.pop()
    engine.event("disconnect", left["Id"], "network")
    wait_for(lambda: status(g, "127.0.0.2", "/version") == 403, "an address is trusted that was taken away")
    assert engine.asked.count("events") == 1


def test_an_event_while_it_is_asked(calling):
    """What the engine says may be untrue by the time that it is read: it counts once, and is not kept."""
    web = listed("web-1", "127.0.0.2")
    engine = Containers(web)
    g = calling("clients:\n  - {cidr: 127.0.0.9, policy: plain}\n" + BY_NAME.replace("clients:\n", ""), engine)
    assert status(g, "127.0.0.2", "/version") == 200
    wait_for(lambda: engine.streams, "no events were asked for")
    wait_for(lambda: status(g, "127.0.0.2", "/version") == 200 and
             (n := len(engine.asked)) and status(g, "127.0.0.2", "/version") == 200 and n == len(engine.asked),
             "nothing is kept")

    def turn():
        """One of the gate's loop, in which events are read."""
        assert status(g, "127.0.0.9", "/_ping") == 200

    engine.event("pause", web["Id"])
    turn()
    engine.hold = threading.Event()
    data = json.dumps([web]).encode()
    engine.list_answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data)
    n = engine.asked.count("list")
    with connect(g, "127.0.0.2") as c:
        c.send(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: engine.asked.count("list") > n, "what is known stays known")
        engine.event("die", web["Id"])
        turn()
        engine.hold.set()
        assert c.response().status == 200
        engine.containers, engine.list_answer = [], None
        assert c.get("/version").status == 403
    assert status(g, "127.0.0.2", "/version") == 403


def test_nothing_is_kept_without_events(calling):
    engine = Containers(listed("web-1", "127.0.0.2"))
    engine.events_answer = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    g = calling(BY_NAME, engine)
    for n in range(1, 6):
        with connect(g, "127.0.0.2") as c:
            assert [c.get("/version").status for _ in range(3)] == [200, 200, 200]
        assert engine.asked.count("list") == n
    g.wait_stderr("events can't be read", timeout=20)
    assert g.stderr().count("events can't be read") == 1


def test_events_cut_off(calling):
    web = listed("web-1", "127.0.0.2")
    engine = Containers(web)
    g = calling(BY_NAME, engine)
    assert status(g, "127.0.0.2", "/version") == 200
    wait_for(lambda: engine.streams, "no events were asked for")
    with connect(g, "127.0.0.2") as c:
        wait_for(lambda: c.get("/version").status == 200, "never allowed")
        engine.containers = []  # nobody tells
        engine.cut()
        wait_for(lambda: c.get("/version").status == 403, "what was known is trusted without events")
    wait_for(lambda: status(g, "127.0.0.2", "/version") == 403 and engine.asked.count("events") > 1,
             "events are not asked for again")


def test_a_slow_engine_blocks_nobody_else(calling):
    engine = Containers(listed("web-1", "127.0.0.2"))
    engine.hold = threading.Event()
    g = calling("clients:\n  - {cidr: 127.0.0.9, policy: plain}\n" + BY_NAME.replace("clients:\n", ""), engine)
    waiting = [connect(g, "127.0.0.2") for _ in range(100)]
    for c in waiting:
        c.send(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_for(lambda: "list" in engine.asked, "nobody asked")
    for _ in range(10):
        assert status(g, "127.0.0.9", "/_ping") == 200
    waiting.pop().close()
    engine.hold.set()
    for c in waiting:
        assert c.response().status == 200
        c.close()
    assert engine.asked.count("list") < 10  # many ask at once


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n", b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[{},{",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[{},{}"])
def test_no_answer_is_no_policy(calling, answer):
    """A row that can't be looked at must not let a later one fit."""
    engine = Containers()
    engine.list_answer = answer
    g = calling("clients:\n  - {container: bad, policy: plain}\n  - {cidr: 127.0.0.0/8, policy: web}\n" + POLICIES, engine)
    with connect(g, "127.0.0.2") as c:
        for _ in range(2):
            a = c.get("/version")
            assert a.status == 503
            assert b"who is calling can't be found out" in a.body
        engine.list_answer = None
        assert c.get("/version").status == 200
    g.expect.append(".*a client is refused.*")


def test_one_address_of_two_containers(calling):
    engine = Containers(listed("web-1", "127.0.0.2"), listed("other", "127.0.0.2"))
    g = calling(BY_NAME, engine)
    with connect(g, "127.0.0.2") as c:
        a = c.get("/version")
        assert (a.status, b"two containers have this address" in a.body) == (503, True)
    g.expect.append(".*a client is refused.*")


def test_rows_that_come_with_a_reload(calling):
    engine = Containers(listed("web-1", "127.0.0.2"))
    g = calling("clients: [{cidr: 127.0.0.0/8, policy: plain}]\n" + POLICIES, engine)
    with connect(g, "127.0.0.2") as c:
        assert c.get("/version").status == 403
        assert engine.asked == []  # gates without such rows ask nothing
        reload(g, BY_NAME)
        wait_for(lambda: c.get("/version").status == 200, "the new rows don't count")
        wait_for(lambda: engine.streams, "no events were asked for")
        reload(g, "clients: [{cidr: 127.0.0.0/8, policy: plain}]\n" + POLICIES)
        wait_for(lambda: c.get("/version").status == 403, "the old rows count")
        stream = engine.streams[0]
        wait_for(lambda: stream.sock.fileno() < 0, "events are read for nobody")


def test_streams_behind_a_reload(calling):
    """`reopen` ends those whose policy has changed, and no other's, as far as that is known without asking."""
    engine = Containers(listed("web-1", "127.0.0.2"))
    text = ("clients:\n  - {cidr: 127.0.0.9, policy: plain}\n  - {container: web-*, policy: web}\n"
            "policies:\n  web: {allow: [EVENTS%s], limits: {reopen: true}}\n"
            "  plain: {allow: [EVENTS], limits: {reopen: true}}\n  other: {allow: [PING%s]}\n")
    g = calling(text % ("", ""), engine)
    wait_for(lambda: status(g, "127.0.0.2", "/_ping") == 403 and (n := len(engine.asked)) and
             status(g, "127.0.0.2", "/_ping") == 403 and n == len(engine.asked), "nothing is kept")
    with connect(g, "127.0.0.2") as web, connect(g, "127.0.0.9") as plain:
        for client in (web, plain):
            client.request("GET", "/events")
            assert client.response_head().status == 200
        reload(g, text % ("", ", INFO"))
        for stream in engine.clients:
            stream.send(b"2\r\nhi\r\n")
        web.read_until(b"hi")
        plain.read_until(b"hi")
        reload(g, text % (", INFO", ", INFO"))
        with pytest.raises(Closed):
            web.read_until(b"never")
        engine.clients[1].send(b"2\r\nho\r\n")
        plain.read_until(b"ho")


def test_told_to_end_while_it_asks(calling):
    engine = Containers(listed("web-1", "127.0.0.2"))
    engine.hold = threading.Event()
    g = calling(BY_NAME, engine)
    with connect(g, "127.0.0.2") as c:
        c.send(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: "list" in engine.asked, "nobody asked")
        g.signal()
        engine.hold.set()
        assert c.response().status == 200


# ---- unix sockets ----

def cgroup_root():
    """Where control groups can be made here, or None."""
    for path in (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")):
        if os.geteuid() == 0 and (path / "cgroup.procs").exists() and os.access(path, os.W_OK):
            return path
    return None


@pytest.fixture
def groups():
    """Factory of control groups: groups("name/ID") -> its folder."""
    root = cgroup_root()
    if root is None:
        pytest.skip("control groups can't be made here")
    top = root / f"dockgate-test-{secrets.token_hex(4)}"
    made = []

    def make(path):
        folder = top
        for part in ["", *path.split("/")]:
            folder = folder / part
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
        return folder

    yield make
    for folder in reversed(made):
        wait_for(lambda: not (folder / "cgroup.procs").read_text(), "somebody is still in a test's control group")
        folder.rmdir()


def run_in(folder, *argv):
    """A process that is in the group from its beginning."""
    return subprocess.Popen(["sh", "-c", f"echo $$ >{folder}/cgroup.procs && exec \"$@\"", "sh", *argv],
                            stdout=subprocess.PIPE, text=True)


def unix_get(g, target):
    with g.client(g.unix) as c:
        return c.get(target).status


def unix_status(folder, g, target):
    out = run_in(folder, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", str(g.unix),
                 f"http://d{target}").communicate(timeout=30)[0]
    return int(out)


# Linux 6.5 has a descriptor of the peer (SO_PEERPIDFD); before it, the process's start has to do (ENOPROTOOPT).
KERNELS = pytest.mark.parametrize("around", [[], ["/usr/bin/python3", "-c", becoming(deny("getsockopt", 92, (2, 77)))]],
                                  ids=["as it is", "older"])


@KERNELS
def test_control_groups(calling, groups, around):
    container, other = secrets.token_hex(32), secrets.token_hex(32)
    folder, forged, unknown = groups(f"real/{container}"), groups(f"fake/{container}"), groups(f"real/{other}")
    first = run_in(folder, "sleep", "1000")
    try:
        wait_for(lambda: container in Path(f"/proc/{first.pid}/cgroup").read_text(), "not in its group")
        engine = Containers()
        engine.details[container] = {"Id": container, "Name": "/web-1", "State": {"Running": True, "Pid": first.pid},
                                     "Config": {"Labels": {}}}
        g = calling(BY_NAME, engine, around=around)
        assert unix_get(g, "/version") == 403
        assert engine.asked == []  # a process in no container is nothing to ask for
        # Who only calls itself like the container is not in it, whether that is known already or not.
        assert unix_status(forged, g, "/version") == 403
        assert unix_status(folder, g, "/version") == 200
        assert unix_status(folder, g, "/info") == 403
        assert unix_status(forged, g, "/version") == 403
        assert unix_status(unknown, g, "/version") == 403
        # A group below the container's own is still the container.
        assert unix_status(groups(f"real/{container}/nested"), g, "/version") == 200
        assert unix_status(groups(f"real/{container}/{other}"), g, "/version") == 200
        n = engine.asked.count("inspect")
        assert unix_status(folder, g, "/version") == 200
        assert engine.asked.count("inspect") == n
    finally:
        first.kill()
        first.wait()


@KERNELS
def test_process_that_is_gone(calling, groups, around):
    """Who connects and ends can't be told from whoever gets its id."""
    folder = groups(f"real/{secrets.token_hex(32)}")
    g = calling(BY_NAME, Containers(), around=around)
    ours, theirs = socket.socketpair()
    code = ("import array,socket,sys;u=socket.socket(socket.AF_UNIX);u.connect(sys.argv[1]);"
            "s=socket.socket(fileno=int(sys.argv[2]));"
            "s.sendmsg([b'x'],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array('i',[u.fileno()]))])")
    with ours, theirs:
        os.set_inheritable(theirs.fileno(), True)
        done = subprocess.run(["sh", "-c", f"echo $$ >{folder}/cgroup.procs && exec \"$@\"", "sh", "/usr/bin/python3", "-c",
                               code, str(g.unix), str(theirs.fileno())], close_fds=False, timeout=30, check=True)
        assert done.returncode == 0
        _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    with socket.socket(fileno=fds[0]) as left:
        left.settimeout(20)
        left.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        got = left.recv(1000)
    assert b" 503 " in got and b"the process that connected is gone" in got
    g.expect.append(".*a client is refused.*")


# A process of several threads whose first one ends. (60 and 93: exit, of one thread.)
HALF_GONE = """
import ctypes, os, platform, re, socket, sys, threading
def ask():
    while int(re.sub(r".*\\) ", "", open("/proc/self/stat").read()).split()[6]) & 4 == 0:
        pass
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(sys.argv[1])
        s.sendall(b"GET /version HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        os.write(1, s.recv(1000))
    os._exit(0)
threading.Thread(target=ask).start()
ctypes.CDLL(None).syscall(60 if platform.machine() == "x86_64" else 93, 0)
"""


@KERNELS
def test_process_whose_first_thread_is_gone(calling, groups, around):
    """The kernel may say of it that it is in no control group, and so in no container, for which another row could fit."""
    folder = groups(f"real/{secrets.token_hex(32)}")
    g = calling(BY_NAME.replace("policies:", "  - {uid: 0, policy: web}\npolicies:", 1), Containers(), around=around)
    assert unix_get(g, "/version") == 200
    got = run_in(folder, "/usr/bin/python3", "-c", HALF_GONE, str(g.unix)).communicate(timeout=30)[0]
    assert " 503 " in got and "the process that connected is gone" in got
    g.expect.append(".*a client is refused.*")


def test_supplementary_groups(calling):
    g = calling("clients: [{gid: 4242, policy: web}]\n" + POLICIES, Containers())

    def ask(*groups_):
        out = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", *groups_, "curl", "-s", "-o", "/dev/null", "-w",
                              "%{http_code}", "--unix-socket", str(g.unix), "http://d/version"],
                             capture_output=True, text=True, timeout=30, check=False)
        return int(out.stdout)

    if os.geteuid() != 0:
        pytest.skip("other groups need root")
    os.chmod(g.unix, 0o666)
    assert ask("--groups=4242") == 200
    assert ask("--groups=1,2,4242,5") == 200
    assert ask("--groups=4241") == 403
    assert ask("--clear-groups") == 403
