"""A permit is only signed for a token whose own separator and behaviour confirm its domain."""

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.abi import function_signature_to_4byte_selector as selector
from eth_utils.crypto import keccak
from trimtab.chain.answers import Block
from trimtab.cli.hold_permit import (
    PERMIT,
    PERMIT_TYPE,
    Permit,
    PermitDomain,
    permit_domain,
    works,
)
from trimtab.deploy.questions import Chain
from trimtab.errors import CallReverted

TOKEN = "0x00000000000000000000000000000000000000AA"
OWNER = Account.from_key("0x" + "4c" * 32)
SPENDER = "0x00000000000000000000000000000000000000bB"
BLOCK = Block(7, "0x" + "11" * 32, "0x" + "00" * 32, 1_700_000_000, 30_000_000, 1)
DOMAIN = PermitDomain(TOKEN, 31337, "Coin", "2", 5)
BAD_SIGNATURE = CallReverted("Error", {}, "invalid signature", data=b"\x08\xc3\x79\xa0")
NO_SUCH_FUNCTION = CallReverted("Unexplained", {}, "no reason", data=b"")


class FakeToken:
    """A node on which one token lives, that answers each function as told."""

    def __init__(self, **answers):
        known = {
            "DOMAIN_SEPARATOR()": DOMAIN.separator(),
            "nonces(address)": encode(["uint256"], [5]),
            "name()": encode(["string"], ["Coin"]),
            "version()": encode(["string"], ["2"]),
            PERMIT: BAD_SIGNATURE,
        }
        known |= answers
        self._answers = {selector(name): answer for name, answer in known.items()}

    def chain_id(self):
        return 31337

    def call(self, call, **_):
        answer = self._answers.get(call.data[:4], NO_SUCH_FUNCTION)
        if isinstance(answer, CallReverted):
            raise answer
        return answer


def found(**answers):
    return permit_domain(Chain(FakeToken(**answers), BLOCK), TOKEN, OWNER.address)


def test_a_token_with_permit_is_known_by_its_separator():
    assert found() == DOMAIN


def test_a_token_may_describe_its_domain_by_eip_5267():
    kinds = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
    told = encode(kinds, [b"\x0f", "Coin", "2", 31337, TOKEN, bytes(32), []])

    assert found(**{"eip712Domain()": told, "name()": NO_SUCH_FUNCTION}) == DOMAIN


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"DOMAIN_SEPARATOR()": NO_SUCH_FUNCTION}, id="no-separator"),
        pytest.param({"DOMAIN_SEPARATOR()": b"\x22" * 32}, id="other-separator"),
        pytest.param({"version()": encode(["string"], ["1"])}, id="other-version"),
        pytest.param({"name()": encode(["string"], ["x" * 101])}, id="endless-name"),
        pytest.param({"nonces(address)": NO_SUCH_FUNCTION}, id="no-nonces"),
        pytest.param({PERMIT: NO_SUCH_FUNCTION}, id="permit-of-another-shape"),
        pytest.param({PERMIT: b""}, id="fallback-that-takes-any-call"),
    ],
)
def test_anything_else_is_approved_in_the_ordinary_way(answers):
    assert found(**answers) is None


def test_what_is_signed_is_exactly_the_permit_that_the_token_checks():
    permit = Permit(DOMAIN, OWNER.address, SPENDER, 1000, BLOCK.timestamp + 60)

    message = encode_typed_data(full_message=permit.typed_data())

    kinds = ["bytes32", "address", "address", "uint256", "uint256", "uint256"]
    values = [keccak(text=PERMIT_TYPE), OWNER.address, SPENDER, 1000, 5, BLOCK.timestamp + 60]
    assert message.header == DOMAIN.separator()
    assert message.body == keccak(encode(kinds, values))


def test_a_signature_that_the_token_refuses_does_not_work():
    permit = Permit(DOMAIN, OWNER.address, SPENDER, 1000, BLOCK.timestamp + 60)
    signature = (27, b"\1" * 32, b"\1" * 32)

    assert not works(FakeToken(), permit, signature)
    assert works(FakeToken(**{PERMIT: b""}), permit, signature)
