"""Presets: what each grants against what is known of its client (tests/data/presets, vectors/clients.tsv, the recorded
traces), the command that shows them, and a gate that runs under them."""

import collections
import json
import re
import subprocess

import pytest
from support.gate import ROOT, binary
from support.stub import answer
from vectors import DATA, escape, explain, jsonl, never, path_of, rows

import vectors

TABLES = ROOT / "tests/data/presets"


def run(*arguments, **variables):
    return subprocess.run([binary(), *arguments], env=variables, capture_output=True, text=True, check=False, timeout=20)


def table(name):
    with open(TABLES / name, encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]


LIST = {p["name"]: p for p in json.loads(run("preset", "--json").stdout)["presets"]}
PRESETS = sorted(LIST)
ALIASES = {p["alias"]: name for name, p in LIST.items() if "alias" in p}


def include(name):
    """The presets that one widens, itself included."""
    found = re.search(r"^with: (.*)$", (ROOT / f"src/policy/presets/{name}.preset").read_text(), re.MULTILINE)
    return [name] + [wider for one in (found[1].split() if found else []) for wider in include(one)]


def normal(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


CLIENTS = collections.defaultdict(list)
for _client, _profile, _method, _path, *_ in rows("clients.tsv"):
    CLIENTS[_client, _profile].append((_method, _path))
PROFILES = [row for row in table("profiles.tsv") if row[0] != "-"]
EXCEPTIONS = table("exceptions.tsv")
TRACES = {trace: preset for trace, preset, *_ in table("traces.tsv")}


def calls_of_trace(name):
    """[(method, target as explain wants it)] of a recorded trace, from where it was recorded or from our own copy."""
    if path_of(f"traces/{name}.jsonl").exists():
        return [(one["method"], escape(one["path"].encode())) for one in jsonl(f"traces/{name}.jsonl")]
    return [(method, target) for trace, method, target in rows("traces.tsv") if trace == name]


def exceptions(preset, sign):
    return {(method, normal(path)) for name, kind, method, path, _ in EXCEPTIONS if name == preset and kind == sign}


def concrete(path):
    """A path with names: an image's as long as they come."""
    if path.startswith(("/images/", "/distribution/")):
        path = path.replace("{name}", "registry.example:5000/a/b:1")
    return re.sub(r"\{\w+\}", "0123456789ab", path)


def allowed(calls, variables):
    """Which of these calls [(method, target)] the gate allows under the variables."""
    answers = explain([f"{method}\t{target}" for method, target in calls], variables)
    assert answers is not None, variables
    return {call for call, answer in zip(calls, answers) if answer.verdict == "allow"}


def own_calls(preset):
    """{(method, template)} that the profiles of this very preset name, less what it leaves out, and what it adds."""
    calls = set()
    for name, client, profile in PROFILES:
        if name == preset:
            calls |= {(method, normal(path)) for method, path in CLIENTS[client, profile]}
    assert exceptions(preset, "-") <= calls
    return (calls - exceptions(preset, "-")) | exceptions(preset, "+")


def expected(preset):
    return set().union(*(own_calls(one) for one in include(preset)))


def recorded(preset):
    """{(method, template)} that the traces of a preset, and of those that it widens, show."""
    found = set()
    for trace, mapped in TRACES.items():
        if mapped in include(preset):
            for method, target in calls_of_trace(trace):
                endpoint = vectors.route(method, re.sub(r"\\x..", "_", target))[0]
                found.add((method, normal(endpoint.path)))
    return found


# A call whose option grants a second spelling of the same: HEAD and GET of the ping and of archive, the trailing slash.
TWINS = [
    {("GET", "/_ping"), ("HEAD", "/_ping")},
    {("GET", "/containers/{}/archive"), ("HEAD", "/containers/{}/archive")},
    {("GET", "/networks"), ("GET", "/networks/")},
]


def with_twins(calls):
    return calls | {twin for twins in TWINS if twins & calls for twin in twins}


ENDPOINTS = [(e.method, e.path) for e in vectors.ENDPOINTS if not never(e.path)]


@pytest.mark.parametrize("preset", PRESETS)
def test_grants_what_its_client_calls_and_nothing_else(preset):
    granted = allowed([(method, concrete(path)) for method, path in ENDPOINTS], {"DOCKGATE_PRESET": preset})
    granted = {(method, normal(path)) for method, path in ENDPOINTS if (method, concrete(path)) in granted}
    wanted = expected(preset) | recorded(preset)
    assert wanted - granted == set(), "the client calls these"
    assert granted - with_twins(wanted) == set(), "neither a profile nor a trace has these"


@pytest.mark.parametrize("preset", PRESETS)
def test_options_come_to_the_same(preset):
    lines = run("preset", preset, "--options").stdout.splitlines()
    options = dict(line.split("=") for line in lines)
    assert len(options) == len(lines)
    calls = [(method, concrete(path)) for method, path in ENDPOINTS]
    assert allowed(calls, options) == allowed(calls, {"DOCKGATE_PRESET": preset})


@pytest.mark.parametrize("trace", [trace for trace, preset in TRACES.items() if preset != "-"])
def test_a_recorded_trace_passes(trace):
    calls = calls_of_trace(trace)
    assert calls
    assert set(calls) - allowed(calls, {"DOCKGATE_PRESET": TRACES[trace]}) == set()


def test_every_trace_has_its_preset_or_a_reason():
    assert set(TRACES) == {trace for trace, *_ in rows("traces.tsv")}
    shared = path_of("traces/.")
    if shared.is_dir():
        assert set(TRACES) == {path.stem for path in shared.glob("*.jsonl")}
        for trace in TRACES:
            ours = [(method, target) for name, method, target in rows("traces.tsv") if name == trace]
            assert list(dict.fromkeys(calls_of_trace(trace))) == ours
    for row in table("traces.tsv"):
        assert row[1] in LIST or (row[1] == "-" and len(row[2]) > 10), row


def test_every_profile_has_its_preset_or_a_reason():
    of_profile = collections.defaultdict(list)
    for preset, client, profile, *why in table("profiles.tsv"):
        assert (client, profile) in CLIENTS
        assert preset in LIST or len(why[0]) > 10
        of_profile[client, profile].append(preset)
    assert set(of_profile) == set(CLIENTS)
    assert {preset for preset, *_ in PROFILES} == set(PRESETS)
    # What one preset leaves out, another of the client has, or it says why nobody gets it.
    for preset, sign, method, path, why in EXCEPTIONS:
        elsewhere = [one for one in PRESETS if one in why.replace(",", " ").split()]
        assert sign == "+" or not elsewhere or any((method, normal(path)) in expected(one) for one in elsewhere)
        assert len(why) > 10 and preset in LIST


def test_the_copy_of_the_profiles_is_whole():
    assert path_of("clients.tsv").read_text() == (DATA / "clients.tsv").read_text()


# Options beside presets, and what a denied call is told.

GET_LIST = ("GET", "/v1.41/containers/json")
GET_LOGS = ("GET", "/v1.41/containers/a/logs")
GET_INSPECT = ("GET", "/v1.41/containers/a/json")
GET_ARCHIVE = ("GET", "/v1.41/containers/a/archive")
CREATE = ("POST", "/v1.41/containers/create")
PING = ("HEAD", "/_ping")
EVENTS = ("GET", "/events")
VERSION = ("GET", "/version")
PS = ("GET", "/containers/ps")
ALL = [GET_LIST, GET_LOGS, GET_INSPECT, GET_ARCHIVE, CREATE, PING, EVENTS, VERSION, PS]

BESIDE = [
    # variables, what of ALL is allowed
    ({"DOCKGATE_PRESET": "uptime-kuma"}, {GET_LIST, GET_INSPECT}),
    ({"DOCKGATE_PRESET": "watchtower"}, {GET_LIST, GET_INSPECT, PING}),
    ({"DOCKGATE_PRESET": "watchtower-update"}, {GET_LIST, GET_INSPECT, PING, CREATE}),
    ({"DOCKGATE_PRESET": "watchtower-update", "CONTAINERS_CREATE": "0"}, {GET_LIST, GET_INSPECT, PING}),
    ({"DOCKGATE_PRESET": "uptime-kuma", "CONTAINERS_LOGS": "1"}, {GET_LIST, GET_INSPECT, GET_LOGS}),
    ({"DOCKGATE_PRESET": "uptime-kuma", "PING": "1", "EVENTS": "1"}, {GET_LIST, GET_INSPECT, PING, EVENTS}),
    ({"DOCKGATE_PRESET": "uptime-kuma", "CONTAINERS": "0"}, set()),
    ({"DOCKGATE_PRESET": "uptime-kuma", "CONTAINERS": "0", "CONTAINERS_LIST": "1"}, {GET_LIST, PS}),
    ({"DOCKGATE_PRESET": "uptime-kuma", "CONTAINERS": "1"}, {GET_LIST, GET_INSPECT, GET_LOGS, GET_ARCHIVE, PS}),
    ({"DOCKGATE_PRESET": "uptime-kuma", "CONTAINERS": "1", "DOCKGATE_STRICT": "1"}, {GET_LIST, GET_INSPECT, GET_LOGS, PS}),
    ({"DOCKGATE_PRESET": "traefik,dozzle"}, {GET_LIST, GET_INSPECT, GET_LOGS, PING, EVENTS, VERSION}),
    ({"DOCKGATE_PRESET": "traefik dozzle", "EVENTS": "0"}, {GET_LIST, GET_INSPECT, GET_LOGS, PING, VERSION}),
    ({"DOCKGATE_PRESET": ""}, {PING, EVENTS, VERSION}),
]


@pytest.mark.parametrize("variables, may", BESIDE)
def test_options_beside_a_preset(variables, may):
    assert allowed(ALL, variables) == may


def test_strict_leaves_a_preset_what_it_names():
    """A preset names its operations one by one, as DOCKGATE_STRICT wants."""
    assert allowed([GET_ARCHIVE], {"DOCKGATE_PRESET": "testcontainers", "DOCKGATE_STRICT": "1"}) == {GET_ARCHIVE}


def test_who_decided():
    calls = [GET_LIST, GET_LOGS, CREATE, GET_INSPECT]
    answers = explain([f"{method}\t{target}" for method, target in calls],
                      {"DOCKGATE_PRESET": "traefik,dozzle", "CONTAINERS_INSPECT": "1"})
    assert [(one.verdict, one.option) for one in answers] == [
        ("allow", "preset:traefik-docker"),
        ("allow", "preset:dozzle"),
        ("deny", "CONTAINERS_CREATE"),
        ("allow", "CONTAINERS_INSPECT"),
    ]
    denied = explain(["GET\t/info", "GET\t/containers/a/logs"], {"DOCKGATE_PRESET": "uptime-kuma"})
    assert [one.option for one in denied] == ["INFO", "CONTAINERS_LOGS"]


@pytest.mark.parametrize("value, said", [
    ("dozle", 'DOCKGATE_PRESET="dozle" names no preset; the nearest is dozzle'),
    ("traefik,watchtowr", 'DOCKGATE_PRESET="watchtowr" names no preset; the nearest is watchtower'),
    (",", 'DOCKGATE_PRESET="," names no preset'),
    (" ".join(PRESETS[:17]), "more presets than can be"),
])
def test_a_wrong_preset_ends_the_start(value, said):
    for command in ("serve", "check", "explain"):
        arguments = ["GET", "/info"] if command == "explain" else []
        done = run(command, *arguments, DOCKGATE_PRESET=value)
        assert done.returncode == 2
        assert said in done.stderr


def test_the_flag_wins():
    done = run("explain", "--preset=dozzle", "GET", "/containers/a/logs", DOCKGATE_PRESET="uptime-kuma")
    assert done.returncode == 0 and "preset:dozzle" in done.stdout


def test_check_names_the_preset():
    done = run("check", DOCKGATE_PRESET="autoheal")
    assert done.returncode == 0 and done.stderr == ""
    assert len(re.findall(r"^allow .* preset:autoheal$", done.stdout, re.MULTILINE)) == 2


def test_a_gate_under_presets(gate, stub):
    """The running gate: what the presets grant passes, a 403 names the leaf, the log names the preset."""
    engine = stub(answer())
    g = gate(env={"DOCKGATE_PRESET": "uptime-kuma,autoheal", "INFO": "1", "DOCKGATE_LOG_FORMAT": "classic",
                  "DOCKGATE_WORKERS": "1"}, engine=engine)  # lines of several come in no order

    def ask(line):
        with g.client() as c:
            c.send(f"{line} HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n".encode())
            return c.response()

    assert ask("GET /containers/json").status == 200
    assert ask("POST /containers/a/restart?t=10").status == 200
    assert ask("GET /info").status == 200
    denied = ask("GET /containers/a/logs")
    assert denied.status == 403
    assert b"turn on the CONTAINERS_LOGS option" in denied.body
    assert ask("GET /_ping").status == 403
    assert engine.lines == ["GET /containers/json", "POST /containers/a/restart?t=10", "GET /info"]
    lines = g.wait_log(lambda found: found if len(found) == 5 else None)
    assert [line.partition("] ")[2] for line in lines] == [
        '"GET /containers/json HTTP/1.1" 200 [Location: preset:uptime-kuma]',
        '"POST /containers/a/restart?t=10 HTTP/1.1" 200 [Location: preset:autoheal]',
        '"GET /info HTTP/1.1" 200 [Location: INFO]',
        '"GET /containers/a/logs HTTP/1.1" 403 [Location: CONTAINERS_LOGS (BLOCKED)]',
        '"GET /_ping HTTP/1.1" 403 [Location: PING (BLOCKED)]',
    ]


# The command.


def test_the_list_has_each_preset():
    out = run("preset").stdout
    for name, preset in LIST.items():
        assert re.search(rf"^{name} +{preset['grade']} +{re.escape(preset['client'])}: {re.escape(preset['sentence'])}$", out, re.MULTILINE)
    for alias, name in ALIASES.items():
        assert f" {alias} is {name}" in out


def test_what_must_be_there():
    names = set(PRESETS) | set(ALIASES)
    wanted = """portainer portainer-view portainer-manage watchtower watchtower-monitor watchtower-update diun traefik
        traefik-docker traefik-swarm dozzle homepage autoheal docker-gen caddy-docker-proxy netdata prometheus
        prometheus-docker prometheus-swarm telegraf vector glances uptime-kuma home-assistant wud dockge komodo
        gitlab-runner testcontainers act-runner crowdsec ofelia lazydocker docker-cli-readonly"""
    assert set(wanted.split()) - names == set()


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_an_alias_is_the_narrowest(alias):
    """Of all presets of that client none grants less than the one that its bare name means."""
    calls = [(method, concrete(path)) for method, path in ENDPOINTS]
    narrow = allowed(calls, {"DOCKGATE_PRESET": alias})
    assert narrow == allowed(calls, {"DOCKGATE_PRESET": ALIASES[alias]})
    client = LIST[ALIASES[alias]]["client"]
    for name, preset in LIST.items():
        if preset["client"] == client:
            assert len(narrow) <= len(allowed(calls, {"DOCKGATE_PRESET": name}))


def test_one_preset_for_people():
    done = run("preset", "watchtower-update")
    assert done.returncode == 0 and done.stderr == ""
    for words in ("nicholas-fedor/watchtower at ", "POST    /containers/create ", "CONTAINERS_CREATE=1", "EVENTS=0",
                  'DOCKGATE_PRESET: "watchtower-update"', 'DOCKER_HOST: "tcp://dockgate:2375"'):
        assert words in done.stdout
    assert "preset:" not in done.stdout


def test_several_presets_for_programs():
    found = json.loads(run("preset", "traefik,dozzle,traefik", "--json").stdout)
    assert [one["name"] for one in found["presets"]] == ["traefik-docker", "dozzle"]
    by_path = {(one["method"], one["path"]): one for one in found["operations"]}
    assert by_path["GET", "/containers/json"]["presets"] == ["traefik-docker", "dozzle"]
    assert by_path["GET", "/containers/{id}/logs"]["presets"] == ["dozzle"]
    assert by_path["GET", "/containers/{id}/logs"]["option"] == "CONTAINERS_LOGS"
    assert {"name": "CONTAINERS_LOGS", "value": "1"} in found["options"]
    assert {"name": "CONTAINERS_PS", "value": "0"} in found["options"]


@pytest.mark.parametrize("preset", ["traefik,dozzle", "docker-cli", "watchtower-update,watchtower-hooks"])
def test_a_compose_file(preset):
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(run("preset", preset, "--compose").stdout)
    clients = {"traefik,dozzle": ["traefik", "dozzle"], "docker-cli": []}.get(preset, ["watchtower"])
    assert sorted(found["services"]) == sorted(["dockgate", *clients])
    gate = found["services"]["dockgate"]
    assert ("ports" in gate) == (clients == [])
    names = [ALIASES.get(name, name) for name in preset.split(",")]
    assert gate["environment"] == {"DOCKGATE_PRESET": ",".join(names)}
    assert found["networks"]["gate"]["internal"] is True
    for client in clients:
        assert "2375" in json.dumps(found["services"][client])


@pytest.mark.parametrize("preset", PRESETS)
def test_each_compose_file_points_at_the_gate(preset):
    out = run("preset", preset, "--compose").stdout
    _, behind = out.split("DOCKGATE_PRESET", 1)
    assert "2375" in behind, "nothing says to the client where the gate is"


@pytest.mark.parametrize("arguments", [["a", "b"], ["--options"], ["--compose"], ["dozzle", "--json", "--options"],
                                       ["dozzle", "--markdown"], ["--json", "--markdown"], ["--bogus"], ["--info=1"]])
def test_usage(arguments):
    done = run("preset", *arguments)
    assert done.returncode == 2
    assert done.stderr and not done.stdout


def test_an_unknown_preset():
    done = run("preset", "traefik,whatchtower")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr == ('dockgate: there is no preset "whatchtower"; the nearest is watchtower (dockgate preset lists '
                           "all)\n")


def test_the_page_is_current():
    assert (ROOT / "docs/presets.md").read_text() == run("preset", "--markdown").stdout, \
        "run: dockgate preset --markdown >docs/presets.md"
