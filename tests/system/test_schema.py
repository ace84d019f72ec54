"""dockgate schema: editors find what the gate finds, and nothing that the gate takes is wrong to them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from support.gate import ROOT, binary

jsonschema = pytest.importorskip("jsonschema")
yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def validator():
    done = subprocess.run([binary(), "schema"], env={}, capture_output=True, text=True, check=True, timeout=20)
    schema = json.loads(done.stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def pages():
    """The files that docs/policy.md and README.md show."""
    for name in ("docs/policy.md", "README.md"):
        text = Path(ROOT, name).read_text(encoding="utf-8")
        for block in re.findall(r"(?:^    .*\n|^\n)+", text, re.M):
            block = re.sub("^    ", "", block, flags=re.M)
            if re.search("^policies:", block, re.M):
                yield block


VALID = [
    "", "policies: {p: }", "engine: unix:///a", "watch: true", "policies: {p: {limits: {body: 4096, answer: 1M, rate: 5}}}",
    "policies: {p: {requests: {profile: safe, memory: 2g, cpus: 1.5, pids: 10, unchecked: true, ports: [80, 90-99], binds: /a}}}",
    "policies: {p: {query: {ContainerTop: {ps_args: ['', aux], delay: 1}}}}",
    "policies: {p: {allow: [CONTAINERS, ContainerStart, POST /containers/web-*/restart], deny: PING, preset: [dozzle, diun]}}",
    "listeners: [{address: 'tcp://:1', mode: 0660, group: 9, policies: p}]\npolicies: {p: {mode: observe}}",
    "clients: [{uid: 1, policy: deny}]", "policies: {p: }\nclients: [{label: a, by-label: [p]}]",
    "policies: {p: }\nclients: [{label: a, within: p}]",
]
INVALID = [
    "policies: {p: {allows: PING}}", "polices: {}", "policies: [p]", "watch: maybe", "engine: [a]", "engine: ''",
    "policies: {p: {mode: obsrve}}", "policies: {p: {allow: CONTAINERS_STRAT}}", "policies: {p: {preset: watchtowr}}",
    "policies: {p: {allow: {PING: 1}}}", "policies: {p: {limits: {rte: 1}}}", "policies: {p: {limits: {rate: -1}}}",
    "policies: {p: {requests: {profile: save}}}", "policies: {p: {requests: {profile: safe, bind: /a}}}",
    "policies: {p: {requests: {profile: safe, set: {memory: 1g}}}}", "policies: {p: {requests: {profile: safe, privileged: 1}}}",
    "policies: {p: {query: {ContainerTop: aux}}}", "clients: [{uid: root, policy: deny}]", "listeners: {address: a}",
    "listeners: [{address: 'tcp://:1', mode: '0888'}]",
    "listeners: [{name: a}]", "clients: [{uid: 1}]", "policies: {p: }\nclients: [{label: a, policy: p, by-label: p}]",
    "policies: {p: }\nclients: [{label: a, policy: p, within: p}]", "policies: {p: }\nclients: [{label: a, within: [p]}]",
]


def gate_takes(text, tmp_path):
    path = tmp_path / "dockgate.yaml"
    path.write_text(text, encoding="utf-8")
    return subprocess.run([binary(), "check", "--print", "--config", str(path)], env={}, capture_output=True, check=False,
                          timeout=20).returncode == 0


@pytest.mark.parametrize("text", VALID + list(pages()))
def test_valid(validator, text, tmp_path):
    assert gate_takes(text, tmp_path)
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize("text", INVALID)
def test_invalid(validator, text, tmp_path):
    assert not gate_takes(text, tmp_path)
    assert list(validator.iter_errors(yaml.safe_load(text)))
