"""Long and interactive exchanges on a real engine: silence, terminals, interrupted streams, progress while it runs."""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pytest

from engine import DEBIAN_CLI, IMAGE, client_environment, normal, wait_for

SILENCE = 70


@pytest.fixture
def container(engine):
    """Factory of containers that are gone at the end of the test: container("NAME", "sh", "-c", …)."""
    made = []

    def run(name, *command, options=("-d",)):
        engine.docker("run", "--name", name, "--network", "none", *options, IMAGE, *command)
        made.append(name)
        return name

    yield run
    if made:
        engine.docker("rm", "-f", "-v", *made)


class Process:
    """A docker command running by one way, its output read as it comes."""

    def __init__(self, engine, host, *args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
        self.started = time.monotonic()
        self.process = subprocess.Popen([DEBIAN_CLI, *args], env=client_environment(engine.dir, host), stdin=stdin,
                                        stdout=stdout, stderr=subprocess.STDOUT)
        self.seen = b""

    def read_until(self, text, deadline=30):
        """Reads until `text` stands in what was read since the start; the seconds that it took."""
        end = time.monotonic() + deadline
        out = self.process.stdout.fileno()
        while text.encode() not in self.seen:
            ready, _, _ = select.select([out], [], [], max(0, end - time.monotonic()))
            data = os.read(out, 65536) if ready else b""
            assert data, f"no {text!r} after {time.monotonic() - self.started:.1f} s, only {self.seen!r}"
            self.seen += data
        return time.monotonic() - self.started

    def finish(self, deadline=30):
        """Reads to the end: exit status and all output."""
        rest, _ = self.process.communicate(timeout=deadline)
        self.seen += rest or b""
        return self.process.returncode, self.seen.decode(errors="replace")

    def end(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def docker(engine):
    """Factory of Processes, ended at the end of the test."""
    made = []

    def start(host, *args, **kwargs):
        made.append(Process(engine, host, *args, **kwargs))
        return made[-1]

    yield start
    for process in made:
        process.end()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_silence(engine, ways, container, docker):
    """Streams that say nothing for 70 s: each then still brings what comes, and ends as it does straight at the
    engine. All of them wait at the same time."""
    container("quiet", "sh", "-c", f"echo first; sleep {SILENCE}; echo last; exit 5")
    container("waker", "sleep", "1000")
    wait_for(lambda: "first" in engine.docker("logs", "quiet"), "first words")
    begun = time.monotonic()
    since = str(time.time())
    running = {}
    for way, host in ways.items():
        running[way] = [
            docker(host, "logs", "-f", "quiet"),
            docker(host, "attach", "--no-stdin", "quiet"),
            docker(host, "wait", "quiet"),
            docker(host, "exec", "waker", "sh", "-c", f"echo first; sleep {SILENCE}; echo last; exit 6"),
            docker(host, "events", "--since", since, "--filter", "type=volume", "--format", "{{.Action}}"),
        ]
    for processes in running.values():
        processes[0].read_until("first")
        processes[3].read_until("first")
    assert time.monotonic() - begun < SILENCE / 2
    results = {}
    for way, processes in running.items():
        results[way] = [process.finish(SILENCE + 30) for process in processes[:4]]
    assert time.monotonic() - begun > SILENCE / 2
    assert results["engine"] == [(0, "first\nlast\n"), (5, "last\n"), (0, "5\n"), (6, "first\nlast\n")]
    for way, result in results.items():
        assert result == results["engine"], way
    engine.docker("volume", "create", "woken")
    for processes in running.values():
        processes[4].read_until("create\n", 10)
    engine.docker("volume", "rm", "woken")


def test_output_comes_at_once(ways, container, docker):
    """Each line of a follower arrives when it is written, not when a buffer is full."""
    container("slow", "sh", "-c", "read a; echo $a; read a; echo $a; cat", options=("-d", "-i"))
    for way, host in ways.items():
        writer = docker(host, "attach", "slow", stdin=subprocess.PIPE)
        follower = docker(host, "logs", "-f", "slow")
        for word in (f"one-{way}", f"two-{way}"):
            writer.process.stdin.write(f"{word}\n".encode())
            writer.process.stdin.flush()
            writer.read_until(f"{word}\n", 5)
            follower.read_until(f"{word}\n", 5)
        follower.end()
        writer.end()


def test_stats_streaming(ways, container, docker):
    container("busy", "sleep", "1000")
    for host in ways.values():
        stats = docker(host, "stats", "--format", "{{.Name}} {{.PIDs}}", "busy")
        wait_for(lambda s=stats: s.read_until("busy 1") and s.seen.count(b"busy 1") >= 2 or more(s), "second reading")


def more(process):
    """One more piece of output."""
    process.seen += os.read(process.process.stdout.fileno(), 65536)
    return False


@pytest.mark.parametrize("args", [("logs", "-f", "left"), ("events",), ("stats", "left"), ("wait", "left"), ("attach", "left")],
                         ids=lambda args: args[0])
def test_client_that_leaves(engine, gate, container, docker, args):
    """The client's end reaches the engine: the gate keeps no connection of a stream that nobody reads."""
    container("left", "sh", "-c", "echo begun; sleep 1000", options=("-d", "-i"))
    g = gate(engine=engine.socket, allow="all")
    g.get("/_ping")
    idle = g.fds()
    reader = docker(f"unix://{g.unix}", *args)
    g.wait_log(lambda lines: any(args[0] in line for line in lines if '"' in line) or args[0] == "stats" and len(lines) > 1)
    assert g.fds() > idle - 1
    reader.process.kill()  # softer signals are passed on to the container
    reader.process.wait(10)
    g.wait_fds(idle + 1)  # an idle engine connection may be kept


class Terminal:
    """A docker command on a terminal of its own."""

    def __init__(self, engine, host, *args, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen([DEBIAN_CLI, *args], env=client_environment(engine.dir, host) | {"TERM": "dumb"},
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, pattern, deadline=20):
        end = time.monotonic() + deadline
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            try:
                data = os.read(self.master, 65536) if ready else b""
            except OSError:  # the terminal's other end is closed
                data = b""
            assert data, f"no {pattern!r}, only {self.seen!r}"
            self.seen += data.decode(errors="replace")

    def ask_until(self, question, pattern, deadline=20):
        """Types the question again and again until the answer fits."""
        end = time.monotonic() + deadline
        while True:
            self.seen = ""
            self.type(question)
            self.read_until(r"\d+ \d+\r\n|stty: standard input")  # the latter: no size yet
            if re.search(pattern, self.seen):
                return
            assert time.monotonic() < end, self.seen
            time.sleep(0.1)

    def end_of_input(self, deadline=20):
        """Types it again and again until the command has ended, and returns its status: a shell that takes the terminal
        back from a command loses what was typed meanwhile."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            self.type("\x04")
            try:
                return self.process.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError(f"still there after its end of input: {self.seen!r}")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(engine):
    made = []

    def start(*args, **kwargs):
        made.append(Terminal(engine, *args, **kwargs))
        return made[-1]

    yield start
    for one in made:
        one.end()


def test_exec_on_a_terminal(ways, container, terminal):
    """A shell on a terminal: typed and answered, resized while it runs, its exit status given back."""
    container("shell", "sleep", "1000")
    for way, host in ways.items():
        shell = terminal(host, "exec", "-it", "shell", "sh", rows=31, columns=97)
        shell.type("echo $((6 * 7)); tty\n")
        shell.read_until(r"42\r\n/dev/pts/\d+")
        shell.ask_until("stty size\n", r"\b31 97\r\n")
        shell.resize(40, 120)
        shell.ask_until("stty size\n", r"\b40 120\r\n")
        shell.type("exit 11\n")
        assert shell.process.wait(10) == 11, way


def test_run_on_a_terminal(engine, ways, terminal):
    for way, host in ways.items():
        shell = terminal(host, "run", "-it", "--rm", "--name", "tty", "--network", "none", IMAGE, "sh", rows=33, columns=101)
        shell.ask_until("stty size\n", r"\b33 101\r\n")
        assert shell.end_of_input() == 0, way
        wait_for(lambda: not engine.docker("ps", "-aq"), "removal")


def test_interrupt_reaches_the_container(ways, container, terminal):
    """Interrupt is a byte on a terminal and a signal without one; both end the command."""
    container("host", "sleep", "1000")
    for way, host in ways.items():
        shell = terminal(host, "exec", "-it", "host", "sh", "-c", "echo up; sleep 1000")
        shell.read_until("up")
        shell.type("\x03")
        assert shell.process.wait(10) == 130, way


# What a layer goes through while it is pulled. The engine reports where it is at the moment, so a short step may be
# seen in one pull and not in the next.
PASSING = re.compile(r"^ID: (Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting)\n",
                     re.MULTILINE)


def test_pull_and_push_show_progress(engine, ways, registry, big, docker, tmp_path):
    """Pull and push against a registry; progress is seen while it runs, and the image comes back as it was."""
    context = tmp_path / "ctx"
    context.mkdir()
    (context / "big").write_bytes(big.read_bytes())
    (context / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY big /data/big\n")
    outputs = {}
    for way, host in ways.items():
        name = f"{registry}/pushed-{way}:1"
        engine.docker("build", "-q", "-t", name, str(context))
        push = docker(host, "push", name)
        push.read_until("Preparing")
        assert push.process.poll() is None or b"digest" not in push.seen
        status, out = push.finish()
        assert status == 0 and "digest: sha256:" in out
        engine.docker("rmi", name)
        pull = docker(host, "pull", name)
        pull.read_until("Pulling from")
        pulled_status, pulled = pull.finish()
        assert pulled_status == 0 and "Downloaded newer image" in pulled
        total = engine.docker("run", "--rm", "--network", "none", name, "sha256sum", "/data/big")
        engine.docker("rmi", name)
        assert "Pulling fs layer" in pulled and "Pull complete" in pulled
        outputs[way] = (PASSING.sub("", normal(pulled)).replace(way, "WAY"), total)
    for way, output in outputs.items():
        assert output == outputs["engine"], way


def test_progress_arrives_before_the_end(engine, ways, registry):
    """The first words of a pull that takes its time (the name doesn't resolve at once) and of a build that sleeps."""
    from support.client import Client

    dockerfile = f"FROM {IMAGE}\nRUN echo begun; sleep 3; echo over\n".encode()
    import io
    import tarfile
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as out:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(dockerfile)
        out.addfile(info, io.BytesIO(dockerfile))
    body = tar.getvalue()
    head = (b"POST /build?networkmode=none&nocache=1&forcerm=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    for way, host in ways.items():
        address = host[7:] if host.startswith("unix") else ("127.0.0.1", int(host.rsplit(":", 1)[1]))
        with Client(address) as c:
            c.send(head + body)
            begun = arrival(c, b"begun")
            over = arrival(c, b"over")
            assert over - begun > 2, way
    engine.docker("image", "prune", "-f")


def arrival(client, text, deadline=30):
    """When `text` has arrived on a raw connection."""
    seen = b""
    client.sock.settimeout(deadline)
    while text not in seen:
        data = client.sock.recv(65536)
        assert data, seen
        seen += data
    return time.monotonic()


def test_compose_of_events(engine, ways, docker):
    """Events as they happen, in order, as JSON."""
    followers = {way: docker(host, "events", "--filter", "type=container", "--format", "{{json .}}") for way, host in ways.items()}
    wait_for(lambda: all(f.process.poll() is None for f in followers.values()), "followers")

    def all_follow():
        engine.docker("run", "--rm", "--name", "probe", "--network", "none", IMAGE, "true")
        return all(select.select([f.process.stdout], [], [], 0.5)[0] for f in followers.values())

    wait_for(all_follow, "events at each follower")
    engine.docker("run", "--rm", "--name", "seen", "--network", "none", IMAGE, "true")
    actions = {}
    for way, follower in followers.items():
        follower.read_until('"seen"')
        wait_for(lambda f=follower: re.search(rb'"destroy"[^\n]*"seen"[^\n]*\n', f.seen) or more(f), "destroy")
        lines = [json.loads(line) for line in follower.seen.decode().splitlines()]
        actions[way] = [line["status"] for line in lines if line["Actor"]["Attributes"]["name"] == "seen"]
    assert actions["engine"] == ["create", "attach", "start", "die", "destroy"]
    assert all(found == actions["engine"] for found in actions.values()), actions
