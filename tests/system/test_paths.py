"""Every recorded path through the running gate: which operation was decided is read from its access log."""

import json

import pytest
from support import vectors
from support.stub import answer


def operation_ids():
    """(method, template) -> operationId, from the recorded endpoints; the operations that have none by their template."""
    ids = {}
    with open(vectors.find("engine-endpoints.tsv"), encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                method, path, operation = line.split("\t")[:3]
                ids[(method, _shape(path))] = operation if operation != "-" else f"{method} {path}"
    return ids


def _shape(path):
    """A template with all parameters named alike."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


# What the gate decides otherwise than the one engine that was asked, by contract: HEAD goes with GET (the engine answers
# 404 itself), routes that only older engines had are operations too, and /debug is never forwarded.
def by_contract(row):
    if row["target"].startswith("/debug/"):
        return {"reject"}
    if row["method"] == "HEAD" or row["target"] in ("/containers/ps", "/images/viz"):
        return {"reject", "endpoint"}
    return {row["must"]}


ROWS = vectors.rows("attacks/paths.jsonl")
GROUPS = 4  # a gate for each, so that the groups run in parallel


@pytest.mark.parametrize("group", range(GROUPS))
def test_paths(gate, stub, group):
    engine = stub(answer())
    g = gate(engine=engine, allow="all")
    wrong, expected = [], []
    for row in ROWS[group::GROUPS]:
        target = vectors.joined(row, "target")
        with g.client() as c:
            before = len(engine.lines)
            c.send(row["method"].encode() + b" " + target + b" HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
            r = c.response(row["method"])
            reached = engine.lines[before:]
        refused = 400 <= r.status < 500
        must = by_contract(row)
        if must == {"reject"} and (reached or r.status not in row.get("status", [403])):
            wrong.append((row["id"], row["target"], r.status, reached))
        elif "endpoint" in must and row["must"] == "endpoint":
            if refused and not row["may_reject"] or (refused and reached):
                wrong.append((row["id"], row["target"], r.status, reached))
            if not refused:
                if reached != [f"{row['method']} {target.decode('latin-1')}"]:
                    wrong.append((row["id"], row["target"], "changed on its way", reached))
                expected.append(row)
    assert not wrong
    ids = operation_ids()
    wanted = {(row["method"], row["target"]) for row in expected}
    logged = {}

    def complete(lines):
        logged.update({(e["method"], e["target"]): e for e in map(json.loads, lines)})
        return wanted <= set(logged)

    g.wait_log(complete)
    for row in expected:
        method, template = row["endpoint"].split(" ", 1)
        want = ids.get((method, _shape(template)))
        entry = logged[(row["method"], row["target"])]
        if want is not None and " " not in want:
            assert entry["operation"] == want, row
