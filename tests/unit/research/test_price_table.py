"""A price table is complete, or its gaps are dealt with openly, or it is refused by name."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from trimtab.errors import BadInput, PriceFileError
from trimtab.research.price_table import Missing, between, read_prices, table_of, write_prices

DAYS = pd.date_range("2022-01-01", periods=30, freq="D")


def frame(**columns):
    moves = np.linspace(1, 2, DAYS.size)
    given = {"USDC": np.ones(DAYS.size), "ETH": 1000 * moves, "BTC": 20_000 * moves[::-1]}
    return pd.DataFrame({"date": DAYS.strftime("%Y-%m-%d"), **given, **columns})


def with_hole(rows, column="ETH"):
    made = frame()
    made.loc[rows, column] = np.nan
    return made


def test_prices_of_a_day_hold_at_its_end():
    table = table_of(frame())

    assert table.assets == ("USDC", "ETH", "BTC")
    assert table.timestamps[0] == pd.Timestamp("2022-01-02").timestamp()
    assert table.interval == 86_400
    assert table.fresh.all()


def test_a_hole_is_refused_and_named():
    with pytest.raises(BadInput, match="ETH has no price on 2022-01-06"):
        table_of(with_hole([4]))


def test_a_hole_can_be_carried_and_is_marked():
    table = table_of(with_hole([4]), missing=Missing.CARRY)

    assert table.prices[4, 1] == table.prices[3, 1]
    assert np.flatnonzero(~table.fresh).tolist() == [4]


def test_a_late_listing_is_trimmed():
    table = table_of(with_hole(range(10)), missing=Missing.TRIM)

    assert len(table) == 20


def test_rows_that_the_source_lacks_are_refused_or_carried():
    made = frame().drop(index=[7, 8]).reset_index(drop=True)

    with pytest.raises(BadInput, match="no rows between 2022-01-08"):
        table_of(made)
    table = table_of(made, missing=Missing.CARRY)
    assert len(table) == 30
    assert np.flatnonzero(~table.fresh).tolist() == [7, 8]


def test_more_holes_than_prices_are_not_carried():
    with pytest.raises(BadInput, match="at most 20% are carried"):
        table_of(with_hole(range(5, 20)), missing=Missing.CARRY)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(frame().head(2), "2 rows of prices, expected at least 3", id="short"),
        pytest.param(frame(ETH=5.0), "ETH costs 5.0 in every row", id="constant"),
        pytest.param(frame(ETH=[-1.0] * 30), "ETH costs -1.0 on", id="negative"),
        pytest.param(frame(ETH=["x"] * 30), "ETH has no price", id="text"),
        pytest.param(frame().iloc[::-1], "not later than the row before", id="backwards"),
        pytest.param(frame().rename(columns={"date": "when"}), "first column", id="no time"),
        pytest.param(frame().replace("2022-01-05", "soon"), "has the time 'soon'", id="no date"),
        pytest.param(frame()[["date", "ETH"]], "at least 2 different assets", id="one asset"),
    ],
)
def test_tables_that_make_no_sense_are_refused_by_name(made, words):
    with pytest.raises(BadInput, match=words):
        table_of(made)


def test_times_that_are_not_even_are_refused():
    made = frame()
    made.insert(0, "time_utc", [str(t) for t in DAYS[:29]] + ["2022-01-30 05:00:00"])

    with pytest.raises(BadInput, match="not a multiple of 86400 s apart"):
        table_of(made.drop(columns="date"))


def test_a_window_without_prices_is_refused():
    table = table_of(frame())

    assert len(between(table, date(2022, 1, 10), date(2022, 1, 19))) == 10
    with pytest.raises(BadInput, match="the prices run from 2022-01-01 to 2022-01-30"):
        between(table, date(2023, 1, 1), None)


@pytest.mark.parametrize("name", ["prices.csv", "prices.csv.gz", "prices.parquet"])
def test_a_table_survives_being_written_and_read(tmp_path, name):
    table = table_of(frame())
    write_prices(table, tmp_path / name)

    read = read_prices(tmp_path / name)

    np.testing.assert_allclose(read.prices, table.prices)
    np.testing.assert_array_equal(read.timestamps, table.timestamps)


def test_a_file_that_is_no_table_is_refused_with_its_name(tmp_path):
    broken = tmp_path / "prices.parquet"
    broken.write_bytes(b"not parquet")

    with pytest.raises(PriceFileError, match=r"prices\.parquet.*cannot be read"):
        read_prices(broken)
    with pytest.raises(PriceFileError, match="no such file"):
        read_prices(tmp_path / "absent.csv")
