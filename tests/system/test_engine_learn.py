"""dockgate learn with real clients before a real engine: what it writes is enough, and no option of it is too much."""

import pytest

from engine import IMAGE
from learning import check_policy, learn

CLI_LINES = [
    "docker version",
    "docker create --name $N $NET $I sh -c 'echo said; sleep 1000'",
    "docker start $N",
    "docker ps",
    "docker exec $N true",
    "docker cp $N:/etc/passwd $T/passwd",
    "docker logs $N | grep said",
    "docker image inspect $I",
    "docker events --since 0s --until 0s",
    "docker rm -f $N",
]


@pytest.mark.parametrize("client", ["debian"], indirect=True)
def test_docker_cli(engine, client):
    def use(g):
        host = f"unix://{g.unix}"
        try:
            return all(client.run(host, line)[0] == 0 for line in CLI_LINES)
        finally:
            engine.docker("rm", "-f", "c1", check=False)

    got = learn(engine.socket, lambda g: None if use(g) else pytest.fail("the run itself does not work"))
    assert not got["denied"] and not got["unknown"] and not got["malformed"]
    assert {"CONTAINERS_CREATE", "CONTAINERS_EXEC", "CONTAINERS_DELETE"} <= set(got["options"])
    assert "CONTAINERS" not in got["options"]
    check_policy(engine.socket, got["options"], use)


def test_docker_py(engine):
    docker = pytest.importorskip("docker", reason="python3-docker is not installed")

    def use(g):
        client = docker.DockerClient(base_url=f"tcp://127.0.0.1:{g.port}", timeout=30)
        try:
            client.ping()
            client.images.list()
            container = client.containers.run(IMAGE, "sh -c 'echo said; sleep 1000'", name="learn-py", detach=True,
                                              network_mode="none")
            assert "learn-py" in [c.name for c in client.containers.list()]
            assert container.exec_run("echo in").output == b"in\n"
            container.stop(timeout=0)
            assert container.logs() == b"said\n"
            container.remove()
            return True
        except docker.errors.APIError:
            return False
        finally:
            client.close()
            engine.docker("rm", "-f", "learn-py", check=False)

    got = learn(engine.socket, use)
    assert not got["denied"] and not got["unknown"] and not got["malformed"]
    assert {"CONTAINERS_CREATE", "CONTAINERS_START", "EXEC_START"} <= set(got["options"])
    check_policy(engine.socket, got["options"], use)
