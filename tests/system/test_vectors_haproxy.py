"""What the original proxies of the haproxy family (Tecnativa, fluencelabs, linuxserver) were recorded to decide, and the odd
targets they were tried with: dockgate decides the same on operations, but for the rules listed here with their reasons.
docs/migration.md prints the rules; a test compares."""

import collections
import re
import time
from pathlib import Path

import pytest
import vectors

ROOT = Path(__file__).parent.parent.parent
DIALECTS = ["tecnativa", "fluencelabs", "linuxserver"]

Rule = collections.namedtuple("Rule", "name applies verdict")


def is_on(environment, option):
    """As the originals read a switch, and the words that everybody would expect."""
    value = environment.get(option, "0")
    return bool(re.match(r"[+-]?0*[1-9]", value)) or value.lower() in ("true", "yes", "on")


def verdict_of(on):
    return "allow" if on else "deny"


def has_word(environment, endpoint):
    words = [v for k, v in environment.items() if k.isupper() and v.lower() in ("true", "yes", "on")]
    return bool(words) and "/containers/" in endpoint.path and not endpoint.path.startswith("/libpod/")


def as_containers(dialect, environment, endpoint):
    """What the section of containers grants with the switches as they are."""
    opens = {"GET": True, "HEAD": True, "POST": is_on(environment, "POST")}
    other = is_on(environment, "DELETE") and endpoint.method == "DELETE" if dialect == "fluencelabs" else opens["POST"]
    veto = dialect == "linuxserver" and endpoint.path.endswith(("/archive", "/changes", "/export", "/logs", "/top"))
    return verdict_of(is_on(environment, "CONTAINERS") and opens.get(endpoint.method, other) and not veto)


def attaches(dialect, environment, _endpoint):
    options = ["CONTAINERS"] + (["CONTAINERS_ATTACH"] if dialect == "fluencelabs" else [])
    return verdict_of(is_on(environment, "POST") and any(is_on(environment, option) for option in options))


STARTS = {
    "POST /containers/{id}/start": ["ALLOW_START"],
    "POST /containers/{id}/stop": ["ALLOW_STOP", "ALLOW_RESTARTS"],
    "POST /containers/{id}/restart": ["ALLOW_RESTARTS"],
    "POST /containers/{id}/kill": ["ALLOW_RESTARTS"],
}

WORDS = Rule("words", lambda env, e: has_word(env, e) and not e.path.endswith("/ws"), as_containers)
WEBSOCKET = Rule("websocket", lambda env, e: e.path == "/containers/{id}/attach/ws", attaches)
RULES = {
    "tecnativa": [
        WORDS,
        WEBSOCKET,
        Rule(
            "manual",
            lambda env, e: any(is_on(env, option) for option in STARTS.get(e.name, [])),
            lambda dialect, env, e: "allow",
        ),
    ],
    "fluencelabs": [
        WORDS,
        WEBSOCKET,
        Rule(
            "resize",
            lambda env, e: e.name == "GET /containers/{id}/resize",
            lambda dialect, env, e: verdict_of(is_on(env, "CONTAINERS")),
        ),
    ],
    "linuxserver": [WORDS, WEBSOCKET],
}

# Rules about targets, which the hostile tables show: what is no operation, and what an object is called.
TARGETS = {"operations", "names"}

# Where the originals took names for operations, so that the rows show it.
NAMED = {"fluencelabs", "linuxserver"}


def expected(dialect, environment, endpoint, recorded):
    """(verdict, the rule that says so, or None)."""
    for rule in RULES[dialect]:
        if rule.applies(environment, endpoint):
            says = rule.verdict(dialect, environment, endpoint)
            return says, rule if says != recorded else None
    return recorded, None


def decide(dialect, environment, rows):
    answers = vectors.explain([f"{r[0]}\t{r[1]}" for r in rows], {**environment, "DOCKGATE_DIALECT": dialect})
    assert answers is not None, f"{dialect} must start with {environment}"
    return answers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_decisions(dialect):
    used = collections.Counter()
    wrong = []
    for text, rows in vectors.by_environment(f"decisions-{dialect}.tsv").items():
        environment = vectors.environment_of(text)
        for (method, target, recorded, _option), answer in zip(rows, decide(dialect, environment, rows)):
            routed = vectors.route(method, target)
            if routed is None or vectors.never(routed[0].path):
                want, name = "deny", None
            else:
                want, rule = expected(dialect, environment, routed[0], recorded)
                name = rule and rule.name
            used[name] += 1
            if answer.verdict != want:
                wrong.append(f"{text}: {method} {target}: recorded {recorded}, wanted {want} ({name}), got {answer}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:40])
    assert sum(used.values()) > {"tecnativa": 2500, "fluencelabs": 5800, "linuxserver": 7200}[dialect]
    assert set(used) == {rule.name for rule in RULES[dialect]} | {None}, f"rules that nothing needs, or the other way round: {used}"


def plain_verdict(dialect, environment, endpoint):
    """What dockgate says to a plain spelling of an operation."""
    return decide(dialect, environment, [[endpoint.method, vectors.sample(endpoint)]])[0].verdict


@pytest.mark.parametrize("dialect", DIALECTS)
def test_hostile_is_never_wider(dialect):
    """Whatever passes is an operation, passes under its plain name too, and is what the engine makes of it."""
    used = collections.Counter()
    wrong = []
    allowed = 0
    for text, rows in vectors.by_environment(f"hostile-{dialect}.tsv").items():
        environment = vectors.environment_of(text)
        # The reader of heads judges the version of HTTP, not explain.
        rows = [r for r in rows if r[4] in ("HTTP/1.1", "HTTP/1.0")]
        plain = [[r[0], vectors.expand(r[1]) if r[-1] in ("long", "ver") else r[1]] for r in rows]
        for row, (method, target), answer in zip(rows, plain, decide(dialect, environment, plain)):
            recorded, status, reading, kind = row[2], row[7], row[8], row[-1]
            routed = vectors.route(method, target.replace("\\\\", "\\"))
            if answer.verdict != "allow":
                used["operations"] += recorded == "allow" and routed is None
                continue
            allowed += 1
            what = f"{text}: {kind}: {method} {target[:80]}: original {recorded}, engine {status} {reading}: {answer}"
            if routed is None or vectors.never(routed[0].path):
                wrong.append("no operation: " + what)
                continue
            want, _rule = expected(dialect, environment, routed[0], recorded)
            if want != "allow":
                used["names"] += 1
                if kind not in ("subname", "long", "post", "ver") or plain_verdict(dialect, environment, routed[0]) != "allow":
                    wrong.append("wider: " + what)
            if not reading.startswith("handler") and not vectors.served_by_others(routed[0], method):
                wrong.append("engine: " + what)
            if answer.operation_id not in (routed[0].operation_id, "SystemPingHead", "ContainerArchiveInfo"):
                wrong.append(f"decided as another ({routed[0].name}): " + what)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:40])
    assert allowed > 150, "the rows must not be denied by refusing everything"
    assert used["operations"] > 0
    assert (used["names"] > 0) == (dialect in NAMED)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_hostile_keeps_what_was_plain(dialect):
    """What the original rightly let pass, and the engine took, in a plain spelling, passes here as well."""
    wrong = []
    kept = 0
    for text, rows in vectors.by_environment(f"hostile-{dialect}.tsv").items():
        environment = vectors.environment_of(text)
        rows = [r for r in rows if r[-1] in ("plain", "query", "post", "delete", "put") and r[2] == "allow"]
        rows = [r for r in rows if r[4] == "HTTP/1.1" and r[8] == "handler" and vectors.route(r[0], r[1])]
        for row, answer in zip(rows, decide(dialect, environment, rows)):
            endpoint = vectors.route(row[0], row[1])[0]
            want, _ = expected(dialect, environment, endpoint, "allow")
            kept += answer.verdict == "allow"
            if answer.verdict != want and not another_operation(dialect, environment, endpoint):
                wrong.append(f"{text}: {row[0]} {row[1]}: wanted {want}, got {answer}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:40])
    assert kept > 30


def another_operation(dialect, environment, endpoint):
    """Whether the operation is denied under a plain name by the same environment, so that its prefix let it pass."""
    return plain_verdict(dialect, environment, endpoint) == "deny"


def test_rows_a_second(record_property):
    """All rows of the three, decided by processes that were started for each environment anew."""
    tables = [(d, vectors.by_environment(f"decisions-{d}.tsv")) for d in DIALECTS]
    started = time.monotonic()
    lines = 0
    for dialect, table in tables:
        rows = [row for rows in table.values() for row in rows] * 20
        lines += len(rows)
        decide(dialect, {"CONTAINERS": "1", "POST": "1"}, rows)
    rate = lines / (time.monotonic() - started)
    record_property("rows_per_second", round(rate))
    assert rate > 50000
