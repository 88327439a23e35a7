"""Reads a file of learnt timing, which may be anything."""

from __future__ import annotations

from pathlib import Path

from trimtab.errors import BadInput
from trimtab.policy.timing_model import LONGEST, TimingModel

__all__ = ["read_timing"]


def read_timing(file: Path) -> TimingModel:
    """The model that a file holds.

    Raises
    ------
    BadInput
        Naming the file, and what is wrong with it.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file}: cannot be read: {fault}; `trimtab timing` writes one") from None
    try:
        return TimingModel.read(text)
    except BadInput as fault:
        raise BadInput(f"{file}: {fault}") from None
