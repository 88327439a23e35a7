"""A vault of 16 assets fits on the page, and is joined with as many allowances."""

import pytest
from browser.conftest import Served, Wallet, ask, serving
from browser.test_access import findings
from browser.test_holder import confirm, join, shares_of
from integration.cli_desk import open_desk
from playwright.sync_api import expect
from trimtab.domain.units import WAD
from trimtab.local.prices import PriceHistory
from trimtab.local.synthetic import synthetic_history

COUNT = 16


def prices():
    """A dollar, and fifteen coins that are worth the same."""
    two = synthetic_history(("USDC", "ETH"), 3, 11)
    names = ("USDC", "ETH", *(f"COIN{i}" for i in range(COUNT - 2)))
    rows = tuple((dollar, *(coin,) * (COUNT - 1)) for dollar, coin in two.rows)
    return PriceHistory(two.timestamps, names, rows)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    weights = (1 / COUNT,) * COUNT
    with open_desk(folder, history=prices(), weights=weights, crossing=False) as desk:
        desk.deploy()
        ask(desk.chain.url, "anvil_autoImpersonateAccount", [True])
        with serving(folder) as url:
            yield Served(desk, url)


@pytest.mark.parametrize("width", [360, 1280])
def test_sixteen_assets_fit_in_the_picture_and_beside_it(large, open_page, width):
    page = open_page(large.url, viewport={"width": width, "height": 800})

    expect(page.locator("tr[data-asset]")).to_have_count(COUNT)
    expect(page.locator("svg text")).to_have_count(COUNT)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []


def test_sixteen_assets_are_brought_in_one_go(large, open_page):
    had = shares_of(large.desk)
    page = open_page(large.url, wallet=Wallet(large.desk.chain.url, large.desk.record.chain_id))

    join(page, "Mint in kind", "10")
    expect(page.locator("#preview tbody tr")).to_have_count(COUNT)
    expect(page.locator("#preview li")).to_have_count(COUNT + 1)
    confirm(page)

    assert shares_of(large.desk) == had + 10 * WAD
