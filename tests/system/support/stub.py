"""A stand-in for the container engine: a unix socket whose other side a test scripts byte for byte.

By hand, the test playing the engine (no handler given):

    engine = stub()                       # the fixture; engine.path is the socket
    client.send(...)
    c = engine.accept()                   # the gate's next connection
    q = c.request()                       # reads one whole request: q.line q.fields q.body
    c.reply(body=b"{}")                   # or c.send(bytes), c.half_close(), c.reset(), c.close()
    c.expect_close()                      # as in client.Stream: read_exact, read_some, expect_quiet …

Or served by threads, one for each connection:

    engine = stub(answer())               # any request: 200 and {"path": …}; keeps connections alive
    engine = stub(answer(b'raw bytes'))   # always these bytes, after the request was read whole
    engine = stub(lambda c: …)            # called for each connection with its StubConnection

What came is kept: engine.requests (each Message, in order of completion), engine.lines (["GET /_ping", …]),
engine.connections (each with .received, all bytes). An exception in a handler fails the test at its end,
except for connections that the gate ended (Closed) where the handler was only waiting.
"""

import json
import os
import queue
import socket
import threading
import time

from .client import Closed, Malformed, Stream, Timeout, parse_head


class StubConnection(Stream):
    """The engine's side of one connection that the gate made."""

    def __init__(self, sock, engine, number):
        super().__init__(sock)
        self.engine = engine
        self.number = number
        self.requests = []

    def request_head(self, timeout=None):
        """The next request's head, strict: what the gate sends must be beyond doubt."""
        q = self.read_head(timeout)
        parts = q.start.split(b" ")
        if len(parts) != 3 or parts[2] != b"HTTP/1.1" or not parts[1].startswith(b"/"):
            raise Malformed(f"bad request line from the gate: {q.start!r}")
        lengths, codings, hosts = q.all("content-length"), q.all("transfer-encoding"), q.all("host")
        if len(hosts) != 1 or not hosts[0]:
            raise Malformed(f"bad Host from the gate: {hosts} in {q.head!r}")
        if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
            raise Malformed(f"ambiguous framing from the gate: {q.head!r}")
        if codings and codings != ["chunked"]:
            raise Malformed(f"Transfer-Encoding from the gate: {codings}")
        q.framing = "chunked" if codings else "length" if lengths else "none"
        self.requests.append(q)
        self.engine._heads.append(q)
        return q

    def request(self, timeout=None):
        """The next request, whole."""
        q = self.read_body(self.request_head(timeout), timeout)
        self.engine.requests.append(q)
        return q

    def reply(self, status=200, body=b"{}", fields=(), reason="OK", head_only=False):
        """A plain counted answer."""
        self.send(reply(status, body, fields, reason, head_only))


def reply(status=200, body=b"{}", fields=(), reason="OK", head_only=False):
    """The bytes of a plain counted answer, with the fields that an engine sends."""
    lines = [f"HTTP/1.1 {status} {reason}", "Api-Version: 1.41", "Content-Type: application/json"]
    lines += [f"{k}: {v}" for k, v in fields]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head_only else body)


UPGRADED = (
    b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
    b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
)
RAW_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"


def answer(raw=None):
    """A handler: reads each request whole and answers it; `raw`: always these bytes."""

    def handle(c):
        while True:
            q = c.request(timeout=60)
            if raw is not None:
                c.send(raw)
                continue
            body = json.dumps({"path": q.target, "method": q.method, "body": len(q.body)}).encode()
            c.reply(body=body, head_only=q.method == "HEAD")

    return handle


class StubEngine:
    """See the top of this file."""

    def __init__(self, path, handler=None, backlog=4096):
        self.path = str(path)
        self.handler = handler
        self.requests = []
        self._heads = []
        self.connections = []
        self.errors = []
        self._accepted = queue.Queue()
        self._stopping = False
        self.listener = None
        self.start(backlog)

    @property
    def address(self):
        return f"unix://{self.path}"

    @property
    def lines(self):
        """Method and target of every request whose head came, in order."""
        return [q.line for q in self._heads]

    def start(self, backlog=4096):
        """(Re)opens the socket as a new file."""
        self._stopping = False
        self.listener = self._listen()
        self.listener.listen(backlog)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _listen(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.path)
        os.chmod(self.path, 0o666)
        return listener

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            c = StubConnection(sock, self, len(self.connections))
            self.connections.append(c)
            if self.handler is None:
                self._accepted.put(c)
            else:
                threading.Thread(target=self._serve, args=(c,), daemon=True).start()

    def _serve(self, c):
        try:
            self.handler(c)
        except (Closed, BrokenPipeError, ConnectionResetError):
            pass
        except (Timeout, OSError) as e:
            if not self._stopping:
                self.errors.append(e)
        except Exception as e:  # pylint: disable=broad-except
            self.errors.append(e)
        finally:
            c.close()

    def accept(self, timeout=10.0):
        """The next connection of the gate (only without a handler)."""
        try:
            return self._accepted.get(timeout=timeout)
        except queue.Empty:
            raise Timeout("the gate opened no connection to the engine") from None

    def expect_no_connection(self, seconds=0.3):
        try:
            c = self._accepted.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"unexpected connection to the engine: {c.read_until_quiet(0.2)!r}")

    def wait_requests(self, n, timeout=10.0):
        """Waits until n requests came whole."""
        deadline = time.monotonic() + timeout
        while len(self.requests) < n:
            if time.monotonic() > deadline:
                raise Timeout(f"{len(self.requests)} of {n} requests came: {self.lines}")
            time.sleep(0.005)

    def all_received(self):
        """Every byte that came, of all connections."""
        return b"\n".join(bytes(c.received) for c in self.connections)

    def stop(self):
        """Closes the listener and every connection; the socket file stays, as with a killed engine."""
        self._stopping = True
        # Closing a listener does not wake accept(); shutting it down does.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for c in self.connections:
            try:
                c.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            c.close()

    def check(self):
        """Raises the first error of a handler."""
        if self.errors:
            raise self.errors[0]


class TcpEngine(StubEngine):
    """The same on TCP: TcpEngine("127.0.0.9", 2375, answer())."""

    def __init__(self, host, port, handler=None, backlog=4096):
        self.at = (host, port)
        super().__init__("", handler, backlog)

    @property
    def address(self):
        return f"tcp://{self.at[0]}:{self.at[1]}"

    def _listen(self):
        listener = socket.socket(socket.AF_INET6 if ":" in self.at[0] else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self.at)
        return listener


__all__ = ["StubEngine", "TcpEngine", "StubConnection", "answer", "reply", "UPGRADED", "RAW_STREAM", "parse_head"]
