"""docker-py (Debian's python3-docker) through the gate, compared with straight at the engine."""
import io
import tarfile

import pytest

from engine import IMAGE

docker = pytest.importorskip("docker", reason="python3-docker is not installed")


@pytest.fixture
def each(ways):
    """A docker-py client for each way."""
    made = {way: docker.DockerClient(base_url=host, timeout=30) for way, host in ways.items()}
    yield made
    for one in made.values():
        one.close()


def by_each(each, ask):
    """What `ask` answers by each way; all must be what the engine itself answers."""
    answers = {way: ask(one) for way, one in each.items()}
    assert all(answer == answers["engine"] for answer in answers.values()), answers
    return answers["engine"]


def tar_of(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def attach(client, engine):
    """Attaches to a container before its start, types into it, and reads what it says."""
    engine.docker("create", "-i", "--name", "asks", "--network", "none", IMAGE, "sh", "-c", "read x; echo got $x")
    try:
        stream = client.api.attach_socket("asks", {"stdin": 1, "stdout": 1, "stream": 1})
        client.containers.get("asks").start()
        stream._sock.sendall(b"typed\n")  # pylint: disable=protected-access # docker-py gives no other way to write
        said = b"".join(data for _, data in docker.utils.socket.frames_iter(stream, tty=False))
        stream.close()
        return said
    finally:
        engine.docker("rm", "-f", "asks")


def test_docker_py(engine, each):
    """Lists, exec, attach, logs, archive both ways, events."""
    engine.docker("run", "-d", "--name", "py", "--network", "none", IMAGE, "sh", "-c", "echo said; sleep 1000")
    try:
        assert by_each(each, lambda c: [x.name for x in c.containers.list(all=True)]) == ["py"]
        assert IMAGE in by_each(each, lambda c: c.images.list()[0].tags)
        assert by_each(each, lambda c: tuple(c.containers.get("py").exec_run("sh -c 'echo in; exit 3'"))) == (3, b"in\n")
        assert by_each(each, lambda c: c.containers.get("py").logs()) == b"said\n"
        assert by_each(each, lambda c: c.containers.get("py").put_archive("/data", tar_of("f", b"kept")))
        assert b"kept" in by_each(each, lambda c: b"".join(c.containers.get("py").get_archive("/data/f")[0]))
        assert by_each(each, lambda c: attach(c, engine)) == b"got typed\n"
        for one in each.values():
            events = one.events(decode=True, filters={"type": "container"}, since=0)
            assert next(events)["Type"] == "container"
            events.close()
    finally:
        engine.docker("rm", "-f", "py")
