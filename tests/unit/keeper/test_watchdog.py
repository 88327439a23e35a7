"""systemd hears that the keeper is ready, alive and stopping; a hung one falls silent."""

import os
import socket

import pytest
from trimtab.keeper.watchdog import notify, watchdog


@pytest.fixture
def systemd(tmp_path):
    """A socket as systemd has it, and the variables that it sets."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(tmp_path / "notify"))
        wire.settimeout(2)
        yield wire, {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def heard(wire, count):
    return [wire.recv(100).decode() for _ in range(count)]


def test_without_systemd_nothing_happens():
    assert notify("READY=1", {}) is False
    assert notify("READY=1", {"NOTIFY_SOCKET": "vsock:2:1"}) is False
    assert notify("READY=1", {"NOTIFY_SOCKET": "/no/such/socket"}) is False


def test_start_and_end_are_told(systemd):
    wire, environment = systemd

    with watchdog(lambda: True, environment):
        pass

    assert heard(wire, 2) == ["READY=1", "STOPPING=1"]


def test_an_abstract_socket_is_found():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(f"\0trimtab-{os.getpid()}")
        wire.settimeout(2)

        assert notify("READY=1", {"NOTIFY_SOCKET": f"@trimtab-{os.getpid()}"})
        assert heard(wire, 1) == ["READY=1"]


def test_a_live_loop_is_told_again_and_again(systemd):
    wire, environment = systemd

    with watchdog(lambda: True, environment | {"WATCHDOG_USEC": "30000"}):
        assert heard(wire, 4) == ["READY=1", *["WATCHDOG=1"] * 3]


def test_a_hung_loop_falls_silent(systemd):
    wire, environment = systemd
    wire.settimeout(0.2)

    with watchdog(lambda: False, environment | {"WATCHDOG_USEC": "30000"}):
        assert heard(wire, 1) == ["READY=1"]
        with pytest.raises(TimeoutError):
            wire.recv(100)


def test_a_watchdog_of_another_process_is_not_fed(systemd):
    wire, environment = systemd
    others = {"WATCHDOG_USEC": "30000", "WATCHDOG_PID": "1"}

    with watchdog(lambda: True, environment | others):
        pass

    assert heard(wire, 2) == ["READY=1", "STOPPING=1"]
