"""Any role may be held by a timelock, and acts through it by commands alone."""

import json

import pytest
from integration.governed import (
    does,
    later,
    open_governed,
    proposed,
    refuses,
    through,
    timelock,
)
from trimtab.domain.units import DAY
from trimtab.local.accounts import local_accounts

HOUR = 3600
SCHEDULE = ("schedule", "ETH=25 %", "USDC=45 %")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_governed(tmp_path_factory.mktemp("locks")) as found:
        yield found


@pytest.fixture
def vault(desk):
    with desk.undone():
        yield desk


@pytest.fixture
def managed(vault):
    """The vault with a timelock of one hour as its manager, and that timelock."""
    lock = timelock(vault, "manager", HOUR)
    through(vault, "set-manager", lock)
    return vault, lock


def end_targets(vault):
    return [int(asset["end_target"]) // 10**16 for asset in vault.json("inspect")["assets"]]


def test_a_manager_that_is_a_timelock_schedules_through_it(managed):
    vault, lock = managed

    directly = refuses(vault, *SCHEDULE, who="manager")
    stranger = refuses(vault, "propose", *SCHEDULE, who="owner")
    name = proposed(vault, *SCHEDULE, who="manager")
    (listed,) = [one for one in vault.json("vault", "operations") if one["id"] == name]
    doctor = vault.json("doctor", who="keeper")["checks"]
    early = refuses(vault, "execute", name, who="holder")
    later(vault, HOUR + DAY // 2)
    said = does(vault, "execute", name, who="holder")

    assert f"the manager {lock} may, a timelock: trimtab vault propose schedule" in directly
    assert f"may not propose operations of the timelock {lock}" in stranger
    assert listed["timelock"] == lock
    assert "lower ETH's target from 30 % to 25 %" in listed["sentences"][0]
    assert f"pending operation {name[:10]}" in [check["name"] for check in doctor]
    assert "waits: it is executable on" in early
    assert "raise USDC's target from 40 % to 45 %" in said
    assert end_targets(vault) == [45, 30, 25]


def test_a_schedule_that_nobody_executed_for_more_than_a_day_is_refused_and_cancelled(managed):
    vault, _ = managed
    name = proposed(vault, *SCHEDULE, who="manager")
    later(vault, HOUR + DAY + 60)

    late = refuses(vault, "execute", name, who="holder")
    does(vault, "cancel", name, who="manager")

    assert "the contracts would refuse: the targets would begin to move at 20" in late
    assert "NoticeTooShort" in late
    assert vault.json("vault", "operations")[-1]["state"] == "cancelled"


def test_of_several_timelocks_the_one_is_asked_that_hears_the_proposer(managed):
    vault, lock = managed
    owners = vault.record.contract("TimelockController")
    does(vault, "execute", _ready(vault, *SCHEDULE), who="holder")

    by_manager = does(vault, "propose", "cancel-schedule", who="manager")
    by_owner = does(vault, "propose", "cancel-schedule", who="owner")
    neither = refuses(vault, "propose", "cancel-schedule", who="holder")
    named = refuses(vault, "propose", "cancel-schedule", "--by", "owner", who="manager")
    wrong = refuses(vault, "propose", "cancel-schedule", "--by", "keeper", who="manager")
    person = refuses(vault, "propose", "cancel-schedule", "--by", "guardian", who="manager")

    assert f"of the timelock {lock}" in by_manager
    assert f"of the timelock {owners}" in by_owner
    assert "several timelocks may cancel-schedule: the manager 0x" in neither
    assert neither.endswith("name the role with --by\n")
    assert f"may not propose operations of the timelock {owners}" in named
    assert '--by is "keeper", expected who may cancel-schedule: manager, guardian, owner' in wrong
    assert "which is no timelock: nothing has to be proposed" in person


def _ready(vault, *arguments):
    """Id of an operation of the manager whose time has come."""
    name = proposed(vault, *arguments, who="manager")
    later(vault, HOUR)
    return name


def test_the_delay_of_a_managers_timelock_is_its_own(managed):
    vault, lock = managed

    said = through(vault, "set-delay", "2 h", "--by", "manager", who="manager", delay=HOUR)

    assert "raise the timelock's delay from 1 h to 2 h" in said
    reader = vault.sender("operator")
    assert reader.read_number(lock, "getMinDelay()") == 2 * HOUR
    owners = vault.record.contract("TimelockController")
    assert reader.read_number(owners, "getMinDelay()") == 2 * DAY


def test_a_guardian_that_is_a_timelock_without_delay_reduces_risk_at_once(vault):
    keeper = local_accounts().keeper.address
    lock = timelock(vault, "guardian", 0)
    through(vault, "set-guardian", lock)

    directly = refuses(vault, "pause", who="guardian")
    said = [
        through(vault, *operation, who="guardian", delay=0)
        for operation in (("pause",), ("freeze",), ("remove-route", "2"), ("remove-keeper", keeper))
    ]

    assert f"the guardian {lock} may, a timelock: trimtab vault propose pause" in directly
    assert "pause trading and the base-asset doors until about 20" in said[0]
    assert "freeze the targets where they are" in said[1]
    assert "remove route 2 (USDC to ETH) for ever" in said[2]
    assert f"remove keeper {keeper} (it is one)" in said[3]
    mandate = vault.record.contract("Mandate")
    until = vault.sender("operator").read_number(mandate, "pausedUntil()")
    assert until > vault.chain.timestamp() + 6 * DAY


def test_a_safe_proposes_to_the_managers_timelock(managed, tmp_path):
    vault, lock = managed
    file, safe = tmp_path / "batch.json", local_accounts().manager.address

    nameless = vault.run("vault", "propose", *SCHEDULE, "--safe", file)
    named = vault.run("vault", "propose", *SCHEDULE, "--safe", file, "--sender", safe)

    assert "nobody that is known here may send this: name the Safe with --sender" in nameless.stderr
    assert named.exit_code == 0, named.output
    batch = json.loads(file.read_text())
    assert batch["meta"]["createdFromSafeAddress"] == safe
    (transaction,) = batch["transactions"]
    assert transaction["to"] == lock
    vault.sender("manager").transact(lock, bytes.fromhex(transaction["data"][2:]))
    assert vault.json("vault", "operations")[-1]["state"] == "waiting"


def test_only_a_timelock_changes_its_delay(vault):
    result = vault.run("vault", "set-delay", "1 d", who="owner")

    assert result.exit_code == 2
    assert "No such command 'set-delay'" in result.stderr
