"""Every function that a role may call has a verb, and says in words what it changes."""

from types import SimpleNamespace

import pytest
from property.strategies import dollar_snapshot
from trimtab.chain.artifacts import load
from trimtab.chain.contracts import interface
from trimtab.cli.vault_operation import Change, fraction_change
from trimtab.cli.vault_table import OPERATIONS, changes_of
from trimtab.cli.vault_weights import schedule
from trimtab.cli.vault_words import pairs, whole
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.units import DAY, WAD
from trimtab.errors import BadInput

PLACES = {"Mandate": "0xM", "PriceOracle": "0xO", "TimelockController": "0xT"}
DEPLOYERS = {"bind"}
"""What only the deployer may call, once."""


class Zeros(dict):
    """What a view answers of which nothing was ever set."""

    def __missing__(self, key):
        return NO_ADDRESS if key in ("feed", "pool", "recipient") else 0


class FakeRules:
    """The rules of a vault of two assets at 50 %, of which nothing else is set."""

    now = 1_700_000_000
    delay = None
    timelock = None
    chain = SimpleNamespace(ask=lambda *_: None)

    def __init__(self):
        self.snapshot = dollar_snapshot([60, 40], [0.5, 0.5])

    def address(self, contract):
        return PLACES[contract]

    def contract_at(self, address):
        return next((name for name, place in PLACES.items() if place == address), None)

    def label(self, position):
        return f"T{position}"

    def token_label(self, token):
        return token

    def route_text(self, route_id):
        return f"route {route_id}"

    def timelock_at(self, _address):
        return None

    def holder(self, _role, _contract):
        return NO_ADDRESS

    def view(self, *_):
        return Zeros()


def zero(component):
    """The least value of an argument."""
    kind = component["type"]
    if kind.endswith("[]"):
        return []
    if kind == "tuple":
        return tuple(zero(inner) for inner in component["components"])
    if kind.startswith("bytes"):
        return bytes(int(kind[5:] or 0))
    return NO_ADDRESS if kind == "address" else 0


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_call_has_words_whatever_it_carries(name):
    known = OPERATIONS[name]
    function = interface(known.contract).function(known.function)
    data = function.encode(*(zero(component) for component in function.parameters))

    changes = changes_of(FakeRules(), PLACES[known.contract], data)

    assert changes
    assert all(change.wish() and change.done() for change in changes)
    assert not any(change.wish().startswith("call ") for change in changes)


@pytest.mark.parametrize("contract", ["Mandate", "PriceOracle"])
def test_every_function_that_changes_something_has_a_verb(contract):
    changing = {
        item["name"]
        for item in load(contract).abi
        if item["type"] == "function" and item["stateMutability"] == "nonpayable"
    }
    verbs = {known.function for known in OPERATIONS.values() if known.contract == contract}

    assert verbs == changing - DEPLOYERS


def test_roles_are_those_that_the_contracts_check():
    guarded = {
        name
        for name, known in OPERATIONS.items()
        if "guardian" in known.roles and known.contract == "Mandate"
    }

    assert guarded == {"pause", "freeze", "remove-keeper", "remove-route", "cancel-schedule"}
    assert [n for n, k in OPERATIONS.items() if k.roles == ("manager",)] == ["schedule"]


def test_a_call_says_what_rises_and_what_falls():
    data = interface("Mandate").encode("setBands", 1, 4 * 10**16, 10**17)
    rules = FakeRules()
    held = rules.snapshot.holdings[1]

    wishes = [change.wish() for change in changes_of(rules, "0xM", data)]

    assert held.band > 4 * 10**16
    assert wishes[0].startswith("lower T1's band from ")
    assert wishes[0].endswith(" to 4 %")


def test_a_call_that_is_not_of_the_table_is_shown_as_it_is():
    assert changes_of(FakeRules(), "0xM", b"\1\2\3\4")[0].wish() == "call Mandate with 0x01020304"
    malformed = interface("Mandate").function("setBands").selector + b"\1"
    shown = changes_of(FakeRules(), "0xM", malformed)[0].wish()
    assert shown == f"call Mandate with 0x{malformed.hex()}"
    assert changes_of(FakeRules(), "0xX", b"")[0].wish() == "call 0xX with 0x"


def test_a_call_about_an_asset_that_is_gone_still_has_words():
    data = interface("Mandate").encode("setBands", 9, 10**16, 10**17)

    assert "set T9's band" not in changes_of(FakeRules(), "0xM", data)[0].wish()
    assert changes_of(FakeRules(), "0xM", data)[0].wish() == "raise T9's band from 0 % to 1 %"


@pytest.mark.parametrize(
    ("change", "wish", "done"),
    [
        (fraction_change("x", 10**16, 2 * 10**16), "raise x from 1 % to 2 %", "set x to 2 %"),
        (fraction_change("x", 10**16, 10**14), "lower x from 1 % to 1 bp", "set x to 1 bp"),
        (fraction_change("x", 0, 0), "leave x at 0 %", "set x to 0 %"),
        (Change("x", "a", "b"), "change x from a to b", "set x to b"),
        (Change("do it"), "do it", "do it"),
    ],
)
def test_a_change_is_worded_by_its_direction(change, wish, done):
    assert change.wish() == wish
    assert change.done() == done


def test_a_schedule_without_times_begins_and_ends_as_soon_as_it_may():
    rules = FakeRules()
    rules.snapshot = SimpleNamespace(
        holdings=rules.snapshot.holdings,
        limits=SimpleNamespace(notice=DAY, weight_speed=WAD // 100),
    )

    targets, starts, ends = schedule(rules, ["T0=40 %", "T1=60 %"])

    assert targets == [4 * 10**17, 6 * 10**17]
    assert DAY < starts - rules.now <= DAY + 900
    assert 10 * DAY < ends - starts <= 10.2 * DAY


def test_a_schedule_that_a_timelock_holds_back_leaves_a_day_to_execute_it():
    rules = FakeRules()
    rules.delay = 2 * DAY
    rules.snapshot = SimpleNamespace(
        holdings=rules.snapshot.holdings,
        limits=SimpleNamespace(notice=DAY, weight_speed=WAD // 100),
    )

    _, starts, _ = schedule(rules, ["T0=40 %", "T1=60 %"])

    assert starts - rules.now == 2 * DAY + DAY + DAY


def test_pairs_are_read_once_each():
    assert pairs(["a=1", "b = 2 %"], "x=1") == {"a": "1", "b": "2 %"}
    with pytest.raises(BadInput, match="named twice"):
        pairs(["a=1", "a=2"], "x=1")
    with pytest.raises(BadInput, match="not KEY=VALUE"):
        pairs(["=1"], "x=1")
    with pytest.raises(BadInput, match='ROUTE is "x", expected a whole number'):
        whole("x", "ROUTE")
