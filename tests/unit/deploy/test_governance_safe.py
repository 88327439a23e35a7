"""A batch opens in the Transaction Builder without a warning: its checksum is the builder's own."""

import pytest
from trimtab.deploy.governance_safe import SafeBatch, SafeTransaction, batch_json, checksum

ADDRESS = "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6"


def described(kind):
    name = f"param{kind.capitalize()}"
    inputs = [{"internalType": kind, "name": name, "type": kind}]
    return {"inputs": inputs, "name": f"test{kind.capitalize()}", "payable": False}


PUBLISHED = {
    "version": "1.0",
    "chainId": "4",
    "createdAt": 1646321521061,
    "meta": {
        "name": "test batch file",
        "txBuilderVersion": "1.4.0",
        "checksum": "",
        "createdFromSafeAddress": "0xDF8a1Ce35c9a6ACE153B4e0767942f1E2291a1Aa",
        "createdFromOwnerAddress": ADDRESS,
    },
    "transactions": [
        {
            "to": ADDRESS,
            "value": "0",
            "contractMethod": described("address"),
            "contractInputsValues": {"paramAddress": ADDRESS},
        },
        {
            "to": ADDRESS,
            "value": "0",
            "contractMethod": described("bool"),
            "contractInputsValues": {"paramAddress": "", "paramBool": "false"},
        },
        {
            "to": ADDRESS,
            "value": "2000000000000000000",
            "data": "0x42f4579000000000000000000000000049d4450977e2c95362c13d3a31a09311e0ea26a6",
        },
    ],
}
"""The file whose checksum Safe's own tests publish."""

BATCH = SafeBatch(11155111, ADDRESS, 1_700_000_000, "raise a band", "über", [])


def test_the_checksum_of_the_published_file_is_the_published_one():
    published = "0x4ecbfd364aa6759983915644e73f8bd411e85a2dc306f252a387c2728c4db64c"

    assert checksum(PUBLISHED) == published


def without_checksum(content):
    meta = {key: value for key, value in content["meta"].items() if key != "checksum"}
    return {**content, "meta": meta}


@pytest.mark.parametrize("data", [b"", b"\x12\x34"])
def test_a_batch_validates_as_the_builder_validates_it(data):
    batch = SafeBatch(
        **{
            field: getattr(BATCH, field)
            for field in ("chain_id", "safe", "created_at", "name", "description")
        },
        transactions=[SafeTransaction(ADDRESS, data, 5)],
    )

    content = batch_json(batch)

    assert checksum(without_checksum(content)) == content["meta"]["checksum"]
    assert content["transactions"] == [{"to": ADDRESS, "value": "5", "data": "0x" + data.hex()}]
    assert content["chainId"] == "11155111"


def test_the_name_may_change_and_nothing_else():
    content = without_checksum(batch_json(BATCH))
    renamed = {**content, "meta": {**content["meta"], "name": "another"}}
    moved = {**content, "chainId": "1"}

    assert checksum(renamed) == checksum(content) != checksum(moved)
