"""The operator sees what the keeper decided, sent and spent, and can send nothing there."""

import pytest
import requests
from browser.conftest import serving
from browser.test_access import findings
from playwright.sync_api import expect
from trimtab.domain.phrases import amount_text


def test_the_last_decision_the_nodes_and_the_gas_are_those_of_keeper_status(served, open_page):
    told = served.desk.json("keeper", "status", who="keeper")
    answer = requests.get(f"{served.url}/api/v1/operator", timeout=10).json()
    page = open_page(f"{served.url}/operator.html")

    last = told["vaults"][0]["last"]
    expect(page.locator(".verdict")).to_have_text(f"{last['action']}: {last['reason']}")
    rows = page.get_by_role("region", name="Latest decisions").locator("tbody tr")
    expect(rows).to_have_count(len(answer["decisions"]))
    expect(page.get_by_role("region", name="Nodes asked")).to_contain_text(
        told["endpoints"][0]["name"]
    )
    spent = sum(
        int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        for receipt in receipts_of(served, answer)
    )
    assert int(answer["gas_spent_wei"]) >= spent > 0
    shown = amount_text(int(answer["gas_spent_wei"]), 18)
    expect(page.locator("#gas-spent")).to_have_text(f"{shown} native coins")


def receipts_of(served, answer):
    """Receipts of the keeper's own rebalances, from the chain."""
    hashes = [one["transaction"] for one in answer["decisions"] if one["transaction"]]
    assert hashes
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionReceipt"}
    for found in hashes:
        question = body | {"params": [found]}
        yield requests.post(served.desk.chain.url, json=question, timeout=5).json()["result"]


def test_what_rebalances_cost_stands_beside_what_the_policy_held_them_to_be_worth(
    served, open_page
):
    (vault,) = served.desk.json("keeper", "status", who="keeper")["vaults"]
    model = vault["model"]
    page = open_page(f"{served.url}/operator.html")

    assert model["weighed"] == model["rebalances"] == 1
    assert model["benefit"] > 0
    expect(page.locator("#worth")).to_have_text(f"{model['benefit']:,.2f}")
    expect(page.locator(".note")).to_contain_text("an expectation, not money gained")


def test_a_new_decision_appears_without_a_reload(served, open_page):
    page = open_page(f"{served.url}/operator.html")
    rows = page.get_by_role("region", name="Latest decisions").locator("tbody tr")
    expect(rows.first).to_be_visible()
    before = rows.count()

    done = served.desk.run("keeper", "once", who="keeper")
    assert done.exit_code == 0, done.output

    expect(rows).to_have_count(before + 1, timeout=15_000)


def test_a_server_that_stops_is_said_and_what_is_known_stays(served, open_page):
    page = open_page(f"{served.url}/operator.html")
    expect(page.locator(".verdict")).to_be_visible()

    page.route("**/api/**", lambda route: route.abort())

    expect(page.get_by_role("alert")).to_contain_text("Not up to date", timeout=15_000)
    expect(page.locator(".verdict")).to_be_visible()


def test_whoever_should_not_see_it_does_not(served, open_page):
    with serving(served.desk.folder, arguments=("--no-operator",)) as url:
        assert requests.get(f"{url}/api/v1/operator", timeout=5).status_code == 404
        page = open_page(f"{url}/operator.html")
        expect(page.get_by_role("alert")).to_contain_text("start it with --operator")


def test_nothing_can_be_sent_to_it(served):
    for method in ("post", "put", "delete", "patch"):
        answer = getattr(requests, method)(f"{served.url}/api/v1/operator", timeout=5)
        assert answer.status_code == 405


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_a_phone_shows_all_of_it(served, open_page, width):
    page = open_page(f"{served.url}/operator.html", viewport={"width": width, "height": 800})
    expect(page.locator(".verdict")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
