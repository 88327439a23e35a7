"""Calls and events are encoded and decoded by the names in their ABIs, or refused."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import Log
from trimtab.chain.contracts import Interface, decode_result, encode_call, interface
from trimtab.errors import InvariantError, NodeAnsweredWrongly

VAULT = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
OTHER = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
WORDS = st.integers(0, 2**256 - 1)
ABI = [
    {
        "type": "function",
        "name": "look",
        "inputs": [],
        "outputs": [
            {"name": "", "type": "uint256"},
            {
                "name": "found",
                "type": "tuple[]",
                "components": [
                    {"name": "token", "type": "address"},
                    {"name": "sizes", "type": "uint256[]"},
                ],
            },
        ],
    }
]


def log(*, topics, data=b"", address=VAULT):
    return Log(address, tuple(topics), data, 7, "0x" + "ab" * 32, 0)


def poked(caller=OTHER, opens_at=5, **changes):
    event = interface("IVault").event("Poked")
    topics = (event.topic, bytes(12) + bytes.fromhex(caller[2:]))
    return log(topics=topics, data=encode(["uint256"], [opens_at]), **changes)


@given(st.lists(st.tuples(st.binary(min_size=20, max_size=20), st.lists(WORDS)), max_size=5), WORDS)
def test_nested_results_are_named_and_addresses_are_checksummed(found, first):
    data = encode(["uint256", "(address,uint256[])[]"], [first, found])

    result = Interface("Looker", ABI).decode("look", data)

    assert result["0"] == first
    assert [item["sizes"] for item in result["found"]] == [tuple(sizes) for _, sizes in found]
    assert [bytes.fromhex(item["token"][2:]) for item in result["found"]] == [t for t, _ in found]


@given(st.binary(max_size=300))
def test_a_result_of_another_shape_is_refused(data):
    try:
        Interface("Looker", ABI).decode("look", data)
    except NodeAnsweredWrongly as error:
        assert "look result" in str(error)  # noqa: PT017 (most inputs are refused, some fit)


def test_arguments_that_do_not_fit_are_a_fault_of_ours():
    with pytest.raises(InvariantError, match="rebalance"):
        interface("IVault").encode("rebalance", [(1, -2, 3)], 0, 0)


def test_a_function_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InvariantError, match=r"IVault has no fly; it has .*poke"):
        interface("IVault").encode("fly")


def test_a_call_is_encoded_from_its_signature():
    data = encode_call("transfer(address,uint256)", OTHER, 7)

    assert data == interface("MockToken").encode("transfer", OTHER, 7)
    assert encode_call("poke()") == interface("IVault").encode("poke")


def test_events_are_found_by_name_and_by_who_wrote_them():
    logs = (poked(opens_at=5), poked(opens_at=6, address=OTHER), log(topics=[b"\x01" * 32]))

    assert interface("IVault").events_in(logs, "Poked", of=VAULT) == [
        {"caller": OTHER, "opensAt": 5}
    ]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda event: log(topics=[event.topic]), id="topic-missing"),
        pytest.param(lambda event: log(topics=[event.topic, bytes(32)]), id="no-data"),
        pytest.param(lambda event: log(topics=[event.topic, b"\xff" * 32]), id="no-address"),
    ],
)
def test_a_log_of_another_shape_is_refused(broken):
    event = interface("IVault").event("Poked")

    with pytest.raises(NodeAnsweredWrongly, match="event Poked"):
        event.decode(broken(event))


def test_an_answer_whose_offsets_share_bytes_is_refused():
    """Half a megabyte that would decode to gigabytes."""
    blob = b"\xff" * 100_000
    count = 10_000
    heads = (32 * count).to_bytes(32) * count
    data = (32).to_bytes(32) + count.to_bytes(32) + heads + len(blob).to_bytes(32) + blob

    with pytest.raises(NodeAnsweredWrongly):
        decode_result(["bytes[]"], data + bytes(-len(blob) % 32), "names")


@given(st.lists(st.binary(max_size=200), max_size=50), st.lists(st.integers(0, 2**256 - 1)))
def test_whatever_an_encoder_writes_can_be_read(texts, numbers):
    data = encode(["bytes[]", "(uint256[],bytes[])"], [texts, (numbers, texts)])

    found = decode_result(["bytes[]", "(uint256[],bytes[])"], data, "texts")

    assert found == (tuple(texts), (tuple(numbers), tuple(texts)))
