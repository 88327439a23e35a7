"""Numbers as people read them: every sentence, table and log writes them in these ways."""

from datetime import UTC, datetime
from enum import Enum

from trimtab.domain.units import BPS, DAY, wad_to_float

__all__ = ["amount_text", "basis_points", "duration", "moment", "percent", "percentage", "words"]

STEPS = ((DAY, "d"), (3600, "h"), (60, "min"), (1, "s"))
"""Lengths of time and their names, the longest first."""


def percent(wad: int) -> str:
    """A fraction in WAD as a percentage with two digits: `1.25 %`."""
    return percentage(wad_to_float(wad))


def percentage(fraction: float, *, signed: bool = False) -> str:
    """A fraction as a percentage with two digits: 0.0125 is `1.25 %`, signed `+1.25 %`."""
    # Adding zero takes the sign from a number that rounds to nothing.
    return f"{round(fraction * 100, 2) + 0.0:{'+' if signed else ''}.2f} %"


def basis_points(wad: int) -> str:
    """A fraction in WAD in basis points with one digit: `12.5 bp`."""
    return f"{wad_to_float(wad) * BPS:.1f} bp"


def amount_text(amount: int, decimals: int) -> str:
    """`amount / 10**decimals`, exact, with thousands separated by commas: `1,234.5`."""
    whole, rest = divmod(amount, 10**decimals)
    digits = f"{rest:0{decimals}d}".rstrip("0") if rest else ""
    return f"{whole:,}.{digits}" if digits else f"{whole:,}"


def coins_text(wei: int) -> str:
    """An amount of the chain's own currency, exact: `0.05 native coins`."""
    return f"{amount_text(wei, 18)} native coins"


def counted(number: int, thing: str) -> str:
    """A number of things: `1 rebalance`, `2 rebalances`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: int) -> str:
    """A length of time in its two largest units: `1 d 2 h`, `45 s`."""
    parts = []
    for length, name in STEPS:
        count, seconds = divmod(max(0, seconds), length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def moment(timestamp: int) -> str:
    """A time in seconds since 1970 as `2026-01-05 00:00:00 UTC`, if the calendar reaches it."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {timestamp}"


def words(member: Enum) -> str:
    """The name of a member of an enum in small letters: `out of bounds`."""
    return member.name.lower().replace("_", " ")
