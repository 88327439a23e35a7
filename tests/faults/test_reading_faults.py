"""A vault that cannot be read for a while costs a keeper a few looks, and not its life."""

from faults.proxy import first_then, refusing
from faults.scene import until

REVERTS = "0x60006000fd"
"""Code that refuses every call."""

PATIENT = {"TRIMTAB__KEEPER__MOST_FAILURES": "1000"}
TOLD = {"TRIMTAB__ALERTS__DOWN_AFTER": "1 s", "TRIMTAB_ALERT_URLS": "json://127.0.0.1:9/"}
"""Alerts that leave soon, for nowhere: the log has them."""


def test_a_vault_that_is_being_changed_is_waited_for(scene):
    vault = scene.desk.record.vault
    scene.request("evm_setAutomine", False)
    code = scene.request("eth_getCode", vault, "latest")
    keeper = scene.start(**PATIENT, **TOLD)
    scene.proxy.fail(
        "eth_feeHistory",
        first_then(lambda: scene.request("anvil_setCode", vault, REVERTS)),
        times=1,
    )
    keeper.says('"error": "Unexplained: the call reverted without giving a reason"')
    until(lambda: keeper.events("alert"), what="the alert")
    assert keeper.events("alert")[0]["title"] == "blocks come, and looks at them fail"
    assert scene.intents() == []

    scene.request("anvil_setCode", vault, code)
    scene.request("evm_setAutomine", True)

    scene.ends_well()


def test_a_node_that_says_of_all_calls_that_they_revert_ends_a_keeper_after_so_many(scene):
    keeper = scene.start(TRIMTAB__KEEPER__MOST_FAILURES="2")
    scene.proxy.fail(
        "eth_feeHistory",
        first_then(lambda: scene.proxy.fail("eth_call", refusing(3, "execution reverted"))),
        times=1,
    )

    assert keeper.ended() == 1
    assert "2 blocks failed in a row" in keeper.said()
    assert [event["failures"] for event in keeper.events("failed")] == [1, 2]
    scene.proxy.heal()
    scene.start()

    scene.ends_well()
