"""A configuration either loads whole or names every fault with its place, key, value and remedy."""

from decimal import Decimal

import pytest
from trimtab.cli.settings import load_settings
from trimtab.errors import BadInput, ConfigFaults

A, B, C, D, E = (f"0x{digit * 40}" for digit in "12345")

TEXT = f"""\
[node]
url = "https://node.example/v3/secret-key"
chain_id = 8453

[deploy]
name = "Two"
symbol = "TWO"
seed_value = 1000.25

[deploy.uniswap]
router = "{A}"
quoter = "{B}"

[deploy.roles]
owner = "{C}"
manager = "{C}"
guardian = "{D}"

[[deploy.assets]]
symbol = "USDC"
token = "{A}"
feed = "{B}"
feed_description = "USDC / USD"
heartbeat = "24 h"
deviation = "0.25 %"
min_price = "0.5"
max_price = 2
weight = "40 %"
band = "5 %"
hard_band = "10 %"

[[deploy.assets]]
symbol = "WETH"
token = "{D}"
feed = "{E}"
feed_description = "ETH / USD"
heartbeat = "1 h"
deviation = "50 bp"
min_price = 10
max_price = 100_000
weight = "60 %"
band = "5 %"
hard_band = "10 %"

[[deploy.routes]]
sell = "WETH"
buy = "USDC"
fees = [500]
"""

LINK = f"""\
symbol = "LINK"
token = "{C}"
feed = "{A}"
feed_description = "LINK / USD"
heartbeat = "1 h"
deviation = "1 %"
min_price = 1
max_price = 900
weight = "0 %"
band = "1 %"
hard_band = "2 %"
"""


def load(tmp_path, text=TEXT, **environment):
    file = tmp_path / "trimtab.toml"
    file.write_text(text)
    return load_settings(file, environment)


def faults_of(tmp_path, text=TEXT, **environment):
    with pytest.raises(ConfigFaults) as caught:
        load(tmp_path, text, **environment)
    return [fault.replace(f"{tmp_path}/", "") for fault in caught.value.faults]


def test_a_right_file_gives_exact_integers(tmp_path):
    settings = load(tmp_path)

    usdc, weth = settings.deploy.assets
    assert usdc.weight + weth.weight == 10**18
    assert (weth.deviation, weth.heartbeat, usdc.min_price) == (5 * 10**15, 3600, Decimal("0.5"))
    assert settings.deploy.seed_value == Decimal("1000.25")
    assert settings.deploy.limits.loss_per_day == 5 * 10**13


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            'weight = "60 %"',
            'weight = "59.5 %"',
            "trimtab.toml:19: deploy.assets: weights sum to 99.5 %, expected 100 %: USDC 40 %, "
            "WETH 59.5 %",
            id="weights-do-not-sum",
        ),
        pytest.param(
            'sell = "WETH"',
            'sell = "WTH"',
            'trimtab.toml:46: deploy.routes[0].sell: unknown asset "WTH", expected one of USDC, '
            "WETH",
            id="unknown-asset",
        ),
        pytest.param(
            'weight = "40 %"\nband = "5 %"\nhard_band = "10 %"',
            'weight = "40 %"\nband = "45 %"\nhard_band = "50 %"',
            "trimtab.toml:29: deploy.assets[0].band: is 45 %, expected at most the weight, 40 %: "
            "the asset could vanish unnoticed",
            id="band-above-weight",
        ),
        pytest.param(
            'symbol = "WETH"',
            'symbol = "WETH"\nhard_bnd = "1 %"',
            "trimtab.toml:34: deploy.assets[1].hard_bnd: unknown key, expected one of band, "
            "decimals, deviation, feed, feed_decimals, feed_description, "
            "hard_band, heartbeat, max_price, max_weight, min_price, min_weight, symbol, token, "
            "weight; "
            'did you mean "hard_band"?',
            id="unknown-key",
        ),
        pytest.param(
            "chain_id = 8453",
            'chain_id = "8453"',
            'trimtab.toml:3: node.chain_id: is "8453", expected a whole number',
            id="text-for-a-number",
        ),
        pytest.param(
            "chain_id = 8453",
            "chain_id = 0",
            "trimtab.toml:3: node.chain_id: is 0, expected at least 1",
            id="number-too-small",
        ),
        pytest.param(
            "chain_id = 8453\n",
            "",
            "trimtab.toml:1: node.chain_id: is missing",
            id="missing-key",
        ),
        pytest.param(
            'deviation = "50 bp"',
            "deviation = 0.5",
            "trimtab.toml:38: deploy.assets[1].deviation: is 0.5, expected a fraction with its "
            "unit, "
            'such as "30 %" or "50 bp"',
            id="fraction-without-unit",
        ),
        pytest.param(
            'heartbeat = "1 h"',
            'heartbeat = "1 hour"',
            'trimtab.toml:37: deploy.assets[1].heartbeat: is "1 hour", expected a length of time '
            "with its "
            'unit (s, min, h, d, w), such as "12 s" or "1 h"',
            id="unknown-unit-of-time",
        ),
        pytest.param(
            f'guardian = "{D}"',
            'guardian = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee"',
            "trimtab.toml:17: deploy.roles.guardian: is "
            '"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee", expected '
            "an address whose capital letters match its checksum: a digit may be mistyped",
            id="checksum",
        ),
        pytest.param(
            f'guardian = "{D}"',
            f'guardian = "0x{"0" * 40}"',
            f'trimtab.toml:17: deploy.roles.guardian: is "0x{"0" * 40}", expected an address other '
            f"than zero",
            id="zero-address",
        ),
        pytest.param(
            "fees = [500]",
            "fees = [500, 500]",
            "trimtab.toml:48: deploy.routes[0].fees: has 2 entries, expected 1: one for each "
            "pool, which is "
            "one more than the tokens in through",
            id="fees-without-pools",
        ),
        pytest.param(
            "fees = [500]",
            "fees = [500]\n[[deploy.assets]]\n" + LINK,
            "trimtab.toml:49: deploy.assets[2]: no route sells or buys LINK",
            id="unreachable-asset",
        ),
        pytest.param(
            f'token = "{D}"',
            f'token = "{A}"',
            f'trimtab.toml:34: deploy.assets[1].token: is "{A}", which assets[0] is already',
            id="token-listed-twice",
        ),
        pytest.param(
            "[[deploy.routes]]",
            '[deploy.limits]\nslippage = "4 %"\n[[deploy.routes]]',
            "trimtab.toml:46: deploy.limits.slippage: is 4 %, expected at most 3 %: the contracts "
            "refuse more",
            id="limit-above-cap",
        ),
        pytest.param(
            "[[deploy.routes]]",
            '[deploy.limits]\ncalendar_period = "1 min"\n[[deploy.routes]]',
            "trimtab.toml:46: deploy.limits.calendar_period: is 1 min, expected 0 s (off) or 1 h "
            "to 366 d",
            id="calendar-too-short",
        ),
        pytest.param(
            "[deploy]",
            '[keeper]\npolicy = "sometimes"\n[deploy]',
            'trimtab.toml:6: keeper.policy: is "sometimes", expected one of cost-optimal, '
            "betterment, wealthfront, vanguard-200-175, quarterly-5, annual, corridor, threshold, "
            "calendar, combined, or package.module:function",
            id="unknown-policy",
        ),
        pytest.param(
            "[deploy]",
            "[vault]\n[deploy]",
            "trimtab.toml:5: vault: expected either record (a file that trimtab deploy wrote) or "
            "address and lens",
            id="vault-without-address",
        ),
        pytest.param(
            'heartbeat = "1 h"',
            'heartbeat = "4 d"',
            "trimtab.toml:37: deploy.assets[1].heartbeat: is 4 d, expected at most 3 d",
            id="heartbeat-too-long",
        ),
        pytest.param(
            "max_price = 2",
            "max_price = 0.5",
            "trimtab.toml:26: deploy.assets[0].min_price: is 0.5, expected below max_price, 0.5",
            id="empty-price-range",
        ),
    ],
)
def test_a_fault_names_its_line_key_value_and_what_is_expected(tmp_path, old, new, expected):
    assert TEXT.count(old) == 1

    assert faults_of(tmp_path, TEXT.replace(old, new)) == [expected]


def test_all_faults_are_reported_at_once_in_the_order_of_the_file(tmp_path):
    text = TEXT.replace("8453", "-1").replace('"24 h"', '"24"').replace("fees", "fee")

    places = [fault.split(": ")[:2] for fault in faults_of(tmp_path, text)]

    assert places == [
        ["trimtab.toml:3", "node.chain_id"],
        ["trimtab.toml:24", "deploy.assets[0].heartbeat"],
        ["trimtab.toml:45", "deploy.routes[0].fees"],
        ["trimtab.toml:48", "deploy.routes[0].fee"],
    ]


def test_broken_toml_is_reported_with_its_line(tmp_path):
    (fault,) = faults_of(tmp_path, "[node]\nurl = \n")

    assert fault.startswith("trimtab.toml: not valid TOML: ")
    assert "line 2" in fault


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="no such file; write one"):
        load_settings(tmp_path / "absent.toml", {})


@pytest.mark.parametrize(
    ("variable", "value", "read", "expected"),
    [
        ("TRIMTAB__NODE__CHAIN_ID", "10", lambda s: s.node.chain_id, 10),
        ("TRIMTAB__NODE__URL", "http://127.0.0.1:1", lambda s: s.node.url, "http://127.0.0.1:1"),
        ("TRIMTAB__KEEPER__POLICY", "calendar", lambda s: s.keeper.policy, "calendar"),
        ("TRIMTAB__DEPLOY__ASSETS__0__BAND", "2 %", lambda s: s.deploy.assets[0].band, 2 * 10**16),
        ("TRIMTAB__DEPLOY__ROLES__KEEPERS", f"{A}, {B}", lambda s: s.deploy.roles.keepers, [A, B]),
        (
            "TRIMTAB__DEPLOY__ROUTES__0__BOTH_WAYS",
            "true",
            lambda s: s.deploy.routes[0].both_ways,
            True,
        ),
        ("TRIMTAB__DEPLOY__ROUTES__0__FEES", "3000", lambda s: s.deploy.routes[0].fees, [3000]),
        ("TRIMTAB__VAULT__RECORD", "a.json", lambda s: s.vault.record, "a.json"),
        (
            "TRIMTAB__DEPLOY__LIMITS__CALENDAR_START",
            "1970-01-02T00:00:00Z",
            lambda s: s.deploy.limits.calendar_start,
            86_400,
        ),
    ],
)
def test_a_variable_takes_the_place_of_a_value(tmp_path, variable, value, read, expected):
    assert read(load(tmp_path, **{variable: value})) == expected


def test_a_variable_finds_a_symbol_whatever_its_case(tmp_path):
    text = TEXT + '[keeper]\nnative_asset = "WETH"\n[keeper.volatility]\nWETH = "60 %"\n'

    settings = load(tmp_path, text, TRIMTAB__KEEPER__VOLATILITY__WETH="70 %")

    assert list(settings.keeper.volatility) == ["WETH"]
    assert settings.keeper.volatility["WETH"] == Decimal("0.7")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        (
            "TRIMTAB__NODE__CHAIN_ID",
            "ten",
            'TRIMTAB__NODE__CHAIN_ID: node.chain_id: is "ten", expected a whole number',
        ),
        (
            "TRIMTAB__NODE__CHAIN",
            "10",
            "TRIMTAB__NODE__CHAIN: node.chain: unknown key, expected one of chain_id, "
            "confirmations, max_gas_price_gwei, max_lag, private_url, public_after, timeout, url, "
            "urls; "
            'did you mean "chain_id"?',
        ),
        (
            "TRIMTAB__DEPLOY__ASSETS__7__BAND",
            "1 %",
            'TRIMTAB__DEPLOY__ASSETS__7__BAND: deploy.assets has no place for "7": expected a '
            "key, or a "
            "position in its list",
        ),
    ],
)
def test_a_wrong_variable_is_named(tmp_path, variable, value, expected):
    assert faults_of(tmp_path, **{variable: value}) == [expected]


def test_other_variables_are_left_alone(tmp_path):
    assert load(tmp_path, TRIMTAB_PASSWORD="secret", HOME="/").node.chain_id == 8453


@pytest.mark.parametrize("url", ["ftp://user:hunter2@node.example/hunter2", "hunter2"])
def test_the_address_of_a_node_is_not_echoed(tmp_path, url):
    (fault,) = faults_of(tmp_path, TEXT.replace("https://node.example/v3/secret-key", url))

    assert fault.startswith("trimtab.toml:2: node.url: is ")
    assert "hunter2" not in fault


ONE = 'url = "https://node.example/v3/secret-key"'


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        pytest.param(ONE, ("https://node.example/v3/secret-key",), id="one"),
        pytest.param(
            'urls = ["https://a.example", "https://b.example"]',
            ("https://a.example", "https://b.example"),
            id="several",
        ),
    ],
)
def test_one_node_or_several_can_be_named(tmp_path, line, addresses):
    assert load(tmp_path, TEXT.replace(ONE, line)).node.addresses == addresses


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param("", "node: expected either url (one node) or urls", id="neither"),
        pytest.param(f'{ONE}\nurls = ["https://b.example"]', "node: expected either", id="both"),
        pytest.param("urls = []", "node.urls: is a list, expected 1 entries", id="none"),
        pytest.param(
            'urls = ["https://b.example/hunter2", "https://b.example/hunter2"]',
            "node.urls: names https://b.example/… 2 times",
            id="twice",
        ),
        pytest.param(
            'urls = ["ftp://user:hunter2@b.example"]',
            'node.urls[0]: is "ftp://b.example"',
            id="no-http",
        ),
    ],
)
def test_nodes_that_cannot_be_used_are_named_without_their_keys(tmp_path, line, fault):
    (found,) = faults_of(tmp_path, TEXT.replace(ONE, line))

    assert fault in found
    assert "hunter2" not in found


def test_more_routes_than_a_chain_takes_at_once_are_named_with_their_line(tmp_path):
    route = '\n[[deploy.routes]]\nsell = "WETH"\nbuy = "USDC"\nfees = [500]\n'

    with pytest.raises(ConfigFaults) as caught:
        load(tmp_path, TEXT + route * 99)

    (fault,) = caught.value.faults
    assert "deploy.routes: 200 routes, each direction counted, make the mandate's" in fault
    assert f":{TEXT[: TEXT.index('[[deploy.routes]]')].count(chr(10)) + 1}: " in fault
