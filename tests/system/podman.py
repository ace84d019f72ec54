"""A real Podman for the tests: its service in network, process and mount namespaces of its own, as engine.py has
dockerd. Needs root and Debian's podman, which `script/test --clients` installs; without it the tests are skipped.

    podman          fixture: .socket, .request(method, target), …
    podman_ways     fixture: {"engine": URL straight, "unix": …, "tcp": … through a gate with all options on}
    podman_client   fixture: .compare(podman_ways, "podman ps"), .run(url, line); `podman` and `docker` are clients
"""
import itertools
import os
import shutil

import pytest

from engine import DEBIAN_CLI, IMAGE, Client, Engine, busybox_tar, ended, remove_cgroups, wait_for
from support.gate import Gate

# Everything below the test's own folder; nothing of it may touch a Podman of the machine.
CONFIG = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
default_sysctls = []
log_driver = "k8s-file"
[engine]
lock_type = "file"
events_logger = "file"
runtime = "runc"
[network]
network_config_dir = "{dir}/networks"
"""

# Made by Podman for each container, whatever is configured.
CGROUP = "libpod_parent"

NUMBERS = itertools.count()

WRAPPER = '#!/bin/sh\nunset DOCKER_CONFIG\nexec /usr/bin/podman --remote --url "$DOCKER_HOST" "$@"\n'


def why_no_podman():
    """Why no Podman can be started here, or None."""
    if os.geteuid() != 0:
        return "starting Podman needs root"
    for tool in ("podman", "conmon", "runc", "unshare", DEBIAN_CLI, "busybox"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            return f"{tool} is not installed (script/test --clients installs podman)"
    return None


class Podman(Engine):
    """One service with everything that belongs to it, below one folder."""

    def start(self):
        (self.dir / "containers.conf").write_text(CONFIG.format(dir=self.dir))
        (self.dir / "networks").mkdir(exist_ok=True)
        self.run_daemon("podman", [
            "env", f"CONTAINERS_CONF={self.dir}/containers.conf", "podman", "--root", str(self.dir / "root"),
            "--runroot", str(self.dir / "run"), "--tmpdir", str(self.dir / "tmp"), "--storage-driver", "vfs",
            "--cgroup-manager", "cgroupfs", "system", "service", "--time", "0", self.host])
        wait_for(self.answers, "answer of Podman")

    def stop(self):
        self._order("stop", "podman")

    def import_image(self, name, tar):
        status, body = self.request("POST", f"/v4.0.0/libpod/images/import?reference=docker.io/library/{name}"
                                    "&changes=CMD%20%5B%22sh%22%5D", tar, {"Content-Type": "application/x-tar"})
        assert status == 200, body

    def close(self):
        super().close()
        remove_cgroups(CGROUP)


@pytest.fixture(scope="module")
def podman():
    """A running Podman with IMAGE in it."""
    reason = why_no_podman()
    if reason:
        pytest.skip(reason)
    instance = Podman()
    try:
        instance.start()
        instance.import_image(IMAGE, busybox_tar())
        yield instance
    finally:
        instance.close()


@pytest.fixture(scope="module")
def podman_ways(podman):
    with ended(Gate(engine=podman.socket, allow="all")) as g:
        yield {"engine": podman.host, "unix": f"unix://{g.unix}", "tcp": f"tcp://127.0.0.1:{g.port}"}


@pytest.fixture
def podman_client(podman, tmp_path):
    client = Client(podman, DEBIAN_CLI, tmp_path, f"t{next(NUMBERS)}")
    wrapper = tmp_path / "bin" / "podman"
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o755)
    return client
