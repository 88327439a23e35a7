"""The tests nearest to a source judge its mutants first, and only a failing test kills."""

from pathlib import Path

import pytest
from mutate_compile import Imports, affected
from mutate_tests import Kill, Undecided, killed_by, suites_of

T = "tests/contracts"
IMPORTS = Imports(
    {
        "contracts/Vault.sol": {"contracts/libraries/Doors.sol", "contracts/types/Types.sol"},
        "contracts/libraries/Doors.sol": {"contracts/types/Types.sol"},
        "contracts/mocks/Harness.sol": {"contracts/libraries/Doors.sol"},
        f"{T}/fixtures/VaultFixture.sol": {"contracts/Vault.sol"},
        f"{T}/Vault.doors.t.sol": {f"{T}/fixtures/VaultFixture.sol"},
        f"{T}/Vault.fee.t.sol": {f"{T}/fixtures/VaultFixture.sol"},
        f"{T}/VaultLens.t.sol": {f"{T}/fixtures/VaultFixture.sol"},
        f"{T}/PriceOracle.t.sol": set(),
        f"{T}/invariant/Doors.invariant.t.sol": {f"{T}/fixtures/VaultFixture.sol"},
    }
)
FILES = [name for name in IMPORTS.of if name.endswith(".t.sol")]
DOORS = "contracts/libraries/Doors.sol"
ROOT = Path(__file__).resolve().parents[3]
OWN_SOURCES = [
    str(path.relative_to(ROOT))
    for folder in ("libraries", "venues")
    for path in sorted((ROOT / "contracts" / folder).glob("*.sol"))
]


def test_tests_about_a_source_come_first_and_those_beside_it_last():
    suites = suites_of(DOORS, FILES, IMPORTS)

    assert list(suites.early([], [])) == [[f"{T}/Vault.doors.t.sol"]]
    assert list(suites.late()) == [
        [f"{T}/Vault.fee.t.sol"],
        [f"{T}/invariant/Doors.invariant.t.sol"],
        [f"{T}/VaultLens.t.sol"],
    ]


def test_every_source_has_tests_of_its_own():
    found = Imports.read(ROOT, ("contracts", T))
    files = [name for name in found.of if name.endswith(".t.sol")]

    lacking = [source for source in OWN_SOURCES if not suites_of(source, files, found).own]

    assert lacking == []


def test_what_killed_before_is_asked_before_all_others():
    suites = suites_of(DOORS, FILES, IMPORTS)

    early = list(suites.early([f"{T}/Vault.fee.t.sol", f"{T}/PriceOracle.t.sol"], []))

    assert early == [[f"{T}/Vault.fee.t.sol"], [f"{T}/Vault.doors.t.sol"]]


def test_no_test_is_asked_that_cannot_reach_the_source():
    suites = suites_of(DOORS, FILES, IMPORTS)

    assert f"{T}/PriceOracle.t.sol" not in [
        *suites.own,
        *suites.others,
        *suites.invariants,
        *suites.aside,
    ]


EXTERNAL = "library Doors {\n function pass(uint256 a) external {}\n}"
MIXED = EXTERNAL.replace("\n}", "\n function open() internal {}\n}")


def test_code_of_a_linked_library_is_in_its_own_file_only():
    assert affected(DOORS, EXTERNAL, "pass", IMPORTS) == [DOORS]
    assert affected(DOORS, MIXED, "pass", IMPORTS) == [DOORS]


def test_code_of_an_internal_function_is_in_every_contract_that_imports_it():
    assert affected(DOORS, MIXED, "open", IMPORTS) == [DOORS, "contracts/Vault.sol"]


def test_the_first_failing_test_is_named():
    output = """
Ran 2 tests for tests/contracts/A.t.sol:ATest
[PASS] test_a() (gas: 1)

Ran 2 tests for tests/contracts/B.t.sol:BTest
[FAIL: panic: assertion failed (0x01)] test_b_fails() (gas: 2)
[FAIL] test_c() (gas: 2)
"""
    assert killed_by(output) == Kill("tests/contracts/B.t.sol", "test_b_fails")


def test_a_set_up_that_fails_is_a_failure():
    output = "Ran 1 test for tests/contracts/A.t.sol:A\n[FAIL: NotBound()] setUp() (gas: 0)\n"

    assert killed_by(output) == Kill("tests/contracts/A.t.sol", "setUp")


def test_an_error_without_a_failing_test_kills_nothing():
    with pytest.raises(Undecided, match="out of memory"):
        killed_by("Error: out of memory")


def test_a_test_that_holds_the_code_of_a_venue_is_compiled_with_it():
    venue, judge = "contracts/venues/UniswapV4Venue.sol", f"{T}/UniswapV4Venue.t.sol"
    imports = Imports({judge: {venue}, f"{T}/UniswapVenues.vault.t.sol": {venue}})
    source = "contract UniswapV4Venue {\n function _keyOf() internal {}\n}"

    assert affected(venue, source, "swap", imports) == [venue, judge]
