"""The gate as a process: started on free addresses, waited for, stopped, and its standard error looked at.

    g = gate(env={"CONTAINERS": "1"}, engine=engine)      # the fixture; engine: a stub, or a socket's path
    g.tcp                ("127.0.0.1", PORT)              g.unix      the path of its unix listener
    g.pid                                                 g.client()  a Client on TCP; g.client(g.unix)
    g.log_lines()        access log lines so far          g.wait_log(lambda lines: …)
    g.stderr()           text so far                      g.stop()    SIGTERM, exit 0, stderr checked
    g.rss() g.pss()      kibibytes at the peak, and now      g.fds()  open descriptors
  g.anonymous()        kibibytes without those of files

Arguments of the factory:
    env       variables on top of the harness' own; nothing is inherited but PATH (a value of None removes one)
    allow     "all": every option on; or a list of option names to set to 1
    engine    StubEngine, path, or address
    listen    listener addresses instead of the two above ("{dir}" becomes the gate's own folder)
    flags     command line flags after the command
    command   another one than `serve` that runs the gate (`learn`)
    expect    regular expressions of further lines that may stand on standard error
    limits    {resource.RLIMIT_AS: bytes, …} set in the child
    around    a command that runs it as its own process (unshare …)
    wait      False: don't wait until it is ready (it says so over NOTIFY_SOCKET, as to systemd; nothing connects)
    user      True: the gate gives up root for its own user as in life (default); False: DOCKGATE_USER=root

The binary: DOCKGATE_BINARY, else build/dockgate. Stopped at the end of the test in any case; a test fails when
standard error holds a sanitizer's report or a line that is neither in NORMAL nor in `expect`, or when the exit
status is not 0.
"""

import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .client import Client, Timeout

ROOT = Path(__file__).resolve().parents[3]

# Lines that a healthy gate may write to standard error.
NORMAL = [
    r"dockgate: " + line
    for line in (
        r"version .*",
        r"options on: .*",
        r"rules: \d+",
        r"policies of .*: \d+",
        r".* was read again: \d+ (policy|policies)",
        r"warning: .*",
        r"listening on .*",
        r"engine .*, as uid \d+ gid \d+, at most \d+ connections, \d+ workers?",
        r"engine .*: No such file or directory; requests are answered with 502 until it is there",
        r"engine .*: Connection refused; requests are answered with 502 until it is there",
        r"sandbox: .* not available here: .*",  # what a container denies
        r"stays root: .*",
        r"stopping.*",
        r"learning within .*",
        r"learn: (used|asked for, not within): .*",
    )
]

# Lines which must never appear, NORMAL or not.
NEVER = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:|SUMMARY:|"
    r"stack smashing|buffer overflow detected|Assertion|corrupted|double free|[Bb]ad system call"
)


def binary():
    return os.environ.get("DOCKGATE_BINARY") or str(ROOT / "build" / "dockgate")


def is_sanitized():
    """Whether the binary carries AddressSanitizer (no memory limits then)."""
    with open(binary(), "rb") as f:
        return b"__asan_init" in f.read()


def free_port():
    """A TCP port that nobody uses; below the ephemeral range, so that no outgoing connection takes it meanwhile."""
    while True:
        port = random.randint(10000, 32000)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def open_dir(prefix="dockgate-"):
    """A temporary folder that other users may pass through, with a path short enough for sockets."""
    path = tempfile.mkdtemp(prefix=prefix)
    os.chmod(path, 0o755)
    return path


_OPTIONS = []


def all_options():
    """Every option that the binary knows, from `dockgate options`."""
    if not _OPTIONS:
        out = subprocess.run([binary(), "options"], capture_output=True, text=True, timeout=20, check=True).stdout
        names = re.findall(r"^\W*([A-Z][A-Z_]{2,})\b", out, re.M)
        _OPTIONS.extend(sorted({n for n in names if not n.startswith("DOCKGATE")}))
        assert "CONTAINERS" in _OPTIONS and "IMAGES_BUILD" in _OPTIONS, f"unexpected list: {out[:500]}"
    return _OPTIONS


class Gate:
    """See the top of this file."""

    def __init__(self, env=None, engine=None, listen=None, flags=(), expect=(), limits=None, wait=True,
                 allow=(), user=True, command="serve", around=()):
        self.dir = open_dir()
        self.expect = list(expect)
        self.port = free_port()
        self.tcp = ("127.0.0.1", self.port)
        self.unix = os.path.join(self.dir, "gate.sock")
        self._stopped = False
        listen = listen or [f"tcp://127.0.0.1:{self.port}", f"unix://{self.unix}"]
        variables = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "DOCKGATE_LISTEN": " ".join(a.format(dir=self.dir, port=self.port) for a in listen),
            "DOCKGATE_LOG_FORMAT": "json",
            "DOCKGATE_GRACE": "1",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                variables[name] = os.environ[name]
        if engine is not None:
            path = engine if isinstance(engine, (str, Path)) else engine.address
            variables["DOCKGATE_ENGINE"] = str(path) if "://" in str(path) else f"unix://{path}"
        if not user:
            variables["DOCKGATE_USER"] = "root"
        for name in all_options() if allow == "all" else allow:
            variables[name] = "1"
        for name, value in (env or {}).items():
            variables.pop(name, None)
            if value is not None:
                variables[name] = value.format(dir=self.dir) if "{dir}" in value else value

        def in_child():
            for which, value in (limits or {}).items():
                resource.setrlimit(which, (value, value))

        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if "NOTIFY_SOCKET" not in variables:
            variables["NOTIFY_SOCKET"] = os.path.join(self.dir, "notify")
            self._notify.bind(variables["NOTIFY_SOCKET"])
            os.chmod(variables["NOTIFY_SOCKET"], 0o666)

        self._out = open(os.path.join(self.dir, "stdout"), "wb")
        self._err = open(os.path.join(self.dir, "stderr"), "wb")
        self.process = subprocess.Popen(
            [*around, binary(), command, *flags], env=variables, stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=self._err, cwd=self.dir, preexec_fn=in_child if limits else None, start_new_session=True)
        self.pid = self.process.pid
        if wait:
            self._wait_ready()

    def _wait_ready(self, timeout=20):
        """Waits until it says that it is ready."""
        deadline = time.monotonic() + timeout
        self._notify.settimeout(0.02)
        while True:
            try:
                if b"READY=1" in self._notify.recv(4096):
                    return
            except socket.timeout:
                pass
            if self.process.poll() is not None:
                self._stopped = True
                raise AssertionError(f"the gate ended with {self.process.returncode} at start:\n{self.stderr()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the gate does not get ready:\n{self.stderr()}")

    def client(self, address=None, **kwargs):
        return Client(address or self.tcp, **kwargs)

    def get(self, target, **kwargs):
        """One GET on a connection of its own."""
        with self.client() as c:
            return c.get(target, **kwargs)

    # -- what it wrote

    def stderr(self):
        return Path(self.dir, "stderr").read_text(errors="backslashreplace")

    def stdout(self):
        return Path(self.dir, "stdout").read_text(errors="backslashreplace")

    def log_lines(self):
        """Complete lines of the access log so far."""
        return self.stdout().split("\n")[:-1]

    def wait_log(self, predicate, timeout=5.0):
        """Waits until predicate(log lines) holds (its value is returned)."""
        return self._wait_text(self.log_lines, predicate, timeout)

    def wait_stderr(self, pattern, timeout=5.0):
        """Waits until standard error matches."""
        return self._wait_text(self.stderr, lambda text: re.search(pattern, text), timeout)

    def _wait_text(self, read, predicate, timeout):
        deadline = time.monotonic() + timeout
        while not (found := predicate(read())):
            if time.monotonic() > deadline:
                raise Timeout(f"not so within {timeout} s: {read()!r}")
            time.sleep(0.01)
        return found

    # -- what it uses

    def _status(self, name):
        for line in Path(f"/proc/{self.pid}/status").read_text().split("\n"):
            if line.startswith(name + ":"):
                return line.split(":")[1].strip()
        return None

    def rss(self):
        """Peak resident set, KiB."""
        return int(self._status("VmHWM").split()[0])

    def pss(self):
        """Memory that is the process's alone or its part of what is shared, KiB."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as f:
            return sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))

    def anonymous(self):
        """Memory that belongs to no file, KiB. Unlike pss() it does not grow when another gate, which shared the pages of
        the program's file, ends."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as f:
            return sum(int(line.split()[1]) for line in f if line.startswith("Anonymous:"))

    def fds(self):
        """Number of open descriptors."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_fds(self, at_most, timeout=5.0):
        """Waits until no more than that many descriptors are open."""
        deadline = time.monotonic() + timeout
        while (n := self.fds()) > at_most:
            if time.monotonic() > deadline:
                links = [os.readlink(f"/proc/{self.pid}/fd/{f}") for f in os.listdir(f"/proc/{self.pid}/fd")]
                raise AssertionError(f"{n} descriptors open, expected at most {at_most}: {links}")
            time.sleep(0.01)

    # -- its end

    def signal(self, number=signal.SIGTERM):
        os.kill(self.pid, number)

    def wait(self, timeout=15.0):
        """Waits for its end; the exit status (negative: a signal)."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout(f"the gate (pid {self.pid}) did not end:\n{self.stderr()}") from None

    def stop(self, status=0, timeout=15.0):
        """Ends it in order, and checks exit status and standard error. Only the first call does anything."""
        if self._stopped:
            return
        self._stopped = True
        try:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            got = self.wait(timeout)
            self.check_stderr()
            assert got == status, f"exit status {got}, expected {status}:\n{self.stderr()}"
        finally:
            if self.process.poll() is None:
                os.killpg(self.pid, signal.SIGKILL)  # the process that removes its sockets as well
                self.process.wait()

    def check_stderr(self):
        text = self.stderr()
        assert not NEVER.search(text), f"standard error:\n{text}"
        allowed = [re.compile(p) for p in NORMAL + self.expect]
        odd = [line for line in text.split("\n") if line and not any(p.fullmatch(line) for p in allowed)]
        assert not odd, f"unexpected on standard error: {odd}\nwhole:\n{text}"

    def dispose(self):
        """Removes its folder; the process must have ended."""
        self._notify.close()
        self._out.close()
        self._err.close()
        shutil.rmtree(self.dir, ignore_errors=True)
