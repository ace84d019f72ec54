"""The access log of a running gate: its lines in both formats, zones, streams, what hostile clients send, and a
reader of the log that hangs."""

import datetime
import json
import os
import re
import subprocess
import time
import zoneinfo

import pytest
from support.client import Client
from support.gate import binary, free_port
from support.stub import answer

CLASSIC = {"DOCKGATE_LOG_FORMAT": "classic"}
IN_ORDER = {"DOCKGATE_WORKERS": "1"}  # lines of several workers come in no order
TIME = r"\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"

# request line, options, what stands behind the time
CLASSIC_ROWS = [
    ("GET /info", "INFO", '"GET /info HTTP/1.1" 200 [Location: INFO]'),
    ("HEAD /v1.41/containers/json", "CONTAINERS", '"HEAD /v1.41/containers/json HTTP/1.1" 200 [Location: CONTAINERS]'),
    ("GET /_ping", "", '"GET /_ping HTTP/1.1" 200 [Location: PING]'),
    ("POST /volumes/create", "", '"POST /volumes/create HTTP/1.1" 403 [Location: VOLUMES_CREATE (BLOCKED)]'),
    ("GET /images/json?a=\"b\"", "", '"GET /images/json?a=\\"b\\" HTTP/1.1" 403 [Location: IMAGES (BLOCKED)]'),
    ("GET /no/such/thing", "", '"GET /no/such/thing HTTP/1.1" 403 [Location: Default (BLOCKED)]'),
    ("GET /containers//json", "CONTAINERS", '"GET /containers//json HTTP/1.1" 400 [Location: Malformed (BLOCKED)]'),
]


def ask(g, line):
    """One request on its own connection."""
    method, target = line.split(" ", 1)
    with g.client() as c:
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n".encode("latin-1"))
        return c.response(method)


@pytest.mark.parametrize("line, option, want", CLASSIC_ROWS, ids=[r[0] for r in CLASSIC_ROWS])
def test_classic_line(gate, stub, line, option, want):
    g = gate(engine=stub(answer()), env=CLASSIC, allow=[option] if option else [])
    ask(g, line)
    (got,) = g.wait_log(lambda lines: lines if len(lines) == 1 else None)
    assert re.fullmatch(TIME + " " + re.escape(want), got)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Asia/Kathmandu", "<-05>5"])
@pytest.mark.parametrize("form", ["classic", "json"])
def test_times_obey_tz(gate, stub, zone, form):
    g = gate(engine=stub(answer()), env={"TZ": zone, "DOCKGATE_LOG_FORMAT": form})
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    ask(g, "GET /_ping")
    (line,) = g.wait_log(lambda lines: lines if len(lines) == 1 else None)
    if form == "classic":
        got = datetime.datetime.strptime(line[1:27], "%d/%b/%Y:%H:%M:%S %z")
    else:
        text = json.loads(line)["time"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", text)
        got = datetime.datetime.fromisoformat(text)
    assert before <= got <= datetime.datetime.now(datetime.timezone.utc)
    if zone.startswith("<"):
        assert got.utcoffset() == datetime.timedelta(hours=-5)
    else:
        assert got.utcoffset() == got.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()


def test_json_fields(gate, stub):
    g = gate(engine=stub(answer()), allow=["CONTAINERS", "CONTAINERS_START"])
    with g.client() as c:
        port = c.sock.getsockname()[1]
        c.send(b"POST /v1.41/containers/a%20b/start HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\nhello")
        body = c.response().body
    entry = json.loads(g.wait_log(lambda lines: lines)[0])
    assert entry.pop("head_ms") <= entry.pop("end_ms") < 5000
    datetime.datetime.fromisoformat(entry.pop("time"))
    assert entry == {
        "event": "end", "client": f"127.0.0.1:{port}", "listener": f"tcp://127.0.0.1:{g.port}", "method": "POST",
        "target": "/v1.41/containers/a%20b/start", "operation": "ContainerStart", "option": "CONTAINERS_START",
        "verdict": "allow", "status": 200, "bytes_in": 5, "bytes_out": len(body)}


def test_json_names_the_client_of_a_unix_socket(gate, stub):
    g = gate(engine=stub(answer()))
    with g.client(g.unix) as c:
        c.get("/images/json")
    entry = json.loads(g.wait_log(lambda lines: lines)[0])
    assert entry["listener"] == f"unix://{g.unix}"
    assert entry["client"] == f"uid={os.geteuid()} pid={os.getpid()}"
    assert (entry["verdict"], entry["status"], entry["option"], entry["operation"]) == \
        ("deny", 403, "IMAGES", "ImageList")


def test_json_says_why_it_rejects(gate, stub):
    g = gate(engine=stub(answer()), env=IN_ORDER)
    ask(g, "GET /containers/../json")
    ask(g, "GET /session/unheard-of")
    rejected, denied = [json.loads(line) for line in g.wait_log(lambda lines: lines if len(lines) == 2 else None)]
    assert (rejected["verdict"], rejected["refusal"], rejected["operation"]) == ("reject", "BAD_PATH", None)
    assert (denied["verdict"], denied["option"], denied["operation"]) == ("deny", None, None)
    assert "refusal" not in denied


HOSTILE = [
    b'GET /x"]HTTP/1.1"_200_[Location:_INFO] HTTP/1.1\r\nHost: d\r\n\r\n',
    b"GET /a\\ HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /%0a%0d%00\"}, HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /\xff\xfe\x80 HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /\x01\x1b[2J HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /a\n[25/Jan/2023:15:25:12 +0000] HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /a\r[25/Jan/2023:15:25:12 +0000] HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /a\x00b HTTP/1.1\r\nHost: d\r\n\r\n",
    b'G"T / HTTP/1.1\r\nHost: d\r\n\r\n',
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET /" + b"\\\"" * 10000 + b" HTTP/1.1\r\nHost: d\r\n\r\n",
    b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: d\r\n\r\n",
]


@pytest.mark.parametrize("form", ["classic", "json"])
def test_nothing_forges_a_line(gate, stub, form):
    g = gate(engine=stub(answer()), env={"DOCKGATE_LOG_FORMAT": form})
    for bytes_ in HOSTILE:
        with g.client() as c:
            c.send(bytes_)
            c.response()
    ask(g, "GET /_ping")
    g.stop()
    # What is no request at all may have no line, but none has two.
    lines = g.log_lines()
    assert len(lines) <= len(HOSTILE) + 1
    assert len(lines) >= 5
    for line in lines:
        if form == "json":
            assert json.loads(line)["verdict"] in ("allow", "deny", "reject")
        else:
            assert re.fullmatch(TIME + r' "(?:[ !#-\[\]-~]|\\["\\]|\\x[0-9a-f]{2})*" \d{3} \[Location: '
                                r'(?:PING|(?:Default|Malformed|[A-Z_]+) \(BLOCKED\))\]', line), line[:300]
    assert "PING" in lines[-1]


def test_stream_shows_its_start(gate, stub):
    engine = stub()
    g = gate(engine=engine)
    with g.client() as c:
        c.send(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        start = json.loads(g.wait_log(lambda lines: lines)[0])
        assert (start["event"], start["operation"], start["status"]) == ("start", "SystemEvents", 200)
        assert "end_ms" not in start
        e.send(b"3\r\ntwo\r\n0\r\n\r\n")
        assert c.response().body == b"onetwo"
    end = json.loads(g.wait_log(lambda lines: lines if len(lines) == 2 else None)[1])
    assert (end["event"], end["operation"], end["bytes_out"]) == ("end", "SystemEvents", 6)


def test_classic_stream(gate, stub):
    engine = stub()
    g = gate(engine=engine, env=CLASSIC)
    with g.client() as c:
        c.send(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
        e.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert g.wait_log(lambda lines: lines)[0].endswith('"GET /events HTTP/1.1" 200 [Location: EVENTS (start)]')
        e.send(b"0\r\n\r\n")
        c.response()
    lines = g.wait_log(lambda lines: lines if len(lines) == 2 else None)
    assert lines[1].endswith('"GET /events HTTP/1.1" 200 [Location: EVENTS]')


@pytest.mark.parametrize("which, verdicts", [("all", ["allow", "deny", "reject"]), ("denied", ["deny", "reject"]),
                                             ("off", [])])
def test_which_requests_are_logged(gate, stub, which, verdicts):
    g = gate(engine=stub(answer()), env={"DOCKGATE_LOG": which} | IN_ORDER)
    for line in ("GET /_ping", "GET /images/json", "GET /a/../b"):
        ask(g, line)
    g.stop()
    assert [json.loads(line)["verdict"] for line in g.log_lines()] == verdicts


class Piped:
    """A gate whose standard output is a pipe that nobody reads until told to."""

    def __init__(self, engine, folder):
        self.port = free_port()
        self.err = open(folder / "stderr", "wb")
        env = {"PATH": os.environ["PATH"], "DOCKGATE_LISTEN": f"tcp://127.0.0.1:{self.port}",
               "DOCKGATE_ENGINE": f"unix://{engine.path}", "DOCKGATE_GRACE": "1"}
        env.update({name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")})
        self.process = subprocess.Popen([binary(), "serve"], env=env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.err)
        end = time.monotonic() + 20
        while True:
            try:
                Client(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < end and self.process.poll() is None
                time.sleep(0.01)

    def ask(self, n):
        """n requests on one connection, each answered before the next."""
        with Client(("127.0.0.1", self.port)) as c:
            for _ in range(n):
                assert c.get("/_ping").status == 200

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.err.close()


@pytest.fixture
def piped(stub, workdir):
    p = Piped(stub(answer()), workdir)
    p.stderr = lambda: (workdir / "stderr").read_text()
    yield p
    p.close()


def test_hanging_reader_delays_nobody(piped):
    """A pipe takes 64 KiB; this is 1 MiB of log. Then the reader comes back and gets whole lines."""
    n = 14000
    piped.ask(n)
    piped.process.terminate()
    out = piped.process.stdout.read().decode()
    assert piped.process.wait(15) == 0
    lines = out.split("\n")
    assert lines.pop() == ""
    dropped = sum(int(m) for m in re.findall(r"access log: (\d+) lines dropped, the reader is too slow",
                                             piped.stderr()))
    assert len(lines) + dropped == n
    for line in lines:
        assert re.fullmatch(TIME + r' "GET /_ping HTTP/1.1" 200 \[Location: PING\]', line)


def test_end_does_not_wait_for_a_hanging_reader(piped):
    piped.ask(2000)
    piped.process.terminate()
    assert piped.process.wait(15) == 0
    assert "lines dropped" in piped.stderr()


def test_reader_gone(piped):
    piped.process.stdout.close()
    piped.ask(100)
    piped.ask(1)
    piped.process.terminate()
    assert piped.process.wait(15) == 0
    assert piped.stderr().count("nobody reads it any more") == 1


def test_cut_client_is_logged(gate, stub):
    """A client that goes before its answer still leaves its line."""
    engine = stub()
    g = gate(engine=engine, allow=["INFO"])
    with g.client() as c:
        c.send(b"GET /info HTTP/1.1\r\nHost: d\r\n\r\n")
        e = engine.accept()
        e.request()
    e.reply(body=b"{}")
    entry = json.loads(g.wait_log(lambda lines: lines)[0])
    assert (entry["operation"], entry["verdict"]) == ("SystemInfo", "allow")
