"""An exchange's candles become prices only if they are candles; nothing is filled in."""

import importlib.util

import numpy as np
import pytest
from trimtab.cli.verbs import load_verbs
from trimtab.errors import BadInput
from trimtab.research.exchange_prices import closes, open_exchange
from typer.testing import CliRunner

DAY = 86_400
START = 1_700_006_400  # a midnight
NOW = START + 40 * DAY + 3_600


class Book:
    """An exchange with daily candles, answered in pages of ten from the first asked for."""

    def __init__(self, change=lambda rows: rows, days=60):
        self.rows = [
            [(START + day * DAY) * 1000, 1.0, 1.0, 1.0, 100.0 + day, 5.0] for day in range(days)
        ]
        self.rows = change(self.rows)

    def fetch_ohlcv(self, symbol, timeframe, since, limit=None):
        assert (symbol, timeframe) == ("ETH/USD", "1d")
        return [row for row in self.rows if row[0] >= since][:10]


def pulled(book, **changes):
    span = {"since": START, "until": NOW, "interval": DAY} | changes
    return closes(book, {"ETH": "ETH/USD"}, **span)


def test_every_whole_candle_is_read_page_by_page_at_the_time_of_its_close():
    frame = pulled(Book())

    assert len(frame) == 40
    assert frame["ETH"].tolist() == [100.0 + day for day in range(40)]
    assert frame["time_utc"].iloc[0].timestamp() == START + DAY


def test_a_candle_that_is_missing_stays_missing():
    frame = pulled(Book(lambda rows: rows[:7] + rows[8:]))

    assert np.flatnonzero(frame["ETH"].isna()).tolist() == [7]
    assert len(frame) == 40


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([START * 1000, 1, 1, 1, 0.0, 1], "is 0.0, expected a number above 0"),
        ([START * 1000, 1, 1, 1, "nan", 1], "is nan, expected a number above 0"),
        ([START * 1000, 1], "no candle"),
        ([None, 1, 1, 1, 1, 1], "no candle"),
        ([(START + 60) * 1000, 1, 1, 1, 1.0, 1], "off the grid of 86400 s"),
    ],
)
def test_what_is_no_candle_is_refused(row, words):
    class Odd(Book):
        def fetch_ohlcv(self, *_):
            return [row]

    with pytest.raises(BadInput, match=words):
        pulled(Odd())


def test_an_exchange_that_repeats_itself_comes_to_an_end():
    class Stuck(Book):
        def fetch_ohlcv(self, *_):
            return self.rows[:3]

    assert len(pulled(Stuck())) == 3


def test_a_pair_without_candles_is_named():
    with pytest.raises(BadInput, match="ETH/USD: the exchange has no candles"):
        pulled(Book(days=0))


def test_a_length_that_no_candle_has_is_refused():
    with pytest.raises(BadInput, match="--interval 7: exchanges have candles of 60, 300"):
        pulled(Book(), interval=7)


@pytest.mark.skipif(importlib.util.find_spec("ccxt") is None, reason="needs trimtab[exchanges]")
def test_a_name_that_ccxt_does_not_know_is_refused():
    with pytest.raises(BadInput, match="expected one such as kraken"):
        open_exchange("kraken2")


@pytest.mark.skipif(importlib.util.find_spec("ccxt") is not None, reason="ccxt is installed")
def test_without_ccxt_the_extra_is_named():
    with pytest.raises(BadInput, match=r"trimtab\[exchanges\]"):
        open_exchange("kraken")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "expected --rpc with --feed, or --exchange with --pair"),
        (("--exchange", "kraken"), "expected --rpc with --feed"),
        (("--exchange", "kraken", "--pair", "ETH=ETH/USD", "--rpc", "http://x"), "expected --rpc"),
        (("--exchange", "kraken", "--pair", "ETH"), "expected ASSET=PAIR"),
    ],
)
def test_one_source_is_named_and_no_more(tmp_path, arguments, words):
    output = str(tmp_path / "prices.csv")
    given = ["prices", "pull", "--since", "2024-01-01", "--output", output, *arguments]

    result = CliRunner().invoke(load_verbs(given), given)

    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
