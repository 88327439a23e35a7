"""Numbers as people read them, for sentences that say why something is so."""

from trimtab.domain.units import BPS, wad_to_float

__all__ = ["basis_points", "duration", "percent"]

STEPS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
"""Lengths of time and their names, the longest first."""


def percent(wad: int) -> str:
    """A fraction in WAD as a percentage with two digits: `1.25 %`."""
    return f"{wad_to_float(wad) * 100:.2f} %"


def basis_points(wad: int) -> str:
    """A fraction in WAD in basis points with one digit: `12.5 bp`."""
    return f"{wad_to_float(wad) * BPS:.1f} bp"


def duration(seconds: int) -> str:
    """A length of time in its two largest units: `1 d 2 h`, `45 s`."""
    parts = []
    for length, name in STEPS:
        count, seconds = divmod(max(0, seconds), length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
