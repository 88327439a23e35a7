"""A holder joins and leaves by commands: at the doors, in kind, and is told why where it cannot."""

import re

import pytest
from integration.cli_desk import open_desk
from trimtab.domain.units import DAY
from trimtab.local.accounts import local_accounts


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("hold")) as found:
        found.deploy()
        yield found


@pytest.fixture
def vault(desk):
    with desk.undone():
        yield desk


def balances(vault):
    """Base asset and shares of the holder."""
    sender = vault.sender("holder")
    shares = sender.read_number(vault.record.vault, "balanceOf(address)", sender.address)
    return vault.world.tokens["USDC"].balance(sender, sender.address), shares


def sent(vault):
    return vault.world.node.transaction_count(local_accounts().holder.address)


def refused(vault, *arguments, **options):
    """What a verb said when it refused; nothing may have been sent."""
    before = sent(vault)
    result = vault.run(*arguments, "--live", **options)
    assert result.exit_code == 2, result.output
    assert sent(vault) == before
    return result.stderr


def test_a_deposit_gives_the_shares_that_its_dry_run_named(vault):
    dollars, shares = balances(vault)

    dry = vault.run("hold", "deposit", "500")
    live = vault.run("hold", "deposit", "500", "--live")

    assert "1. permit 500 USDC for the vault" in dry.stdout
    assert "the spread of 0.50 % stays with all holders" in dry.stdout
    assert "dry run: nothing was signed or sent" in dry.stderr
    assert live.exit_code == 0, live.output
    assert "permit 500 USDC for the vault: block" in live.stdout
    now = balances(vault)
    assert now[0] == dollars - 500 * 10**6
    named = dry.stdout.split("receives ")[1].split(" CLI")[0]
    assert f"{(now[1] - shares) // 10**16 / 100:.2f}" == named[:6]


def test_a_withdrawal_pays_what_was_asked_for_and_costs_the_spread(vault):
    dollars, shares = balances(vault)

    result = vault.run("hold", "withdraw", "500", "--live")

    assert result.exit_code == 0, result.output
    now = balances(vault)
    assert now[0] - dollars == 500 * 10**6
    assert 500.5 * 10**18 < shares - now[1] < 507 * 10**18
    assert "USDC (0.50 %) against the oracle's prices" in result.stdout


def test_shares_leave_by_the_door_as_far_as_there_is_base_asset(vault):
    assert vault.run("hold", "redeem", "19500", "--live").exit_code == 0

    whole = refused(vault, "hold", "withdraw", "--shares", "all")
    part = vault.run("hold", "withdraw", "--shares", "20", "--live")

    assert "the vault has 200.030623 USDC of its base asset, asked for 497.5" in whole
    assert part.exit_code == 0, part.output
    assert part.stdout.startswith("withdraw 20 CLI")


def test_an_allowance_that_stands_is_used_and_not_granted_again(vault):
    token = vault.world.tokens["USDC"]
    approve = "approve(address,uint256)"
    vault.sender("holder").send(token.address, approve, vault.record.vault, 100 * 10**6)

    dry = vault.run("hold", "deposit", "100")
    live = vault.run("hold", "deposit", "100", "--live")

    assert "the node says that it would succeed now" in dry.stderr
    assert "permit" not in live.stdout + dry.stdout
    assert live.exit_code == 0, live.output


def test_a_deposit_beyond_the_bucket_says_when_there_will_be_room(vault):
    assert vault.run("hold", "deposit", "900", "--live").exit_code == 0

    beyond = refused(vault, "hold", "deposit", "900")
    never = refused(vault, "hold", "deposit", "5000")

    assert "the door takes up to " in beyond
    assert "the bucket will have room for it at 20" in beyond
    assert "never passes at once" in never


def test_paused_doors_say_until_when_and_how_to_leave_all_the_same(vault):
    guardian = vault.sender("guardian")
    guardian.send(vault.record.contract("Mandate"), "pause()")

    for verb in ("deposit", "withdraw"):
        said = refused(vault, "hold", verb, "10")
        assert "trading is paused until 20" in said
        assert "in kind one can always leave: trimtab hold redeem" in said
    assert vault.run("hold", "redeem", "10", "--live").exit_code == 0


def test_a_stale_price_shuts_the_doors_in_words(vault):
    vault.chain.set_next_timestamp(vault.chain.timestamp() + 4 * DAY)
    vault.chain.mine()

    said = refused(vault, "hold", "deposit", "10")

    assert "the price of USDC cannot be used: stale (answered 20" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deposit", "500", "--min-shares", "501"), "less than the limit of 501 CLI"),
        (("deposit", "2000000"), "never passes at once"),
        (("withdraw", "500", "--max-shares", "500"), "more than the limit of 500 CLI"),
        (("withdraw", "--shares", "20", "--min-out", "21"), "less than the limit of 21 USDC"),
        (("withdraw", "--shares", "30000"), "asked to give back 30,000"),
        (("withdraw",), "say either AMOUNT, in the base asset, or --shares"),
        (("withdraw", "1", "--shares", "1"), "say either AMOUNT"),
        (("deposit", "1", "--receiver", "0x12"), '--receiver is "0x12", expected an address'),
        (("deposit", "0.0000001"), "has more than 6 digits after the point"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(vault, arguments, said):
    assert said in refused(vault, "hold", *arguments)


def test_a_holder_without_money_is_told_so(vault):
    said = vault.run("hold", "deposit", "10", "--live", who="guardian")

    assert said.exit_code == 2
    assert "has 0 USDC, asked to deposit 10 USDC" in said.stderr


def test_one_token_in_and_out_again_costs_what_was_shown(vault):
    dollars, shares = balances(vault)

    dry = vault.run("hold", "zap", "in", "1000")
    entered = vault.run("hold", "zap", "in", "1000", "--live")
    minted = balances(vault)[1] - shares
    left = vault.run("hold", "zap", "out", "900", "--live")

    assert "with a permit for 1,000 USDC" in dry.stdout
    assert "(0.03 %) against the oracle's prices: the pools' fees" in dry.stdout
    assert entered.exit_code == 0, entered.output
    named = dry.stdout.split("receives ")[1].split(" CLI")[0]
    assert minted == pytest.approx(float(named) * 10**18, rel=1e-6)
    assert left.exit_code == 0, left.output
    paid = dollars - balances(vault)[0]
    assert 100 * 10**6 < paid < 101 * 10**6
    assert vault.world.tokens["BTC"].balance(vault.sender("holder"), vault.record.zapper) == 0


def test_another_token_goes_in_and_an_asset_is_kept_as_it_is(vault):
    btc, holder = vault.world.tokens["BTC"], vault.sender("holder")
    entered = vault.run("hold", "zap", "in", "0.3", "ETH", "--live")
    before = btc.balance(holder, holder.address)

    left = vault.run("hold", "zap", "out", "100", "ETH", "--keep", "BTC", "--live")

    assert "route 7 sells 0.09" in entered.stdout
    assert entered.exit_code == left.exit_code == 0, left.output
    assert "receives as it is 0.00103448 BTC" in left.stdout
    assert btc.balance(holder, holder.address) - before == 103448


def test_a_zap_sets_aside_what_it_is_told_to_skip(vault):
    left = vault.run("hold", "zap", "out", "100", "--skip", "BTC", "--live")

    assert left.exit_code == 0, left.output
    assert vault.run("hold", "claim", "BTC", "--live").exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--keep", "USDC"), "--keep USDC: it is what the zap pays out"),
        (("--keep", "BTC", "--skip", "BTC"), "--keep BTC: it is named by --skip as well"),
    ],
)
def test_a_zap_keeps_nothing_that_it_pays_out_or_sets_aside(vault, options, said):
    assert said in refused(vault, "hold", "zap", "out", "10", *options)


def test_a_zap_whose_pools_moved_past_its_minimum_takes_nothing(vault):
    before = balances(vault)

    said = refused(vault, "hold", "zap", "in", "1000", "--min-shares", "999.9")

    assert "the zap brings 999.5" in said
    assert "less than the limit of 999.9 CLI" in said
    assert balances(vault) == before


def remove_routes(vault, *ends):
    """Remove every route between assets, as `BTC to ETH`; returns how many there were."""
    said = vault.run("doctor").stdout
    ids = [
        int(number)
        for number, sold, bought in re.findall(r"route (\d+), (\w+) to (\w+)", said)
        if f"{sold} to {bought}" in ends
    ]
    guardian, mandate = vault.sender("guardian"), vault.record.contract("Mandate")
    for route in ids:
        guardian.send(mandate, "removeRoute(uint256)", route)
    return len(ids)


def test_where_no_route_leads_to_an_asset_a_zap_takes_two_in_a_row(vault):
    btc, holder = vault.world.tokens["BTC"], vault.sender("holder")
    assert remove_routes(vault, "ETH to BTC", "BTC to ETH") == 2
    shares = balances(vault)[1]

    dry = vault.run("hold", "zap", "in", "0.3", "ETH")
    entered = vault.run("hold", "zap", "in", "0.3", "ETH", "--live")
    left = vault.run("hold", "zap", "out", "100", "BTC", "--live")

    assert re.search(r"routes 3 and \d in a row sell 0.09\d+ ETH for 0.00\d+ BTC", dry.stdout)
    named = dry.stdout.split("receives ")[1].split(" CLI")[0]
    assert entered.exit_code == left.exit_code == 0, entered.output + left.output
    minted = balances(vault)[1] + 100 * 10**18 - shares
    assert minted == pytest.approx(float(named) * 10**18, rel=1e-5)
    assert "in a row sell" in left.stdout
    assert btc.balance(holder, vault.record.zapper) == 0


def test_a_zap_without_a_route_or_a_zapper_says_what_is_missing(vault):
    guardian, mandate = vault.sender("guardian"), vault.record.contract("Mandate")
    for route in (2, 4, 6):
        guardian.send(mandate, "removeRoute(uint256)", route)

    said = refused(vault, "hold", "zap", "in", "1000")
    nowhere = refused(
        vault, "hold", "zap", "in", "10", TRIMTAB__VAULT__ZAPPER=vault.sender("holder").address
    )

    lens = vault.record.contract("VaultLens")
    other = refused(vault, "hold", "zap", "in", "10", TRIMTAB__VAULT__ZAPPER=lens)

    assert "no registered route sells USDC for ETH, nor do two in a row" in said
    assert "in kind one can always join and leave" in said
    assert "the zapper at 0x" in nowhere
    assert f"the code at {lens} is not that of a zapper" in other


def test_killed_after_the_permit_it_goes_on_with_the_deposit(vault):
    before = sent(vault)
    vault.kill_while_sending("hold", "deposit", "500", "--live")
    assert sent(vault) == before + 1

    again = vault.run("hold", "deposit", "500", "--live")

    assert again.exit_code == 0, again.output
    assert "an earlier run's hold permit: block" in again.stdout
    assert sent(vault) == before + 2


def test_killed_after_the_deposit_it_does_not_deposit_twice(vault):
    token = vault.world.tokens["USDC"]
    approve = "approve(address,uint256)"
    vault.sender("holder").send(token.address, approve, vault.record.vault, 10**12)
    dollars = balances(vault)[0]
    vault.kill_while_sending("hold", "deposit", "500", "--live")

    again = vault.run("hold", "deposit", "500", "--live")

    assert "an earlier run's hold deposit: block" in again.stdout
    assert "nothing new was sent" in again.stderr
    assert dollars - balances(vault)[0] == 500 * 10**6
