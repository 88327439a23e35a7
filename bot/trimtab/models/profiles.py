"""Named risk profiles, and the short questionnaire that proposes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trimtab.errors import BadInput


@dataclass(frozen=True, slots=True)
class Profile:
    """How much risk, in two numbers.

    Attributes
    ----------
    name
        What it is called.
    base
        Weight of the base asset.
    volatility
        Yearly volatility that the mixture is brought down to.
    """

    name: str
    base: float
    volatility: float


PROFILES = (
    Profile("cautious", 0.70, 0.15),
    Profile("balanced", 0.45, 0.30),
    Profile("growth", 0.25, 0.45),
    Profile("bold", 0.10, 0.65),
)
"""From the calmest to the boldest."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers, from the most cautious to the boldest."""

    key: str
    text: str
    answers: tuple[str, ...]


QUESTIONS = (
    Question(
        "horizon",
        "When will you need this money?",
        ("within a year", "in one to three years", "in three to seven years", "later than that"),
    ),
    Question(
        "fall",
        "It falls by a third within a month. What do you do?",
        ("sell all", "sell some", "nothing", "buy more"),
    ),
    Question(
        "loss",
        "How much of it could you lose without changing how you live?",
        ("a tenth", "a quarter", "half", "all of it"),
    ),
    Question(
        "knowledge",
        "How long have you held assets whose price moves like this?",
        ("never", "under a year", "one to four years", "longer"),
    ),
)
"""Everything that is asked."""


def propose_profile(answers: Mapping[str, int]) -> Profile:
    """The profile that answers add up to; the need for the money and the means to lose it cap it.

    Whoever needs the money soon, or cannot lose it, is given no bolder profile for being brave.

    Parameters
    ----------
    answers
        Number of the answer, from 0, by the key of the question.

    Raises
    ------
    BadInput
        If a question is not answered, or with an answer that it does not have.
    """
    for question in QUESTIONS:
        answer = answers.get(question.key)
        if answer is None or not 0 <= answer < len(question.answers):
            raise BadInput(
                f"{question.key}: answered with {answer}, expected 0 to "
                f"{len(question.answers) - 1}: {', '.join(question.answers)}"
            )
    wish = sum(answers[question.key] for question in QUESTIONS) // len(QUESTIONS)
    return PROFILES[min(wish, answers["horizon"], answers["loss"])]
