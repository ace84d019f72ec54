"""The compose files of packaging/compose: what each opens is what its client calls (tests/data/compose.tsv), no more,
and every option in it is needed. And the image's defaults stand in nobody's way."""

import re
import subprocess
from pathlib import Path

import pytest
import vectors
from support.gate import ROOT, all_options, binary

ROWS = [line.split("\t") for line in (ROOT / "tests/data/compose.tsv").read_text().split("\n")
        if line and not line.startswith("#")]
BLOCKS = list(dict.fromkeys((file, block) for file, block, _, _ in ROWS))
ENDPOINTS = [line.split("\t")[:2] for line in (ROOT / "tests/data/engine-endpoints.tsv").read_text().split("\n")
             if line and not line.startswith("#")]
NAMES = {"{id}": "0123456789ab", "{name}": "registry.example:5000/a/b:1"}


def allowed(calls, options):
    """Which of the calls [(method, template)] are allowed under these options: `dockgate explain --batch`."""
    lines = "".join(f"{method}\t{concrete(path)}\n" for method, path in calls)
    done = subprocess.run([binary(), "explain", "--batch"], input=lines, env={"PATH": "/usr/bin:/bin", **options},
                          capture_output=True, text=True, timeout=20, check=False)
    verdicts = done.stdout.split("\n")[:-1]
    assert len(verdicts) == len(calls), done.stderr
    return {call for call, verdict in zip(calls, verdicts) if verdict.startswith("allow\t")}


def concrete(path):
    for template, name in NAMES.items():
        path = path.replace(template, name)
    return re.sub(r"\{\w+\}", "x", path)


def normal(path):
    return re.sub(r"\{\w+\}", "{}", path)


def options_of(file, block):
    """The options that the compose file sets for the gate; with its commented lines where `block` is not base."""
    text = (ROOT / "packaging/compose" / f"{file}.yaml").read_text()
    part = re.search(r"^    environment:\n((?:      .*\n)+)", text, re.M)[1]
    options = dict(re.findall(r'^      ([A-Z_]+): "([01])"$', part, re.M))
    if block != "base":
        commented = dict(re.findall(r'^      # ([A-Z_]+): "([01])"$', part, re.M))
        assert commented
        options.update(commented)
    assert all(name in all_options() for name in options)
    return options


def needed(file, block):
    """{(method, path)} of the rows of the block, and of the base which it adds to."""
    return {(method, normal(path)) for f, b, method, path in ROWS if f == file and b in ("base", block)}


def every_operation():
    return [(method, path) for method, path in ENDPOINTS if method in ("GET", "HEAD", "POST", "PUT", "DELETE")]


# Calls that an option of a needed one grants as well: another spelling of it, its HEAD, or what is the same right.
TWINS = {
    ("GET", "/containers/ps"): ("GET", "/containers/json"),
    ("GET", "/containers/{}/attach/ws"): ("POST", "/containers/{}/attach"),
    ("DELETE", "/containers/{}/checkpoints/{}"): ("DELETE", "/containers/{}"),
    ("GET", "/networks/"): ("GET", "/networks"),
    ("GET", "/_ping"): ("HEAD", "/_ping"),
    ("HEAD", "/_ping"): ("GET", "/_ping"),
}


@pytest.mark.parametrize("file, block", BLOCKS)
def test_allows_what_the_client_calls(file, block):
    calls = [(method, path) for f, b, method, path in ROWS if f == file and b in ("base", block)]
    assert set(calls) - allowed(calls, options_of(file, block)) == set()


@pytest.mark.parametrize("file, block", BLOCKS)
def test_allows_nothing_else(file, block):
    open_calls = {(m, normal(p)) for m, p in allowed(every_operation(), options_of(file, block))}
    rows = needed(file, block)
    assert {c for c in open_calls - rows if TWINS.get(c) not in rows} == set()


@pytest.mark.parametrize("file, block", BLOCKS)
def test_every_option_is_needed(file, block):
    """Without it (or, for one that is turned off, with it left alone) it's another policy."""
    options = options_of(file, block)
    calls = [(method, path) for f, b, method, path in ROWS if f == file and b in ("base", block)]
    everything = allowed(every_operation(), options)
    for name, value in options.items():
        rest = {n: v for n, v in options.items() if n != name}
        if value == "1":
            assert set(calls) - allowed(calls, rest), f"{name} could be left out"
        else:
            assert allowed(every_operation(), rest) > everything, f"{name}=0 closes nothing"


def test_there_is_a_row_for_each_file():
    assert {f.stem for f in Path(ROOT / "packaging/compose").glob("*.yaml")} == {f for f, _ in BLOCKS}


# The client and profiles of the recorded calls (clients.tsv) behind each block.
RECORDED = {
    ("portainer", "base"): ["portainer-ce/monitor", "portainer-ce/console", "portainer-ce/full"],
    ("portainer", "swarm"): ["portainer-ce/swarm-monitor", "portainer-ce/swarm-full"],
    ("diun", "base"): ["diun/monitor"],
    ("diun", "swarm"): ["diun/swarm-monitor"],
    ("watchtower", "base"): ["watchtower-containrrr/monitor", "watchtower-containrrr/full", "watchtower-nickfedor/monitor",
                             "watchtower-nickfedor/full"],
    ("watchtower", "hooks"): ["watchtower-containrrr/full", "watchtower-nickfedor/full"],
    ("traefik", "base"): ["traefik-docker/monitor"],
    ("traefik", "swarm"): ["traefik-swarm/monitor"],
}


def test_rows_are_the_recorded_ones():
    """What the rows say a client calls is what was read from its sources."""
    calls = {}
    for client, profile, method, path, *_ in vectors.rows("clients.tsv"):
        calls.setdefault(f"{client}/{profile}", set()).add((method, normal(path)))
    assert set(RECORDED) == set(BLOCKS)
    for file in {file for file, _ in BLOCKS}:
        blocks = [block for f, block in BLOCKS if f == file]
        recorded = set().union(*(calls[name] for block in blocks for name in RECORDED[(file, block)]))
        rows = set().union(*(needed(file, block) for block in blocks))
        assert rows == recorded, file


# ---- the defaults of the image ----

def image_environment():
    """The ENV lines of packaging/Dockerfile's last stage."""
    last = (ROOT / "packaging/Dockerfile").read_text().rpartition("FROM scratch")[2].replace("\\\n", " ")
    pairs = [pair for line in re.findall(r"^ENV (.*)$", last, re.M) for pair in line.split()]
    return dict(pair.split("=", 1) for pair in pairs)


def test_image_decides_no_option():
    """An option that is set wins over a preset, so the image only shows what there is."""
    variables = image_environment()
    assert variables.pop("DOCKGATE_LISTEN") == "tcp://:2375"
    assert variables["CONTAINERS"] == "default" and set(variables.values()) == {"default"}
