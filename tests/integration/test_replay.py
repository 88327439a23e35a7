"""SIM-1: what the model charges for a rebalance is what the real contracts take."""

from trimtab.local.blueprint import Blueprint
from trimtab.local.demo import DemoOptions
from trimtab.local.synthetic import synthetic_history
from trimtab.policy.rules import Policy, PolicyKind
from trimtab.replay.replay import SIM1_BP, replay


def test_sim_1_model_and_contracts_agree_within_a_basis_point_per_rebalance():
    options = DemoOptions(
        history=synthetic_history(("USDC", "BTC", "ETH", "LINK"), 60, 1),
        blueprint=Blueprint((0.25, 0.25, 0.25, 0.25)),
        policy=Policy(kind=PolicyKind.THRESHOLD, cost_multiple=0),
    )

    found = replay(options)

    assert found
    for each in found:
        assert each.model_bp > SIM1_BP
        assert abs(each.difference_bp) < SIM1_BP
