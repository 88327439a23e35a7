"""The questionnaire proposes no more risk than time and means allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.cli.verbs import load_verbs
from trimtab.errors import BadInput
from trimtab.models.profiles import PROFILES, QUESTIONS, propose_profile
from typer.testing import CliRunner

answers = st.fixed_dictionaries({question.key: st.integers(0, 3) for question in QUESTIONS})


@given(answers, st.sampled_from([question.key for question in QUESTIONS]))
def test_a_bolder_answer_never_makes_the_proposal_calmer(given_answers, key):
    bolder = given_answers | {key: min(3, given_answers[key] + 1)}

    assert PROFILES.index(propose_profile(bolder)) >= PROFILES.index(propose_profile(given_answers))


@given(answers)
def test_who_needs_the_money_soon_is_given_the_calmest(given_answers):
    assert propose_profile(given_answers | {"horizon": 0}) is PROFILES[0]
    assert propose_profile(given_answers | {"loss": 0}) is PROFILES[0]


def test_the_boldest_answers_give_the_boldest_profile():
    assert propose_profile({question.key: 3 for question in QUESTIONS}) is PROFILES[-1]


@pytest.mark.parametrize("wrong", [{}, {"horizon": 4, "fall": 0, "loss": 0, "knowledge": 0}])
def test_answers_that_are_none_are_refused(wrong):
    with pytest.raises(BadInput, match="horizon: answered with"):
        propose_profile(wrong)


def test_the_verb_proposes_settings_and_asks_where_nothing_is_given():
    app = load_verbs(["targets"])

    told = CliRunner().invoke(app, ["targets", "profile", "--answers", "4,3,3,3"])
    asked = CliRunner().invoke(app, ["targets", "profile"], input="4\n3\n3\n3\n")
    wrong = CliRunner().invoke(app, ["targets", "profile", "--answers", "4,x"])

    assert 'growth:\nbase = "25 %"\nvolatility = "45 %"\n' in told.stdout
    assert "growth:" in asked.stdout
    assert wrong.exit_code == 2
    assert "expected 4 numbers from 1" in wrong.output
