"""The table of queries' parameters: sorted as the operations are, and with all that is known elsewhere."""

import re

from sources import ROOT, text

TABLE = re.compile(r'^PARAMETERS\((\w+),\s*((?:"[^"]*"|/\*.*?\*/|\s)+)\)$', re.M | re.S)
OPERATION = re.compile(r'^OPERATION(?:_TWIN)?\((\w+),\s*(\w+),\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)"', re.M)


# What docker-py sends and no engine of API 1.24 or later reads.
UNREAD = {("CONTAINER_LIST", "trunc_cmd"), ("IMAGE_LIST", "only_ids")}


def parameters():
    return {name: "".join(re.findall(r'"([^"]*)"', names)).split(", ")
            for name, names in TABLE.findall(text("src/api/parameters.def"))}


def operations():
    return {row[0]: row[1:] for row in OPERATION.findall(text("src/api/operations.def"))}


def test_rows():
    rows = parameters()
    order = [name for name in operations() if name in rows]
    assert list(rows) == order and len(rows) == text("src/api/parameters.def").count("\nPARAMETERS(") > 70
    for operation, names in rows.items():
        assert not operation.startswith("LIBPOD_")
        assert len(names) == len(set(names)) and all(re.fullmatch(r"[\w-]+", name) for name in names), operation


def test_checked_parameters_are_known():
    """What requests and ownership look at is in the table."""
    rows = parameters()
    source = text("src/inspect/requests_query.c")
    for operation, table in {"IMAGE_BUILD": "BUILD", "IMAGE_CREATE": "IMAGE_CREATE", "SERVICE_UPDATE": "SERVICE_UPDATE"}.items():
        names = re.findall(r'\{SLICE_INIT\("(\w+)"\)', source.split(f" {table}[] = {{")[1].split("};")[0])
        assert names and set(names) <= set(rows[operation])
    owned = {"BUILD": "IMAGE_BUILD", "COMMIT": "IMAGE_COMMIT", "IMPORT": "IMAGE_CREATE", "PUSH": "IMAGE_PUSH",
             "SAVE": "IMAGE_GET_ALL", "TAG": "IMAGE_TAG"}
    found = re.findall(r'\{OWNED_(\w+),\s*SLICE_INIT\("(\w+)"\)', text("src/inspect/owned_query.c"))
    assert len(found) > 15 and all(name in rows[owned[query]] for query, name in found)


def test_parameters_of_recorded_clients_are_known():
    """Queries that clients were seen to send: nobody must be told that what they send is no parameter."""
    rows, known = parameters(), operations()
    asked = set()
    for line in (ROOT / "tests/data/vectors/traces.tsv").read_text(encoding="utf-8").splitlines():
        found = re.search(r"(?:^|\t)(GET|HEAD|POST|PUT|DELETE)\t(?:/v[\d.]+)?(/[^\t?]*)\?([^\t]*)", line)
        if not found:
            continue
        method, path, query = found.groups()
        for operation, (wanted, head, name, tail) in known.items():
            pattern = re.escape(head) + (".+?" if name else "") + re.sub(r"\\\{\w+\\\}", ".+", re.escape(tail))
            if wanted == method and re.fullmatch(pattern, path):
                asked |= {(operation, pair.split("=")[0]) for pair in query.split("&") if pair}
                break
    unknown = {(operation, name) for operation, name in asked if name not in rows.get(operation, [])}
    assert len(asked) > 30 and unknown <= UNREAD, unknown - UNREAD
