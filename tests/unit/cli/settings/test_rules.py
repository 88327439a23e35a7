"""The caps that the configuration checks are those of the contracts."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from trimtab.cli.settings import rules
from trimtab.cli.settings.schema import KeeperSettings, KeysSettings

CONTRACTS = Path(__file__).parents[4] / "contracts"
SOURCES = (CONTRACTS / "libraries" / "LimitCaps.sol", CONTRACTS / "libraries" / "FeedCheck.sol")
SECONDS = {"hours": 3_600, "days": 86_400, "minutes": 60}


def constant(name):
    """Value of a constant in the contracts: `0.03e18` or `30 days`."""
    source = "".join(file.read_text() for file in SOURCES)
    text = re.search(rf"constant {name} =\s*([^;]+);", source)[1]
    number, _, unit = text.partition(" ")
    return round(float(number)) * SECONDS[unit] if unit else round(float(number))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("slippage", "SLIPPAGE"),
        ("public_slippage", "PUBLIC_SLIPPAGE"),
        ("loss_capacity", "LOSS_CAPACITY"),
        ("loss_per_day", "LOSS_RATE"),
        ("turnover_capacity", "TURNOVER_CAPACITY"),
        ("turnover_per_day", "TURNOVER_RATE"),
        ("calendar_floor", "CALENDAR_FLOOR"),
        ("flow_capacity", "FLOW_CAPACITY"),
        ("drawdown", "DRAWDOWN"),
    ],
)
def test_fractions_have_the_caps_of_the_contracts(key, name):
    assert rules.FRACTION_CAPS[key] == constant(name)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (rules.WAIT_CAP, "WAIT"),
        (rules.PUBLIC_COOLDOWN_MIN, "PUBLIC_COOLDOWN_MIN"),
        (rules.CALENDAR_PERIOD_MIN, "CALENDAR_PERIOD_MIN"),
        (rules.CALENDAR_PERIOD_CAP, "CALENDAR_PERIOD"),
        (rules.HEARTBEAT_CAP, "MAX_HEARTBEAT"),
        (rules.CALENDAR_FLOOR_MIN, "CALENDAR_FLOOR_MIN"),
        (rules.DRAWDOWN_MIN, "DRAWDOWN_MIN"),
    ],
)
def test_times_have_the_caps_of_the_contracts(value, name):
    assert value == constant(name)


@pytest.mark.parametrize(
    ("keys", "key", "problem"),
    [
        ({}, "", "expected one of keystore"),
        ({"keystore": "k.json", "key_variable": "K"}, "", "expected one of keystore"),
        ({"remote_url": "http://signer"}, "remote_url", "needs address"),
        ({"keystore": "k.json", "address": "0x" + "11" * 20}, "address", "belongs to remote_url"),
    ],
)
def test_a_key_is_named_once(keys, key, problem):
    with pytest.raises(ValidationError) as caught:
        KeysSettings(**keys)

    ((path, sentence),) = caught.value.errors()[0]["ctx"]["faults"]
    assert ".".join(path) == key
    assert problem in sentence


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        pytest.param(
            {"lease": "9 s", "interval": "1 s"}, "is 9 s, expected 10 s to 1 h", id="short"
        ),
        pytest.param({"lease": "30 s"}, "is 30 s, expected 36 s to 1 h", id="three-intervals"),
        pytest.param({"lease": "2 h"}, "is 2 h, expected 36 s to 1 h", id="long"),
    ],
)
def test_a_lease_outlives_three_looks_and_ends_within_the_hour(keys, problem):
    with pytest.raises(ValidationError) as caught:
        KeeperSettings(**keys)

    (error,) = caught.value.errors()
    ((path, text),) = error["ctx"]["faults"]
    assert path == ("lease",)
    assert text.startswith(problem)


def test_a_lease_that_is_not_set_lasts_a_minute_or_five_looks():
    assert KeeperSettings().lease_seconds == 60
    assert KeeperSettings(interval="1 min").lease_seconds == 300
    assert KeeperSettings(lease="1 h").lease_seconds == 3600
