"""Model runs are stored with their inputs, repeat to the last digit, and fit the vault's bounds."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.cli.settings.fields import parse_signed_rate
from trimtab.cli.target_runs import ModelRun, into_bounds, read_run, repeated, store_run
from trimtab.domain.units import WAD, weights_to_wad
from trimtab.errors import BadInput
from trimtab.local.synthetic import synthetic_history
from trimtab.models.black_litterman import View
from trimtab.models.catalogue import Model, ModelSpec, target_weights
from trimtab.models.constraints import Constraints, Group
from trimtab.models.moments import Estimator

ASSETS = ("USDC", "BTC", "ETH", "LINK")
HISTORY = synthetic_history(ASSETS, 200, 4)
FREE = ((0, WAD),) * 4


def run_of(spec, bounds=FREE):
    empty = ModelRun(
        1,
        "0xVault",
        1,
        5,
        1_600_000_000,
        ASSETS,
        bounds,
        spec,
        HISTORY.timestamps,
        HISTORY.rows,
        (),
    )
    weights = target_weights(spec, empty.returns)
    targets = into_bounds(weights_to_wad(list(weights)), bounds)
    return ModelRun(*(getattr(empty, name) for name in empty.__slots__[:-1]), targets)


SPECS = [
    ModelSpec(model, base=0.2, weights={"USDC": 0.2, "BTC": 0.5, "ETH": 0.3})
    for model in Model
    if model is not Model.BLACK_LITTERMAN
] + [
    ModelSpec(
        Model.BLACK_LITTERMAN,
        estimator=Estimator.EWMA,
        views=(View({"ETH": 1.0, "BTC": -1.0}, 0.1, 0.7),),
        market={"USDC": 0.1, "BTC": 0.5, "ETH": 0.3, "LINK": 0.1},
        constraints=Constraints(
            minimum={"USDC": 0.1},
            groups=(Group("coins", ("BTC", "ETH"), 0.2, 0.7),),
            previous=dict.fromkeys(ASSETS, 0.25),
            turnover=0.4,
        ),
    )
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.model)
def test_a_stored_run_repeats_from_its_file_alone(tmp_path, spec):
    run = run_of(spec)

    again = read_run(store_run(run, tmp_path))

    assert again == run
    assert repeated(again) == run.targets
    assert sum(run.targets) == WAD
    if spec.base is not None:
        assert run.targets[0] / WAD == pytest.approx(0.2, abs=1e-9)


def test_a_volatility_target_may_exceed_the_weight_fixed_for_the_base():
    calm = run_of(ModelSpec(Model.EQUAL, base=0.2, volatility=0.1))

    assert calm.targets[0] > 0.2 * WAD


@given(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), st.data())
def test_rounding_never_leaves_the_bounds(weights, data):
    targets = weights_to_wad(weights)
    bounds = tuple(
        (max(0, t - data.draw(st.integers(0, 9))), t + data.draw(st.integers(0, 9)))
        for t in targets
    )
    shifted = (targets[0] + 5, targets[1] - 5, *targets[2:])

    found = into_bounds(shifted, bounds)

    assert sum(found) == WAD
    assert all(low <= target <= most for target, (low, most) in zip(found, bounds, strict=True))


def test_targets_far_from_their_bounds_are_refused():
    with pytest.raises(BadInput, match="do not fit the vault's bounds"):
        into_bounds((WAD // 2, WAD // 2), ((0, WAD // 4), (0, WAD)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nothing", "is no model run"),
        ("{}", "is no model run: format"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_run_is_refused(tmp_path, content, words):
    file = tmp_path / "run.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(BadInput, match=words):
        read_run(file)


def test_a_run_of_another_format_is_refused(tmp_path):
    file = store_run(run_of(SPECS[0]), tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 2}))

    with pytest.raises(BadInput, match="is of format 2, expected 1"):
        read_run(file)


def test_rates_may_be_below_zero_where_views_are():
    assert parse_signed_rate("-5 %") == Decimal("-0.05")
    assert parse_signed_rate("5 %") == Decimal("0.05")
