"""The recorded vectors, and an oracle for what the engine's router makes of a path.

The vectors stand in tests/data/vectors; DOCKGATE_SHARED may name a folder with a "vectors" of the same form that is
used instead. The copies here say the same in fewer bytes: "=" in the column of the environment means as in the row before,
and files with "@" have each environment once, and no columns that a test doesn't read."""

import collections
import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

from support.gate import binary

DATA = Path(__file__).parent.parent / "data" / "vectors"


def path_of(name):
    """Where the file of that name stands: the shared folder if there is one, else our copy."""
    shared = os.environ.get("DOCKGATE_SHARED")
    if shared and (Path(shared) / "vectors" / name).exists():
        return Path(shared) / "vectors" / name
    return DATA / name


def rows(name):
    """The rows of a table, split at tabs."""
    with open(path_of(name), encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]


def _full(line):
    """A row "+METHOD<TAB>PATH…" of a short file, as the full file has it behind the environment."""
    method, target, *more = line[1:].split("\t")
    decision = {"+": "allow", "-": "deny"}[line[0]]
    if not more:
        return [method, target, decision, "-"]
    proto, status, reading, kind = more
    return [method, target, decision, "-", proto or "HTTP/1.1", "-", "-", status, reading, "-", kind]


def by_environment(name):
    """{environment: [row, …]} of decisions and hostile tables; the rows begin with the method."""
    result = collections.defaultdict(list)
    last = None
    with open(path_of(name), encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f if not line.startswith("#")]
    for line in lines:
        if line.startswith("@"):
            last = line[1:]
        elif lines[0].startswith("@"):
            result[last].append(_full(line))
        else:
            _dialect, environment, *row = line.split("\t")
            last = last if environment == "=" else environment
            result[last].append(row)
    return result


def jsonl(name):
    with open(path_of(name), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def environment_of(text):
    """The variables that a cell of the environment column stands for."""
    return {} if text == "-" else dict(pair.split("=", 1) for pair in text.split())


def never(template):
    """What the gate must not forward under any options."""
    return template.startswith("/debug/") or template == "/{anyroute}"


class Endpoint(collections.namedtuple("Endpoint", "method path operation_id pattern")):
    """One row of engine-endpoints.tsv, or of libpod-operations.tsv."""

    @property
    def name(self):
        return f"{self.method} {self.path}"


def _pattern(template):
    text = ""
    at = 0
    for m in re.finditer(r"\{(\w+)(?::([^}]*))?\}", template):
        text += re.escape(template[at : m.start()]) + "(" + (m.group(2) or "[^/]+") + ")"
        at = m.end()
    return re.compile((r"(?:/v([0-9.]+))?" + text + re.escape(template[at:])).encode("latin-1"))


def _endpoints():
    found = []
    for method, path, operation_id, _tag, _api, _removed, _stream, _swagger, router, *_ in rows("engine-endpoints.tsv"):
        found.append(Endpoint(method, path, operation_id, _pattern(path if router == "-" else router)))
    for method, path, operation_id, router in rows("libpod-operations.tsv"):
        found.append(Endpoint(method, path, operation_id, _pattern(path if router == "-" else router)))
    # What the engine registers first: paths with a tail before those that end in a name.
    return sorted(found, key=lambda e: (e.path.endswith("}"), e.path.count("{") == 1))


ENDPOINTS = _endpoints()


def route(method, target):
    """The endpoint that the engine's router picks for a target, its version and names; None where there is none. HEAD
    goes with GET, which is the gate's own rule."""
    path = unquote_to_bytes(target.split("?")[0])
    if isinstance(path, str):
        path = path.encode("latin-1")
    for wanted in [method] + (["GET"] if method == "HEAD" else []):
        for e in ENDPOINTS:
            m = e.pattern.fullmatch(path)
            if e.method == wanted and m:
                return e, m.group(1), list(m.groups()[1:])
    return None


def sample(endpoint):
    """A plain target for an endpoint."""
    return re.sub(r"\{\w+\}", "x1", endpoint.path)


def served_by_others(endpoint, method):
    """Whether dockgate may allow what the engine that was measured (20.10) has no route for: HEAD goes with GET, and
    engines older or newer, or Podman, have the route."""
    head_of_get = method == "HEAD" and endpoint.method == "GET"
    old_or_new = endpoint.path in ("/containers/ps", "/images/viz", "/containers/{id}/resize", "/plugins/{name}") or (
        endpoint.path == "/images/{name}/attestations"
    )
    return head_of_get or old_or_new or endpoint.path.startswith("/libpod/")


def expand(text):
    """Undoes {X*N}, which stands for N times X in the targets of some kinds of rows."""
    return re.sub(r"\{([^{}*]+)\*(\d+)\}", lambda m: m.group(1) * int(m.group(2)), text)


def escape(data):
    """Bytes as explain --batch wants them."""
    return "".join(chr(b) if 0x21 <= b <= 0x7E and b != 0x5C else "\\\\" if b == 0x5C else f"\\x{b:02x}" for b in data)


Answer = collections.namedtuple("Answer", "verdict option operation_id")


def explain(lines, variables):
    """The answers of `dockgate explain --batch` to lines "METHOD<TAB>TARGET", None where it refuses to start."""
    done = subprocess.run(
        [binary(), "explain", "--batch"],
        env=dict(variables),
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        assert done.returncode == 2, done
        return None
    answers = [Answer(*line.split("\t")) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers
