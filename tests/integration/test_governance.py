"""A vault owned by a timelock is governed by commands alone: each role does what it may."""

import json
import re

import pytest
from integration.governed import (
    DELAY,
    NOBODY,
    does,
    later,
    open_governed,
    proposed,
    refuses,
    through,
)
from trimtab.chain.contracts import interface
from trimtab.deploy.governance_safe import checksum
from trimtab.local.accounts import local_accounts


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_governed(tmp_path_factory.mktemp("governed")) as found:
        yield found


@pytest.fixture
def vault(desk):
    with desk.undone():
        yield desk


def bands(vault):
    (eth,) = [a for a in vault.json("inspect")["assets"] if a["symbol"] == "ETH"]
    return eth["band"]


def test_a_band_is_raised_through_the_timelock_in_words(vault):
    dry = vault.run("vault", "propose", "set-bands", "ETH", "--band", "5 %", who="owner")
    name = proposed(vault, "set-bands", "ETH", "--band", "5 %")
    waiting = vault.run("vault", "operations").stdout
    early = refuses(vault, "execute", name, who="holder")
    later(vault, DELAY)
    ready = vault.run("vault", "operations").stdout
    executed = does(vault, "execute", name[:12], who="holder")

    assert "propose to raise ETH's band from 3 % to 5 %, executable on 20" in dry.stdout
    assert "dry run: nothing was signed or sent" in dry.stderr
    assert re.search(r"executable on 20.*\n  raise ETH's band from 3 % to 5 %", waiting)
    assert "waits: it is executable on 20" in early
    assert "ready since 20" in ready
    assert executed.startswith("raise ETH's band from 3 % to 5 %\nvault execute: block ")
    assert bands(vault) == "50000000000000000"
    assert "done\n  set ETH's band to 5 %" in vault.run("vault", "operations").stdout
    assert "was executed already" in refuses(vault, "execute", name, who="holder")


def test_the_doctor_names_what_is_pending(vault):
    before = vault.json("doctor", who="keeper")["checks"]
    name = proposed(vault, "set-bands", "ETH", "--band", "5 %")

    after = vault.json("doctor", who="keeper")["checks"]

    assert ("pending operations", "ok") in [(c["name"], c["status"]) for c in before]
    (found,) = [check for check in after if check["name"] == f"pending operation {name[:10]}"]
    assert found["status"] == "warn"
    assert found["detail"].endswith("UTC: raise ETH's band from 3 % to 5 %")


def test_an_operation_is_cancelled_by_who_may_and_never_executed(vault):
    name = proposed(vault, "set-limits", "slippage=90 bp", "notice=2 d")

    guardian = refuses(vault, "cancel", name, who="guardian")
    said = does(vault, "cancel", name, who="owner")
    later(vault, DELAY)

    assert "may not cancel operations of the timelock" in guardian
    assert f"; {local_accounts().owner.address} may" in guardian
    assert "lower the largest shortfall of a keeper's leg from 1 % to 90 bp" in said
    assert "raise the notice of new targets from 1 d to 2 d" in said
    assert vault.json("vault", "operations")[0]["state"] == "cancelled"
    assert "was cancelled" in refuses(vault, "execute", name, who="holder")


def test_what_is_proposed_already_is_not_proposed_twice_but_again_once_it_is_done(vault):
    first = proposed(vault, "set-bands", "ETH", "--band", "4 %")
    again = refuses(vault, "propose", "set-bands", "ETH", "--band", "4 %", who="owner")
    later(vault, DELAY)
    does(vault, "execute", first, who="holder")
    through(vault, "set-bands", "ETH", "--band", "3 %")

    second = proposed(vault, "set-bands", "ETH", "--band", "4 %")

    assert f"this is proposed already, as operation {first}" in again
    assert second != first
    later(vault, DELAY)
    does(vault, "execute", second, who="holder")


def test_a_proposal_that_was_killed_on_its_way_is_not_made_twice(vault):
    words = ("propose", "set-bands", "ETH", "--band", "4 %")
    vault.kill_while_sending("vault", *words, "--live", "--yes", who="owner")

    again = refuses(vault, *words, who="owner")

    assert "this is proposed already" in again
    assert len(vault.json("vault", "operations")) == 1


def test_one_operation_waits_for_another_even_where_it_would_fail_alone(vault):
    first = proposed(vault, "set-bands", "ETH", "--hard-band", "20 %")
    alone = refuses(vault, "propose", "set-bands", "ETH", "--band", "15 %", who="owner")
    words = ("set-bands", "ETH", "--band", "15 %", "--hard-band", "20 %", "--after", first)
    second = proposed(vault, *words)
    later(vault, DELAY)

    too_soon = refuses(vault, "execute", second, who="holder")
    does(vault, "execute", first, who="holder")
    does(vault, "execute", second, who="holder")

    assert "the bands of asset 2, 15 % and 10 %, must rise" in alone
    assert "the contracts would refuse" in too_soon
    assert bands(vault) == "150000000000000000"


def test_the_manager_moves_targets_within_notice_and_speed(vault):
    wrong = refuses(vault, "schedule", "ETH=25 %", who="manager")
    hasty = refuses(
        vault, "schedule", "ETH=25 %", "USDC=45 %", "--ends", "2020-01-02T23:50Z", who="manager"
    )
    said = does(vault, "schedule", "ETH=25 %", "USDC=45 %", who="manager")
    end = vault.json("inspect")
    cancelled = does(vault, "cancel-schedule", who="manager")

    assert "the targets sum to 95 %, expected 100 %: USDC 40 %, BTC 30 %, ETH 25 %" in wrong
    assert "the contracts would refuse: the targets would move within" in hasty
    assert "lower ETH's target from 30 % to 25 %" in said
    assert "raise USDC's target from 40 % to 45 %" in said
    assert "move them from 2020-01-02 23:" in said
    assert [asset["end_target"] for asset in end["assets"]] == [
        str(w * 10**16) for w in (45, 30, 25)
    ]
    assert "cancel the schedule of targets, which would end on 2020-01-" in cancelled


def test_the_guardian_pauses_and_freezes_at_once_and_the_owner_only_after_the_delay(vault):
    paused = does(vault, "pause", who="guardian")
    twice = refuses(vault, "pause", who="guardian")
    frozen = does(vault, "freeze", who="guardian")
    stopped = refuses(vault, "schedule", "ETH=29 %", "USDC=41 %", who="manager")
    unpaused = through(vault, "unpause")
    through(vault, "unfreeze")

    assert "exits in kind stay open" in paused
    assert "the guardian may not pause again before 2020-01-1" in twice
    assert "freeze the targets where they are" in frozen
    assert "the weights are frozen" in stopped
    assert "end the pause that would last until 2020-01-0" in unpaused
    does(vault, "schedule", "ETH=29 %", "USDC=41 %", who="manager")


def test_the_guardian_removes_keepers_and_routes(vault):
    keeper = local_accounts().keeper.address

    removed = does(vault, "remove-keeper", keeper, who="guardian")
    route = does(vault, "remove-route", "2", who="guardian")
    again = refuses(vault, "remove-route", "2", who="guardian")

    assert f"remove keeper {keeper} (it is one)" in removed
    assert "remove route 2 (USDC to ETH) for ever" in route
    assert "route 2 was removed" in again
    assert vault.json("keeper", "once", who="keeper")["action"] == "hold"
    assert (
        "does not hold the keeper role"
        in vault.run("keeper", "once", "--live", who="keeper").stderr
    )


@pytest.mark.parametrize(
    ("arguments", "who", "said"),
    [
        (("pause",), "manager", "may not pause; the guardian 0x"),
        (("schedule", "ETH=30 %"), "holder", "may not schedule; the manager 0x"),
        (("remove-route", "1"), "keeper", "a timelock: trimtab vault propose remove-route"),
        (("accept-ownership",), "holder", "may not accept-ownership; the owner to be 0x0000"),
        (("propose", "unpause"), "manager", "may not propose operations of the timelock"),
        (("propose", "set-limits", "slippage=4 %"), "owner", "expected at most 3 %"),
        (("propose", "set-limits", "weight_speed_per_day=2 %"), "owner", "turnover_per_day, 1.5 %"),
        (("propose", "set-limits", "speed=2 %"), "owner", "speed: no such limit, expected of"),
        (("propose", "set-limits", "notice"), "owner", '"notice" is not KEY=VALUE'),
        (("propose", "set-fee", "6 %", "0x" + "12" * 20), "owner", "5 % is the most"),
        (("propose", "set-bands", "ETH", "--band", "50 %"), "owner", "the contracts would refuse"),
        (("propose", "set-bands", "LINK", "--band", "5 %"), "owner", '"LINK" is not an asset'),
        (("propose", "set-bands", "ETH", "--band", "5"), "owner", "a fraction with its unit"),
        (("propose", "set-bands", "ETH", "--band", "3 %"), "owner", "leave ETH's band at 3 % and"),
        (("propose", "set-limits", "notice=1 d"), "owner", "nothing would change; say what is"),
        (("propose", "unpause", "--wait", "1 h"), "owner", "shorter than the timelock's own"),
        (("propose", "abdicate", "unpause"), "owner", "what protects holders stays"),
        (("propose", "set-guardian", local_accounts().owner.address), "owner", "veto its own"),
        (("propose", "write-off", "USDC"), "owner", "can be neither removed nor written off"),
        (("propose", "remove-second-source", "ETH"), "owner", "ETH has no second source"),
        (("propose", "add-route", "ETH", "BTC", "--fee", "100"), "owner", "no pool exists for ETH"),
        (("execute", "0x12345678"), "holder", "no operation has an id that begins with"),
        (("execute", "0x12"), "holder", "at least its first 8 digits"),
    ],
)
def test_what_may_not_or_cannot_be_done_is_said_before_anything_is_sent(
    vault, arguments, who, said
):
    assert said in refuses(vault, *arguments, who=who)


def test_nothing_is_sent_unless_somebody_agrees(vault):
    before = vault.world.node.transaction_count(local_accounts().guardian.address)

    asked = vault.run("vault", "pause", "--live", who="guardian")

    assert asked.exit_code == 2
    assert "Do this? [y/N]" in asked.stderr
    assert "where nobody can, add --yes" in asked.stderr
    assert vault.world.node.transaction_count(local_accounts().guardian.address) == before


def test_a_safe_gets_a_batch_that_does_what_the_command_said(vault, tmp_path):
    file = tmp_path / "batch.json"

    wrote = vault.run("vault", "propose", "set-bands", "ETH", "--band", "5 %", "--safe", file)
    twice = vault.run("vault", "propose", "set-bands", "ETH", "--band", "5 %", "--safe", file)

    assert wrote.exit_code == 0, wrote.output
    assert twice.exit_code == 2
    assert "it was not touched" in twice.stderr
    batch = json.loads(file.read_text())
    assert batch["meta"]["createdFromSafeAddress"] == local_accounts().owner.address
    stated = batch["meta"].pop("checksum")
    assert checksum(batch) == stated
    (transaction,) = batch["transactions"]
    vault.sender("owner").transact(transaction["to"], bytes.fromhex(transaction["data"][2:]))
    assert "raise ETH's band from 3 % to 5 %" in vault.run("vault", "operations").stdout


def test_a_new_owner_that_is_an_account_governs_directly(vault):
    holder = local_accounts().holder.address
    through(vault, "offer-ownership", holder)

    taken = does(vault, "accept-ownership", who="holder")
    raised = does(vault, "set-bands", "ETH", "--band", "6 %", who="holder")
    given_up = does(vault, "abdicate", "bands", who="holder")
    for_ever = refuses(vault, "set-bands", "ETH", "--band", "7 %", who="holder")
    no_lock = refuses(vault, "propose", "set-bands", "ETH", "--band", "7 %", who="holder")

    assert f"to {holder}" in taken
    assert raised.startswith("raise ETH's band from 3 % to 6 %")
    assert "give up the setting bands for ever" in given_up
    assert "the owner gave this setting up for ever" in for_ever
    assert "which is no timelock: nothing has to be proposed" in no_lock
    does(vault, "set-manager", holder, who="holder")
    does(vault, "set-fee", "50 bp", holder, who="holder")
    does(vault, "add-keeper", holder, who="holder")
    does(vault, "set-bounds", "ETH", "--min", "10 %", "--max", "50 %", who="holder")


def test_a_second_timelock_takes_the_vault_over_by_commands_alone(vault):
    owner = local_accounts().owner.address
    roles = (60, [owner], [owner], NOBODY)
    second = vault.sender("operator").create("TimelockController", *roles)
    offer = proposed(vault, "offer-ownership", second)
    later(vault, DELAY)
    does(vault, "execute", offer, who="manager")

    taking = proposed(vault, "accept-ownership")
    (listed,) = [one for one in vault.json("vault", "operations") if one["id"] == taking]
    later(vault, 60)
    not_open = refuses(vault, "execute", taking, who="holder")
    taken = does(vault, "execute", taking, who="owner")

    assert listed["timelock"] == second
    assert "may not execute operations of the timelock" in not_open
    assert f"to {second}" in taken
    slow = proposed(vault, "set-delay", "1 d")
    later(vault, 60)
    assert "raise the timelock's delay from 1 min to 1 d" in does(
        vault, "execute", slow, who="owner"
    )


def test_a_batch_names_its_safe_where_several_may_send_it(vault, tmp_path):
    file, guardian = tmp_path / "batch.json", local_accounts().guardian.address

    unsure = vault.run("vault", "cancel-schedule", "--safe", file)
    other = vault.run(
        "vault", "cancel-schedule", "--safe", file, "--sender", local_accounts().holder.address
    )
    named = vault.run("vault", "cancel-schedule", "--safe", file, "--sender", guardian)

    assert "may send this: name the Safe with --sender" in unsure.stderr
    assert "may not cancel-schedule" in other.stderr
    assert named.exit_code == 0, named.output
    assert json.loads(file.read_text())["meta"]["createdFromSafeAddress"] == guardian


def test_a_batch_that_another_program_proposed_is_read_and_executed(vault):
    timelock = vault.record.contract("TimelockController")
    mandate = vault.record.contract("Mandate")
    payloads = [interface("Mandate").encode(name) for name in ("unpause", "unfreezeWeights")]
    signature = "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)"
    targets = [mandate, mandate]
    vault.sender("owner").send(
        timelock, signature, targets, [0, 0], payloads, bytes(32), b"\7" * 32, DELAY
    )

    (found,) = vault.json("vault", "operations")

    assert found["sentences"] == [
        "end any pause: rebalances and the base-asset doors go on",
        "let the manager schedule targets again",
    ]
    later(vault, DELAY)
    does(vault, "execute", found["id"], who="holder")
    assert vault.json("vault", "operations")[0]["state"] == "done"
