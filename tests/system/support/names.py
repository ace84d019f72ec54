"""A name server for the tests, on 127.0.0.0/8 port 53, and the files that point to it.

    server = NameServer({"app": ["127.0.0.9"]})       fixture `names` in test_names.py
    server.records["app"] = …                         what it says from now on; [] no address, None no such name
    server.ttl = 600                                  of the records
    server.silent = True                              says nothing
    server.cut = True                                 answers over UDP say that they are cut off: ask over TCP
    server.asked                                      the names so far, a line a question: "app A"
    around(workdir, [server.address])                 a command that runs another where only these are asked
"""

import random
import shlex
import socket
import struct
import threading

A, AAAA = 1, 28


def name_of(message, at):
    """The name at that place (questions are never compressed), and what comes behind it."""
    labels = []
    while message[at] != 0:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), at + 1


def around(workdir, servers, hosts=""):
    """What `unshare` needs to run a command that has these name servers and this file of hosts."""
    files = {"/etc/resolv.conf": "".join(f"nameserver {a}\n" for a in servers),
             "/etc/hosts": hosts or "127.0.0.1 localhost\n",
             "/etc/nsswitch.conf": "hosts: files dns\n"}
    script = ""
    for i, (path, text) in enumerate(files.items()):
        (workdir / f"file{i}").write_text(text)
        script += f"mount --bind {shlex.quote(str(workdir / f'file{i}'))} {path}; "
    return ["unshare", "--mount", "sh", "-ec", script + 'exec "$0" "$@"']


class NameServer:
    """See the top of this file."""

    def __init__(self, records, ttl=600):
        self.records, self.ttl = dict(records), ttl
        self.silent, self.cut, self.asked = False, False, []
        self.tcp_asked = 0
        self._udp, self._tcp = self._bind()
        self._threads = [threading.Thread(target=f, daemon=True) for f in (self._serve_udp, self._serve_tcp)]
        for t in self._threads:
            t.start()

    def _bind(self):
        """An address of our own among 16 million, since the port is given."""
        while True:
            self.address = f"127.{random.randint(64, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"
            udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
            try:
                udp.bind((self.address, 53))
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tcp.bind((self.address, 53))
                tcp.listen(8)
                return udp, tcp
            except PermissionError:
                udp.close()
                tcp.close()
                raise
            except OSError:
                udp.close()
                tcp.close()

    def answer(self, question, over_tcp):
        name, end = name_of(question, 12)
        kind = struct.unpack("!H", question[end:end + 2])[0]
        self.asked.append(f"{name} {'A' if kind == A else 'AAAA'}")
        self.tcp_asked += over_tcp
        addresses = self.records.get(name)
        rows = b""
        n = 0
        for text in addresses or []:
            family, row = (socket.AF_INET6, AAAA) if ":" in text else (socket.AF_INET, A)
            if row == kind and not (self.cut and not over_tcp):
                data = socket.inet_pton(family, text)
                rows += b"\xc0\x0c" + struct.pack("!HHIH", row, 1, self.ttl, len(data)) + data
                n += 1
        flags = 0x8180 | (0x0200 if self.cut and not over_tcp else 0) | (3 if addresses is None else 0)
        return question[:2] + struct.pack("!HHHHH", flags, 1, n, 0, 0) + question[12:end + 4] + rows

    def _serve_udp(self):
        while True:
            try:
                question, client = self._udp.recvfrom(4096)
            except OSError:
                return
            if not question:
                return  # shut down
            if self.silent:
                self.asked.append("silent")
                continue
            self._udp.sendto(self.answer(question, False), client)

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    while length := connection.recv(2, socket.MSG_WAITALL):
                        question = connection.recv(struct.unpack("!H", length)[0], socket.MSG_WAITALL)
                        answer = self.answer(question, True)
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
                except OSError:
                    pass

    def stop(self):
        for s in (self._udp, self._tcp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
