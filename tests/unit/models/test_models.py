"""Each model agrees with skfolio or a closed form, and refuses what it cannot be right about."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skfolio.cluster import HierarchicalClustering, LinkageMethod
from skfolio.distance import PearsonDistance
from skfolio.moments import EmpiricalCovariance, EWCovariance, LedoitWolf
from skfolio.optimization import (
    HierarchicalRiskParity,
    InverseVolatility,
    MeanRisk,
    ObjectiveFunction,
    RiskBudgeting,
)
from skfolio.prior import BlackLitterman, EmpiricalPrior
from skfolio.seriation import HierarchicalSeriation
from trimtab.errors import BadInput
from trimtab.models.black_litterman import View, implied_returns, with_views
from trimtab.models.constraints import Constraints, Group, allows
from trimtab.models.moments import (
    Estimator,
    Moments,
    ReturnHistory,
    correlation_has_risen,
    estimate,
    ewma_covariance,
)
from trimtab.models.optimise import mean_variance, minimum_variance, nearest
from trimtab.models.weights import (
    equal,
    fixed,
    hierarchical_risk_parity,
    inverse_volatility,
    risk_parity,
    volatility_target,
)

CLOSE = {"abs": 1e-6}
FREE = Constraints()
ASSETS = ("USDC", "BTC", "ETH", "LINK", "UNI", "AAVE")
RETURNS = np.random.default_rng(7).multivariate_normal(
    np.linspace(0.0002, 0.001, 6),
    0.0004 * (np.full((6, 6), 0.5) + 0.5 * np.eye(6)) * np.outer(*[np.linspace(0.4, 2, 6)] * 2),
    700,
)
HISTORY = ReturnHistory(ASSETS, RETURNS, 365.0)
FRAME = pd.DataFrame(RETURNS, columns=list(ASSETS), index=pd.date_range("2021", periods=700))
SAMPLE = estimate(HISTORY, Estimator.SAMPLE)
DAILY = EmpiricalPrior(covariance_estimator=EmpiricalCovariance())
PRECISE = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
inaccurate = pytest.mark.filterwarnings("ignore:Solution may be inaccurate")


def moments(covariance, mean=None):
    size = len(covariance)
    names = tuple("ABCDEFGHIJ"[:size])
    return Moments(names, np.zeros(size) if mean is None else np.array(mean), np.array(covariance))


@st.composite
def covariances(draw):
    size = draw(st.integers(2, 6))
    seed = draw(st.integers(0, 10_000))
    random = np.random.default_rng(seed)
    factors = random.normal(size=(size, size + 3)) * random.uniform(0.1, 1.0, (size, 1))
    return moments(factors @ factors.T)


def test_risk_parity_at_constant_correlation_is_known():
    sigma = np.array([0.1, 0.2, 0.3, 0.4])
    for rho in (0.0, 0.3, 0.9):
        correlation = np.full((4, 4), rho) + (1 - rho) * np.eye(4)

        found = risk_parity(moments(correlation * np.outer(sigma, sigma)))

        assert found == pytest.approx([0.48, 0.24, 0.16, 0.12], abs=1e-12)


@given(covariances())
def test_risk_parity_spreads_risk_evenly(given_moments):
    weights = risk_parity(given_moments)

    parts = weights * (given_moments.covariance @ weights)
    assert parts / parts.sum() == pytest.approx(np.full(len(parts), 1 / len(parts)), abs=1e-9)
    assert (weights > 0).all()


@given(covariances())
def test_minimum_variance_has_the_closed_form_where_it_is_long_only(given_moments):
    solved = np.linalg.solve(given_moments.covariance, np.ones(len(given_moments.assets)))
    expected = solved / solved.sum()

    found = minimum_variance(given_moments, FREE)

    if (expected > 0).all():
        assert found == pytest.approx(expected, **CLOSE)
    else:
        risk = found @ given_moments.covariance @ found
        marginal = given_moments.covariance @ found
        assert (marginal >= risk * (1 - 1e-4)).all()  # no asset left out would lower the risk


def test_mean_variance_has_the_closed_form():
    given_moments = moments(np.diag([0.04, 0.09, 0.16]), [0.05, 0.06, 0.08])

    found = mean_variance(given_moments, FREE, risk_aversion=2.0)

    inverse = np.linalg.inv(2.0 * given_moments.covariance)
    budget = (inverse @ given_moments.mean).sum() - 1
    expected = inverse @ (given_moments.mean - budget / inverse.sum())
    assert found == pytest.approx(expected, **CLOSE)


@inaccurate
def test_models_agree_with_skfolio():
    parity = RiskBudgeting(prior_estimator=DAILY, solver_params=PRECISE).fit(FRAME)
    least = MeanRisk(prior_estimator=DAILY, solver_params=PRECISE).fit(FRAME)
    utility = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
        risk_aversion=1.5,
        prior_estimator=DAILY,
        solver_params=PRECISE,
    ).fit(FRAME)
    tree = HierarchicalRiskParity(
        prior_estimator=DAILY,
        distance_estimator=PearsonDistance(),
        seriation_estimator=HierarchicalSeriation(
            hierarchical_clustering_estimator=HierarchicalClustering(
                linkage_method=LinkageMethod.SINGLE
            )
        ),
    ).fit(FRAME)

    assert inverse_volatility(SAMPLE) == pytest.approx(
        InverseVolatility(prior_estimator=DAILY).fit(FRAME).weights_, **CLOSE
    )
    assert risk_parity(SAMPLE) == pytest.approx(parity.weights_, abs=1e-5)
    assert minimum_variance(SAMPLE, FREE) == pytest.approx(least.weights_, **CLOSE)
    assert mean_variance(SAMPLE, FREE, risk_aversion=3.0) == pytest.approx(
        utility.weights_, **CLOSE
    )
    assert hierarchical_risk_parity(SAMPLE) == pytest.approx(tree.weights_, **CLOSE)


@inaccurate
def test_constrained_models_agree_with_skfolio():
    theirs = MeanRisk(
        prior_estimator=DAILY,
        min_weights={"LINK": 0.1},
        max_weights={"USDC": 0.3, "BTC": 0.25},
        groups=[["cash", "coin", "coin", "token", "token", "token"]],
        linear_constraints=["token >= 0.4"],
        solver_params=PRECISE,
    ).fit(FRAME * 365**0.5)
    ours = Constraints(
        minimum={"LINK": 0.1},
        maximum={"USDC": 0.3, "BTC": 0.25},
        groups=(Group("token", ("LINK", "UNI", "AAVE"), minimum=0.4),),
    )

    found = minimum_variance(SAMPLE, ours)

    assert found == pytest.approx(theirs.weights_, **CLOSE)
    assert allows(found, ASSETS, ours)


def test_estimators_are_those_of_the_libraries():
    shrunk = estimate(HISTORY, Estimator.SHRUNK).covariance / 365

    assert SAMPLE.covariance / 365 == pytest.approx(np.cov(RETURNS, rowvar=False))
    assert shrunk == pytest.approx(LedoitWolf().fit(FRAME).covariance_)
    theirs = EWCovariance(half_life=np.log(0.5) / np.log(0.94), assume_centered=True).fit(FRAME)
    assert ewma_covariance(RETURNS) == pytest.approx(theirs.covariance_, rel=1e-6, abs=1e-12)


def test_without_views_black_litterman_returns_the_prior():
    market = equal(ASSETS)
    prior = Moments(ASSETS, implied_returns(SAMPLE, market, 2.5), SAMPLE.covariance)

    assert with_views(prior, ()) is prior
    assert mean_variance(prior, FREE, risk_aversion=2.5) == pytest.approx(market, **CLOSE)


def test_a_view_that_says_what_the_prior_says_changes_nothing():
    prior = Moments(ASSETS, implied_returns(SAMPLE, equal(ASSETS), 2.5), SAMPLE.covariance)
    same = View({"ETH": 1.0}, float(prior.mean[2]))

    assert with_views(prior, [same]).mean == pytest.approx(prior.mean, abs=1e-12)


def test_black_litterman_agrees_with_skfolio():
    views = ["ETH == 0.001", "BTC - LINK == -0.0004"]
    theirs = BlackLitterman(views=views, tau=0.05, prior_estimator=DAILY).fit(FRAME)
    prior = Moments(ASSETS, DAILY.fit(FRAME).return_distribution_.mu, np.cov(RETURNS, rowvar=False))

    ours = with_views(prior, [View({"ETH": 1}, 0.001), View({"BTC": 1, "LINK": -1}, -0.0004)])

    assert ours.mean == pytest.approx(theirs.return_distribution_.mu, abs=1e-9)


def test_more_confidence_moves_the_mean_further_towards_the_view():
    prior = Moments(ASSETS, implied_returns(SAMPLE, equal(ASSETS), 2.5), SAMPLE.covariance)
    means = [
        with_views(prior, [View({"ETH": 1}, 2.0, confidence)]).mean[2]
        for confidence in (0.01, 0.5, 0.99)
    ]

    assert prior.mean[2] < means[0] < means[1] < means[2] < 2.0


def test_a_volatility_target_moves_weight_to_the_base_asset():
    given_moments = moments(np.diag([0.0, 0.36, 0.64]))
    mixture = np.array([0.2, 0.4, 0.4])

    found = volatility_target(mixture, given_moments, 0.2)

    assert np.sqrt(found @ given_moments.covariance @ found) == pytest.approx(0.2)
    assert found[1] == pytest.approx(found[2])
    assert found.sum() == pytest.approx(1)
    assert volatility_target(mixture, given_moments, 0.9) is mixture


def test_hierarchical_risk_parity_of_two_assets_is_by_inverse_variance():
    found = hierarchical_risk_parity(moments([[0.04, 0.01], [0.01, 0.16]]))

    assert found == pytest.approx([0.8, 0.2])


@given(covariances(), st.integers(0, 1000))
def test_models_do_not_depend_on_the_order_of_the_assets(given_moments, seed):
    size = len(given_moments.assets)
    order = np.random.default_rng(seed).permutation(size)
    shuffled = moments(given_moments.covariance[np.ix_(order, order)])

    for model in (inverse_volatility, risk_parity):
        assert model(shuffled) == pytest.approx(model(given_moments)[order], abs=1e-9)
    one = minimum_variance(given_moments, FREE)
    other = minimum_variance(shuffled, FREE)
    assert one[order] == pytest.approx(other, abs=1e-5)


@given(st.integers(0, 10_000))
def test_the_nearest_weights_keep_every_constraint(seed):
    random = np.random.default_rng(seed)
    wanted = random.dirichlet(np.ones(6))
    before = dict(zip(ASSETS, random.dirichlet(np.ones(6)), strict=True))
    constraints = Constraints(
        maximum={"BTC": 0.3} if before["BTC"] < 0.6 else {},  # else the turnover forbids it
        excluded=("UNI",) if before["UNI"] < 0.1 else (),
        reserve=0.05,
        previous=before,
        turnover=0.5,
    )

    found = nearest(wanted, ASSETS, constraints)

    assert allows(found, ASSETS, constraints)
    assert nearest(found, ASSETS, constraints) is found


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        (Constraints(minimum={"BTC": 0.6, "ETH": 0.6}), "minimum weights sum to 1.2"),
        (Constraints(maximum=dict.fromkeys(ASSETS, 0.1)), "maximum weights sum to 0.6"),
        (Constraints(minimum={"DOGE": 0.1}), "minimum: DOGE is none of the assets"),
        (Constraints(minimum={"BTC": 0.1}, excluded=("BTC",)), "BTC: expected 0 <= minimum"),
        (Constraints(turnover=0.1), "needs the weights of now"),
        (
            Constraints(minimum={"USDC": 0.5}, groups=(Group("risky", ASSETS[1:], minimum=0.7),)),
            "relax the minimum weights, or the minimum of group risky",
        ),
        (
            Constraints(scores=dict.fromkeys(ASSETS, 1.0), score_floor=2.0),
            "relax the minimum of the mean score",
        ),
    ],
)
def test_constraints_that_cannot_be_kept_are_named(constraints, words):
    with pytest.raises(BadInput, match=words):
        minimum_variance(SAMPLE, constraints)


def test_a_score_floor_is_kept():
    scores = dict(zip(ASSETS, (1, 1, 5, 2, 3, 4), strict=True))
    constraints = Constraints(scores=scores, score_floor=3.0)

    found = minimum_variance(SAMPLE, constraints)

    assert found @ list(scores.values()) >= 3.0 - 1e-8


def test_a_singular_covariance_names_the_mixture_without_risk():
    twin = np.column_stack([RETURNS[:, 0], RETURNS[:, 1], RETURNS[:, 1]])
    history = ReturnHistory(("USDC", "WBTC", "cbBTC"), twin, 365.0)

    with pytest.raises(BadInput, match="singular: a mixture of WBTC, cbBTC has no risk"):
        minimum_variance(estimate(history, Estimator.SAMPLE), FREE)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: with_views(SAMPLE, [View({"DOGE": 1}, 0.1)]), "a view on DOGE"),
        (lambda: with_views(SAMPLE, [View({"ETH": 1}, 0.1, 1.0)]), "confidence of 1.0"),
        (lambda: with_views(SAMPLE, [View({"ETH": 0}, 0.1)]), "about nothing"),
        (lambda: fixed(ASSETS, {"BTC": 0.5}), "sum to 1"),
        (lambda: fixed(ASSETS, {"DOGE": 1.0}), "weight of DOGE"),
        (lambda: inverse_volatility(moments(np.diag([0.0, 1.0]))), "A has a volatility of 0.0"),
        (lambda: volatility_target(equal(ASSETS), SAMPLE, 0.0), "target volatility"),
        (lambda: mean_variance(SAMPLE, FREE, risk_aversion=0), "risk aversion must be above 0"),
        (lambda: ReturnHistory(("A",), np.array([[1.0], [np.nan]]), 1.0), "return 1 of A is nan"),
        (lambda: ReturnHistory(("A",), np.array([[1.0]]), 1.0), "at least 2"),
    ],
)
def test_what_no_model_can_use_is_refused(call, words):
    with pytest.raises(BadInput, match=words):
        call()


def test_a_rise_of_correlation_is_flagged():
    random = np.random.default_rng(1)
    apart = random.normal(size=(300, 3))
    together = np.repeat(random.normal(size=(30, 1)), 3, axis=1) + 0.3 * apart[:30]
    calm = ReturnHistory(("A", "B", "C"), apart, 365.0)
    tense = ReturnHistory(("A", "B", "C"), np.vstack([apart, together]), 365.0)

    assert not correlation_has_risen(calm, 30)
    assert correlation_has_risen(tense, 30)
