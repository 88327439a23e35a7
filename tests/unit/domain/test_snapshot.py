"""What a vault reports is shown safely, and numbered as in Solidity."""

import re
from pathlib import Path

import pytest
from property.strategies import holding
from trimtab.domain.snapshot import Blocker, PriceStatus, Reason
from trimtab.domain.units import WAD

CONTRACTS = Path(__file__).parents[3] / "contracts"


def labelled(symbol):
    asset = holding(0, recorded=1, price=1, target=WAD)
    return type(asset)(**{f: getattr(asset, f) for f in asset.__slots__} | {"symbol": symbol})


def test_an_asset_is_called_by_its_symbol():
    assert labelled("WETH").label == "WETH"


@pytest.mark.parametrize("symbol", ["", "A\nlevel=error", "\x1b[31mWETH", "W\u0415TH", "W" * 17])
def test_a_symbol_that_could_mislead_gives_way_to_the_address(symbol):
    assert labelled(symbol).label == labelled(symbol).token


@pytest.mark.parametrize(
    ("file", "enum"),
    [
        ("types/Types.sol", Reason),
        ("types/Types.sol", Blocker),
        ("interfaces/IPriceOracle.sol", PriceStatus),
    ],
)
def test_enums_are_numbered_as_in_solidity(file, enum):
    source = (CONTRACTS / file).read_text()
    body = re.search(rf"enum {enum.__name__} {{(.*?)\n}}", source, re.DOTALL).group(1)
    names = re.findall(r"^    (\w+),?$", body, re.MULTILINE)

    assert [member.name.replace("_", "").lower() for member in enum] == [n.lower() for n in names]
