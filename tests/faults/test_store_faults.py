"""With a journal that cannot be written nothing is sent, and the keeper says so (TX-2)."""

import resource
import sqlite3
from contextlib import closing

from faults.proxy import first_then


def test_a_journal_that_is_locked(scene):
    connection = sqlite3.connect(scene.journal, isolation_level=None, check_same_thread=False)
    keeper = scene.start()
    with closing(connection):
        scene.proxy.fail(
            "eth_estimateGas", first_then(lambda: connection.execute("begin immediate")), times=1
        )
        assert keeper.ended() == 1
    assert "locked" in keeper.said()
    assert scene.proxy.broadcast() == []

    scene.start()

    scene.ends_well()


def test_a_disk_that_is_full(scene):
    keeper = scene.start()

    def fill():
        resource.prlimit(keeper.process.pid, resource.RLIMIT_FSIZE, (4096, 4096))

    scene.proxy.fail("eth_estimateGas", first_then(fill), times=1)
    assert keeper.ended() == 1
    assert str(scene.journal) in keeper.said()
    assert scene.proxy.broadcast() == []

    scene.start()

    scene.ends_well()


def test_a_journal_that_is_corrupt(scene):
    scene.journal.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)

    keeper = scene.start()

    assert keeper.ended() == 1
    assert str(scene.journal) in keeper.said()
    assert scene.proxy.broadcast() == []
