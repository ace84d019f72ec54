"""Attacks on one real engine by a client that knows the gate's source: each would reach another owner or the host, and the
engine alone, where it is asked, lets it."""

import json

import pytest

from engine import IMAGE
from test_engine_own import tenants as tenants_of_own

tenants = tenants_of_own
# The engine and the worker of test_engine_own.
pytestmark = pytest.mark.xdist_group("own")

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", [FORM, FORM + "\u00a0", FORM + "\u0085", "\u2003" + FORM, FORM.replace("i", "\u0130"),
                                  FORM + "\u00a0;x=y"])
def test_a_form_in_place_of_the_query(engine, tenants, kind):
    """Go trims and folds a media type by Unicode, and a form's values come before the query's."""
    alice, bob = tenants
    name = "own-form"
    alice.docker("create", "--name", name, "--network", "none", "-l", "form=x", IMAGE)
    try:
        headers = {"Content-Type": kind.encode()}
        filters = b'filters={"label":{"form=x":true}}'
        status, answer = bob.exchange("POST", "/containers/prune", filters, headers)
        assert status == 415 and b"forms are not accepted" in answer, answer
        status, answer = bob.exchange("POST", f"/images/{IMAGE}/tag?repo=own-free&tag=1", b"repo=own-taken&tag=1", headers)
        assert status in (403, 415), answer
        assert alice.docker("ps", "-a", "-q", "--filter", "label=form=x")
        # What the engine makes of it by itself.
        assert engine.request("POST", "/containers/prune?filters=%7B%22label%22%3A%5B%22none%22%5D%7D", filters, headers)[0] == 200
        assert not alice.docker("ps", "-a", "-q", "--filter", "label=form=x")
    finally:
        engine.docker("rm", "-f", name, check=False)


def run(send, name, command, **host):
    """What a container prints that `send` makes; None where that is refused."""
    body = {"Image": IMAGE, "Cmd": ["sh", "-c", command], "HostConfig": {"NetworkMode": "none"} | host}
    status, answer = send("POST", f"/containers/create?name={name}", json.dumps(body), {"Content-Type": "application/json"})
    if status == 403:
        return None, answer
    assert status == 201, answer
    assert send("POST", f"/containers/{name}/start")[0] == 204
    assert send("POST", f"/containers/{name}/wait")[0] == 200
    return send("GET", f"/containers/{name}/logs?stdout=1&stderr=1")[1][8:], answer


def test_a_tmpfs_that_is_what_was_there(engine, tenants):
    """By "remount" the options are those of what is mounted there, whatever that is: /sys/ is another text than /sys,
    which the engine mounts read-only."""
    _, bob = tenants
    name, command = "own-remount", "grep -o '^sysfs /sys sysfs r[ow]' /proc/mounts"
    try:
        out, answer = run(bob.exchange, name, command, Tmpfs={"/sys/": "remount"})
        assert out is None and b"HostConfig.Tmpfs./sys/: option remount is not allowed" in answer, (out, answer)
        out, answer = run(bob.exchange, name, command, Tmpfs={"/run": "size=1m,mode=700", "/tmp": ""})
        assert out.endswith(b"sysfs ro\n"), out
        engine.docker("rm", "-f", name, check=False)
        out, _ = run(engine.request, name, command, Tmpfs={"/sys/": "remount"})
        assert out.endswith(b"sysfs rw\n"), out
    finally:
        engine.docker("rm", "-f", name, check=False)
