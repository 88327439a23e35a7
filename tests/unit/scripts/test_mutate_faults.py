"""A source with a guard gets a mutant without it, and each mutant is one change of the text."""

import pytest
from mutate_faults import ARITHMETIC, function_names, mutants_of

BOX = """
contract Box is IBox {
    using Math for uint256; // require(a < b, Never());

    uint256 public left;

    /// @notice Takes `a` - or less.
    function take(uint256 a, uint256 limit) external onlyOwner nonReentrant returns (uint256 b) {
        require(a <= limit, TooMuch(a + 1, limit));
        if (a == 0) return 0;
        if (a < limit && !closed) {
            b = Math.min(a, limit);
        }
        left = valueUp(left - a, 3);
        open = false;
        emit Taken(a + 1);
    }
}
"""


def names(source, known=frozenset()):
    return {mutant.name for mutant in mutants_of(source, known)}


@pytest.mark.parametrize(
    "name",
    [
        "Box.take: header: without onlyOwner",
        "Box.take: header: without nonReentrant",
        "Box.take: require(a <= limit, TooMuch(a + 1, limit)): removed",
        "Box.take: require(a <= limit, TooMuch(a + 1, limit)): <= to <",
        "Box.take: if (a == 0) return 0: removed",
        "Box.take: if (a < limit && !closed): < to <=",
        "Box.take: if (a < limit && !closed): && to ||",
        "Box.take: if (a < limit && !closed): without !",
        "Box.take: b = Math.min(a, limit): Math.min to Math.max",
        "Box.take: left = valueUp(left - a, 3): - to +",
        "Box.take: open = false: removed",
    ],
)
def test_each_guard_operator_and_modifier_has_its_mutant(name):
    assert name in names(BOX)


def test_nothing_else_is_made_of_the_source():
    assert len(mutants_of(BOX)) == 11


def test_rounding_is_turned_only_into_a_function_that_exists():
    known = function_names(["function valueDown(uint256 a) returns (uint256);"])

    turned = names(BOX, known) - names(BOX)

    assert turned == {"Box.take: left = valueUp(left - a, 3): valueUp to valueDown"}


def test_a_product_that_is_rounded_down_gets_one_that_is_rounded_up():
    source = "library L { function f(uint256 a) internal { a = Math.mulDiv(a, g(a, 2), 3); } }"

    mutants = mutants_of(source)

    assert [mutant.applied(source) for mutant in mutants] == [
        source.replace(", 3)", ", 3, Math.Rounding.Ceil)")
    ]


def test_a_mutant_changes_its_own_place_only():
    for mutant in mutants_of(BOX):
        mutated = mutant.applied(BOX)

        assert mutated != BOX
        assert mutated.startswith(BOX[: mutant.start])
        assert mutated.endswith(BOX[mutant.end :])


def test_the_mutant_without_a_guard_lacks_the_whole_guard():
    mutant = next(m for m in mutants_of(BOX) if m.name.endswith("limit)): removed"))

    assert "TooMuch" not in mutant.applied(BOX)
    assert mutant.line == 9


def test_comments_strings_errors_and_events_are_left_alone():
    source = """
contract C {
    function f(uint256 a) external {
        // a < 1
        emit Said("a < b", a + 1);
        revert Wrong(a - 1);
    }
}
"""
    assert mutants_of(source) == []


def test_equal_faults_of_a_function_have_names_of_their_own():
    source = "contract C { function f(uint256 a) external { b = a + 1 + a; } }"

    assert names(source) == {"C.f: b = a + 1 + a: + to -", "C.f: b = a + 1 + a: + to - (2)"}


def test_names_outlive_changes_elsewhere_in_the_file():
    assert names("// Another line.\n\n" + BOX) == names(BOX)


def test_guards_that_are_taken_out_come_first():
    ranks = {mutant.name.partition(": ")[2]: mutant.rank for mutant in mutants_of(BOX)}

    assert ranks["header: without nonReentrant"] == 0
    assert ranks["if (a == 0) return 0: removed"] == 0
    assert ranks["require(a <= limit, TooMuch(a + 1, limit)): <= to <"] == 1
    assert ranks["left = valueUp(left - a, 3): - to +"] == ARITHMETIC


def test_a_guard_in_assembly_is_taken_out():
    source = """
contract C {
    function f() external {
        assembly ("memory-safe") {
            if gt(size, most) { size := most }
        }
    }
}
"""
    assert "C.f: if gt(size, most) { size := most }: removed" in names(source)


def test_a_mutant_knows_its_function_and_nothing_beyond():
    changed = BOX.replace("uint256 public left;", "uint256 public left; // and more")
    changed = changed.replace("b = Math", "// The less.\n            b = Math")

    functions = [mutant.function for mutant in mutants_of(BOX)]

    assert functions == [mutant.function for mutant in mutants_of(changed)]
    assert len(set(functions)) == len(functions)
    assert all(text.startswith("function take(") for text in functions)
