"""A holder joins and leaves on the page: by a wallet that signs, after a preview, within bounds."""

import re

import pytest
import requests
from browser.conftest import ask
from eth_utils.abi import function_signature_to_4byte_selector
from playwright.sync_api import expect
from trimtab.cli.hold_permit import PERMIT
from trimtab.domain.phrases import amount_text

WEI = 10**18


@pytest.fixture
def desk(served):
    return served.desk


def shares_of(desk):
    sender = desk.sender("holder")
    return sender.read_number(desk.record.vault, "balanceOf(address)", sender.address)


def join(page, action, amount):
    """Connects, chooses and previews."""
    page.get_by_role("button", name="Connect a wallet").click()
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_label("Amount of").fill(amount)
    page.get_by_role("button", name="Preview").click()


def confirm(page):
    page.get_by_role("button", name="Ask my wallet").click()
    expect(page.get_by_role("status").filter(has_text="done")).to_be_visible(timeout=30_000)


def test_minting_in_kind_asks_for_every_asset_and_brings_the_shares(
    served, desk, open_page, wallet
):
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    join(page, "Mint in kind", "100")
    expect(page.locator("#preview tbody tr")).to_have_count(3)
    confirm(page)

    assert shares_of(desk) == had + 100 * WEI
    expect(page.locator("#my-shares")).to_have_text(amount_text(shares_of(desk), 18))


def test_redeeming_in_kind_gives_the_shares_back(served, desk, open_page, wallet):
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    join(page, "Redeem in kind", "10.5")
    confirm(page)

    assert shares_of(desk) == had - 105 * WEI // 10


def test_a_deposit_says_what_the_spread_costs_and_goes_through(served, desk, open_page, wallet):
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    join(page, "Deposit", "200")
    expect(page.locator("#preview")).to_contain_text("against the oracle's value")
    confirm(page)

    assert shares_of(desk) > had


def test_a_withdrawal_pays_the_base_asset(served, desk, open_page, wallet):
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    join(page, "Withdraw", "50")
    expect(page.locator("#preview tbody th")).to_have_text("USDC")
    confirm(page)

    assert shares_of(desk) == had - 50 * WEI


@pytest.mark.parametrize("token", ["USDC", "BTC"])
def test_a_zap_in_brings_shares_for_one_asset_alone(served, desk, open_page, wallet, token):
    """From the base asset there are direct routes, from another one only ways through it."""
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)
    page.get_by_role("button", name="Connect a wallet").click()
    page.get_by_role("button", name="Zap in", exact=True).click()
    page.get_by_label("Pay with").select_option(label=token)
    page.get_by_label("Amount of").fill("300" if token == "USDC" else "0.01")
    page.get_by_role("button", name="Preview").click()

    preview = page.locator("#preview")
    expect(preview.locator("tbody th")).to_have_text(token)
    expect(preview).to_contain_text("paid to the pools, by you alone")
    least = re.search(r"at least ([\d,.]+)\. It costs", preview.inner_text())[1]
    confirm(page)

    got = shares_of(desk) - had
    assert got >= float(least.replace(",", "")) * WEI > 0
    assert got < 400 * WEI


def test_a_zap_out_pays_one_asset_alone(served, desk, open_page, wallet):
    sender = desk.sender("holder")
    usdc = desk.world.tokens["USDC"]
    had, held = shares_of(desk), usdc.balance(sender, sender.address)
    page = open_page(served.url, wallet=wallet)

    join(page, "Zap out", "40")
    bound = page.locator("#preview tbody td").nth(1).inner_text()
    confirm(page)

    assert shares_of(desk) == had - 40 * WEI
    got = usdc.balance(sender, sender.address) - held
    assert got >= float(bound.replace(",", "")) * 10**6 > 0


def allowed_to_zap(desk, token):
    sender = desk.sender("holder")
    zapper = desk.record.contract("Zapper")
    return sender.read_number(token, "allowance(address,address)", sender.address, zapper)


def zap_in(page, amount):
    join(page, "Zap in", amount)
    return page.locator("#preview li")


def test_a_zap_takes_a_signature_in_the_place_of_an_allowance(served, desk, open_page, wallet):
    usdc, had = desk.world.tokens["USDC"].address, shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    steps = zap_in(page, "150")
    expect(steps).to_have_text([re.compile("^sign for the zapper 150 USDC"), re.compile("^zap")])
    confirm(page)
    joined = shares_of(desk)
    page.get_by_role("button", name="Zap out", exact=True).click()
    page.get_by_label("Amount of").fill("10")
    page.get_by_role("button", name="Preview").click()
    expect(steps.first).to_contain_text("sign for the zapper 10 shares")
    confirm(page)

    assert shares_of(desk) == joined - 10 * WEI > had
    assert allowed_to_zap(desk, usdc) == allowed_to_zap(desk, desk.record.vault) == 0


def test_a_wallet_that_signs_nothing_is_asked_for_a_transaction(served, open_page, wallet):
    wallet.signs = False
    page = open_page(served.url, wallet=wallet)

    zap_in(page, "150")
    page.get_by_role("button", name="Ask my wallet").click()
    expect(page.get_by_role("alert")).to_contain_text("does not sign allowances; preview again")
    page.get_by_role("button", name="Preview").click()

    expect(page.locator("#preview li").first).to_have_text("allow the zapper 150 USDC")
    confirm(page)


def test_a_signature_that_is_declined_sends_nothing(served, desk, open_page, wallet):
    wallet.refuses = True
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)

    zap_in(page, "150")
    page.get_by_role("button", name="Ask my wallet").click()

    expect(page.get_by_role("alert")).to_contain_text("declined it in the wallet")
    assert shares_of(desk) == had


def test_a_token_without_permits_is_allowed_by_a_transaction(served, desk, open_page, wallet):
    """It describes its domain and counts nonces as if it took them, and has no such function."""
    url, usdc = desk.chain.url, desk.world.tokens["USDC"].address
    code = ask(url, "eth_getCode", [usdc, "latest"])["result"]
    permit = function_signature_to_4byte_selector(PERMIT).hex()
    assert code.count(permit) == 1
    ask(url, "anvil_setCode", [usdc, code.replace(permit, "00" * 4)])
    try:
        page = open_page(served.url, wallet=wallet)
        expect(zap_in(page, "150").first).to_have_text("allow the zapper 150 USDC")
    finally:
        ask(url, "anvil_setCode", [usdc, code])


def test_without_a_zapper_no_zap_is_offered(served, open_page, wallet):
    config = requests.get(f"{served.url}/config.json", timeout=5).json()
    del config["zapper"]
    page = open_page(served.url, wallet=wallet, config=config)

    page.get_by_role("button", name="Connect a wallet").click()

    expect(page.get_by_role("button", name="Deposit", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Zap in")).to_have_count(0)


@pytest.mark.parametrize(
    ("action", "amount", "words"),
    [
        ("Mint in kind", "", "an amount is needed"),
        ("Mint in kind", "-5", "is not a number above 0"),
        ("Mint in kind", "<b>1</b>", "is not a number above 0"),
        ("Mint in kind", "0", "it must be above 0"),
        ("Mint in kind", "0.0000000000000000001", "more than 18 digits"),
        ("Redeem in kind", "999999999", "you have"),
        ("Deposit", "1e3", "is not a number above 0"),
        ("Deposit", "100000", "today's limit has"),
        ("Zap in", "99999999999", "you have"),
        ("Zap out", "999999999", "you have"),
    ],
)
def test_a_bad_amount_is_refused_before_any_wallet_is_asked(
    served, open_page, wallet, action, amount, words
):
    page = open_page(served.url, wallet=wallet)

    join(page, action, amount)

    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.locator("#preview")).to_have_count(0)


def test_a_revert_is_said_in_words(served, desk, open_page, wallet):
    page = open_page(served.url, wallet=wallet)
    join(page, "Withdraw", "50")
    expect(page.locator("#preview")).to_be_visible()
    # Between the preview and the signature the guardian shuts the doors.
    mandate = desk.record.contract("Mandate")
    desk.sender("guardian").send(mandate, "pause()")

    page.get_by_role("button", name="Ask my wallet").click()

    try:
        expect(page.get_by_role("alert")).to_contain_text("trading is paused until")
    finally:
        desk.sender("owner").send(mandate, "unpause()")


def test_a_wallet_that_declines_is_said_so(served, desk, open_page, wallet):
    wallet.refuses = True
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)
    join(page, "Redeem in kind", "1")

    page.get_by_role("button", name="Ask my wallet").click()

    expect(page.get_by_role("alert")).to_contain_text("you declined it in the wallet")
    assert shares_of(desk) == had


def test_a_wallet_on_another_chain_is_not_used(served, open_page, wallet):
    wallet.chain_id = 1
    page = open_page(served.url, wallet=wallet)

    page.get_by_role("button", name="Connect a wallet").click()

    expect(page.get_by_role("alert")).to_contain_text("the wallet is on chain 1")
    expect(page.get_by_role("button", name="Connect a wallet")).to_be_visible()


def test_all_of_it_can_be_done_with_the_keyboard(served, desk, open_page, wallet):
    had = shares_of(desk)
    page = open_page(served.url, wallet=wallet)
    page.get_by_role("button", name="Connect a wallet").focus()

    page.keyboard.press("Enter")
    page.get_by_role("button", name="Redeem in kind").press("Enter")
    page.get_by_label("Amount of").press("1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ask my wallet").press("Enter")
    expect(page.get_by_role("status").filter(has_text="done")).to_be_visible(timeout=30_000)

    assert shares_of(desk) == had - WEI
