"""dockgate learn with programs that people run behind such a proxy (script/test --clients): Watchtower and Diun,
built from their modules. What is written for them is enough, and no option of it is too much.

The image's registry is one on this machine that does not exist."""

import os
import subprocess

import pytest
from building import build
from engine import busybox_tar
from learning import check_policy, learn

IMAGE = "127.0.0.1:1/app:1"
NAME = "learned"

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900), pytest.mark.xdist_group("clients"),
              pytest.mark.usefixtures("no_images_left")]


def run(argv, g, folder, **variables):
    """What the program says, standard output and error together; it must end by itself."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC", **variables}
    done = subprocess.run(argv, env={n: v.format(port=g.port) for n, v in env.items()}, cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False)
    return done.stdout


@pytest.fixture
def app(engine):
    """A running container of IMAGE, made anew on each call; ends at SIGTERM."""
    def make():
        engine.docker("rm", "-f", NAME, check=False)
        engine.import_image(IMAGE, busybox_tar())
        engine.docker("run", "-d", "--name", NAME, "--network", "none", IMAGE, "sh", "-c",
                      "trap 'exit 0' TERM; while :; do sleep 0.1; done")
        return engine.docker("inspect", "-f", "{{.Image}}", NAME)

    yield make
    engine.docker("rm", "-f", NAME, check=False)


def test_watchtower(engine, app, tmp_path):
    """It makes a container anew whose image has changed; the new image is here already."""
    binary = build("watchtower", "github.com/containrrr/watchtower")

    def use(g):
        before = app()
        engine.import_image(IMAGE, busybox_tar())
        run([binary, "--run-once", "--no-pull", "--no-startup-message", "--stop-timeout", "1s"], g, tmp_path,
            DOCKER_HOST="tcp://127.0.0.1:{port}")
        after = engine.docker("inspect", "-f", "{{.Image}} {{.State.Running}}", NAME, check=False).split()
        return len(after) == 2 and after[0] != before.strip() and after[1] == "true"

    got = learn(engine.socket, use)
    assert not got["unknown"] and not got["malformed"]
    assert {"CONTAINERS_CREATE", "CONTAINERS_START", "CONTAINERS_DELETE"} <= set(got["options"])
    check_policy(engine.socket, got["options"], use)


def test_diun(engine, registry, tmp_path):
    """It looks once at the images of running containers; reads are all that it needs. An image counts for it when it
    came from a registry; that of the engine's own network is then out of its reach, which is its affair."""
    binary = build("diun", "github.com/crazy-max/diun/v4/cmd")
    image = f"{registry}/app:1"
    engine.import_image(image, busybox_tar())
    engine.docker("push", image)
    engine.docker("run", "-d", "--name", NAME, "--network", "none", image, "sleep", "1000")

    def use(g):
        text = run([binary, "serve"], g, tmp_path, DIUN_DB_PATH=str(tmp_path / "diun.db"),
                   DIUN_PROVIDERS_DOCKER="true", DIUN_PROVIDERS_DOCKER_ENDPOINT="tcp://127.0.0.1:{port}",
                   DIUN_PROVIDERS_DOCKER_WATCHBYDEFAULT="true", DIUN_WATCH_WORKERS="1",
                   GRPC_AUTHORITY="127.0.0.1:0")
        return "Found 1 image(s) to analyze" in text

    try:
        got = learn(engine.socket, use, within="reads")
        assert not got["denied"] and not got["unknown"] and not got["malformed"]
        assert {name for name, value in got["options"].items() if value == "1"} >= {"CONTAINERS_LIST", "IMAGES_INSPECT"}
        check_policy(engine.socket, got["options"], use)
    finally:
        engine.docker("rm", "-f", NAME, check=False)
