"""Alerts leave beside the loop: a slow or broken service holds up nothing."""

from threading import Event

from trimtab.keeper.courier import MOST_WAITING, Courier
from trimtab.telemetry.metrics import Metrics


class Service:
    """Takes messages, fails on some, and can be made to wait."""

    def __init__(self):
        self.got = []
        self.go = Event()
        self.go.set()

    def send(self, title, body):
        self.go.wait(5)
        self.got.append((title, body))
        if title == "raise":
            raise RuntimeError("https://secret")
        return title != "fail"


def counts(metrics):
    fates = ("sent", "failed", "dropped")
    values = [metrics.registry.get_sample_value("trimtab_alerts_total", {"fate": f}) for f in fates]
    return [int(value or 0) for value in values]


def test_messages_leave_in_order_and_before_the_end():
    service, metrics = Service(), Metrics()

    with Courier(service, metrics) as courier:
        for title in "abc":
            courier.deliver(title, "body")

    assert service.got == [("a", "body"), ("b", "body"), ("c", "body")]
    assert counts(metrics) == [3, 0, 0]


def test_a_service_that_fails_does_not_keep_the_next_message():
    service, metrics = Service(), Metrics()

    with Courier(service, metrics) as courier:
        for title in ("raise", "fail", "fine"):
            courier.deliver(title, "")

    assert [title for title, _ in service.got] == ["raise", "fail", "fine"]
    assert counts(metrics) == [1, 2, 0]


def test_a_service_that_hangs_holds_up_nobody():
    service, metrics = Service(), Metrics()
    service.go.clear()

    with Courier(service, metrics) as courier:
        for number in range(MOST_WAITING + 10):
            courier.deliver(str(number), "")
        dropped = counts(metrics)[2]
        service.go.set()

    assert 9 <= dropped <= 10
    assert len(service.got) == MOST_WAITING + 10 - dropped
