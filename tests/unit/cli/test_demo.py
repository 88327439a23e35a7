"""What a demo is asked for is either run or refused in words."""

import pytest
from trimtab.cli.demo import Portfolio, gas_price_for, portfolio_of
from trimtab.cli.verbs import load_verbs
from trimtab.errors import BadInput
from typer.testing import CliRunner


def run(*arguments):
    return CliRunner().invoke(load_verbs(["demo"]), ["demo", *map(str, arguments)])


def test_a_pegged_asset_becomes_the_base():
    portfolio = portfolio_of("btc, eth,usdc", "50,30,20")

    assert portfolio.assets == ("USDC", "BTC", "ETH")
    assert portfolio.weights == (0.2, 0.5, 0.3)


@pytest.mark.parametrize(
    ("assets", "weights", "message"),
    [
        ("A,B", "50", "2 assets and 1 weights"),
        ("A,B", "50,40", "sum to 90, expected 100"),
        ("A,B", "50,x", "expected numbers such as"),
        ("A,B", "nan,50", "expected numbers above 0"),
        ("A,B", "150,-50", "expected numbers above 0"),
    ],
)
def test_lists_that_do_not_fit_are_refused(assets, weights, message):
    with pytest.raises(BadInput, match=message):
        portfolio_of(assets, weights)


@pytest.mark.parametrize(("assets", "native"), [(("USDC", "ETH"), "ETH"), (("USDC", "BTC"), 2000)])
def test_gas_has_a_price_with_and_without_eth(assets, native):
    assert gas_price_for(Portfolio(assets, (0.5, 0.5))).native == native


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "2021-01-01"), "name it with --prices"),
        (("--prices", "x.csv", "--days", "5"), "use --from and --to"),
        (("--prices", "/nonexistent.csv"), "/nonexistent.csv"),
        (("--assets", "BTC,DOGE", "--weights", "50,50", "--days", "3"), "DOGE"),
        (("--chain", "mainnet", "--days", "3"), "expected one of eth-tester, anvil"),
        (("--picture", "/proc/no/picture.png"), "/proc/no/picture.png: cannot be written"),
        (("--json", "/proc"), "/proc: cannot be written: it is a folder; name another file"),
        (("--days", "2"), "greater than or equal to 3"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_built(arguments, message):
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
