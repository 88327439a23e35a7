"""A long history opens quickly from the index, and without it the page says how far it has read."""

import re
import time

import pytest
import requests
from browser.conftest import ask, serving
from eth_abi import encode
from integration.cli_desk import open_desk
from playwright.sync_api import expect
from trimtab.chain.contracts import interface
from trimtab.domain.units import WAD
from trimtab.local.accounts import local_accounts

REBALANCES = 2_000
QUICK_SECONDS = 3.0

EMITTER = bytes.fromhex(
    "365f5f37"  # calldata to memory
    "6060516040516020515f5160806080a4"  # LOG4: a leg settled
    "61014051610120516101005160e0610160a3"  # LOG3: all of it settled
    "00"
)
"""Stands at the vault's address while history is made: writes two events, their words given."""


SCRIBE = "0x" + "5c" * 20
"""Who sends what the emitter writes."""


def words(*values):
    return b"".join(
        int(value, 16).to_bytes(32, "big") if isinstance(value, str) else value.to_bytes(32, "big")
        for value in values
    )


def events_of(nonce, tokens, keeper):
    """Words of a leg and of the rebalance that it belongs to."""
    vault = interface("Vault")
    value = 100 * WAD
    leg = words(int.from_bytes(vault.event("LegSettled").topic, "big"), 1, *tokens)
    leg += encode(["uint256"] * 4, [10**8, 10**16, value, value - nonce * 10**14])
    head = words(int.from_bytes(vault.event("Rebalanced").topic, "big"), keeper, nonce)
    nav = 20_000 * WAD + nonce * WAD
    return leg + head + encode(["uint256"] * 7, [1, nav, nav, WAD // 20, 0, 10**13, WAD // 50])


@pytest.fixture(scope="module")
def long_history(tmp_path_factory):
    """The page of a vault with 2,000 rebalances, on a chain of its own."""
    folder = tmp_path_factory.mktemp("long")
    with open_desk(folder) as desk:
        desk.deploy()
        url, vault = desk.chain.url, desk.record.vault
        keeper = local_accounts().keeper.address
        tokens = [asset["token"] for asset in desk.json("inspect", who="keeper")["assets"][:2]]
        code = ask(url, "eth_getCode", [vault, "latest"])["result"]
        ask(url, "anvil_autoImpersonateAccount", [True])
        ask(url, "anvil_setCode", [vault, "0x" + EMITTER.hex()])
        ask(url, "anvil_setBalance", [SCRIBE, hex(10**20)])
        write_history(url, vault, lambda nonce: events_of(nonce, tokens, keeper))
        ask(url, "anvil_setCode", [vault, code])
        with serving(folder) as address:
            yield address


def write_history(url, vault, data_of):
    """A transaction for each rebalance, mined as they come."""
    with requests.Session() as session:
        for nonce in range(REBALANCES):
            call = {
                "from": SCRIBE,
                "to": vault,
                "gas": hex(100_000),
                "data": "0x" + data_of(nonce).hex(),
            }
            question = {"method": "eth_sendTransaction", "params": [call]}
            body = {"jsonrpc": "2.0", "id": nonce} | question
            answer = session.post(url, json=body, timeout=10).json()
            assert "error" not in answer, answer
    for _ in range(600):
        count = int(ask(url, "eth_getTransactionCount", [SCRIBE, "latest"])["result"], 16)
        if count == REBALANCES:
            return
        ask(url, "evm_mine", [])
    raise AssertionError(f"{count} of {REBALANCES} were mined")


def indexed(address):
    for _ in range(300):
        found = requests.get(f"{address}/api/v1/history", timeout=10).json()
        if found["complete"]:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"status": 500}, "the index answers with status 500"),
        ({"json": []}, "something else than"),
        ({"json": {"last_block": "<b>"}}, "something else than"),
    ],
)
def test_an_index_that_fails_is_passed_over_and_the_chain_is_read(served, open_page, told, words):
    def prepare(page):
        page.route("**/api/v1/history*", lambda route: route.fulfill(**told))

    page = open_page(served.url, prepare=prepare)

    expect(page.locator("#source")).to_contain_text("One rebalance, read from the chain's events")
    expect(page.locator("#source")).to_contain_text(words)


def test_an_index_that_hides_a_rebalance_is_found_out_by_the_vault(served, open_page):
    def prepare(page):
        def hide(route):
            answer = route.fetch()
            found = answer.json() | {"count": 0, "rebalances": [], "per_share": []}
            route.fulfill(json=found)

        page.route("**/api/v1/history*", hide)

    indexed(served.url)
    page = open_page(served.url, prepare=prepare)

    expect(page.locator("#source")).to_contain_text("it tells of 0 rebalances, the vault of 1")
    expect(page.get_by_role("region", name="Rebalances").locator("tbody")).to_have_count(1)


def test_two_thousand_rebalances_open_quickly_with_the_index(long_history, browser):
    assert indexed(long_history)["count"] == REBALANCES
    page = browser.new_page()

    started = time.monotonic()
    page.goto(long_history)
    expect(page.locator("#source")).to_contain_text(f"{REBALANCES} rebalances, told by")
    expect(page.get_by_role("region", name="Rebalances").locator("tbody")).to_have_count(50)
    took = time.monotonic() - started
    page.close()

    assert took < QUICK_SECONDS


def test_older_rebalances_are_fetched_when_they_are_wanted(long_history, open_page):
    indexed(long_history)
    page = open_page(long_history)
    rows = page.get_by_role("region", name="Rebalances").locator("tbody")
    expect(rows).to_have_count(50)

    page.get_by_role("button", name="Show 50 more").click()

    expect(rows).to_have_count(100)
    hashes = rows.locator("th").evaluate_all("cells => cells.map((cell) => cell.title)")
    assert len(set(hashes)) == 100


def test_without_an_index_the_page_shows_how_far_it_has_read(long_history, open_page):
    page = open_page(long_history, config=without_index(long_history), prepare=_narrow)

    bar = page.locator("progress")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("value", re.compile(r"^0\.[1-9]"))
    expect(page.locator("#source")).to_contain_text(f"{REBALANCES} rebalances, read from")


def _narrow(page):
    """A node that looks for events in 64 blocks at most, and takes its time."""

    def answer(route):
        question = route.request.post_data_json
        if isinstance(question, dict) and question["method"] == "eth_getLogs":
            wanted = question["params"][0]
            if int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) >= 64:
                fault = {"code": -32005, "message": "at most 64 blocks"}
                route.fulfill(json={"jsonrpc": "2.0", "id": question["id"], "error": fault})
                return
            time.sleep(0.05)
        route.continue_()

    page.route("**/rpc", answer)


def plain_node(page, *, tells_dates=True):
    """A node whose events carry no time, as older ones do; lists what else it is asked for."""
    asked = []

    def answer(route):
        question = route.request.post_data_json
        if isinstance(question, list):
            asked.append(question)
            if not tells_dates:
                route.fulfill(status=500)
                return
        if isinstance(question, list) or question["method"] != "eth_getLogs":
            route.continue_()
            return
        found = route.fetch().json()
        logs = [
            {key: log[key] for key in log if key != "blockTimestamp"} for log in found["result"]
        ]
        route.fulfill(json=found | {"result": logs})

    page.route("**/rpc", answer)
    return asked


def without_index(address):
    found = requests.get(f"{address}/config.json", timeout=5).json()
    return {key: value for key, value in found.items() if key != "history"}


def test_dates_that_events_do_not_carry_are_asked_for_a_few_at_a_time(long_history, open_page):
    asked = []
    page = open_page(
        long_history,
        config=without_index(long_history),
        prepare=lambda page: asked.append(plain_node(page)),
    )
    whens = page.get_by_role("region", name="Rebalances").locator("th[scope=row]")

    expect(whens).to_have_count(50, timeout=60_000)
    expect(whens.nth(49)).to_contain_text("UTC")
    expect(whens.filter(has_text="block")).to_have_count(0)
    (batches,) = asked
    blocks = [question["params"][0] for batch in batches for question in batch]
    assert len(blocks) == len(set(blocks)) <= 50
    assert max(len(batch) for batch in batches) <= 20
    told = indexed(long_history)["rebalances"]
    stamps = {one["transaction"]: one["timestamp"] for one in told}
    for at in (0, 49):
        stamp = stamps[whens.nth(at).get_attribute("title")]
        expect(whens.nth(at)).to_have_text(
            time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(stamp))
        )


def test_a_node_that_tells_no_dates_leaves_the_blocks(served, open_page):
    def prepare(page):
        plain_node(page, tells_dates=False)

    page = open_page(served.url, config=without_index(served.url), prepare=prepare)

    row = page.get_by_role("region", name="Rebalances").locator("th[scope=row]")
    expect(row).to_contain_text("block ")
    expect(page.get_by_role("alert")).to_have_count(0)
