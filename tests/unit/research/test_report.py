"""A report is one file that loads nothing, trusts no name, and says the same as its figures."""

import re
from dataclasses import replace

import numpy as np
import pytest
from trimtab.research.attribution import HoldingPath, Move
from trimtab.research.report import plain_html, report_data, report_html, report_json

DAY = 86_400


def path(days=90, names=("USDC", "<script>alert(1)</script>")):
    """One sale on day ten that cost something, then a fall."""
    ups = np.concatenate([np.linspace(1.0, 1.5, 40), np.linspace(1.5, 1.1, days - 40)])
    prices = np.column_stack([np.ones(days), ups])
    quantities = np.tile([50.0, 50.0], (days, 1))
    change = np.array([5.9, -6 / ups[10]])
    quantities[10:] += change
    times = tuple(1_600_000_000 + DAY * day for day in range(days))
    return HoldingPath(times, names, prices, quantities, (Move(10, "trade", change),))


@pytest.fixture(scope="module")
def data():
    return report_data(path(), title="A & B", source="From a test.", unit="USD")


def test_the_report_loads_nothing_from_elsewhere(data):
    page = report_html(data)

    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page) == []
    assert page.count("Plotly.newPlot(") == 5
    assert page.startswith("<!doctype html>")


def test_names_that_tokens_choose_cannot_become_markup(data):
    for page in (report_html(data), plain_html(data)):
        assert "<script>alert(1)</script>" not in page
        assert "A &amp; B" in page


def test_the_plain_page_has_sentences_and_no_scripts(data):
    page = plain_html(data)

    assert "<script" not in page
    assert "Over 89 days, from 2020-09-13 to 2020-12-11" in page
    assert "Had nothing been traded" in page
    assert "it has not come back to that height yet" in page
    assert "Trading cost 0.1000 USD a share, 0.10% of its first worth." in page
    assert "The past is no promise" in page


def test_figures_are_those_of_the_path(data):
    found = report_json(data)

    worth = data.path.worth
    assert found["total_return"] == pytest.approx(worth[-1] / worth[0] - 1)
    assert found["moves"] == pytest.approx({"trade": -0.1})
    assert found["turnover"] > 0
    assert found["max_drawdown"] < -0.1


def test_a_short_past_has_no_futures():
    short = report_data(path(50), title="T", source="S", unit="USD")

    assert short.futures is None
    assert "possible futures" not in report_html(short)
    assert "no promise" not in plain_html(short)


def test_assets_that_never_moved_have_no_beta():
    still = HoldingPath((0, DAY, 2 * DAY), ("A",), np.ones((3, 1)), np.ones((3, 1)))

    found = report_data(still, title="T", source="S", unit="USD")

    assert found.beside is None
    assert report_json(found)["beta"] is None
    assert "It never fell" in plain_html(found)


def test_taxes_stand_in_the_report_and_no_page_invents_them(data):
    rows = (("asset", "lots"), ("<b>WETH</b>", "3"))

    page = report_html(replace(data, taxes=rows))

    assert "Taxes of the vault" in page
    assert "&lt;b&gt;WETH&lt;/b&gt;" in page
    assert "Taxes of the vault" not in report_html(data)
