"""A real engine under a view: whatever a container, service or config was given as a secret is seen straight at the
engine, and by nobody behind the gate; lists are narrowed, and what is hidden looks absent."""

import base64
import json
import subprocess

import pytest

from engine import DEBIAN_CLI, IMAGE, client_environment, ended, wait_for
from support.gate import Gate

SECRET = "s3cr3t"
BASE64 = base64.b64encode(SECRET.encode()).decode()
NAME = "view-secret"


def command(engine, host, *args, check=True):
    done = subprocess.run([DEBIAN_CLI, *args], env=client_environment(engine.dir, host), capture_output=True, text=True,
                          timeout=60, check=False)
    assert not check or done.returncode == 0, (args, done.stderr)
    return done.stdout + done.stderr


def holds(text):
    return SECRET in text or BASE64 in text


@pytest.fixture(scope="module")
def secrets(engine):
    """A container, a service and a config that hold the marker wherever they can."""
    bind = engine.dir / f"bind-{SECRET}"
    bind.mkdir(exist_ok=True)
    engine.docker("run", "-d", "--name", NAME, "--network=none", "-e", f"PASSWORD={SECRET}", "-e", "TZ=UTC",
                  "-l", f"token={SECRET}", "-l", "team=a", "-v", f"{bind}:/data2", "--mount",
                  f"type=bind,source={bind},target=/data3", "--health-cmd", f"echo {SECRET}", "--health-interval=1s",
                  "--log-opt", "max-size=1m", IMAGE, "sh", "-c", f": {SECRET}; sleep 1000; :")
    engine.docker("run", "-d", "--name", "view-other", "--network=none", "-l", "team=b", IMAGE, "sleep", "1000")
    engine.docker("volume", "create", "--label", f"l={SECRET}", "--opt", "type=nfs", "--opt", f"o=addr=127.0.0.1,password={SECRET}",
                  "--opt", f"device=:/{SECRET}",
                  "view-volume")
    engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    engine.docker("config", "create", "view-config", "-", stdin=SECRET.encode())
    engine.docker("service", "create", "-d", "--name", "view-service", "--replicas", "0", "--env", f"P={SECRET}",
                  "--container-label", f"cl={SECRET}", "--label", f"sl={SECRET}", IMAGE, "sh", "-c", f": {SECRET}")
    wait_for(lambda: SECRET in command(engine, engine.host, "inspect", "-f", "{{json .State.Health}}", NAME), "health")
    yield
    engine.docker("rm", "-f", "-v", NAME, "view-other")
    engine.docker("volume", "rm", "view-volume")
    engine.leave_swarm()


def gate_of(engine, **env):
    return Gate(engine=engine.socket, allow=[
        "CONTAINERS", "INFO", "IMAGES", "NETWORKS", "VOLUMES", "SYSTEM", "EXEC", "SERVICES", "TASKS", "CONFIGS", "SWARM",
        "NODES", "SECRETS", "PLUGINS", "CONTAINERS_EXEC", "EXEC_START"], env=env)


@pytest.fixture(scope="module")
def redacting(engine, secrets):
    g = gate_of(engine, DOCKGATE_REDACT="all")
    yield f"unix://{g.unix}"
    g.stop()


@pytest.fixture(scope="module")
def narrowing(engine, secrets):
    g = gate_of(engine, DOCKGATE_VISIBLE="label=team=a")
    yield f"unix://{g.unix}"
    g.stop()


# What the CLI prints; each shows the marker straight at the engine.
SHOWING = [
    ("ps", "-a", "--no-trunc", "--format", "{{json .}}"),
    ("inspect", NAME),
    ("top", NAME),
    ("volume", "inspect", "view-volume"),
    ("volume", "ls", "--format", "{{json .}}"),
    ("config", "inspect", "view-config"),
    ("config", "inspect", "--pretty", "view-config"),
    ("service", "inspect", "view-service"),
    ("service", "inspect", "--pretty", "view-service"),
]


@pytest.mark.parametrize("args", SHOWING, ids=lambda args: " ".join(args[:3]))
def test_masked(engine, redacting, args):
    assert holds(command(engine, engine.host, *args))
    seen = command(engine, redacting, *args)
    assert seen and not holds(seen)


def test_masked_but_for_the_rest(engine, redacting):
    """The answer is otherwise the same."""
    plain, masked = (json.loads(command(engine, host, "inspect", NAME))[0] for host in (engine.host, redacting))
    assert plain.keys() == masked.keys()
    # The engine lists variables and mounts as its maps give them, in another order each time.
    assert {"PASSWORD=<redacted>", "TZ=<redacted>"} <= set(masked["Config"]["Env"])
    assert masked["HostConfig"]["Binds"] == ["<redacted>:/data2"]
    assert {one["Destination"] for one in masked["Mounts"]} == {one["Destination"] for one in plain["Mounts"]}
    assert masked["NetworkSettings"] == plain["NetworkSettings"]
    plain, masked = (command(engine, host, "info") for host in (engine.host, redacting))
    assert "Server Version" in masked and "Insecure Registries" in masked


def test_variables_in_the_steps_of_a_build(engine, secrets):
    """Where only variables are masked, what set them is masked as well."""
    name = "view-built"
    engine.docker("build", "-q", "-t", name, "-", stdin=f"FROM {IMAGE}\nENV PASSWORD={SECRET}\n".encode())
    try:
        with ended(gate_of(engine, DOCKGATE_REDACT="env")) as g:
            for args in (("history", "--no-trunc", name), ("image", "inspect", name)):
                assert holds(command(engine, engine.host, *args))
                assert not holds(command(engine, f"unix://{g.unix}", *args))
    finally:
        engine.docker("rmi", "-f", name, check=False)


def test_swarm_tokens(engine, redacting):
    assert "SWMTKN" in command(engine, engine.host, "swarm", "join-token", "worker")
    assert "SWMTKN" not in command(engine, redacting, "swarm", "join-token", "worker", check=False)


def test_events_and_exec(engine, redacting):
    """What is run in a container is told by events and by exec inspect."""
    streams = {}
    for host in (engine.host, redacting):
        streams[host] = subprocess.Popen([DEBIAN_CLI, "events", "--filter", f"container={NAME}"], text=True,
                                         env=client_environment(engine.dir, host), stdout=subprocess.PIPE)
    # They are heard from as soon as something happens: the health command runs each second.
    seen = {host: stream.stdout.readline() for host, stream in streams.items()}
    engine.docker("exec", NAME, "true", SECRET)
    for host, stream in streams.items():
        while "exec_create" not in seen[host]:
            seen[host] += stream.stdout.readline()
        stream.kill()
        stream.wait()
        stream.stdout.close()
    assert SECRET in seen[engine.host]
    assert "exec_create: <redacted>" in seen[redacting] and SECRET not in seen[redacting]


@pytest.mark.parametrize("args", [("logs", NAME), ("export", NAME), ("cp", f"{NAME}:/etc/passwd", "-"),
                                  ("top", NAME, "e")], ids=lambda args: args[0])
def test_raw_content_is_refused(engine, redacting, args):
    assert "403 Forbidden" in command(engine, redacting, *args, check=False)


def test_every_read_of_the_engine(engine, redacting):
    """By the API itself: no answer that is passed holds the marker."""
    plain, masked = (gate_target(engine, host) for host in (engine.host, redacting))
    shown = [target for target, text in plain.items() if holds(text)]
    assert len(shown) >= 10, shown
    assert [target for target, text in masked.items() if holds(text)] == []
    for target, text in masked.items():
        assert json.loads(text) is not None or text.strip() == "null", target


TARGETS = [f"/v1.41{target}" for target in (
    "/containers/json?all=1", f"/containers/{NAME}/json?size=1", f"/containers/{NAME}/top", "/images/json", "/info",
    f"/images/{IMAGE}/json", f"/images/{IMAGE}/history", "/volumes", "/volumes/view-volume", "/networks",
    "/networks/none", "/services", "/services/view-service", "/tasks", "/configs", "/configs/view-config", "/nodes",
    "/secrets", "/swarm", "/system/df", "/plugins")]


def gate_target(engine, host):
    from engine import UnixConnection  # pylint: disable=import-outside-toplevel
    texts = {}
    for target in TARGETS:
        connection = UnixConnection(host.removeprefix("unix://"))
        connection.request("GET", target)
        response = connection.getresponse()
        texts[target] = response.read().decode()
        assert response.status == 200, (target, texts[target])
        connection.close()
    return texts


def test_narrowed(engine, narrowing):
    assert {NAME, "view-other"} <= set(command(engine, engine.host, "ps", "--format", "{{.Names}}").split())
    assert command(engine, narrowing, "ps", "--format", "{{.Names}}").split() == [NAME]
    assert json.loads(command(engine, narrowing, "inspect", NAME))[0]["Name"] == f"/{NAME}"
    assert command(engine, narrowing, "volume", "ls", "-q") == ""
    assert command(engine, narrowing, "network", "ls", "-q") == ""
    assert "Containers: 1" in command(engine, narrowing, "info")
    assert command(engine, narrowing, "service", "ls", "-q") == ""


@pytest.mark.parametrize("what,name", [
    ("containers/{}/json", "view-other"), ("images/{}/json", IMAGE), ("networks/{}", "none"),
    ("volumes/{}", "view-volume"), ("services/{}", "view-service"), ("configs/{}", "view-config")])
def test_hidden_is_absent(engine, narrowing, what, name):
    """The engine's own words for something that isn't there, and its own fields."""
    from engine import UnixConnection  # pylint: disable=import-outside-toplevel
    answers = []
    for path, asked in ((narrowing, name), (engine.host, "busybox:none" if ":" in name else "absent")):
        connection = UnixConnection(path.removeprefix("unix://"))
        connection.request("GET", "/v1.41/" + what.format(asked))
        response = connection.getresponse()
        fields = [field for field, _ in response.getheaders()]
        length = int(response.headers["Content-Length"]) - len(asked)
        answers.append((response.status, fields, length, response.read().decode().replace(asked, "X")))
        connection.close()
    assert answers[0] == answers[1], answers
