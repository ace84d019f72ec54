"""Fixtures of the system tests. What they give is described at the top of support/gate.py, support/stub.py and
support/client.py; a test that needs all three reads like this:

    def test_ping(gate, stub):
        engine = stub(answer())
        g = gate(engine=engine)
        assert g.get("/_ping").status == 200
        assert engine.lines == ["GET /_ping"]

Run: /usr/bin/python3 -m pytest tests/system -n 2      (DOCKGATE_BINARY: another binary than build/dockgate)
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from engine import (big, client, clis, engine, leaves_nothing, no_images_left, pytest_generate_tests,  # noqa: E402,F401
                    registry, ways)
from escapes import other, safe  # noqa: E402,F401
from support.gate import Gate, binary, open_dir  # noqa: E402
from support.stub import StubEngine  # noqa: E402


@pytest.fixture
def workdir():
    """A fresh folder with a short path that other users may pass through; removed at the end."""
    path = open_dir()
    yield Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def stub(workdir):
    """Factory of stub engines: stub(handler=None) -> StubEngine."""
    made = []

    def make(handler=None, name=None):
        engine = StubEngine(workdir / (name or f"engine{len(made)}.sock"), handler)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.stop()
    for engine in made:
        engine.check()


@pytest.fixture
def gate(workdir):  # pylint: disable=unused-argument
    """Factory of gates: gate(env=…, engine=…, …) -> Gate."""
    if not os.access(binary(), os.X_OK):
        pytest.fail(f"no binary at {binary()}: build first, or set DOCKGATE_BINARY")
    made = []

    def make(**kwargs):
        g = Gate.__new__(Gate)
        made.append(g)  # before it starts, so that one which fails to start is cleaned up as well
        g.__init__(**kwargs)
        return g

    yield make
    errors = []
    for g in made:
        try:
            if hasattr(g, "process"):
                g.stop()
        except AssertionError as e:
            errors.append(e)
        finally:
            if hasattr(g, "process"):
                g.dispose()
    if errors:
        raise errors[0]


@pytest.fixture
def clients():
    """Factory of client connections that are closed at the end: clients(g.tcp) -> Client."""
    from support.client import Client

    made = []

    def make(address, **kwargs):
        c = Client(address, **kwargs)
        made.append(c)
        return c

    yield make
    for c in made:
        c.close()
