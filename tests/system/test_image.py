"""The image: the last stage of packaging/Dockerfile, built on a real engine and run as the README says, on the
host's network (the engine of the tests has no bridge). The stages before it need Debian's image, which a machine
without a registry can't have; their result, the files of /image, is made here from the binary under test."""

import json
import os
import re
import shutil
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import vectors
from engine import DEBIAN_CLI, client_environment, wait_for
from support.gate import ROOT, binary, is_sanitized

IMAGE = "dockgate:test"
ZONES = Path("/usr/share/zoneinfo")
PORT = "2375"


def last_stage():
    """The instructions behind the last FROM, with what is copied from another stage taken from the context."""
    text = (ROOT / "packaging/Dockerfile").read_text()
    head, _, stage = text.rpartition("\nFROM ")
    assert stage.startswith("scratch\n")
    stage, copies = re.subn(r"^COPY --from=files /image/ /$", "COPY image/ /", stage, flags=re.M)
    assert copies == 1 and "--from" not in stage
    # What `files` is made of stands in the stage before; this test makes the same.
    for made in ("cp build/dockgate /image/dockgate", "ln -s dockgate /image/healthcheck", "cp -a /usr/share/zoneinfo /image/usr/share/zoneinfo"):
        assert made in head
    return "FROM " + stage


def is_static():
    headers = subprocess.run(["readelf", "-lW", binary()], capture_output=True, text=True, check=False).stdout
    return "INTERP" not in headers


@pytest.fixture(scope="session")
def image(engine, tmp_path_factory):
    """The built image; how `docker inspect` sees it."""
    if is_sanitized() or not is_static():
        pytest.skip("only a static binary can be alone in an image")
    context = tmp_path_factory.mktemp("context")
    (context / "Dockerfile").write_text(last_stage())
    files = context / "image"
    files.mkdir(mode=0o755)
    shutil.copy(binary(), files / "dockgate")
    (files / "healthcheck").symlink_to("dockgate")
    if ZONES.is_dir():
        shutil.copytree(ZONES, files / "usr/share/zoneinfo", symlinks=True,
                        ignore=shutil.ignore_patterns("posix", "right"))
    env = client_environment(context, engine.host) | {"DOCKER_BUILDKIT": "0"}
    done = subprocess.run([DEBIAN_CLI, "build", "-q", "-t", IMAGE, str(context)], env=env, capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(engine.docker("inspect", IMAGE))[0]


class Container:
    """The gate in a container. `docker` runs a CLI through it, inside the engine's network."""

    def __init__(self, engine, folder, *arguments, env=(), group=True):
        self.engine = engine
        self.folder = folder
        flags = [flag for variable in env for flag in ("--env", variable)]
        if group:
            flags += ["--group-add", str(os.stat(engine.socket).st_gid)]
        self.id = engine.docker(
            "run", "-d", "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt",
            "no-new-privileges", "-v", f"{engine.socket}:/var/run/docker.sock", "--health-interval", "1s",
            *flags, *arguments, IMAGE).strip()

    def docker(self, *args):
        done = subprocess.run(
            ["nsenter", "--net", "--target", str(self.engine.init.pid), DEBIAN_CLI, "-H", f"tcp://127.0.0.1:{PORT}",
             *args], env=client_environment(self.folder), capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def logs(self):
        """Standard output and standard error so far."""
        done = subprocess.run([DEBIAN_CLI, "-H", self.engine.host, "logs", self.id], capture_output=True, text=True,
                              env=client_environment(self.folder), timeout=60, check=True)
        return done.stdout, done.stderr

    def inspect(self):
        return json.loads(self.engine.docker("inspect", self.id))[0]

    def wait_ready(self):
        wait_for(lambda: "listening on" in self.logs()[1] or not self.inspect()["State"]["Running"], "start")
        assert self.inspect()["State"]["Running"], self.logs()
        wait_for(lambda: self.docker("version")[0] == 0, f"answer: {self.docker('version')} {self.logs()}", 10)

    def wait_health(self, status):
        wait_for(lambda: self.inspect()["State"]["Health"]["Status"] == status,
                 f"{status}: {self.inspect()['State']['Health']}")


@pytest.fixture
def container(engine, image, tmp_path):  # pylint: disable=unused-argument
    made = []

    def make(*arguments, **kwargs):
        made.append(Container(engine, tmp_path, *arguments, **kwargs))
        return made[-1]

    yield make
    for c in made:
        engine.docker("rm", "-f", c.id)


pytestmark = pytest.mark.xdist_group("image")


def test_what_the_image_says(image):
    config = image["Config"]
    assert config["Entrypoint"] == ["/dockgate"]
    assert not config["Cmd"]
    assert list(config["ExposedPorts"]) == ["2375/tcp"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/dockgate", "healthcheck"]
    # A variable that is set decides, so it would close what a preset or another dialect opens; `default` does not.
    variables = dict(pair.split("=", 1) for pair in config["Env"])
    assert variables.pop("DOCKGATE_LISTEN") == "tcp://:2375"
    assert variables.pop("PATH")
    assert set(variables.values()) == {"default"}
    known = subprocess.run([binary(), "options", "--markdown"], capture_output=True, text=True, check=True).stdout
    options = {name for name in variables if not name.startswith("DOCKGATE_")}
    assert options == {name for name in originals_options() if f"`{name}`" in known}
    settings = subprocess.run([binary(), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for name in set(variables) - options:
        assert name in settings, name


def originals_options():
    """What can be set on the image whose place this one takes."""
    return {pair.split("=")[0] for environment in vectors.by_environment("decisions-mjmccans.tsv")
            for pair in environment.split() if "=" in pair}


def test_context_leaves_out_what_was_built(engine, tmp_path):
    """What `docker build` gets of a checkout: its history, but no build folder, whose paths are this machine's."""
    file = tmp_path / "Dockerfile"
    file.write_text("FROM scratch\nCOPY . /\n")
    context = tmp_path / "context"
    for name in (".git/HEAD", "src/a.c", "build/release/build.ninja", "tests/lint/__pycache__/a.pyc"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).touch()
    shutil.copy(ROOT / ".dockerignore", context)
    env = client_environment(tmp_path, engine.host) | {"DOCKER_BUILDKIT": "0"}
    built = subprocess.run([DEBIAN_CLI, "build", "-q", "-f", str(file), str(context)], env=env, capture_output=True, text=True,
                           timeout=60, check=True).stdout.strip()
    made = engine.docker("create", built, "x").strip()
    try:
        exported = subprocess.run([DEBIAN_CLI, "-H", engine.host, "export", made], env=env, capture_output=True, timeout=60,
                                  check=True).stdout
        names = subprocess.run(["tar", "-t"], input=exported, capture_output=True, check=True).stdout.decode().split()
    finally:
        engine.docker("rm", made)
        engine.docker("rmi", built)
    assert {".git/HEAD", "src/a.c"} <= set(names)
    assert not [name for name in names if name.startswith("build") or "__pycache__" in name]


@pytest.mark.parametrize("env, allowed, denied", [
    (["DOCKGATE_PRESET=dozzle"], "/containers/json", "/volumes"),
    (["CONTAINERS=1", "POST=0"], "/containers/json", "/volumes"),
    (["SP_ALLOW_GET=/v1\\..{1,2}/info"], "/v1.41/info", "/v1.41/version"),
])
def test_variables_of_the_image_decide_nothing(image, env, allowed, denied):
    """A preset and the words of another dialect are read as they are without the image's own variables."""
    variables = dict(pair.split("=", 1) for pair in image["Config"]["Env"] + env)
    for target, status in (allowed, 0), (denied, 1):
        done = subprocess.run([binary(), "explain", "GET", target], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
    assert image["Size"] < 12_000_000


def test_runs_as_anybody_in_the_group(container, engine):
    """Read only, without capabilities, as a user that is in nothing but the socket's group."""
    c = container("--user", "65534", env=["CONTAINERS=1"])
    c.wait_ready()
    status, out, _ = c.docker("ps", "--no-trunc", "-q")
    assert status == 0 and c.id in out.split()
    status, _, err = c.docker("image", "ls")
    assert status == 1 and "turn on the IMAGES option." in err
    c.wait_health("healthy")
    out, _ = c.logs()
    assert '/images/json HTTP/1.1" 403 [Location: IMAGES (BLOCKED)]\n' in out
    engine.docker("stop", c.id)
    assert c.inspect()["State"]["ExitCode"] == 0


def test_runs_as_root_without_capabilities(container):
    """As somebody runs it who swaps nothing but the name of the image."""
    c = container(env=["INFO=1"], group=False)
    c.wait_ready()
    assert c.docker("info")[0] == 0
    c.wait_health("healthy")


def test_times_obey_tz(container):
    c = container("--user", "65534", env=["TZ=Asia/Kathmandu"])
    c.wait_ready()
    line = wait_for(lambda: c.logs()[0].split("\n")[0], "log line")
    at = datetime.strptime(line[1:27], "%d/%b/%Y:%H:%M:%S %z")
    assert at.utcoffset() == timedelta(hours=5, minutes=45)
    assert abs(at.timestamp() - time.time()) < 120


def test_names_the_remedy_outside_the_group(container, engine):
    c = container("--user", "65534", env=["CONTAINERS=1"], group=False)
    group = os.stat(engine.socket).st_gid
    wait_for(lambda: "permission denied" in c.logs()[1], f"remedy: {c.logs()}")
    mended = f'group_add: ["{group}"]' if os.stat(engine.socket).st_mode & 0o020 else "user: "
    assert mended in c.logs()[1]
    c.wait_health("unhealthy")


def docker_run_of_readme():
    """The first `docker run` line of the README, continuation lines joined; or None."""
    readme = ROOT / "README.md"
    text = readme.read_text().replace("\\\n", " ") if readme.exists() else ""
    found = re.search(r"^\s*\$?\s*(docker run .*dockgate.*)$", text, re.M)
    return found and found[1]


def test_readme_line(container):
    """The README's line asks for what the other tests have shown to be enough."""
    line = docker_run_of_readme()
    if line is None:
        pytest.skip("no README with a docker run line")
    words = re.sub(r"\s+", " ", line)
    assert "--read-only" in words and "--cap-drop ALL" in words.replace("=", " ")
    assert re.search(r"-v /var/run/docker\.sock:/var/run/docker\.sock", words)
    options = re.findall(r"(?:-e|--env)[ =]([A-Z_]+=\S+)", words)
    user = re.findall(r"(--user)[ =](\S+)", words)
    c = container(*[w for pair in user for w in pair], env=options, group="--group-add" in words)
    c.wait_ready()
    c.wait_health("healthy")
