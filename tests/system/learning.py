"""What tests of learning with real clients share: one run of a client is learned from, then passes under the policy
that was written, and fails without any one of its options."""

import json

from support.gate import Gate


def learn(engine_socket, use, within="all"):
    """The result of `dockgate learn` as JSON while `use(gate)` ran."""
    g = Gate(command="learn", engine=engine_socket, flags=["--json", f"--within={within}"])
    try:
        use(g)
        g.stop()
        return json.loads(g.stdout())
    finally:
        finish(g)


def finish(g):
    if g.process.poll() is None:
        g.process.kill()
        g.process.wait()
    g.dispose()


def passes(engine_socket, options, use):
    """Whether `use(gate)` holds with these options and nothing else; and what the gate logged as denied."""
    g = Gate(engine=engine_socket, env=options)
    try:
        ok = use(g)
        g.stop()
        denied = [entry for entry in map(json.loads, g.log_lines()) if entry["verdict"] != "allow"]
        return ok, [f"{entry['method']} {entry['target']}" for entry in denied]
    finally:
        finish(g)


def check_policy(engine_socket, options, use):
    """`use(gate)` returns whether all went well. True under the options, with nothing denied; false without any one
    of them."""
    ok, denied = passes(engine_socket, options, use)
    assert ok and not denied, denied
    for name in [name for name, value in options.items() if value == "1"]:
        rest = {other: value for other, value in options.items() if other != name}
        ok, denied = passes(engine_socket, rest, use)
        assert not ok and denied, f"nobody misses {name}"
