"""Everyday commands of the docker CLI on a real engine: each does through the gate, on TCP and on a unix socket,
what it does straight at the engine: the same output, the same exit status.

A row: name, the shell line, what is done straight at the engine before it, and what after it. $N is a container's
name, $I the image, $B a file of 6 MiB, $T a folder of the test's own, $NET the network argument.
"""
import re
from typing import NamedTuple

import pytest

from engine import normal

RUNNING = "docker run -d --name $N $NET $I sleep 1000 >/dev/null"
GONE = "docker rm -f -v $N"
TALKER = ("docker run --name $N $NET $I sh -c 'echo out; echo err >&2; echo out again' >/dev/null 2>&1; "
          "docker wait $N >/dev/null")
CONTEXT = ("rm -rf $T/ctx; mkdir -p $T/ctx; cp $B $T/ctx/big; "
           "printf 'FROM %s\\nCOPY big /data/big\\nRUN [\"sha256sum\", \"/data/big\"]\\nCMD [\"ls\"]\\n' $I >$T/ctx/Dockerfile")
SWARM = "docker swarm init --advertise-addr 127.0.0.1 >/dev/null"
# With what the engine may leave of one: a task's container that was not removed yet, the swarm's network.
NO_SWARM = ("docker swarm leave --force; docker ps -aq --filter label=com.docker.swarm.task.id | xargs -r docker rm -f -v; "
            "docker network rm docker_gwbridge")


class Row(NamedTuple):
    name: str
    line: str
    before: str = ""
    after: str = ""
    expect: str = ""  # must stand in the output, so that equal failures don't pass
    normalise: object = normal


def any_order(text):
    """For output whose lines come in no fixed order (two streams side by side, lists of maps)."""
    return "\n".join(sorted(normal(text).splitlines()))


def runtimes_in_order(text):
    """The engine lists its runtimes as its map gives them, in another order each time."""
    return re.sub(r"^( *Runtimes: )(.*)$", lambda line: line[1] + " ".join(sorted(line[2].split())), normal(text),
                  flags=re.MULTILINE)


def numbers(text):
    """For measurements: only their shape is compared."""
    return re.sub(r"\b[0-9.]+", "0", re.sub(r"[0-9.]+ ?([kKMGT]i?)?B\b", "SIZE", normal(text)))


def build_output(text):
    """BuildKit's plain progress: which steps there were, without times and the order of parallel ones."""
    text = re.sub(r"^#\d+ (.*?)( \d+\.\d+s)?( done)?$", r"\1", normal(text), flags=re.MULTILINE)
    kept = re.findall(r"^(\[.*|naming to.*|.*sha256sum.*|.*ERROR.*|.*/data/big.*)$", text, re.MULTILINE)
    return "\n".join(sorted({re.sub(r"\d+\.\d+|\d+(\.\d+)?[kM]B", "0", line) for line in kept}))


# The baseline's 39 (README): what somebody types on an ordinary day.
EVERYDAY = (
    Row("version", "docker version", expect="20.10"),
    Row("info", "docker info", expect="Server Version: 20.10", normalise=runtimes_in_order),
    Row("ps", "docker ps -a", RUNNING, GONE, "sleep 1000"),
    Row("ps filtered", "docker ps -q --filter name=$N --filter status=running", RUNNING, GONE, "ID"),
    Row("images", "docker images", expect="busybox"),
    Row("inspect", "docker inspect $N", RUNNING, GONE, '"Running": true',
        lambda text: re.sub(r'"(Started|Finished)At": ".*?"', "", normal(text))),
    Row("inspect image", "docker image inspect $I", expect="RootFS"),
    Row("logs", "docker logs $N", TALKER, GONE, "out again"),
    Row("logs -f", "docker logs -f --tail 2 $N", "docker run -d --name $N $NET $I sh -c 'echo a; echo b; sleep 3; echo c'",
        GONE, "c"),
    Row("run", "docker run --rm $NET $I echo hello", expect="hello"),
    Row("run's exit status", "docker run --rm $NET $I sh -c 'exit 7'; echo $?", expect="7"),
    Row("run -i", "printf 'one\\ntwo\\n' | docker run --rm -i $NET $I wc -l", expect="2"),
    Row("run, late output", "printf x | docker run --rm -i $NET $I sh -c 'cat; sleep 2; echo late'", expect="xlate"),
    Row("run -d and wait", "docker run -d --name $N $NET $I sh -c 'sleep 1; exit 3' && docker wait $N", "", GONE, "\n3\n"),
    Row("attach", "docker attach --no-stdin $N", "docker run -d --name $N $NET $I sh -c 'sleep 3; echo seen; exit 4'",
        GONE, "seen"),
    Row("exec", "docker exec $N ls /", RUNNING, GONE, "bin"),
    Row("exec's exit status", "docker exec $N sh -c 'echo e >&2; exit 9'; echo $?; docker exec $N none; echo $?", RUNNING,
        GONE, "9\n"),
    Row("exec -i", "echo hello | docker exec -i $N cat", RUNNING, GONE, "hello"),
    Row("exec -i, 6 MiB", "docker exec -i $N sha256sum <$B; docker exec -i $N cat <$B | sha256sum", RUNNING, GONE,
        "BIGSUM -\nBIGSUM -"),
    Row("exec -d", "docker exec -d $N touch /tmp/made && docker exec $N sh -c 'until ls /tmp/made; do sleep 0.1; done "
        "2>/dev/null'", RUNNING, GONE, "/tmp/made"),
    Row("top", "docker top $N -o pid,args", RUNNING, GONE, "sleep 1000",
        lambda text: re.sub(r"^\d+ ", "PID ", normal(text), flags=re.MULTILINE)),
    Row("stats", "docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' $N", RUNNING, GONE,
        "c1 0% SIZE", numbers),
    Row("cp in", "docker cp $B $N:/data/in && docker exec $N sha256sum /data/in", RUNNING, GONE, "BIGSUM /data/in"),
    Row("cp out", "docker cp $N:/data/in $T/out && sha256sum <$T/out; rm $T/out", RUNNING + "; docker cp -q $B $N:/data/in "
        "2>/dev/null || docker cp $B $N:/data/in", GONE, "BIGSUM -"),
    Row("diff", "docker diff $N", RUNNING + "; docker exec $N touch /tmp/x", GONE, "A /tmp/x"),
    Row("export and import", "docker export $N | docker import - b:t >/dev/null && docker run --rm $NET b:t cat /tmp/x",
        RUNNING + "; docker exec $N sh -c 'echo exported >/tmp/x'", GONE + "; docker rmi b:t", "exported"),
    Row("save and load", "docker save b:t >$T/b.tar && docker rmi b:t && docker load <$T/b.tar",
        "docker tag $I b:t", "docker rmi b:t", "Loaded image: b:t"),
    Row("build", "DOCKER_BUILDKIT=0 docker build --network none -t b:t $T/ctx && docker run --rm b:t sha256sum /data/big",
        CONTEXT, "docker rmi b:t", "BIGSUM /data/big",
        lambda text: re.sub(r"Running in \w+|---> \w+|container \w+|built \w+", "", normal(text))),
    Row("commit", "docker commit -m why $N b:t && docker run --rm $NET b:t cat /tmp/x", RUNNING +
        "; docker exec $N sh -c 'echo committed >/tmp/x'", GONE + "; docker rmi b:t", "committed"),
    Row("tag and rmi", "docker tag $I b:t && docker images b && docker rmi b:t", expect="Untagged: b:t"),
    Row("networks", "docker network create --subnet 172.30.1.0/24 net1 && docker network connect net1 $N && docker network inspect net1 && "
        "docker network disconnect net1 $N && docker network rm net1 && docker network ls",
        RUNNING.replace("$NET", "--network other").replace("docker run", "docker network create --subnet 172.30.2.0/24 other; docker run", 1),
        GONE + "; docker network rm net1 other", '"Name": "c1"'),
    Row("volumes", "docker volume create v1 && docker volume ls && docker volume inspect v1 && docker run --rm $NET "
        "-v v1:/v $I sh -c 'echo kept >/v/f; cat /v/f' && docker volume rm v1", expect="kept"),
    Row("pause", "docker pause $N; docker ps --format '{{.Status}}'; docker unpause $N; docker ps --format '{{.Names}}'",
        RUNNING, GONE, "(Paused)"),
    Row("restart", "docker restart -t 0 $N && docker ps --format '{{.Names}} {{.State}}'", RUNNING, GONE, "c1 running"),
    Row("stop and start", "docker stop -t 0 $N && docker ps -q && docker start $N && docker ps --format '{{.Names}}'",
        RUNNING, GONE, "c1\nc1\nc1"),
    Row("kill", "docker kill $N && docker wait $N", RUNNING, GONE, "137"),
    Row("rename", "docker rename $N c2 && docker ps --format '{{.Names}}' && docker rename c2 $N", RUNNING, GONE, "c2"),
    Row("update", "docker update --memory 64m --memory-swap 64m $N && docker inspect -f '{{.HostConfig.Memory}}' $N",
        RUNNING, GONE, "67108864"),
    Row("rm and prune", "docker rm -f $N && docker ps -aq && docker container prune -f && docker rm none", RUNNING, GONE,
        "c1"),
)

# What else the CLI has, and rarer turns of the commands above.
FURTHER = (
    Row("create and start -a", "docker create --name $N $NET $I sh -c 'echo hi; exit 5'; docker start -a $N; echo $?", "",
        GONE, "5\n"),
    Row("start -ai", "echo typed | docker start -ai $N", "docker create -i --name $N $NET $I cat", GONE, "typed"),
    Row("run with both streams", "docker run --rm $NET $I sh -c 'echo out; echo err >&2'", expect="out"),
    Row("run, 6 MiB through", "docker run --rm -i $NET $I cat <$B | sha256sum", expect="BIGSUM -"),
    Row("run with an unknown image", "docker run --rm $NET --pull never none:none; echo $?", expect="125"),
    Row("run -d --rm", "docker run -d --rm --name $N $NET $I sleep 1000 && docker kill $N && docker wait $N >/dev/null 2>&1; "
        "until [ -z \"$(docker ps -aq)\" ]; do sleep 0.1; done", "", GONE, "ID"),
    Row("logs by time", "docker logs --timestamps --since 1h $N", TALKER, GONE, "out again"),
    Row("logs of none", "docker logs none; echo $?", expect="1\n"),
    Row("inspect of none", "docker inspect nothing; echo $?", expect="1\n"),
    Row("inspect --size", "docker inspect --size -f '{{.SizeRw}} {{.SizeRootFs}}' $N", RUNNING, GONE, "0 "),
    Row("exec with options", "docker exec -e A=b -w /tmp -u 0 $N sh -c 'echo $A; pwd; id -u'", RUNNING, GONE, "b\n/tmp\n0"),
    Row("exec, output without an end of line", "docker exec $N printf abc", RUNNING, GONE, "abc"),
    Row("exec, 20,000 lines", "docker exec $N seq 20000 | md5sum", RUNNING, GONE, "e071f707df7bbeee2a6a1eb48011ddd0 -"),
    Row("cp as a stream", "tar -C $T -c f | docker cp - $N:/data && docker cp $N:/data/f - | tar -tv",
        RUNNING + "; echo f >$T/f; touch -d @1000000000 $T/f", GONE, "2001-09-09"),  # not when it was run
    Row("cp of none", "docker cp $N:/none $T; echo $?", RUNNING, GONE, "1\n"),
    Row("cp into a stopped one", "docker cp $B $N:/data/in && docker cp $N:/data/in - | wc -c",
        "docker create --name $N $NET $I true", GONE, "6292992"),
    Row("history", "docker history --no-trunc $I", expect="IMAGE"),
    Row("image ls by digest", "docker image ls --digests -a", expect="busybox"),
    Row("image prune", "docker image prune -f", "docker image prune -f; echo f >$T/f; tar -C $T -c f | docker import -", "",
        "deleted: DIGEST"),
    Row("import from a file", "docker import $T/r.tar b:t && docker rmi b:t", "tar -C $T -cf $T/r.tar f 2>/dev/null || "
        "{ echo f >$T/f; tar -C $T -cf $T/r.tar f; }", "docker rmi b:t", "DIGEST"),
    Row("save of two", "docker save b:t c:t | tar -t | grep -c json", "docker tag $I b:t; docker tag $I c:t",
        "docker rmi b:t c:t", "3"),
    Row("build from standard input", "printf 'FROM %s\\nENV A=1\\n' $I | DOCKER_BUILDKIT=0 docker build -q -t b:t -", "",
        "docker rmi b:t", "DIGEST"),
    Row("build that fails", "DOCKER_BUILDKIT=0 docker build --network none $T/ctx; echo $?", "mkdir -p $T/ctx; "
        "printf 'FROM %s\\nRUN exit 3\\n' $I >$T/ctx/Dockerfile", "docker container prune -f", "returned a non-zero code: 3",
        lambda text: re.sub(r"Running in \w+|---> \w+|container \w+", "", normal(text))),
    Row("network prune", "docker network create n2 && docker network prune -f && docker network ls", "docker network prune -f",
        "docker network rm n2", "n2"),
    Row("network of none", "docker network inspect none2; docker network rm none2; echo $?", expect="1\n"),
    Row("volume prune", "docker volume create v2 && docker volume prune -f", "docker volume prune -f", "docker volume rm v2", "v2"),
    Row("port", "docker port $N; echo $?", RUNNING, GONE, "0\n"),
    Row("kill with a signal", "docker kill -s USR1 $N && docker logs -f $N", "docker run -d --name $N $NET $I sh -c "
        "'trap \"echo got it; exit\" USR1; echo up; while :; do sleep 0.1; done'; until docker logs $N | grep -q up; do "
        "sleep 0.1; done", GONE, "got it"),
    Row("wait for two", "docker wait $N c2", "docker run -d --name $N $NET $I sh -c 'exit 1'; docker run -d --name c2 $NET $I "
        "sh -c 'sleep 1; exit 2'", GONE + " c2", "1\n2"),
    Row("events", "docker events --since $(docker inspect -f '{{.Created}}' $N) --until $(date +%s) --filter container=$N --format '{{.Type}} {{.Action}}'",
        TALKER + "; sleep 1.1", GONE, "container start"),
    Row("system df", "docker system df", expect="Images",
        normalise=lambda text: numbers(text)),
    Row("plugin ls", "docker plugin ls", expect="ID"),
    Row("context ls", "docker ps --format '{{json .}}'", RUNNING, GONE, '"Names":"c1"'),
    Row("search", "docker search --limit 1 none; echo $?", expect="1\n",
        normalise=lambda text: re.sub(r"(?s)Error response.*", "Error\n", normal(text))),
    Row("build with BuildKit", "DOCKER_BUILDKIT=1 docker build --network none -t b:t $T/ctx >$T/o 2>&1; echo $?; "
        "docker run --rm b:t sha256sum /data/big; cat $T/o", CONTEXT + "; docker builder prune -af >/dev/null",
        "docker rmi b:t; docker builder prune -af", "0\nBIGSUM /data/big",
        lambda text: normal(text).split("#")[0] + build_output(text)),
    Row("swarm service", "docker service create -d --name s1 --network host --env A=b $I sleep 1000 >/dev/null && "
        "docker service ls --format '{{.Name}} {{.Mode}}' && until docker service ps s1 | grep -q s1.1; do sleep 0.1; done && "
        "docker service ps --format '{{.Name}} {{.DesiredState}}' s1 && docker service inspect s1 && "
        "docker service update -d --label-add c=d s1 && docker service scale -d s1=0 && docker service rm s1; docker node ls; "
        "echo x | docker secret create sec1 - && docker secret ls && docker secret rm sec1; docker swarm join-token worker",
        SWARM, NO_SWARM, "s1.1 Running",
        lambda text: re.sub(r"SWMTKN-\S+", "TOKEN", re.sub(r'"(Index|ForceUpdate)": \d+', "", normal(text)))),
    Row("service logs", "timeout 20 docker service logs -f s1 2>&1 | head -n 1 | sed 's/.*| //'",
        SWARM + "; docker service create -d --name s1 --network host $I sh -c 'while :; do echo told; sleep 0.2; done'",
        "docker service rm s1; " + NO_SWARM, "told"),
    Row("builder prune", "docker builder prune -af", "docker builder prune -af >/dev/null", expect="Total"),
)


def run(row, client, ways, big):
    client.variables["B"] = str(big)
    digest = client.run("", "sha256sum <$B")[1].split()[0]

    def normalise(text):
        return row.normalise(text.replace(digest, "BIGSUM"))

    status, out, err = client.compare(ways, row.line, row.before, row.after, normalise)
    assert row.expect in out + "\n" + err, f"status {status}: {out}\n{err}"


@pytest.mark.parametrize("row", EVERYDAY, ids=lambda row: row.name)
def test_everyday(row, client, ways, big):
    run(row, client, ways, big)


@pytest.mark.parametrize("client", ["debian"], indirect=True)
@pytest.mark.parametrize("row", FURTHER, ids=lambda row: row.name)
def test_further(row, client, ways, big):
    run(row, client, ways, big)


def test_rows_are_the_baselines():
    assert len(EVERYDAY) == 39
