"""What one of two tenants does with docker-py (DOCKER_HOST says by which way), as JSON on standard output.
Usage: tenant_py.py make NAME IMAGE           makes a tenant's things; says their ids
       tenant_py.py pry NAME IMAGE JSON       says what it sees, what becomes of each attempt at the other's things (JSON is
                                              what its `make` has said), what prune takes, and what events tell
"""

import json
import sys
import time

import docker


def make(engine, name, image):
    engine.volumes.create(f"{name}-py")
    engine.volumes.create(f"{name}-py-unused")
    network = engine.networks.create(f"{name}-py", driver="bridge")
    box = engine.containers.run(image, ["sh", "-c", f"echo {name} >/data/whose; echo said {name}; exec sleep 1000"],
                                name=f"{name}-py", detach=True, network_mode="none",
                                volumes={f"{name}-py": {"bind": "/data", "mode": "rw"}})
    ended = engine.containers.create(image, ["true"], name=f"{name}-py-ended", network_mode="none")
    instance = engine.api.exec_create(box.id, ["id"])["Id"]
    return {"name": name, "id": box.id, "ended": ended.id, "network": network.id, "exec": instance}


def outcome(call):
    """How the engine, or the gate, has answered."""
    try:
        call()
    except docker.errors.APIError as e:
        return e.status_code
    return "done"


def attempts(engine, image, other):
    """At everything of the other's, by name and by id."""
    api, name = engine.api, other["name"]

    def create(**host):
        return lambda: api.create_container(image, ["true"], host_config=api.create_host_config(**host))

    for box in (f"{name}-py", other["id"]):
        for what in ("inspect_container", "logs", "top", "stop", "kill", "start", "restart", "pause", "unpause", "wait",
                     "remove_container", "diff", "attach"):
            yield what, lambda what=what, box=box: getattr(api, what)(box)
        yield "stats", lambda box=box: api.stats(box, stream=False)
        yield "exec", lambda box=box: api.exec_create(box, ["cat", "/data/whose"])
        yield "rename", lambda box=box: api.rename(box, "taken")
        yield "update", lambda box=box: api.update_container(box, mem_limit="64m")
        yield "get_archive", lambda box=box: api.get_archive(box, "/data/whose")
        yield "put_archive", lambda box=box: api.put_archive(box, "/data", bytes(1024))
        yield "export", lambda box=box: next(api.export(box))
        yield "commit", lambda box=box: api.commit(box, "taken")
        yield "volumes_from", create(volumes_from=[box])
        yield "network_mode", create(network_mode=f"container:{box}")
        yield "pid_mode", create(pid_mode=f"container:{box}")
        yield "links", create(links={box: "x"})
    yield "binds", create(binds={f"{name}-py": {"bind": "/x", "mode": "ro"}})
    yield "mounts", create(mounts=[docker.types.Mount("/x", f"{name}-py")])
    yield "volume", lambda: api.inspect_volume(f"{name}-py")
    yield "volume remove", lambda: api.remove_volume(f"{name}-py", force=True)
    for network in (f"{name}-py", other["network"]):
        yield "network", lambda network=network: api.inspect_network(network)
        yield "network remove", lambda network=network: api.remove_network(network)
        yield "network join", create(network_mode=network)
        yield "network connect", lambda network=network: api.connect_container_to_network(other["id"], network)
        yield "network disconnect", lambda network=network: api.disconnect_container_from_network(other["id"], network)
    yield "exec start", lambda: api.exec_start(other["exec"])
    yield "exec inspect", lambda: api.exec_inspect(other["exec"])


def pry(engine, name, image, other):
    usage = engine.df()
    sees = {
        "containers": sorted(c.name for c in engine.containers.list(all=True)),
        "by project": sorted(c.name for c in engine.containers.list(all=True, filters={"name": "-py"})),
        "networks": sorted(n.name for n in engine.networks.list()),
        "volumes": sorted(v.name for v in engine.volumes.list()),
        "images": sorted(tag for i in engine.images.list() for tag in i.tags),
        "df": sorted(c["Names"][0] for c in usage["Containers"]) + sorted(v["Name"] for v in usage["Volumes"]),
    }
    box = engine.containers.get(f"{name}-py")
    own = [tuple(box.exec_run(["cat", "/data/whose"]))[1].decode(), box.logs().decode()]
    tried = {}
    for what, call in attempts(engine, image, other):
        tried.setdefault(what, []).append(outcome(call))
    pruned = [engine.containers.prune()["ContainersDeleted"], engine.volumes.prune()["VolumesDeleted"],
              engine.networks.prune()["NetworksDeleted"], engine.images.prune({"dangling": False})["ImagesDeleted"]]
    now = int(time.time()) + 1
    told = [e["Actor"]["Attributes"].get("name") or e["Actor"]["ID"] for e in
            engine.events(since=now - 3600, until=now, decode=True)]
    return {"sees": sees, "own": own, "tried": tried, "pruned": pruned, "told": sorted(set(told))}


def main(what, name, image, *rest):
    engine = docker.from_env(timeout=60)
    done = make(engine, name, image) if what == "make" else pry(engine, name, image, json.loads(rest[0]))
    print(json.dumps(done))


main(*sys.argv[1:])
