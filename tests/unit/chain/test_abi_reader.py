"""What is accepted is decoded as eth-abi decodes it, and all that it encodes is accepted."""

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.abi_reader import Malformed, component_of, named_reader, plain_reader
from trimtab.chain.contracts import interface

WORD = 32
SIZES = st.integers(1, 32)
ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"


def signed(bits):
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


LEAVES = st.one_of(
    st.just(("bool", st.booleans())),
    st.just(("address", st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()))),
    st.just(("bytes", st.binary(max_size=70))),
    st.just(("string", st.text(max_size=20))),
    SIZES.map(lambda size: (f"uint{8 * size}", st.integers(0, 2 ** (8 * size) - 1))),
    SIZES.map(lambda size: (f"int{8 * size}", signed(8 * size))),
    SIZES.map(lambda size: (f"bytes{size}", st.binary(min_size=size, max_size=size))),
)


def containers(inner):
    tuples = st.lists(inner, min_size=1, max_size=4).map(
        lambda parts: (
            f"({','.join(kind for kind, _ in parts)})",
            st.tuples(*(values for _, values in parts)),
        )
    )
    arrays = inner.map(lambda one: (f"{one[0]}[]", st.lists(one[1], max_size=3).map(tuple)))
    sized = st.tuples(inner, st.integers(1, 3)).map(
        lambda given: (
            f"{given[0][0]}[{given[1]}]",
            st.lists(given[0][1], min_size=given[1], max_size=given[1]).map(tuple),
        )
    )
    return tuples | arrays | sized


@st.composite
def encodings(draw):
    """Some types, values of them, and the bytes that an encoder makes of these."""
    chosen = draw(st.lists(st.recursive(LEAVES, containers, max_leaves=6), min_size=1, max_size=4))
    types = [kind for kind, _ in chosen]
    values = tuple(draw(value) for _, value in chosen)
    return types, values, encode(types, values)


@st.composite
def damaged(draw):
    """Types, and bytes of them of which a word, a byte or the end was changed."""
    types, _, data = draw(encodings())
    words = len(data) // WORD
    for _ in range(draw(st.integers(1, 3))):
        at = WORD * draw(st.integers(0, words - 1))
        small = st.integers(0, len(data) + WORD).map(lambda number: number.to_bytes(WORD, "big"))
        word = draw(small | st.binary(min_size=WORD, max_size=WORD))
        data = data[:at] + word + data[at + WORD :]
    return types, data[: draw(st.integers(0, len(data)) | st.just(len(data)))]


@given(encodings())
def test_whatever_is_encoded_is_read_as_it_was(encoding):
    types, values, data = encoding

    assert plain_reader(types)(data) == values == decode(types, data)


@given(encodings(), st.binary(max_size=64))
def test_bytes_behind_the_end_are_left_alone(encoding, more):
    types, values, data = encoding

    assert plain_reader(types)(data + more) == values


@given(damaged())
def test_what_is_accepted_of_damaged_bytes_is_what_the_library_reads(case):
    types, data = case
    try:
        found = plain_reader(types)(data)
    except (Malformed, UnicodeDecodeError):
        return

    assert found == decode(types, data)


@given(damaged())
def test_what_the_library_refuses_is_refused(case):
    types, data = case
    try:
        decode(types, data)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        with pytest.raises((Malformed, UnicodeDecodeError)):
            plain_reader(types)(data)


@given(encodings())
def test_every_cut_is_refused(encoding):
    types, _, data = encoding

    for size in range(0, len(data), WORD):
        with pytest.raises(Malformed):
            plain_reader(types)(data[:size])


def test_names_stand_for_places_and_addresses_are_in_mixed_case():
    (output,) = interface("IVaultLens").function("routes").outputs
    names = [part["name"] for part in output["components"]]
    values = {"address": ADDRESS.lower(), "uint8": 3, "bool": True, "bytes": b"\x01"}
    row = tuple(values.get(part["type"], 3) for part in output["components"])
    kinds = ",".join(part["type"] for part in output["components"])

    found = named_reader([output])(encode([f"({kinds})[]"], [[row, row]]))

    rows = found[output["name"] or "0"]
    assert [list(item) for item in rows] == [names, names]
    assert rows[0]["venue"] == ADDRESS


@pytest.mark.parametrize(
    "kind", ["uint256", "(bool,bytes)[]", "(uint8,(address[2],string)[3][])[][4]"]
)
def test_a_type_without_names_stands_for_an_entry_of_an_abi(kind):
    def shown(entry):
        if not entry["type"].startswith("tuple"):
            return entry["type"]
        return f"({','.join(map(shown, entry['components']))}){entry['type'][5:]}"

    assert shown(component_of(kind)) == kind


class TestOffsets:
    """Heads that no encoder writes: a short answer must not decode to gigabytes."""

    def test_heads_may_not_share_what_they_point_to(self):
        blob = b"\xff" * 100_000
        count = 10_000
        heads = (32 * count).to_bytes(32) * count
        data = (32).to_bytes(32) + count.to_bytes(32) + heads + len(blob).to_bytes(32) + blob

        with pytest.raises(Malformed, match="again and again"):
            plain_reader(["bytes[]"])(data + bytes(-len(blob) % 32))

    def test_a_head_may_not_point_to_heads(self):
        with pytest.raises(Malformed, match="points to byte 0 of 32"):
            plain_reader(["bytes"])(bytes(64))

    @pytest.mark.parametrize("place", [64, 2**64, 2**256 - 1])
    def test_a_head_may_not_point_beyond_the_end(self, place):
        with pytest.raises(Malformed, match="beyond the 64 that came"):
            plain_reader(["bytes"])(place.to_bytes(32) + bytes(32))

    @pytest.mark.parametrize("count", [1, 2**40, 2**256 - 1])
    def test_a_count_may_not_be_more_than_there_is(self, count):
        with pytest.raises(Malformed, match="beyond the 64 that came"):
            plain_reader(["uint8[]"])((32).to_bytes(32) + count.to_bytes(32))
