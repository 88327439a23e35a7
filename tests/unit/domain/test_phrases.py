"""Numbers as people read them."""

import pytest
from trimtab.domain.phrases import basis_points, duration, percent
from trimtab.domain.units import WAD


def test_fractions_are_shown_in_percent_or_basis_points():
    assert percent(WAD // 80) == "1.25 %"
    assert basis_points(WAD // 800) == "12.5 bp"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (-5, "0 s"), (59, "59 s"), (3600, "1 h"), (93_784, "1 d 2 h"), (3605, "1 h 5 s")],
)
def test_lengths_of_time_are_shown_in_their_two_largest_units(seconds, text):
    assert duration(seconds) == text
