"""Fractions and lengths of time as a person writes them."""

from __future__ import annotations

from decimal import Decimal

from trimtab.domain.units import WAD

UNIT_IN_WAD = {"%": WAD // 100, "bp": WAD // 10_000}
"""Worth of one unit of a fraction, in WAD."""

UNIT_IN_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Length of one unit of time, in seconds."""


def fraction_text(wad: int) -> str:
    """A fraction in WAD as a percentage, in basis points below one per cent, exact."""
    unit = "bp" if 0 < wad < UNIT_IN_WAD["%"] else "%"
    return f"{decimal_text(Decimal(wad) / UNIT_IN_WAD[unit])} {unit}"


def seconds_text(seconds: int) -> str:
    """A length of time in the largest unit that divides it."""
    units = [unit for unit in ("d", "h", "min") if seconds % UNIT_IN_SECONDS[unit] == 0]
    unit = units[0] if seconds and units else "s"
    return f"{seconds // UNIT_IN_SECONDS[unit]} {unit}"


def decimal_text(number: Decimal) -> str:
    """A number without exponent and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
