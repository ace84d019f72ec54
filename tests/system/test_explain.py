"""The commands explain, check and options, as people and scripts call them."""

import json
import subprocess
from pathlib import Path

import pytest
from support.gate import binary

ROOT = Path(__file__).parent.parent.parent


def run(*arguments, stdin="", **variables):
    """The finished process of one command under just these variables."""
    return subprocess.run(
        [binary(), *arguments], env=variables, input=stdin, capture_output=True, text=True, check=False, timeout=20
    )


EXPLAIN = [
    # variables, method, target, status, words of standard output
    ({}, "GET", "/_ping", 0, ["SystemPing", "allow: PING is on"]),
    ({}, "GET", "/v1.41/containers/a/b/json", 1, ["ContainerInspect", "CONTAINERS_INSPECT, CONTAINERS", "CONTAINERS is off"]),
    ({"CONTAINERS": "1"}, "GET", "/v1.41/containers/a/b/json", 0, ["CONTAINERS is on"]),
    ({"CONTAINERS": "1"}, "HEAD", "/containers/json?all=1", 0, ["ContainerList"]),
    ({"CONTAINERS": "1", "CONTAINERS_LOGS": "0"}, "GET", "/containers/a/logs", 1, ["CONTAINERS_LOGS is off"]),
    ({"CONTAINERS": "1"}, "POST", "/containers/a/start", 1, ["CONTAINERS_START is off", "allow it by CONTAINERS_START=1\n"]),
    ({}, "GET", "/containers/a/logs", 1, ["allow it by CONTAINERS_LOGS=1\nor by       CONTAINERS=1, which opens 11 other operations"]),
    ({"CONTAINERS": "1"}, "GET", "/containers/a/json", 0, ["since API 1.0", "gives       Shows", "lets one    read the settings"]),
    ({}, "POST", "/containers/a/exec", 1, ["run any command in any container, with all privileges; together with POST /exec/{id}/start [root-equivalent]"]),
    ({"CONTAINERS": "1"}, "GET", "/containers/bogus", 1, ["no operation of the Engine API, which no option grants\n"]),
    ({"CONTAINERS": "1"}, "get", "/containers/json", 1, ["no operation of the Engine API, which no option grants; methods are in capitals\n"]),
    # All that is missing, as the 403 has it.
    ({"DOCKGATE_DIALECT": "tecnativa"}, "POST", "/containers/create", 1, ["deny: CONTAINERS and POST are off\n"]),
    ({"DOCKGATE_DIALECT": "tecnativa", "POST": "1"}, "POST", "/containers/create", 1, ["deny: CONTAINERS is off\n"]),
    ({"DOCKGATE_DIALECT": "linuxserver"}, "PUT", "/containers/a/archive", 1, ["deny: CONTAINERS, POST and ALLOW_ARCHIVE are off\n"]),
    # What grants it in other dialects; advice keeps to the dialect, and says when it has to be named.
    ({}, "POST", "/containers/a/start", 1, ["\n  tecnativa   CONTAINERS_START, ALLOW_START, CONTAINERS with POST\n"]),
    ({"VOLUMES": "0", "POST": "1"}, "DELETE", "/volumes/a", 1,
     ["allow it by VOLUMES_DELETE=1 DOCKGATE_DIALECT=tecnativa\n", "or by       VOLUMES=1, which opens 5 other"]),
    # What requests refuse whatever it says.
    ({"IMAGES_LOAD": "1", "DOCKGATE_REQUESTS": "safe"}, "POST", "/images/load", 1,
     ["deny: what it says can't be checked; unchecked, in requests, would let it pass"]),
    ({"CONTAINERS_CREATE": "1", "DOCKGATE_REQUESTS": "safe"}, "POST", "/containers/create", 0, ["allow: CONTAINERS_CREATE is on"]),
    ({}, "GET", "/debug/vars", 1, ["no operation"]),
    ({}, "GET", "/images/../containers/json", 2, ["reject"]),
    ({}, "GET", "/containers/%zz/json", 2, ["reject"]),
    ({}, "GET", "http://x/version", 2, ["reject"]),
    ({}, "GET", "", 2, ["reject"]),
    ({}, "G T", "/version", 2, ["reject"]),
    ({}, "", "/version", 2, ["reject"]),
]


@pytest.mark.parametrize("variables, method, target, status, words", EXPLAIN)
def test_explain(variables, method, target, status, words):
    done = run("explain", method, target, **variables)
    assert done.returncode == status, done
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [[], ["GET"], ["GET", "/", "x"], ["--batch", "GET", "/"], ["--batch", "--json"], ["--bogus"], ["--bach"]])
def test_explain_usage(arguments):
    done = run("explain", *arguments)
    assert done.returncode == 2
    assert done.stderr and not done.stdout


@pytest.mark.parametrize("command", ["explain", "check", "options"])
def test_help(command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: dockgate " + command) and not done.stderr


@pytest.mark.parametrize(
    "flags",
    [["--containers=1"], ["--containers", "1"], ["--CONTAINERS=on"], ["--containers-list=1"], ["--CONTAINERS_LIST=1"]],
)
def test_flags_are_options_and_win(flags):
    assert run("explain", *flags, "GET", "/containers/json", CONTAINERS="0", CONTAINERS_LIST="0").returncode == (
        0 if "list" in flags[0].lower() else 1
    )
    assert run("explain", *flags, "GET", "/containers/json", CONTAINERS="0").returncode == 0


BATCH = [
    # line, answer
    ("GET\t/_ping", "allow\tPING\tSystemPing"),
    ("GET\t/info", "deny\tINFO\tSystemInfo"),
    ("POST\t/grpc", "deny\tGRPC\t-"),
    ("GET\t/nothing", "deny\t-\t-"),
    ("GET\t/containers/\\\\/json", "deny\tCONTAINERS\tContainerInspect"),
    ("GET\t/\\x5fping", "allow\tPING\tSystemPing"),
    ("GET\t/\\x5Fping", "allow\tPING\tSystemPing"),
    ("GET\t/_ping\\x0a", "reject\t-\t-"),
    ("GET\t/_ping\\x00", "reject\t-\t-"),
    ("GET\t/_ping\\x", "reject\t-\t-"),
    ("GET\t/_ping\\x5", "reject\t-\t-"),
    ("GET\t/_ping\\xzz", "reject\t-\t-"),
    ("GET\t/_ping\\", "reject\t-\t-"),
    ("GET\t/_ping\\n", "reject\t-\t-"),
    ("GET\t/_ping\t", "reject\t-\t-"),
    ("GET\t/_ping\r", "reject\t-\t-"),
    ("GET\t/_ping x", "reject\t-\t-"),
    ("GET\t", "reject\t-\t-"),
    ("\t/_ping", "reject\t-\t-"),
    ("GET", "reject\t-\t-"),
    ("", "reject\t-\t-"),
    ("GET /_ping", "reject\t-\t-"),
    ("GE\\x20T\t/_ping", "reject\t-\t-"),
    ("GE\\x55\t/_ping", "deny\t-\t-"),
    ("\\x47ET\t/_ping", "allow\tPING\tSystemPing"),
    ("get\t/_ping", "deny\t-\t-"),
    ("GET\t/_ping?" + "a" * 30000, "allow\tPING\tSystemPing"),
    ("GET\t/_ping?" + "a" * 40000, "reject\t-\t-"),
    ("GET\t/_ping?" + "a" * 200000, "reject\t-\t-"),
    ("GET\t/_ping?" + "a" * 2000000, "reject\t-\t-"),
    ("GET\t/_ping?" + "\\x61" * 30000, "allow\tPING\tSystemPing"),
]


def test_batch_lines():
    # Each row twice, so that what follows one is decided, too; the last line lacks its end.
    lines = [line for line, _ in BATCH + BATCH] + ["GET\t/version"]
    done = subprocess.run(
        [binary(), "explain", "--batch"], env={}, input="\n".join(lines).encode(), capture_output=True, check=True, timeout=60
    )
    answers = done.stdout.decode().split("\n")
    assert answers[-1] == "" and len(answers) == len(lines) + 1
    for (line, want), answer in zip(BATCH + BATCH, answers):
        assert answer == want, line[:80]
    assert answers[-2] == "allow\tVERSION\tSystemVersion"


def test_batch_answers_line_by_line():
    """Whoever writes one line gets its answer before writing the next."""
    with subprocess.Popen([binary(), "explain", "--batch"], env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        for line, want in BATCH[:3]:
            p.stdin.write(line.encode() + b"\n")
            p.stdin.flush()
            assert p.stdout.readline() == want.encode() + b"\n"
        p.stdin.close()
        assert p.wait(10) == 0


CHECK = [
    # variables, arguments, status, on standard output, on standard error
    ({}, [], 0, ["allow    GET     /_ping", "4 of "], []),
    ({"CONTAINERS": "1", "DOCKGATE_STRICT": "1"}, [], 0, ["/containers/json", "CONTAINERS"], []),
    ({"CONTAINERS": "1"}, [], 0, ["/containers/{id}/export"], ["warning: CONTAINERS=1 also opens", "CONTAINERS_EXPORT=0"]),
    ({"CONTAINERS": "1"}, ["--strict"], 1, [], ["warning"]),
    ({}, ["--strict"], 0, [], []),
    ({}, ["--all"], 0, ["deny     POST    /containers/create"], []),
    ({"CONTAINERS_STRAT": "1"}, [], 2, [], ["CONTAINERS_STRAT is no option; the nearest is CONTAINERS_START"]),
    ({"CONTAINERS_STRAT": "1", "DOCKGATE_UNKNOWN": "warn"}, [], 0, ["4 of"], ["warning: CONTAINERS_STRAT is no option"]),
    ({"CONTAINERS": "enable"}, [], 2, [], ['CONTAINERS="enable" is no switch']),
    ({"CONTAINERS": "a", "IMAGES": "b"}, [], 2, [], ["CONTAINERS=", "IMAGES="]),
    ({"DOCKGATE_LISTNE": "x"}, [], 2, [], ["DOCKGATE_LISTNE is no setting; the nearest is DOCKGATE_LISTEN"]),
    ({"PATH": "/bin", "HOME": "/", "LANG": "C", "HOSTNAME": "x"}, [], 0, ["4 of"], []),
    ({"DOCKGATE_PORT": "tcp://10.0.0.1:2375", "DOCKGATE_SERVICE_HOST": "10.0.0.1", "SYSTEM_PORT_53_UDP": "udp://10.0.0.1:53"}, [], 0,
     ["4 of"], []),
    ({}, ["--contaniers=1"], 2, [], ["contaniers", "containers"]),
    ({}, ["word"], 2, [], ["Usage"]),
    # What it comes to.
    ({}, [], 0, ["Grade: observing", "observing        follow what happens"], []),
    ({"EVENTS": "0"}, [], 0, ["Grade: harmless"], []),
    ({"CONTAINERS": "1", "DOCKGATE_STRICT": "1"}, [], 0, ["Grade: disclosing", "read the settings of any container"], []),
    ({"CONTAINERS_STOP": "1"}, ["--strict"], 0, ["Grade: disrupting", "stop, freeze or signal", "by CONTAINERS_STOP\n"], []),
    ({"EXEC": "1", "DOCKGATE_DIALECT": "mjmccans"}, [], 0, ["Grade: disrupting", "start commands that somebody else prepared"], []),
    ({"CONTAINERS_EXEC": "1"}, [], 0, ["Grade: observing", "only somebody else could start"], []),
    ({"CONTAINERS_EXEC": "1", "EXEC": "1"}, ["--strict"], 1, ["Grade: root-equivalent", "by CONTAINERS_EXEC and EXEC"],
     ["warning: CONTAINERS_EXEC and EXEC: a client can become root on the host"]),
    ({"CONTAINERS_CREATE": "1"}, [], 0, ["Grade: root-equivalent"], ["warning: CONTAINERS_CREATE: a client can become root"]),
    # Where bodies are checked, they count.
    ({"CONTAINERS_CREATE": "1", "DOCKGATE_REQUESTS": "safe"}, ["--strict"], 0,
     ["Grade: disrupting", "disrupting       create containers that are confined as requests says\n", "by CONTAINERS_CREATE\n"], []),
    ({"CONTAINERS_CREATE": "1", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_BINDS": "/srv,/etc"}, ["--strict"], 1,
     ["Grade: root-equivalent", "by requests.binds (/etc)\n", "disrupting       change the files below some directories of the host\n"],
     ["warning: requests.binds (/etc): a client can become root on the host: by its own directories"]),
    ({"CONTAINERS_EXEC": "1", "EXEC": "1", "DOCKGATE_REQUESTS": "safe"}, ["--strict"], 1,
     ["Grade: root-equivalent", "become root on the host where a container is privileged or has the host's files"],
     ["warning: CONTAINERS_EXEC and EXEC: a client can become root"]),
    ({"CONTAINERS_EXEC": "1", "EXEC": "1", "DOCKGATE_REQUESTS": "safe", "DOCKGATE_OWN": "alice"}, ["--strict"], 0,
     ["Grade: disrupting", "run commands in containers, with the privileges that these have"], []),
    ({"IMAGES_LOAD": "1", "DOCKGATE_REQUESTS": "safe"}, ["--strict"], 0, ["Grade: observing", "4 of"], []), # it can't be checked
    ({"CONTAINERS": "1", "POST": "1"}, [], 0, ["dialect tecnativa, because POST is set"],
     ["warning: POST=1 opens 20 operations at once"]),
    ({"CONTAINERS_CREATE": "1"}, ["--strict=0"], 0, ["Grade: root-equivalent"], ["warning"]),
    # Whether it is enough for a client.
    ({"CONTAINERS_LIST": "1", "IMAGES_INSPECT": "1"}, ["--preset", "diun", "--strict"], 0,
     ["For diun this is enough (operations missing: 0, more than needed: 0)."], []),
    ({"CONTAINERS_LIST": "1"}, ["--preset=diun"], 0,
     ["For diun this is not enough (operations missing: 1, more than needed: 0).", "missing  GET     /images/{name}/json"],
     ["warning: missing for the preset: IMAGES_INSPECT"]),
    ({"CONTAINERS_LIST": "1"}, ["--preset=diun", "--strict"], 1, [], ["warning: missing for the preset: IMAGES_INSPECT"]),
    ({"CONTAINERS_LIST": "1", "IMAGES_INSPECT": "1", "CONTAINERS_STOP": "1"}, ["--preset=diun", "--strict"], 1,
     ["more     POST    /containers/{id}/stop"], ["warning: more than the preset needs: CONTAINERS_STOP"]),
    ({"CONTAINERS_LIST": "1", "IMAGES_INSPECT": "1"}, ["--preset", "diun,traefik"], 0, ["For diun and traefik"], ["missing"]),
    ({}, ["--preset", "diuun"], 2, [], ['no preset "diuun"; the nearest is diun']),
    ({}, ["--preset", ""], 2, [], ["name one preset"]),
    ({}, ["--preset"], 2, [], ["--preset needs a value"]),
]


@pytest.mark.parametrize("variables, arguments, status, out, err", CHECK)
def test_check(variables, arguments, status, out, err):
    done = run("check", *arguments, **variables)
    assert done.returncode == status, done
    for text in out:
        assert text in done.stdout
    for text in err:
        assert text in done.stderr
    assert err or not done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("dockgate: ")]
    assert len(set(lines)) == len(lines), "a line twice"


def test_check_json():
    done = run("check", "--json", "--all", "--preset", "diun", CONTAINERS="1", CONTAINERS_EXEC="1", EXEC="1")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["grade"] == "root-equivalent" == found["abilities"][0]["grade"]
    assert found["abilities"][0]["by"] == "CONTAINERS_EXEC and EXEC"
    rows = {(row["method"], row["path"]): row for row in found["operations"]}
    assert len(rows) == len(found["operations"]) > 110
    assert rows["GET", "/containers/json"]["allowed"] and rows["GET", "/containers/json"]["grantedBy"] == "CONTAINERS"
    assert not rows["POST", "/containers/create"]["allowed"]
    assert any("CONTAINERS_ARCHIVE=0" in text for text in found["warnings"])
    assert any("with all privileges" in text for text in found["warnings"])
    assert found["presets"]["names"] == ["diun"] and not found["presets"]["enough"]
    assert [row["option"] for row in found["presets"]["missing"]] == ["IMAGES_INSPECT"]
    assert "CONTAINERS_EXEC" in [row["option"] for row in found["presets"]["more"]]


def test_explain_json():
    done = run("explain", "--json", "POST", "/v1.41/containers/a/exec?x=\"")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["verdict"] == "deny" and found["reason"] == "CONTAINERS_EXEC is off" and found["option"] == "CONTAINERS_EXEC"
    assert found["missing"] == ["CONTAINERS_EXEC"]
    assert found["target"] == "/v1.41/containers/a/exec?x=\""
    assert found["operation"]["operationId"] == "ContainerExec" and found["operation"]["since"] == "1.15"
    assert found["abilities"][0]["together"] == {"method": "POST", "path": "/exec/{id}/start"}
    assert found["allowedBy"] == [{"option": "CONTAINERS_EXEC", "namesDialect": False, "opens": 1}]
    assert found["dialect"] == "mjmccans" and found["grantedBy"]["tecnativa"] == "CONTAINERS_EXEC, CONTAINERS with POST"
    assert json.loads(run("explain", "--json", "GET", "/x").stdout)["operation"] is None
    done = run("explain", "--json", "GET", "x")
    assert done.returncode == 2 and json.loads(done.stdout)["verdict"] == "reject"


def test_options_page_is_current():
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    assert page == run("options", "--markdown").stdout, "run: dockgate options --markdown > docs/options.md"


# All that the original documents, and the deletes that it does not.
MJMCCANS = (
    "CONFIGS CONTAINERS EVENTS IMAGES INFO NETWORKS PING PLUGINS SECRETS SERVICES SWARM SYSTEM TASKS VERSION VOLUMES"
    " DISTRIBUTION EXEC NODES AUTH COMMIT SESSION DESCRIPTIVE_ERRORS IMAGES_BUILD IMAGES_CREATE IMAGES_PRUNE"
    " NETWORKS_CONNECT NETWORKS_CREATE NETWORKS_DISCONNECT NETWORKS_PRUNE VOLUMES_CREATE VOLUMES_PRUNE"
).split() + [
    "CONTAINERS_" + w
    for w in "ATTACH CREATE EXEC KILL PAUSE PRUNE RENAME RESIZE RESTART START STOP UNPAUSE UPDATE WAIT".split()
] + [w + "_DELETE" for w in "CONTAINERS IMAGES NETWORKS NODES VOLUMES SECRETS CONFIGS PLUGINS SERVICES".split()]


def test_options_lists_all_of_mjmccans_with_its_defaults():
    listed = {line.split()[0]: line.split()[1] for line in run("options").stdout.splitlines()}
    assert set(MJMCCANS) <= set(listed)
    assert {name for name, state in listed.items() if state == "on"} == {"DESCRIPTIVE_ERRORS", "EVENTS", "PING", "VERSION"}
    assert list(listed) == sorted(listed)
