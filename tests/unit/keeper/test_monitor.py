"""Other machines are told the truth over HTTP, and nobody is told more."""

import json
import socket
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from trimtab.chain.answers import Block
from trimtab.chain.pool_endpoint import EndpointHealth, EndpointState
from trimtab.errors import BadInput
from trimtab.keeper.health import Health, Limits
from trimtab.keeper.monitor import Monitor
from trimtab.telemetry.metrics import Metrics
from unit.keeper.fake_clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def health(clock):
    return Health(clock, Limits(turn=60.0, head_age=30.0))


@pytest.fixture
def ask(health):
    metrics = Metrics()
    metrics.decisions.labels("hold").inc()
    with Monitor("127.0.0.1", 0, health=health, metrics=metrics) as monitor:

        def get(path, method="GET"):
            request = Request(f"http://127.0.0.1:{monitor.port}{path}", method=method)
            try:
                with urlopen(request, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        yield get


def test_a_loop_that_turns_is_healthy_and_one_that_stands_is_not(ask, clock):
    assert ask("/healthz")[0] == 200

    clock.sleep(61)

    status, body = ask("/healthz")
    assert status == 503
    assert json.loads(body)["conditions"]["loop"]["detail"] == "last turn 61 s ago, 60 s"


def test_a_keeper_becomes_ready_with_a_fresh_block(ask, health, clock):
    assert ask("/readyz")[0] == 503

    health.saw(Block(7, "0x1", "0x0", int(clock.now()), 30_000_000, 7))

    status, body = ask("/readyz")
    assert status == 200
    assert json.loads(body)["holds"] is True


def test_a_node_that_died_is_seen_by_whoever_asks_though_the_loop_hangs(clock):
    head = Block(7, "0x1", "0x0", 1_000, 30_000_000, 7)
    nodes = [
        EndpointHealth("a", EndpointState.GOOD, 1, head, 0, 0, 1.0, 0.0, 0, 9, 0, None),
        EndpointHealth("b", EndpointState.RESTING, 1, head, 2, 24, 1.0, 5.0, 4, 9, 4, "away"),
    ]
    health = Health(clock, Limits(), lambda: nodes)
    with Monitor("127.0.0.1", 0, health=health, metrics=Metrics()) as monitor:
        with urlopen(f"http://127.0.0.1:{monitor.port}/metrics", timeout=5) as answer:
            figures = answer.read().decode()
        with pytest.raises(HTTPError) as caught:
            urlopen(f"http://127.0.0.1:{monitor.port}/readyz", timeout=5)
        with caught.value as error:
            conditions = json.load(error)["conditions"]

    assert conditions["nodes"] == {"holds": True, "detail": "1 of 2 serve; b is resting"}
    for line in (
        'trimtab_endpoint_up{endpoint="a"} 1.0',
        'trimtab_endpoint_up{endpoint="b"} 0.0',
        'trimtab_endpoint_lag_seconds{endpoint="b"} 24.0',
        'trimtab_endpoint_failures_in_a_row{endpoint="b"} 4.0',
        'trimtab_endpoint_head_timestamp_seconds{endpoint="b"} 1000.0',
    ):
        assert line in figures


def test_figures_are_those_that_were_counted(ask):
    status, body = ask("/metrics")

    assert status == 200
    assert 'trimtab_decisions_total{action="hold"} 1.0' in body
    assert "process_resident_memory_bytes" in body


@pytest.mark.parametrize("path", ["/", "/../etc/passwd", "/metrics/../x", "/healthz?x=1"])
def test_nothing_else_is_served(ask, path):
    assert ask(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(ask, method):
    assert ask("/healthz", method)[0] == 501


def test_a_port_that_is_taken_is_the_users_to_change(health):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(BadInput, match=f"monitor.listen names 127.0.0.1:{port}"):
            Monitor("127.0.0.1", port, health=health, metrics=Metrics())
