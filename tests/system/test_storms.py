"""Connections in numbers, in small; script/soak does the same for as long as one likes."""

import pytest
from support.client import request
from support.stub import answer


def test_short_connections_one_after_another(gate, stub):
    """Each is answered, and none leaves a descriptor behind."""
    engine = stub(answer())
    g = gate(engine=engine)
    before = g.fds()
    for number in range(2000):
        with g.client(g.unix if number % 2 else g.tcp) as c:
            assert c.get("/version").status == 200
    engine.stop()  # and with it the connections in the pool
    g.wait_fds(before)


def storm(g, count):
    """COUNT connections at once, each with a request; the statuses of their answers. One that ends without an answer
    raises."""
    clients = [g.client(timeout=30) for _ in range(count)]
    for c in clients:
        c.try_send(request("GET", "/version"))
    statuses = []
    for c in clients:
        statuses.append(c.response().status)
        c.close()
    return statuses


# Two workers may both see the last free place: who comes too late must get a 503 as well. That takes many tries.
@pytest.mark.parametrize("workers, storms", [(1, 1), (2, 30)])
def test_accept_storm_past_the_limit(gate, stub, workers, storms):
    """Eight times as many as may be: each gets its answer, a 503, or waits for its turn; then all is well again."""
    engine = stub(answer())
    g = gate(engine=engine, env={"DOCKGATE_MAX_CONNECTIONS": "50", "DOCKGATE_MAX_PER_ADDRESS": "50",
                                 "DOCKGATE_WORKERS": str(workers)})
    before = g.fds()
    for _ in range(storms):
        statuses = storm(g, 400)
        assert set(statuses) <= {200, 503} and statuses.count(200) >= 50, statuses
    with g.client() as c:
        assert c.get("/version").status == 200
    engine.stop()
    g.wait_fds(before)
