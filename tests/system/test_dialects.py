"""The documented examples of the proxies that dockgate takes the place of, as they are written, with only the program
changed: what their manuals say works, works, and what they say is closed, is. And the list of what changes on the way."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import test_vectors
import test_vectors_haproxy
from support.gate import binary
from support.stub import answer

ROOT = Path(__file__).parent.parent.parent

SECTIONS = "AUTH BUILD COMMIT CONFIGS CONTAINERS DISTRIBUTION EXEC IMAGES INFO NETWORKS NODES PLUGINS POST SECRETS SERVICES"
SECTIONS += " SESSION SWARM SYSTEM TASKS VOLUMES"


def documented(names, **more):
    """A whole environment as Compose files list it: everything off, but for what is said."""
    return {name: "0" for name in names.split()} | {"EVENTS": "1", "PING": "1", "VERSION": "1"} | more


TECNATIVA = documented(SECTIONS + " GRPC ALLOW_RESTARTS ALLOW_START ALLOW_STOP", LOG_LEVEL="info", DISABLE_IPV6="0")
FLUENCELABS = documented(SECTIONS + " DELETE ALLOW_RESTARTS CONTAINERS_CREATE CONTAINERS_START CONTAINERS_DELETE IMAGES_CREATE",
                         LOG_LEVEL="info")
LINUXSERVER = documented(
    SECTIONS + " ALLOW_START ALLOW_STOP ALLOW_RESTARTS ALLOW_PAUSE ALLOW_UNPAUSE ALLOW_ARCHIVE ALLOW_CHANGES ALLOW_EXPORT"
    " ALLOW_LOGS ALLOW_TOP LIBPOD_CONTAINERS LIBPOD_IMAGES LIBPOD_INFO LIBPOD_PODS DISABLE_IPV6",
    LOG_LEVEL="info", TZ="Etc/UTC",
)

# The Compose file in linuxserver's manual of February 2026, with ALLOW_RESUME, which its image does not know; and the one before
# August 2024's, which has no word that Tecnativa's lacks.
LINUXSERVER_COMPOSE = documented(SECTIONS + " ALLOW_START ALLOW_STOP ALLOW_RESTARTS ALLOW_PAUSE ALLOW_RESUME DISABLE_IPV6",
                                 LOG_LEVEL="info", TZ="Etc/UTC")
LINUXSERVER_COMPOSE_2024 = documented(SECTIONS + " ALLOW_START ALLOW_STOP ALLOW_RESTARTS DISABLE_IPV6")

# What the images of linuxserver and fluencelabs set by themselves, which lists copy.
LINUXSERVER_IMAGE = documented(
    SECTIONS + " ALLOW_RESTARTS ALLOW_STOP ALLOW_START ALLOW_PAUSE ALLOW_UNPAUSE LIBPOD_ALLOW_PAUSE LIBPOD_ALLOW_POD_PAUSE"
    " LIBPOD_ALLOW_POD_RESTARTS LIBPOD_ALLOW_POD_START LIBPOD_ALLOW_POD_STOP LIBPOD_ALLOW_POD_UNPAUSE LIBPOD_ALLOW_RESTARTS"
    " LIBPOD_ALLOW_START LIBPOD_ALLOW_STOP LIBPOD_ALLOW_UNPAUSE LIBPOD_CONTAINERS LIBPOD_EVENTS LIBPOD_EXEC LIBPOD_GENERATE"
    " LIBPOD_IMAGES LIBPOD_INFO LIBPOD_MANIFESTS LIBPOD_NETWORKS LIBPOD_PLAY LIBPOD_PODS LIBPOD_SECRETS LIBPOD_SYSTEM"
    " LIBPOD_VOLUMES", LIBPOD_PING="1", LIBPOD_VERSION="1", LOG_LEVEL="info", SOCKET_PATH="/var/run/docker.sock")
FLUENCELABS_IMAGE = documented(
    SECTIONS + " DELETE ALLOW_RESTARTS CONTAINERS_CREATE CONTAINERS_PRUNE CONTAINERS_RESIZE CONTAINERS_START CONTAINERS_UPDATE"
    " CONTAINERS_RENAME CONTAINERS_PAUSE CONTAINERS_UNPAUSE CONTAINERS_ATTACH CONTAINERS_WAIT CONTAINERS_EXEC VOLUMES_CREATE"
    " VOLUMES_PRUNE NETWORKS_CREATE NETWORKS_PRUNE NETWORKS_CONNECT NETWORKS_DISCONNECT NETWORKS_DELETE CONTAINERS_DELETE"
    " IMAGES_DELETE VOLUMES_DELETE", LOG_LEVEL="info")

# The Compose file for Traefik, Portainer and Watchtower that guides to fluencelabs' image have.
FLUENCELABS_GUIDE = documented(SECTIONS, LOG_LEVEL="warning") | dict.fromkeys(
    "POST DELETE CONTAINERS EXEC IMAGES INFO NETWORKS SERVICES TASKS VOLUMES CONTAINERS_CREATE CONTAINERS_START CONTAINERS_UPDATE"
    " CONTAINERS_DELETE IMAGES_DELETE".split(), "1")

# The options of mjmccans' Compose files for Portainer and Diun, which set each of them.
MJMCCANS = documented(
    "AUTH COMMIT CONFIGS CONTAINERS DISTRIBUTION EXEC IMAGES INFO NETWORKS NODES PLUGINS SECRETS SERVICES SESSION SWARM SYSTEM"
    " TASKS VOLUMES NODES_DELETE"
    " CONTAINERS_ATTACH CONTAINERS_CREATE CONTAINERS_DELETE CONTAINERS_KILL CONTAINERS_PAUSE CONTAINERS_PRUNE CONTAINERS_RENAME"
    " CONTAINERS_RESTART CONTAINERS_RESIZE CONTAINERS_START CONTAINERS_STOP CONTAINERS_UPDATE CONTAINERS_UNPAUSE CONTAINERS_WAIT"
    " CONTAINERS_EXEC IMAGES_BUILD IMAGES_CREATE IMAGES_DELETE IMAGES_PRUNE NETWORKS_CONNECT NETWORKS_CREATE NETWORKS_DELETE"
    " NETWORKS_DISCONNECT NETWORKS_PRUNE VOLUMES_CREATE VOLUMES_DELETE VOLUMES_PRUNE", TZ="America/Toronto")

READS = ["GET /_ping", "GET /v1.41/version", "GET /v1.41/events"]

# name, environment, the dialect as the first line says it, what passes, what is refused and the options that it names
EXAMPLES = [
    ("mjmccans, the manual's first", {"CONTAINERS": "1"}, "mjmccans",
     READS + ["GET /v1.41/containers/json"], {"GET /v1.41/images/json": "IMAGES", "POST /v1.41/containers/create": "CONTAINERS_CREATE"}),
    ("mjmccans, one that starts containers", {"CONTAINERS": "1", "CONTAINERS_START": "1", "CONTAINERS_STOP": "1"},
     "mjmccans, because CONTAINERS_START and CONTAINERS_STOP are set",
     READS + ["POST /v1.41/containers/web/start", "POST /containers/web/stop"], {"POST /containers/web/kill": "CONTAINERS_KILL"}),
    ("mjmccans, for Portainer",
     MJMCCANS | dict.fromkeys("DESCRIPTIVE_ERRORS CONTAINERS CONTAINERS_ATTACH CONTAINERS_RESIZE CONTAINERS_EXEC EXEC IMAGES INFO"
                              " NETWORKS VOLUMES".split(), "1"), "mjmccans, because",
     READS + ["GET /containers/json", "POST /containers/web/exec", "POST /exec/x/start", "POST /containers/web/attach", "GET /info",
              "GET /volumes", "GET /networks", "GET /images/json"],
     {"POST /containers/web/start": "CONTAINERS_START", "DELETE /volumes/x": "VOLUMES_DELETE", "GET /nodes": "NODES"}),
    ("mjmccans, for Diun", MJMCCANS | {"EVENTS": "0", "CONTAINERS": "1", "IMAGES": "1", "INFO": "1"}, "mjmccans",
     ["GET /_ping", "GET /version", "GET /v1.43/containers/json", "GET /images/busybox/json", "GET /info"],
     {"GET /events": "EVENTS", "POST /containers/create": "CONTAINERS_CREATE"}),
    ("tecnativa, the manual's first", {}, "mjmccans", READS, {"GET /containers/json": "CONTAINERS"}),
    ("tecnativa, the manual's defaults", TECNATIVA, "tecnativa, because BUILD and ALLOW_START are set",
     READS, {"GET /v1.41/containers/json": "CONTAINERS", "POST /v1.41/containers/web/start": "ALLOW_START",
             "POST /v1.41/containers/create": "CONTAINERS and POST", "DELETE /images/busybox": "IMAGES and POST"}),
    ("tecnativa, for Traefik", {"CONTAINERS": "1", "POST": "0", "LOG_LEVEL": "debug"}, "tecnativa, because POST is set",
     READS + ["GET /v1.24/containers/json"], {"POST /containers/create": "POST", "GET /info": "INFO"}),
    ("tecnativa, restarts alone", TECNATIVA | {"ALLOW_RESTARTS": "1"}, "tecnativa, because BUILD and ALLOW_START are set",
     ["POST /containers/web/restart", "POST /containers/web/kill"], {"POST /containers/web/start": "ALLOW_START"}),
    ("tecnativa, for Portainer", TECNATIVA | {"CONTAINERS": "1", "IMAGES": "1", "POST": "1"}, "tecnativa, because BUILD and ALLOW_START are set",
     ["POST /containers/create", "DELETE /images/busybox", "GET /images/json"], {"GET /volumes": "VOLUMES"}),
    ("fluencelabs, single options", FLUENCELABS | {"POST": "1", "CONTAINERS_CREATE": "1", "CONTAINERS_START": "1"},
     "fluencelabs, because BUILD and DELETE are set",
     ["POST /containers/create", "POST /containers/web/start"],
     {"DELETE /containers/web": "CONTAINERS_DELETE and DELETE", "POST /images/create": "IMAGES_CREATE"}),
    ("fluencelabs, deletes", FLUENCELABS | {"DELETE": "1", "CONTAINERS": "1"}, "fluencelabs, because BUILD and DELETE are set",
     ["DELETE /containers/web", "GET /containers/json"], {"POST /containers/web/stop": "POST"}),
    ("fluencelabs, the image's defaults", FLUENCELABS_IMAGE, "fluencelabs, because",
     READS, {"GET /containers/json": "CONTAINERS", "POST /containers/create": "CONTAINERS_CREATE and POST",
             "DELETE /volumes/x": "VOLUMES_DELETE and DELETE", "POST /containers/web/restart": "ALLOW_RESTARTS and POST"}),
    ("fluencelabs, for Traefik, Portainer and Watchtower", FLUENCELABS_GUIDE, "fluencelabs, because",
     READS + ["GET /containers/json", "GET /info", "POST /containers/create", "POST /containers/web/start", "POST /containers/web/update",
              "POST /images/create?fromImage=x", "DELETE /containers/web", "DELETE /images/x", "POST /containers/web/exec",
              "POST /exec/x/start", "GET /services", "GET /tasks", "DELETE /volumes/x", "POST /networks/create"],
     {"GET /nodes": "NODES", "GET /secrets": "SECRETS", "POST /build?t=x": "BUILD", "POST /auth": "AUTH",
      "PUT /containers/web/archive?path=/": "CONTAINERS_ARCHIVE_PUT"}),
    ("linuxserver, the manual's Compose file", LINUXSERVER_COMPOSE, "linuxserver, because ALLOW_START and ALLOW_PAUSE are set",
     READS, {"GET /containers/json": "CONTAINERS", "POST /containers/web/unpause": "ALLOW_UNPAUSE",
             "POST /containers/web/start": "ALLOW_START", "GET /containers/web/logs": "CONTAINERS and ALLOW_LOGS"}),
    ("linuxserver, the manual's Compose file of 2024", LINUXSERVER_COMPOSE_2024 | {"CONTAINERS": "1", "ALLOW_START": "1"},
     "tecnativa, because BUILD and ALLOW_START are set",
     READS + ["GET /containers/json", "GET /containers/web/logs", "POST /containers/web/start"],
     {"POST /containers/web/stop": "ALLOW_STOP", "POST /containers/create": "POST"}),
    ("linuxserver, what works without POST",
     LINUXSERVER_COMPOSE | dict.fromkeys("ALLOW_START ALLOW_STOP ALLOW_RESTARTS ALLOW_PAUSE ALLOW_UNPAUSE".split(), "1"),
     "linuxserver, because",
     [f"POST /containers/web/{what}" for what in ("start", "stop", "restart", "kill", "pause", "unpause")],
     {"POST /containers/web/rename?name=x": "CONTAINERS and POST", "GET /containers/web/json": "CONTAINERS"}),
    ("linuxserver, the image's defaults", LINUXSERVER_IMAGE, "linuxserver, because",
     READS + ["GET /v5.0.0/libpod/_ping", "GET /v5.0.0/libpod/version"],
     {"GET /v5.0.0/libpod/info": "LIBPOD_INFO", "POST /v5.0.0/libpod/containers/web/start": "ALLOW_START",
      "GET /v5.0.0/libpod/volumes/json": "LIBPOD_VOLUMES", "GET /containers/json": "CONTAINERS"}),
    ("linuxserver, the manual's defaults", LINUXSERVER, "linuxserver, because",
     READS, {"GET /containers/json": "CONTAINERS", "GET /v5.0.0/libpod/containers/json": "LIBPOD_CONTAINERS",
             "GET /containers/web/logs": "CONTAINERS and ALLOW_LOGS", "PUT /containers/web/archive?path=/": "CONTAINERS, POST and ALLOW_ARCHIVE"}),
    ("linuxserver, containers", LINUXSERVER | {"CONTAINERS": "1", "ALLOW_PAUSE": "1"}, "linuxserver, because",
     ["GET /containers/json", "POST /containers/web/pause"],
     {"GET /containers/web/logs": "ALLOW_LOGS", "GET /containers/web/archive?path=/": "ALLOW_ARCHIVE"}),
    ("linuxserver, Podman's logs", LINUXSERVER | {"LIBPOD_CONTAINERS": "1", "ALLOW_LOGS": "1"}, "linuxserver, because",
     ["GET /v5.0.0/libpod/containers/web/logs"], {"GET /libpod/pods/p/json": "LIBPOD_PODS"}),
]


@pytest.mark.parametrize("environment, dialect, passes, refused", [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES])
def test_documented_examples(gate, stub, environment, dialect, passes, refused):
    g = gate(engine=stub(answer()), env=environment, expect=[r"dockgate: warning: .*"])
    assert f", dialect {dialect}" in g.stderr()
    for line in passes:
        assert ask(g, line).status == 200, line
    for line, options in refused.items():
        got = ask(g, line)
        assert got.status == 403, line
        named = re.search(rb"turn on the ([\w, ]+) options?\.", got.body).group(1).decode()
        assert named == options, line
        # `dockgate explain` says the same.
        done = subprocess.run([binary(), "explain", "--json", *line.split(" ")], env=environment, capture_output=True, timeout=20,
                              check=False)
        found = json.loads(done.stdout)
        assert found["reason"] == f"{named} {'are' if ' and ' in named else 'is'} off", line
        assert found["missing"] == re.split(", | and ", named), line


def ask(g, line):
    method, target = line.split(" ", 1)
    with g.client() as c:
        c.send(f"{method} {target} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n".encode("latin-1"))
        return c.response(method)


def printed_rules(heading):
    """The names in bold that begin the list "What changes when you switch" below a heading of docs/migration.md."""
    page = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^- \*\*([a-z]+)\*\*: ", section.split("What changes when you switch:")[1], re.M))


@pytest.mark.parametrize("dialect", test_vectors_haproxy.DIALECTS)
def test_rules_are_printed(dialect):
    owner = {"tecnativa": "Tecnativa", "fluencelabs": "fluencelabs", "linuxserver": "linuxserver"}[dialect]
    rules = {rule.name for rule in test_vectors_haproxy.RULES[dialect]}
    assert printed_rules(f"Coming from {owner}/docker-socket-proxy") == rules | test_vectors_haproxy.TARGETS


def test_rules_of_mjmccans_are_printed():
    rules = {correction.name for correction in test_vectors.CORRECTIONS}
    assert printed_rules("Coming from mjmccans/docker-socket-proxy") == rules | test_vectors_haproxy.TARGETS | {"values"}
