"""What the tests of escapes share: each is asked of a real engine, which grants it, and of a gate before that engine which
checks what requests say, and refuses it. The table of them is section by section what a request can give away.

    safe     fixture: a gate that grants every operation, and checks them by DOCKGATE_REQUESTS=safe
    other    fixture: a container that runs, "escape-other", with nothing special
"""
import json

import pytest

from engine import IMAGE
from support.gate import all_options

CREATE = "/v1.41/containers/create"
JSON = {"Content-Type": "application/json"}
TAR = {"Content-Type": "application/x-tar"}
OTHER = "escape-other"


def container(**host):
    return {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"} | host}


def encoded(body):
    """The bytes of a body that is a document, a text, bytes, or none, and the fields that go with it."""
    if body is None or isinstance(body, bytes):
        return body or b"", TAR if body else {}
    return (body if isinstance(body, str) else json.dumps(body)).encode(), JSON


def through(g, method, target, body=None, headers=None):
    """The gate's answer."""
    data, fields = encoded(body)
    with g.client() as c:
        c.request(method, target, (fields | (headers or {})).items(), data)
        return c.response()


def straight(engine, target, body=None, method="POST", headers=None):
    """Status and answer of the engine itself."""
    data, fields = encoded(body)
    return engine.request(method, target, data, fields | (headers or {}))


def refused(response, says):
    """The gate refused it, and its message begins with the field."""
    assert response.status in (400, 403), (response.status, response.body)
    message = json.loads(response.body)["message"]
    assert message.partition(": ")[2].startswith(says), message


def checking(gate, engine, binds, profile="safe"):
    """A gate that grants every operation, and checks what they say."""
    return gate(engine=engine.socket, allow=[name for name in all_options() if name != "DOCKGATE_STRICT"], user=False,
                env={"DOCKGATE_REQUESTS": profile, "DOCKGATE_BINDS": str(binds)}, expect=[".*"])


@pytest.fixture
def safe(gate, engine, tmp_path):
    return checking(gate, engine, tmp_path)


@pytest.fixture(scope="module")
def other(engine, leaves_nothing):  # which looks after this one has ended, whichever test is the last
    assert leaves_nothing is None
    status, answer = straight(engine, f"{CREATE}?name={OTHER}", container() | {"Cmd": ["sleep", "1000"]})
    assert status == 201, answer
    assert straight(engine, f"/containers/{OTHER}/start")[0] == 204
    yield OTHER
    engine.docker("rm", "-f", OTHER)
