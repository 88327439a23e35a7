"""A finding that nobody has explained makes the command fail, and so does an idle explanation."""

import json

import pytest
import slither
from slither import Finding, explanations, findings, unexplained

ROW = "| `unused-return` | `Vault.seed` | Called to fail. |\n"
FOUND = Finding("unused-return", "Vault.seed", 7, "Vault.seed ignores a return value")


def element(kind, name, parent=None):
    fields = {"parent": parent} if parent else {}
    mapping = {"filename_relative": "contracts/Vault.sol", "lines": [7, 8]}
    return {
        "type": kind,
        "name": name,
        "source_mapping": mapping,
        "type_specific_fields": fields,
    }


def answer(*elements, check="unused-return"):
    found = [{"check": check, "elements": [e], "description": "Says\n\tso"} for e in elements]
    return {"success": True, "error": None, "results": {"detectors": found} if found else {}}


def test_a_finding_belongs_to_a_function_of_a_contract():
    vault = element("contract", "Vault")
    seed = element("function", "seed", vault)

    found = findings(answer(seed, element("node", "x = 1", seed), element("variable", "x", vault)))

    assert [f.place for f in found] == ["Vault", "Vault.seed", "Vault.seed"]
    assert found[0] == Finding("unused-return", "Vault", 7, "Says so")


def test_a_finding_outside_contracts_belongs_to_its_file():
    assert [f.place for f in findings(answer(element("pragma", "0.8.37")))] == ["Vault"]


def test_no_findings_are_none():
    assert findings(answer()) == []


def test_a_finding_without_a_row_is_a_fault():
    assert unexplained([FOUND], {}) == [
        "not explained: unused-return in Vault.seed, line 7: Vault.seed ignores a return value"
    ]


def test_a_row_explains_one_detector_in_one_function():
    explained = explanations(ROW)

    assert unexplained([FOUND], explained) == []
    assert unexplained([FOUND, Finding("tx-origin", "Vault.seed", 7, "")], explained) != []


def test_a_row_without_a_finding_is_a_fault():
    assert unexplained([], explanations(ROW)) == [
        "explained, but not found: unused-return in Vault.seed"
    ]


def test_a_row_without_a_reason_explains_nothing():
    assert explanations("| `unused-return` | `Vault.seed` |  |\n") == {}


@pytest.mark.parametrize(("document", "code"), [("", 1), (ROW, 0)])
def test_the_command_fails_until_each_finding_is_explained(tmp_path, monkeypatch, document, code):
    path = tmp_path / "slither.md"
    path.write_text(document)
    seed = element("function", "seed", element("contract", "Vault"))
    monkeypatch.setattr(slither, "DOCUMENT", path)
    monkeypatch.setattr(slither, "analyse", lambda: json.loads(json.dumps(answer(seed))))

    assert slither.main() == code
