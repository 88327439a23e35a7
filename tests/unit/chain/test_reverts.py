"""Whatever a contract reverts with becomes one sentence that names the numbers."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.reverts import (
    TokenName,
    as_error_string,
    data_in_message,
    decode_revert,
    known_errors,
)

WETH = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
NAMES = {WETH: TokenName("WETH", 18)}


def revert_data(signature, *values):
    types = signature.partition("(")[2].removesuffix(")").split(",") if values else []
    return keccak(text=signature)[:4] + encode(types, values)


@pytest.mark.parametrize(
    ("signature", "values", "sentence"),
    [
        pytest.param(
            "WrongNonce(uint256,uint256)",
            (3, 4),
            "another rebalance came first: the legs were planned for nonce 3, the vault is at 4",
            id="plain-numbers",
        ),
        pytest.param(
            "TooLittleProgress(uint256,uint256)",
            (51 * 10**15, 5 * 10**16),
            "total drift would be 5.1 %; it has to fall to 5 % or less",
            id="fractions",
        ),
        pytest.param(
            "PastTarget(uint256,address,uint256,uint256)",
            (2, WETH, 1_234 * 10**18, 10**17),
            "leg 2 moves WETH by 1,234; only 0.1 lie between its value and its target in that "
            "direction",
            id="values-and-token",
        ),
        pytest.param(
            "RebalanceBlocked(uint8,uint8,uint256)",
            (1, 4, 1_700_000_000),
            "no rebalance is allowed now: cooldown (due: threshold; ready: "
            "2023-11-14 22:13:20 UTC)",
            id="enums-and-time",
        ),
        pytest.param(
            "RebalanceBlocked(uint8,uint8,uint256)",
            (0, 1, 0),
            "no rebalance is allowed now: not due (due: none; ready: not by waiting)",
            id="no-time",
        ),
        pytest.param(
            "WrongAmountReceived(address,uint256,uint256)",
            (WETH, 15 * 10**17, 2 * 10**18),
            "WETH delivered 1.5 WETH instead of 2 WETH; tokens that charge for a transfer cannot "
            "be held",
            id="amounts-of-a-token",
        ),
    ],
)
def test_a_custom_error_becomes_a_sentence_in_human_units(signature, values, sentence):
    revert = decode_revert(revert_data(signature, *values), NAMES)

    assert revert.sentence == sentence
    assert revert.name == signature.partition("(")[0]


def test_an_unnamed_token_is_given_by_address_and_in_smallest_units():
    data = revert_data("AmountBelowMinimum(address,uint256,uint256)", WETH, 7, 9)

    assert f"7 smallest units of {WETH}" in decode_revert(data).sentence


def test_arguments_are_kept_by_name():
    data = revert_data("LossBucketExceeded(uint256,uint256)", 5, 3)

    assert decode_revert(data).args_by_name == {"loss": 5, "left": 3}


def test_errors_of_one_name_and_different_arguments_are_told_apart():
    mandate = decode_revert(revert_data("NotAuthorized(address)", WETH))
    oracle = decode_revert(revert_data("NotAuthorized(address,address)", WETH, WETH))

    assert mandate.sentence != oracle.sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        pytest.param("too dear", "the call reverted: too dear", id="words"),
        pytest.param("SPL", "price limit", id="uniswap"),
        pytest.param("", "the call reverted: ", id="empty"),
    ],
)
def test_a_reason_in_words_is_repeated_and_short_ones_are_explained(reason, sentence):
    assert sentence in decode_revert(as_error_string(reason)).sentence


def test_a_panic_is_named():
    revert = decode_revert(revert_data("Panic(uint256)", 0x11))

    assert revert.sentence == "a number overflowed (panic 0x11)"


def test_no_data_is_said_to_be_no_reason():
    assert decode_revert(b"").sentence == "the call reverted without giving a reason"


@given(st.binary(max_size=200))
def test_any_bytes_at_all_become_one_printable_bounded_line(data):
    sentence = decode_revert(data).sentence

    assert sentence.isprintable()
    assert len(sentence) < 1000


@given(st.sampled_from(sorted(known_errors())), st.binary(max_size=300))
def test_a_known_selector_before_garbage_never_breaks_decoding(signature, garbage):
    sentence = decode_revert(keccak(text=signature)[:4] + garbage).sentence

    assert sentence.isprintable()


@given(st.text(max_size=2000))
def test_a_contract_cannot_write_further_lines_into_the_log(reason):
    sentence = decode_revert(as_error_string(reason.encode("utf-8", "replace").decode())).sentence

    assert sentence.isprintable()
    assert len(sentence) < 500


@given(st.binary(min_size=4, max_size=200))
def test_bytes_written_as_a_python_literal_are_found_again(data):
    assert data_in_message(f"execution reverted: {data!r}") == data
