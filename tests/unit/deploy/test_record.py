"""A record is written whole or not at all, and read only if it is what its schema says."""

import json
from pathlib import Path

import pytest
from trimtab.chain.artifacts import load
from trimtab.deploy.code import is_ours
from trimtab.deploy.record import (
    DeploymentRecord,
    Made,
    Seed,
    compose,
    read_record,
    record_faults,
    record_path,
    write_record,
)
from trimtab.deploy.sources import compiler
from trimtab.deploy.steps import CONTRACTS, created_address, slugs, with_libraries
from trimtab.deploy.survey import AssetFacts, Survey, seed_amounts
from trimtab.domain.units import WAD
from trimtab.errors import RecordError
from unit.deploy.test_spec import SPEC, A, B

HASH = "0x" + "ab" * 32
PRICE = 10**36
FACTS = AssetFacts(18, 8, 10**8, 1, PRICE)
FOUND = Survey(None, A, (FACTS, FACTS), (5, 6), ())
MADE = {
    name: Made(A, HASH, 7, HASH, (1, [B, (2, b"\x01")]), b"\x02")
    for name in with_libraries(CONTRACTS)
}


@pytest.fixture
def record():
    return compose(SPEC, FOUND, MADE, Seed(10, B, (5, 6), HASH, 9), B)


def changed(record, path, value):
    """The record with the value at a path replaced, or removed if it is None."""
    content = json.loads(json.dumps(record.content))
    *parents, last = path
    inner = content
    for key in parents:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return content


def test_what_is_composed_matches_the_schema(record):
    assert record_faults(record.content) == []


def test_what_is_written_is_read_back(record, tmp_path):
    path = record_path(tmp_path, SPEC)

    write_record(path, record)

    assert path == tmp_path / "1" / "TWO.json"
    assert read_record(path) == record
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["TWO.json", "TWO.standard-input.json"]


def test_numbers_beyond_53_bits_stand_as_text(record):
    assert record.content["assets"][0]["weight"] == str(WAD // 2)
    assert record.content["contracts"]["Vault"]["arguments"] == ["1", [B, ["2", "0x01"]]]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("vault", "address"), "0x12", "vault.address: '0x12' does not match"),
        (("chain_id",), "1", "chain_id: '1' is not of type 'integer'"),
        (("chain_id",), None, "the record: 'chain_id' is a required property"),
        (("contracts", "Vault"), None, "contracts: 'Vault' is a required property"),
        (("format",), 1, "format: 2 was expected"),
        (("extra",), 1, "Additional properties are not allowed ('extra' was unexpected)"),
        (("assets", 0, "weight"), "0.5", "assets.0.weight: '0.5' does not match"),
        (("routes", 0, "data"), "0x", "routes.0.data: '0x' does not match"),
        (("seed", "transaction"), "0xAB", "seed.transaction: '0xAB' does not match"),
        (("vault", "address"), B, "expected one and the same: it was changed by hand"),
        (("roles", "keepers"), "none", "roles.keepers: 'none' is not of type 'array'"),
    ],
)
def test_a_fault_names_the_file_the_key_and_the_value(record, tmp_path, path, value, message):
    file = tmp_path / "record.json"
    file.write_text(json.dumps(changed(record, path, value)))

    with pytest.raises(RecordError) as caught:
        read_record(file)

    assert f"{file}: " in str(caught.value)
    assert message in str(caught.value)


def test_a_wrong_record_is_not_written(record, tmp_path):
    path = tmp_path / "record.json"

    with pytest.raises(RecordError):
        write_record(path, DeploymentRecord(changed(record, ("chain_id",), 0)))

    assert not path.exists()


@pytest.mark.parametrize(("text", "message"), [("{", "not a deployment record"), (None, "no such")])
def test_a_file_that_is_no_record_is_named(tmp_path, text, message):
    file = tmp_path / "record.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(RecordError, match=message):
        read_record(file)


def test_the_compiler_in_the_record_is_that_of_the_sources():
    source = Path(__file__).parents[3] / "contracts" / "Vault.sol"
    version = compiler().removeprefix("v").partition("+")[0]

    assert f"pragma solidity {version};" in source.read_text()


def test_libraries_are_deployed_before_what_links_them():
    order = with_libraries(CONTRACTS)

    assert sorted(order) == sorted(
        {*CONTRACTS, *(lib for name in order for lib in load(name).links)}
    )
    for position, name in enumerate(order):
        assert set(load(name).links) <= set(order[:position])


def test_every_weighted_asset_is_approved_before_the_first_deposit():
    assert slugs(SPEC)[-3:] == ("approve AAA", "approve BBB", "seed")


def test_a_contract_s_address_follows_from_sender_and_nonce():
    sender = "0x970e8128ab834e8eac17ab8e3812f010678cf791"

    found = [created_address(sender, nonce).lower() for nonce in range(3)]

    # The vectors by which geth tests the same rule.
    assert found == [
        "0x333c3310824b7c685133f2bedb2ca4b8b4df633d",
        "0x8bda78331c916a08481428e4b07c96d3e916d165",
        "0xc9ddedf451bc62ce88bf9292afb13df35b670699",
    ]


def test_the_first_deposit_is_split_by_weight():
    assert seed_amounts(SPEC, (FACTS, FACTS)) == (500 * WAD, 500 * WAD)


def test_code_is_recognised_whatever_its_immutables_and_own_address():
    for name in with_libraries(CONTRACTS):
        libraries = dict.fromkeys(with_libraries(CONTRACTS), A)
        code = bytearray(load(name).deployed(libraries))
        for start, length in load(name).immutables:
            code[start : start + length] = b"\x07" * length
        if code[0] == 0x73:
            code[1:21] = b"\x08" * 20

        assert is_ours(name, bytes(code), libraries), name
        code[-1] ^= 1
        assert not is_ours(name, bytes(code), libraries), name
