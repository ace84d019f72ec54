"""dockgate convert: what it reads, what it writes, and that what it writes grants no more than what it read."""

import json
import subprocess

import pytest
import vectors
from support.gate import binary

TARGETS = ["options", "mjmccans", "tecnativa", "fluencelabs", "linuxserver", "wollomatic", "cetusguard"]
RULES = ["wollomatic", "cetusguard"]


def run(*arguments, stdin="", **variables):
    return subprocess.run(
        [binary(), *arguments], env=variables, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


def granted(**variables):
    """The operations that a gate with these variables allows, for some names at least."""
    done = run("check", "--json", **variables)
    assert done.returncode == 0, done
    return {(row["method"], row["path"]) for row in json.loads(done.stdout)["operations"]}


def parse(text):
    """Variables of what convert writes, as an env file is read, or as a file of cetusguard's rules, and the operations that
    its comments list."""
    lines = text.splitlines()
    if text.startswith("!"):
        lost = {tuple(line[4:].split(" ", 1)) for line in lines if line.startswith("!   ")}
        return {"CETUSGUARD_RULES": text, "CETUSGUARD_NO_BUILTIN_RULES": "true"}, lost
    variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return variables, {tuple(line[4:].split(" ", 1)) for line in lines if line.startswith("#   ")}


# Configurations as the predecessors' pages show them, and some odd ones.
SOURCES = [
    {},
    {"CONTAINERS": "1"},
    {"CONTAINERS": "1", "CONTAINERS_LOGS": "0", "IMAGES": "1", "EVENTS": "0"},
    {"CONTAINERS": "1", "DOCKGATE_STRICT": "1"},
    {"CONTAINERS_EXEC": "1", "EXEC": "1", "VERSION": "0", "PING": "0"},
    {"CONTAINERS_CREATE": "1", "CONTAINERS_DELETE": "1", "IMAGES_CREATE": "1", "NETWORKS_CONNECT": "1"},
    {"CONTAINERS": "1", "POST": "1"},
    {"CONTAINERS": "1", "IMAGES": "1", "POST": "1", "ALLOW_START": "1", "BUILD": "1"},
    {"ALLOW_RESTARTS": "1", "DOCKGATE_DIALECT": "tecnativa"},
    {"CONTAINERS": "1", "POST": "1", "DELETE": "1"},
    {"CONTAINERS_START": "1", "POST": "1", "DOCKGATE_DIALECT": "fluencelabs"},
    {"CONTAINERS": "1", "ALLOW_LOGS": "1", "ALLOW_PAUSE": "1"},
    {"SP_ALLOW_GET": "/v1\\..{1,2}/(version|containers/.*|events.*)", "SP_ALLOW_HEAD": "/_ping"},
    {"DOCKGATE_PRESET": "traefik,diun", "IMAGES_LIST": "1"},
    {"SP_ALLOW_GET": ".*", "SP_ALLOW_POST": "/containers/[a-z]+/start"},
    {"CETUSGUARD_RULES": "GET %API_PREFIX_CONTAINERS%/json"},
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: ",".join(s) or "nothing")
@pytest.mark.parametrize("target", TARGETS)
def test_never_wider_and_nothing_lost_in_silence(source, target):
    before = granted(**source)
    done = run("convert", "--to", target, **source)
    assert done.returncode in (0, 1) and not done.stderr, done
    variables, lost = parse(done.stdout)
    after = granted(**variables)
    assert after <= before
    # A rule may allow what is lost for some names: GET /plugins/{name} for those without a slash.
    assert before - after == lost or (target in RULES and before - after <= lost <= before)
    unsaid = target in RULES and "not said in these words: " in done.stdout  # settings
    assert done.returncode == (1 if lost or unsaid else 0)
    if target in ["options", *RULES] and not any(name.startswith(("SP_", "CETUSGUARD_")) for name in source):
        assert not lost


@pytest.mark.parametrize("target", [t for t in TARGETS if t not in ["options", *RULES]])
def test_its_own_words_say_it_all(target):
    """Read in a dialect and written in the same one, nothing is lost."""
    sources = {
        "mjmccans": {"CONTAINERS": "1", "CONTAINERS_START": "1", "IMAGES_BUILD": "1"},
        "tecnativa": {"CONTAINERS": "1", "IMAGES": "1", "ALLOW_START": "1", "EVENTS": "0"},
        "fluencelabs": {"CONTAINERS": "1", "POST": "1", "IMAGES_CREATE": "1"},
        "linuxserver": {"CONTAINERS": "1", "ALLOW_LOGS": "1", "ALLOW_RESTARTS": "1"},
    }
    source = {**sources[target], "DOCKGATE_DIALECT": target}
    done = run("convert", "--to", target, **source)
    assert done.returncode == 0, done
    assert granted(**parse(done.stdout)[0]) == granted(**source)


@pytest.mark.parametrize("target", RULES)
@pytest.mark.parametrize("source", [{"CONTAINERS": "1", "POST": "1", "IMAGES": "1"}, {"DOCKGATE_PRESET": "portainer-manage"}],
                         ids=["tecnativa", "preset"])
def test_rules_decide_as_what_they_were_made_of(source, target):
    """The verdict on every recorded request is the same. But HEAD, which options grant with GET and engines don't route, and
    names with slashes that are no image's, which a rule had better not take in."""
    done = run("convert", "--to", target, **source)
    variables, _ = parse(done.stdout)
    targets = sorted({(row[0], row[1]) for found in vectors.by_environment("decisions-linuxserver.tsv").values() for row in found})
    lines = [f"{method}\t{vectors.escape(target.encode())}" for method, target in targets]
    before, after = (vectors.explain(lines, environment) for environment in (source, variables))
    allowed = 0
    for (method, path), was, now in zip(targets, before, after):
        allowed += now[0] == "allow"
        assert was[0] == now[0] or (was[0], now[0]) == ("allow", "deny") and method == "HEAD", (method, path, was, now)
    assert allowed >= 10


OUTPUT = [
    ({"IMAGES_LIST": "1", "PING": "0", "EVENTS": "0", "VERSION": "0"}, "wollomatic", ["SP_ALLOW_GET=(/v[0-9.]+)?(/images/json)"]),
    # source, target, lines
    ({"CONTAINERS": "1", "POST": "1"}, "tecnativa", ["CONTAINERS=1", "POST=1"]),
    ({"CONTAINERS": "1", "EVENTS": "0"}, "mjmccans", ["CONTAINERS=1", "EVENTS=0"]),
    ({"IMAGES_LIST": "1"}, "options", ["IMAGES_LIST=1"]),
    ({"DOCKGATE_PRESET": "diun", "EVENTS": "0", "VERSION": "0", "PING": "0"}, "mjmccans", ["PING=0", "EVENTS=0", "VERSION=0"]),
    ({"IMAGES_LIST": "1", "DESCRIPTIVE_ERRORS": "0"}, "options", ["IMAGES_LIST=1", "DESCRIPTIVE_ERRORS=0"]),
    ({"SOCKET_PATH": "/s", "DOCKGATE_LOG": "off"}, "options", ["SOCKET_PATH=/s", "DOCKGATE_LOG=off"]),
    ({"SOCKET_PATH": "/s", "DOCKGATE_LOG": "off"}, "tecnativa", ["SOCKET_PATH=/s"]),
    ({"CONTAINERS_LIST": "1"}, "options", ["CONTAINERS_LIST=1"]),  # with its old name, which is in it
]


@pytest.mark.parametrize("source, target, lines", OUTPUT)
def test_output(source, target, lines):
    done = run("convert", "--to", target, **source)
    assert [line for line in done.stdout.splitlines() if not line.startswith("#")] == lines
    kept = "DOCKGATE_LOG" not in source or target == "options"
    assert kept or (done.returncode == 1 and "# only dockgate knows: DOCKGATE_LOG=off\n" in done.stdout)


def test_env_file_in_place_of_the_environment(tmp_path):
    path = tmp_path / "proxy.env"
    path.write_text("# a proxy\nIMAGES_LIST=1\n\nPATH_X=y\n", encoding="utf-8")
    done = run("convert", "--env-file", str(path), CONTAINERS="1")
    assert done.returncode == 0 and parse(done.stdout)[0] == {"IMAGES_LIST": "1"}
    # Flags are laid over it.
    done = run("convert", f"--env-file={path}", "--images-list=0", "--info=1")
    assert parse(done.stdout)[0] == {"INFO": "1"}


COMPOSE = """
x-common: &common
  restart: always
services:
  app:
    image: app
    environment: {DOCKER_HOST: "tcp://proxy:2375"}
  proxy:
    <<: *common
    image: ghcr.io/tecnativa/docker-socket-proxy:0.3
    environment:
      CONTAINERS: 1
      POST: ${POST:-0}
      IMAGES: ${IMAGES}
"""


def test_compose(tmp_path):
    env = tmp_path / ".env"
    env.write_text("IMAGES=1\n", encoding="utf-8")
    done = run("convert", "--to=tecnativa", "--compose=-", f"--env-file={env}", stdin=COMPOSE, INFO="1")
    assert done.returncode == 0, done
    assert parse(done.stdout)[0] == {"CONTAINERS": "1", "IMAGES": "1"}


def granted_by_file(path, text, **variables):
    path.write_text(text, encoding="utf-8")
    return granted(DOCKGATE_CONFIG=str(path), **variables)


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: ",".join(s) or "nothing")
def test_yaml(source, tmp_path):
    """A file grants what the variables grant for every name, and the rest is listed."""
    done = run("convert", "--to=yaml", **source)
    lost = {tuple(line[4:].split(" ", 1)) for line in done.stdout.splitlines() if line.startswith("#   ")}
    assert done.returncode == (1 if lost else 0), done
    assert granted_by_file(tmp_path / "dockgate.yaml", done.stdout) == granted(**source) - lost
    assert run("check", "--print", **source).stdout == done.stdout


def test_yaml_of_every_preset(tmp_path):
    names = [p["name"] for p in json.loads(run("preset", "--json").stdout)["presets"]]
    assert len(names) > 50
    for name in names:
        done = run("convert", "--to=yaml", DOCKGATE_PRESET=name)
        assert done.returncode == 0 and "#" not in done.stdout, name
        assert granted_by_file(tmp_path / "dockgate.yaml", done.stdout) == granted(DOCKGATE_PRESET=name), name


SETTINGS = {
    "CONTAINERS_LIST": "1", "DOCKGATE_LISTEN": "tcp://127.0.0.1:1234,unix:///tmp/x.sock", "SOCKET_PATH": "/run/engine.sock",
    "DOCKGATE_MODE": "observe", "DOCKGATE_LIMITS": "rate=5, body=1M", "DOCKGATE_REDACT": "env, keep:PATH",
    "DOCKGATE_VISIBLE": "label=a=b,name=web-*", "DOCKGATE_REQUESTS": "ci", "DOCKGATE_BINDS": "/data,/srv:ro", "DOCKGATE_LOG": "denied",
    "DESCRIPTIVE_ERRORS": "0",
}
WRITTEN = """engine: /run/engine.sock
listeners:
  - address: tcp://127.0.0.1:1234
  - address: unix:///tmp/x.sock
policies:
  main:
    mode: observe
    allow:
      - PING
      - CONTAINERS_LIST
      - EVENTS
      - VERSION
    requests:
      profile: ci
      binds:
        - /data
        - /srv:ro
    answers:
      redact:
        - env
        - keep:PATH
      visible:
        - label=a=b
        - name=web-*
    limits:
      rate: 5
      body: "1M"
# to be set beside it: DOCKGATE_LOG=denied
# Lost: DESCRIPTIVE_ERRORS=0, which a file can't say.
"""


def test_yaml_settings(tmp_path):
    done = run("convert", "--to=yaml", **SETTINGS)
    assert (done.returncode, done.stdout) == (1, WRITTEN)
    path = tmp_path / "dockgate.yaml"
    path.write_text(done.stdout)
    again = run("check", "--print", DOCKGATE_CONFIG=str(path))
    assert again.returncode == 0 and again.stdout == "".join(line + "\n" for line in done.stdout.splitlines() if line[0] != "#")


FILE = r"""
engine: unix:///a
listeners: [{address: "tcp://:1", policies: p}, {name: local, address: unix:///b, mode: 0600, group: "9"}]
clients: [{name: "a: #b", listener: local, uid: 0, policy: p}, {cidr: [10.0.0.0/8, "fd00::/8"], policy: deny}]
default: "deny"
watch: true
policies:
  p:
    preset: dozzle
    allow: [PING, "POST /containers/web-*/start"]
    deny: EVENTS
    query: {ContainerTop: {ps_args: ["", "a\tb \u00e9\u2028"], stream: "*"}, ContainerLogs: {tail: "?"}}
    requests: {profile: safe, ports: [], images: ["a,b"], memory: 2g, privileged: false, unchecked: true, set: {labels: "a=b: c"}}
    answers: {redact: all}
    limits: {streams: 1}
  "true": {limits: }
"""


def test_file_reads_back(tmp_path):
    """What is written is the same again, and so is what it grants; environment and flags win."""
    path = tmp_path / "dockgate.yaml"
    path.write_text(FILE, encoding="utf-8")
    once = run("check", "--print", DOCKGATE_CONFIG=str(path))
    assert once.returncode == 0, once
    other = tmp_path / "other.yaml"
    other.write_text(once.stdout, encoding="ascii")
    assert run("check", "--print", DOCKGATE_CONFIG=str(other)).stdout == once.stdout
    for policy in ("p", "true"):
        checks = [run("check", "--json", "--policy", policy, DOCKGATE_CONFIG=str(p)).stdout for p in (path, other)]
        operations = [json.loads(text)["operations"] for text in checks]
        assert operations[0] == operations[1] and bool(operations[0]) == (policy == "p")
    for target in ("/containers/a/top?ps_args=a%09b+%c3%a9%e2%80%a8", "/containers/web-1/start"):
        explained = [run("explain", "--policy", "p", "POST", target, DOCKGATE_CONFIG=str(p)).stdout for p in (path, other)]
        assert explained[0] == explained[1]
    changed = run("check", "--print", DOCKGATE_CONFIG=str(path), DOCKGATE_LIMITS="rate=7", DOCKGATE_LISTEN="tcp://:1",
                  DOCKGATE_MODE="enforce", DOCKGATE_REQUESTS="ci", DOCKGATE_REDACT="env").stdout
    assert "rate: 7" in changed and "streams" not in changed and "profile: ci" in changed and "memory" not in changed
    assert "local" not in changed.split("clients:")[0] and changed.count("mode: enforce") == 2


def test_compose_command_is_flags():
    text = "services:\n  p:\n    image: dockgate\n    environment: [INFO=1]\n    command: serve --images-list=1\n"
    done = run("convert", "--compose=-", stdin=text)
    assert parse(done.stdout)[0] == {"INFO": "1", "IMAGES_LIST": "1"}


ERRORS = [
    # arguments, standard input, variables, message
    (["--to", "tecnative"], "", {}, 'no target "tecnative"; the nearest is tecnativa'),
    (["--to=yml"], "", {}, 'no target "yml"; the nearest is yaml'),
    ([], "", {"DOCKGATE_CONFIG": "/nowhere/x"}, "DOCKGATE_CONFIG: what a file says has no other words; `dockgate check --print`"),
    (["--env-file", "/nowhere/x"], "", {}, "/nowhere/x: No such file or directory"),
    (["--compose=-"], COMPOSE, {}, "-: line 14: the value of ${IMAGES} is not in the file"),
    (["--compose=-", "--service=ap"], COMPOSE, {}, 'there is no service "ap"; there are app, proxy'),
    (["--compose=-"], "services: {a: {image: x}}", {}, "name one with --service: a"),
    (["--compose=-"], "a: [", {}, "-: line "),
    (["--service=x"], "", {}, "--service names a service of the file that --compose reads"),
    (["--compose=-"], "services: {p: {image: dockgate, command: [--contaniers=1]}}", {},
     "the service's command: there is no flag --contaniers; the nearest is --containers"),
    ([], "", {"CONTAINERS_STRAT": "1"}, "CONTAINERS_STRAT is no option"),
    ([], "", {"DOCKGATE_LOG": "x"}, "DOCKGATE_LOG=x"),
    (["word"], "", {}, "Usage: dockgate convert"),
    (["--to"], "", {}, "--to needs a value"),
]


@pytest.mark.parametrize("arguments, stdin, variables, message", ERRORS)
def test_errors(arguments, stdin, variables, message):
    done = run("convert", *arguments, stdin=stdin, **variables)
    assert done.returncode == 2 and not done.stdout
    assert message in done.stderr


def test_rules_and_settings_of_others():
    """A Compose file as wollomatic's page shows it: rules become options, its settings become ours."""
    text = r"""
services:
  proxy:
    image: wollomatic/socket-proxy:1
    command:
      - '-loglevel=info'
      - '-listenip=0.0.0.0'
      - '-allowGET=/v1\..{1,2}/(version|containers/json)'
"""
    done = run("convert", "--compose=-", stdin=text)
    variables, lost = parse(done.stdout)
    assert variables["CONTAINERS_LIST"] == "1" and variables["PING"] == "0" and variables["EVENTS"] == "0"
    assert variables["DOCKGATE_LISTEN"] == "tcp://0.0.0.0:2375" and variables["DOCKGATE_ALLOW_FROM"] == "127.0.0.1/32"
    assert granted(**variables) == {("GET", "/version"), ("GET", "/containers/json")}
    assert not lost and done.returncode == 0
