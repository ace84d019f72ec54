"""Programs of other languages that tests build from their modules (clients/NAME/go.mod)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.gate import ROOT

HERE = Path(__file__).parent / "clients"


def build(name, package):
    """The program of that module, built once below build/: its path."""
    if shutil.which("go") is None:
        pytest.skip("no go here")
    binary = ROOT / "build" / "clients" / name
    binary.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "build", "-o", str(binary), package], cwd=HERE / name, timeout=800,
                          env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": ""}, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0 and "dial tcp" in done.stderr:
        pytest.skip(f"the modules of {name} can't be had: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return str(binary)
