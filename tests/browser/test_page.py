"""The page shows what the chain says, says what went wrong, and asks nobody but its node."""

import json
import re
import subprocess
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from browser.conftest import ask
from playwright.sync_api import expect
from trimtab.cli.format import value_text
from trimtab.domain.phrases import amount_text, percent

NODE_QUESTIONS = 5
"""Most requests for the first view of a vault."""

NOT_A_CONTRACT = "0x000000000000000000000000000000000000dEaD"

NAME_SLOT = 3
"""Where OpenZeppelin's ERC-20 keeps its name; a short one has twice its length in the last byte."""


def configured(served):
    """What the server configures."""
    return requests.get(f"{served.url}/config.json", timeout=5).json()


def test_the_numbers_are_those_of_inspect(served, open_page):
    inspected = served.desk.json("inspect", who="keeper")
    page = open_page(served.url)

    expect(page.locator("#nav")).to_have_text(value_text(int(inspected["nav"])))
    expect(page.locator("#per-share")).to_have_text(value_text(int(inspected["value_per_share"])))
    expect(page.locator("#rebalances")).to_have_text(str(inspected["rebalances"]))
    expect(page.locator("#drift")).to_have_text(percent(int(inspected["total_drift"])))
    for asset in inspected["assets"]:
        cells = page.locator(f"tr[data-asset='{asset['token']}'] td")
        expect(cells.nth(0)).to_have_text(percent(int(asset["weight"])))
        expect(cells.nth(1)).to_have_text(percent(int(asset["target"])))
        expect(cells.nth(5)).to_have_text(value_text(int(asset["value"])))


def test_the_history_lists_each_rebalance_with_its_legs(served, open_page):
    page = open_page(served.url)

    rows = page.get_by_role("region", name="Rebalances").locator("tbody")
    expect(rows).to_have_count(1)
    expect(rows.locator(".legs div")).not_to_have_count(0)
    worth = page.locator("#per-share").inner_text()
    expect(page.get_by_role("img", name=f"after each rebalance; {worth} now")).to_be_visible()


def test_roles_are_named_with_who_holds_them(served, open_page):
    roles = served.desk.record.content["roles"]
    page = open_page(served.url)

    table = page.get_by_role("region", name="Roles")
    for who in (roles["owner"], roles["manager"], roles["guardian"], *roles["keepers"]):
        expect(table.locator(f"code[title='{who}']")).to_be_visible()


def test_the_first_view_asks_its_own_server_and_the_node_little(served, browser):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.extend([request]))
    page.goto(served.url)
    expect(page.get_by_role("region", name="Rebalances")).to_be_visible()
    page.close()

    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(served.url).netloc}
    questions = [request for request in asked if request.url.endswith("/rpc")]
    assert 1 < len(questions) <= NODE_QUESTIONS
    # No batch hides more than one question.
    assert all(isinstance(json.loads(request.post_data), dict) for request in questions)


def test_what_is_sent_to_the_browser_is_small(served, browser):
    page = browser.new_page()
    sizes = []
    page.on(
        "response",
        lambda response: sizes.append(len(response.body())) if ".js" in response.url else None,
    )
    page.goto(served.url)
    expect(page.locator("#nav")).to_be_visible()
    page.close()

    # Text of this kind shrinks to a third when it is compressed: 300 kB are 900 kB before.
    assert 0 < sum(sizes) < 900_000


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("vault", "0x1234", 'vault is "0x1234"; expected an address'),
        ("vault", NOT_A_CONTRACT, "has no code"),
        ("lens", NOT_A_CONTRACT, "no lens is at"),
        ("chainId", 1, "the vault is on chain 1"),
        ("rpc", "javascript:alert(1)", "rpc is"),
    ],
)
def test_a_wrong_address_is_said_in_words(served, open_page, key, value, words):
    page = open_page(served.url, config=configured(served) | {key: value})

    expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.parametrize("path", ["/", "/index.html"])
def test_a_link_changes_nothing_that_the_host_configured(served, open_page, path):
    link = urlencode(dict.fromkeys(("vault", "lens", "keeper"), NOT_A_CONTRACT))
    evil = "rpc=http%3A%2F%2F127.0.0.1%3A9%2F&chainId=1&fromBlock=7"

    page = open_page(f"{served.url}{path}?{link}&{evil}")

    expect(page.locator("header")).to_contain_text(served.desk.record.vault)
    expect(page.locator("#by-link")).to_have_count(0)
    assert NOT_A_CONTRACT.lower() not in page.content().lower()
    calls = page.get_by_text("Check it yourself").locator("..").locator("pre")
    expect(calls).to_contain_text(served.desk.record.vault)


def test_what_a_link_puts_into_a_command_is_not_run_by_a_shell(served, open_page):
    link = configured(served) | {"rpc": f"{served.url}/rpc?$(id)`id`;id&id|id'"}

    page = open_page(f"{served.url}?{urlencode(link)}", config=404)

    commands = page.get_by_text("Check it yourself").locator("..").locator("pre").inner_text()
    shown = f'{commands.splitlines()[0]}; printf %s "$RPC"'
    said = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert said.stdout == f"{served.url}/rpc?$(id)`id`;id&id|id%27"
    assert commands.count('--rpc-url "$RPC"') == 3


@pytest.mark.parametrize(
    "path", ["//", "///", "//index.html", "/assets/..%2f", "/x/..%2findex.html"]
)
def test_no_spelling_of_the_address_loses_the_configuration(served, browser, path):
    page = browser.new_page()
    answer = page.goto(f"{served.url}{path}?vault={NOT_A_CONTRACT}")
    page.close()

    assert answer.status == 404


def test_a_configuration_that_cannot_be_read_does_not_hand_over_to_the_link(served, open_page):
    everything = urlencode(configured(served) | {"rpc": f"{served.url}/rpc"})

    for status, words in ((500, "the host says 500"), (403, "the host says 403")):
        page = open_page(f"{served.url}?{everything}", config=status)
        expect(page.get_by_role("alert")).to_contain_text(words)


def test_without_a_configuration_the_link_counts_and_the_page_says_so(served, open_page):
    link = configured(served) | {"rpc": f"{served.url}/rpc"}

    page = open_page(f"{served.url}?{urlencode(link)}", config=404)

    expect(page.locator("header")).to_contain_text(served.desk.record.vault)
    expect(page.locator("#by-link")).to_contain_text("chose vault, lens and node")


def test_a_node_that_is_down_is_said_and_what_was_read_stays(served, open_page):
    page = open_page(served.url)
    expect(page.locator("#nav")).to_be_visible()

    page.route("**/rpc", lambda route: route.abort())

    expect(page.get_by_role("alert").first).to_contain_text("Not up to date", timeout=25_000)
    expect(page.locator("#nav")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(served, open_page, scheme):
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    page = open_page(served.url, **phone)
    expect(page.get_by_role("region", name="Rebalances")).to_be_visible()

    width = page.evaluate("document.documentElement.scrollWidth")

    assert width <= 360
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") == (scheme == "light")


def test_letters_of_the_picture_are_as_large_on_a_phone_as_elsewhere(served, open_page):
    for width in (360, 1280):
        page = open_page(served.url, viewport={"width": width, "height": 740})
        letter = page.locator("svg text").first
        expect(letter).to_be_visible()
        assert letter.bounding_box()["height"] >= 15


def test_the_numbers_are_those_of_plain_calls(served, open_page):
    """What `cast` reads from the contracts, without any code of ours, at the page's own block."""
    record, url = served.desk.record, served.desk.chain.url
    page = open_page(served.url)
    block = re.search(r"read from block (\d+)", page.locator("#block").inner_text())[1]

    def cast(address, signature):
        command = ["cast", "call", address, signature, "--rpc-url", url, "--block", block]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return [int(found) for found in re.findall(r"(\d+)(?: \[\S+\])?", done.stdout)]

    (supply,) = cast(record.vault, "totalSupply()(uint256)")
    held = cast(record.vault, "holdings()(uint256[])")
    targets = cast(record.contract("Mandate"), "targets()(uint256[])")
    shown = page.locator("tr[data-asset]")
    assert page.locator("#shares").inner_text() == amount_text(supply, 18)
    for i, (amount, target) in enumerate(zip(held, targets, strict=True)):
        cells = shown.nth(i).locator("td").all_inner_texts()
        (decimals,) = cast(shown.nth(i).get_attribute("data-asset"), "decimals()(uint8)")
        assert cells[1] == percent(target)
        assert float(cells[4].replace(",", "")) == pytest.approx(amount / 10**decimals, rel=1e-7)


def test_a_name_with_markup_is_shown_as_text(served, open_page):
    vault, url = served.desk.record.vault, served.desk.chain.url
    name = b"<img src=x onerror=alert(1)>"
    before = ask(url, "eth_getStorageAt", [vault, hex(NAME_SLOT), "latest"])["result"]
    word = name.ljust(31, b"\0") + bytes([2 * len(name)])
    ask(url, "anvil_setStorageAt", [vault, hex(NAME_SLOT), "0x" + word.hex()])
    try:
        page = open_page(served.url)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_contain_text(name.decode())
        assert page.locator("img").count() == 0
    finally:
        ask(url, "anvil_setStorageAt", [vault, hex(NAME_SLOT), before])


def test_a_server_is_not_asked_by_a_strange_name(served):
    port = urlsplit(served.url).port
    answer = requests.get(
        f"http://127.0.0.1:{port}/config.json", headers={"Host": "evil.example"}, timeout=5
    )

    assert answer.status_code == 400
