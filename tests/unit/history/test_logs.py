"""Logs of a vault become the events that the ledger understands, and others are left out."""

from dataclasses import fields
from typing import get_args

import pytest
from eth_abi import encode
from trimtab.chain.answers import Log
from trimtab.chain.contracts import interface
from trimtab.errors import NodeAnsweredWrongly
from trimtab.history.events import LegSettled, Rebalanced, Seeded, VaultEvent
from trimtab.history.logs import event_topics, vault_events

VAULT = "0x00000000000000000000000000000000000000aA"
BTC = "0x0000000000000000000000000000000000000001"
ETH = "0x0000000000000000000000000000000000000002"


def log_of(name, indexed, plain, *, address=VAULT):
    """A log of the vault's event `name`; `indexed` are its words, `plain` its typed values."""
    topics = (interface("Vault").event(name).topic, *(word(value) for value in indexed))
    types, values = zip(*plain, strict=True)
    return Log(address, topics, encode(types, values), 1, "0x" + "00" * 32, 0)


def word(value):
    number = int(value, 16) if isinstance(value, str) else value
    return number.to_bytes(32, "big")


def leg(*, address=VAULT):
    plain = [("uint256", number) for number in (5, 7, 50, 49)]
    return log_of("LegSettled", [3, BTC, ETH], plain, address=address)


SEED = log_of("Seeded", [BTC], [("uint256", 10**18), ("uint256[]", [4, 5])])
SETTLED = log_of("Rebalanced", [BTC, 9], [("uint256", n) for n in (1, 100, 99, 2, 1, 0, 0)])


def test_logs_become_events_in_their_order():
    events = list(vault_events([SEED, leg(), SETTLED], VAULT))

    assert events == [
        Seeded(10**18, (4, 5), BTC),
        LegSettled(3, BTC, ETH, 5, 7, value_in=50, value_out=49),
        Rebalanced(9, 100, 99, drift_before=2, drift_after=1, loss=0, turnover=0),
    ]


def test_logs_of_others_and_other_events_are_left_out():
    other = Log(VAULT, (b"\x01" * 32,), b"", 1, "0x" + "00" * 32, 0)
    anonymous = Log(VAULT, (), b"", 1, "0x" + "00" * 32, 0)

    assert list(vault_events([leg(address=ETH), other, anonymous], VAULT)) == []


def test_a_log_of_the_wrong_shape_is_refused():
    cut = Log(VAULT, leg().topics, leg().data[:-1], 1, "0x" + "00" * 32, 0)

    with pytest.raises(NodeAnsweredWrongly, match="event LegSettled"):
        list(vault_events([cut], VAULT))


def test_every_field_of_every_event_is_an_argument_of_the_vaults_event():
    for kind in get_args(VaultEvent):
        event = interface("Vault").event(kind.__name__)
        arguments = {item["name"].lower() for item in (*event.indexed, *event.plain)}

        assert {field.name.replace("_", "") for field in fields(kind)} <= arguments


def test_topics_are_those_of_all_events():
    assert len(set(event_topics())) == len(get_args(VaultEvent))
