"""A file of learnt timing is only numbers, is refused if it is odd, and decides only if it won."""

import json
from dataclasses import replace

import pytest
from property.strategies import dollar_snapshot
from timing_models import BETTER, WORSE, model
from trimtab.errors import BadInput
from trimtab.policy.decide import decide
from trimtab.policy.decision import Hold, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.presets import preset
from trimtab.policy.timing import MODEL_SIZE
from trimtab.policy.timing_model import LONGEST, TimingModel

COVARIANCE = ((0.0, 0.0, 0.0), (0.0, 0.36, 0.2), (0.0, 0.2, 0.49))
MARKET = MarketView(10**6, 3000.0, 300_000, covariance=COVARIANCE)
CLOSED = preset("cost-optimal")


def test_a_model_reads_what_it_wrote():
    given = model(intercept=0.25)

    assert TimingModel.read(given.text()) == given
    assert given.numbers.size == MODEL_SIZE


def changed(path, value):
    """The text of a good model with one field changed, or taken away where the value is None."""
    content = json.loads(model().text())
    *way, last = path.split(".")
    inner = content
    for name in way:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("\x80\x04\x95", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ("[]", "expected a JSON object"),
        (" " * (LONGEST + 1), "expected at most"),
        (changed("kind", "pickle"), "timing.kind: expected"),
        (changed("version", 2), "timing.version: expected 1"),
        (changed("features", ["reach"]), "timing.features"),
        (changed("intercept", None), "timing.intercept is missing"),
        (changed("module", "os:system"), "timing.module is unknown"),
        (changed("intercept", float("nan")), "timing.intercept is nan"),
        (changed("intercept", "__import__('os')"), "timing.intercept is __import__"),
        (changed("intercept", True), "timing.intercept is True"),
        (changed("intercept", 1e300), "timing.intercept is 1e.300"),
        (changed("intercept", 10**400), "timing.intercept is 1000"),
        (changed("means", [0.0]), "timing.means has 1 numbers, expected 6"),
        (changed("means", 3), "timing.means: expected a list"),
        (changed("scales", [1, 1, 1, 1, 1, 0]), "timing.scales has 0"),
        (changed("coefficients", [[]] * 27), "timing.coefficients is"),
        (changed("bar_seconds", 0), "timing.bar_seconds is 0"),
        (changed("bar_seconds", 1.5), "expected a whole number"),
        (changed("learnt", None), "timing.learnt is missing"),
        (changed("learnt.prices", "\x1b[2J"), "learnt.prices"),
        (changed("compared.first", "2020-06-01"), "expected a comparison on later days"),
        (changed("compared.first", "soon"), "expected days"),
        (changed("compared.ci_high", -0.5), "an excess within its interval"),
        (changed("compared.levels_bp", []), "expected levels"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_what_is_wrong(text, words):
    with pytest.raises(BadInput, match=words):
        TimingModel.read(text)


def test_only_a_model_whose_whole_interval_is_below_zero_decides():
    better, worse = model(compared=BETTER), model(compared=WORSE)
    level = model(compared=replace(BETTER, ci_high=0.0))

    assert better.row.size == MODEL_SIZE
    assert worse.row.size == level.row.size == 0
    assert better.sentence.startswith("learnt timing decides: it cost -5.0%")
    assert worse.sentence.startswith("the closed form decides: learnt timing cost +4.0%")


def drifted(*values):
    return dollar_snapshot(list(values), [0.5, 0.3, 0.2])


@pytest.mark.parametrize("market", [None, MARKET])
@pytest.mark.parametrize("values", [(500, 330, 170), (500, 345, 155), (500, 400, 100)])
def test_with_a_model_that_did_not_win_every_decision_is_the_closed_forms(values, market):
    lost = replace(CLOSED, timing=model(intercept=-9.0, compared=WORSE))

    assert decide(drifted(*values), market, lost) == decide(drifted(*values), market, CLOSED)


def test_with_a_model_that_won_the_keeper_waits_or_trades_as_it_says():
    snapshot = drifted(500, 336, 164)
    early, late = (replace(CLOSED, timing=model(intercept=each)) for each in (1.0, -1.0))

    assert isinstance(decide(snapshot, MARKET, CLOSED), Rebalance)
    assert isinstance(decide(snapshot, MARKET, early), Rebalance)
    held = decide(snapshot, MARKET, late)
    assert isinstance(held, Hold)
    assert "give or take what was learnt" in held.sentence


def test_before_prices_are_asked_for_nothing_is_held_that_might_be_traded():
    early = replace(CLOSED, timing=model(intercept=1.0))
    acted = 0
    for above in range(5, 60, 2):
        snapshot = drifted(500, 300 + above, 200 - above)
        if isinstance(decide(snapshot, MARKET, early), Rebalance):
            acted += 1
            assert isinstance(decide(snapshot, None, early), Rebalance)
    assert acted > 5


def test_timing_belongs_to_the_cost_optimal_policy():
    with pytest.raises(BadInput, match=r"policy\.timing is given to a threshold policy"):
        replace(preset("corridor"), timing=model())
