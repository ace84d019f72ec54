"""script/server on a machine as it is found: which engine's socket it takes, and the demo where there is none. The
script runs from a copy whose build and binary are stand-ins, in a mount namespace with folders of its own for sockets."""

import os
import shutil
import socket
import subprocess

import pytest
from support.gate import ROOT

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a mount namespace")

# What the stand-in binary prints: its words, and the engine that it was given.
DOCKGATE = '#!/bin/sh\necho "$* engine=${DOCKGATE_ENGINE:-none} containers=${CONTAINERS:-}"\n'


@pytest.fixture
def server(workdir):
    """Runs script/server with sockets at these paths below /run (/var/run is the same); the lines it printed."""
    (workdir / "script").mkdir()
    for name in ("server", "common.sh"):
        shutil.copy(ROOT / "script" / name, workdir / "script" / name)
    (workdir / "script/build").write_text("#!/bin/sh\necho built\n")
    (workdir / "build").mkdir()
    (workdir / "build/dockgate").write_text(DOCKGATE)
    for name in ("script/build", "build/dockgate"):
        os.chmod(workdir / name, 0o755)
    run = workdir / "run"
    run.mkdir()

    def start(*sockets, env=None, arguments=()):
        kept = []
        for path in sockets:
            (run / path).parent.mkdir(parents=True, exist_ok=True)
            kept.append(socket.socket(socket.AF_UNIX))
            kept[-1].bind(str(run / path))
        inside = f"mount --bind {run} /run && exec {workdir}/script/server " + " ".join(arguments)
        done = subprocess.run(["unshare", "--mount", "sh", "-ec", inside], capture_output=True, text=True, timeout=60,
                              check=False, env={"PATH": os.environ["PATH"], **(env or {})})
        for one in kept:
            one.close()
        if done.returncode != 0 and "unshare" in done.stderr:
            pytest.skip("no mount namespaces here")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines(), done.stderr

    yield start


# sockets below /run, variables, the engine that the gate must get (/var/run is a link to /run)
FOUND = [
    (["docker.sock"], {}, "unix:///var/run/docker.sock"),
    (["user/0/docker.sock"], {}, "unix:///run/user/0/docker.sock"),
    (["podman/podman.sock"], {}, "unix:///run/podman/podman.sock"),
    (["user/0/podman/podman.sock"], {}, "unix:///run/user/0/podman/podman.sock"),
    (["mine/docker.sock"], {"XDG_RUNTIME_DIR": "/run/mine"}, "unix:///run/mine/docker.sock"),
    (["docker.sock", "podman/podman.sock"], {}, "unix:///var/run/docker.sock"),
    (["docker.sock", "other.sock"], {"DOCKER_HOST": "unix:///run/other.sock"}, "unix:///run/other.sock"),
    (["docker.sock"], {"DOCKER_HOST": "unix:///run/gone.sock"}, "unix:///var/run/docker.sock"),
    (["docker.sock"], {"DOCKER_HOST": "tcp://127.0.0.1:1"}, "unix:///var/run/docker.sock"),
    ([], {"DOCKGATE_ENGINE": "unix:///run/asked.sock"}, "unix:///run/asked.sock"),
]


@pytest.mark.parametrize("sockets, env, engine", FOUND, ids=[f"{s} {e}" for s, e, _ in FOUND])
def test_finds_the_engine(server, sockets, env, engine):
    """Builds, then serves: what it was given goes on to the gate."""
    out, _ = server(*sockets, env={**env, "CONTAINERS": "1"}, arguments=["--images=1"])
    assert out == ["built", f"serve --images=1 engine={engine} containers=1"]


def test_demo_where_there_is_none(server):
    out, err = server(env={"CONTAINERS": "1"}, arguments=["--images=1"])
    assert out == ["built", "demo --images=1 engine=none containers=1"]
    assert "no engine socket here" in err


def test_a_plain_file_is_no_socket(server, workdir):
    (workdir / "run/docker.sock").write_text("")
    assert server()[0] == ["built", "demo engine=none containers="]


# Stand-ins for meson and ninja: the first writes down which place it was for, as meson does.
MESON = """#!/bin/sh
for last; do build=$source source=$last; done
mkdir -p "$build/meson-info"
touch "$build/build.ninja"
printf '{"directories": {"source": "%s"}}' "$source" >"$build/meson-info/meson-info.json"
echo set up
"""


def test_a_checkout_that_was_copied_is_set_up_anew(workdir):
    """With what was built in it, since meson keeps the paths of the old place."""
    tools = workdir / "tools"
    tools.mkdir()
    for name, text in (("meson", MESON), ("ninja", "#!/bin/sh\necho built\n"), ("pkg-config", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    old, new = workdir / "with blank/old", workdir / "new"
    (old / "script").mkdir(parents=True)
    shutil.copy(ROOT / "script/common.sh", old / "script")

    def build(place):
        done = subprocess.run(["bash", "-ec", '. "$0"; build_variant release', place / "script/common.sh"], text=True, timeout=20,
                              env={"PATH": f"{tools}:/usr/bin:/bin"}, capture_output=True, check=True)
        return [line for line in done.stderr.splitlines() if not line.startswith("==")]

    assert build(old) == ["set up", "built"]
    assert build(old) == ["built"]
    shutil.copytree(old, new)
    assert build(new) == ["set up", "built"]
    assert build(new) == ["built"]


def test_who_may_not_install_is_told_the_command(workdir):
    """An ordinary user without sudo."""
    for name, text in (("dpkg-query", "#!/bin/sh\nexit 1\n"), ("id", "#!/bin/sh\necho 1000\n")):
        (workdir / name).write_text(text)
        (workdir / name).chmod(0o755)
    os.symlink(shutil.which("dirname"), workdir / "dirname")
    os.symlink(shutil.which("basename"), workdir / "basename")
    done = subprocess.run(["/bin/bash", "-ec", '. "$0"; need_packages gcc meson', ROOT / "script/common.sh"], text=True, timeout=20,
                          env={"PATH": str(workdir), "JOBS": "1"}, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("have root run: apt-get install --no-install-recommends gcc meson\n"), done
