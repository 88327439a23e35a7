"""What a lens answers about made-up vaults, encoded as the contract does."""

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple
from trimtab.chain.contracts import interface
from trimtab.domain.units import WAD

HASH = "0x" + "ab" * 32
TIME = 1_800_000_000
SUMMARIES = interface("IVaultLens").function("summaries")
SUMMARY = {
    "ok": True,
    "nav": 10**24,
    "totalSupply": 10**24,
    "totalDrift": WAD // 100,
    "reason": 0,
    "blocker": 1,
    "readyAt": 0,
    "nonce": 3,
}


def address(number):
    """A made-up vault."""
    return "0x" + f"{number:040x}"


def summaries_answer(rows):
    types = [collapse_if_tuple(dict(output)) for output in SUMMARIES.outputs]
    values = [tuple(row[c["name"]] for c in SUMMARIES.outputs[2]["components"]) for row in rows]
    return encode(types, [7, TIME, values])


def asked_vaults(data):
    """Addresses in the calldata of `summaries` or `read`."""
    count = int.from_bytes(data[68:100], "big")
    return ["0x" + data[100 + 32 * i + 12 : 132 + 32 * i].hex() for i in range(count)]
