"""A leader that dies is followed by another: at once where its death is proven, else in time."""

import time

import pytest
from faults.proxy import FaultyProxy, first_then
from faults.scene import until

LEASE = 12.0
"""Near the shortest there is, in seconds."""


@pytest.fixture
def second(scene):
    proxy = FaultyProxy(scene.desk.chain.url)
    scene.watch(proxy)
    yield proxy
    scene.close()
    proxy.close()


def dies_deciding(scene, **variables):
    """A leader that has decided and not signed when it is killed."""
    scene.leases_last = True
    leader = scene.start(scene.settings(scene.proxy), **variables)
    scene.proxy.fail("eth_estimateGas", first_then(leader.kill), times=1)
    return leader


def test_a_leader_that_dies_is_followed_when_its_lease_has_ended(scene, second):
    """By a process that cannot know of its death: its configuration is another file."""
    short = {"TRIMTAB__KEEPER__LEASE": f"{LEASE:.0f} s"}
    leader = dies_deciding(scene, **short)
    assert leader.ended() == -9
    (left,) = scene.rows("leases")
    standby = scene.start(scene.settings(second), **short)

    until(lambda: scene.pass_block() or standby.events("leads"), what="the other one to lead")

    assert left["expires_at"] <= time.time()
    (taken,) = scene.rows("leases")
    assert taken["token"] == left["token"] + 1
    scene.ends_well()


def test_a_leader_that_starts_again_leads_at_once(scene):
    leader = dies_deciding(scene, TRIMTAB__KEEPER__LEASE="1 h")
    assert leader.ended() == -9

    (file,) = scene.folder.glob("trimtab-*.toml")
    heir = scene.start(file, TRIMTAB__KEEPER__LEASE="1 h")

    scene.ends_well()
    assert not heir.events("stands by")


def test_a_leader_waits_for_its_receipt_beyond_the_length_of_its_lease(scene, second):
    short = {"TRIMTAB__KEEPER__LEASE": f"{LEASE:.0f} s"}
    scene.request("evm_setAutomine", False)
    leader = scene.start(scene.settings(scene.proxy), **short)
    until(scene.proxy.broadcast, what="the broadcast")
    standby = scene.start(scene.settings(second), **short).says("stands by")

    time.sleep(LEASE + 2)
    scene.mine_until_rebalanced()

    scene.ends_well()
    assert not standby.events("leads")
    assert len(leader.events("leads")) == 1
