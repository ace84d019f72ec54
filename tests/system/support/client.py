"""A raw HTTP client: sends exactly the bytes it is told to, and reads answers with deadlines.

    c = Client(gate.tcp)                      # or a path: a unix socket
    c.send(b"GET /_ping HTTP/1.1\\r\\nHost: d\\r\\n\\r\\n")
    r = c.response()                          # r.status r.fields r.body r.interim; chunked is decoded
    r = c.get("/version")                     # both in one
    c.expect_close()                          # the other side must close, and send nothing more

Every wait has a deadline (`timeout`, seconds); reaching it raises Timeout, a closed connection raises Closed
with what had arrived. Nothing here is lenient: a malformed answer raises Malformed, so a test needn't look.
"""

import socket
import struct
import time
from dataclasses import dataclass, field


class Timeout(AssertionError):
    """Nothing more came within the deadline."""


class Closed(AssertionError):
    """The other side closed (or reset) before the message was complete."""


class Malformed(AssertionError):
    """What came is no HTTP."""


@dataclass
class Message:
    """One HTTP message head with its body, as received."""

    start: bytes
    fields: list  # of (name, value) as received, in order
    body: bytes = b""
    head: bytes = b""  # the raw head with its empty line
    framing: str = "none"  # none, length, chunked, close
    chunks: list = field(default_factory=list)  # sizes as received
    trailers: list = field(default_factory=list)
    interim: list = field(default_factory=list)  # the 1xx answers before this one

    def get(self, name, default=None):
        """The value of the first field of that name."""
        for key, value in self.fields:
            if key.lower() == name.lower().encode():
                return value.decode("latin-1")
        return default

    def all(self, name):
        """The values of every field of that name."""
        return [v.decode("latin-1") for k, v in self.fields if k.lower() == name.lower().encode()]

    def names(self):
        return [k.decode("latin-1") for k, _ in self.fields]

    # answers
    @property
    def status(self):
        return int(self.start.split(b" ")[1])

    @property
    def reason(self):
        return self.start.split(b" ", 2)[2].decode("latin-1")

    # requests
    @property
    def method(self):
        return self.start.split(b" ")[0].decode("latin-1")

    @property
    def target(self):
        return self.start.split(b" ")[1].decode("latin-1")

    @property
    def line(self):
        """Method and target: `GET /version`."""
        return f"{self.method} {self.target}"


def parse_head(raw):
    """Splits a head; strict about line ends and colons."""
    if not raw.endswith(b"\r\n\r\n"):
        raise Malformed(f"head does not end in an empty line: {raw[-80:]!r}")
    lines = raw[:-4].split(b"\r\n")
    if b"\n" in lines[0] or b"\r" in lines[0]:
        raise Malformed(f"bad start line {lines[0]!r}")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip() or b"\n" in line or b"\r" in line:
            raise Malformed(f"bad field line {line!r} in {raw[:400]!r}")
        fields.append((name, value.strip(b" \t")))
    return Message(start=lines[0], fields=fields, head=raw)


def _chunk_size(line):
    size = line.split(b";")[0]
    if not size or any(c not in b"0123456789abcdefABCDEF" for c in size):
        raise Malformed(f"bad chunk size line {line[:60]!r}")
    return int(size, 16)


class Stream:
    """A socket with a read buffer and deadlines; the base of the client's and the stub engine's sides."""

    def __init__(self, sock, timeout=10.0):
        self.sock = sock
        self.timeout = timeout
        self.buffer = bytearray()  # received, not yet consumed
        self.received = bytearray()  # everything that ever came, unless record is off
        self.record = True
        self.eof = False
        self.was_reset = False

    # -- sending

    def send(self, *pieces):
        """Sends all pieces, one send call each."""
        self.sock.settimeout(self.timeout)
        for piece in pieces:
            try:
                self.sock.sendall(piece)
            except socket.timeout as e:
                raise Timeout(f"could not send {len(piece)} bytes") from e

    def send_bytewise(self, data, pause=0.0):
        """One byte a segment (TCP_NODELAY is set), so that the reader sees every split."""
        for i in range(len(data)):
            self.send(data[i : i + 1])
            if pause:
                time.sleep(pause)

    def try_send(self, data):
        """Sends what the other side takes; False when it has gone away or does not read any more."""
        try:
            self.send(data)
            return True
        except (OSError, Timeout):
            return False

    def fill(self, chunk=b"x" * 65536, quiet=0.5, limit=1 << 30):
        """Sends until the other side takes nothing more for `quiet` seconds; returns how many bytes it took."""
        sent = 0
        self.sock.settimeout(quiet)
        while sent < limit:
            try:
                sent += self.sock.send(chunk)
            except socket.timeout:
                break
            except OSError:
                self.eof = True
                break
        return sent

    def half_close(self):
        """Ends our direction (FIN); the other one stays open."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Aborts the connection: RST on TCP, plain close with unread data semantics on unix sockets."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    # -- receiving

    def _pull(self, deadline, size=262144):
        """Reads once into the buffer; False at the end of the stream."""
        if self.eof:
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            raise Timeout(f"nothing came; buffer holds {bytes(self.buffer[:200])!r}")
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(size)
        except socket.timeout as e:
            raise Timeout(f"nothing came; buffer holds {bytes(self.buffer[:200])!r}") from e
        except (ConnectionResetError, BrokenPipeError):
            self.was_reset = True
            self.eof = True
            return False
        if not data:
            self.eof = True
            return False
        self.buffer += data
        if self.record:
            self.received += data
        return True

    def _deadline(self, timeout):
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    def _take(self, n):
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data

    def read_until(self, marker, timeout=None):
        deadline = self._deadline(timeout)
        while (at := self.buffer.find(marker)) < 0:
            if not self._pull(deadline):
                raise Closed(f"closed before {marker!r}; got {bytes(self.buffer[:400])!r}")
        return self._take(at + len(marker))

    def read_exact(self, n, timeout=None):
        deadline = self._deadline(timeout)
        while len(self.buffer) < n:
            if not self._pull(deadline):
                raise Closed(f"closed after {len(self.buffer)} of {n} bytes: {bytes(self.buffer[:200])!r}")
        return self._take(n)

    def read_some(self, timeout=None):
        """Whatever comes next; b"" at the end."""
        if not self.buffer:
            self._pull(self._deadline(timeout))
        return self._take(len(self.buffer))

    def read_to_end(self, timeout=None):
        """Everything until the other side closes."""
        deadline = self._deadline(timeout)
        while self._pull(deadline):
            pass
        return self._take(len(self.buffer))

    def read_until_quiet(self, quiet=1.5, timeout=None):
        """Everything until the other side closes or is quiet for that long: (bytes, closed)."""
        deadline = self._deadline(timeout)
        try:
            while self._pull(min(deadline, time.monotonic() + quiet)):
                pass
        except Timeout:
            pass
        return self._take(len(self.buffer)), self.eof

    def expect_close(self, timeout=None):
        """The other side must end its direction, and send nothing more before."""
        rest = self.read_to_end(timeout)
        assert rest == b"", f"unexpected bytes before the end: {rest[:400]!r}"

    def expect_quiet(self, seconds=0.3):
        """Nothing may come, and the connection must stay open, for that long."""
        assert not self.buffer, f"unexpected bytes: {bytes(self.buffer[:400])!r}"
        try:
            more = self._pull(time.monotonic() + seconds)
        except Timeout:
            return
        assert more, "closed where it should have stayed open"
        raise AssertionError(f"unexpected bytes: {bytes(self.buffer[:400])!r}")

    # -- messages

    def read_head(self, timeout=None):
        return parse_head(self.read_until(b"\r\n\r\n", timeout))

    def read_chunk(self, message, timeout=None):
        """The next chunk of a chunked body; b"" for the last one, whose trailers go into the message."""
        size = _chunk_size(self.read_until(b"\r\n", timeout)[:-2])
        message.chunks.append(size)
        if size == 0:
            while (line := self.read_until(b"\r\n", timeout)) != b"\r\n":
                message.trailers.append(line[:-2])
            return b""
        data = self.read_exact(size + 2, timeout)
        if data[-2:] != b"\r\n":
            raise Malformed(f"chunk of {size} does not end in CRLF: {data[-2:]!r}")
        return data[:-2]

    def read_body(self, message, timeout=None):
        if message.framing == "length":
            message.body = self.read_exact(int(message.get("content-length")), timeout)
        elif message.framing == "close":
            message.body = self.read_to_end(timeout)
        elif message.framing == "chunked":
            parts = []
            while part := self.read_chunk(message, timeout):
                parts.append(part)
            message.body = b"".join(parts)
        return message


class Client(Stream):
    """A client's connection to the gate. `address`: (host, port), or the path of a unix socket. `source`: the address
    that it comes from."""

    def __init__(self, address, timeout=10.0, receive_buffer=None, source=None):
        if isinstance(address, tuple):
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        else:
            family = socket.AF_UNIX
            address = str(address)
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            sock.bind((source, 0))
        sock.settimeout(timeout)
        sock.connect(address)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def request(self, method, target, fields=(), body=b"", chunked=False, minor=1):
        """Sends a well-formed request. `fields`: pairs of text. A body is counted unless `chunked`."""
        self.send(request(method, target, fields, body, chunked, minor))

    def response_head(self, method="GET", timeout=None):
        """The next final answer's head (1xx collected in .interim), its body not read; sets .framing."""
        interim = []
        while True:
            r = self.read_head(timeout)
            if not r.start.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")) or len(r.start.split(b" ", 2)) != 3:
                raise Malformed(f"bad status line {r.start!r}")
            if r.status >= 200 or r.status == 101:
                break
            interim.append(r)
        r.interim = interim
        lengths = r.all("content-length")
        codings = r.all("transfer-encoding")
        if lengths and codings or len(lengths) > 1 or len(codings) > 1:
            raise Malformed(f"ambiguous framing: {r.head!r}")
        if method == "HEAD" or r.status in (101, 204, 304):
            r.framing = "none"
        elif codings:
            if codings != ["chunked"]:
                raise Malformed(f"Transfer-Encoding: {codings}")
            r.framing = "chunked"
        elif lengths:
            r.framing = "length"
        else:
            r.framing = "close"
        return r

    def response(self, method="GET", timeout=None):
        """The next final answer, whole."""
        return self.read_body(self.response_head(method, timeout), timeout)

    def get(self, target, fields=(), method="GET", timeout=None, **kwargs):
        self.request(method, target, fields, **kwargs)
        return self.response(method, timeout)

    def post(self, target, body=b"", fields=(), timeout=None, **kwargs):
        return self.get(target, fields, "POST", timeout, body=body, **kwargs)


def request(method, target, fields=(), body=b"", chunked=False, minor=1):
    """The bytes of a well-formed request."""
    lines = [f"{method} {target} HTTP/1.{minor}"]
    if not any(k.lower() == "host" for k, _ in fields):
        lines.append("Host: test")
    lines += [f"{k}: {v}" for k, v in fields]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        body = chunk(body) + b"0\r\n\r\n"
    elif body or method in ("POST", "PUT"):
        if not any(k.lower() == "content-length" for k, _ in fields):
            lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunk(data):
    """One chunk of a chunked body; nothing for no data."""
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


UPGRADE = (("Connection", "Upgrade"), ("Upgrade", "tcp"))
JSON = (("Content-Type", "application/json"),)
