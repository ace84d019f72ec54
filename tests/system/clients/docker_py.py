"""What docker-py does, as lines on standard output that say the same by each way to the engine (DOCKER_HOST).
Usage: docker_py.py IMAGE. Makes a container named `client` and removes it."""

import io
import socket
import sys
import tarfile
import time

import docker

BIG = bytes(range(256)) * 8192


def tar_of(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def talk(sock, text):
    """Types `text` into a stream, ends it, and reads the other direction to its end, the frames' heads off."""
    raw = getattr(sock, "_sock", sock)
    raw.sendall(text)
    raw.shutdown(socket.SHUT_WR)
    data = b""
    while piece := raw.recv(65536):
        data += piece
    out = b""
    while data:
        length = int.from_bytes(data[4:8], "big")
        out, data = out + data[8:8 + length], data[8 + length:]
    return out


def main(image):
    engine = docker.from_env(timeout=60)
    print("version", engine.version()["Version"])
    box = engine.containers.create(image, ["sh", "-c", "read x; echo got $x; exec cat >/dev/null"], name="client",
                                   stdin_open=True, network_mode="none")
    try:
        typed = engine.api.attach_socket(box.id, {"stdin": 1, "stdout": 1, "stream": 1})
        box.start()
        print("list", [c.name for c in engine.containers.list(all=True)])
        print("exec", tuple(box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True)))
        made = engine.api.exec_create(box.id, ["wc", "-c"], stdin=True)["Id"]
        print("stdin", talk(engine.api.exec_start(made, socket=True), BIG))
        print("put", box.put_archive("/data", tar_of("big", BIG)))
        back = io.BytesIO(b"".join(box.get_archive("/data/big")[0]))
        print("get", tarfile.open(fileobj=back).extractfile("big").read() == BIG)
        follower = box.logs(stream=True, follow=True)
        print("attach", talk(typed, b"typed\n"))
        print("logs", b"".join(follower))
        print("wait", box.wait()["StatusCode"])
        now = int(time.time()) + 1
        events = engine.events(since=now - 600, until=now, decode=True, filters={"container": box.id})
        print("events", sorted({e["Action"] for e in events}))
    finally:
        box.remove(force=True)


main(sys.argv[1])
