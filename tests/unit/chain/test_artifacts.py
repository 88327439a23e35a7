"""The package holds the contracts it needs, and a sentence for each of their errors."""

import pytest
from eth_utils.abi import abi_to_signature
from trimtab.chain import artifacts
from trimtab.chain.reverts import known_errors
from trimtab.errors import InvariantError

OURS = [name for name in artifacts.names() if not name.startswith(("Mock", "IMarket", "Market"))]


@pytest.mark.parametrize("name", OURS)
def test_every_error_of_a_contract_has_a_sentence(name):
    raised = {
        abi_to_signature(item) for item in artifacts.load(name).abi if item["type"] == "error"
    }

    assert raised - known_errors() == set()


def test_no_sentence_describes_an_error_that_our_interfaces_have_not():
    declared = {
        abi_to_signature(item)
        for name in artifacts.names()
        for item in artifacts.load(name).abi
        if item["type"] == "error"
    }
    outside = {
        name for name in known_errors() if name.startswith(("ERC", "Safe", "ECDSA", "Ownable"))
    }
    libraries = {
        "InvalidAccountNonce(address,uint256)",
        "ReentrancyGuardReentrantCall()",
        "InvalidShortString()",
        "StringTooLong(string)",
    }

    assert known_errors() - declared - outside - libraries == set()


def test_a_contract_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(InvariantError, match=r"no compiled contract Nothing.*Vault"):
        artifacts.load("Nothing")
