"""Every setting of the owner is changed by commands through its timelock, and takes effect."""

import re

import pytest
from integration.governed import DELAY, does, later, open_governed, proposed, refuses, through
from trimtab.local.accounts import local_accounts


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_governed(tmp_path_factory.mktemp("governed")) as found:
        yield found


@pytest.fixture
def vault(desk):
    with desk.undone():
        yield desk


def test_a_written_off_asset_shuts_deposits_and_still_leaves_in_kind(vault):
    through(vault, "write-off", "BTC")

    shut = vault.run("hold", "deposit", "10")

    assert "the vault still holds BTC, which is written off" in shut.stderr
    assert vault.run("hold", "redeem", "10", "--live").exit_code == 0


def test_a_feed_and_a_route_are_replaced_and_an_asset_is_listed(vault):
    operator = vault.sender("operator")
    link = operator.create("MockToken", "Link", "LINK", 18)
    now = vault.run("doctor", "--json").stdout
    eth_feed = re.search(r"feed (0x[0-9a-fA-F]{40})", now.split('"feed of ETH"')[1])[1]
    words = ("--heartbeat", "3 d", "--deviation", "1 %", "--min-price", "1", "--max-price", "9e5")
    set_feed = proposed(vault, "set-feed", link, eth_feed, *words)
    bands_of = ("--band", "1 %", "--hard-band", "5 %", "--after", set_feed)
    listing = proposed(vault, "add-asset", link, *bands_of)
    later(vault, DELAY)
    for name in (set_feed, listing):
        does(vault, "execute", name, who="holder")
    way = ("--fee", "500", "--fee", "500", "--through", "USDC")
    route = through(vault, "add-route", "ETH", "BTC", *way)

    assert [a["symbol"] for a in vault.json("inspect")["assets"]] == ["USDC", "BTC", "ETH", "LINK"]
    assert "ETH to BTC through USDC over pools of 0.05 %, 0.05 %" in route
    assert "ETH to BTC through USDC" in vault.run("vault", "operations").stdout


def test_every_kind_of_setting_of_the_owner_goes_through_the_timelock(vault):
    link = vault.sender("operator").create("MockToken", "Link", "LINK", 18)
    feeds = {asset["symbol"]: asset["feed"] for asset in vault.record.content["assets"]}
    wide = ("--heartbeat", "3 d", "--deviation", "1 %", "--min-price", "0.1", "--max-price", "9e5")
    quote = [word.replace("--", "--quote-", 1) for word in wide]
    other = local_accounts().manager.address

    said = [
        through(vault, "set-composed-feed", link, feeds["ETH"], feeds["USDC"], *wide, *quote),
        through(vault, "add-asset", link, "--band", "1 %", "--hard-band", "5 %", "--max", "20 %"),
        through(vault, "set-bounds", "LINK", "--max", "10 %"),
        through(vault, "remove-asset", "LINK"),
        through(vault, "add-keeper", other),
        through(vault, "set-fee", "1 %", other),
        through(vault, "set-guardian", other),
        through(vault, "abdicate", "fee"),
        through(vault, "offer-oracle-ownership", other),
    ]
    taken = does(vault, "accept-oracle-ownership", who="manager")
    later(vault, 60)
    direct = does(vault, "set-feed", link, feeds["ETH"], *wide, who="manager")

    assert "change LINK (" in said[0]
    assert "describes itself as “USDC / USD”" in said[0]
    assert "list LINK (" in said[1]
    assert "lower LINK's greatest target from 20 % to 10 %" in said[2]
    assert "remove LINK from the list of assets" in said[3]
    assert f"add keeper {other} (it is none)" in said[4]
    assert "raise the streaming fee a year from 0 % to 1 %" in said[5]
    assert f"the guardian from {local_accounts().guardian.address} to {other}" in said[6]
    assert "give up the setting fee for ever" in said[7]
    assert f"offer the ownership of the oracle to {other}" in said[8]
    assert f"to {other}" in taken
    assert "drop LINK (" in direct
    done = vault.json("vault", "operations")
    assert [one["state"] for one in done] == ["done"] * len(said)


SOURCE = ("--window", "10 min", "--max-divergence", "3 %")
OBSERVATIONS = 620
"""What a pool must keep for a window of ten minutes, and some."""


def eth_pool(vault):
    """The pool of ETH and the base asset."""
    (pool,) = [
        pool.address
        for pool in vault.world.market.pools
        if {pool.token0.symbol, pool.token1.symbol} == {"ETH", "USDC"}
    ]
    return pool


def lengthen(vault, pool):
    """Let a pool keep enough observations to be a second source."""
    grow = "increaseObservationCardinalityNext(uint16)"
    for count in (OBSERVATIONS // 2, OBSERVATIONS):
        vault.sender("operator").send(pool, grow, count)
    # A pool takes its new length when it next writes: two trades, there and back.
    vault.move(ETH=2)
    vault.move()
    later(vault, 900)


def second_price(vault):
    (eth,) = [a for a in vault.json("inspect")["assets"] if a["symbol"] == "ETH"]
    return int(eth["second_price"])


def test_a_feed_is_checked_against_a_pool_and_then_no_more(vault):
    words = ("set-second-source", "ETH")
    pool = eth_pool(vault)
    too_few = refuses(vault, "propose", *words, pool, *SOURCE, who="owner")
    lengthen(vault, pool)
    no_pool = refuses(vault, "propose", *words, vault.record.vault, *SOURCE, who="owner")
    short = ("--window", "5 min", "--max-divergence", "3 %")
    too_short = refuses(vault, "propose", *words, pool, *short, who="owner")
    stranger = refuses(vault, *words, pool, *SOURCE, who="holder")

    said = through(vault, "set-second-source", "ETH", pool, *SOURCE)
    price = second_price(vault)
    removed = through(vault, "remove-second-source", "ETH")

    assert "is no pool of" in no_pool
    assert "the mean's window is 300 s; it must be 600 s to 14,400 s" in too_short
    assert "TooFewObservations" in too_few
    assert "may not set-second-source; the owner 0x" in stranger
    assert f"change ETH's second source from none to {pool}" in said
    assert "raise the window of ETH's second source from 0 s to 10 min" in said
    assert "raise the largest divergence of ETH's second source from 0 % to 3 %" in said
    assert price > 0
    assert f"remove ETH's second source ({pool}, 10 min, at most 3 %)" in removed
    assert second_price(vault) == 0


def read_drawdown(vault, seconds, **prices):
    """Let time pass, move prices, and have the breaker look."""
    later(vault, seconds)
    vault.move(**prices)
    vault.sender("operator").send(vault.record.vault, "observeDrawdown()")


def test_a_breaker_that_tripped_is_reset_by_the_owner_alone(vault):
    limited = through(vault, "set-limits", "drawdown=20 %")
    fallen = {"BTC": "0.4", "ETH": "0.4"}
    read_drawdown(vault, 60)
    read_drawdown(vault, 60, **fallen)
    read_drawdown(vault, 3600, **fallen)
    tripped = vault.json("inspect")["only_to_base"]
    shown = vault.run("inspect").stdout

    guardian = refuses(vault, "reset-breaker", who="guardian")
    said = through(vault, "reset-breaker")

    assert "raise the limit of the drawdown breaker from 0 % to 20 %" in limited
    assert tripped
    assert "the drawdown breaker has tripped" in shown
    assert "may not reset-breaker; the owner 0x" in guardian
    assert "a timelock: trimtab vault propose reset-breaker" in guardian
    assert "reset the drawdown breaker, which has tripped: rebalances may buy every asset" in said
    assert not vault.json("inspect")["only_to_base"]
    vault_of = vault.sender("operator")
    assert vault_of.read_number(vault.record.vault, "breaker()") == 0
    again = vault.run("vault", "propose", "reset-breaker", who="owner").stdout
    assert "which has not tripped" in again
