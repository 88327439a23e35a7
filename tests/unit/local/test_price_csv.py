"""Prices are read from a file, and whatever is wrong with it is named with its place."""

import gzip
from datetime import UTC, date, datetime

import pytest
from trimtab.errors import BadInput, PriceFileError
from trimtab.local.price_csv import DateRange, load_prices

ASSETS = ("USDC", "BTC")
GOOD = """date,BTC,USDC,UNI
2021-01-01,100,1.0,
2021-01-02,110.5,0.999,
2021-01-03,1.2e2,1.001,5
2021-01-04,90,1.0,6
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="prices.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def fault_of(path, assets=ASSETS, days=None):
    with pytest.raises(PriceFileError) as caught:
        load_prices(path, assets, days)
    return caught.value


def test_columns_come_in_the_order_that_was_asked_for(write):
    history = load_prices(write(GOOD), ("USDC", "BTC"))

    assert history.assets == ("USDC", "BTC")
    assert history.rows == ((1.0, 100.0), (0.999, 110.5), (1.001, 120.0), (1.0, 90.0))


def test_a_daily_close_is_known_at_the_end_of_its_day(write):
    history = load_prices(write(GOOD), ASSETS)

    assert history.timestamps[0] == int(datetime(2021, 1, 2, tzinfo=UTC).timestamp())
    assert history.interval == 86_400
    assert history.days == 4


def test_an_hourly_close_is_known_at_the_end_of_its_hour(write):
    text = "open_time_utc,BTC,USDC\n2021-01-01 00:00:00,1,1\n2021-01-01 01:00:00,2,1\n"

    history = load_prices(write(text), ASSETS)

    assert history.timestamps[0] == int(datetime(2021, 1, 1, 1, tzinfo=UTC).timestamp())
    assert history.interval == 3600


def test_a_moment_stands_for_itself(write):
    text = "time_utc,BTC,USDC\n2021-01-01 00:00:00,1,1\n2021-01-01 00:10:00,2,1\n"

    history = load_prices(write(text), ASSETS)

    assert history.timestamps[0] == int(datetime(2021, 1, 1, tzinfo=UTC).timestamp())


def test_only_the_days_asked_for_are_read(write):
    days = DateRange(date(2021, 1, 3), date(2021, 1, 4))

    history = load_prices(write(GOOD), ("USDC", "UNI"), days)

    assert history.rows == ((1.001, 5.0), (1.0, 6.0))


def test_a_packed_file_reads_like_a_plain_one(write, tmp_path):
    packed = tmp_path / "prices.csv.gz"
    packed.write_bytes(gzip.compress(GOOD.encode()))

    assert load_prices(packed, ASSETS) == load_prices(write(GOOD), ASSETS)


@pytest.mark.parametrize(
    ("edit", "line", "column", "words"),
    [
        pytest.param(("110.5", ""), 3, "BTC", "blank on 2021-01-02", id="blank-cell"),
        pytest.param(("110.5", "n/a"), 3, "BTC", "`n/a` is not a number", id="text"),
        pytest.param(("110.5", "nan"), 3, "BTC", "`nan` is not a number", id="nan"),
        pytest.param(("110.5", "1_0"), 3, "BTC", "`1_0` is not a number", id="underscore"),
        pytest.param(("110.5", "-4"), 3, "BTC", "above 0", id="negative"),
        pytest.param(("110.5", "0.0"), 3, "BTC", "above 0", id="zero"),
        pytest.param(("110.5", "1e999"), 3, "BTC", "above 0", id="infinite"),
        pytest.param(("2021-01-02,110.5,0.999,\n", ""), 3, "date", "2021-01-02 should", id="gap"),
        pytest.param(("2021-01-03", "2021-01-02"), 4, "date", "repeats", id="duplicate"),
        pytest.param(("2021-01-03", "2020-01-03"), 4, "date", "is earlier", id="unsorted"),
        pytest.param(("2021-01-03", "3.1.2021"), 4, "date", "not a time", id="bad-date"),
        pytest.param(("2021-01-03,1.2e2", "2021-01-03"), 4, None, "3 cells", id="short-row"),
        pytest.param(("date,", "day,"), 1, None, "first column is `day`", id="no-time-column"),
        pytest.param(("BTC,USDC", "BTC,BTC"), 1, None, "more than once", id="column-twice"),
        pytest.param(("BTC,USDC", "ETH,USDC"), 1, None, "no column `BTC`", id="unknown-asset"),
    ],
)
def test_a_fault_names_its_line_and_column(write, edit, line, column, words):
    path = write(GOOD.replace(*edit))

    fault = fault_of(path)

    assert (fault.file, fault.line, fault.column) == (str(path), line, column)
    assert words in str(fault)
    assert str(fault).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param(
            DateRange(date(2020, 12, 31), None),
            "2020-12-31, is outside",
            id="too-early",
        ),
        pytest.param(DateRange(None, date(2021, 1, 5)), "2021-01-05, is outside", id="too-late"),
        pytest.param(
            DateRange(date(2021, 1, 2), date(2021, 1, 2)),
            "1 rows on the days",
            id="one-day",
        ),
    ],
)
def test_days_that_the_file_does_not_have_are_refused(write, days, words):
    assert words in str(fault_of(write(GOOD), days=days))


def test_a_fault_outside_the_days_asked_for_does_no_harm(write):
    text = GOOD.replace("2021-01-01,100", "2021-01-01,oops")

    history = load_prices(write(text), ASSETS, DateRange(date(2021, 1, 2)))

    assert len(history) == 3


@pytest.mark.parametrize("text", ["", "date,BTC,USDC\n"], ids=["empty", "header-only"])
def test_a_file_without_prices_is_refused(write, text):
    assert fault_of(write(text)).line == 1


def test_blank_lines_are_passed_over(write):
    assert load_prices(write(GOOD + "\n\n"), ASSETS) == load_prices(write(GOOD), ASSETS)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    fault = fault_of(tmp_path / "absent.csv")

    assert str(tmp_path / "absent.csv") in str(fault)


def test_a_damaged_archive_is_named(tmp_path):
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode())[:-12])

    assert str(path) in str(fault_of(path))


@pytest.mark.parametrize("assets", [("USDC",), ("USDC", "BTC", "USDC")], ids=["one", "twice"])
def test_a_choice_of_assets_that_makes_no_portfolio_is_refused(write, assets):
    with pytest.raises(BadInput, match=r"at least 2 assets|named more often: USDC"):
        load_prices(write(GOOD), assets)


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadInput, match="the last is before the first"):
        DateRange(date(2021, 2, 1), date(2021, 1, 1))
