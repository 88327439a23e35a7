"""A survivor that nobody has explained makes the command fail, and so does an idle explanation."""

import mutate
import pytest
from mutate_results import Fate, Result, append, explanations, judge, key_of, read

NAME = "Box.take: require(a <= limit, TooMuch(a, limit)): removed"
NAMES = {"k": NAME}


def result(fate, key="k"):
    return Result(key, "contracts/Box.sol", NAME, fate, "t", "Box.t.sol", "test_take", 1.5)


@pytest.mark.parametrize("fate", [Fate.KILLED, Fate.SAME_CODE, Fate.REFUSED])
def test_all_is_well_when_nothing_survives(fate):
    assert judge(NAMES, {"k": result(fate)}, {}).is_good


def test_an_unexplained_survivor_is_a_fault():
    survivor = result(Fate.SURVIVED)

    verdict = judge(NAMES, {"k": survivor}, {})

    assert verdict.unexplained == [survivor]
    assert not verdict.is_good


def test_an_explained_survivor_is_none():
    assert judge(NAMES, {"k": result(Fate.SURVIVED)}, {NAME: "It changes nothing."}).is_good


def test_an_explanation_without_survivor_is_a_fault():
    verdict = judge(NAMES, {"k": result(Fate.KILLED)}, {NAME: "It changes nothing."})

    assert verdict.stale == [NAME]
    assert not verdict.is_good


@pytest.mark.parametrize("results", [{}, {"k": result(Fate.SPARED)}])
def test_a_mutant_that_not_all_tests_have_seen_is_a_fault(results):
    verdict = judge(NAMES, results, {})

    assert verdict.unjudged == [NAME]
    assert not verdict.is_good


def test_a_survivor_of_a_source_that_changed_no_longer_counts():
    assert judge({}, {"k": result(Fate.SURVIVED)}, {}).is_good


def test_a_run_goes_on_after_a_crash_in_the_middle_of_a_line(tmp_path):
    kept, half = result(Fate.KILLED), result(Fate.SURVIVED, "other")
    path = tmp_path / "build" / "results.jsonl"
    append(path, kept)
    append(path, half)
    path.write_text(path.read_text()[:-10])

    assert read(path) == {"k": kept}


def test_the_last_result_for_a_mutant_counts(tmp_path):
    path = tmp_path / "results.jsonl"
    append(path, result(Fate.SURVIVED))
    append(path, result(Fate.KILLED))

    assert read(path)["k"].fate is Fate.KILLED


def test_a_result_belongs_to_the_contents_of_a_function():
    keys = [key_of(*parts) for parts in ("Axf", "Axf", "Bxf", "Ayf", "Axg")]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_explanations_are_list_items_that_begin_with_a_name(tmp_path):
    document = tmp_path / "mutants.md"
    broken = NAME.replace(": ", ":\n  ")
    document.write_text(f"# Mutants\n\n- `{broken}`: it never\n  is above.\n- no name: text\n")

    assert explanations(document) == {NAME: "it never is above."}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A root with one contract, and a command that looks there and only reports."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Box.sol").write_text(
        "contract Box { function take(uint256 a) external { require(a < 5, TooMuch(a)); } }"
    )
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    monkeypatch.setattr(mutate, "CORE", ("Box.sol",))
    monkeypatch.setattr(mutate, "RESULTS", tmp_path / "results.jsonl")
    monkeypatch.setattr(mutate, "DOCUMENT", tmp_path / "mutants.md")
    monkeypatch.setattr("sys.argv", ["mutate", "--report"])
    return tmp_path


def judged(root, fates):
    tasks = mutate.find_tasks(root, None, arithmetic=False)
    for task, fate in zip(tasks, fates, strict=True):
        append(
            root / "results.jsonl",
            Result(task.key, task.source, task.mutant.name, fate, "t"),
        )
    return [task.mutant.name for task in tasks]


def test_the_command_fails_while_a_survivor_is_unexplained(project, capsys):
    names = judged(project, [Fate.SURVIVED, Fate.KILLED])

    assert mutate.main() == 1
    assert f"survives unexplained: contracts/Box.sol `{names[0]}`" in capsys.readouterr().out


def test_the_command_succeeds_once_it_is_explained(project):
    names = judged(project, [Fate.SURVIVED, Fate.KILLED])
    (project / "mutants.md").write_text(f"- `{names[0]}`: nobody can ask for more.\n")

    assert mutate.main() == 0


def test_the_command_fails_while_a_mutant_is_not_judged(project, capsys):
    assert mutate.main() == 1
    assert "2 not judged yet" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_named(project):
    with pytest.raises(SystemExit, match=r"no file Vaul\.sol"):
        mutate.find_tasks(project, ["Vaul.sol"], arithmetic=False)


def test_guards_are_judged_first_and_by_all_tests_before_lesser_faults(project):
    tasks = mutate.find_tasks(project, None, arithmetic=False)
    spared = Result(tasks[0].key, tasks[0].source, tasks[0].mutant.name, Fate.SPARED, "t")
    turns = mutate.Turns(tasks, mutate.Record("t", {spared.key: spared}))

    order = [turns.get() for _ in range(turns.count())]

    assert [(turn.rank, turn.late) for turn in order] == [(0, True), (1, False)]


def test_arithmetic_is_turned_only_when_asked_for(project):
    (project / "contracts" / "Box.sol").write_text(
        "contract Box { function add(uint256 a, uint256 b) external { sum = a + b; note(); } }"
    )

    guards = mutate.find_tasks(project, None, arithmetic=False)
    everything = mutate.find_tasks(project, None, arithmetic=True)

    assert [task.mutant.name for task in guards] == ["Box.add: note(): removed"]
    assert [task.mutant.name for task in everything[1:]] == ["Box.add: sum = a + b: + to -"]


def test_only_survivors_are_asked_again_when_tests_change(project):
    names = judged(project, [Fate.SURVIVED, Fate.KILLED])

    turns = mutate.Turns(
        mutate.find_tasks(project, None, arithmetic=False), mutate.Record("new", known(project))
    )

    assert turns.count() == 1
    assert turns.get().task.mutant.name == names[0]


def known(root):
    return read(root / "results.jsonl")


def test_an_explanation_waits_for_the_judgement_of_its_mutant():
    assert judge(NAMES, {"k": result(Fate.SPARED)}, {NAME: "It changes nothing."}).stale == []
