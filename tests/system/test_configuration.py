"""dockgate.yaml: policies by listener, address and user; reloads that lose nothing."""

import json
import os
import re
import signal
import subprocess
import textwrap
import threading
import time
from pathlib import Path

import pytest

from support.gate import ROOT, binary, free_port, is_sanitized
from support.stub import answer

READS = "policies: {p: {allow: [PING, CONTAINERS_LIST, EVENTS]}}\n"
NOTHING = "policies: {p: {allow: [PING]}}\n"


@pytest.fixture
def configured(gate, workdir):
    """Starts a gate with that file: configured(text, engine=…) -> Gate with .config, its path."""

    def make(text, env=None, **kwargs):
        path = workdir / "dockgate.yaml"
        path.write_text(text)
        g = gate(env={"DOCKGATE_CONFIG": str(path)} | (env or {}), **kwargs)
        g.config = path
        return g

    return make


def replace(g, text):
    """Puts another file in the place of the configuration, as editors do."""
    other = g.config.with_suffix(".new")
    other.write_text(text)
    os.replace(other, g.config)


def wait_said(g, says, times, timeout=10):
    deadline = time.monotonic() + timeout
    while g.stderr().count(says) < times:
        assert time.monotonic() < deadline, f"not {times} times {says!r}: {g.stderr()}"
        time.sleep(0.005)


def reload(g, text, says="was read again"):
    seen = g.stderr().count(says)
    replace(g, text)
    g.signal(signal.SIGHUP)
    wait_said(g, says, seen + 1)


def becomes(ask, status, timeout=10):
    """Waits for an answer: a worker takes the new policies over a moment after they were read."""
    deadline = time.monotonic() + timeout
    while ask() != status:
        assert time.monotonic() < deadline, f"never {status}"


def status_of(g, target, address=None):
    with g.client(address) as c:
        return c.get(target).status


def as_nobody(path, target):
    """The status for a client with another user."""
    out = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "curl", "-s", "-o", "/dev/null",
                          "-w", "%{http_code}", "--unix-socket", path, f"http://d{target}"],
                         capture_output=True, text=True, timeout=20, check=False)
    return int(out.stdout)


def test_listeners_and_users(configured, stub, workdir):
    port = free_port()
    sock = workdir / "own.sock"
    g = configured(f"""
engine: unix://{stub(answer()).path}
listeners:
  - {{address: "tcp://127.0.0.1:{port}", policies: [reads]}}
  - {{name: local, address: "unix://{sock}", mode: 0666}}
clients:
  - {{listener: local, uid: 0, policy: root}}
  - {{listener: local, gid: 65534, policy: reads}}
  - {{cidr: 127.0.0.0/8, policy: reads}}
policies:
  reads: {{allow: CONTAINERS_LIST}}
  root: {{allow: [VERSION, "GET /containers/web-*/json"]}}
""", env={"DOCKGATE_LISTEN": None})
    tcp = ("127.0.0.1", port)
    assert status_of(g, "/containers/json", tcp) == 200
    assert status_of(g, "/version", tcp) == 403
    assert status_of(g, "/version", str(sock)) == 200
    assert status_of(g, "/containers/json", str(sock)) == 403
    assert status_of(g, "/containers/web-1/json", str(sock)) == 200
    assert status_of(g, "/containers/db/json", str(sock)) == 403
    assert as_nobody(str(sock), "/containers/json") == 200
    assert as_nobody(str(sock), "/version") == 403


def test_environment_wins_over_the_file(configured, stub):
    engine = stub(answer())
    g = configured("engine: unix:///nowhere\nlisteners: [{address: tcp://127.0.0.1:1}]\n" + READS, engine=engine)
    assert status_of(g, "/containers/json") == 200
    assert re.search("DOCKGATE_LISTEN is set and wins over the listeners of the file", g.stderr())


def test_observe(configured, stub):
    g = configured("policies: {p: {mode: observe}}", engine=stub(answer()))
    assert status_of(g, "/containers/json") == 200
    assert "would-deny" in g.wait_log(lambda lines: lines)[0]


def test_reload_changes_the_next_request(configured, stub):
    g = configured(NOTHING, engine=stub(answer()))
    with g.client() as kept:
        assert kept.get("/containers/json").status == 403
        reload(g, READS)
        becomes(lambda: kept.get("/containers/json").status, 200)
        reload(g, NOTHING)
        becomes(lambda: kept.get("/containers/json").status, 403)


def test_streams_keep_their_policy(configured, stub):
    engine = stub()
    g = configured(READS, engine=engine)
    with g.client() as c:
        c.send(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        c.read_head()
        assert c.read_exact(3) == b"abc"
        for _ in range(3):
            reload(g, NOTHING)
        e.send(b"def")
        assert c.read_exact(3) == b"def"
        assert c.get("/events").status == 403


@pytest.mark.parametrize("text, says", [
    ("policies: {p: {allows: PING}}", r"dockgate.yaml:1:16: \"allows\" is no key of a policy; the nearest is allow"),
    ("policies: {", r"dockgate.yaml:\d+:\d+: .*"),
])
def test_an_error_keeps_the_policies(configured, stub, text, says):
    g = configured(READS, engine=stub(answer()), expect=[r"dockgate: .*dockgate.yaml.*"])
    reload(g, text, says="was not taken over")
    assert re.search(says, g.stderr())
    assert status_of(g, "/containers/json") == 200
    g.config.unlink()
    g.signal(signal.SIGHUP)
    wait_said(g, "was not taken over", 2)
    assert status_of(g, "/containers/json") == 200


def test_an_empty_file_denies_everything(configured, stub):
    g = configured(READS, engine=stub(answer()))
    reload(g, "")
    becomes(lambda: status_of(g, "/containers/json"), 403)


def test_what_a_reload_cant_change_is_said(configured, stub):
    g = configured(READS, engine=stub(answer()))
    reload(g, READS + "engine: unix:///other\nwatch: true\nlisteners: [{address: tcp://:1}]\n")
    for word in ("engine", "watch", "listeners"):
        assert re.search(f"warning: {word} changes? with a restart only", g.stderr())
    assert status_of(g, "/containers/json") == 200


def test_watch(configured, stub):
    g = configured(NOTHING + "watch: true\n", engine=stub(answer()))
    assert status_of(g, "/containers/json") == 403
    replace(g, READS + "watch: true\n")
    g.wait_stderr("was read again")
    becomes(lambda: status_of(g, "/containers/json"), 200)
    g.config.write_text(NOTHING + "watch: true\n")
    wait_said(g, "was read again", 2)
    becomes(lambda: status_of(g, "/containers/json"), 403)


@pytest.mark.timeout(120)
def test_reloads_under_load(configured, stub):
    """Every answer is one of the two policies', none is lost, and nothing grows."""
    g = configured(READS, engine=stub(answer()), env={"DOCKGATE_WORKERS": "2", "DOCKGATE_LOG": "off"})
    end = threading.Event()
    seen = []

    def ask():
        with g.client() as c:
            while not end.is_set():
                seen.append(c.get("/containers/json").status)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    memory = None
    for i in range(60):
        reload(g, NOTHING if i % 2 == 0 else READS)
        if i == 19:
            memory = g.anonymous()
    end.set()
    for t in threads:
        t.join(30)
    assert set(seen) == {200, 403} and len(seen) > 100
    assert is_sanitized() or g.anonymous() < memory + 256  # freed memory is kept back by the sanitizer
    becomes(lambda: status_of(g, "/containers/json"), 200)


def run(*arguments, env=None):
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=20, env=env or {}, check=False)


def test_commands(workdir):
    path = workdir / "d.yaml"
    path.write_text("policies: {a: {allow: PING}, b: {allow: INFO}}\nclients: [{name: ci, uid: 1, policy: b}]\n")
    flag = f"--config={path}"
    both = run("check", flag)
    assert both.returncode == 0 and re.search(r"(?s)^policy a\n.*/_ping.*^policy b\n.*/info", both.stdout, re.M)
    assert "/info" not in run("check", flag, "--policy=a").stdout
    assert '"policy":"b"' in run("check", flag, "--policy=b", "--json").stdout.replace(" ", "")
    assert run("explain", flag, "--policy=a", "GET", "/info").returncode == 1
    assert run("explain", flag, "--as=ci", "GET", "/info").returncode == 0
    assert run("explain", flag, "GET", "/info").stderr == "dockgate: there are 2 policies: name one with --policy\n"
    assert 'no policy "x"' in run("explain", flag, "--policy=x", "GET", "/info").stderr
    assert "the nearest is ci" in run("explain", flag, "--as=cj", "GET", "/info").stderr
    assert run("explain", "--as=ci", "GET", "/info").returncode == 2


@pytest.mark.parametrize("variable", ["CONTAINERS=1", "CONTAINERS_START=0", "DOCKGATE_PRESET=dozzle", "DOCKGATE_STRICT=1"])
def test_options_beside_the_file_are_refused(workdir, variable):
    path = workdir / "d.yaml"
    path.write_text(READS)
    name, value = variable.split("=")
    out = run("check", f"--config={path}", env={name: value})
    assert out.returncode == 2 and f"{name} is set beside a configuration file" in out.stderr


def test_learning_takes_no_file(workdir):
    path = workdir / "d.yaml"
    path.write_text(READS)
    out = run("learn", f"--config={path}")
    assert out.returncode == 2 and "takes no configuration file" in out.stderr


def example(heading):
    """The file below a heading of docs/policy.md."""
    block = (ROOT / "docs/policy.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(line[4:] for line in block.splitlines() if line.startswith("    "))


JSON_TYPE = "Content-Type: application/json"
PLAYED = {
    # what the page says of each, as requests: method and target, body, what the engine gets of it or the refusal
    "Monitoring": [
        ("GET /system/df", None, 200), ("GET /containers/shop-web/top", None, 200), ("GET /containers/shop-web/logs", None, 200),
        ("POST /containers/shop-web/restart", None, 200), ("GET /containers/a/logs", None, 404), ("GET /containers/a/top", None, 404),
        ("POST /containers/a/restart", None, 404), ("GET /containers/shop-web/top?ps_args=auxe", None, "must be one of"),
        ("POST /containers/shop-web/stop", None, "CONTAINERS_STOP"),
    ],
    "A CI runner": [
        ("POST /images/create?fromImage=registry.example.org/a&tag=1", None, 200),
        ("POST /images/create?fromImage=busybox&tag=1", None, "requests.images"),
        ("POST /containers/web-1/restart", None, 200), ("POST /containers/db/restart", None, "CONTAINERS_RESTART"),
        ("POST /containers/create", {"Image": "registry.example.org/a", "HostConfig": {"Binds": ["/srv/builds/1:/w"]}},
         {"Labels": {"made-by": "ci"}, "HostConfig": {"Binds": ["/srv/builds/1:/w"], "Memory": 4 << 30, "PidsLimit": 4096}}),
        ("POST /containers/create", {"Image": "registry.example.org/a", "HostConfig": {"Binds": ["/srv/cache:/c"]}},
         {"HostConfig": {"Binds": ["/srv/cache:/c:ro"]}}),
        ("POST /containers/create", {"Image": "registry.example.org/a", "HostConfig": {"Binds": ["/etc:/c"]}}, "requests.binds"),
        ("POST /containers/create", {"Image": "registry.example.org/a", "HostConfig": {"Privileged": True}}, "requests.privileged"),
        ("POST /containers/create", {"Image": "registry.example.org/a", "HostConfig": {"RestartPolicy": {"Name": "always"}}},
         "requests.restart"),
    ],
    "An agent's sandbox": [
        ("POST /containers/create", {"Image": "python:3.12-slim", "HostConfig": {"NetworkMode": "none"}},
         {"Labels": {"made-by": "agent"}, "HostConfig": {"Memory": 1 << 30, "NanoCpus": 2 * 10**9, "ReadonlyRootfs": True}}),
        ("POST /containers/create", {"Image": "python:3.12-slim"}, "requests.networks"),
        ("POST /containers/create", {"Image": "busybox", "HostConfig": {"NetworkMode": "none"}}, "requests.images"),
        ("POST /containers/a/exec", {"Cmd": ["python", "-c", "1"]}, {"Cmd": ["python", "-c", "1"]}),
        ("POST /containers/a/exec", {"Cmd": ["nsenter", "-t", "1"]}, "requests.exec"),
        ("POST /images/create?fromImage=busybox", None, "IMAGES_CREATE"), ("GET /containers/json", None, "CONTAINERS_LIST"),
        ("GET /info", None, "INFO"),
    ],
}


def contains(whole, part):
    return all(contains(whole.get(k, {}), v) if isinstance(v, dict) else whole.get(k) == v for k, v in part.items())


@pytest.mark.parametrize("heading", PLAYED)
def test_examples_do_what_the_page_says(configured, stub, heading):
    def handle(c):
        while True:
            q = c.request(timeout=60)
            name = re.match("GET /containers/([^/]+)/json", q.line)
            c.reply(body=b"{}" if name is None else json.dumps(
                {"Id": "0123456789abcdef" * 4, "Name": "/" + name[1], "Config": {"Labels": {}}}).encode())

    def asked():
        """But for look-ups."""
        return [q for q in engine.requests if not re.match("GET /containers/[^/]+/json", q.line)]

    engine = stub(handle)
    g = configured(example(heading), engine=engine)
    for request, body, want in PLAYED[heading]:
        data = b"" if body is None else json.dumps(body).encode()
        before = len(asked())
        with g.client() as c:
            c.send(f"{request} HTTP/1.1\r\nHost: d\r\n{JSON_TYPE}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            got = c.response()
        if isinstance(want, str):
            assert got.status == 403 and want in json.loads(got.body)["message"], (request, body)
            assert len(asked()) == before
        elif want == 404:
            assert got.status == 404 and b"No such container: a" in got.body and len(asked()) == before, request
        else:
            assert len(asked()) == before + 1, (request, body, got.body)
            assert not isinstance(want, dict) or contains(json.loads(engine.requests[-1].body), want), request


def examples():
    """The files in docs/policy.md and README.md: indented blocks that have policies."""
    for page in ("docs/policy.md", "README.md"):
        text = (ROOT / page).read_text()
        for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
            if re.search(r"^    policies:", block, re.M):
                yield pytest.param(re.sub(r"^    ", "", block, flags=re.M), id=page.rsplit("/", maxsplit=1)[-1])


@pytest.mark.parametrize("text", examples())
def test_examples_are_right(workdir, text):
    path = workdir / "d.yaml"
    path.write_text(text)
    out = run("check", f"--config={path}")
    assert out.returncode == 0, out.stderr


REOPENS = "policies: {p: {allow: [PING, EVENTS, CONTAINERS_ATTACH%s], limits: {reopen: true}}, q: {allow: EVENTS}}\ndefault: %s\n"


def open_stream(g, engine, target=b"GET /events"):
    c = g.client().__enter__()
    c.send(target + b" HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
    e = engine.accept()
    e.request()
    if b"attach" in target:
        e.send(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nabc")
    else:
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    c.read_head()
    return c, e


def ended(peer):
    """Reads on until the other side has ended the connection."""
    peer.read_to_end()
    return True


def test_reopen(configured, stub):
    """Streams and tunnels end at a reload that changes their policy, and at no other."""
    engine = stub()
    g = configured(REOPENS % ("", "p"), engine=engine, env={"DOCKGATE_WORKERS": "1"})
    streams = [open_stream(g, engine), open_stream(g, engine, b"POST /containers/a/attach")]
    reload(g, REOPENS % ("", "p") + "# nothing but a comment\n")
    for c, e in streams:
        e.send(b"3\r\ndef\r\n")
        assert b"def" in c.read_until(b"def")
    reload(g, REOPENS % (", INFO", "p"))
    for c, e in streams:
        assert ended(c) and ended(e)
    c, e = open_stream(g, engine)
    reload(g, REOPENS % (", INFO", "q"))
    assert ended(c) and ended(e)


def test_what_requests_say(configured, stub):
    """The options of requests, from the file to what the engine gets."""
    engine = stub(answer())
    g = configured("""
policies:
  p:
    allow: [CONTAINERS_CREATE, COMMIT, IMAGES_LOAD]
    requests:
      profile: safe
      memory: 1m
      images: [ok]
      unchecked: [ImageCommit]
      set: {labels: [team=a], no-new-privileges: true, read-only: true}
""", engine=engine)
    fields = b"POST %s HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"

    def post(target, body):
        with g.client() as c:
            c.send(fields % (target, len(body), body))
            return c.response()

    assert post(b"/containers/create", b'{"Image":"ok","Labels":{"team":"b","x":"y"}}').status == 200
    assert json.loads(engine.requests[-1].body) == {
        "Image": "ok", "Labels": {"x": "y", "team": "a"},
        "HostConfig": {"Memory": 1048576, "SecurityOpt": ["no-new-privileges=true"], "ReadonlyRootfs": True}}
    refused = post(b"/containers/create", b'{"Image":"other"}')
    assert refused.status == 403 and b"policy p, requests.images" in refused.body
    assert post(b"/commit?container=a", b"").status == 200
    refused = post(b"/images/load", b"x")
    assert refused.status == 403 and b"ImageLoad can't be checked (policy p, requests.unchecked)" in refused.body
    assert "nobody looks at what these requests say: ImageCommit\n" in g.stderr()


QUERIES = """
policies:
  p:
    allow: [CONTAINERS_TOP, CONTAINERS_KILL]
    query:
      GET /containers/{id}/top: {ps_args: ["", aux]}
      ContainerKill: {signal: [HUP, TERM]}
"""


def test_queries(configured, stub):
    engine = stub(answer())
    g = configured(QUERIES, engine=engine)
    assert status_of(g, "/containers/a/top") == 200
    assert status_of(g, "/containers/a/top?ps_args=aux") == 200
    with g.client() as c:
        refused = c.get("/containers/a/top?ps_args=auxe")
    assert refused.status == 403
    assert json.loads(refused.body)["message"].endswith("Here the query's ps_args must be one of: \"\", aux.")
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\nsignal=KILL"
    rows = [(b"?signal=HUP", b"\r\n", 200), (b"?signal=KILL", b"\r\n", 403), (b"", b"\r\n", 403), (b"?signal=HUP", form, 415)]
    for query, rest, status in rows:
        with g.client() as c:
            c.send(b"POST /containers/a/kill" + query + b" HTTP/1.1\r\nHost: d\r\n" + rest)
            assert c.response().status == status
    assert [q.target for q in engine.requests] == ["/containers/a/top", "/containers/a/top?ps_args=aux", "/containers/a/kill?signal=HUP"]
    g.wait_log(lambda lines: sum("query.signal" in line for line in lines) == 2)


def test_explain_queries(workdir):
    path = workdir / "dockgate.yaml"
    path.write_text(QUERIES)
    done = subprocess.run([binary(), "explain", "--config", str(path), "POST", "/containers/a/kill"], env={},
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert "deny: policy p: the query's signal is missing, and must be one of: HUP, TERM" in done.stdout
    done = subprocess.run([binary(), "check", "--config", str(path)], env={}, capture_output=True, text=True, check=False, timeout=20)
    assert re.search(r"^partly +POST +/containers/{id}/kill", done.stdout, re.M)


def test_check_says_who_gets_what(workdir):
    """The example of docs/policy.md as it stands there, and rows that know containers; programs get JSON as before."""
    page = Path(ROOT, "docs/policy.md").read_text(encoding="utf-8")
    section = page.split("## Two listeners, several clients\n")[1]
    path = workdir / "dockgate.yaml"

    def check(text, *flags):
        path.write_text(text)
        done = subprocess.run([binary(), "check", "--config", str(path), *flags], env={}, capture_output=True, text=True,
                              check=False, timeout=20)
        assert done.returncode == 0, done.stderr
        return done.stdout

    example = textwrap.dedent(re.search("(?:^    .*\n)+", section, re.M)[0])
    shown = textwrap.dedent(re.search("^ {8}CLIENT.*\n(?: {8}.*\n)+", section, re.M)[0])
    assert shown.startswith("CLIENT") and check(example).startswith(shown + "\npolicy monitoring\n")
    assert "CLIENT" not in check(example, "--policy", "ci")
    assert json.loads(check(example, "--policy", "ci", "--json"))
    said = check("clients:\n  - {container: web-*, label: [a=b, c], by-label: [p, q]}\n  - {service: x, within: p, name: \"y\\n\"}\n"
                 "default: q\npolicies: {p: , q: }\n")
    assert said.startswith(f"{'CLIENT':50}POLICY\n"
                           f"{'container web-*, label a=b, label c':50}p or q, as its label says\n"
                           f"{'service x (y' + chr(92) + 'x0a)':50}p, of it what its label names\n"
                           f"{'everybody else':50}q\nThe first that fits decides.\n\npolicy p\n")
    assert check("policies: {p: }\n").startswith(f"{'CLIENT':50}POLICY\n{'everybody':50}p\n\npolicy p\n")
    assert check("policies: {p: , q: }\n").startswith(f"{'CLIENT':50}POLICY\n{'everybody':50}deny\n\npolicy p\n")


def healthcheck(g, **env):
    return subprocess.run([binary(), "healthcheck"], env={"DOCKGATE_CONFIG": str(g.config)} | env, capture_output=True, text=True,
                          check=False, timeout=20)


def test_healthcheck_asks_where_the_file_says(configured, stub, workdir):
    engine = stub(answer())
    sock = workdir / "own.sock"
    text = f"engine: unix://{engine.path}\nlisteners: [{{address: 'unix://{sock}'}}]\npolicies: {{p: {{allow: PING}}}}\n"
    g = configured(text, env={"DOCKGATE_LISTEN": None}, engine=None)
    done = healthcheck(g)
    assert done.returncode == 0, done
    replace(g, text + "polices: {}\n")  # a mistake is the affair of the gate that reads it
    assert healthcheck(g).returncode == 0
    replace(g, text.replace("own.sock", "other.sock"))
    done = healthcheck(g)
    assert done.returncode == 1 and "other.sock" in done.stderr
    assert healthcheck(g, DOCKGATE_LISTEN=f"unix://{sock}").returncode == 0
    replace(g, "a: [")
    done = healthcheck(g)
    assert done.returncode == 2 and f"{g.config}:" in done.stderr


def test_log_names_the_policy(configured, stub, workdir):
    sock = workdir / "own.sock"
    g = configured(f"""
listeners: [{{address: "unix://{sock}"}}]
clients: [{{uid: 0, policy: "adm\\"in"}}]
policies: {{"adm\\"in": {{allow: PING}}, other: }}
""", env={"DOCKGATE_LISTEN": None, "DOCKGATE_LOG_FORMAT": "json"}, engine=stub(answer()))
    assert status_of(g, "/_ping", str(sock)) == 200
    assert status_of(g, "/info", str(sock)) == 403
    lines = [json.loads(line) for line in g.wait_log(lambda lines: len(lines) >= 2 and lines)]
    assert sorted((line["policy"], line["verdict"]) for line in lines) == [('adm"in', "allow"), ('adm"in', "deny")]
