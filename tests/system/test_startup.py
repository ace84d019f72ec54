"""What the program says before it serves: help, versions, and errors that name what is wrong and what is accepted."""

import os
import subprocess

import pytest

from support.gate import binary

COMMANDS = ["serve", "check", "explain", "options", "healthcheck", "demo"]


def run(*argv, env=None, **kwargs):
    return subprocess.run([binary(), *argv], env={"PATH": "/usr/bin:/bin", **(env or {})}, capture_output=True, text=True,
                          timeout=20, check=False, stdin=subprocess.DEVNULL, **kwargs)


# variables, flags, what standard error must hold
ERRORS = [
    ({"DOCKGATE_LISTEN": "nowhere"}, [], 'DOCKGATE_LISTEN: address "nowhere": neither tcp://HOST:PORT nor unix:///PATH'),
    ({"DOCKGATE_LISTEN": "tcp://127.0.0.1:99999"}, [], '"99999" is no port'),
    ({"DOCKGATE_LISTEN": "tcp://nas.example:2375"}, [], "not looked up"),
    ({"DOCKGATE_LISTEN": " , "}, [], "DOCKGATE_LISTEN names no address"),
    ({"DOCKGATE_LISTEN": "tcp://192.0.2.1:2375"}, [], "tcp://192.0.2.1:2375: cannot listen"),
    ({"DOCKGATE_LISTEN": "unix:///no/such/folder/x.sock"}, [], "cannot make the socket file: No such file or directory"),
    ({"DOCKGATE_ENGINE": "docker"}, [], "DOCKGATE_ENGINE: address"),
    ({"DOCKGATE_ENGINE": "tcp://:2375"}, [], "host is missing"),
    ({"SOCKET_PATH": "docker.sock"}, [], "SOCKET_PATH: address"),
    ({"DOCKGATE_DIALECT": "apache"}, [], "DOCKGATE_DIALECT=apache: accepted is mjmccans|tecnativa|"),
    ({"POST": "1", "IMAGES_BUILD": "1"}, [], "words of different dialects: DOCKGATE_DIALECT must say"),
    ({"DOCKGATE_CONFIG": "/nowhere/dockgate.yaml"}, [], "/nowhere/dockgate.yaml: No such file or directory"),
    ({"DOCKGATE_LOG_FORMAT": "xml"}, [], "DOCKGATE_LOG_FORMAT=xml: accepted is classic|json"),
    ({"DOCKGATE_HEAD_TIMEOUT": "soon"}, [], "DOCKGATE_HEAD_TIMEOUT=soon: accepted is"),
    ({"DOCKGATE_WORKERS": "0"}, [], "DOCKGATE_WORKERS=0"),
    ({"DOCKGATE_SOCKET_GROUP": "no-such-group"}, [], 'DOCKGATE_SOCKET_GROUP: there is no group "no-such-group"'),
    ({"DOCKGATE_SOCKET_USER": "no-such-user"}, [], 'DOCKGATE_SOCKET_USER: there is no user "no-such-user"'),
    ({"DOCKGATE_USER": "no-such-user"}, [], 'DOCKGATE_USER: there is no user "no-such-user"'),
    ({"DOCKGATE_LISTENS": "x"}, [], "DOCKGATE_LISTENS"),
    ({"CONTAINERS": "maybe"}, [], "CONTAINERS"),
    ({"CONTAINER": "1"}, [], "CONTAINERS"),
    ({"IMAGES_FOO": "1"}, [], "IMAGES_FOO"),
    ({}, ["--lisen=x"], "no flag --lisen; the nearest is --listen"),
    ({}, ["--listen"], "--listen needs a value"),
    ({}, ["--listen=nowhere"], 'DOCKGATE_LISTEN: address "nowhere"'),
    ({"DOCKGATE_LISTEN": "tcp://127.0.0.1:0"}, ["--listen", "nowhere"], 'DOCKGATE_LISTEN: address "nowhere"'),
    ({}, ["-l"], "two dashes"),
    ({}, ["--containers=maybe"], "CONTAINERS"),
    ({}, ["serve", "me"], "serve takes no argument"),
    ({}, ["srve"], 'there is no command "srve"; the nearest is serve'),
    ({}, ["helthcheck"], "the nearest is healthcheck"),
    ({}, ["start"], 'there is no command "start" (dockgate --help lists them)'),
    ({}, ["--port=2375"], "no flag --port; the nearest is --listen"),
    ({}, ["--socket", "/var/run/docker.sock"], "no flag --socket; the nearest is --engine"),
    ({}, ["--tls"], "no flag --tls (dockgate serve --help lists them)"),
    ({"DOCKGATE_TLS": "1"}, [], "DOCKGATE_TLS is no setting; dockgate serve --help lists them"),
    ({"DOCKGATE_LISTEN": "unix:///tmp/x.sock,/tmp/x.sock"}, [], "DOCKGATE_LISTEN names /tmp/x.sock twice"),
    ({"DOCKGATE_LISTEN": "tcp://127.0.0.1:9,tcp://127.0.0.1:9"}, [], "DOCKGATE_LISTEN names tcp://127.0.0.1:9 twice"),
    ({"DOCKGATE_LISTEN": "tcp://127.0.0.1:9", "DOCKGATE_ENGINE": "tcp://localhost:9"}, [], "the gate would ask itself"),
    ({"DOCKGATE_GRACE": "5min"}, [], "DOCKGATE_GRACE=5min: accepted is a time (500ms, 10s, 5m)"),
    ({"DOCKGATE_SOCKET_GROUP": "no-such"}, [], "a number will do"),
    ({"DOCKGATE_ALLOW_FROM": "10.1.0.0/16 10.2.0.0/16"}, [], "separate several by commas"),
]


@pytest.mark.parametrize("env,argv,says", ERRORS, ids=[e[2][:40] for e in ERRORS])
def test_errors(env, argv, says, workdir):
    env = {"DOCKGATE_ENGINE": f"unix://{workdir}/none.sock", "DOCKGATE_LISTEN": f"unix://{workdir}/g.sock", **env}
    if "SOCKET_PATH" in env:
        del env["DOCKGATE_ENGINE"]
    got = run(*argv, env=env)
    assert got.returncode == 2
    assert says in got.stderr
    assert got.stdout == ""
    assert all(line.startswith("dockgate: ") for line in got.stderr.splitlines())
    assert not (workdir / "g.sock").exists()


# What is said besides of how a command is meant: one line, and its usage.
MISUSED = [
    (["check", "dockgate.yaml"], 'check takes no argument: "dockgate.yaml"; a configuration file goes with --config'),
    (["convert", "compose.yaml"], 'convert takes no argument: "compose.yaml"'),
    (["options", "CONTAINERS"], 'options takes no argument: "CONTAINERS"'),
    (["options", "--dialect=nginx"], "options --dialect=nginx: accepted is mjmccans|"),
    (["explain", "/info"], "explain takes a method and a path, such as GET /containers/json"),
    (["explain", "--batch", "GET"], "explain --batch takes no argument"),
    (["man", "8"], "man takes one of 1|5|7"),
    (["completion"], "completion takes one of bash|zsh|fish"),
    (["preset", "diun", "traefik"], "preset takes one argument"),
]


@pytest.mark.parametrize("argv, says", MISUSED, ids=[" ".join(argv) for argv, _ in MISUSED])
def test_misused(argv, says):
    got = run(*argv)
    assert got.returncode == 2 and got.stdout == ""
    assert got.stderr.startswith(f"dockgate: {says}") and f"\nUsage: dockgate {argv[0]}" in got.stderr


@pytest.mark.parametrize("argv", [["--version"], ["version"]])
def test_version(argv):
    got = run(*argv)
    assert got.returncode == 0 and got.stderr == ""
    assert got.stdout.startswith("dockgate 0.1.0\ncommit ")
    assert "libseccomp 2." in got.stdout and "PCRE2 10." in got.stdout


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["help"]])
def test_help(argv):
    got = run(*argv)
    assert got.returncode == 0 and got.stderr == ""
    assert all(f"\n  {c} " in got.stdout for c in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each(command):
    got = run(command, "--help")
    assert got.returncode == 0
    assert got.stdout.lower().startswith("usage: dockgate"), got.stdout


def test_serve_help_names_every_setting():
    got = run("serve", "--help").stdout
    for name in ("DOCKGATE_LISTEN", "DOCKGATE_ENGINE", "SOCKET_PATH", "DOCKGATE_USER", "DOCKGATE_GRACE"):
        assert name in got
    assert run("--listen", "x", "--help").stdout == got


def test_help_into_closed_pipe():
    """A result that could not be written is no success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        got = subprocess.run([binary(), "--help"], stdout=full, stderr=subprocess.PIPE, timeout=20, check=False)
    assert got.returncode == 1


def test_start_lines(gate, stub):
    engine = stub()
    g = gate(engine=engine, env={"CONTAINERS": "1", "IMAGES": "0"})
    text = g.stderr()
    assert "dockgate: version 0.1.0 (" in text and "dialect mjmccans" in text
    assert "dockgate: options on: CONTAINERS\n" in text
    assert f"dockgate: listening on tcp://127.0.0.1:{g.port}\n" in text
    assert f"dockgate: listening on unix://{g.unix}\n" in text
    assert f"dockgate: engine unix://{engine.path}, as uid" in text


def test_wide_reads_are_warned_of(gate, stub):
    """One line for each read that gives away what a broad option does not say, with the line that closes it."""
    def warnings(env):
        text = gate(engine=stub(), env=env).stderr()
        return [line for line in text.splitlines() if line.startswith("dockgate: warning: ")]

    found = warnings({"CONTAINERS": "1", "IMAGES": "1"})
    for name, broad in (("CONTAINERS_ARCHIVE", "CONTAINERS"), ("CONTAINERS_EXPORT", "CONTAINERS"), ("IMAGES_GET", "IMAGES")):
        (line,) = [line for line in found if f"{name}=0" in line]
        assert f"{broad}=1" in line
    assert not any("CONTAINERS_ARCHIVE" in line for line in warnings({"CONTAINERS": "1", "CONTAINERS_ARCHIVE": "0"}))
    assert not any("CONTAINERS_ARCHIVE" in line for line in warnings({"CONTAINERS": "1", "CONTAINERS_ARCHIVE": "1"}))
    assert warnings({"CONTAINERS": "1", "DOCKGATE_STRICT": "1"}) == []


def test_flags_win(gate, stub):
    """The same setting and the same option in both places."""
    from support.stub import answer

    engine = stub(answer())
    g = gate(env={"CONTAINERS": "0", "DOCKGATE_ENGINE": "unix:///no/such.sock"},
             flags=["--containers=1", f"--engine=unix://{engine.path}"])
    assert g.get("/containers/json").status == 200


def test_socket_path(gate, stub):
    """The engine's socket as other proxies name it."""
    from support.stub import answer

    engine = stub(answer())
    g = gate(env={"SOCKET_PATH": str(engine.path)})
    assert g.get("/_ping").status == 200


def test_engine_absent_is_a_notice(gate, workdir):
    g = gate(engine=workdir / "none.sock", expect=["dockgate: stays root: the engine's socket is not there yet.*"])
    g.wait_stderr("No such file or directory; requests are answered with 502")
    assert g.get("/_ping").status == 502


@pytest.mark.parametrize("kind, says", [("directory", "this is a directory, no socket: docker run -v makes one"),
                                        ("file", "this is a file, no socket")])
def test_engine_that_is_no_socket(gate, workdir, kind, says):
    """What a container engine mounts where the host has no socket is a directory."""
    path = workdir / "none.sock"
    if kind == "directory":
        path.mkdir()
    else:
        path.touch()
    g = gate(engine=path, expect=["dockgate: stays root: the engine's socket is not there yet.*", f"dockgate: engine .*: {says}.*"])
    g.wait_stderr(says)
    assert g.get("/_ping").status == 502


def test_misspelt_among_many_of_others():
    """A pod of Kubernetes has seven variables for each service beside it."""
    others = {f"SHOP_{n}_PORT_80_TCP_{word}": "80" for n in range(400) for word in ("ADDR", "PORT", "PROTO")}
    misspelt = {"CONTAINERS_STRAT": "1", "IMAEGS": "1", "DOCKGATE_WORKRES": "2", "CONTAINERS_OF_MINE": "1"}
    done = run("serve", env={**others, **misspelt})
    assert done.returncode == 2
    for text in ("CONTAINERS_STRAT is no option; the nearest is CONTAINERS_START", "IMAEGS is no option; the nearest is IMAGES",
                 "DOCKGATE_WORKRES is no setting; the nearest is DOCKGATE_WORKERS", "CONTAINERS_OF_MINE is no option; the nearest is CONTAINERS"):
        assert text in done.stderr
    assert "SHOP" not in done.stderr


@pytest.mark.skipif(os.path.exists("/var/run/docker.sock"), reason="an engine is here")
def test_engine_absent_at_its_usual_place(gate):
    """Where nobody said where the engine is, the log says how to."""
    says = r"until it is there \(DOCKGATE_ENGINE=unix:///PATH says where else it is\)"
    g = gate(env={"DOCKGATE_ENGINE": ""}, expect=["dockgate: stays root: the engine's socket is not there yet.*",
                                                  f"dockgate: engine unix:///var/run/docker.sock: .*{says}"])
    g.wait_stderr(says)


def test_settings_without_effect_are_warned_of(workdir):
    text = run("check", "--listen", f"unix://{workdir}/g.sock", "--watchdog-stop=1").stderr
    assert "DOCKGATE_WATCHDOG_STOP does nothing without DOCKGATE_WATCHDOG" in text


def test_connections_bounded_by_descriptors(gate, stub):
    import resource

    g = gate(engine=stub(), limits={resource.RLIMIT_NOFILE: 200},
             expect=["dockgate: at most 68 connections instead of 4096: .*"])
    g.wait_stderr("at most 68 connections instead of 4096: only 200 descriptors are allowed")


def test_no_standard_streams(workdir):
    """Started without descriptors 0 to 2, a socket must not take their place and receive the log."""
    from support.proc import launch, wait_accepts

    argv = [binary(), "serve"]
    process = launch("for fd in 0, 1, 2: os.close(fd)", argv,
                     env={"PATH": "/usr/bin:/bin", "DOCKGATE_LISTEN": f"unix://{workdir}/g.sock",
                          "DOCKGATE_ENGINE": f"unix://{workdir}/e.sock"})
    try:
        from support.client import Client
        import os

        wait_accepts(str(workdir / "g.sock"), process)
        with Client(str(workdir / "g.sock")) as c:
            assert c.get("/_ping").status == 502
        assert [os.readlink(f"/proc/{process.pid}/fd/{n}") for n in range(3)] == ["/dev/null"] * 3
    finally:
        process.terminate()
        assert process.wait(10) == 0
