"""Real prices for the tests that need them; they are nobody's to publish, so they lie elsewhere."""

import os
from pathlib import Path

import pytest

VARIABLE = "TRIMTAB_DATA"
"""Names the folder that holds `daily_close_2020_2023.csv` and `hourly_close_2021_2023.csv.gz`."""

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Where they are looked for otherwise: beside the repository's root."""


def real_prices(name):
    """The file called `name`; skips the test where there is none."""
    folder = Path(os.environ.get(VARIABLE) or BESIDE)
    file = folder / name
    if not file.exists():
        pytest.skip(f"real prices are not at hand: no {name} in {folder}; {VARIABLE} names another")
    return file
