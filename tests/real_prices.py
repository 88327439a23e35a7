"""Real prices for the tests that need them; they are nobody's to publish, so they lie elsewhere."""

import os
from pathlib import Path

import pytest

VARIABLE = "TRIMTAB_DATA"
"""Names the folder that holds `daily_close_2020_2023.csv` and `hourly_close_2021_2023.csv.gz`."""


def real_prices(name):
    """The file called `name`; skips the test where there is none."""
    folder = os.environ.get(VARIABLE)
    file = Path(folder or "/nowhere") / name
    if not file.exists():
        pytest.skip(f"{VARIABLE} names no folder with {name}: real prices are not at hand")
    return file
