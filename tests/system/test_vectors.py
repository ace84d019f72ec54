"""The decisions that the original mjmccans proxy was recorded to make, the odd targets it was tried with, and
the corpus of path attacks: what dockgate decides must be the same, but for the corrections listed here with their reasons."""

import base64
import collections
import re
import subprocess
import time

import pytest
import vectors

SWITCH = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}

# The deletes that the project grants by their own option; the original wanted the section as well.
DELETES = {
    "DELETE /containers/{id}": "CONTAINERS_DELETE",
    "DELETE /containers/{name}/checkpoints/{checkpoint}": "CONTAINERS_DELETE",
    "DELETE /images/{name}": "IMAGES_DELETE",
    "DELETE /networks/{id}": "NETWORKS_DELETE",
    "DELETE /nodes/{id}": "NODES_DELETE",
    "DELETE /volumes/{name}": "VOLUMES_DELETE",
    "DELETE /secrets/{id}": "SECRETS_DELETE",
    "DELETE /configs/{id}": "CONFIGS_DELETE",
    "DELETE /plugins/{name}": "PLUGINS_DELETE",
    "DELETE /services/{id}": "SERVICES_DELETE",
}

# Writes whose option did not grant what it is named after.
NAMESAKES = {
    "POST /build": "IMAGES_BUILD",
    "POST /commit": "COMMIT",
    "POST /networks/{id}/connect": "NETWORKS_CONNECT",
    "POST /networks/{id}/disconnect": "NETWORKS_DISCONNECT",
}

# Names that the original knew without granting anything by them (EXEC_DELETE) are errors without the second.
MJMCCANS = {"DOCKGATE_DIALECT": "mjmccans", "DOCKGATE_UNKNOWN": "warn"}

Correction = collections.namedtuple("Correction", "name reason applies verdict")


def is_on(environment, option):
    return SWITCH.get(environment.get(option, "0").lower(), False)


def verdict_of(on):
    return "allow" if on else "deny"


# applies(environment, endpoint) says where a correction speaks, verdict(environment, endpoint) what it says there.
CORRECTIONS = [
    Correction(
        "switches",
        "true, yes and on are as good as 1; the original read them as off",
        lambda env, e: env.get("CONTAINERS", "").lower() in ("true", "yes", "on") and " /containers/" in e.name
        and not e.path.endswith("/ws"),
        lambda env, e: verdict_of(e.method == "GET" or e.method == "HEAD"),
    ),
    Correction(
        "delete",
        "an X_DELETE grants the delete by itself; the original wanted X=1 as well",
        lambda env, e: e.name in DELETES,
        lambda env, e: verdict_of(is_on(env, DELETES[e.name])),
    ),
    Correction(
        "namesake",
        "an option grants the operation that it is named after; the original let NETWORKS_CONNECT grant disconnecting, and"
        " IMAGES_BUILD, COMMIT and NETWORKS_DISCONNECT nothing of the kind",
        lambda env, e: e.name in NAMESAKES,
        lambda env, e: verdict_of(is_on(env, NAMESAKES[e.name])),
    ),
    Correction(
        "websocket",
        "attaching over a websocket is attaching, not a read; the original let CONTAINERS grant it without"
        " DESCRIPTIVE_ERRORS",
        lambda env, e: e.path == "/containers/{id}/attach/ws",
        lambda env, e: verdict_of(is_on(env, "CONTAINERS_ATTACH")),
    ),
    Correction(
        "shadow",
        "DESCRIPTIVE_ERRORS changes no verdict and a section grants all its GETs; in the original the place of"
        " CONTAINERS_RESIZE, which is a POST, hid the GET of API 1.15",
        lambda env, e: e.name == "GET /containers/{id}/resize",
        lambda env, e: verdict_of(is_on(env, "CONTAINERS")),
    ),
]


def expected(environment, endpoint, recorded):
    """(verdict, the correction that says so, or None)."""
    for correction in CORRECTIONS:
        if correction.applies(environment, endpoint):
            says = correction.verdict(environment, endpoint)
            return says, correction if says != recorded else None
    return recorded, None


def has_bad_value(environment):
    return any(value.lower() not in SWITCH for name, value in environment.items() if name.isupper())


def decide(environment, rows):
    """What dockgate says to the (method, target) of rows; None where it refuses the environment."""
    return vectors.explain([f"{r[0]}\t{r[1]}" for r in rows], {**environment, **MJMCCANS})


def test_decisions():
    used = collections.Counter()
    wrong = []
    decided = 0
    for text, rows in vectors.by_environment("decisions-mjmccans.tsv").items():
        environment = vectors.environment_of(text)
        answers = decide(environment, rows)
        if has_bad_value(environment):
            assert answers is None, f"{text} must be refused"
            continue
        for (method, target, recorded, _option), answer in zip(rows, answers):
            decided += 1
            routed = vectors.route(method, target)
            if routed is None or vectors.never(routed[0].path):
                want, correction = "deny", None
            else:
                want, correction = expected(environment, routed[0], recorded)
            used[correction and correction.name] += 1
            if answer.verdict != want:
                wrong.append(f"{text}: {method} {target}: recorded {recorded}, wanted {want}, got {answer}")
    assert not wrong, "\n".join(wrong[:40])
    assert decided > 14000
    assert set(used) == {c.name for c in CORRECTIONS} | {None}, f"corrections that nothing needs: {used}"




def test_decisions_name_the_option_that_mjmccans_printed():
    """On operations of its sections, where it printed one at all: reads name the section, writes their option."""
    wrong = []
    compared = 0
    for text, rows in vectors.by_environment("decisions-mjmccans.tsv").items():
        environment = vectors.environment_of(text)
        if has_bad_value(environment):
            continue
        for (method, target, recorded, option), answer in zip(rows, decide(environment, rows)):
            routed = vectors.route(method, target)
            name = option.replace(" (BLOCKED)", "")
            if routed is None or answer.verdict != recorded or name == "Default":
                continue
            # Writes for which the original had no option printed their section's, which would not help here.
            reads = method in ("GET", "HEAD") or name.startswith(("EXEC", "NODES"))
            if (reads and method != "DELETE") or "_" in name:
                compared += 1
                own = {"/auth": "AUTH_OLD", "/containers/{id}/resize": "CONTAINERS"}
                cut = {"POST /build/cancel": "IMAGES_BUILD_CANCEL", "POST /build/prune": "IMAGES_BUILD_PRUNE",
                       "POST /networks/{id}/disconnect": "NETWORKS_DISCONNECT"}
                want = cut.get(routed[0].name) or (own.get(routed[0].path) if method == "GET" else None) or name
                if answer.option != want:
                    wrong.append(f"{text}: {method} {target}: printed {option}, got {answer}")
    assert not wrong, "\n".join(wrong[:40])
    assert compared > 2500


def is_only_a_name(environment, endpoint, kind):
    """Another correction: what an object is called decides nothing. The original took names that begin like an operation for
    it (`create`, `t1/attach/ws`) and refused long ones; the engine's suffix picks the operation, and so does dockgate."""
    return kind in ("subname", "long", "post") and "{" in endpoint.path and (
        vectors.explain([f"{endpoint.method}\t{vectors.sample(endpoint)}"], {**environment, **MJMCCANS})[0].verdict
        == "allow"
    )


def test_hostile_is_never_wider():
    wrong = []
    allowed = 0
    for text, rows in vectors.by_environment("hostile-mjmccans.tsv").items():
        environment = vectors.environment_of(text)
        # The reader of heads judges the version of HTTP, not explain.
        rows = [r for r in rows if r[4] in ("HTTP/1.1", "HTTP/1.0")]
        answers = decide(environment, [[r[0], vectors.expand(r[1]) if r[-1] in ("long", "ver") else r[1]] for r in rows])
        for (method, target, recorded, _o, _p, _s, _f, status, reading, _of, kind), answer in zip(rows, answers):
            if answer.verdict != "allow":
                continue
            allowed += 1
            what = f"{text}: {kind}: {method} {target[:80]}: original {recorded}, engine {status} {reading}: {answer}"
            plain = vectors.expand(target) if kind in ("long", "ver") else target
            routed = vectors.route(method, plain.replace("\\\\", "\\"))
            if routed is None or vectors.never(routed[0].path):
                wrong.append("no operation: " + what)
                continue
            want, correction = expected(environment, routed[0], recorded)
            if want != "allow" and not is_only_a_name(environment, routed[0], kind):
                wrong.append("wider: " + what)
            if not reading.startswith("handler") and not vectors.served_by_others(routed[0], method):
                wrong.append("engine: " + what)
            if answer.operation_id not in (routed[0].operation_id, "SystemPingHead", "ContainerArchiveInfo"):
                wrong.append(f"decided as another ({routed[0].name}): " + what)
    assert not wrong, "\n".join(wrong[:40])
    assert allowed > 300, "the rows must not be denied by refusing everything"


def test_hostile_keeps_what_was_plain():
    """What the original rightly let pass, and the engine took, in a plain spelling, passes here as well."""
    wrong = []
    for text, rows in vectors.by_environment("hostile-mjmccans.tsv").items():
        environment = vectors.environment_of(text)
        rows = [r for r in rows if r[-1] in ("plain", "query", "post", "delete", "put") and r[2] == "allow"]
        rows = [r for r in rows if r[4] == "HTTP/1.1" and r[8] == "handler" and vectors.route(r[0], r[1])]
        for row, answer in zip(rows, decide(environment, rows)):
            want, _ = expected(environment, vectors.route(row[0], row[1])[0], "allow")
            if answer.verdict != want and "accident" not in accident(environment, row):
                wrong.append(f"{text}: {row[0]} {row[1]}: wanted {want}, got {answer}")
    assert not wrong, "\n".join(wrong[:40])


# Prefixes by which the original took the name of a container for the operation of that name.
def accident(environment, row):
    """Why a recorded allow was one: the engine runs another operation than the option of that name grants."""
    endpoint = vectors.route(row[0], row[1])[0]
    if row[0] in ("POST", "PUT"):
        own = endpoint.path.rsplit("/", 1)[-1].upper()
        return "accident: another operation" if not row[3].endswith("_" + own) else ""
    return ""


def normal(endpoint):
    """An endpoint without what the corpora call its names."""
    return re.sub(r"\{\w+\}", "{}", endpoint)


PATHS = vectors.jsonl("attacks/paths.jsonl")


@pytest.mark.parametrize("variables", [{}, None], ids=["nothing on", "everything on"])
def test_paths(variables):
    everything = all_options() if variables is None else variables
    lines = [f"{r['method']}\t{vectors.escape(base64.b64decode(r['target_b64']))}" for r in PATHS]
    answers = vectors.explain(lines, everything)
    wrong = []
    for row, answer in zip(PATHS, answers):
        if row["must"] == "reject":
            # HEAD goes with GET, and engines before the measured one had these two; it answers 404 itself.
            excused = row["method"] == "HEAD" or row["target"] in ("/containers/ps", "/images/viz")
            right = answer.verdict != "allow" or excused
        else:
            never = row["endpoint"].split(" ")[1].startswith("/debug/") or row["method"] == "OPTIONS"
            wanted = {normal(e.name): e.operation_id for e in vectors.ENDPOINTS}[normal(row["endpoint"])] if not never else "-"
            right = answer.operation_id == wanted and (variables == {} or answer.verdict == verdict_of(not never))
            right = right or (row["may_reject"] and answer.verdict == "reject")
        if not right:
            wrong.append(f"{row['id']} {row['method']} {row['target']!r}: {row['must']} {row.get('endpoint')}: {answer}")
    assert not wrong, "\n".join(wrong)


def all_options():
    """Every option that there is, set to 1."""
    out = subprocess.run([vectors.binary(), "options"], capture_output=True, text=True, check=True, env={}).stdout
    return {line.split()[0]: "1" for line in out.splitlines()} | {"DOCKGATE_DIALECT": "mjmccans"}


FORWARDED = [e for e in vectors.ENDPOINTS if not vectors.never(e.path)]


def test_every_endpoint_is_an_operation():
    lines = [f"{e.method}\t{prefix}{vectors.sample(e)}" for prefix in ("", "/v1.41") for e in FORWARDED]
    denied = vectors.explain(lines, {"EVENTS": "0", "PING": "0", "VERSION": "0"})
    allowed = vectors.explain(lines, all_options())
    for e, no, yes in zip(FORWARDED + FORWARDED, denied, allowed):
        assert no == vectors.Answer("deny", no.option, e.operation_id), e
        assert yes == vectors.Answer("allow", yes.option, e.operation_id), e
        assert no.option != "-", e


def test_what_is_never_forwarded():
    lines = [f"{method}\t{target}" for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PRI")
             for target in ("/debug/vars", "/debug/pprof/", "/debug/pprof/heap", "/v1.41/debug/vars", "/debug", "/x", "/")]
    lines += ["OPTIONS\t/containers/json", "PRI\t*", "PRI\t/", "TRACE\t/version", "get\t/version", "CONNECT\tdocker:80"]
    for line, answer in zip(lines, vectors.explain(lines, all_options())):
        assert answer.verdict != "allow" and answer.operation_id == "-", line


def test_batch_speed(record_property):
    """A report: how many lines a second explain decides (the aim is 200,000)."""
    lines = [f"{r[0]}\t{r[1]}" for rows in vectors.by_environment("decisions-mjmccans.tsv").values() for r in rows] * 20
    started = time.monotonic()
    vectors.explain(lines, {})
    rate = len(lines) / (time.monotonic() - started)
    record_property("lines_per_second", round(rate))
    print(f"explain --batch: {rate:,.0f} lines/s")
