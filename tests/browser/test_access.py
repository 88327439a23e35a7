"""axe finds nothing on the page: joined or not, in the light or the dark, wide or narrow."""

from pathlib import Path

import pytest
from browser.test_holder import join
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "bot/page/node_modules/axe-core/axe.min.js"


def findings(page):
    """What axe finds, each with the elements that it is about."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert found["passes"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(served, open_page, wallet, scheme, width):
    page = open_page(
        served.url, wallet=wallet, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    expect(page.get_by_role("region", name="Rebalances")).to_be_visible()
    assert findings(page) == []

    join(page, "Mint in kind", "1")
    expect(page.locator("#preview")).to_be_visible()
    assert findings(page) == []


def test_axe_finds_nothing_where_the_vault_cannot_be_read(served, open_page):
    page = open_page(served.url, config=500)

    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page) == []


def test_axe_notices_what_is_wrong(served, open_page):
    page = open_page(served.url)
    expect(page.locator("#nav")).to_be_visible()

    page.evaluate("document.querySelector('main').append(document.createElement('input'))")

    assert any(one.startswith("label:") for one in findings(page))
