"""The caps that the configuration checks are those of the contracts."""

import re
from pathlib import Path

import pytest
from trimtab.cli.settings import rules

SOURCE = Path(__file__).parents[4] / "contracts" / "libraries" / "LimitCaps.sol"
SECONDS = {"hours": 3_600, "days": 86_400, "minutes": 60}


def constant(name):
    """Value of a constant in LimitCaps.sol: `0.03e18` or `30 days`."""
    text = re.search(rf"constant {name} =\s*([^;]+);", SOURCE.read_text())[1]
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
        (rules.CALENDAR_FLOOR_MIN, "CALENDAR_FLOOR_MIN"),
    ],
)
def test_times_have_the_caps_of_the_contracts(value, name):
    assert value == constant(name)
