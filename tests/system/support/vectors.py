"""Where the recorded facts are: DOCKGATE_SHARED, else ../shared beside the repository, else the copies in tests/data."""

import base64
import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def find(name):
    """The path of vectors/NAME (`attacks/paths.jsonl`)."""
    places = [ROOT.parent / "shared" / "vectors", ROOT / "tests" / "data"]
    if shared := os.environ.get("DOCKGATE_SHARED"):
        places.insert(0, Path(shared) / "vectors")
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(name)


def rows(name):
    """The rows of a JSON Lines file."""
    with open(find(name), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def joined(row, field):
    """The bytes of `FIELD_b64`, or of its parts."""
    if f"{field}_parts" in row:
        return b"".join(base64.b64decode(text) * count for text, count in row[f"{field}_parts"])
    return base64.b64decode(row[f"{field}_b64"])


def pieces(row):
    """The pieces of a row that has pauses: bytes to send, and seconds to wait as floats."""
    return [float(p) if isinstance(p, (int, float)) else base64.b64decode(p) for p in row["pieces_b64"]]
