"""A sweep that was stopped goes on, and ends with what an undisturbed one finds."""

import numpy as np
import pandas as pd
import pytest
from trimtab.errors import BadInput
from trimtab.research import sweep as module
from trimtab.research.frontier import Family
from trimtab.research.frontier_page import write_frontiers
from trimtab.research.price_table import PriceTable
from trimtab.research.sweep import SweepOptions, sweep


class Killed(Exception):
    """What ends a sweep half-way."""


@pytest.fixture(scope="module")
def table():
    moves = np.random.default_rng(1).standard_normal((200, 3)) * 0.03
    prices = np.exp(np.cumsum(moves, axis=0))
    return PriceTable(86_400 * np.arange(200), ("A", "B", "C"), prices, np.ones(200, bool))


def options(folder, **fields):
    given = {"families": (Family.TO_EDGE, Family.COST_OPTIMAL), "fees": (0.003,)}
    given |= {"gas": (0.0, 1e-4), "output": folder / "sweep.parquet"} | fields
    return SweepOptions(targets=np.full(3, 1 / 3), **given)


def test_a_sweep_killed_half_way_goes_on_and_finds_the_same(table, tmp_path):
    whole = sweep(table, options(tmp_path / "whole"))
    seen = []

    def kill(done, _):
        seen.append(done)
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        sweep(table, options(tmp_path / "cut"), kill)
    parts = list((tmp_path / "cut" / "sweep.parquet.parts").glob("*.parquet"))
    resumed = sweep(table, options(tmp_path / "cut"))

    assert seen == [0, 1, 2]
    assert len(parts) == 2
    pd.testing.assert_frame_equal(resumed, whole)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "cut" / "sweep.parquet"), whole)
    assert not (tmp_path / "cut" / "sweep.parquet.parts").exists()


def test_a_part_of_another_grid_cut_short_is_not_in_the_way(table, tmp_path):
    folder = tmp_path / "sweep.parquet.parts"
    folder.mkdir()
    (folder / "0123456789abcdef01234567.parquet.partial").write_bytes(b"PAR1")

    sweep(table, options(tmp_path, gas=(0.0,), families=(Family.TO_EDGE,)))

    assert not folder.exists()


def test_other_prices_are_never_taken_for_parts_of_these(table, tmp_path):
    point = (Family.TO_EDGE, 0.003, 0.0)
    other = PriceTable(table.timestamps, table.assets, table.prices * 2, table.fresh)

    assert module._key(table, options(tmp_path), point) != module._key(
        other, options(tmp_path), point
    )


def test_a_file_that_cannot_be_written_is_refused(table, tmp_path):
    (tmp_path / "blocked").write_text("a file, not a folder")

    with pytest.raises(BadInput, match="cannot be written"):
        sweep(table, options(tmp_path / "blocked"))


def test_each_cost_of_a_sweep_has_a_frontier_on_its_page(table, tmp_path):
    frame = sweep(table, options(tmp_path))

    write_frontiers(frame, tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text()
    assert page.count("tracking error, bp a year") >= 2
    assert "gas of a swap 0 bp" in page
    assert "gas of a swap 1 bp" in page
    assert 'src="http' not in page
    with pytest.raises(BadInput, match="cannot be written"):
        write_frontiers(frame, tmp_path / "absent" / "page.html")
